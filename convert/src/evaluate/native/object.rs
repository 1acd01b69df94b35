//! Functions of objects, and of keys.

use std::rc::Rc;

use super::{Native, plain};
use crate::evaluate::fault::{Answer, refuse, shown, text_of};
use crate::evaluate::{Evaluator, access};
use crate::trace::Origin;
use crate::value::{Data, Entry, Map, Value};

pub(super) const NATIVES: &[Native] = &[
    plain("keys", 0, |e, value, _| keys(e, value, true)),
    plain("keys_unsorted", 0, |e, value, _| keys(e, value, false)),
    plain("has", 1, |e, value, args| has(e, &value, &args[0])),
    plain("contains", 1, contains),
    plain("to_entries", 0, |e, value, _| match &value.data {
        Data::Map(map) => {
            e.takes(map.len() * 4 * size_of::<Entry>())?;
            let pairs = map.iter().map(|(key, entry)| {
                let key = Data::Text(key.clone()).of(entry.key);
                pair(key, &entry.value)
            });
            Ok(pairs.collect::<Data>().of(value.from))
        }
        Data::List(list) => {
            e.takes(list.len() * 6 * size_of::<Entry>())?;
            let pairs = list.iter().enumerate();
            let pairs = pairs.map(|(at, item)| pair(Data::from(at).into(), item));
            Ok(pairs.collect::<Data>().of(value.from))
        }
        _ => refuse(format!("{} has no keys", shown(&value))),
    }),
    plain("from_entries", 0, from_entries),
];

fn keys(e: &Evaluator<'_>, value: Value, sorted: bool) -> Answer {
    let keys: Data = match &value.data {
        Data::Map(map) => {
            e.takes(map.len() * size_of::<Value>())?;
            let keys = map
                .iter()
                .map(|(key, entry)| Data::Text(key.clone()).of(entry.key));
            let mut keys: Vec<Value> = keys.collect();
            if sorted {
                keys.sort_by(|a, b| a.data.order(&b.data));
            }
            keys.into()
        }
        Data::List(list) => {
            e.takes(list.len() * 2 * size_of::<Value>())?;
            (0..list.len()).map(|at| Data::from(at).into()).collect()
        }
        _ => return refuse(format!("{} has no keys", shown(&value))),
    };
    Ok(keys.of(value.from))
}

/// Depends on the name that is there, and not on what stands behind it.
fn has(e: &Evaluator<'_>, value: &Value, key: &Value) -> Answer {
    let from = e.trace.join(value.from, key.from);
    match (&value.data, &key.data) {
        (Data::Map(map), Data::Text(key)) => {
            let entry = map.get(key);
            let key = entry.map_or(Origin::NOWHERE, |entry| entry.key);
            Ok(Data::Bool(entry.is_some()).of(e.trace.join(from, key)))
        }
        (Data::List(list), Data::Number(at)) => {
            let there = at.value >= 0.0 && at.value < list.len() as f64;
            Ok(Data::Bool(there).of(from))
        }
        (_, kind) => {
            let (value, kind) = (shown(value), kind.kind());
            refuse(format!("Cannot check whether {value} has a {kind} key"))
        }
    }
}

fn contains(e: &Evaluator<'_>, all: Value, args: &[Value]) -> Answer {
    let part = &args[0];
    if all.data.kind() != part.data.kind() {
        return refuse(format!(
            "{} and {} cannot have their containment checked",
            shown(&all),
            shown(part)
        ));
    }
    let from = e.trace.join(all.deep(e.trace), part.deep(e.trace));
    Ok(Data::Bool(holds(e, &all.data, &part.data)?).of(from))
}

