//! Proof: the original and the compiled result are asked the same questions.
//!
//! The original is what the mapping gave, item by item, read in the plainest way: by the
//! names of the source, with nothing merged, renamed, written or compiled. The result is
//! the table that a service would get from the text that was written. Between the two
//! stands everything else in this crate.

use std::collections::{BTreeMap, BTreeSet};

use routewright::{Image, Outcome, Priority, RawRoute, RouteTable, Scalar};
use routewright_schema::model::Policy;
use routewright_schema::{pattern, value};

use crate::evaluate::text_of;
use crate::glob::of_glob;
use crate::item::{Item, Meets, Route, Setting, Target};
use crate::merge::Merged;
use crate::names::Renamed;
use crate::observe;
use crate::rules::{OFF, Winners};
use crate::value::Data;

/// Random names that are asked beside those that are written.
const MISSES: u64 = 200;
/// Patterns of which each is asked together with each.
const PAIRED_MAX: usize = 300;
/// Differences that are told.
const TOLD_MAX: usize = 20;

/// What was asked, and what differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Names that were asked.
    pub questions: usize,
    /// Names that are answered differently, with both answers.
    pub differences: Vec<Difference>,
}

/// A name that is answered differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The name.
    pub event: String,
    /// What the original says.
    pub original: String,
    /// What the table says.
    pub table: String,
}

/// What becomes of an event, by the names of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Nothing,
    Unrouted,
    Drop(String),
    Deliver {
        to: BTreeSet<String>,
        split: BTreeMap<String, u32>,
        mirror: BTreeMap<String, u32>,
        policy: (u64, u32, u64, Priority),
    },
}

/// Asks both. `merged` says which items are not in the result, and the names of the others.
pub fn prove(
    items: &[Item],
    merged: &Merged,
    table: &RouteTable<Image>,
    progress: &mut dyn FnMut(usize, usize),
) -> Proof {
    let original = Original::new(items, merged);
    let mut proof = Proof::default();
    let mut differ = |event: &str, original: String, table: String| {
        if proof.differences.len() < TOLD_MAX {
            let event = event.to_owned();
            proof.differences.push(Difference {
                event,
                original,
                table,
            });
        }
    };
    let names = original.questions();
    for (at, name) in names.iter().enumerate() {
        progress(at, names.len());
        let (said, told) = (original.answer(name), told(table.find(name)));
        if said != told {
            differ(name, format!("{said:?}"), format!("{told:?}"));
        }
    }
    for (name, setting) in &original.settings {
        let mut said = Vec::new();
        setting.default.scalars(&mut |data| said.push(data));
        let told: Vec<Scalar<&str>> = match table.catalog().setting_index(name) {
            Some(at) => table.values().scalars(at).collect(),
            None => Vec::new(),
        };
        if said.len() != told.len() || !said.iter().zip(&told).all(|(said, told)| is(said, told)) {
            let texts: Vec<String> = said.iter().map(|data| text_of(data)).collect();
            differ(name, format!("{texts:?}"), format!("{told:?}"));
        }
    }
    proof.questions = names.len() + original.settings.len();
    proof
}

