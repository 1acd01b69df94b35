//! `.key`, `.[0]`, `.[]`, `.[1:3]`.

use super::at::At;
use super::fault::{Answer, refuse, shown};
use super::scope::Env;
use super::{Evaluator, Flow, ON, Out};
use crate::mapping::code::{Code, Part};
use crate::trace::Origin;
use crate::value::{Data, Entry, Map, Value};

impl<'m> Evaluator<'m> {
    /// A part of `root`; the part is asked of `input`.
    pub(super) fn access(
        &self,
        root: At,
        part: &'m Part,
        (tried, at): (bool, u32),
        input: &At,
        env: &Env<'m>,
        out: Out<'_>,
    ) -> Flow {
        match part {
            Part::Each if tried && !matches!(root.value.data, Data::List(_) | Data::Map(_)) => ON,
            Part::Each => self.each(&root, at, out),
            Part::Key(key) => self.eval(key, input.clone(), env, &mut |key| {
                self.step_into(&root, key.value, tried, at, out)
            }),
            Part::Slice(from, to) => self.bound(from.as_deref(), input, env, &mut |from| {
                self.bound(to.as_deref(), input, env, &mut |to| {
                    let key = range_key(from.clone(), to);
                    self.step_into(&root, key, tried, at, out)
                })
            }),
        }
    }

    fn bound(
        &self,
        code: Option<&'m Code>,
        input: &At,
        env: &Env<'m>,
        with: &mut dyn FnMut(Value) -> Flow,
    ) -> Flow {
        match code {
            Some(code) => self.eval(code, input.clone(), env, &mut |at| with(at.value)),
            None => with(Data::Null.into()),
        }
    }

    /// One part of `root`, by its key.
    pub(super) fn step_into(
        &self,
        root: &At,
        key: Value,
        tried: bool,
        at: u32,
        out: Out<'_>,
    ) -> Flow {
        let element = match self.index(root.value.clone(), &key) {
            Err(super::Refusal::Why(_)) if tried => return ON,
            element => self.unless(element, root.value.from, at)?,
        };
        let trail = root.trail.then(&root.value, || key).map_err(Into::into);
        let trail = self.unless(trail, root.value.from, at)?;
        out(At {
            value: element,
            trail,
        })
    }

    /// All elements of a list or map.
    pub(super) fn each(&self, root: &At, at: u32, out: Out<'_>) -> Flow {
        let value = &root.value;
        let mut tell = |element: &Value, key: &dyn Fn() -> Value| {
            self.step(1, at)?;
            let trail = root.trail.then(value, key).map_err(Into::into);
            let trail = self.unless(trail, value.from, at)?;
            let value = element.clone().because(self.trace, value.from);
            out(At { value, trail })
        };
        match &value.data {
            Data::List(list) => list
                .iter()
                .enumerate()
                .try_for_each(|(n, element)| tell(element, &|| Data::from(n).into())),
            Data::Map(map) => map.iter().try_for_each(|(key, entry)| {
                tell(&entry.value, &|| Data::Text(key.clone()).of(entry.key))
            }),
            _ => {
                let message = format!("Cannot iterate over {}", shown(value));
                self.fail(message, value.from, at)
            }
        }
    }

    /// `value[key]`; what is not there is null. The element depends on the key, and on its
    /// name in the file.
    pub(super) fn index(&self, value: Value, key: &Value) -> Answer {
        let from = self.trace.join(value.from, key.from);
        let element = match (&value.data, &key.data) {
            (Data::Map(map), Data::Text(text)) => map
                .get(text)
                .map(|entry| entry.value.clone().because(self.trace, entry.key)),
            (Data::List(list), Data::Number(at)) => {
                place(at.value, list.len()).and_then(|at| list.get(at).cloned())
            }
            (Data::List(list), Data::List(part)) => Some(positions(list, part).into()),
            (Data::Null, Data::Text(_) | Data::Number(_) | Data::Null) => None,
            (Data::Null | Data::List(_) | Data::Text(_), Data::Map(range)) => {
                let from = self.trace.join(from, key.deep(self.trace));
                self.takes(match &value.data {
                    Data::List(list) => list.len() * size_of::<Value>(),
                    Data::Text(text) => text.len(),
                    _ => 0,
                })?;
                return Ok(slice(&value.data, range)?.of(from));
            }
            (_, Data::Text(text)) => {
                return refuse(format!("Cannot index {} with {text:?}", shown(&value)));
            }
            _ => {
                let kind = key.data.kind();
                return refuse(format!("Cannot index {} with {kind}", shown(&value)));
            }
        };
        let element = element.unwrap_or(Data::Null.into());
        Ok(element.because(self.trace, from))
    }
}

/// Where in a list: from its end, if it is negative.
pub(super) fn place(at: f64, length: usize) -> Option<usize> {
    let at = at.floor();
    let at = if at < 0.0 { at + length as f64 } else { at };
    (at >= 0.0).then_some(at as usize)
}

/// Where `part` stands in `list`, as jq's `.[[1, 2]]`.
pub(super) fn positions(list: &[Value], part: &[Value]) -> Data {
    let same = |at: &[Value]| {
        let mut pairs = at.iter().zip(part);
        pairs.all(|(a, b)| a.data.order(&b.data).is_eq())
    };
    match part {
        [] => Vec::new().into(),
        _ => {
            let found = list.windows(part.len()).enumerate();
            let found = found.filter(|(_, at)| same(at));
            found.map(|(at, _)| Data::from(at).into()).collect()
        }
    }
}

/// jq's key of a slice.
fn range_key(start: Value, end: Value) -> Value {
    let entries = [("start", start), ("end", end)].map(|(name, value)| {
        let key = Origin::NOWHERE;
        (name.into(), Entry { value, key })
    });
    Data::from(Map::from_iter(entries)).into()
}

/// The positions that a slice means in something of that length.
pub(super) fn range(key: &Map, length: usize) -> Answer<std::ops::Range<usize>> {
    let bound = |name: &str, default: f64, round: fn(f64) -> f64| match key
        .get(name)
        .map(|entry| &entry.value.data)
    {
        Some(Data::Number(number)) => {
            let at = number.value;
            let at = if at < 0.0 { at + length as f64 } else { at };
            Ok(round(at).clamp(0.0, length as f64) as usize)
        }
        Some(Data::Null) => Ok(default as usize),
        _ => refuse("Start and end indices of an array slice must be numbers"),
    };
    let start = bound("start", 0.0, f64::floor)?;
    let end = bound("end", length as f64, f64::ceil)?;
    Ok(start..end.max(start))
}

fn slice(data: &Data, key: &Map) -> Answer<Data> {
    Ok(match data {
        Data::List(list) => list[range(key, list.len())?].to_vec().into(),
        Data::Text(text) => {
            let range = range(key, text.chars().count())?;
            let part = text.chars().skip(range.start).take(range.len());
            part.collect::<String>().into()
        }
        _ => {
            range(key, 0)?;
            Data::Null
        }
    })
}
