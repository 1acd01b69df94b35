//! What a setting is declared as, and what a value of it may be.

use crate::change;
use crate::scalar::{Form, Kind, Scalar};

/// How far one push may move a setting from the value that is served.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// At most times, and at least one divided by, this factor (above 1).
    Factor(f64),
    /// At most this far up or down. Of the setting's kind; of a timestamp, a
    /// duration.
    Difference(Scalar<&'static str>),
}

impl Step {
    /// Whether a value can be left at all: from 1, a factor of 1.5 leads to no other
    /// integer.
    pub fn leaves(self, from: Scalar<&str>) -> bool {
        let far = match from {
            Scalar::Int(_) => Scalar::Int(i64::MAX),
            Scalar::Duration(_) => Scalar::Duration(u64::MAX),
            Scalar::Size(_) => Scalar::Size(u64::MAX),
            _ => return true,
        };
        self.towards(from, far) != from
    }

    /// The value nearest to `to` that one push may move a setting to from `from`. All
    /// are of the setting's kind.
    pub fn towards<'a>(self, from: Scalar<&'a str>, to: Scalar<&'a str>) -> Scalar<&'a str> {
        match change::beyond(self, from, to) {
            None => to,
            Some((low, _)) if from.number() > to.number() => low,
            Some((_, high)) => high,
        }
    }
}

/// The declaration of a setting, with its value in the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingSpec<'a> {
    /// Its dotted path.
    pub name: &'a str,
    /// The kind of the scalar or of the elements. (Of a table: not used.)
    pub kind: Kind,
    /// One, list or table.
    pub form: Form,
    /// Smallest value, or length of a string, or element of a list.
    pub min: Option<Scalar<&'a str>>,
    /// Largest, likewise.
    pub max: Option<Scalar<&'a str>>,
    /// How far one push may move it.
    pub step: Option<Step>,
    /// Shortest time between two moves, in nanoseconds; 0: none.
    pub cooldown_ns: u64,
    /// The values of an enum, in order.
    pub words: Vec<&'a str>,
    /// The columns of a table, in order.
    pub columns: Vec<(&'a str, Kind)>,
    /// The scalars of the value: one; the elements; the cells, row by row.
    pub default: Vec<Scalar<&'a str>>,
}
