//! Names with a `*` that was probably meant to stand for something.

use routewright::name;

use crate::diagnostic::{Diagnostic, Report};
use crate::load::Loaded;
use crate::value::shown;

/// Warns of events and patterns with a `*` within a segment.
pub(super) fn tell(loaded: &Loaded, report: &mut Report) {
    let (definition, places) = (&loaded.definition, &loaded.places);
    let patterns = definition.routes.keys().filter(|n| name::is_pattern(n));
    for name in definition.events.iter().chain(patterns) {
        let half = |segment: &&str| segment.contains('*') && !matches!(*segment, "*" | "**");
        let Some(segment) = name.split('.').find(half) else {
            continue;
        };
        let message = format!(
            "{} meets only names with just {} in them: a `*` beside other characters stands for itself",
            shown(name),
            shown(segment)
        );
        let span = places.route(name).or_else(|| places.event(name));
        report.push(Diagnostic::warning(
            "half_pattern",
            span.unwrap_or_default(),
            message,
        ));
    }
}
