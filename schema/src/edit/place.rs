//! Where a new route, or the name of an event, goes: beside those that it is like.

use super::items::Ops;
use super::page::Page;
use super::tree::Item;
use crate::format::yaml_write::quoted;

/// The segments that two names begin with alike.
pub(super) fn kinship(a: &str, b: &str) -> usize {
    a.split('.')
        .zip(b.split('.'))
        .take_while(|(a, b)| a == b)
        .count()
}

/// How well a name fits among others: segments that it shares with the nearest of
/// them, how many are that near, and how many there are.
pub(super) fn fit<'a>(name: &str, others: impl Iterator<Item = &'a str>) -> (usize, usize, usize) {
    let (mut nearest, mut near, mut all) = (0, 0, 0);
    for other in others {
        all += 1;
        match kinship(name, other) {
            kin if kin > nearest => (nearest, near) = (kin, 1),
            kin if kin == nearest => near += 1,
            _ => {}
        }
    }
    (nearest, near, all)
}

/// The item behind which a name goes: of those that are nearest, the last that sorts
/// before it; else the last of them. `None`: none of them stays.
pub(super) fn neighbour(name: &str, names: &[&str], ops: &Ops) -> Option<usize> {
    let stays = (0..names.len()).filter(|at| !ops.drop.contains(at) && !ops.lift.contains(at));
    let kin: Vec<(usize, usize)> = stays.map(|at| (kinship(name, names[at]), at)).collect();
    let nearest = kin.iter().map(|(kin, _)| *kin).max()?;
    let near = kin
        .iter()
        .filter(|(kin, _)| *kin == nearest)
        .map(|(_, at)| *at);
    // Strangers are not sorted among each other.
    let before = near.clone().rfind(|at| nearest > 0 && names[*at] < name);
    before.or(near.max())
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
