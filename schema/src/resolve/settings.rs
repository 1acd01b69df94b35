//! `settings`: declarations, their types and values.

use std::collections::{BTreeMap, HashMap};

use routewright::{Code, Form, Kind, Scalar, name};

use super::Resolver;
use crate::diagnostic::{Diagnostic, one_of};
use crate::draft::{Draft, DraftSetting, DraftValue};
use crate::model::{Setting, Value};
use crate::source::{Span, Text};
use crate::value::{self, shown};

impl<'d> Resolver<'d, '_> {
    pub(super) fn settings(&mut self, drafts: &'d [Draft]) {
        let mut seen = HashMap::new();
        let all = || drafts.iter().flat_map(|d| &d.settings);
        let declared = |name: &str| all().map(|s| &s.name).find(|n| n.value == name);
        for draft in all() {
            let first = self.once(&mut seen, &draft.name, "the setting");
            let good =
                self.good_name_among(&draft.name, "the setting", name::check_setting, |name| {
                    declared(name).map(|twin| twin.span)
                });
            let setting = self.setting(draft);
            if let Some(setting) = setting.filter(|_| first && good) {
                self.definition
                    .settings
                    .insert(draft.name.value.clone(), setting);
            }
        }
        self.tell_groups(&seen);
        self.settings = seen.into_keys().collect();
    }

    /// A path cannot be a setting and a group.
    fn tell_groups(&mut self, seen: &HashMap<&'d str, Span>) {
        let sorted: BTreeMap<&str, Span> = seen.iter().map(|(path, span)| (*path, *span)).collect();
        for (path, span) in &sorted {
            for (at, _) in path.match_indices('.') {
                if let Some(rival) = sorted.get(&path[..at]) {
                    let message = format!(
                        "{} is a setting, and cannot be the group of {} as well",
                        shown(&path[..at]),
                        shown(path)
                    );
                    let fault = Diagnostic::error(Code::Duplicate.as_str(), *span, message);
                    self.report
                        .push(fault.label("in that group").also(*rival, "the setting"));
                }
            }
        }
    }

    fn setting(&mut self, draft: &DraftSetting) -> Option<Setting> {
        let path = shown(&draft.name.value);
        if !self.complete && (draft.ty.is_none() || draft.default.is_none()) {
            return None;
        }
        let Some(ty) = &draft.ty else {
            let fault = Diagnostic::error(
                Code::Missing.as_str(),
                draft.name.span,
                format!("the setting {path} has no `type`"),
            );
            self.report
                .push(fault.hint("give one, such as `type: int`, or `type: [string]` for a list"));
            return None;
        };
        let (form, kind) = self.ty(ty)?;
        let columns: Option<Vec<(String, Kind)>> = draft
            .columns
            .iter()
            .flatten()
            .map(|(name, ty)| Some((name.value.clone(), self.column(ty)?)))
            .collect();
        let columns = columns?;
        let Some(default) = &draft.default else {
            let fault = Diagnostic::error(
                Code::Missing.as_str(),
                draft.name.span,
                format!("the setting {path} has no `default`"),
            );
            self.report
                .push(fault.hint("a setting always has a value; give the one that is compiled in"));
            return None;
        };
        // A table without columns is told by the runtime; its cells mean nothing here.
        let default = match (form, columns.is_empty()) {
            (Form::Table, true) => Some(Value::Table(Vec::new())),
            _ => self.setting_value(form, kind, &columns, default),
        };
        let bound = |this: &mut Self, text: &Option<Text>| this.bound(form, kind, text.as_ref());
        let (min, max) = (bound(self, &draft.min), bound(self, &draft.max));
        let max_step = match &draft.max_step {
            Some(text) if form == Form::One => {
                Some(self.value(text, |text| value::parse_step(kind, text))?)
            }
            Some(text) => {
                self.error(
                    Code::BadSetting.as_str(),
                    text.span,
                    "only a single value has a `max_step`",
                );
                None
            }
            None => None,
        };
        let cooldown_ns = match &draft.cooldown {
            Some(text) => self.cooldown(text)?,
            None => 0,
        };
        let text = |text: &Option<Text>| text.as_ref().map_or(String::new(), |t| t.value.clone());
        Some(Setting {
            kind,
            form,
            min,
            max,
            max_step,
            cooldown_ns,
            values: draft
                .values
                .iter()
                .flatten()
                .map(|v| v.value.clone())
                .collect(),
            columns,
            doc: text(&draft.doc),
            owner: text(&draft.owner),
            expires: self.expires(draft.expires.as_ref()),
            default: default?,
        })
    }

    /// The shortest time between two moves, in nanoseconds.
    fn cooldown(&mut self, text: &Text) -> Option<u64> {
        let ns = self.value(text, value::parse_duration)?;
        if ns == 0 {
            let fault = Diagnostic::error(
                Code::BadSetting.as_str(),
                text.span,
                "a cooldown of no time at all says nothing",
            );
            self.report
                .push(fault.hint("leave it out, or give a time such as `30s`"));
            return None;
        }
        Some(ns)
    }

    fn ty(&mut self, text: &Text) -> Option<(Form, Kind)> {
        let word = text.value.trim();
        let list = word
            .strip_prefix('[')
            .and_then(|w| w.strip_suffix(']'))
            .map(str::trim);
        let kind = |word: &str| Kind::ALL.into_iter().find(|k| k.as_str() == word);
        match (list, word) {
            (None, "table") => return Some((Form::Table, Kind::String)),
            (None, word) if kind(word).is_some() => return Some((Form::One, kind(word)?)),
            (Some(inner), _) if kind(inner).is_some() => return Some((Form::List, kind(inner)?)),
            _ => {}
        }
        let words = || Kind::ALL.iter().map(|k| k.as_str());
        let (message, hint) = match list {
            Some("table") => (
                "there are no lists of tables".to_owned(),
                Some("a table is a list of rows already".to_owned()),
            ),
            Some(inner) => (
                format!("there is no type {} for elements", shown(inner)),
                one_of(inner, "the types are", words()),
            ),
            None if word == "list" => (
                "`list` says nothing of its elements".to_owned(),
                Some("write `type: [int]`, with the type of the elements".to_owned()),
            ),
            None => {
                let hint = likely_type(word).map(|t| format!("write `type: {t}`"));
                let hint = hint.or_else(|| {
                    one_of(
                        word,
                        "the types are",
                        words().chain(["table"]).collect::<Vec<_>>(),
                    )
                });
                (format!("there is no type {}", shown(word)), hint)
            }
        };
        self.report
            .push(Diagnostic::error("unknown_type", text.span, message).maybe_hint(hint));
        None
    }

    fn column(&mut self, text: &Text) -> Option<Kind> {
        match self.ty(text)? {
            (Form::One, kind) if kind != Kind::Enum => Some(kind),
            _ => {
                let message = format!("a column cannot be of type {}", shown(&text.value));
                let fault = Diagnostic::error("unknown_type", text.span, message);
                self.report
                    .push(fault.hint("a column holds single values, and no enum"));
                None
            }
        }
    }

    /// Whether a kind has bounds is for the runtime to say; here the text is read.
    fn bound(&mut self, form: Form, kind: Kind, text: Option<&Text>) -> Option<Scalar<String>> {
        let kind = match (form, kind) {
            (Form::Table, _) => Kind::Enum,
            (_, Kind::String) => Kind::Int,
            (_, kind) => kind,
        };
        self.value(text?, |text| value::parse(kind, text))
    }

    /// A value as the setting's type reads it.
    pub(super) fn setting_value(
        &mut self,
        form: Form,
        kind: Kind,
        columns: &[(String, Kind)],
        draft: &DraftValue,
    ) -> Option<Value> {
        match (form, draft) {
            (Form::One, DraftValue::One(text)) => self
                .value(text, |text| value::parse(kind, text))
                .map(Value::One),
            (Form::List, DraftValue::List(texts, _)) => {
                let scalars: Vec<_> = texts
                    .iter()
                    .map(|text| self.value(text, |t| value::parse(kind, t)))
                    .collect();
                scalars.into_iter().collect::<Option<_>>().map(Value::List)
            }
            (Form::Table, DraftValue::Table(rows, _)) => {
                let rows: Vec<_> = rows
                    .iter()
                    .map(|(cells, at)| self.row(columns, cells, *at))
                    .collect();
                rows.into_iter().collect::<Option<_>>().map(Value::Table)
            }
            (Form::Table, DraftValue::List(rows, _)) if rows.is_empty() => {
                Some(Value::Table(Vec::new()))
            }
            (form, draft) => {
                let (expected, example) = match form {
                    Form::One => (format!("one value of type {kind}"), None),
                    Form::List => (
                        format!("a list of {kind}"),
                        Some("write it as `[a, b]`, also if it is one"),
                    ),
                    Form::Table => (
                        "a list of rows".to_owned(),
                        Some(
                            "write it as `[[a, 1], [b, 2]]`, in .proto as `rows { cells: \"a\" cells: \"1\" }`",
                        ),
                    ),
                };
                let found = match draft {
                    DraftValue::One(_) => "one value",
                    DraftValue::List(..) | DraftValue::Repeated(..) => "a list",
                    DraftValue::Table(..) => "a list of lists",
                };
                let message = format!("the value must be {expected}, but this is {found}");
                self.report.push(
                    Diagnostic::error(Code::WrongType.as_str(), draft.span(), message)
                        .maybe_hint(example),
                );
                None
            }
        }
    }

    fn row(
        &mut self,
        columns: &[(String, Kind)],
        cells: &[Text],
        span: Span,
    ) -> Option<Vec<Scalar<String>>> {
        if cells.len() != columns.len() {
            let names = columns
                .iter()
                .map(|c| c.0.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            let message = format!(
                "the row has {} cells, but the table has {} columns",
                cells.len(),
                columns.len()
            );
            let fault = Diagnostic::error(Code::WrongType.as_str(), span, message);
            self.report
                .push(fault.hint(format!("the columns are: {names}")));
            return None;
        }
        let row: Vec<_> = cells
            .iter()
            .zip(columns)
            .map(|(text, (_, kind))| self.value(text, |t| value::parse(*kind, t)))
            .collect();
        row.into_iter().collect()
    }
}

/// Types as other languages call them.
fn likely_type(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "boolean" => "bool",
        "integer" | "i32" | "i64" | "u32" | "u64" | "int32" | "int64" | "long" | "number" => "int",
        "double" | "f32" | "f64" | "real" | "decimal" => "float",
        "str" | "text" => "string",
        "bytes" => "size",
        "time" | "datetime" | "date" | "instant" => "timestamp",
        "interval" | "timedelta" => "duration",
        "percentage" => "percent",
        _ => return None,
    })
}
