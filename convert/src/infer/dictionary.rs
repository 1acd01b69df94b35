//! Whether the keys of a map are data (names of things) or fields (words of a format).

use std::collections::HashMap;

use crate::value::{Data, Map, Value};

use super::words;

/// Of the values of a map, how much of their keys they must share to be alike.
const ALIKE: f64 = 0.5;

/// Whether the keys of maps that stand at one place are names. `called` is the key under
/// which they stand.
pub fn is_dictionary(maps: &[&Map], called: Option<&str>) -> bool {
    let mut keys: HashMap<&str, usize> = HashMap::new();
    for map in maps {
        for key in map.keys() {
            *keys.entry(key).or_default() += 1;
        }
    }
    let entries: usize = keys.values().sum();
    let plural = called.is_some_and(words::is_plural);
    // Placeholders are no keys of data, and words of a format are those of many records.
    let fields = keys.keys().filter(|key| words::is_field(key)).count();
    if keys.is_empty() || fields * 3 > keys.len() {
        return false;
    }
    let recurring = maps.len() > 1 && entries as f64 / (keys.len() * maps.len()) as f64 >= ALIKE;
    if recurring && !plural {
        return false;
    }
    let values: Vec<&Value> = maps
        .iter()
        .flat_map(|map| map.values())
        .map(|entry| &entry.value)
        .collect();
    match look(&values) {
        Look::Names => keys.len() >= 3 || plural,
        Look::Records => keys.len() >= 2 || plural,
        Look::Other => false,
    }
}

enum Look {
    /// Names, and lists of names.
    Names,
    /// Maps, or lists of maps, that share their keys, or whose values are names.
    Records,
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
    match (names, records.len(), others) {
        (0, 0, _) | (_, _, 1..) => Look::Other,
        (_, 0, _) => Look::Names,
        // `Class: async` beside `Class: {senders: [..]}`
        _ if alike(&records) || records.iter().flatten().all(|map| of_names(map)) => Look::Records,
        _ => Look::Other,
    }
}

fn alike(records: &[Vec<&Map>]) -> bool {
    let mut keys: HashMap<&str, usize> = HashMap::new();
    let maps = records.iter().flatten().count();
    for map in records.iter().flatten() {
        for key in map.keys() {
            *keys.entry(key).or_default() += 1;
        }
    }
    let shared: usize = keys.values().filter(|count| **count * 2 >= maps).sum();
    let all: usize = keys.values().sum();
    shared as f64 / all as f64 >= ALIKE
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
