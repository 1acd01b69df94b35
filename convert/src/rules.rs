//! Rules to routes: which of several rules that meet an event answer.
//!
//! A table answers with the most specific pattern. Elsewhere all rules answer, or the
//! first. Such rules are made into a table by what they share: for every pattern that
//! some of them share (`pattern::shared`), the rules above it are known, and so is what
//! they say together. The most specific of those patterns that an event meets lies beneath
//! just the rules that the event meets; so the table answers as the rules do. What a
//! less specific pattern answers anyway is left out.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use routewright::limits::REASON_BYTES_MAX;
use routewright::name::is_pattern;
use routewright_schema::model::{Definition, Policy, Route, Target};

use crate::union::{Union, unite};

use routewright_schema::pattern::{Above, Shape, TooMany, by_length, class, close};

/// Which of the rules that meet an event answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Winners {
    /// As in a definition: an exact name, then the most specific pattern.
    #[default]
    MostSpecific,
    /// Every one of them.
    All,
    /// The one that is given first.
    First,
    /// The one that is given last.
    Last,
}

impl Winners {
    /// The words of the mapping language.
    pub const ALL: [(&'static str, Winners); 4] = [
        ("most-specific", Winners::MostSpecific),
        ("all", Winners::All),
        ("first", Winners::First),
        ("last", Winners::Last),
    ];
}

/// A rule of the source, with legal names.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Event or pattern.
    pub name: String,
    /// What it says.
    pub route: Route,
}

/// The routes that answer as the rules do.
#[derive(Debug, Default)]
pub struct Routes {
    /// By event or pattern.
    pub routes: BTreeMap<String, Route>,
    /// Exact names that have no route of their own because something else answers the same.
    pub events: BTreeSet<String>,
    /// What became of rules that are not simply in the routes, by their positions.
    pub fates: Vec<(usize, Fate)>,
}

/// What became of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is not in the routes.
    Refused(String),
    /// It is, but for this.
    Partly(String),
    /// It answers for nothing.
    Dead(String),
}

/// Patterns that rules may share.
const SHARED_MAX: usize = 20_000;

/// Makes routes of rules.
///
/// # Errors
/// The rules overlap in too many ways.
pub fn routes(winners: Winners, rules: &[Rule]) -> Result<Routes, String> {
    let mut live: BTreeSet<usize> = (0..rules.len())
        .filter(|at| rules[*at].route.enabled)
        .collect();
    let mut fates = BTreeSet::new();
    loop {
        let places = places(winners, rules, &live)?;
        let mut said = Vec::new();
        let mut refused = Vec::new();
        for (name, at) in places {
            match say(winners, rules, &name, &at) {
                Ok(answer) => said.push((name, answer)),
                Err((rule, why)) => refused.push((rule, why)),
            }
        }
        if refused.is_empty() {
            let mut routes = written(winners, rules, &live, said, &mut fates);
            off(rules, &mut routes, &mut fates);
            routes.fates = fates.into_iter().collect();
            return Ok(routes);
        }
        for (rule, why) in refused {
            if live.remove(&rule) {
                fates.insert((rule, Fate::Refused(why)));
            }
        }
    }
}

/// Names and patterns, and the rules that answer there, or might.
fn places(
    winners: Winners,
    rules: &[Rule],
    live: &BTreeSet<usize>,
) -> Result<BTreeMap<String, Vec<usize>>, String> {
    let mut above: Above<Vec<usize>> = Above::default();
    let mut names = BTreeSet::new();
    for at in live {
        let name = &rules[*at].name;
        above.entry(name, Vec::new).push(*at);
        names.insert(name.clone());
    }
    if winners != Winners::MostSpecific {
        close(&mut names, SHARED_MAX).map_err(|TooMany { patterns }| {
            format!(
                "the {patterns} patterns overlap in more than {SHARED_MAX} further ones, or are too many to \
                 compare; convert the files in parts"
            )
        })?;
    }
    let rules_at = |name: &str| {
        let mut at: Vec<usize> = match winners {
            Winners::MostSpecific => {
                let own = above.of(name).find(|(above, _)| above == name);
                own.map_or_else(Vec::new, |(_, at)| at.clone())
            }
            _ => above
                .of(name)
                .flat_map(|(_, at)| at.iter().copied())
                .collect(),
        };
        at.sort_unstable();
        at
    };
    Ok(names
        .into_iter()
        .map(|name| {
            let at = rules_at(&name);
            (name, at)
        })
        .collect())
}

