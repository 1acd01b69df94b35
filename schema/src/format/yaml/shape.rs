//! Nodes as what a definition expects in a place: a text, a list, a map of known keys.

use super::keys::Key;
use super::node::{Node, Value};
use crate::diagnostic::{Diagnostic, Report, did_you_mean, one_of};
use crate::draft::DraftValue;
use crate::source::{Span, Text};
use crate::value::shown;

pub(super) struct Binder<'r> {
    pub report: &'r mut Report,
    /// False when a part of the text was not understood that may declare names.
    pub complete: bool,
}

impl Binder<'_> {
    /// Tells that something else was expected. `what`: the thing as messages call it.
    pub fn mismatch(&mut self, node: &Node, what: &str, expected: &str) {
        self.mismatch_with(node, what, expected, None);
    }

    /// As [`Binder::mismatch`]. `hint`: what to write.
    pub fn mismatch_with(&mut self, node: &Node, what: &str, expected: &str, hint: Option<String>) {
        let found = match &node.value {
            Value::Refused => return,
            Value::Scalar { plain: true, text } if is_null(text) => {
                let fault =
                    Diagnostic::error("no_value", node.span, format!("{what} has no value"));
                self.report
                    .push(fault.hint(format!("give {expected}, or delete the key")));
                return;
            }
            Value::Scalar { .. } => "a text",
            Value::Seq(_) => "a list",
            Value::Map(_) => "a map",
        };
        let message = format!("{what} must be {expected}, but this is {found}");
        let fault = Diagnostic::error("wrong_shape", node.span, message);
        self.report
            .push(fault.maybe_hint(hint.or_else(|| slip(node))));
    }

    pub fn text(&mut self, node: Node, what: &str) -> Option<Text> {
        match node.value {
            Value::Scalar { text, plain } if !(plain && is_null(&text)) => Some(Text {
                value: text,
                span: node.span,
            }),
            Value::Scalar { .. } => {
                let fault =
                    Diagnostic::error("no_value", node.span, format!("{what} has no value"));
                self.report.push(
                    fault.hint(
                        "give one, delete the key, or use quotes if the text itself is meant",
                    ),
                );
                None
            }
            _ => {
                self.mismatch(&node, what, "one value");
                None
            }
        }
    }

    pub fn list(&mut self, node: Node, what: &str, expected: &str) -> Option<Vec<Node>> {
        match node.value {
            Value::Seq(items) => Some(items),
            _ => {
                self.mismatch(&node, what, expected);
                None
            }
        }
    }

    pub fn texts(&mut self, node: Node, what: &str, expected: &str) -> Option<Vec<Text>> {
        let items = self.list(node, what, expected)?;
        let element = format!("an element of {what}");
        Some(
            items
                .into_iter()
                .filter_map(|item| self.text(item, &element))
                .collect(),
        )
    }

    /// A list, or one text in place of a list of one.
    pub fn one_or_texts(&mut self, node: Node, what: &str, expected: &str) -> Option<Vec<Text>> {
        match &node.value {
            Value::Scalar { text, plain } if !(*plain && is_null(text)) => {
                self.text(node, what).map(|text| vec![text])
            }
            _ => self.texts(node, what, expected),
        }
    }

    /// A map of any keys.
    pub fn map(&mut self, node: Node, what: &str, expected: &str) -> Option<Vec<(Text, Node)>> {
        let Value::Map(entries) = node.value else {
            self.mismatch(&node, what, expected);
            return None;
        };
        let mut out = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            match key.value {
                Value::Scalar { text, .. } => out.push((
                    Text {
                        value: text,
                        span: key.span,
                    },
                    value,
                )),
                Value::Refused => {}
                Value::Seq(_) | Value::Map(_) => {
                    let fault = Diagnostic::error(
                        "wrong_shape",
                        key.span,
                        format!("a key of {what} must be a text"),
                    );
                    self.report.push(fault);
                }
            }
        }
        Some(out)
    }

    /// A map from names to texts.
    pub fn pairs(&mut self, node: Node, what: &str, expected: &str) -> Option<Vec<(Text, Text)>> {
        let entries = self.map(node, what, expected)?;
        let value = format!("an entry of {what}");
        Some(
            entries
                .into_iter()
                .filter_map(|(key, node)| Some((key, self.text(node, &value)?)))
                .collect(),
        )
    }

    /// A map of these keys only. A key that is told to be unknown, but is like one of
    /// them that does not stand there, is taken for that one, so that no further
    /// message says that it is missing.
    pub fn fields(
        &mut self,
        node: Node,
        what: &str,
        keys: &'static [Key],
    ) -> Option<Vec<(&'static str, Text, Node)>> {
        let names: Vec<&'static str> = keys.iter().map(|key| key.name).collect();
        self.named(node, what, &names)
    }

    /// As [`Binder::fields`], of keys that are no part of a definition.
    pub fn named(
        &mut self,
        node: Node,
        what: &str,
        names: &[&'static str],
    ) -> Option<Vec<(&'static str, Text, Node)>> {
        let names = || names.iter().copied();
        let expected = format!("a map with keys such as `{}`", names().next().unwrap_or(""));
        let entries = self.map(node, what, &expected)?;
        let present: Vec<&'static str> = entries
            .iter()
            .filter_map(|(key, _)| names().find(|name| *name == key.value))
            .collect();
        let mut out = Vec::with_capacity(entries.len());
        for (key, node) in entries {
            if let Some(known) = names().find(|name| *name == key.value) {
                out.push((known, key, node));
                continue;
            }
            let message = format!("{what} has no key {}", shown(&key.value));
            let fault = Diagnostic::error("unknown_key", key.span, message);
            // Comparing is not free: only for what will be shown.
            if !self.report.has_room() {
                self.report.push(fault);
                continue;
            }
            let close = did_you_mean(&key.value, names());
            self.report
                .push(fault.maybe_hint(one_of(&key.value, "the keys are", names())));
            match close.and_then(|close| names().find(|name| *name == close)) {
                Some(known)
                    if !present.contains(&known) && !out.iter().any(|(k, ..)| *k == known) =>
                {
                    out.push((known, key, node));
                }
                _ => {}
            }
        }
        Some(out)
    }

    /// A value of a setting.
    pub fn value(&mut self, node: Node, what: &str) -> Option<DraftValue> {
        let span = node.span;
        let items = match node.value {
            Value::Scalar { .. } => return self.text(node, what).map(DraftValue::One),
            Value::Seq(items) => items,
            _ => {
                self.mismatch(&node, what, "one value, a list, or a list of rows");
                return None;
            }
        };
        let element = format!("an element of {what}");
        if !items
            .iter()
            .any(|item| matches!(item.value, Value::Seq(_) | Value::Map(_)))
        {
            let texts = items.into_iter().map(|item| self.text(item, &element));
            return Some(DraftValue::List(
                texts
                    .collect::<Vec<_>>()
                    .into_iter()
                    .collect::<Option<_>>()?,
                span,
            ));
        }
        let mut rows: Vec<(Vec<Text>, Span)> = Vec::with_capacity(items.len());
        let mut whole = true;
        for item in items {
            let at = item.span;
            let row = self.texts(
                item,
                &format!("a row of {what}"),
                "a list of cells, in the order of `columns`",
            );
            whole &= row.is_some();
            rows.extend(row.map(|row| (row, at)));
        }
        whole.then_some(DraftValue::Table(rows, span))
    }
}

/// What made a text of a map by mistake.
fn slip(node: &Node) -> Option<String> {
    let Value::Scalar { text, plain: true } = &node.value else {
        return None;
    };
    if text.starts_with("//") {
        return Some("a comment begins with `#`".to_owned());
    }
    let (key, value) = text.split_once(':')?;
    let word = !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    // What follows in further lines belongs to the text as well.
    let value = value.split_whitespace().next()?;
    (word && !value.starts_with("//")).then(|| {
        let right = shown(&format!("{key}: {value}")).to_string();
        format!("write {right}: a blank follows the `:`")
    })
}

/// Spellings of nothing in YAML's core schema.
pub(super) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}
