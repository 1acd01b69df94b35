//! jq's order of values: null, false, true, numbers, strings, arrays, objects.

use std::cmp::Ordering;
use std::rc::Rc;

use super::{Data, Map};

impl Data {
    /// How the two are ordered. `nan` is less than every number, itself included.
    pub fn order(&self, other: &Data) -> Ordering {
        let rank = |data: &Data| match data {
            Data::Null => 0,
            Data::Bool(yes) => 1 + u8::from(*yes),
            Data::Number(_) => 3,
            Data::Text(_) => 4,
            Data::List(_) => 5,
            Data::Map(_) => 6,
        };
        match (self, other) {
            (Data::Number(a), Data::Number(b)) => {
                a.value.partial_cmp(&b.value).unwrap_or_else(|| {
                    // What is sorted needs a true order; `nan < nan` holds in jq all the same.
                    match a.value.is_nan() {
                        true => Ordering::Less,
                        false => Ordering::Greater,
                    }
                })
            }
            (Data::Text(a), Data::Text(b)) => a.cmp(b),
            (Data::List(a), Data::List(b)) => {
                let mut pairs = a.iter().zip(b.iter()).map(|(a, b)| a.data.order(&b.data));
                let first = pairs.find(|order| order.is_ne());
                first.unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            (Data::Map(a), Data::Map(b)) => order_of_maps(a, b),
            _ => rank(self).cmp(&rank(other)),
        }
    }

    /// The same order, made total for sorting: `nan` is equal to itself.
    pub fn total_order(&self, other: &Data) -> Ordering {
        match (self, other) {
            (Data::Number(a), Data::Number(b)) if a.value.is_nan() && b.value.is_nan() => {
                Ordering::Equal
            }
            (Data::List(a), Data::List(b)) => {
                let mut pairs = a.iter().zip(b.iter());
                let order = pairs.find_map(|(a, b)| {
                    Some(a.data.total_order(&b.data)).filter(|order| order.is_ne())
                });
                order.unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            _ => self.order(other),
        }
    }
}

/// By the sorted keys first, then by the values in that order.
fn order_of_maps(a: &Map, b: &Map) -> Ordering {
    let sorted = |map: &Map| {
        let mut keys: Vec<Rc<str>> = map.keys().cloned().collect();
        keys.sort();
        keys
    };
    let keys = sorted(a);
    keys.cmp(&sorted(b)).then_with(|| {
        let mut orders = keys
            .iter()
            .map(|key| a[key].value.data.order(&b[key].value.data));
        orders
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    })
}