/// What the rules that meet a place say together.
struct Answer {
    route: Route,
    /// The rules that it is made of.
    of: Vec<usize>,
    /// What cannot be said of one of them.
    told: Vec<(usize, &'static str, String)>,
}

fn say(
    winners: Winners,
    rules: &[Rule],
    name: &str,
    at: &[usize],
) -> Result<Answer, (usize, String)> {
    let of: &[usize] = match winners {
        Winners::MostSpecific | Winners::All => at,
        Winners::First => &at[..1],
        Winners::Last => &at[at.len() - 1..],
    };
    let of_rules: Vec<(usize, &Route)> = of.iter().map(|at| (*at, &rules[*at].route)).collect();
    let Union { mut route, told } = unite(winners, name, &of_rules)?;
    // Only patterns of rules are for people to read about.
    if !at.iter().any(|rule| rules[*rule].name == name) {
        let names: BTreeSet<String> = of
            .iter()
            .map(|at| format!("`{}`", rules[*at].name))
            .collect();
        let names: Vec<String> = names.into_iter().collect();
        route.doc = format!("What {} say of names that they share.", names.join(" and "));
        if let [one] = &names[..] {
            route.doc = format!("What {one} says of names that other rules meet as well.");
        }
    }
    Ok(Answer {
        route,
        of: of.to_vec(),
        told,
    })
}

/// The answers as routes: those left out that a less specific pattern gives anyway, and
/// those ranked between which nothing else decides.
fn written(
    winners: Winners,
    rules: &[Rule],
    live: &BTreeSet<usize>,
    said: Vec<(String, Answer)>,
    fates: &mut BTreeSet<(usize, Fate)>,
) -> Routes {
    // What a rule loses in one place it loses in others.
    let mut known = BTreeSet::new();
    for (rule, field, why) in said.iter().flat_map(|(_, answer)| &answer.told) {
        if known.insert((*rule, *field)) {
            fates.insert((*rule, Fate::Partly(why.clone())));
        }
    }
    let mut routes = Routes::default();
    if winners == Winners::MostSpecific {
        routes.routes = said
            .into_iter()
            .map(|(name, answer)| (name, answer.route))
            .collect();
        return routes;
    }
    let mut used = BTreeSet::new();
    let mut said = said;
    let ranks = ranks(winners, &said);
    let rank = |name: &str| ranks.get(&Shape::of(name)).copied().unwrap_or(0);
    said.sort_by_cached_key(|(name, _)| (class(name), rank(name), name.clone()));
    let mut kept: Above<(Route, Vec<usize>)> = Above::default();
    for (name, answer) in said {
        let mut route = answer.route;
        route.rank = if is_pattern(&name) { rank(&name) } else { 0 };
        let own = answer.of.iter().any(|at| rules[*at].name == name);
        let above = kept
            .of(&name)
            .max_by_key(|(above, _)| (class(above), rank(above)));
        if !own && above.is_some_and(|(_, (above, _))| says_the_same(above, &route)) {
            if !is_pattern(&name) && live.iter().any(|at| rules[*at].name == name) {
                routes.events.insert(name);
            }
            used.extend(answer.of);
            continue;
        }
        kept.entry(&name, || (route.clone(), answer.of));
        routes.routes.insert(name, route);
    }
    // What is beneath a pattern may answer for all of it.
    let answers = |name: &str| {
        let mut names = by_length(name);
        names.any(|some| {
            let all = kept.of(&some);
            let best = all.max_by_key(|(above, _)| (class(above), rank(above)));
            best.is_some_and(|(best, _)| best == name)
        })
    };
    routes.routes.retain(|name, _| {
        let answers = !is_pattern(name) || answers(name);
        if answers && let Some((_, (_, of))) = kept.of(name).find(|(above, _)| above == name) {
            used.extend(of.iter().copied());
        }
        answers
    });
    for rule in live.difference(&used) {
        let why = "other rules answer for all that this one meets".to_owned();
        fates.insert((*rule, Fate::Dead(why)));
    }
    routes
}

fn says_the_same(a: &Route, b: &Route) -> bool {
    a.target == b.target && a.policy == b.policy
}

/// Ranks of shapes, where two of one class could meet the same name. Of two patterns of a
/// class, one beneath the other has more segments. The others are ranked so that the
/// answer where they meet is more often one of theirs.
fn ranks(winners: Winners, said: &[(String, Answer)]) -> HashMap<Shape, i32> {
    let mut classes: BTreeMap<(usize, bool, usize), BTreeMap<Shape, usize>> = BTreeMap::new();
    for (name, answer) in said.iter().filter(|(name, _)| is_pattern(name)) {
        let shape = Shape::of(name);
        let (literals, exact) = class(name);
        let length = if exact { shape.segments } else { 0 };
        let first = answer.of.first().copied().unwrap_or(0);
        let shapes = classes.entry((literals, exact, length)).or_default();
        let earliest = shapes.entry(shape).or_insert(first);
        *earliest = first.min(*earliest);
    }
    let mut ranks = HashMap::new();
    for shapes in classes.into_values().filter(|shapes| shapes.len() > 1) {
        let mut order: Vec<(Shape, usize)> = shapes.into_iter().collect();
        let late = |first: usize| match winners {
            Winners::First => usize::MAX - first,
            _ => first,
        };
        order.sort_by_key(|(shape, first)| (shape.segments, late(*first)));
        for (rank, (shape, _)) in order.into_iter().enumerate() {
            ranks.insert(shape, rank as i32);
        }
    }
    ranks
}

/// Rules that are off stand among the routes, off, unless something else has their place.
fn off(rules: &[Rule], routes: &mut Routes, fates: &mut BTreeSet<(usize, Fate)>) {
    let mut written: BTreeMap<&str, Route> = BTreeMap::new();
    for (at, rule) in rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| !rule.route.enabled)
    {
        let taken = routes.routes.contains_key(&rule.name) || routes.events.contains(&rule.name);
        if taken {
            let why = "it is off, and other rules of the same name are on".to_owned();
            fates.insert((at, Fate::Refused(why)));
            continue;
        }
        let name = rule.name.as_str();
        let both = match written.get(name) {
            None => Ok(rule.route.clone()),
            Some(old) => {
                let both = [(at, old), (at, &rule.route)];
                unite(Winners::MostSpecific, name, &both).map(|union| union.route)
            }
        };
        match both {
            Ok(route) => drop(written.insert(name, route)),
            Err((_, why)) => drop(fates.insert((at, Fate::Refused(why)))),
        }
    }
    let written = written
        .into_iter()
        .map(|(name, route)| (name.to_owned(), route));
    routes.routes.extend(written);
}

