//! Consumers that one route gives the same event twice.

use routewright::{Path, Subject};

use crate::diagnostic::{Diagnostic, Report};
use crate::load::Loaded;
use crate::value::shown;

/// Warns of arms that are in `to` as well, and of mirrors that get the event itself. (Twice
/// within `to` is an error.)
pub(super) fn tell(loaded: &Loaded, report: &mut Report) {
    for (name, route) in &loaded.definition.routes {
        let target = &route.target;
        let arms = target.split.keys().enumerate();
        let copies = target.mirror.keys().enumerate();
        let parts = arms.map(|arm| ("split", arm));
        for (part, (at, consumer)) in parts.chain(copies.map(|copy| ("mirror", copy))) {
            let other = match part {
                _ if target.to.contains(consumer) => "to",
                "mirror" if target.split.contains_key(consumer) => "split",
                _ => continue,
            };
            let path = Path::item(Subject::Route(name.clone()), part, at);
            let message = format!(
                "the route {} gives {} the same event twice: by `{other}`, and by `{part}`",
                shown(name),
                shown(consumer)
            );
            let span = loaded.places.of(&path).unwrap_or_default();
            report.push(
                Diagnostic::warning("delivered_twice", span, message)
                    .hint(format!("take it out of `{other}`, or out of `{part}`")),
            );
        }
    }
}
