//! `consumers`: who there is, and where.

use std::collections::{HashMap, HashSet};

use routewright::{Code, name};

use super::{Places, Resolver};
use crate::diagnostic::{Diagnostic, Report, Witness, password};
use crate::draft::{Draft, DraftConsumer};
use crate::model::{Consumer, ConsumerKind, Definition, Route, Target};
use crate::source::Text;
use crate::value::shown;

/// Routes that are not enabled, and that the warning of a consumer shows.
const DISABLED_SHOWN_MAX: usize = 4;

impl<'d> Resolver<'d, '_> {
    pub(super) fn consumers(&mut self, drafts: &'d [Draft]) {
        let mut seen = HashMap::new();
        let all = || drafts.iter().flat_map(|d| &d.consumers);
        let declared = |name: &str| all().map(|c| &c.name).find(|n| n.value == name);
        for draft in all() {
            let first = self.once(&mut seen, &draft.name, "the consumer");
            let good =
                self.good_name_among(&draft.name, "the consumer", name::check_consumer, |name| {
                    declared(name).map(|twin| twin.span)
                });
            let consumer = self.consumer(draft);
            if let Some(consumer) = consumer.filter(|_| first && good) {
                self.definition
                    .consumers
                    .insert(draft.name.value.clone(), consumer);
            }
        }
        self.consumers = seen;
    }

    fn consumer(&mut self, draft: &DraftConsumer) -> Option<Consumer> {
        let name = shown(&draft.name.value);
        let kinds =
            "`kafka`, `nats`, `amqp`, `redis`, `sqs`, `grpc`, `http`, `unix`, `local`, `other`";
        let (kind, address) = match &draft.addresses[..] {
            // What is there may be in the part that could not be read.
            [] if !self.complete => return None,
            [] => {
                let message = format!("the consumer {name} has no address");
                let fault = Diagnostic::error(Code::Missing.as_str(), draft.name.span, message);
                self.report.push(fault.hint(format!("give one of {kinds}")));
                return None;
            }
            [one] => one,
            [first, second, ..] => {
                let message = format!("the consumer {name} has two addresses");
                let fault = Diagnostic::error("two_addresses", second.0.span, message);
                self.report
                    .push(fault.label("second").also(first.0.span, "first").hint(
                        "give each consumer one address; declare two consumers if both are meant",
                    ));
                return None;
            }
        };
        let kind = ConsumerKind::ALL
            .into_iter()
            .find(|k| k.as_str() == kind.value)?;
        let address = match kind {
            ConsumerKind::Local => match self.bool(address)? {
                true => String::new(),
                false => {
                    let fault =
                        Diagnostic::error("bad_value", address.span, "`local` can only be `true`");
                    self.report
                        .push(fault.hint(format!("a consumer elsewhere has one of {kinds}")));
                    return None;
                }
            },
            _ => self.address(address, kind)?,
        };
        let text = |text: &Option<Text>| text.as_ref().map_or(String::new(), |t| t.value.clone());
        Some(Consumer {
            kind,
            address,
            doc: text(&draft.doc),
            owner: text(&draft.owner),
        })
    }

    fn address(&mut self, text: &Text, kind: ConsumerKind) -> Option<String> {
        let address = text.value.as_str();
        let fault = if address.trim().is_empty() {
            Diagnostic::error(
                "bad_address",
                text.span,
                format!("the `{}` address is empty", kind.as_str()),
            )
            .hint("write where the consumer is; it is a default that the host may replace")
        } else if !address.chars().all(name::printable) || address.trim() != address {
            Diagnostic::error(
                "bad_address",
                text.span,
                "the address holds invisible characters, or blanks at its ends",
            )
            .hint("delete them")
        } else if password(address).is_some() {
            Diagnostic::error(
                "secret",
                text.span,
                "this address holds a password; no secret belongs in a definition",
            )
            .hint("write a variable, such as `${BROKER_PASSWORD}`, that the host binds at start")
        } else if let Some(variable) = bad_variable(address) {
            Diagnostic::error(
                "bad_address",
                text.span,
                format!("{} is no variable", shown(variable)),
            )
            .hint("write `${NAME}`, of A-Z, 0-9 and `_`")
        } else {
            return Some(address.to_owned());
        };
        self.report.push(fault);
        None
    }
}

/// The first `${` that does not go on as `NAME}`.
fn bad_variable(address: &str) -> Option<&str> {
    address
        .match_indices("${")
        .map(|(at, _)| &address[at..])
        .find(|rest| {
            let name = rest[2..].split_once('}').map_or("", |(name, _)| name);
            let good = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
            name.is_empty() || name.as_bytes()[0].is_ascii_digit() || !name.bytes().all(good)
        })
        .map(|rest| rest.split_inclusive('}').next().unwrap_or(rest))
}

/// Warns of consumers that nothing goes to.
pub(super) fn tell_unused(definition: &Definition, places: &Places, report: &mut Report) {
    let (on, off): (Vec<_>, Vec<_>) = definition.routes.iter().partition(|(_, r)| r.enabled);
    let used: HashSet<&str> = on
        .iter()
        .map(|(_, route)| &route.target)
        .chain(definition.fallback.iter().map(|f| &f.target))
        .flat_map(Target::consumers)
        .collect();
    for name in definition.consumers.keys().map(String::as_str) {
        if used.contains(name) {
            continue;
        }
        let feeds = |route: &Route| route.target.consumers().any(|to| to == name);
        let off: Vec<&String> = off
            .iter()
            .filter(|(_, route)| feeds(route))
            .map(|(route, _)| *route)
            .take(DISABLED_SHOWN_MAX)
            .collect();
        let message = format!("nothing goes to the consumer {}", shown(name));
        let span = places.consumer(name).unwrap_or_default();
        let mut warning = Diagnostic::warning("unused_consumer", span, message)
            .hint("route an event to it, or delete it");
        for place in off.iter().filter_map(|route| places.route(route)) {
            warning = warning
                .also(place, "names it, and is not enabled")
                .hint("enable that route, route another event to it, or delete it");
        }
        report.push(warning.witness(Witness::others(off)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables() {
        for (address, bad) in [
            ("http://${HOST}:${PORT_2}/", None),
            ("${host}", Some("${host}")),
            ("x${}", Some("${}")),
            ("${HOST", Some("${HOST")),
            ("$HOST", None),
        ] {
            assert_eq!(bad_variable(address), bad, "{address}");
        }
    }
}
