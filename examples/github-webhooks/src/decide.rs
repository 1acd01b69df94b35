//! What one generation of the table says about one event. Nothing else here asks the
//! table, so an event is decided, bounded and delivered by one version.

use std::time::Duration;

use routewright::{Outcome, Priority};

use crate::routes::{self, Consumer, Event, Table};

/// What becomes of an event.
#[derive(Debug)]
pub struct Decision {
    /// The event, if it is in the catalogue.
    pub event: Option<Event>,
    /// The version that decided; 0 is the compiled baseline.
    pub version: u64,
    /// What it decided.
    pub fate: Fate,
}

/// Of all events, one of these.
#[derive(Debug, PartialEq)]
pub enum Fate {
    /// These get it.
    Deliver {
        to: Vec<Consumer>,
        mirrors: Vec<Consumer>,
        how: How,
    },
    /// Nobody does, on purpose.
    Drop(String),
    /// Nobody does, and nobody said so.
    Unrouted,
}

/// How a delivery is made: the policy of the route, and settings where it says nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct How {
    /// The longest time for one attempt.
    pub timeout: Duration,
    /// Attempts after the first.
    pub retries: u8,
    /// The pause before each of those.
    pub retry_delay: Duration,
    /// The longest time for all of it.
    pub deadline: Duration,
    /// Answers after which another attempt makes sense.
    pub retry_statuses: Vec<i64>,
    /// Handed on to the consumer.
    pub priority: Priority,
}

/// Decides about an event of this name with this key.
pub fn decide(table: &Table, name: &str, key: &[u8]) -> Decision {
    let route = table.find(name);
    let fate = match route.map(|route| (route, route.outcome())) {
        Some((route, Outcome::Deliver)) => {
            let policy = route.policy();
            let settings = routes::settings(table).delivery();
            Fate::Deliver {
                to: route.consumers().chain(route.pick(key)).collect(),
                mirrors: route.mirrors(key).collect(),
                how: How {
                    timeout: policy.timeout.unwrap_or(settings.timeout()),
                    retries: policy.retries,
                    retry_delay: policy.retry_delay.unwrap_or_default(),
                    deadline: settings.deadline(),
                    retry_statuses: settings.retry_statuses().collect(),
                    priority: policy.priority,
                },
            }
        }
        Some((_, Outcome::Drop(reason))) => Fate::Drop(reason.to_owned()),
        Some((_, Outcome::Unrouted)) | None => Fate::Unrouted,
    };
    Decision {
        event: route.and_then(|route| route.event()),
        version: table.version(),
        fate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::TABLE;

    #[test]
    fn the_policy_of_the_route_comes_before_settings() {
        let how = |name: &str| match decide(&TABLE, name, b"acme/rocket").fate {
            Fate::Deliver { how, .. } => how,
            other => panic!("{name}: {other:?}"),
        };
        let push = how("push");
        assert_eq!(push.timeout, Duration::from_secs(3));
        assert_eq!((push.retries, push.priority), (5, Priority::High));
        assert_eq!(push.deadline, Duration::from_secs(60));
        assert_eq!(push.retry_statuses, [429, 500, 502, 503, 504]);
        // The fallback has no policy.
        let fork = how("sub_issues.added");
        assert_eq!(fork.timeout, Duration::from_secs(5));
        assert_eq!((fork.retries, fork.retry_delay), (0, Duration::ZERO));
    }

    #[test]
    fn a_split_keeps_a_repository_where_it_is() {
        let pick = |key: &str| match decide(&TABLE, "workflow_job.queued", key.as_bytes()).fate {
            Fate::Deliver { to, .. } => to,
            other => panic!("{other:?}"),
        };
        let keys: Vec<String> = (0..1_000).map(|n| format!("acme/repository-{n}")).collect();
        let next = keys
            .iter()
            .filter(|k| pick(k) == [Consumer::CiNext])
            .count();
        assert!((60..140).contains(&next), "{next} of 1,000, not about 100");
        assert!(
            keys.iter()
                .all(|k| pick(k) == pick(k) && pick(k).len() == 1)
        );
    }

    #[test]
    fn drops_have_reasons_and_strangers_no_event() {
        let dropped = decide(&TABLE, "watch.started", b"");
        assert_eq!(dropped.event, Some(Event::WatchStarted));
        assert_eq!(
            dropped.fate,
            Fate::Drop("star.created says the same".to_owned())
        );
        assert_eq!(
            decide(&TABLE, "dependabot_alert.auto_dismissed", b"").event,
            None
        );
    }
}
