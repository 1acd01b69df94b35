//! Where an event goes, and why: the rule that won, and those that lost.

use routewright::{Origin, RawRoute, RouteTable};

use super::words;

/// The answer for one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The name that was asked for.
    pub event: String,
    /// Whether the catalog declares it.
    pub declared: bool,
    /// What becomes of it, in words.
    pub answer: String,
    /// Why, in a sentence.
    pub why: String,
    /// The name or pattern of the route that won; `None`: the fallback, or nothing.
    pub rule: Option<String>,
    /// Whether the fallback answers.
    pub fallback: bool,
    /// Patterns that meet the name too, and why each lost.
    pub lost: Vec<(String, String)>,
}

/// Explains what `table` does with an event of that name.
pub fn explain<D: AsRef<[u8]>>(table: &RouteTable<D>, event: &str) -> Explanation {
    let route = table.find(event);
    let patterns = table.patterns(event);
    let (rule, why, beaten): (Option<String>, String, &[RawRoute<'_>]) = match &route {
        Some(found) => match found.origin() {
            Origin::Own => (
                Some(event.to_owned()),
                "it has a route of its own".to_owned(),
                &patterns,
            ),
            Origin::Pattern => {
                let via = found.via().unwrap_or_default().to_owned();
                let why = match patterns.len() {
                    0 | 1 => format!("only the pattern `{via}` meets it"),
                    n => format!("of the {n} patterns that meet it, `{via}` comes first"),
                };
                (Some(via), why, patterns.get(1..).unwrap_or_default())
            }
            Origin::Fallback => (
                None,
                "nothing else matches, so the fallback answers".to_owned(),
                &[],
            ),
            Origin::Nothing => (
                None,
                "it is declared, but no route, pattern or fallback answers".to_owned(),
                &[],
            ),
        },
        None => (
            None,
            "it is not declared, and no pattern or fallback answers".to_owned(),
            &[],
        ),
    };
    Explanation {
        event: event.to_owned(),
        declared: route.as_ref().is_some_and(|r| r.event().is_some()),
        answer: route.as_ref().map_or("nothing".to_owned(), words::route),
        fallback: route
            .as_ref()
            .is_some_and(|r| r.origin() == Origin::Fallback),
        lost: beaten
            .iter()
            .map(|b| {
                (
                    b.name().to_owned(),
                    lost(rule.as_deref().unwrap_or_default(), event, b, &patterns),
                )
            })
            .collect(),
        rule,
        why,
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
