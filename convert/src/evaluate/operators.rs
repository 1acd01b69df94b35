//! `+ - * / %` and comparisons.

use std::collections::HashSet;
use std::rc::Rc;

use jaq_core::ops::{Cmp, Math};

use super::Evaluator;
use super::fault::{Answer, refuse, shown};
use crate::trace::Origin;
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
    /// A left side that nobody else holds grows in place.
    pub(super) fn math(&self, op: Math, left: Value, right: Value) -> Answer {
        let from = self.trace.join(left.from, right.from);
        let data = match (op, left.data, right.data) {
            (Math::Add, Data::Null, other) | (Math::Add, other, Data::Null) => other,
            (Math::Add, Data::Text(a), Data::Text(b)) => {
                self.takes(a.len() + b.len())?;
                format!("{a}{b}").into()
            }
            (Math::Add, Data::List(mut a), Data::List(b)) => {
                let copied = if Rc::strong_count(&a) > 1 { a.len() } else { 0 };
                self.takes((copied + b.len()) * size_of::<Value>())?;
                Rc::make_mut(&mut a).extend(b.iter().cloned());
                Data::List(a)
            }
            (Math::Add, Data::Map(mut a), Data::Map(b)) => {
                let copied = if Rc::strong_count(&a) > 1 { a.len() } else { 0 };
                self.takes((copied + b.len()) * size_of::<Entry>())?;
                let map = Rc::make_mut(&mut a);
                for (key, entry) in b.iter() {
                    map.insert(key.clone(), entry.clone());
                }
                Data::Map(a)
            }
            (Math::Sub, Data::List(a), Data::List(b)) => self.difference(&a, &b)?,
            (Math::Mul, Data::Map(a), Data::Map(b)) => self.merged(&a, &b)?.into(),
            (Math::Mul, Data::Text(text), Data::Number(times))
            | (Math::Mul, Data::Number(times), Data::Text(text)) => {
                self.repeated(&text, times.value)?
            }
            (Math::Div, Data::Text(a), Data::Text(b)) => split(self, &a, &b, from)?,
            (op, Data::Number(a), Data::Number(b)) => {
                self.takes(64)?;
                match number(op, a.value, b.value) {
                    Some(number) => number.into(),
                    None => {
                        let (a, b) = (Data::Number(a).into(), Data::Number(b).into());
                        return refuse(format!(
                            "{} and {} cannot be divided because the divisor is zero",
                            shown(&a),
                            shown(&b)
                        ));
                    }
                }
            }
            (_, a, b) => {
                let word = match op {
                    Math::Add => "added",
                    Math::Sub => "subtracted",
                    Math::Mul => "multiplied",
                    Math::Div | Math::Rem => "divided",
                };
                let (a, b) = (shown(&a.into()), shown(&b.into()));
                return refuse(format!("{a} and {b} cannot be {word}"));
            }
        };
        Ok(data.of(from))
    }

    fn difference(&self, all: &[Value], gone: &[Value]) -> Answer<Data> {
        // Texts are looked up; a list of names minus another must not cost their product.
        let names: HashSet<&str> = gone.iter().filter_map(Value::as_text).collect();
        let others: Vec<&Value> = gone.iter().filter(|v| v.as_text().is_none()).collect();
        self.budget
            .steps((all.len() * (1 + others.len()) + gone.len()) as u64)?;
        self.takes(size_of_val(all))?;
        let stays = |value: &&Value| match value.as_text() {
            Some(name) => !names.contains(name),
            None => !others
                .iter()
                .any(|gone| gone.data.order(&value.data).is_eq()),
        };
        Ok(all.iter().filter(stays).cloned().collect())
    }

    /// jq's `*` of objects: the right one wins, maps within both are merged.
    fn merged(&self, left: &Map, right: &Map) -> Answer<Map> {
        self.takes((left.len() + right.len()) * size_of::<Entry>())?;
        let mut merged = left.clone();
        for (key, entry) in right.iter() {
            let left = merged.get(key).map(|entry| entry.value.clone());
            let value = match (left.as_ref().map(|value| &value.data), &entry.value.data) {
                (Some(Data::Map(a)), Data::Map(b)) => {
                    let from = left.as_ref().map_or(Origin::NOWHERE, |value| value.from);
                    let from = self.trace.join(from, entry.value.from);
                    Data::from(self.merged(a, b)?).of(from)
                }
                _ => entry.value.clone(),
            };
            let key_from = entry.key;
            merged.insert(
                key.clone(),
                Entry {
                    value,
                    key: key_from,
                },
            );
        }
        Ok(merged)
    }

    /// jq: a text less than one time is null, and a part of a time is a whole one.
    fn repeated(&self, text: &str, times: f64) -> Answer<Data> {
        if times.is_nan() || times <= 0.0 {
            return Ok(Data::Null);
        }
        let times = times.ceil().min(u32::MAX.into()) as usize;
        self.takes(text.len().saturating_mul(times))?;
        Ok(text.repeat(times).into())
    }
}

fn number(op: Math, a: f64, b: f64) -> Option<f64> {
    Some(match op {
        Math::Add => a + b,
        Math::Sub => a - b,
        Math::Mul => a * b,
        Math::Div => (b != 0.0).then(|| a / b)?,
        // jq counts in whole numbers.
        Math::Rem if a.is_nan() || b.is_nan() => f64::NAN,
        Math::Rem => {
            let divisor = b.trunc().abs();
            (divisor != 0.0).then(|| (a.trunc() % divisor) + 0.0)?
        }
    })
}

pub(super) fn split(e: &Evaluator<'_>, text: &str, by: &str, from: Origin) -> Answer<Data> {
    let whole = |part: &str| Data::from(part).of(from);
    let parts: Vec<Value> = match (text, by) {
        ("", _) => Vec::new(),
        (_, "") => {
            e.takes(text.len() * 64)?;
            text.chars()
                .map(|c| whole(c.encode_utf8(&mut [0; 4])))
                .collect()
        }
        _ => {
            let parts = text.matches(by).count() + 1;
            e.takes(text.len() + parts * 64)?;
            text.split(by).map(whole).collect()
        }
    };
    Ok(parts.into())
}