fn holds(e: &Evaluator<'_>, all: &Data, part: &Data) -> Answer<bool> {
    e.budget.steps(1)?;
    match (all, part) {
        (Data::Text(all), Data::Text(part)) => {
            e.budget.steps(all.len() as u64 / 16)?;
            Ok(all.contains(&**part))
        }
        (Data::List(all), Data::List(parts)) => {
            for part in parts.iter() {
                let mut found = false;
                for one in all.iter() {
                    found = found || holds(e, &one.data, &part.data)?;
                }
                if !found {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Data::Map(all), Data::Map(parts)) => {
            for (key, part) in parts.iter() {
                let one = all.get(key);
                let found = one.map(|one| holds(e, &one.value.data, &part.value.data));
                if !found.transpose()?.unwrap_or(false) {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (all, part) => Ok(all.order(part).is_eq()),
    }
}

fn pair(key: Value, value: &Value) -> Value {
    let parts = [("key", key), ("value", value.clone())].map(|(name, value)| {
        let key = Origin::NOWHERE;
        (name.into(), Entry { value, key })
    });
    Data::from(Map::from_iter(parts)).into()
}

/// Pairs under jq's many names for them.
fn from_entries(e: &Evaluator<'_>, value: Value, _: &[Value]) -> Answer {
    let pairs: Vec<Value> = match &value.data {
        Data::List(list) => list.to_vec(),
        Data::Map(map) => map.values().map(|entry| entry.value.clone()).collect(),
        _ => return refuse(format!("Cannot iterate over {}", shown(&value))),
    };
    e.takes(pairs.len() * 2 * size_of::<Entry>())?;
    let mut map = Map::new();
    for pair in pairs {
        let first = |names: &[&str], there: fn(&Data) -> bool| {
            let mut found: Value = Data::Null.into();
            for name in names {
                found = e.index(pair.clone(), &Data::from(*name).into())?;
                if there(&found.data) {
                    break;
                }
            }
            Answer::Ok(found)
        };
        let key = first(&["key", "k", "name", "Name", "K", "Key"], |data| {
            !matches!(data, Data::Null | Data::Bool(false))
        })?;
        let key = match key.data {
            // `false` is a key all the same, if it stands under `key`.
            Data::Null => match e.index(pair.clone(), &Data::from("key").into())? {
                at if matches!(at.data, Data::Bool(_)) => at,
                _ => key,
            },
            _ => key,
        };
        let text: Rc<str> = match &key.data {
            Data::Text(text) => text.clone(),
            Data::List(_) | Data::Map(_) => {
                let key = shown(&key);
                return refuse(format!("Cannot use {key} as object key"));
            }
            data => text_of(data).into(),
        };
        let names = ["value", "v", "Value", "V"];
        let there = |name: &&&str| match &pair.data {
            Data::Map(pair) => pair.contains_key(**name),
            _ => false,
        };
        let name = names.iter().find(there).unwrap_or(&names[0]);
        let value = e.index(pair.clone(), &Data::from(*name).into())?;
        let key = e.trace.join(key.from, pair.from);
        map.insert(text, Entry { value, key });
    }
    Ok(Data::from(map).of(value.from))
}

/// Where a value stands in a list, or a text in a text; for text, in characters.
pub(super) fn indices(e: &Evaluator<'_>, all: Value, args: &[Value]) -> Answer {
    let part = &args[0];
    let from = e.trace.join(all.deep(e.trace), part.deep(e.trace));
    let found = match (&all.data, &part.data) {
        (Data::Null, _) => Data::Null,
        (Data::Text(_), Data::Text(part)) if part.is_empty() => Vec::new().into(),
        (Data::Text(all), Data::Text(part)) => {
            e.budget
                .steps((all.len() / 16 * part.len().max(1)) as u64)?;
            e.takes(all.len())?;
            let starts = all.char_indices().enumerate();
            let found = starts.filter(|(_, (byte, _))| all[*byte..].starts_with(&**part));
            found.map(|(at, _)| Data::from(at).into()).collect()
        }
        (Data::List(all), Data::List(part)) => {
            e.budget.steps((all.len() * part.len().max(1)) as u64)?;
            access::positions(all, part)
        }
        (Data::List(list), one) => {
            e.budget.steps(list.len() as u64)?;
            let found = list.iter().enumerate();
            let found = found.filter(|(_, value)| value.data.order(one).is_eq());
            found.map(|(at, _)| Data::from(at).into()).collect()
        }
        _ => {
            let kind = part.data.kind();
            return refuse(format!("Cannot find {kind} in {}", shown(&all)));
        }
    };
    Ok(found.of(from))
}
