//! What an edit changed, in words, and what went with it.

use std::collections::{BTreeMap, BTreeSet};

use routewright::{Image, RouteTable};

use super::page::comments;
use super::wanted::{Wanted, same};
use super::{Change, Edited, Lost, prove, tree};
use crate::analysis::words;
use crate::format::yaml;
use crate::load::Loaded;
use crate::source::{FileId, Span};

/// Comments that went with what they belonged to.
pub(super) fn lost(loaded: &Loaded, file: FileId, text: &str) -> Vec<Lost> {
    let read = |text: &str| tree::exact(text, &yaml::tree(file, text)?).ok();
    let old = loaded.sources.text(file);
    let (Some(before), Some(after)) = (read(old), read(text)) else {
        return Vec::new();
    };
    let (before, after) = (comments(old, &before), comments(text, &after));
    prove::lost(file, &loaded.sources, &before, &after)
}

/// What is different, in words.
pub(super) fn changes(
    loaded: &Loaded,
    before: &RouteTable<Image>,
    edited: &Edited,
    now: &Wanted,
    wanted: &Wanted,
) -> Vec<Change> {
    let mut out = Vec::new();
    let after = &edited.table;
    let at = |new: Option<Span>, old: Option<Span>| match (new, old) {
        (Some(span), _) => (span.file, edited.loaded.sources.line_column(span).0),
        (None, Some(span)) => (span.file, loaded.sources.line_column(span).0),
        (None, None) => (0, 1),
    };
    let mut push = |kind, name: &str, before: String, after: String, (file, line)| {
        let name = name.to_owned();
        out.push(Change {
            kind,
            name,
            before,
            after,
            file,
            line,
        });
    };
    let names: BTreeSet<&String> = now.routes.keys().chain(wanted.routes.keys()).collect();
    for name in names {
        let say = |table: &RouteTable<Image>| {
            table
                .own(name)
                .map_or(String::new(), |route| match route.rank() {
                    0 => words::route(&route),
                    rank => format!("{} [rank {rank}]", words::route(&route)),
                })
        };
        if now.routes.get(name) != wanted.routes.get(name) {
            let there = wanted.routes.contains_key(name);
            let new = edited.loaded.places.route(name).filter(|_| there);
            push(
                "route",
                name,
                say(before),
                say(after),
                at(new, loaded.places.route(name)),
            );
        }
    }
    let fallback = |table: &RouteTable<Image>| {
        table
            .fallback()
            .map_or(String::new(), |route| words::route(&route))
    };
    if now.fallback != wanted.fallback {
        let place = at(edited.loaded.places.fallback(), loaded.places.fallback());
        push("fallback", "", fallback(before), fallback(after), place);
    }
    let catalog = before.catalog();
    for index in 0..catalog.settings() {
        let Some(setting) = catalog.setting(index) else {
            continue;
        };
        let name = setting.name;
        let (Some(old), Some(new)) = (now.settings.get(name), wanted.settings.get(name)) else {
            continue;
        };
        if !same(old, new) {
            let say = |table: &RouteTable<Image>| {
                words::value(
                    setting.form,
                    setting.columns(),
                    table.values().scalars(index),
                )
            };
            let place = at(edited.loaded.places.setting(name), None);
            push("setting", name, say(before), say(after), place);
        }
    }
    let (old, new) = (declarations(loaded), declarations(&edited.loaded));
    for (name, how) in &new {
        let before = old.get(name).copied().unwrap_or("");
        if before != *how {
            let place = at(edited.loaded.places.event(name), None);
            push("event", name, before.to_owned(), (*how).to_owned(), place);
        }
    }
    out
}

/// What declares each event.
fn declarations(loaded: &Loaded) -> BTreeMap<&str, &'static str> {
    let events = loaded.definition.events.iter();
    let mut out: BTreeMap<&str, &str> = events
        .map(|name| (name.as_str(), "declared by its route"))
        .collect();
    for draft in loaded.places.drafts() {
        let messages = draft
            .payloads
            .iter()
            .map(|payload| payload.event.value.as_str());
        out.extend(messages.map(|name| (name, "declared by its message")));
        let listed = draft.events.iter().map(|event| event.value.as_str());
        out.extend(listed.map(|name| (name, "listed in `events`")));
    }
    out
}
