//! The lines of a box, and what a tip says of each.

use super::super::fold::{Bundle, Part};
use super::super::group::Title;
use super::super::map::{Change, Map, Source, SourceKind, Way};
use super::super::text::{columns, count, visible};
use super::{Cell, Line, Look, family, said};

/// Names that a tip lists; the rest is counted.
const LISTED: usize = 40;
/// Columns of the names that a folded line begins to list.
const GLIMPSE: usize = 34;

/// The box of a bundle.
pub fn cell(map: &Map, part: &Part, bundle: &Bundle) -> Cell {
    let members: Vec<&Source> = bundle.members.iter().map(|at| &map.sources[*at]).collect();
    let lines = match bundle.folded {
        true => vec![folded(part, &members, map.compared)],
        false => members
            .iter()
            .map(|source| line(source, &members))
            .collect(),
    };
    Cell {
        lines,
        names: members.len(),
    }
}

fn line(source: &Source, members: &[&Source]) -> Line {
    let look = match (source.kind, &source.way) {
        (SourceKind::Fallback, _) => Look::Fallback,
        (SourceKind::Pattern, Way::Nothing) => Look::Off,
        (SourceKind::Pattern, _) => Look::Pattern,
        (_, Way::Own) => Look::Event,
        (_, Way::Pattern(pattern)) if members.iter().any(|m| m.name == *pattern) => Look::Below,
        _ => Look::Via,
    };
    let mut notes = Vec::new();
    if source.change == Change::Policy {
        notes.push("policy".to_owned());
    }
    match (&source.way, look) {
        (Way::Pattern(pattern), Look::Via) => notes.push(format!("via {}", visible(pattern))),
        (Way::Fallback, Look::Via) => notes.push("fallback".to_owned()),
        _ => {}
    }
    if source.disabled {
        notes.push("disabled".to_owned());
    }
    if !source.expires.is_empty() {
        notes.push(format!("until {}", visible(&source.expires)));
    }
    if !source.deprecated.is_empty() {
        notes.push("deprecated".to_owned());
    }
    Line {
        text: visible(&source.name),
        note: notes.join(", "),
        tip: tip(source),
        look,
        deprecated: !source.deprecated.is_empty(),
        change: source.change,
    }
}

/// All that is known of a source.
fn tip(source: &Source) -> String {
    let mut told = vec![visible(&source.name)];
    match (&source.was, source.answer.as_str()) {
        (None, answer) => told.extend(said("", answer)),
        (Some(was), "") => told.extend(said("was: ", was)),
        (Some(was), answer) => {
            told.extend(said("was: ", was));
            told.extend(said("now: ", answer));
        }
    }
    match &source.way {
        Way::Pattern(pattern) => told.push(format!("because of {}", visible(pattern))),
        Way::Fallback => told.push("because nothing else matches".to_owned()),
        Way::Own | Way::Nothing => {}
    }
    told.extend(said("", &source.doc));
    told.extend(said("owner: ", &source.owner));
    told.extend(said("payload: ", &source.payload));
    told.extend(said("deprecated: ", &source.deprecated));
    told.extend(said("expires: ", &source.expires));
    if source.disabled {
        told.push("its route is disabled".to_owned());
    }
    if source.change != Change::Same {
        told.push(source.change.as_str().to_owned());
    }
    told.join("\n")
}

/// One line for many names.
fn folded(part: &Part, members: &[&Source], compared: bool) -> Line {
    let counted = counted(members);
    let changes = members.iter().map(|m| m.change);
    let change = changes
        .clone()
        .reduce(|a, b| if a == b { a } else { Change::Moved })
        .unwrap_or_default();
    let quiet = compared && change == Change::Same;
    let text = match (part.folded, quiet) {
        (true, false) => format!("{} ({counted})", family(part)),
        (true, true) => format!("{} ({counted}, unchanged)", family(part)),
        (false, true) => format!("{counted}, unchanged"),
        (false, false) => format!("{counted}: {}", glimpse(part, members)),
    };
    let names = members.iter().take(LISTED).map(|m| visible(&m.name));
    let mut tip: Vec<String> = std::iter::once(counted).chain(names).collect();
    if members.len() > LISTED {
        tip.push(format!("and {} more", members.len() - LISTED));
    }
    let old = members.iter().filter(|m| !m.deprecated.is_empty()).count();
    Line {
        text,
        note: match old {
            0 => String::new(),
            n => format!("{n} deprecated"),
        },
        tip: tip.join("\n"),
        look: Look::Folded,
        deprecated: old == members.len(),
        change,
    }
}

/// `3 events, 1 pattern`.
fn counted(members: &[&Source]) -> String {
    let of = |kind| members.iter().filter(|m| m.kind == kind).count();
    let kinds = [
        (of(SourceKind::Event), "event"),
        (of(SourceKind::Pattern), "pattern"),
        (of(SourceKind::Fallback), "fallback"),
    ];
    let told: Vec<String> = kinds
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, noun)| count(*n, noun))
        .collect();
    told.join(", ")
}

/// The first names, as many as fit, without the prefix that the group's title has.
fn glimpse(part: &Part, members: &[&Source]) -> String {
    let prefix = match &part.title {
        Title::Prefix(prefix) => format!("{prefix}."),
        Title::Others | Title::Any | Title::Fallback => String::new(),
    };
    let mut out = String::new();
    for (at, source) in members.iter().enumerate() {
        let name = visible(source.name.strip_prefix(&prefix).unwrap_or(&source.name));
        if at > 0 && columns(&out) + columns(&name) > GLIMPSE {
            out.push_str(", \u{2026}");
            break;
        }
        if at > 0 {
            out.push_str(", ");
        }
        out.push_str(&name);
    }
    out
}
