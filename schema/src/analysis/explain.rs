//! Where an event goes, and why: the rule that won, and those that lost.

use routewright::{Origin, Outcome, Policy, RawRoute, RouteTable};

use super::words;
use crate::diagnostic::did_you_mean;

mod tell;

pub use tell::{Known, escaped, expires_text, to_json, to_lines};

/// The answer for one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The name that was asked for.
    pub event: String,
    /// Whether the catalog declares it.
    pub declared: bool,
    /// What becomes of it, in words.
    pub answer: String,
    /// The same in one word.
    pub outcome: Fate,
    /// Who all get it, in order.
    pub consumers: Vec<String>,
    /// Of whom one gets it: consumer and weight.
    pub split: Vec<(String, u32)>,
    /// Who get a copy: consumer and share in parts per million.
    pub mirror: Vec<(String, u32)>,
    /// Why nobody gets it.
    pub drop: Option<String>,
    /// How it is delivered.
    pub policy: Policy,
    /// Why, in a sentence.
    pub why: String,
    /// The name or pattern of the route that won; `None`: the fallback, or nothing.
    pub rule: Option<String>,
    /// Whether the fallback answers.
    pub fallback: bool,
    /// Patterns that meet the name too, and why each lost.
    pub lost: Vec<(String, String)>,
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is delivered.
    Deliver,
    /// Nobody gets it, on purpose.
    Drop,
    /// It is declared, and nothing says where it goes.
    Unrouted,
    /// It is not declared, and nothing answers.
    Unknown,
}

impl Fate {
    /// In one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Fate::Deliver => "deliver",
            Fate::Drop => "drop",
            Fate::Unrouted => "unrouted",
            Fate::Unknown => "unknown",
        }
    }
}

/// What answers for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule<'a> {
    /// The route of that name or pattern.
    Named(&'a str),
    /// The fallback.
    Fallback,
    /// Nothing.
    Nothing,
}

/// What answers for `event`, of which `route` was found.
pub fn rule<'a>(event: &'a str, route: Option<&RawRoute<'a>>) -> Rule<'a> {
    match route.map(|route| (route, route.origin())) {
        Some((_, Origin::Own)) => Rule::Named(event),
        Some((route, Origin::Pattern)) => Rule::Named(route.via().unwrap_or_default()),
        Some((_, Origin::Fallback)) => Rule::Fallback,
        Some((_, Origin::Nothing)) | None => Rule::Nothing,
    }
}

/// The declared event that was perhaps meant by a name that is not: all segments but one
/// are the same, and that one is a typing mistake away. (As a whole, names that share
/// their first segments are all near each other.)
pub fn near<D: AsRef<[u8]>>(table: &RouteTable<D>, event: &str) -> Option<String> {
    let mistaken = |name: &str| {
        let mut differ = event
            .split('.')
            .zip(name.split('.'))
            .filter(|(a, b)| a != b);
        let same_length = event.split('.').count() == name.split('.').count();
        match (differ.next(), differ.next()) {
            (Some((a, b)), None) => same_length && did_you_mean(a, [b]).is_some(),
            _ => false,
        }
    };
    (0..table.events())
        .filter_map(|at| Some(table.at(at)?.name()))
        .find(|name| mistaken(name))
        .map(str::to_owned)
}

/// Explains what `table` does with an event of that name.
pub fn explain<D: AsRef<[u8]>>(table: &RouteTable<D>, event: &str) -> Explanation {
    let route = table.find(event);
    let patterns = table.patterns(event);
    let rule = rule(event, route.as_ref());
    let declared = route.as_ref().is_some_and(|r| r.event().is_some());
    let (why, beaten): (String, &[RawRoute<'_>]) = match rule {
        Rule::Named(name) if name == event => ("it has a route of its own".to_owned(), &patterns),
        Rule::Named(via) => {
            let why = match patterns.len() {
                0 | 1 => format!("only the pattern `{via}` meets it"),
                n => format!("of the {n} patterns that meet it, `{via}` comes first"),
            };
            (why, patterns.get(1..).unwrap_or_default())
        }
        Rule::Fallback => (
            "nothing else matches, so the fallback answers".to_owned(),
            &[],
        ),
        Rule::Nothing => {
            let is = if declared {
                "declared, but no route,"
            } else {
                "not declared, and no"
            };
            (format!("it is {is} pattern or fallback answers"), &[])
        }
    };
    let named = match rule {
        Rule::Named(name) => name,
        Rule::Fallback | Rule::Nothing => "",
    };
    let lost = beaten.iter().map(|beaten| {
        let why = lost(named, event, beaten, &patterns);
        (beaten.name().to_owned(), why)
    });
    let name = |id: u16| {
        let name = route.as_ref().and_then(|r| r.catalog().consumer(id.into()));
        name.unwrap_or("?").to_owned()
    };
    let outcome = route.as_ref().map(RawRoute::outcome);
    Explanation {
        event: event.to_owned(),
        declared,
        answer: route.as_ref().map_or("nothing".to_owned(), words::route),
        outcome: match outcome {
            Some(Outcome::Deliver) => Fate::Deliver,
            Some(Outcome::Drop(_)) => Fate::Drop,
            Some(Outcome::Unrouted) => Fate::Unrouted,
            None => Fate::Unknown,
        },
        consumers: route
            .iter()
            .flat_map(RawRoute::consumers)
            .map(name)
            .collect(),
        split: route
            .iter()
            .flat_map(RawRoute::arms)
            .map(|(id, weight)| (name(id), weight.into()))
            .collect(),
        mirror: route
            .iter()
            .flat_map(RawRoute::shares)
            .map(|(id, ppm)| (name(id), ppm))
            .collect(),
        drop: match outcome {
            Some(Outcome::Drop(reason)) => Some(reason.to_owned()),
            _ => None,
        },
        policy: route.map(|r| r.policy()).unwrap_or_default(),
        why,
        rule: Some(named.to_owned()).filter(|name| !name.is_empty()),
        fallback: rule == Rule::Fallback,
        lost: lost.collect(),
    }
}

/// Why a pattern lost to the rule that won.
fn lost(rule: &str, event: &str, loser: &RawRoute<'_>, patterns: &[RawRoute<'_>]) -> String {
    let literals = |name: &str| name.split('.').filter(|s| *s != "*" && *s != "**").count();
    if rule == event {
        return "an exact name beats every pattern".to_owned();
    }
    let (won, had) = (literals(rule), literals(loser.name()));
    if had < won {
        return format!("it has fewer literal segments ({had} against {won})");
    }
    if loser.name().ends_with("**") && !rule.ends_with("**") {
        return "`**` is less specific than `*`".to_owned();
    }
    let winner = patterns.first().map_or(0, RawRoute::rank);
    format!("its rank is lower ({} against {winner})", loser.rank())
}
