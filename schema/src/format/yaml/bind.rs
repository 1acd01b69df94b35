//! The keys of a definition.

use super::keys::{CONSUMER, FALLBACK, FILE, Key, POLICY, ROUTE, TEST, TEST_FILE};
use super::node::{Node, Value};
use super::shape::Binder;
use crate::diagnostic::{Diagnostic, Report};
use crate::draft::{Draft, DraftConsumer, DraftPolicy, DraftRoute, DraftTest};
use crate::model::ConsumerKind;
use crate::source::{FileId, Text};
use crate::value::shown;

/// Binds a file; also says whether all names that it declares were understood.
pub(super) fn bind(file: FileId, root: Node, report: &mut Report) -> (Draft, bool) {
    let mut binder = Binder {
        report,
        complete: true,
    };
    let mut draft = Draft {
        file,
        ..Draft::default()
    };
    let errors = binder.report.errors();
    let Some(fields) = binder.fields(root, "a definition", FILE) else {
        return (draft, false);
    };
    // An unknown key may be a misspelt `consumers`.
    binder.complete = binder.report.errors() == errors;
    for (key, at, node) in fields {
        binder.section(&mut draft, key, at, node);
    }
    (draft, binder.complete)
}

/// Binds a test file, which declares nothing. A key of a definition is told apart from one
/// that nobody knows: whoever writes `routes` there has taken the wrong file.
pub(super) fn bind_tests(file: FileId, root: Node, report: &mut Report) -> Draft {
    let mut binder = Binder {
        report,
        complete: true,
    };
    let mut draft = Draft {
        file,
        only_tests: true,
        ..Draft::default()
    };
    let root = binder.without_definitions(root);
    for (key, at, node) in binder
        .fields(root, "a test file", TEST_FILE)
        .unwrap_or_default()
    {
        binder.section(&mut draft, key, at, node);
    }
    draft
}

