//! The values of a mapping: JSON's, each with the nodes that it came from.

mod container;
mod json;
mod order;

use std::rc::Rc;

pub use container::{Entry, List, Map};
pub use json::parse;

use crate::trace::{Origin, Trace};

/// Lists and maps within each other, in whatever a mapping builds. What is read has 64
/// levels; all that walks through values relies on a bound.
pub const DEPTH_MAX: u16 = 256;

/// A value.
#[derive(Clone, Debug)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// What it depends on; of a list or map, beside what its elements depend on.
    pub from: Origin,
}

/// What a value is. Numbers are boxed, so that a text needs no more than its pointer.
#[derive(Clone, Debug)]
pub enum Data {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(Rc<Number>),
    /// Text.
    Text(Rc<str>),
    /// A list.
    List(Rc<List>),
    /// A map.
    Map(Rc<Map>),
}

/// A number, and how it was written: `1.10` is a version as often as it is a number.
#[derive(Clone, Debug)]
pub struct Number {
    /// What it counts as.
    pub value: f64,
    /// As it stands in the file; of a computed number, as jq writes it.
    pub text: Rc<str>,
}

impl From<f64> for Number {
    fn from(value: f64) -> Number {
        Number {
            value,
            text: json::number(value).into(),
        }
    }
}

impl From<Data> for Value {
    fn from(data: Data) -> Value {
        data.of(Origin::NOWHERE)
    }
}

impl From<&str> for Data {
    fn from(text: &str) -> Data {
        Data::Text(text.into())
    }
}

impl From<String> for Data {
    fn from(text: String) -> Data {
        Data::Text(text.into())
    }
}

impl From<bool> for Data {
    fn from(yes: bool) -> Data {
        Data::Bool(yes)
    }
}

impl From<f64> for Data {
    fn from(value: f64) -> Data {
        Data::Number(Rc::new(value.into()))
    }
}

impl From<usize> for Data {
    fn from(value: usize) -> Data {
        (value as f64).into()
    }
}

impl From<Number> for Data {
    fn from(number: Number) -> Data {
        Data::Number(Rc::new(number))
    }
}

impl From<Vec<Value>> for Data {
    fn from(list: Vec<Value>) -> Data {
        Data::List(Rc::new(list.into()))
    }
}

impl From<Map> for Data {
    fn from(map: Map) -> Data {
        Data::Map(Rc::new(map))
    }
}

impl FromIterator<Value> for Data {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Data {
        Vec::from_iter(values).into()
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
        match &self.data {
            Data::List(list) => trace.join(self.from, list.deep(trace)),
            Data::Map(map) => trace.join(self.from, map.deep(trace)),
            _ => self.from,
        }
    }

    /// Tells of its scalars, in their order.
    pub fn scalars<'v>(&'v self, tell: &mut dyn FnMut(&'v Data)) {
        match &self.data {
            Data::List(items) => items.iter().for_each(|item| item.scalars(tell)),
            Data::Map(map) => map.values().for_each(|entry| entry.value.scalars(tell)),
            scalar => tell(scalar),
        }
    }

    /// What a comparison with `other` depends on. If one of both is empty, or of another
    /// kind, that is all that counts, and not what is in the other.
    pub fn compared(&self, other: &Value, trace: &Trace) -> Origin {
        let alike = std::mem::discriminant(&self.data) == std::mem::discriminant(&other.data);
        match alike && !self.data.is_empty() && !other.data.is_empty() {
            true => trace.join(self.deep(trace), other.deep(trace)),
            false => trace.join(self.from, other.from),
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
    /// The value, depending on that.
    pub fn of(self, from: Origin) -> Value {
        Value { data: self, from }
    }

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

    /// How many lists and maps are within each other.
    pub fn depth(&self) -> u16 {
        match self {
            Data::List(list) => list.depth(),
            Data::Map(map) => map.depth(),
            _ => 0,
        }
    }

    /// A list or map without elements.
    fn is_empty(&self) -> bool {
        match self {
            Data::List(list) => list.is_empty(),
            Data::Map(map) => map.is_empty(),
            _ => false,
        }
    }
}
