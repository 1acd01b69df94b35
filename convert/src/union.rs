//! What several rules that meet the same events say together: all of their consumers, and
//! one policy, because a route has one.

use routewright::{Priority, Scalar};
use routewright_schema::model::{Policy, Route, Target};

use crate::rules::Winners;

/// Rules for the same events, as one.
#[derive(Debug)]
pub struct Union {
    /// What they say together.
    pub route: Route,
    /// What holds otherwise for one of them than it says itself: its position, the field,
    /// and why.
    pub told: Vec<(usize, &'static str, String)>,
}

/// Unites the rules for `name`, each with its position, of which there is at least one.
///
/// # Errors
/// A rule that is at odds with those before it, and how.
pub fn unite(
    winners: Winners,
    name: &str,
    rules: &[(usize, &Route)],
) -> Result<Union, (usize, String)> {
    let mut told = Vec::new();
    let delivers = |route: &Route| !route.target.to.is_empty() || !route.target.split.is_empty();
    let drops = |route: &&(usize, &Route)| !delivers(route.1);
    let some_deliver = rules.iter().any(|(_, route)| delivers(route));
    if let Some((at, _)) = rules.iter().find(drops).filter(|_| some_deliver) {
        if winners != Winners::All {
            let why = format!("`{name}` is dropped here, and goes somewhere by another rule");
            return Err((*at, why));
        }
        let why = format!("it drops `{name}`, which other rules deliver; it is delivered");
        let dropping = rules.iter().filter(drops);
        told.extend(dropping.map(|(at, _)| (*at, "drop", why.clone())));
    }
    let united = policy(name, rules, &mut told);
    let mut rules = rules
        .iter()
        .filter(|(_, route)| !some_deliver || delivers(route));
    let Some((_, first)) = rules.next() else {
        unreachable!("if some deliver, one is left, and else all are")
    };
    let mut route = (*first).clone();
    for (at, further) in rules {
        target(&mut route.target, &further.target).map_err(|what| {
            (
                *at,
                format!("`{name}` has another `{what}` by another rule"),
            )
        })?;
        if route.rank != further.rank {
            return Err((*at, format!("`{name}` has another `rank` by another rule")));
        }
        for (text, more) in [
            (&mut route.doc, &further.doc),
            (&mut route.owner, &further.owner),
            (&mut route.deprecated, &further.deprecated),
        ] {
            if text.is_empty() {
                text.clone_from(more);
            } else if !more.is_empty() && !text.split("; ").any(|part| part == more) {
                text.push_str("; ");
                text.push_str(more);
            }
        }
    }
    route.policy = united;
    Ok(Union { route, told })
}

fn target(target: &mut Target, further: &Target) -> Result<(), &'static str> {
    for name in &further.to {
        if !target.to.contains(name) {
            target.to.push(name.clone());
        }
    }
    if target.split.is_empty() {
        target.split.clone_from(&further.split);
    } else if !further.split.is_empty() && target.split != further.split {
        return Err("split");
    }
    for (name, share) in &further.mirror {
        if *target.mirror.entry(name.clone()).or_insert(*share) != *share {
            return Err("mirror");
        }
    }
    Ok(())
}

/// The policy of all: of each part, what is said first.
fn policy(
    name: &str,
    rules: &[(usize, &Route)],
    told: &mut Vec<(usize, &'static str, String)>,
) -> Policy {
    let duration = |ns: u64| Scalar::<&str>::Duration(ns).to_string();
    let mut part = Part { name, rules, told };
    Policy {
        timeout_ns: part.first("timeout", |p| p.timeout_ns, duration),
        retries: part.first("retries", |p| p.retries, |n| n.to_string()),
        retry_delay_ns: part.first("retry_delay", |p| p.retry_delay_ns, duration),
        priority: part.first(
            "priority",
            |p| p.priority,
            |p: Priority| format!("{p:?}").to_lowercase(),
        ),
    }
}

struct Part<'p> {
    name: &'p str,
    rules: &'p [(usize, &'p Route)],
    told: &'p mut Vec<(usize, &'static str, String)>,
}

impl Part<'_> {
    fn first<T: Copy + PartialEq>(
        &mut self,
        field: &'static str,
        of: impl Fn(&Policy) -> Option<T>,
        shown: impl Fn(T) -> String,
    ) -> Option<T> {
        let kept = self.rules.iter().find_map(|(_, route)| of(&route.policy))?;
        for (at, route) in self.rules {
            let own = of(&route.policy);
            if own == Some(kept) {
                continue;
            }
            let (name, kept) = (self.name, shown(kept));
            let why = match own {
                Some(own) => format!("was kept instead of {}", shown(own)),
                None => "holds for this rule too, which says none".to_owned(),
            };
            let why = format!(
                "`{name}` goes elsewhere too, with `{field}` {kept}, which {why}: a route has one policy"
            );
            self.told.push((*at, field, why));
        }
        Some(kept)
    }
}