impl Binder<'_> {
    /// Takes the keys out that only a definition has, and tells of each.
    fn without_definitions(&mut self, mut root: Node) -> Node {
        let Value::Map(entries) = &mut root.value else {
            return root;
        };
        let of = |keys: &[Key], name: &str| keys.iter().any(|key| key.name == name);
        entries.retain(|(key, _)| match &key.value {
            Value::Scalar { text, .. } if of(FILE, text) && !of(TEST_FILE, text) => {
                let message = format!("a test file has tests only, and no `{text}`");
                let fault = Diagnostic::error("unknown_key", key.span, message);
                self.report.push(fault.hint(
                    "move it to a definition, or name this file without `.test` before `.yaml`",
                ));
                false
            }
            _ => true,
        });
        root
    }

    fn section(&mut self, draft: &mut Draft, key: &str, at: Text, node: Node) {
        let what = format!("`{key}`");
        let what = what.as_str();
        match key {
            "package" => {
                draft.package = self.text(node, what);
                self.complete &= draft.package.is_some();
            }
            "version" => {
                draft.version = self.text(node, what);
                self.complete &= draft.version.is_some();
            }
            "consumers" => {
                for (name, node) in self.names(node, what, "a map from names to consumers") {
                    let consumer = self.consumer(name, node);
                    self.complete &= consumer.is_some();
                    draft.consumers.extend(consumer);
                }
            }
            "events" => {
                let events = self.texts(node, what, "a list of names");
                self.complete &= events.is_some();
                draft.events = events.unwrap_or_default();
            }
            "defaults" => {
                for (key, _, node) in self.fields(node, what, POLICY).unwrap_or_default() {
                    self.policy(&mut draft.defaults, key, node);
                }
            }
            "routes" => {
                for (name, node) in self.names(node, what, "a map from names or patterns to routes")
                {
                    let what = format!("the route {}", shown(&name.value));
                    draft.routes.push(self.route(name, node, &what, ROUTE));
                }
            }
            "fallback" => {
                let name = Text {
                    value: String::new(),
                    span: at.span,
                };
                draft.fallback = Some(self.route(name, node, what, FALLBACK));
            }
            "settings" => self.settings(node, &mut draft.settings),
            "rules" => {
                draft.rules = self
                    .texts(node, what, "a list of expressions")
                    .unwrap_or_default()
            }
            "tests" => self.tests(draft, node),
            _ => {}
        }
    }

    fn names(&mut self, node: Node, what: &str, expected: &str) -> Vec<(Text, Node)> {
        let entries = self.map(node, what, expected);
        self.complete &= entries.is_some();
        entries.unwrap_or_default()
    }

    /// `None`: its address is there, but is no text.
    fn consumer(&mut self, name: Text, node: Node) -> Option<DraftConsumer> {
        let what = format!("the consumer {}", shown(&name.value));
        let mut consumer = DraftConsumer {
            name,
            ..DraftConsumer::default()
        };
        if let Value::Scalar { text, .. } = &node.value
            && let Some(kind) = ConsumerKind::ALL.iter().find(|kind| kind.as_str() == text)
        {
            let hint = match kind {
                ConsumerKind::Local => "write `{ local: true }`".to_owned(),
                kind => format!("write `{{ {}: ADDRESS }}`", kind.as_str()),
            };
            self.mismatch_with(&node, &what, "a map", Some(hint));
            return None;
        }
        for (key, at, node) in self.fields(node, &what, CONSUMER)? {
            let text = self.text(node, &format!("`{key}`"));
            match key {
                "doc" => consumer.doc = text,
                "owner" => consumer.owner = text,
                kind => {
                    let kind = Text {
                        value: kind.to_owned(),
                        span: at.span,
                    };
                    consumer.addresses.push((kind, text?));
                }
            }
        }
        Some(consumer)
    }

    /// One of the policy keys.
    fn policy(&mut self, policy: &mut DraftPolicy, key: &str, node: Node) {
        let text = self.text(node, &format!("`{key}`"));
        match key {
            "timeout" => policy.timeout = text,
            "retries" => policy.retries = text,
            "retry_delay" => policy.retry_delay = text,
            _ => policy.priority = text,
        }
    }

    fn route(&mut self, name: Text, node: Node, what: &str, keys: &'static [Key]) -> DraftRoute {
        let mut route = DraftRoute {
            name,
            ..DraftRoute::default()
        };
        if !matches!(node.value, Value::Map(_) | Value::Refused) {
            let hint = likely_route(&route.name.value, &node);
            self.mismatch_with(&node, what, "a map such as `{ to: audit }`", hint);
            // What is known to be wrong needs no further message that a target is missing.
            route.to = Some(Vec::new());
            return route;
        }
        for (key, _, node) in self.fields(node, what, keys).unwrap_or_default() {
            match key {
                "to" => {
                    route.to = Some(
                        self.one_or_texts(node, "`to`", "a consumer or a list of them")
                            .unwrap_or_default(),
                    )
                }
                "split" => route.split = Some(self.weights(node)),
                "mirror" => route.mirror = self.mirror(node),
                "rank" => route.rank = self.text(node, "`rank`"),
                "drop" => route.drop = self.text(node, "`drop`"),
                "enabled" => route.enabled = self.text(node, "`enabled`"),
                "doc" => route.doc = self.text(node, "`doc`"),
                "owner" => route.owner = self.text(node, "`owner`"),
                "deprecated" => route.deprecated = self.text(node, "`deprecated`"),
                "expires" => route.expires = self.text(node, "`expires`"),
                policy => self.policy(&mut route.policy, policy, node),
            }
        }
        route
    }

    fn weights(&mut self, node: Node) -> Vec<(Text, Text)> {
        self.pairs(node, "`split`", "a map from consumers to weights")
            .unwrap_or_default()
    }

    fn percents(&mut self, node: Node, what: &str) -> Option<Vec<(Text, Text)>> {
        self.pairs(node, what, "a map from consumers to percents")
    }

    fn mirror(&mut self, node: Node) -> Option<Vec<(Text, Option<Text>)>> {
        let expected = "a consumer, a list of them, or a map from consumers to percents";
        match node.value {
            Value::Map(_) => {
                let pairs = self.pairs(node, "`mirror`", expected)?;
                Some(
                    pairs
                        .into_iter()
                        .map(|(name, share)| (name, Some(share)))
                        .collect(),
                )
            }
            _ => {
                let names = self.one_or_texts(node, "`mirror`", expected)?;
                Some(names.into_iter().map(|name| (name, None)).collect())
            }
        }
    }

    fn tests(&mut self, draft: &mut Draft, node: Node) {
        let list = self.list(node, "`tests`", "a list of tests");
        for node in list.unwrap_or_default() {
            let errors = self.report.errors();
            let test = self.test(node);
            // Half of a test says something else than the whole.
            if self.report.errors() == errors {
                draft.tests.push(test);
            }
        }
    }

    fn test(&mut self, node: Node) -> DraftTest {
        let mut test = DraftTest {
            span: node.span,
            ..DraftTest::default()
        };
        for (key, _, node) in self.fields(node, "a test", TEST).unwrap_or_default() {
            match key {
                "event" => test.event = self.text(node, "`event`"),
                "to" => test.to = self.one_or_texts(node, "`to`", "a list of consumers"),
                "not_to" => {
                    test.not_to = self.one_or_texts(node, "`not_to`", "a list of consumers")
                }
                "split" => test.split = Some(self.weights(node)),
                "mirror" => {
                    test.mirror = self.one_or_texts(node, "`mirror`", "a list of consumers")
                }
                "drop" => test.drop = self.text(node, "`drop`"),
                "unrouted" => test.unrouted = self.text(node, "`unrouted`"),
                "policy" => {
                    for (key, _, node) in self.fields(node, "`policy`", POLICY).unwrap_or_default()
                    {
                        self.policy(&mut test.policy, key, node);
                    }
                }
                "key" => test.key = self.text(node, "`key`"),
                "picks" => test.picks = self.text(node, "`picks`"),
                "shares" => test.shares = self.percents(node, "`shares`"),
                "mirror_shares" => test.mirror_shares = self.percents(node, "`mirror_shares`"),
                "within" => test.within = self.text(node, "`within`"),
                "keys" => test.keys = self.text(node, "`keys`"),
                "seed" => test.seed = self.text(node, "`seed`"),
                "expired" => test.expired = self.text(node, "`expired`"),
                "at" => test.at = self.text(node, "`at`"),
                "setting" => test.setting = self.text(node, "`setting`"),
                _ => test.is = self.value(node, "`is`"),
            }
        }
        test
    }
}

/// What was meant by a route that is no map.
fn likely_route(name: &str, node: &Node) -> Option<String> {
    // `order.placed { to: audit }` is the key `order.placed { to`.
    if let Some((head, key)) = name.split_once(" {") {
        let head = head.trim_end_matches([' ', '=']);
        return Some(format!(
            "a `:` is missing after the name: write {}",
            shown(&format!("{head}: {{ {}: ..", key.trim_start()))
        ));
    }
    let word = |node: &Node| match &node.value {
        Value::Scalar { text, .. } if routewright::name::check_consumer(text).is_ok() => {
            Some(text.clone())
        }
        _ => None,
    };
    match &node.value {
        Value::Scalar { .. } => Some(format!("write `{{ to: {} }}`", word(node)?)),
        Value::Seq(nodes) => {
            let words: Option<Vec<String>> = nodes.iter().map(word).collect();
            Some(format!("write `{{ to: [{}] }}`", words?.join(", ")))
        }
        _ => None,
    }
}
