//! The tree of `settings`: groups, flattened, and what a setting says.

use super::keys::{COLUMN, SETTING};
use super::node::{Node, Value};
use super::shape::Binder;
use crate::diagnostic::Diagnostic;
use crate::draft::DraftSetting;
use crate::source::Text;
use crate::value::shown;

impl Binder<'_> {
    pub fn settings(&mut self, node: Node, out: &mut Vec<DraftSetting>) {
        self.group(node, "`settings`", "", out);
    }

    fn group(&mut self, node: Node, what: &str, prefix: &str, out: &mut Vec<DraftSetting>) {
        let expected = match prefix.is_empty() {
            true => "a map from names to settings or groups",
            false => "a setting such as `{ type: int, default: 1 }`, or a map of settings",
        };
        let entries = self.map(node, what, expected);
        self.complete &= entries.is_some();
        for (name, node) in entries.unwrap_or_default() {
            if name.value.contains('.') {
                let fault = Diagnostic::error(
                    "bad_name",
                    name.span,
                    format!("the name {} holds a `.`", shown(&name.value)),
                );
                self.report
                    .push(fault.hint("write groups as maps within each other"));
                self.complete = false;
                continue;
            }
            let path = format!("{prefix}{}", name.value);
            let what = format!("the setting {}", shown(&path));
            match kind_of(&node) {
                Entry::Setting => {
                    let setting = self.setting(
                        Text {
                            value: path,
                            span: name.span,
                        },
                        node,
                        &what,
                    );
                    self.complete &= setting.is_some();
                    out.extend(setting);
                }
                Entry::Group => self.group(node, &shown(&path), &format!("{path}."), out),
            }
        }
    }

    /// `None`: its type or value is there, but in no shape to go on with.
    fn setting(&mut self, name: Text, node: Node, what: &str) -> Option<DraftSetting> {
        let mut setting = DraftSetting {
            name,
            ..DraftSetting::default()
        };
        for (key, _, node) in self.fields(node, what, SETTING).unwrap_or_default() {
            let at = format!("`{key}`");
            match key {
                "type" => setting.ty = Some(self.ty(node)?),
                "default" => setting.default = Some(self.value(node, &at)?),
                "min" => setting.min = self.text(node, &at),
                "max" => setting.max = self.text(node, &at),
                "max_step" => setting.max_step = self.text(node, &at),
                "cooldown" => setting.cooldown = self.text(node, &at),
                "values" => setting.values = self.texts(node, &at, "a list of words"),
                "columns" => setting.columns = self.columns(node),
                "doc" => setting.doc = self.text(node, &at),
                "owner" => setting.owner = self.text(node, &at),
                _ => setting.expires = self.text(node, &at),
            }
        }
        Some(setting)
    }

    /// A word, or a list of one word.
    fn ty(&mut self, node: Node) -> Option<Text> {
        let span = node.span;
        if !matches!(node.value, Value::Seq(_)) {
            return self.text(node, "`type`");
        }
        let expected = "a word such as `int`, or `[int]` for a list";
        let mut words = self.texts(node, "`type`", expected)?;
        if words.len() == 1 {
            let word = words.remove(0);
            return Some(Text {
                value: format!("[{}]", word.value),
                span,
            });
        }
        let message = format!("`type` must be {expected}");
        self.report
            .push(Diagnostic::error("wrong_shape", span, message));
        None
    }

    fn columns(&mut self, node: Node) -> Option<Vec<(Text, Text)>> {
        let items = self.list(
            node,
            "`columns`",
            "a list of columns, such as `[{ name: item, type: string }]`",
        )?;
        let mut columns = Vec::with_capacity(items.len());
        for item in items {
            let span = item.span;
            let (mut name, mut ty) = (None, None);
            let Some(fields) = self.fields(item, "a column", COLUMN) else {
                continue;
            };
            for (key, _, node) in fields {
                match key {
                    "name" => name = self.text(node, "`name`"),
                    _ => ty = self.ty(node),
                }
            }
            match (name, ty) {
                (Some(name), Some(ty)) => columns.push((name, ty)),
                _ => self.report.push(Diagnostic::error(
                    "missing",
                    span,
                    "a column needs `name` and `type`",
                )),
            }
        }
        Some(columns)
    }
}

enum Entry {
    Setting,
    Group,
}

/// A map with a `type`, or with another key of a setting (then the type is missing),
/// is a setting.
fn kind_of(node: &Node) -> Entry {
    let Value::Map(entries) = &node.value else {
        return Entry::Group;
    };
    let leaf = |node: &Node| matches!(node.value, Value::Scalar { .. } | Value::Seq(_));
    let known = |node: &Node| matches!(&node.value, Value::Scalar { text, .. } if SETTING.iter().any(|key| key.name == text));
    match entries.iter().any(|(key, value)| known(key) && leaf(value)) {
        true => Entry::Setting,
        false => Entry::Group,
    }
}