struct Original<'i> {
    exact: BTreeMap<&'i str, Vec<(usize, &'i Route)>>,
    patterns: Vec<(usize, &'i Route)>,
    fallback: Option<(&'i Target, Policy)>,
    settings: BTreeMap<&'i String, &'i Setting>,
    consumers: &'i Renamed,
    winners: Winners,
}

impl<'i> Original<'i> {
    fn new(items: &'i [Item], merged: &'i Merged) -> Original<'i> {
        let mut original = Original {
            exact: BTreeMap::new(),
            patterns: Vec::new(),
            fallback: None,
            settings: BTreeMap::new(),
            consumers: &merged.consumers,
            winners: merged.winners,
        };
        // An item that was refused is told as such, and is no question.
        let refused = merged.refused();
        let items = items
            .iter()
            .enumerate()
            .filter(|(at, _)| !refused.contains(at));
        for (at, item) in items {
            match item {
                Item::Route(route) if !has_wildcard(route) => {
                    let own = original.exact.entry(&route.name.text).or_default();
                    own.push((at, route));
                }
                Item::Route(route) => original.patterns.push((at, route)),
                Item::Fallback(target, policy) => original.fallback = Some((target, *policy)),
                Item::Setting(setting) => {
                    let name = &merged.settings[&setting.name.text];
                    original.settings.insert(name, setting);
                }
                _ => {}
            }
        }
        original
    }

    fn answer(&self, name: &str) -> Answer {
        let own = self.exact.get(name);
        let patterns = self.patterns.iter().filter(|(_, route)| meets(route, name));
        let on = |rule: &&(usize, &Route)| rule.1.enabled;
        let own_on: Vec<_> = own.into_iter().flatten().filter(on).copied().collect();
        let mut all: Vec<_> = own_on
            .iter()
            .copied()
            .chain(patterns.filter(on).copied())
            .collect();
        all.sort_unstable_by_key(|(at, _)| *at);
        match self.winners {
            Winners::All => {}
            Winners::First => all.truncate(1),
            Winners::Last => drop(all.drain(..all.len().saturating_sub(1))),
            Winners::MostSpecific if !own_on.is_empty() => all = own_on,
            Winners::MostSpecific => {
                let best = all.iter().map(|(_, route)| specific(route)).max();
                all.retain(|(_, route)| Some(specific(route)) == best);
            }
        }
        let all: Vec<&Route> = all.into_iter().map(|(_, route)| route).collect();
        match (all.is_empty(), &self.fallback, own) {
            (false, ..) => self.all(&all),
            (true, Some((target, policy)), _) => self.of(target, *policy),
            (true, None, Some(_)) => Answer::Drop(OFF.to_owned()),
            (true, None, None) => Answer::Nothing,
        }
    }

    fn all(&self, routes: &[&Route]) -> Answer {
        let mut target = Target::default();
        let mut policy = Policy::default();
        for route in routes {
            target.to.extend(route.target.to.iter().cloned());
            target.split.extend(route.target.split.clone());
            target.mirror.extend(route.target.mirror.clone());
            target.drop = target.drop.or(route.target.drop.clone());
            policy.timeout_ns = policy.timeout_ns.or(route.policy.timeout_ns);
            policy.retries = policy.retries.or(route.policy.retries);
            policy.retry_delay_ns = policy.retry_delay_ns.or(route.policy.retry_delay_ns);
            policy.priority = policy.priority.or(route.policy.priority);
        }
        // Of all rules, those that drop take nothing from the others.
        if !target.to.is_empty() || !target.split.is_empty() {
            target.drop = None;
        }
        self.of(&target, policy)
    }

    fn of(&self, target: &Target, policy: Policy) -> Answer {
        let renamed = |map: &BTreeMap<String, u32>| {
            map.iter()
                .map(|(name, n)| (self.consumers[name].clone(), *n))
                .collect()
        };
        match &target.drop {
            Some(reason) => Answer::Drop(reason.clone()),
            None => Answer::Deliver {
                to: target
                    .to
                    .iter()
                    .map(|name| self.consumers[&name.text].clone())
                    .collect(),
                split: renamed(&target.split),
                mirror: renamed(&target.mirror),
                policy: (
                    policy.timeout_ns.unwrap_or(0),
                    policy.retries.unwrap_or(0),
                    policy.retry_delay_ns.unwrap_or(0),
                    policy.priority.unwrap_or(Priority::Normal),
                ),
            },
        }
    }

    /// Every event, every pattern with its wildcards filled in, neighbours of both, and
    /// names that nobody wrote.
    fn questions(&self) -> BTreeSet<String> {
        let mut names: BTreeSet<String> =
            self.exact.keys().map(|name| (*name).to_owned()).collect();
        for (_, route) in &self.patterns {
            for filler in ["a", "zz-9", "x.y"] {
                let dotted = route.meets == Meets::Glob || route.name.text.ends_with("**");
                if dotted || !filler.contains('.') {
                    names.insert(route.name.text.replace("**", "*").replace('*', filler));
                }
            }
        }
        // Where two patterns meet, with what is in one of them.
        let patterns = self
            .patterns
            .iter()
            .filter_map(|(_, route)| match route.meets {
                Meets::Glob => of_glob(&route.name.text),
                _ => Some(route.name.text.clone()),
            });
        let patterns: Vec<String> = patterns.take(PAIRED_MAX).collect();
        for (at, a) in patterns.iter().enumerate() {
            let shared = patterns[at + 1..]
                .iter()
                .filter_map(|b| pattern::shared(a, b));
            names.extend(shared.map(|both| both.replace("**", "*").replace('*', "a")));
        }
        for name in names.clone() {
            names.insert(format!("{name}.a"));
            names.insert(format!("a.{name}"));
            names.extend(name.rsplit_once('.').map(|(head, _)| head.to_owned()));
        }
        // Any numbers will do, but the same ones each time.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..MISSES {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            names.insert(format!("n{:x}.{:x}", state >> 48, state & 0xfff));
        }
        names.retain(|name| routewright::name::check_event(name).is_ok());
        names
    }
}

/// Whether a scalar of the source is that value.
fn is(said: &Data, told: &Scalar<&str>) -> bool {
    let text = text_of(said);
    match told {
        Scalar::Bool(yes) => text.parse() == Ok(*yes),
        Scalar::Int(int) => text.parse() == Ok(*int),
        Scalar::Float(float) => text.parse() == Ok(*float),
        Scalar::String(word) | Scalar::Enum(word) => text == *word,
        Scalar::Duration(ns) => observe::duration(&text).is_ok_and(|read| read == *ns),
        other => value::parse(other.kind(), &text)
            .is_ok_and(|read| read.to_string() == other.to_string()),
    }
}

