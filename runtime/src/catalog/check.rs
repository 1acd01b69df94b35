//! What a catalog may say of itself. Values are checked with all others, when an image is
//! built.

use super::{CatalogSpec, bound_kind};
use crate::error::{Code, Path, Subject, Violation, Violations, shown};
use crate::limits::{
    COLUMNS_MAX, CONSUMERS_MAX, ENUM_VALUES_MAX, REASON_BYTES_MAX, RULE_NODES_MAX, RULES_MAX,
    SETTINGS_MAX,
};
use crate::name;
use crate::rules;
use crate::scalar::{Form, Kind, Scalar};
use crate::setting::{SettingSpec, Step};

impl CatalogSpec<'_> {
    /// Sorts and checks everything; the result is ready for [`encode`](Self::encode).
    pub(crate) fn check(&mut self, problems: &mut Violations) {
        self.events.sort_unstable();
        self.consumers.sort_unstable();
        self.settings.sort_unstable_by_key(|s| s.name);
        let event = |name: &str| Path::of(Subject::Event(name.to_owned()));
        for name in &self.events {
            if let Err(fault) = name::check_event(name) {
                problems.push(fault.at(event(name)));
            }
        }
        twice(self.events.iter().copied(), event, problems);
        let consumer = |name: &str| Path::of(Subject::Consumer(name.to_owned()));
        for name in &self.consumers {
            if let Err(fault) = name::check_consumer(name) {
                problems.push(fault.at(consumer(name)));
            }
        }
        twice(self.consumers.iter().copied(), consumer, problems);
        twice(self.settings.iter().map(|s| s.name), setting_path, problems);
        at_most(problems, "consumers", self.consumers.len(), CONSUMERS_MAX);
        at_most(problems, "settings", self.settings.len(), SETTINGS_MAX);
        at_most(problems, "rules", self.rules.len(), RULES_MAX);
        for setting in &self.settings {
            check_setting(setting, problems);
        }
        for (at, rule) in self.rules.iter().enumerate() {
            let kind = |path: &str| {
                let at = self.settings.binary_search_by_key(&path, |s| s.name).ok()?;
                let setting = self.settings.get(at)?;
                (setting.form == Form::One).then_some(setting.kind)
            };
            for (what, value, max) in [
                ("bytes", rule.text.len(), REASON_BYTES_MAX),
                ("nodes", rule.code.len(), RULE_NODES_MAX),
            ] {
                if value > max {
                    let message = format!("the rule has {value} {what}; at most {max} are allowed");
                    let path = Path::of(Subject::Rule(at));
                    problems.push(Violation::new(path, Code::BadRule, message).limit(value, max));
                }
            }
            if let Err(fault) = rules::check(rule.code.iter().copied(), kind) {
                let text = shown(rule.text);
                let message = format!("the rule `{text}` is not well formed: {fault}");
                problems.push(Violation::new(
                    Path::of(Subject::Rule(at)),
                    Code::BadRule,
                    message,
                ));
            }
        }
    }
}

fn setting_path(name: &str) -> Path {
    Path::of(Subject::Setting(name.to_owned()))
}

fn twice<'a>(
    names: impl Iterator<Item = &'a str>,
    path: impl Fn(&str) -> Path,
    problems: &mut Violations,
) {
    let mut last = None;
    for name in names {
        if last == Some(name) {
            problems.push(Violation::new(
                path(name),
                Code::Duplicate,
                "it is declared twice",
            ));
        }
        last = Some(name);
    }
}

fn at_most(problems: &mut Violations, what: &'static str, count: usize, max: usize) {
    if count > max {
        let message = format!("there are {count} {what}; at most {max} are allowed");
        let violation = Violation::new(Path::part(Subject::Map, what), Code::Limit, message);
        problems.push(violation.limit(count, max));
    }
}

