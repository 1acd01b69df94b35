//! One route, or the fallback: the keys that say something else now.

use std::collections::BTreeMap;

use routewright::limits::SHARE_PPM_MAX;

use super::items::Ops;
use super::page::Page;
use super::tree::{Item, Node, Shape};
use super::wanted::Route;
use super::{list, policy, spell};
use crate::format::text;
use crate::format::yaml_write::quoted;
use crate::model::Policy;
use crate::value;

/// The keys of a route in the order in which they are written.
const KEYS: [&str; 10] = [
    "to",
    "split",
    "mirror",
    "drop",
    "timeout",
    "retries",
    "retry_delay",
    "priority",
    "rank",
    "enabled",
];
/// Those that say where to.
const TARGET: usize = 4;

/// Brings a route that is written to what is wanted. `defaults`: those of its file.
pub(super) fn change(page: &mut Page<'_>, entry: &Item, wanted: &Route, defaults: &Policy) {
    let node = &entry.value;
    let mut edit = Edit {
        node,
        ops: Ops::default(),
        new: Vec::new(),
    };
    let target = &wanted.target;
    edit.names(page, &target.to);
    edit.split(page, &target.split);
    edit.mirror(page, &target.mirror);
    edit.one("drop", target.drop.as_deref(), |reason, old| match old {
        Some(old) => spell::text(reason, old),
        None => quoted(reason),
    });
    edit.policy(wanted, defaults);
    let rank = (wanted.rank != 0).then(|| wanted.rank.to_string());
    edit.one("rank", rank.as_deref(), |rank, _| rank.to_owned());
    if node.entry("enabled").and_then(|item| item.value.text()) == Some("false") {
        edit.ops.drop.extend(node.position("enabled"));
    }
    let ops = edit.placed();
    page.change(node, entry.colon, ops);
}

/// A route that is not written yet: its keys and values.
pub(super) fn fresh(wanted: &Route, defaults: &Policy) -> Vec<(&'static str, String)> {
    let target = &wanted.target;
    let mut out = Vec::new();
    if !target.to.is_empty() {
        out.push(("to", names(&target.to)));
    }
    if !target.split.is_empty() {
        out.push(("split", weights(&target.split)));
    }
    if !target.mirror.is_empty() {
        out.push(("mirror", shares(&target.mirror)));
    }
    out.extend(target.drop.as_ref().map(|reason| ("drop", quoted(reason))));
    for (key, wanted, default) in policy::keys(wanted, defaults) {
        if wanted != default.unwrap_or_else(|| policy::nothing(&wanted)) {
            out.push((key, policy::spelled(&wanted, None)));
        }
    }
    if wanted.rank != 0 {
        out.push(("rank", wanted.rank.to_string()));
    }
    out
}

struct Edit<'n> {
    node: &'n Node,
    ops: Ops,
    /// Keys that are not there yet.
    new: Vec<(&'static str, String)>,
}

