//! Patterns that answer no declared event although they meet some.
//!
//! Such a pattern is not dead: names that are not declared may still come to it. So a
//! general pattern whose events are all taken by special cases of it (`player.*.left`
//! beside `player.**`), or by routes of their own, is as it should be, and nothing is
//! said. Told is one that loses to a pattern which is no special case of it.

use std::collections::{BTreeMap, BTreeSet};

use routewright::{Image, RouteTable, name};

use super::{RELATED_MAX, of};
use crate::diagnostic::{Report, Severity, Witness};
use crate::load::Loaded;
use crate::pattern::shared;
use crate::value::shown;

/// What a pattern lost.
#[derive(Default)]
struct Lost<'t> {
    /// The first event that went to a pattern which is no special case, and that pattern.
    first: Option<(&'t str, &'t str)>,
    /// All patterns that took its events.
    winners: BTreeSet<&'t str>,
    events: usize,
}

/// Tells each pattern of which other patterns take every declared event.
pub(super) fn tell(loaded: &Loaded, table: &RouteTable<Image>, report: &mut Report) {
    let definition = &loaded.definition;
    let mut lost: BTreeMap<&str, Lost<'_>> = BTreeMap::new();
    let mut wins: BTreeSet<&str> = BTreeSet::new();
    let own = |event: &str| definition.routes.get(event).is_some_and(|r| r.enabled);
    for event in definition.events.iter().filter(|event| !own(event)) {
        let met: Vec<&str> = table
            .patterns(event)
            .iter()
            .filter_map(|met| definition.routes.get_key_value(met.name()))
            .map(|(pattern, _)| pattern.as_str())
            .collect();
        let Some((winner, losers)) = met.split_first() else {
            continue;
        };
        wins.insert(winner);
        for loser in losers {
            let lost = lost.entry(loser).or_default();
            lost.events += 1;
            lost.winners.insert(winner);
            if lost.first.is_none() && shared(loser, winner).as_deref() != Some(*winner) {
                lost.first = Some((event, winner));
            }
        }
    }
    for (pattern, lost) in lost {
        let Some((event, winner)) = lost.first.filter(|_| !wins.contains(pattern)) else {
            continue;
        };
        debug_assert!(name::is_pattern(pattern), "only patterns are met");
        let all = match lost.events {
            1 => "the only one that it meets".to_owned(),
            n => format!("all {n} that it meets"),
        };
        let message = format!(
            "the pattern {} answers no declared event: other patterns take {all}",
            shown(pattern)
        );
        let mut diagnostic = of(
            Severity::Warning,
            "shadowed",
            loaded.places.route(pattern),
            message,
        )
        .label(format!("{} is answered by {}", shown(event), shown(winner)));
        for winner in lost.winners.iter().take(RELATED_MAX) {
            if let Some(place) = loaded.places.route(winner) {
                diagnostic = diagnostic.also(place, "comes first");
            }
        }
        let others = lost.winners.iter().take(RELATED_MAX).copied();
        report.push(diagnostic.witness(Witness {
            event: Some(event.to_owned()),
            answered_by: Some(winner.to_owned()),
            ..Witness::others(others)
        }));
    }
}