/// What a `drop` of an event says whose only rules are off.
pub const OFF: &str = "off in the source";

/// Events that nothing answers for since their rule is off are dropped, and it is said why:
/// an event that nobody routes or drops is refused by `check`. Gives the names of those that
/// said more than where they go.
pub fn switch_off(definition: &mut Definition) -> Vec<String> {
    let mut lost = Vec::new();
    if definition.fallback.is_some() {
        return lost;
    }
    let mut on = Above::default();
    for (name, _) in definition.routes.iter().filter(|(_, route)| route.enabled) {
        on.entry(name, || ());
    }
    for (name, route) in &mut definition.routes {
        if !route.enabled && !is_pattern(name) && on.of(name).next().is_none() {
            let target = &route.target;
            let names: Vec<&str> = target
                .to
                .iter()
                .chain(target.split.keys())
                .map(String::as_str)
                .collect();
            let mut reason = OFF.to_owned();
            if !names.is_empty() {
                reason = format!("{OFF}; it would go to {}", names.join(", "));
            }
            if reason.len() > REASON_BYTES_MAX {
                reason = format!("{OFF}; it would go to {} consumers", names.len());
            }
            if route.policy != Policy::default()
                || !target.split.is_empty()
                || !target.mirror.is_empty()
            {
                lost.push(name.clone());
            }
            route.target = Target {
                drop: Some(reason),
                ..Target::default()
            };
            route.policy = Policy::default();
            route.enabled = true;
        }
    }
    lost
}