impl Edit<'_> {
    /// A key with one value; `None`: it goes.
    fn one(
        &mut self,
        key: &'static str,
        wanted: Option<&str>,
        spell: impl Fn(&str, Option<&Node>) -> String,
    ) {
        match (self.node.entry(key), wanted) {
            (None, None) => {}
            (None, Some(wanted)) => self.new.push((key, spell(wanted, None))),
            (Some(_), None) => self.ops.drop.extend(self.node.position(key)),
            (Some(item), Some(wanted)) if item.value.text() == Some(wanted) => {}
            (Some(item), Some(wanted)) => self.set(key, spell(wanted, Some(&item.value))),
        }
    }

    /// Another value in the place of one.
    fn set(&mut self, key: &str, text: String) {
        if let Some(item) = self.node.entry(key) {
            self.ops.values.push((item.value.clone(), item.colon, text));
        }
    }

    fn names(&mut self, page: &mut Page<'_>, to: &[String]) {
        match self.node.entry("to") {
            None if to.is_empty() => {}
            None => self.new.push(("to", names(to))),
            Some(_) if to.is_empty() => self.ops.drop.extend(self.node.position("to")),
            Some(item) => consumers(page, item, to),
        }
    }

    fn split(&mut self, page: &mut Page<'_>, split: &BTreeMap<String, u32>) {
        match self.node.entry("split") {
            None if split.is_empty() => {}
            None => self.new.push(("split", weights(split))),
            Some(_) if split.is_empty() => self.ops.drop.extend(self.node.position("split")),
            Some(item) => {
                let weights = split.iter().map(|(to, weight)| (to, weight.to_string()));
                map(page, item, &weights.collect());
            }
        }
    }

    fn mirror(&mut self, page: &mut Page<'_>, mirror: &BTreeMap<String, u32>) {
        let all = mirror.values().all(|share| *share == SHARE_PPM_MAX);
        match self.node.entry("mirror") {
            None if mirror.is_empty() => {}
            None => self.new.push(("mirror", shares(mirror))),
            Some(_) if mirror.is_empty() => self.ops.drop.extend(self.node.position("mirror")),
            Some(item) if matches!(item.value.shape, Shape::Map { .. }) => {
                let shares = mirror.iter().map(|(to, ppm)| (to, share(*ppm)));
                map(page, item, &shares.collect());
            }
            Some(item) if all => {
                // Their order has no meaning: those that are there stay where they are.
                let old = texts(&item.value);
                let stay = old.iter().filter(|name| mirror.contains_key(*name));
                let new = mirror.keys().filter(|name| !old.contains(name));
                consumers(page, item, &stay.chain(new).cloned().collect::<Vec<_>>());
            }
            Some(_) => self.set("mirror", shares(mirror)),
        }
    }

    fn policy(&mut self, wanted: &Route, defaults: &Policy) {
        for (key, wanted, default) in policy::keys(wanted, defaults) {
            let item = self.node.entry(key);
            let written = item.and_then(|item| policy::read(key, item.value.text()?));
            let zero = policy::nothing(&wanted);
            let inherited = default.unwrap_or_else(|| zero.clone());
            if written.as_ref().unwrap_or(&inherited) == &wanted {
                continue;
            }
            match item {
                Some(_) if wanted == inherited && wanted == zero => {
                    self.ops.drop.extend(self.node.position(key));
                }
                Some(item) => self.set(key, policy::spelled(&wanted, Some(&item.value))),
                None => self.new.push((key, policy::spelled(&wanted, None))),
            }
        }
    }

    /// Finds places for the new keys: a new target in the place of an old one, others
    /// behind those that are written before them.
    fn placed(mut self) -> Ops {
        let order = |key: &str| KEYS.iter().position(|k| *k == key);
        let items = self.node.items();
        let target = |key: &str| order(key).is_some_and(|at| at < TARGET);
        for (key, text) in std::mem::take(&mut self.new) {
            let left = self.ops.drop.iter().copied();
            let old = left
                .filter(|at| target(key) && target(&items[*at].key))
                .min();
            if let Some(old) = old {
                self.ops.drop.remove(&old);
                self.ops.replace.insert(old, format!("{key}: {text}"));
                continue;
            }
            let stays = (0..items.len()).filter(|at| !self.ops.drop.contains(at));
            let before = |at: &usize| {
                let other = order(&items[*at].key);
                other.is_some() && other < order(key)
            };
            let anchor = stays.clone().rfind(before);
            let anchor = anchor.or_else(|| stays.clone().next());
            self.ops.insert.push((anchor, format!("{key}: {text}")));
        }
        self.ops
    }
}

/// A consumer, or a list of them.
fn consumers(page: &mut Page<'_>, item: &Item, new: &[String]) {
    let old = texts(&item.value);
    if old != new {
        list::change(page, item, &old, new, &|at, old| spell::text(&new[at], old));
    }
}

/// A map from consumers to numbers.
fn map(page: &mut Page<'_>, item: &Item, new: &BTreeMap<&String, String>) {
    let items = item.value.items();
    let mut ops = Ops::default();
    for (at, old) in items.iter().enumerate() {
        match new.get(&old.key) {
            None => drop(ops.drop.insert(at)),
            Some(text) if number(old.value.text()) == number(Some(text)) => {}
            Some(text) => {
                let text = spell::number(text, &old.value);
                ops.values.push((old.value.clone(), old.colon, text));
            }
        }
    }
    let last = (0..items.len()).rev().find(|at| !ops.drop.contains(at));
    for (name, text) in new {
        if items.iter().all(|old| old.key != **name) {
            ops.insert.push((last, format!("{}: {text}", quoted(name))));
        }
    }
    page.change(&item.value, item.colon, ops);
}

/// A weight or a share, however it is written.
fn number(text: Option<&str>) -> Option<u32> {
    let text = text?;
    match text.ends_with('%') {
        true => value::parse_share_ppm(text).ok(),
        false => text.parse().ok(),
    }
}

fn texts(node: &Node) -> Vec<String> {
    match node.text() {
        Some(one) => vec![one.to_owned()],
        None => {
            let items = node.items().iter();
            items
                .filter_map(|item| item.value.text().map(str::to_owned))
                .collect()
        }
    }
}

fn names(to: &[String]) -> String {
    let all: Vec<String> = to.iter().map(|name| quoted(name)).collect();
    match all.as_slice() {
        [one] => one.clone(),
        _ => format!("[{}]", all.join(", ")),
    }
}

fn weights(split: &BTreeMap<String, u32>) -> String {
    braces(split.iter().map(|(to, weight)| (to, weight.to_string())))
}

fn shares(mirror: &BTreeMap<String, u32>) -> String {
    if mirror.values().all(|share| *share == SHARE_PPM_MAX) {
        return names(&mirror.keys().cloned().collect::<Vec<_>>());
    }
    braces(mirror.iter().map(|(to, ppm)| (to, share(*ppm))))
}

fn share(ppm: u32) -> String {
    text::share(ppm).unwrap_or_else(|| "100%".to_owned())
}

fn braces<'a>(entries: impl Iterator<Item = (&'a String, String)>) -> String {
    let entries = entries.map(|(key, text)| format!("{}: {text}", quoted(key)));
    format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
}
