//! Patterns among themselves, and the events that they answer for.

use crate::error::{Code, Path, Subject, Violation, Violations};
use crate::layout::{KEY, flag, section, u32_at};
use crate::limits::{NAME_BYTES_MAX, SHAPES_MAX};
use crate::pattern::{self, FRESH, Shape};
use crate::route;
use crate::table::View;

/// First 16 bytes of the slots of events that have no route of their own, where one
/// answers for them all the same: what the best pattern says, else the fallback.
pub(super) fn inherit(view: View<'_>, heads: &mut Vec<(u32, [u8; KEY])>) {
    heads.clear();
    let fallback = route::fallback(view.image);
    if view.header.shapes == 0 && fallback.is_none() {
        return;
    }
    let order = view.header.section(view.image, section::ORDER);
    let order = order.as_chunks().0.iter().map(|at| u32::from_le_bytes(*at));
    let orphans = order.take(view.header.events as usize).filter_map(|at| {
        let slot = view.slot(at as usize)?;
        if slot[1] & flag::SOURCE == flag::OWN {
            return None;
        }
        let mut head: [u8; KEY] = *slot.first_chunk()?;
        let (from, source, via) = match view.pattern(view.answer(slot).name()) {
            Some(pattern) => (pattern, flag::PATTERN, u32_at(pattern, 4)),
            None => (fallback?, flag::FALLBACK, 0),
        };
        head[1] = from[1] & flag::OUTCOME | source;
        head[2..4].copy_from_slice(&from[2..4]);
        head[8..12].copy_from_slice(&from[8..12]);
        head[12..].copy_from_slice(&via.to_le_bytes());
        Some((at, head))
    });
    heads.extend(orphans);
}

/// The number of shapes, and ties.
pub(super) fn check_patterns(patterns: &[(&str, i32)], problems: &mut Violations) {
    let mut shapes: Vec<_> = patterns.iter().map(|n| Shape::of(n.0).order()).collect();
    shapes.sort_unstable();
    shapes.dedup();
    if shapes.len() > SHAPES_MAX {
        let message = format!(
            "the patterns have {} different shapes (which segments are literal, and how many); at most {SHAPES_MAX} are allowed",
            shapes.len()
        );
        let violation = Violation::new(Path::part(Subject::Map, "routes"), Code::Limit, message);
        problems.push(violation.limit(shapes.len(), SHAPES_MAX));
        return;
    }
    pattern::ties(patterns, |tie| {
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

/// Patterns that beat another one, and that its violation shows.
const RIVALS_SHOWN_MAX: usize = 4;

/// Patterns that others beat on every name.
pub(super) fn dead_patterns(view: View<'_>, patterns: &[(&str, i32)], problems: &mut Violations) {
    let text = view.header.section(view.image, section::TEXT);
    for (pattern, _) in patterns {
        let mut beaten_by: Vec<String> = Vec::new();
        let alive = pattern::freshest(pattern).any(|name| {
            let winner = view.pattern(&name).map(|slot| route::key_bytes(text, slot));
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
            let mut rivals = beaten_by
                .iter()
                .take(RIVALS_SHOWN_MAX)
                .map(|r| format!("`{r}`"))
                .collect::<Vec<_>>()
                .join(", ");
            if beaten_by.len() > RIVALS_SHOWN_MAX {
                rivals.push_str(", ...");
            }
            let beat = if beaten_by.len() == 1 {
                "beats"
            } else {
                "together beat"
            };
            let message = match rivals.as_str() {
                "" => format!("it can meet no name of at most {} bytes", NAME_BYTES_MAX),
                rivals => {
                    format!("it can never win: {rivals} {beat} it on every name that it meets")
                }
            };
            let path = Path::of(Subject::Route((*pattern).to_owned()));
            let violation = Violation::new(path, Code::DeadPattern, message);
            let rivals = beaten_by.iter().take(RIVALS_SHOWN_MAX);
            let violation = rivals.fold(violation, |v, rival| v.named("rival", rival));
            problems.push(match met_instead(view, text, pattern) {
                Some((witness, winner)) => violation
                    .named("witness", &witness)
                    .named("winner", &winner),
                None => violation,
            });
        }
        debug_assert!(!pattern.contains(FRESH), "names are printable");
    }
}

/// A name that a dead pattern meets, and the name or pattern of the route that answers it.
fn met_instead(view: View<'_>, text: &[u8], pattern: &str) -> Option<(String, String)> {
    // Fresh segments cannot be seen; what is beaten on those is beaten on any other.
    let witness = pattern::freshest(pattern).next()?.replace(FRESH, "x");
    let own = view.key(witness.as_bytes());
    let winner = match own.filter(|slot| slot[1] & flag::SOURCE == flag::OWN) {
        Some(_) => witness.clone(),
        None => {
            let winner = route::key_bytes(text, view.pattern(&witness)?);
            String::from_utf8_lossy(winner).into_owned()
        }
    };
    Some((witness, winner))
}
