//! The rules of a control plane, in YAML.

use routewright::name::{check_event, check_route};

use super::node::{self, Node, Value};
use super::shape::Binder;
use crate::access::{Glob, Push, Rule, Scope, Watch};
use crate::diagnostic::{Diagnostic, Report, one_of};
use crate::source::{FileId, Text};
use crate::value::shown;

/// Rules of one file.
const RULES_MAX: usize = 10_000;
/// Bytes of a name in a certificate: more than any of use, and few to compare.
const WHO_BYTES_MAX: usize = 2_048;

const FILE: &[&str] = &["allow"];
const RULE: &[&str] = &["who", "read", "watch", "push"];
const SCOPE: &[&str] = &["events", "settings", "fallback", "force"];

/// Reads a text. All problems go to `report`; with one of them, the rules are not whole.
pub fn read(file: FileId, text: &str, report: &mut Report) -> Vec<Rule> {
    let tree = node::read(file, text, report);
    let mut binder = Binder {
        report,
        complete: true,
    };
    let Some(root) = tree.root else {
        if tree.complete {
            let span = crate::source::Span {
                file,
                ..Default::default()
            };
            let empty = Diagnostic::error("empty", span, "the file says nothing");
            binder.report.push(empty.hint(
                "write `allow: []` if nobody may anything, or rules such as `allow: [{ who: NAME, read: true }]`",
            ));
        }
        return Vec::new();
    };
    let fields = binder.named(root, "a file of rules", FILE);
    let mut rules = Vec::new();
    for (_, _, node) in fields.unwrap_or_default() {
        let span = node.span;
        let list = binder.list(node, "`allow`", "a list of rules");
        let list = list.unwrap_or_default();
        if list.len() > RULES_MAX {
            let message = format!("there are more than {RULES_MAX} rules");
            binder
                .report
                .push(Diagnostic::error("limit", span, message).hint("use `*` in `who`"));
            return Vec::new();
        }
        rules.extend(list.into_iter().filter_map(|node| binder.access(node)));
    }
    rules
}

impl Binder<'_> {
    fn access(&mut self, node: Node) -> Option<Rule> {
        let (span, errors) = (node.span, self.report.errors());
        let (mut who, mut read, mut watch, mut push) = (None, false, None, None);
        for (key, _, node) in self.named(node, "a rule", RULE)? {
            match key {
                "who" => who = self.text(node, "`who`"),
                "read" => read = self.yes(node, "`read`"),
                "watch" => watch = self.watch(node),
                _ => push = self.push(node),
            }
        }
        if self.report.errors() > errors {
            return None;
        }
        let Some(who) = who else {
            let fault = Diagnostic::error("no_value", span, "a rule does not say `who` it is for");
            self.report.push(
                fault.hint("add `who`: the name in a certificate, in which one `*` may stand"),
            );
            return None;
        };
        if !read && watch.is_none() && push.is_none() {
            let fault = Diagnostic::error("no_value", span, "a rule does not allow anything");
            self.report.push(
                fault.hint(
                    "add `read: true`, `watch: same` or `push: everything`, or delete the rule",
                ),
            );
            return None;
        }
        let glob = self.glob(&who, "`who`")?;
        Some(Rule {
            who: glob,
            read,
            watch,
            push,
        })
    }

    /// A text with at most one `*`.
    fn glob(&mut self, text: &Text, what: &str) -> Option<Glob> {
        let value = &text.value;
        let why = match value {
            value if value.is_empty() => "is empty".to_owned(),
            value if value.len() > WHO_BYTES_MAX => {
                format!("has more than {WHO_BYTES_MAX} bytes")
            }
            value if !value.chars().all(routewright::name::printable) => {
                "holds a character that cannot be seen".to_owned()
            }
            value => match Glob::of(value) {
                Some(glob) => return Some(glob),
                None => "has more than one `*`".to_owned(),
            },
        };
        let message = format!("{what} {why}: {}", shown(value));
        self.report.push(
            Diagnostic::error("bad_value", text.span, message).hint(
                "give a name as it is in the certificate; one `*` may stand for a part of it",
            ),
        );
        None
    }

    fn yes(&mut self, node: Node, what: &str) -> bool {
        let Some(text) = self.text(node, what) else {
            return false;
        };
        match text.value.as_str() {
            "true" => true,
            "false" => false,
            other => {
                let message = format!("{what} must be `true` or `false`, not {}", shown(other));
                self.report
                    .push(Diagnostic::error("bad_value", text.span, message));
                false
            }
        }
    }

    fn watch(&mut self, node: Node) -> Option<Watch> {
        let text = self.text(node, "`watch`")?;
        match text.value.as_str() {
            "any" => Some(Watch::Any),
            "same" => Some(Watch::Same),
            _ => self.glob(&text, "`watch`").map(Watch::Like),
        }
    }

    fn push(&mut self, node: Node) -> Option<Push> {
        const EXPECTED: &str =
            "`everything`, or a map of `events`, `settings`, `fallback` and `force`";
        if let Value::Scalar { text, .. } = &node.value {
            if text == "everything" {
                return Some(Push::Everything);
            }
            let hint = one_of(text, "write", ["everything"]);
            self.mismatch_with(&node, "`push`", EXPECTED, hint);
            return None;
        }
        let (span, errors) = (node.span, self.report.errors());
        let mut scope = Scope::default();
        for (key, _, node) in self.named(node, "`push`", SCOPE)? {
            match key {
                "events" => scope.events = self.covered(node, "`events`"),
                "settings" => scope.settings = self.covered(node, "`settings`"),
                "fallback" => scope.fallback = self.yes(node, "`fallback`"),
                _ => scope.force = self.yes(node, "`force`"),
            }
        }
        let nothing = Scope {
            force: scope.force,
            ..Scope::default()
        };
        if self.report.errors() == errors && scope == nothing {
            let fault = Diagnostic::error("no_value", span, "`push` does not allow anything");
            self.report
                .push(fault.hint("name events, settings or the fallback, or delete the key"));
            return None;
        }
        Some(Push::Only(scope))
    }

    /// Names and patterns. A `*` that is no whole segment would mean itself: an error, for
    /// nobody means that in a rule.
    fn covered(&mut self, node: Node, what: &str) -> Vec<String> {
        let list = self.one_or_texts(node, what, "a list of names and patterns");
        let mut names = Vec::new();
        for text in list.unwrap_or_default() {
            let half = |s: &str| s.contains('*') && s != "*" && s != "**";
            let fault = match check_event(&text.value).or_else(|_| check_route(&text.value)) {
                Err(fault) => Some(("bad_name", fault.to_string())),
                Ok(()) if text.value.split('.').any(half) => Some((
                    "half_pattern",
                    "a `*` is no whole segment; `*` stands for one, `**` for all that follow"
                        .to_owned(),
                )),
                Ok(()) => None,
            };
            match fault {
                None => names.push(text.value),
                Some((code, why)) => {
                    let message = format!("{} in {what}: {why}", shown(&text.value));
                    self.report
                        .push(Diagnostic::error(code, text.span, message));
                }
            }
        }
        names
    }
}
