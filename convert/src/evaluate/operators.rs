//! `+ - * / %` and comparisons.

use std::rc::Rc;

use jaq_core::ops::{Cmp, Math};

use super::Evaluator;
use crate::value::{Data, Entry, Map, Value};

pub(super) fn compare(op: Cmp, left: &Data, right: &Data) -> bool {
    let order = left.order(right);
    match op {
        Cmp::Lt => order.is_lt(),
        Cmp::Le => order.is_le(),
        Cmp::Gt => order.is_gt(),
        Cmp::Ge => order.is_ge(),
        Cmp::Eq => order.is_eq(),
        Cmp::Ne => order.is_ne(),
    }
}

impl Evaluator<'_> {
    pub(super) fn math(&self, op: Math, left: &Value, right: &Value) -> Result<Value, String> {
        let from = self.trace.join(left.from, right.from);
        let data = match (op, &left.data, &right.data) {
            (Math::Add, Data::Null, other) | (Math::Add, other, Data::Null) => other.clone(),
            (Math::Add, Data::Text(a), Data::Text(b)) => format!("{a}{b}").as_str().into(),
            (Math::Add, Data::List(a), Data::List(b)) => {
                a.iter().chain(b.iter()).cloned().collect::<Vec<_>>().into()
            }
            (Math::Add, Data::Map(a), Data::Map(b)) => {
                let mut map = Map::clone(a);
                map.extend(b.iter().map(|(key, entry)| (key.clone(), entry.clone())));
                map.into()
            }
            (Math::Sub, Data::List(a), Data::List(b)) => {
                let gone = |value: &&Value| b.iter().any(|b| b.data.order(&value.data).is_eq());
                a.iter()
                    .filter(|value| !gone(value))
                    .cloned()
                    .collect::<Vec<_>>()
                    .into()
            }
            (Math::Mul, Data::Map(a), Data::Map(b)) => Data::Map(Rc::new(merge(a, b))),
            (Math::Div, Data::Text(a), Data::Text(b)) => split(a, b),
            (_, Data::Number(a), Data::Number(b)) => number(op, a.value, b.value)?.into(),
            (_, a, b) => {
                let word = match op {
                    Math::Add => "added",
                    Math::Sub => "subtracted",
                    Math::Mul => "multiplied",
                    Math::Div | Math::Rem => "divided",
                };
                return Err(format!("{} and {} cannot be {word}", a.kind(), b.kind()));
            }
        };
        Ok(Value { data, from })
    }
}

fn number(op: Math, a: f64, b: f64) -> Result<f64, String> {
    let zero = || "a number cannot be divided by zero".to_owned();
    Ok(match op {
        Math::Add => a + b,
        Math::Sub => a - b,
        Math::Mul => a * b,
        Math::Div => (b != 0.0).then(|| a / b).ok_or_else(zero)?,
        Math::Rem => {
            let divisor = b.trunc().abs();
            (divisor != 0.0)
                .then(|| a.trunc() % divisor)
                .ok_or_else(zero)?
        }
    })
}

/// jq's `*` of objects: the right one wins, maps within both are merged.
fn merge(left: &Map, right: &Map) -> Map {
    let mut merged = left.clone();
    for (key, entry) in right {
        let both = match (merged.get(key).map(|e| &e.value.data), &entry.value.data) {
            (Some(Data::Map(a)), Data::Map(b)) => Some(merge(a, b)),
            _ => None,
        };
        let data = both.map_or_else(|| entry.value.data.clone(), Data::from);
        let value = Value {
            data,
            from: entry.value.from,
        };
        merged.insert(
            key.clone(),
            Entry {
                key: entry.key,
                value,
            },
        );
    }
    merged
}

pub(super) fn split(text: &str, by: &str) -> Data {
    let parts: Vec<Value> = match (text, by) {
        ("", _) => Vec::new(),
        (_, "") => text
            .chars()
            .map(|c| Data::from(c.to_string().as_str()).into())
            .collect(),
        _ => text.split(by).map(|part| Data::from(part).into()).collect(),
    };
    parts.into()
}
