//! Whether the keys of a map are data (names of things) or fields (words of a format).

use std::collections::HashMap;

use crate::value::{Data, Map, Value};

use super::words;

/// Of the values of a map, how much of their keys they must share to be alike.
const ALIKE: f64 = 0.5;
/// The same of just two values.
const SAME: f64 = 0.75;

/// Whether the keys of maps that stand at one place are names. `called` is the key under
/// which they stand.
pub fn is_dictionary(maps: &[&Map], called: Option<&str>) -> bool {
    let mut keys: HashMap<&str, usize> = HashMap::new();
    for map in maps {
        for key in map.keys() {
            *keys.entry(key).or_default() += 1;
        }
    }
    let plural = called.is_some_and(words::is_plural);
    // Placeholders are no keys of data, and words of a format are those of many records.
    let fields = keys.keys().filter(|key| words::is_field(key)).count();
    if keys.is_empty() || fields * 3 > keys.len() {
        return false;
    }
    if maps.len() > 1 && shared(&keys, maps.len()) >= ALIKE && !plural {
        return false;
    }
    let values: Vec<&Value> = maps
        .iter()
        .flat_map(|map| map.values())
        .map(|entry| &entry.value)
        .collect();
    match look(&values) {
        Look::Names => keys.len() >= 3 || plural,
        Look::Records { shared } => {
            plural || keys.len() >= 3 || (keys.len() == 2 && shared >= SAME)
        }
        Look::Both => plural,
        Look::Other => false,
    }
}

enum Look {
    /// Names, and lists of names.
    Names,
    /// Maps, or lists of maps, that share so much of their keys, or whose values are names.
    Records {
        shared: f64,
    },
    /// `Class: async` beside `Class: {senders: [..]}`
    Both,
    Other,
}

fn look(values: &[&Value]) -> Look {
    let (mut names, mut others) = (0, 0);
    let mut records: Vec<Vec<&Map>> = Vec::new();
    for value in values {
        match &value.data {
            Data::Null => {}
            Data::Text(_) => names += 1,
            Data::Map(map) if !map.is_empty() => records.push(vec![map]),
            Data::List(items) => {
                let maps: Vec<&Map> = items.iter().filter_map(as_map).collect();
                match maps.is_empty() {
                    true if items.iter().all(|item| item.as_text().is_some()) => names += 1,
                    false if maps.len() == items.len() => records.push(maps),
                    _ => others += 1,
                }
            }
            _ => others += 1,
        }
    }
    if others > 0 || names + records.len() == 0 {
        return Look::Other;
    }
    if records.is_empty() {
        return Look::Names;
    }
    let mut keys: HashMap<&str, usize> = HashMap::new();
    for key in records.iter().flatten().flat_map(|map| map.keys()) {
        *keys.entry(key).or_default() += 1;
    }
    let shared = shared(&keys, records.iter().flatten().count());
    match shared >= ALIKE || records.iter().flatten().all(|map| of_names(map)) {
        true if names > 0 => Look::Both,
        true => Look::Records { shared },
        false => Look::Other,
    }
}

/// How much of what so many maps hold stands under keys that half of them have.
fn shared(keys: &HashMap<&str, usize>, maps: usize) -> f64 {
    let counts = keys
        .values()
        .filter(|count| **count > 1 && **count * 2 >= maps);
    counts.sum::<usize>() as f64 / keys.values().sum::<usize>() as f64
}

fn of_names(map: &Map) -> bool {
    map.values().all(|entry| match &entry.value.data {
        Data::Text(text) => words::is_name(text),
        Data::List(items) => items
            .iter()
            .all(|item| item.as_text().is_some_and(words::is_name)),
        _ => false,
    })
}

fn as_map(value: &Value) -> Option<&Map> {
    match &value.data {
        Data::Map(map) => Some(map),
        _ => None,
    }
}
