//! Patterns among themselves, and the events that they answer for.

use crate::builder::Own;
use crate::error::{Code, Path, Subject, Violation, Violations};
use crate::index::Placement;
use crate::layout::{Header, KEY, SLOT_BYTES, flag};
use crate::limits::{NAME_BYTES_MAX, SHAPES_MAX};
use crate::pattern::{self, FRESH, Shape};
use crate::route;
use crate::table::Probe;

/// First 16 bytes of the slots of events that have no route of their own: what the
/// best pattern says, else the fallback.
pub(super) fn inherited(
    probe: &Probe<'_>,
    header: &Header,
    events: &[(&str, Option<Own<'_>>)],
    placement: &Placement,
    fallback: &[u8; SLOT_BYTES],
) -> Vec<(u32, [u8; KEY])> {
    if header.shapes == 0 && fallback[1] == 0 {
        return Vec::new();
    }
    let inherit = |from: &[u8; SLOT_BYTES], source: u8, via: [u8; 4], at: u32| {
        let own = probe.slots.get(at as usize)?;
        let mut head: [u8; KEY] = *own.first_chunk()?;
        head[1] = from[1] & flag::OUTCOME | source;
        head[2..4].copy_from_slice(&from[2..4]);
        head[8..12].copy_from_slice(&from[8..12]);
        head[12..16].copy_from_slice(&via);
        Some((at, head))
    };
    let orphans = events
        .iter()
        .zip(&placement.slots)
        .filter(|((_, own), _)| own.is_none());
    orphans
        .filter_map(|((name, _), at)| match probe.pattern(name) {
            Some(slot) => inherit(
                slot,
                flag::PATTERN,
                [slot[4], slot[5], slot[6], slot[7]],
                *at,
            ),
            None if fallback[1] != 0 => inherit(fallback, flag::FALLBACK, [0; 4], *at),
            None => None,
        })
        .collect()
}

/// The number of shapes, and ties.
pub(super) fn check_patterns(patterns: &[(&str, Option<Own<'_>>)], problems: &mut Violations) {
    let mut shapes: Vec<_> = patterns.iter().map(|n| Shape::of(n.0).order()).collect();
    shapes.sort_unstable();
    shapes.dedup();
    if shapes.len() > SHAPES_MAX {
        let message = format!(
            "the patterns have {} different shapes (which segments are literal, and how many); at most {SHAPES_MAX} are allowed",
            shapes.len()
        );
        let violation = Violation::new(Path::part(Subject::Map, "routes"), Code::Limit, message);
        problems.push(
            violation
                .count("value", shapes.len())
                .count("max", SHAPES_MAX),
        );
        return;
    }
    let ranked: Vec<(&str, i32)> = patterns
        .iter()
        .map(|n| (n.0, n.1.map_or(0, |o| o.rank)))
        .collect();
    pattern::ties(&ranked, |tie| {
        let message = format!(
            "it ties with `{}`: both meet `{}`, and neither is more specific; give one of them a higher `rank`",
            tie.first, tie.witness
        );
        let path = Path::of(Subject::Route(tie.second.to_owned()));
        let violation = Violation::new(path, Code::Tie, message);
        problems.push(
            violation
                .named("rival", tie.first)
                .named("witness", &tie.witness),
        );
        problems.has_room()
    });
}

/// Patterns that others beat on every name.
pub(super) fn dead_patterns(
    probe: &Probe<'_>,
    patterns: &[(&str, Option<Own<'_>>)],
    problems: &mut Violations,
) {
    for (pattern, _) in patterns {
        let mut beaten_by: Vec<String> = Vec::new();
        let alive = pattern::freshest(pattern).any(|name| {
            let winner = probe
                .pattern(&name)
                .map(|slot| route::key_bytes(probe.text, slot));
            if winner == Some(pattern.as_bytes()) {
                return true;
            }
            let winner = String::from_utf8_lossy(winner.unwrap_or_default()).into_owned();
            if !beaten_by.contains(&winner) {
                beaten_by.push(winner);
            }
            false
        });
        if !alive {
            let rivals = beaten_by
                .iter()
                .map(|r| format!("`{r}`"))
                .collect::<Vec<_>>()
                .join(", ");
            let message = match rivals.as_str() {
                "" => format!("it can meet no name of at most {} bytes", NAME_BYTES_MAX),
                rivals => {
                    format!("it can never win: {rivals} beats it on every name that it meets")
                }
            };
            let path = Path::of(Subject::Route((*pattern).to_owned()));
            let violation = Violation::new(path, Code::DeadPattern, message);
            problems.push(
                beaten_by
                    .iter()
                    .fold(violation, |v, rival| v.named("rival", rival)),
            );
        }
        debug_assert!(!pattern.contains(FRESH), "names are printable");
    }
}
