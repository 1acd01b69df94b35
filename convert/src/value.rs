//! The values of a mapping: JSON's, each with the nodes that it came from.

use std::cmp::Ordering;
use std::rc::Rc;

use indexmap::IndexMap;

use crate::trace::{Origin, Trace};

/// A value.
#[derive(Clone, Debug)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// What it depends on; of a list or map, beside what its elements depend on.
    pub from: Origin,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Data {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(Rc<str>),
    /// A list.
    List(Rc<Vec<Value>>),
    /// A map.
    Map(Rc<Map>),
}

/// A map in the order of the text.
pub type Map = IndexMap<Rc<str>, Entry>;

/// What stands behind a key.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The node of the key.
    pub key: Origin,
    /// The value.
    pub value: Value,
}

/// A number, and how it was written: `1.10` is a version as often as it is a number.
#[derive(Clone, Debug)]
pub struct Number {
    /// What it counts as.
    pub value: f64,
    /// As it stands in the file; of a computed number, the shortest form.
    pub text: Rc<str>,
}

impl From<f64> for Number {
    fn from(value: f64) -> Number {
        Number {
            value,
            text: value.to_string().into(),
        }
    }
}

impl From<Data> for Value {
    fn from(data: Data) -> Value {
        Value {
            data,
            from: Origin::NOWHERE,
        }
    }
}

impl From<&str> for Data {
    fn from(text: &str) -> Data {
        Data::Text(text.into())
    }
}

impl From<f64> for Data {
    fn from(value: f64) -> Data {
        Data::Number(value.into())
    }
}

impl From<Vec<Value>> for Data {
    fn from(list: Vec<Value>) -> Data {
        Data::List(Rc::new(list))
    }
}

impl From<Map> for Data {
    fn from(map: Map) -> Data {
        Data::Map(Rc::new(map))
    }
}

impl Value {
    /// The value, depending on something more.
    pub fn because(mut self, trace: &Trace, of: Origin) -> Value {
        self.from = trace.join(self.from, of);
        self
    }

    /// All that it depends on, down to its last element.
    pub fn deep(&self, trace: &Trace) -> Origin {
        let mut all = Origin::NOWHERE;
        self.each(&mut |from| all = trace.join(all, from));
        all
    }

    /// Tells of its scalars, in their order.
    pub fn scalars<'v>(&'v self, tell: &mut dyn FnMut(&'v Data)) {
        match &self.data {
            Data::List(items) => items.iter().for_each(|item| item.scalars(tell)),
            Data::Map(map) => map.values().for_each(|entry| entry.value.scalars(tell)),
            scalar => tell(scalar),
        }
    }

    /// What a comparison with `other` depends on: of a list that is no map, not what is in it.
    pub fn compared(&self, other: &Value, trace: &Trace) -> Origin {
        match std::mem::discriminant(&self.data) == std::mem::discriminant(&other.data) {
            true => trace.join(self.deep(trace), other.deep(trace)),
            false => trace.join(self.from, other.from),
        }
    }

    /// Each thing that it depends on.
    pub fn each(&self, tell: &mut dyn FnMut(Origin)) {
        tell(self.from);
        match &self.data {
            Data::List(list) => list.iter().for_each(|value| value.each(tell)),
            Data::Map(map) => map.values().for_each(|entry| {
                tell(entry.key);
                entry.value.each(tell);
            }),
            _ => {}
        }
    }

    /// Its text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Data {
    /// jq: all but `null` and `false`.
    pub fn is_true(&self) -> bool {
        !matches!(self, Data::Null | Data::Bool(false))
    }

    /// jq's name of the type.
    pub fn kind(&self) -> &'static str {
        match self {
            Data::Null => "null",
            Data::Bool(_) => "boolean",
            Data::Number(_) => "number",
            Data::Text(_) => "string",
            Data::List(_) => "array",
            Data::Map(_) => "object",
        }
    }

    /// jq's order: null, false, true, numbers, strings, arrays, objects.
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
                a.value.partial_cmp(&b.value).unwrap_or(Ordering::Less)
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

/// As JSON.
impl std::fmt::Display for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let quoted = |text: &str| serde_json::Value::from(text);
        match self {
            Data::Null => f.write_str("null"),
            Data::Bool(yes) => write!(f, "{yes}"),
            Data::Number(number) => f.write_str(&number.text),
            Data::Text(text) => write!(f, "{}", quoted(text)),
            Data::List(list) => {
                f.write_str("[")?;
                for (at, value) in list.iter().enumerate() {
                    let comma = if at > 0 { "," } else { "" };
                    write!(f, "{comma}{}", value.data)?;
                }
                f.write_str("]")
            }
            Data::Map(map) => {
                f.write_str("{")?;
                for (at, (key, entry)) in map.iter().enumerate() {
                    let comma = if at > 0 { "," } else { "" };
                    write!(f, "{comma}{}:{}", quoted(key), entry.value.data)?;
                }
                f.write_str("}")
            }
        }
    }
}
