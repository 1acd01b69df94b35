//! Where a new route, or the name of an event, goes: beside those that it is like.

use std::collections::HashMap;

use super::items::Ops;
use super::page::Page;
use super::tree::Item;
use crate::format::yaml_write::quoted;

/// The names of a section, by what they begin with.
pub(super) struct Kin {
    /// Positions, ascending, by the segments that the names begin with; all under "".
    by_prefix: HashMap<String, Vec<usize>>,
    names: Vec<String>,
}

/// What a name begins with, longest first: `a.b`, `a`, and nothing.
fn prefixes(name: &str) -> impl Iterator<Item = &str> {
    let dots = name.rmatch_indices('.').map(|(at, _)| &name[..at]);
    std::iter::once(name).chain(dots).chain([""])
}

impl Kin {
    /// Of the names of a section, in the order of the text.
    pub fn new(names: Vec<String>) -> Kin {
        let mut by_prefix: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, name) in names.iter().enumerate() {
            for prefix in prefixes(name) {
                by_prefix.entry(prefix.to_owned()).or_default().push(at);
            }
        }
        Kin { by_prefix, names }
    }

    /// Where a name stands.
    pub fn position(&self, name: &str) -> Option<usize> {
        let alike = self.by_prefix.get(name)?;
        alike.iter().copied().find(|at| self.names[*at] == name)
    }

    /// How well a name fits among these: how much of it they share, and how many do.
    pub fn fit(&self, name: &str) -> (usize, usize) {
        let shared = prefixes(name).find_map(|prefix| Some((prefix, self.by_prefix.get(prefix)?)));
        shared.map_or((0, 0), |(prefix, alike)| (prefix.len(), alike.len()))
    }

    /// Only what stays is a neighbour.
    pub fn forget(&mut self, ops: &Ops) {
        for alike in self.by_prefix.values_mut() {
            alike.retain(|at| !ops.drop.contains(at) && !ops.lift.contains(at));
        }
        self.by_prefix.retain(|_, alike| !alike.is_empty());
    }

    /// The item behind which a name goes: of those that share most with it, the last that
    /// sorts before it; else the last of them. `None`: there is none.
    pub fn neighbour(&self, name: &str) -> Option<usize> {
        let shared = |prefix| Some((prefix, self.by_prefix.get(prefix)?));
        let (prefix, near) = prefixes(name).find_map(shared)?;
        // Strangers are not sorted among each other.
        let before = |at: &&usize| !prefix.is_empty() && *self.names[**at] < *name;
        near.iter().rfind(before).or(near.last()).copied()
    }
}

/// A new entry of `routes`, in the style of a neighbour: on a line of its own, its
/// value in the same column, or key by key.
pub(super) fn entry(
    page: &Page<'_>,
    name: &str,
    keys: &[(&'static str, String)],
    like: Option<&Item>,
) -> String {
    let name = quoted(name);
    let pairs: Vec<String> = keys
        .iter()
        .map(|(key, text)| format!("{key}: {text}"))
        .collect();
    if let Some(like) = like.filter(|like| like.value.is_block()) {
        let first = like
            .value
            .items()
            .first()
            .map_or(0, |item| page.column(item.start));
        let indent = first.saturating_sub(page.column(like.start)).max(1);
        let blanks = " ".repeat(indent);
        let lines: Vec<String> = pairs.iter().map(|pair| format!("{blanks}{pair}")).collect();
        return format!("{name}:\n{}", lines.join("\n"));
    }
    let width =
        like.filter(|like| page.line_start(like.start) == page.line_start(like.value.start));
    let width = width.map_or(0, |like| {
        page.column(like.value.start) - page.column(like.start)
    });
    let pad = width.saturating_sub(name.chars().count() + 1).max(1);
    format!("{name}:{}{{ {} }}", " ".repeat(pad), pairs.join(", "))
}

/// The sections that a new one goes behind, by its key.
const BEFORE: [(&str, &[&str]); 3] = [
    ("events", &["version", "package", "consumers"]),
    (
        "routes",
        &["version", "package", "consumers", "events", "defaults"],
    ),
    (
        "fallback",
        &[
            "version",
            "package",
            "consumers",
            "events",
            "defaults",
            "routes",
        ],
    ),
];

/// A new section of a file, with these items, and the section that it goes behind; none:
/// it goes before all.
pub(super) fn section(page: &Page<'_>, key: &str, items: &[String]) -> (Option<usize>, String) {
    let root = &page.root;
    let list = key == "events";
    let text = match root.is_flow() {
        true => {
            let (open, close) = if list { ("[", "]") } else { ("{", "}") };
            format!("{key}: {open} {} {close}", items.join(", "))
        }
        false => {
            let dash = if list { "- " } else { "" };
            let lines = items
                .iter()
                .map(|item| format!("  {dash}{}", item.replace('\n', "\n  ")));
            format!("{key}:\n{}", lines.collect::<Vec<_>>().join("\n"))
        }
    };
    behind(page, key, text)
}

/// A new section of one entry.
pub(super) fn whole(page: &Page<'_>, text: &str) -> (Option<usize>, String) {
    behind(page, "fallback", text.to_owned())
}

fn behind(page: &Page<'_>, key: &str, text: String) -> (Option<usize>, String) {
    let root = &page.root;
    let before = BEFORE.iter().find(|(k, _)| *k == key);
    let before = before.map_or(&[][..], |(_, before)| before);
    let at = before.iter().filter_map(|key| root.position(key)).max();
    let text = match (at, page.is_airy()) {
        (Some(_), true) => format!("\n{text}"),
        (None, true) => format!("{text}\n\n"),
        (_, false) => text,
    };
    (at, text)
}