fn has_wildcard(route: &Route) -> bool {
    match route.meets {
        Meets::Exactly => false,
        Meets::Pattern => routewright::name::is_pattern(&route.name.text),
        Meets::Glob => route.name.text.contains('*'),
    }
}

/// More literal segments first, then `*` before `**`, then the rank.
fn specific(route: &Route) -> (usize, bool, i32) {
    let segments = || route.name.text.split('.');
    let literals = segments().filter(|s| !["*", "**"].contains(s)).count();
    let rest = route.meets == Meets::Glob || route.name.text.ends_with("**");
    (literals, !rest, route.rank)
}

fn meets(route: &Route, name: &str) -> bool {
    match route.meets {
        Meets::Glob => glob(route.name.text.as_bytes(), name.as_bytes()),
        _ => {
            let pattern: Vec<&str> = route.name.text.split('.').collect();
            segments(&pattern, &name.split('.').collect::<Vec<_>>())
        }
    }
}

/// `fnmatch`, with `*` alone.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=name.len()).any(|at| glob(rest, &name[at..])),
        ([p, pattern @ ..], [n, name @ ..]) => p == n && glob(pattern, name),
        _ => false,
    }
}

fn segments(pattern: &[&str], name: &[&str]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        (["**"], [_, ..]) => true,
        (["*", pattern @ ..], [_, name @ ..]) => segments(pattern, name),
        ([p, pattern @ ..], [n, name @ ..]) => p == n && segments(pattern, name),
        _ => false,
    }
}

fn told(route: Option<RawRoute<'_>>) -> Answer {
    let Some(route) = route else {
        return Answer::Nothing;
    };
    let catalog = route.catalog();
    let name = |id: u16| catalog.consumer(id.into()).unwrap_or("?").to_owned();
    match route.outcome() {
        Outcome::Drop(reason) if reason.starts_with(OFF) => Answer::Drop(OFF.to_owned()),
        Outcome::Drop(reason) => Answer::Drop(reason.to_owned()),
        Outcome::Unrouted => Answer::Unrouted,
        Outcome::Deliver => {
            let policy = route.policy();
            let ns = |d: Option<std::time::Duration>| d.map_or(0, |d| d.as_nanos() as u64);
            Answer::Deliver {
                to: route.consumers().map(name).collect(),
                split: route.arms().map(|(id, n)| (name(id), n.into())).collect(),
                mirror: route.shares().map(|(id, n)| (name(id), n)).collect(),
                policy: (
                    ns(policy.timeout),
                    policy.retries.into(),
                    ns(policy.retry_delay),
                    policy.priority,
                ),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use routewright::Limits;
    use routewright_schema::lower::lower;

    use super::prove;
    use crate::document::Corpus;
    use crate::evaluate::{Evaluator, Input};
    use crate::item::Item;
    use crate::mapping::Mapping;
    use crate::merge::merge;
    use crate::trace::Trace;

    /// Faults in the result, each of which the proof must find, and none where there is
    /// none.
    #[test]
    fn a_fault_is_found() {
        let text = "e: [a, b]\n'x.*': [a]\ny: [b]\n";
        let program = "to_entries[] | {glob: .key, to: .value}, {fallback: \"z\"}";
        let mut corpus = Corpus::default();
        corpus.add("t.yaml", text.as_bytes());
        let mapping = Mapping::parse("m", program).expect("a mapping");
        let trace = Trace::new(corpus.nodes.len());
        let inputs = corpus.documents.iter().map(|document| Input {
            file: "t.yaml".into(),
            value: document.root.clone(),
        });
        let mut items = Vec::new();
        Evaluator::new(&mapping, &trace, inputs).run(&mut |value| {
            let item = Item::read(&value.expect("a value"), &trace).expect("an item");
            items.push(item);
        });
        let merged = merge("p", &items, &BTreeMap::new(), &corpus, &trace);
        let differences = |spoil: &dyn Fn(&mut routewright_schema::model::Definition)| {
            let mut definition = merged.definition.clone();
            spoil(&mut definition);
            let table = lower(&definition, &Limits::DEFAULT).expect("a table");
            let proof = prove(&items, &merged, &table, &mut |_, _| {});
            proof.differences.len()
        };
        assert_eq!(differences(&|_| {}), 0);
        assert!(differences(&|d| drop(d.routes.remove("x.**"))) > 0);
        assert!(differences(&|d| d.fallback = None) > 0);
        assert!(differences(&|d| drop(d.routes.get_mut("e").map(|r| r.target.to.pop()))) > 0);
        assert!(
            differences(&|d| {
                d.routes.get_mut("y").expect("a route").policy.retries = Some(1);
            }) > 0
        );
    }
}