/// Checks what a declaration says about itself. Its value is checked with all others,
/// when an image is built.
fn check_setting(setting: &SettingSpec<'_>, problems: &mut Violations) {
    if let Err(fault) = name::check_setting(setting.name) {
        problems.push(fault.at(setting_path(setting.name)));
    }
    for (part, count, max) in [
        ("values", setting.words.len(), ENUM_VALUES_MAX),
        ("columns", setting.columns.len(), COLUMNS_MAX),
    ] {
        if count > max {
            let path = Path::part(Subject::Setting(setting.name.to_owned()), part);
            let message = format!("it has {count} {part}; at most {max} are allowed");
            problems.push(Violation::new(path, Code::Limit, message).limit(count, max));
        }
    }
    let mut wrong = |part: &'static str, code: Code, message: String| {
        let path = Path::part(Subject::Setting(setting.name.to_owned()), part);
        problems.push(Violation::new(path, code, message));
    };
    let ordered = setting.form != Form::Table && !matches!(setting.kind, Kind::Bool | Kind::Enum);
    for (part, bound) in [("min", setting.min), ("max", setting.max)] {
        match bound {
            Some(_) if !ordered => {
                wrong(
                    part,
                    Code::BadSetting,
                    format!("a {} has no `{part}`", what(setting)),
                );
            }
            Some(bound) if bound.kind() != bound_kind(setting.kind) => {
                let kind = bound_kind(setting.kind);
                wrong(
                    part,
                    Code::BadSetting,
                    format!("`{part}` must be of type {kind}"),
                );
            }
            _ => {}
        }
    }
    if let (Some(min), Some(max)) = (setting.min, setting.max)
        && order(min, max).is_some_and(|o| o.is_gt())
    {
        wrong(
            "min",
            Code::BadSetting,
            format!("`min` {min} is above `max` {max}"),
        );
    }
    if let Some(step) = setting.step {
        check_step(setting, step, &mut wrong);
    }
    let words = &setting.words;
    if (setting.kind == Kind::Enum && setting.form != Form::Table) == words.is_empty() {
        let message = match words.is_empty() {
            true => "an enum needs `values`",
            false => "only an enum has `values`",
        };
        wrong("values", Code::BadSetting, message.to_owned());
    }
    if let Some(word) = repeated(words.iter().copied()) {
        wrong(
            "values",
            Code::Duplicate,
            format!("the value `{word}` stands twice"),
        );
    }
    if words
        .iter()
        .any(|w| w.is_empty() || w.len() > 128 || !w.chars().all(name::printable))
    {
        wrong(
            "values",
            Code::BadName,
            "a value must be 1 to 128 visible bytes".to_owned(),
        );
    }
    let columns = &setting.columns;
    if (setting.form == Form::Table) == columns.is_empty() {
        let message = match columns.is_empty() {
            true => "a table needs `columns`",
            false => "only a table has `columns`",
        };
        wrong("columns", Code::BadSetting, message.to_owned());
    }
    if let Some(name) = repeated(columns.iter().map(|c| c.0)) {
        wrong(
            "columns",
            Code::Duplicate,
            format!("the column `{name}` stands twice"),
        );
    }
    for (name, kind) in columns {
        if name.contains('.') || name::check_setting(name).is_err() {
            wrong(
                "columns",
                Code::BadName,
                format!("`{name}` is no name for a column"),
            );
        }
        if *kind == Kind::Enum {
            wrong(
                "columns",
                Code::BadSetting,
                format!("the column `{name}` cannot be an enum"),
            );
        }
    }
}

fn check_step(
    setting: &SettingSpec<'_>,
    step: Step,
    wrong: &mut impl FnMut(&'static str, Code, String),
) {
    let kind = setting.kind;
    let numeric = matches!(
        kind,
        Kind::Int | Kind::Float | Kind::Percent | Kind::Duration | Kind::Size | Kind::Timestamp
    );
    if setting.form != Form::One || !numeric {
        wrong(
            "max_step",
            Code::BadSetting,
            format!("a {} has no `max_step`", what(setting)),
        );
        return;
    }
    match step {
        Step::Factor(factor) => {
            if !factor.is_finite() || factor <= 1.0 {
                wrong(
                    "max_step",
                    Code::BadSetting,
                    "a factor must be above 1".to_owned(),
                );
            }
            let min = setting
                .min
                .filter(|_| kind != Kind::Timestamp)
                .and_then(|min| min.number());
            if min.is_none_or(|min| min <= 0.0) {
                let message = "a factor needs a `min` above zero; or give a difference";
                wrong("max_step", Code::BadSetting, message.to_owned());
            } else if let Some(min) = setting.min.filter(|min| !step.leaves(*min)) {
                let message = format!(
                    "from the `min` of {min}, {factor}x leads to no other value; raise one of them, or give a difference"
                );
                wrong("max_step", Code::BadSetting, message);
            }
        }
        Step::Difference(difference) => {
            let expected = if kind == Kind::Timestamp {
                Kind::Duration
            } else {
                kind
            };
            if difference.kind() != expected || difference.number().is_none_or(|d| d <= 0.0) {
                let message = format!(
                    "`max_step` must be a factor (2x) or a difference above zero, of type {expected}"
                );
                wrong("max_step", Code::BadSetting, message);
            }
        }
    }
}

fn what(setting: &SettingSpec<'_>) -> String {
    match setting.form {
        Form::One => setting.kind.to_string(),
        Form::List => format!("list of {}", setting.kind),
        Form::Table => "table".to_owned(),
    }
}

fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names
        .windows(2)
        .find(|pair| pair[0] == pair[1])
        .map(|pair| pair[0])
}

/// Order of two scalars of one kind.
pub(crate) fn order(a: Scalar<&str>, b: Scalar<&str>) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Scalar::Int(a), Scalar::Int(b)) => Some(a.cmp(&b)),
        (Scalar::Float(a), Scalar::Float(b)) | (Scalar::Percent(a), Scalar::Percent(b)) => {
            a.partial_cmp(&b)
        }
        (Scalar::Duration(a), Scalar::Duration(b)) | (Scalar::Size(a), Scalar::Size(b)) => {
            Some(a.cmp(&b))
        }
        (Scalar::Timestamp(a, an), Scalar::Timestamp(b, bn)) => Some((a, an).cmp(&(b, bn))),
        _ => None,
    }
}
