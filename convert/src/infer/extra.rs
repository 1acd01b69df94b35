//! What a route says beside its event and its consumers: policy, notes, conditions, and
//! the names that lead to it.

use std::collections::HashSet;

use routewright_schema::value::{parse_duration, parse_int};

use crate::value::{Data, Value};

use super::candidate::{Candidate, Kind, Part, Wild};
use super::quote;
use super::shape::{PlaceId, Shapes, Step};
use super::words;

/// Fields of the record, by the field of a route that they are.
#[derive(Clone, Debug, Default)]
pub struct Extras<'c> {
    /// Of a route, and of the record.
    pub fields: Vec<(&'static str, &'c str)>,
    /// What else must hold for an event to go there.
    pub conditions: Vec<Condition<'c>>,
}

/// A field that is a condition, or the rest of one that the event is a part of.
#[derive(Clone, Debug)]
pub struct Condition<'c> {
    /// The fields that lead to it.
    pub path: Vec<&'c str>,
    /// The field of it that is the event.
    pub without: Option<&'c str>,
}

/// Field of a route, what a source may call it, and which values it takes.
type Known = (&'static str, &'static [&'static str], fn(&Value) -> bool);

const KNOWN: &[Known] = &[
    ("timeout", &["timeout"], is_duration),
    ("retries", &["retries", "max_retries", "retry"], is_count),
    ("retry_delay", &["retry_delay", "backoff"], is_duration),
    ("enabled", &["enabled", "active"], |value| {
        matches!(value.data, Data::Bool(_))
    }),
    ("owner", &["owner", "team"], is_text),
    (
        "doc",
        &["doc", "description", "summary", "name", "rule", "title"],
        is_text,
    ),
];

fn is_text(value: &Value) -> bool {
    value.as_text().is_some()
}

fn is_duration(value: &Value) -> bool {
    value
        .as_text()
        .is_some_and(|text| parse_duration(text).is_ok())
}

fn is_count(value: &Value) -> bool {
    match &value.data {
        Data::Number(number) => parse_int(&number.text).is_ok_and(|n| (0..=100).contains(&n)),
        _ => false,
    }
}

/// Looks at the other fields of a candidate.
pub fn complete<'c>(shapes: &Shapes<'c>, candidate: &mut Candidate<'c>) {
    let record = candidate.record;
    let used: Vec<&str> = {
        let parts = [&candidate.event, &candidate.to].into_iter();
        let slots = parts.filter_map(|part| match part {
            Part::Key => None,
            Part::Slot(slot) => Some(slot),
        });
        slots
            .chain(&candidate.scope)
            .filter_map(|slot| slot.path.first().copied())
            .collect()
    };
    let fields: Vec<_> = shapes
        .fields(record)
        .filter(|(name, _)| !used.contains(name))
        .collect();
    for (ours, theirs, legal) in KNOWN {
        // The name that stands first in the table is the best.
        let found = theirs
            .iter()
            .find_map(|word| fields.iter().find(|(name, _)| name == word));
        if let Some((name, place)) = found {
            let mut values = shapes.places[*place].found.iter().map(|found| found.value);
            if values.all(|value| matches!(value.data, Data::Null) || legal(value)) {
                candidate.extras.fields.push((ours, name));
            }
        }
    }
    conditions(shapes, candidate);
    wildcards(shapes, candidate);
    weights(shapes, candidate);
    fallback(shapes, candidate);
    names(shapes, candidate);
}

/// What wildcards mean, and who is told if several rules meet an event.
fn wildcards(shapes: &Shapes<'_>, candidate: &mut Candidate<'_>) {
    let wild = candidate.wild(shapes);
    if wild == Wild::None {
        return;
    }
    let names: HashSet<&str> = candidate
        .events(shapes)
        .filter(|name| words::is_wild(name))
        .collect();
    let example = names
        .iter()
        .min()
        .map_or(String::new(), |name| quote::shown(name));
    let why = &mut candidate.evidence;
    why.note(format!(
        "events with wildcards: {}, as {example}",
        names.len()
    ));
    if wild == Wild::Shell {
        why.note(
            "`*` is taken for dots too; if it is one part of a name, write `pattern` for `glob`"
                .to_owned(),
        );
    }
    why.note(match candidate.kind {
        Kind::Inverted => "`match`: each consumer is told what it wants, whatever others want".to_owned(),
        _ => "`match`: of several that meet an event, the most specific answers, or `all` (or `first`)".to_owned(),
    });
}

/// `targets: [{service: a, weight: 90}, {service: b, weight: 10}]`
fn weights<'c>(shapes: &Shapes<'c>, candidate: &mut Candidate<'c>) {
    let Part::Slot(slot) = &candidate.to else {
        return;
    };
    if slot.of_items.len() != 1 {
        return;
    }
    let item = shapes.places[slot.place()].parent;
    let weight = shapes.fields(item).find(|(name, _)| words::is_weight(name));
    let Some((name, place)) = weight else { return };
    let found = &shapes.places[place].found;
    let count = |value: &Value| match &value.data {
        Data::Number(number) => parse_int(&number.text).is_ok_and(|n| (1..=65_535).contains(&n)),
        _ => false,
    };
    if found.len() == shapes.places[item].found.len()
        && found.iter().all(|found| count(found.value))
    {
        candidate.weights = Some(name);
        candidate.evidence.note(format!(
            "each has a {}: one of them is told, and not all",
            quote::shown(name)
        ));
    } else {
        let why = format!(
            "{} of not each, or no whole number: who of them is told?",
            quote::shown(name)
        );
        candidate.evidence.doubt(why);
    }
}

