//! Names with a blank beside a dot, where nobody sees it.

use crate::diagnostic::{Diagnostic, Report};
use crate::load::Loaded;
use crate::value::shown;

/// Warns of events and patterns one segment of which begins or ends with a blank: nobody
/// sends `order. placed`, and `order.placed` is another name. (At the ends of the whole
/// name a blank is an error.)
pub(super) fn tell(loaded: &Loaded, report: &mut Report) {
    let (definition, places) = (&loaded.definition, &loaded.places);
    let routes = definition.routes.keys();
    let names: std::collections::BTreeSet<&String> =
        definition.events.iter().chain(routes).collect();
    for name in names {
        let meant: Vec<&str> = name.split('.').map(str::trim).collect();
        let meant = meant.join(".");
        if meant == *name {
            continue;
        }
        let message = format!("{} has a blank beside a dot", shown(name));
        let span = places.route(name).or_else(|| places.event(name));
        report.push(
            Diagnostic::warning("stray_blank", span.unwrap_or_default(), message)
                .hint(format!("write {}", shown(&meant))),
        );
    }
}
