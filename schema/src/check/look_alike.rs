//! Names that people, files and generated Rust mix up: they differ only in case, or only in
//! what stands between their words.

use std::collections::BTreeMap;

use routewright::name;

use crate::diagnostic::{Diagnostic, Report, Witness};
use crate::load::Loaded;
use crate::source::Span;
use crate::value::shown;

/// Warns of two events or patterns, two consumers, or two settings that look alike.
pub(super) fn tell(loaded: &Loaded, report: &mut Report) {
    let (definition, places) = (&loaded.definition, &loaded.places);
    let patterns = definition.routes.keys().filter(|n| name::is_pattern(n));
    let events = definition.events.iter().chain(patterns);
    among("events", events, |n| places.event(n), report);
    let consumers = definition.consumers.keys();
    among("consumers", consumers, |n| places.consumer(n), report);
    let settings = definition.settings.keys();
    among("settings", settings, |n| places.setting(n), report);
}

fn among<'n>(
    noun: &str,
    names: impl Iterator<Item = &'n String>,
    place: impl Fn(&str) -> Option<Span>,
    report: &mut Report,
) {
    // The one that stands first was there first.
    let mut names: Vec<(Option<Span>, &str)> =
        names.map(|name| (place(name), name.as_str())).collect();
    names.sort_unstable();
    let mut first_of: BTreeMap<String, (Option<Span>, &str)> = BTreeMap::new();
    for (span, name) in names {
        let alike = joined(&name.to_lowercase());
        let Some((first_span, first)) = first_of.get(&alike) else {
            first_of.insert(alike, (span, name));
            continue;
        };
        let message = format!(
            "the {noun} {} and {} differ only in {}",
            shown(first),
            shown(name),
            difference(first, name)
        );
        let span = span.unwrap_or_default();
        let mut warning = Diagnostic::warning("look_alike", span, message);
        if let Some(place) = first_span {
            warning = warning.also(*place, "the other one");
        }
        report.push(warning.witness(Witness::others([*first])));
    }
}

/// With one sign for all that stands between words.
fn joined(name: &str) -> String {
    name.replace(['.', '-', '/', ':', ' '], "_")
}

fn difference(a: &str, b: &str) -> &'static str {
    match (a.to_lowercase() == b.to_lowercase(), joined(a) == joined(b)) {
        (true, _) => "case",
        (_, true) => "the signs between their words",
        _ => "case and in the signs between their words",
    }
}

#[cfg(test)]
mod tests {
    use crate::check::{CheckOptions, check};
    use crate::load::load_text;
    use crate::value::Date;

    /// Of everything that is declared, which two are told, and in which words.
    #[test]
    fn pairs() {
        let rows: &[(&str, &[(&str, &str)])] = &[
            ("events: [a.b, a.c, ab]", &[]),
            (
                "events: [a.b, A.b]",
                &[("a.b", "a.b and A.b differ only in case")],
            ),
            (
                "events: [a.b, a_b, a-b]",
                &[
                    ("a.b", "a.b and a_b differ only in the signs"),
                    ("a.b", "a.b and a-b"),
                ],
            ),
            ("events: [A.b, a_B]", &[("A.b", "case and in the signs")]),
            (
                "events: [a.b]\nroutes: { Á.*: { to: x }, á.*: { to: x } }",
                &[("Á.*", "case")],
            ),
            (
                "consumers: { a-b: { local: true }, a_b: { local: true } }",
                &[("a-b", "the consumers")],
            ),
            (
                "settings: { a: { b: { type: int, default: 1 } }, a_b: { type: int, default: 1 } }",
                &[("a.b", "the settings a.b and a_b")],
            ),
            // Of two kinds: nobody mixes those up.
            (
                "events: [a_b, x]\nsettings: { a_b: { type: int, default: 1 } }",
                &[],
            ),
        ];
        for (text, expected) in rows {
            let head = match text.starts_with("consumers") {
                true => "",
                false => "consumers: { x: { local: true } }\n",
            };
            let text = format!("package: p\nversion: 1\n{head}{text}\n");
            let loaded = load_text("a.yaml", &text).map_err(|(s, r)| r.render(&s, false));
            let loaded = loaded.unwrap_or_else(|report| panic!("{report}"));
            let report = check(
                &loaded,
                &CheckOptions::strict(Date::new(2026, 1, 1).unwrap()),
            )
            .report;
            let told: Vec<_> = report
                .sorted()
                .into_iter()
                .filter(|d| d.code == "look_alike")
                .collect();
            assert_eq!(told.len(), expected.len(), "{text}: {told:?}");
            for (found, (other, words)) in told.iter().zip(*expected) {
                let message = found.message.replace('`', "");
                assert!(message.contains(words), "{message}");
                assert_eq!(
                    found.witness.as_ref().unwrap().others,
                    [*other],
                    "{message}"
                );
                assert_eq!(found.related.len(), 1);
            }
        }
    }
}
