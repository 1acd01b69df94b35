//! Events, patterns, the fallback: where each goes, how, and because of what.

use std::collections::BTreeMap;

use super::Page;
use super::markdown::{code, count, link, place, section, table, text};
use crate::analysis::graph::{How, Source, SourceKind, Target, Way};
use crate::analysis::words;

/// The events, a table for each first segment that several have.
pub fn events<D: AsRef<[u8]>>(page: &Page<'_, D>) -> String {
    let mut groups: BTreeMap<&str, Vec<&Source>> = BTreeMap::new();
    for source in of(page, SourceKind::Event) {
        let first = source.name.split('.').next().unwrap_or_default();
        groups.entry(first).or_default().push(source);
    }
    // Those that would be alone stand together at the end.
    let alone: Vec<&str> = groups
        .iter()
        .filter(|(_, s)| s.len() == 1)
        .map(|(f, _)| *f)
        .collect();
    let alone = if alone.len() > 1 { alone } else { Vec::new() };
    let others: Vec<&Source> = alone
        .iter()
        .filter_map(|f| groups.remove(f))
        .flatten()
        .collect();
    let mut groups: Vec<(String, Vec<&Source>)> = groups
        .into_iter()
        .map(|(first, s)| (code(first), s))
        .collect();
    if !others.is_empty() {
        groups.push(("others".to_owned(), others));
    }
    if groups.is_empty() {
        return String::new();
    }
    let mut out = section("Events");
    for (title, sources) in groups {
        out.push_str(&format!("\n### {title}\n\n"));
        let rows: Vec<Vec<String>> = sources
            .iter()
            .map(|source| {
                vec![
                    place("event", &source.name),
                    target(source),
                    policy(page, source),
                    page.by(&source.way),
                    owner(page, source),
                    about(source),
                ]
            })
            .collect();
        let head = ["Event", "Goes to", "Policy", "Because of", "Owner", "About"];
        out.push_str(&table(&head, &rows));
    }
    out
}

/// The patterns, and the declared events that each answers for.
pub fn patterns<D: AsRef<[u8]>>(page: &Page<'_, D>) -> String {
    let rows: Vec<Vec<String>> = of(page, SourceKind::Pattern)
        .map(|source| {
            let rank = match page.loaded.definition.routes.get(&source.name) {
                Some(route) if route.rank != 0 => route.rank.to_string(),
                _ => String::new(),
            };
            vec![
                place("pattern", &source.name),
                target(source),
                policy(page, source),
                rank,
                answered(
                    page,
                    |way| matches!(way, Way::Pattern(p) if *p == source.name),
                ),
                owner(page, source),
                about(source),
            ]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let head = [
        "Pattern",
        "Goes to",
        "Policy",
        "Rank",
        "Answers for",
        "Owner",
        "About",
    ];
    format!("{}\n{}", section("Patterns"), table(&head, &rows))
}

/// What answers when nothing else does.
pub fn fallback<D: AsRef<[u8]>>(page: &Page<'_, D>) -> String {
    let Some(source) = of(page, SourceKind::Fallback).next() else {
        return String::new();
    };
    let how = match policy(page, source) {
        empty if empty.is_empty() => String::new(),
        how => format!(" ({how})"),
    };
    let events = match answered(page, |way| *way == Way::Fallback) {
        empty if empty.is_empty() => "No declared event needs it.".to_owned(),
        events => format!("Of the declared events: {events}."),
    };
    format!(
        "{}\nWhatever nothing else matches: {}{how}. {events}\n",
        section("Fallback"),
        target(source)
    )
}

fn of<'p, D>(page: &'p Page<'_, D>, kind: SourceKind) -> impl Iterator<Item = &'p Source> {
    page.map.sources.iter().filter(move |s| s.kind == kind)
}

/// The events that something answers for.
fn answered<D>(page: &Page<'_, D>, by: impl Fn(&Way) -> bool) -> String {
    let events = of(page, SourceKind::Event).filter(|s| by(&s.way));
    let links: Vec<String> = events.map(|s| link("event", &s.name)).collect();
    links.join(", ")
}

/// Where a source goes, with links.
fn target(source: &Source) -> String {
    let (mut to, mut arms, mut copies) = (Vec::new(), Vec::new(), Vec::new());
    for end in &source.links {
        let name = match &end.to {
            Target::Consumer(name) => link("consumer", name),
            Target::Drop(reason) if reason.is_empty() => return "*dropped*".to_owned(),
            Target::Drop(reason) => return format!("*dropped*: {}", text(reason)),
            Target::Unrouted => return "**unrouted**".to_owned(),
        };
        match end.how {
            How::All => to.push(name),
            How::Arm(weight, _) => arms.push(format!("{name} {weight}")),
            How::Mirror(1_000_000) => copies.push(name),
            How::Mirror(ppm) => copies.push(format!("{name} {}", words::share(ppm))),
        }
    }
    let mut parts = Vec::new();
    if !to.is_empty() {
        parts.push(to.join(", "));
    }
    if !arms.is_empty() {
        parts.push(format!("one of {}", arms.join(", ")));
    }
    if !copies.is_empty() {
        parts.push(format!("copy to {}", copies.join(", ")));
    }
    parts.join("; ")
}

/// As the page shows it.
pub fn policy<D: AsRef<[u8]>>(page: &Page<'_, D>, source: &Source) -> String {
    let route = match source.kind {
        SourceKind::Event => page.table.find(&source.name),
        SourceKind::Pattern => page.table.own(&source.name),
        SourceKind::Fallback => page.table.fallback(),
    };
    route.map_or(String::new(), |route| words::policy(&route.policy()))
}

/// Who answers for a source: of an event without a route of its own, the pattern's owner.
fn owner<D>(page: &Page<'_, D>, source: &Source) -> String {
    let routes = &page.loaded.definition.routes;
    let owner = match &source.way {
        Way::Pattern(pattern) if source.owner.is_empty() => {
            routes.get(pattern).map_or("", |route| &route.owner)
        }
        _ => &source.owner,
    };
    match owner {
        "" => String::new(),
        owner => format!(
            "[{}](#{})",
            text(owner),
            super::markdown::anchor("owner", owner)
        ),
    }
}

fn about(source: &Source) -> String {
    let mut parts = Vec::new();
    if !source.doc.is_empty() {
        parts.push(text(&source.doc));
    }
    if !source.payload.is_empty() {
        parts.push(format!("carries {}", code(&source.payload)));
    }
    if !source.deprecated.is_empty() {
        parts.push(format!("**deprecated**: {}", text(&source.deprecated)));
    }
    if !source.expires.is_empty() {
        parts.push(format!("**until** {}", text(&source.expires)));
    }
    if source.disabled {
        parts.push("its own route is **disabled**".to_owned());
    }
    parts.join("<br>")
}

/// `3 events`, of a pattern or the fallback that something goes to as well.
pub fn also<D>(page: &Page<'_, D>, source: &Source) -> String {
    let by = |way: &Way| match source.kind {
        SourceKind::Pattern => matches!(way, Way::Pattern(p) if *p == source.name),
        SourceKind::Fallback => *way == Way::Fallback,
        SourceKind::Event => false,
    };
    match of(page, SourceKind::Event).filter(|s| by(&s.way)).count() {
        0 => String::new(),
        n => format!(" ({})", count(n, "event")),
    }
}