/// `default: audit`, beside what holds the routes.
fn fallback<'c>(shapes: &Shapes<'c>, candidate: &mut Candidate<'c>) {
    let Part::Slot(slot) = &candidate.to else {
        return;
    };
    let consumers: HashSet<&str> = slot.texts(shapes).map(|(text, _)| text).collect();
    let is_field = |place: &&PlaceId| matches!(shapes.places[**place].step, Step::Field(_));
    let way = shapes.way(candidate.record);
    let Some(holder) = way.iter().rev().find(is_field) else {
        return;
    };
    let mut beside = shapes.fields(shapes.places[*holder].parent);
    let Some((_, field)) = beside.find(|(name, _)| words::is_fallback(name)) else {
        return;
    };
    let names: HashSet<&str> = shapes.texts(field).map(|(text, _)| text).collect();
    let [name] = names.iter().copied().collect::<Vec<_>>()[..] else {
        return;
    };
    let path = shapes.path(field);
    let known = consumers.contains(name);
    if known {
        let so = "one of these consumers: everything else goes there";
        candidate.evidence.note(format!("{path} is {so}"));
    } else if words::is_name(name) {
        let so = "may be where everything else goes, but is none of these consumers";
        candidate.evidence.note(format!("{path} {so}"));
    } else {
        return;
    }
    candidate.fallback = Some((field, known));
}

/// Fields of the record, and of what holds the event in it, that are called as conditions;
/// and what stands beside an event in a condition.
fn conditions<'c>(shapes: &Shapes<'c>, candidate: &mut Candidate<'c>) {
    let path_of = |part: &Part<'c>| match part {
        Part::Key => Vec::new(),
        Part::Slot(slot) => slot.path.clone(),
    };
    let (event, to) = (path_of(&candidate.event), path_of(&candidate.to));
    let mut place = candidate.record;
    let mut found: Vec<(Condition<'c>, usize)> = Vec::new();
    for depth in 0..event.len().max(1) {
        let here = &event[..depth];
        let inside = here.iter().any(|name| words::is_condition(name));
        let on_the_way = |name| {
            event.get(depth) == Some(&name)
                || (to.starts_with(here) && to.get(depth) == Some(&name))
        };
        let mut beside = 0;
        for (name, field) in shapes.fields(place).filter(|(name, _)| !on_the_way(name)) {
            let count = shapes.places[field]
                .found
                .iter()
                .filter(|found| says(found.value))
                .count();
            beside = beside.max(count);
            if words::is_condition(name) && !inside && count > 0 {
                let path = here.iter().copied().chain([name]).collect();
                found.push((
                    Condition {
                        path,
                        without: None,
                    },
                    count,
                ));
            }
        }
        let next = event.get(depth).copied();
        if inside && beside > 0 {
            found.push((
                Condition {
                    path: here.to_vec(),
                    without: next,
                },
                beside,
            ));
        }
        match next.and_then(|name| shapes.child(place, Step::Field(name))) {
            Some(child) => place = child,
            None => break,
        }
    }
    let all = shapes.places[candidate.record].found.len();
    for (condition, count) in found {
        let path = quote::shown(&condition.path.join("."));
        let more = if condition.without.is_some() {
            "more in "
        } else {
            ""
        };
        candidate.evidence.note(format!(
            "{count} of {all} have {more}{path}, a condition: these are no plain routes"
        ));
        candidate.extras.conditions.push(condition);
    }
}

/// Whether a condition says something.
fn says(value: &Value) -> bool {
    match &value.data {
        Data::Null | Data::Bool(_) => false,
        Data::List(list) => !list.is_empty(),
        Data::Map(map) => !map.is_empty(),
        _ => true,
    }
}

/// The keys of dictionaries that lead to the records.
fn names(shapes: &Shapes<'_>, candidate: &mut Candidate<'_>) {
    let way = shapes.way(candidate.record);
    let outer: Vec<_> = way[..way.len() - 1]
        .iter()
        .filter(|place| shapes.places[**place].step == Step::Entry)
        .collect();
    if let Some(first) = outer.first() {
        let (mut parted, mut all) = (0, 0);
        for event in candidate.events(shapes) {
            all += 1;
            parted += usize::from(event.contains(['.', ':', '/', '\\']));
        }
        candidate.groups_in_name = parted * 2 < all;
        let path = shapes.path(**first);
        let so = match candidate.groups_in_name {
            true => "are the first part of the names of events, which have no parts of their own",
            false => "become the `doc` of the routes: the names of events have parts of their own",
        };
        candidate.evidence.note(format!("the keys of {path} {so}"));
    } else if candidate.kind == Kind::Pair && shapes.places[candidate.record].step == Step::Entry {
        candidate
            .evidence
            .note("the key of each entry becomes the `doc` of its route".to_owned());
    }
}
