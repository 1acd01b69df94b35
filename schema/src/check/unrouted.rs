//! Declared events that nobody answers, and the pattern that was probably meant to.

use routewright::{Image, Outcome, RouteTable};

use super::of;
use crate::diagnostic::{Report, Severity, Witness};
use crate::load::Loaded;
use crate::pattern::shared;
use crate::value::shown;

/// Tells each declared event that is neither routed nor dropped.
pub(super) fn tell(
    loaded: &Loaded,
    table: &RouteTable<Image>,
    severity: Severity,
    report: &mut Report,
) {
    let definition = &loaded.definition;
    let answered = |name: &str| {
        table
            .find(name)
            .is_some_and(|route| route.outcome() != Outcome::Unrouted)
    };
    for name in definition.events.iter().filter(|name| !answered(name)) {
        let mut witness = Witness::event(name);
        let mut message = format!("nothing routes or drops the event {}", shown(name));
        let mut hint =
            "add a route (`to`, `split` or `drop`), a pattern that meets it, or a `fallback`"
                .to_owned();
        let own = definition.routes.get(name);
        if own.is_some_and(|route| !route.enabled) {
            message.push_str(": its route is not enabled");
            witness.others.push(name.clone());
            hint = format!("delete `enabled: false`, or {hint}");
        }
        let mut near = None;
        // Comparing is not free: only for what will be shown.
        if own.is_none() && report.has_room() {
            let enabled = definition.routes.iter().filter(|(_, r)| r.enabled);
            near = enabled.filter_map(|(p, _)| nearly(p, name)).next();
        }
        let mut diagnostic = of(severity, "unrouted", loaded.places.event(name), message);
        if let Some(near) = near {
            witness.others.push(near.pattern.to_owned());
            if let Some(place) = loaded.places.route(near.pattern) {
                diagnostic = diagnostic.also(place, near.why);
            }
            hint = near.hint;
        }
        report.push(diagnostic.hint(hint).witness(witness));
    }
}

/// A pattern (or name) that misses an event by little.
struct Near<'p> {
    pattern: &'p str,
    why: &'static str,
    hint: String,
}

fn nearly<'p>(pattern: &'p str, event: &str) -> Option<Near<'p>> {
    let (alike, folded) = (fold(pattern), fold(event));
    if shared(&alike, &folded).is_some_and(|both| both == folded) {
        return Some(Near {
            pattern,
            why: "meets it but for case, or `-` and `_`",
            hint: "write both alike; names are compared byte by byte".to_owned(),
        });
    }
    let head = pattern.strip_suffix(".*")?;
    let deeper = shared(&format!("{head}.**"), event).is_some_and(|both| both == event);
    // `*` is one segment, and the event has more where it stands.
    (deeper && event.split('.').count() > pattern.split('.').count()).then(|| Near {
        pattern,
        why: "`*` stands for one segment only",
        hint: format!(
            "write {} if it is to meet this one too, or add a route",
            shown(&format!("{head}.**"))
        ),
    })
}

fn fold(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::nearly;

    #[test]
    fn near_misses() {
        for (pattern, event, near) in [
            ("player.*", "player.item.sold", true),
            ("player.*", "player", false),
            ("*.item.*", "player.item.rare.sold", true),
            ("player.*", "players.item.sold", false),
            ("player.**", "player", false),
            ("Player.*", "player.left", true),
            ("player_card.*", "player-card.left", true),
            ("order.Placed", "order.placed", true),
            ("order.placed", "order.paid", false),
            ("*", "a.b", false),
        ] {
            assert_eq!(nearly(pattern, event).is_some(), near, "{pattern} {event}");
        }
    }
}
