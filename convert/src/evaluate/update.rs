//! Assignments, `setpath`, `delpaths`: values with something else in one place.
//!
//! What is put in depends on what it was made of, and on the conditions under which its
//! place was found. What was there before is gone, and nothing depends on it.

use std::collections::HashSet;
use std::rc::Rc;

use super::access::{place, range};
use super::at::At;
use super::fault::{Answer, Refusal, refuse, shown};
use super::scope::Env;
use super::{Evaluator, Flow, ON, Out, Stop};
use crate::mapping::code::{Code, Update};
use crate::trace::Origin;
use crate::value::{Data, Entry, List, Map, Value};

/// Elements that an assignment may add to a list at once, as jq pads it with null.
const PADDING_MAX: usize = 100_000;

/// The keys of a path, and what it depends on beside them.
pub(super) type Path = (Vec<Value>, Origin);

/// What a change makes of the old value.
type Change<'c> = &'c mut dyn FnMut(Value) -> Result<Value, Stopped>;

/// Why a change was not made.
enum Stopped {
    Refusal(Refusal),
    Stop(Stop),
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Stopped {
        Stopped::Refusal(refusal)
    }
}

impl From<&'static str> for Stopped {
    fn from(spent: &'static str) -> Stopped {
        Stopped::Refusal(Refusal::Spent(spent))
    }
}

impl<'m> Evaluator<'m> {
    /// `left = right` and its kin.
    pub(super) fn update(
        &self,
        kind: Update,
        left: &'m Code,
        right: &'m Code,
        at: At,
        env: &Env<'m>,
        out: Out<'_>,
    ) -> Flow {
        if let Update::Modify = kind {
            let trail = at.trail.clone();
            return out(trail.made(self.modify(left, right, at.value, env)?));
        }
        // With one value on the right, nobody holds the input any more: it is changed in
        // place.
        if self.is_single(right, env) {
            let new = self.one(right, at.aside(), env)?.value;
            return out(self.assigned(kind, left, at, &new, env)?);
        }
        self.eval(right, at.aside(), env, &mut |new| {
            out(self.assigned(kind, left, at.clone(), &new.value, env)?)
        })
    }

    fn assigned(
        &self,
        kind: Update,
        left: &'m Code,
        At { mut value, trail }: At,
        new: &Value,
        env: &Env<'m>,
    ) -> Flow<At> {
        for path in self.paths(left, &value, env)? {
            let mut change = |old: Value| {
                Ok(match kind {
                    Update::Math(op) => self.math(op, old, new.clone())?,
                    Update::Alternative if old.data.is_true() => old,
                    Update::Alternative => new.clone().because(self.trace, old.from),
                    Update::Set | Update::Modify => new.clone(),
                })
            };
            value = self.change(value, &path, left.at, &mut change)?;
        }
        std::ops::ControlFlow::Continue(trail.made(value))
    }

    /// `left |= right`: of several values the first counts; where there is none, the place
    /// is deleted, once all others are set.
    fn modify(
        &self,
        left: &'m Code,
        right: &'m Code,
        mut value: Value,
        env: &Env<'m>,
    ) -> Flow<Value> {
        let mut gone = Vec::new();
        for path in self.paths(left, &value, env)? {
            let mut none = false;
            let mut change = |old: Value| {
                let mut first = None;
                let flow = self.eval(right, At::of(old), env, &mut |at| {
                    first = Some(at.value);
                    super::control::cut()
                });
                match super::control::uncut(flow) {
                    std::ops::ControlFlow::Break(stop) => Err(Stopped::Stop(stop)),
                    std::ops::ControlFlow::Continue(()) => {
                        none = first.is_none();
                        Ok(first.unwrap_or(Data::Null.into()))
                    }
                }
            };
            value = self.change(value, &path, left.at, &mut change)?;
            if none {
                gone.push(path);
            }
        }
        let answer = self.without(value, gone);
        self.unless(answer, Origin::NOWHERE, left.at)
    }

    /// The paths that code leads to.
    pub(super) fn paths(&self, code: &'m Code, value: &Value, env: &Env<'m>) -> Flow<Vec<Path>> {
        let mut paths = Vec::new();
        self.eval(code, At::root(value.clone()), env, &mut |at| {
            let Some(path) = at.trail.keys() else {
                return self.no_path(&at.value, code.at);
            };
            self.bytes((path.0.len() + 1) * size_of::<Value>(), code.at)?;
            paths.push(path);
            ON
        })?;
        std::ops::ControlFlow::Continue(paths)
    }

    /// An error: a value was made, and does not stand in the input.
    pub(super) fn no_path<T>(&self, value: &Value, at: u32) -> Flow<T> {
        self.fail(super::at::made_up(value), value.from, at)
    }

    fn change(
        &self,
        value: Value,
        (keys, because): &Path,
        at: u32,
        change: Change<'_>,
    ) -> Flow<Value> {
        let from = value.from;
        let mut change = |old| change(old).map(|new| new.because(self.trace, *because));
        match self.changed(value, keys, &mut change) {
            Ok(value) => std::ops::ControlFlow::Continue(value),
            Err(Stopped::Stop(stop)) => std::ops::ControlFlow::Break(stop),
            Err(Stopped::Refusal(refusal)) => self.unless(Err(refusal), from, at),
        }
    }

    /// `setpath(path; new)`.
    pub(super) fn with_path(&self, value: Value, keys: &[Value], new: Value) -> Answer {
        let mut new = Some(new);
        let changed = self.changed(value, keys, &mut |_| {
            Ok(new.take().unwrap_or(Data::Null.into()))
        });
        changed.map_err(|stopped| match stopped {
            Stopped::Refusal(refusal) => refusal,
            Stopped::Stop(_) => Refusal::Why("nothing can be set there".to_owned()),
        })
    }

    /// The value, changed at the end of a path. Lists and maps that nobody else holds are
    /// changed in place.
    fn changed(&self, value: Value, keys: &[Value], change: Change<'_>) -> Result<Value, Stopped> {
        let [key, rest @ ..] = keys else {
            return change(value);
        };
        self.budget.steps(1)?;
        let Value { data, from } = value;
        let data = match (data, &key.data) {
            (Data::Null, Data::Text(_)) => self.in_map(Map::new().into(), key, rest, change)?,
            (data @ Data::Map(_), Data::Text(_)) => self.in_map(data, key, rest, change)?,
            (Data::Null, Data::Number(at)) => {
                self.in_list(Vec::new().into(), at.value, key, rest, change)?
            }
            (data @ Data::List(_), Data::Number(at)) => {
                self.in_list(data, at.value, key, rest, change)?
            }
            (Data::Null, Data::Map(part)) => self.in_slice(&[], part, rest, change)?,
            (Data::List(list), Data::Map(part)) => self.in_slice(&list, part, rest, change)?,
            (data, Data::Text(text)) => {
                let shown = shown(&data.of(from));
                return Err(refusal(format!("Cannot index {shown} with {text:?}")));
            }
            (data, key) => {
                let (shown, kind) = (shown(&data.of(from)), key.kind());
                return Err(refusal(format!("Cannot update {shown} at {kind} index")));
            }
        };
        let depth = data.depth();
        if depth > crate::value::DEPTH_MAX {
            let max = crate::value::DEPTH_MAX;
            let message = format!("lists and maps are nested more than {max} deep");
            return Err(refusal(message));
        }
        Ok(data.of(from))
    }

    fn in_map(
        &self,
        data: Data,
        key: &Value,
        rest: &[Value],
        change: Change<'_>,
    ) -> Result<Data, Stopped> {
        let (Data::Map(mut map), Data::Text(name)) = (data, &key.data) else {
            return Ok(Data::Null);
        };
        self.copied(Rc::strong_count(&map) > 1, map.len() * size_of::<Entry>())?;
        let inner = Rc::make_mut(&mut map);
        let old = inner.take(name);
        // The element is reached by its name, and so depends on it, as with `.key`.
        let (value, name_from) = match old {
            Some(old) => (old.value.because(self.trace, old.key), old.key),
            None => {
                self.budget
                    .bytes((size_of::<Entry>() + name.len()) as u64)?;
                (Data::Null.into(), Origin::NOWHERE)
            }
        };
        let value = self.changed(value.because(self.trace, key.from), rest, change)?;
        let key = self.trace.join(name_from, key.from);
        inner.insert(name.clone(), Entry { value, key });
        Ok(Data::Map(map))
    }

    fn in_list(
        &self,
        data: Data,
        at: f64,
        key: &Value,
        rest: &[Value],
        change: Change<'_>,
    ) -> Result<Data, Stopped> {
        let Data::List(mut list) = data else {
            return Ok(Data::Null);
        };
        let Some(at) = place(at, list.len()) else {
            return Err(refusal("Out of bounds negative array index".to_owned()));
        };
        if at > list.len() + PADDING_MAX {
            let message =
                format!("Array index too large: it would add more than {PADDING_MAX} times null");
            return Err(refusal(message));
        }
        self.copied(Rc::strong_count(&list) > 1, list.len() * size_of::<Value>())?;
        let inner = Rc::make_mut(&mut list);
        if at >= inner.len() {
            let more = at + 1 - inner.len();
            self.budget.bytes((more * size_of::<Value>()) as u64)?;
            inner.extend(std::iter::repeat_n(Data::Null.into(), more));
        }
        let old = inner.take(at).because(self.trace, key.from);
        let new = self.changed(old, rest, change)?;
        inner.set(at, new);
        Ok(Data::List(list))
    }

    /// `.[2:4] = [..]`: the part is replaced by a list of any length.
    fn in_slice(
        &self,
        list: &[Value],
        part: &Map,
        rest: &[Value],
        change: Change<'_>,
    ) -> Result<Data, Stopped> {
        self.copied(true, size_of_val(list))?;
        let range = range(part, list.len())?;
        let old = Data::from(list[range.clone()].to_vec());
        let new = self.changed(old.into(), rest, change)?;
        let Data::List(new) = &new.data else {
            let message = "A slice of an array can only be assigned another array";
            return Err(refusal(message.to_owned()));
        };
        let (before, behind) = (&list[..range.start], &list[range.end..]);
        let parts = before.iter().chain(new.iter()).chain(behind);
        Ok(parts.cloned().collect())
    }

    fn copied(&self, is: bool, bytes: usize) -> Result<(), Stopped> {
        match is {
            true => Ok(self.budget.bytes(bytes as u64)?),
            false => Ok(()),
        }
    }

    /// `delpaths`: the last places first, so that the others keep theirs. What is left
    /// depends on why something was taken out.
    pub(super) fn without(&self, mut value: Value, mut paths: Vec<Path>) -> Answer {
        let order = |a: &[Value], b: &[Value]| {
            let mut pairs = a.iter().zip(b).map(|(a, b)| a.data.total_order(&b.data));
            let first = pairs.find(|order| order.is_ne());
            first.unwrap_or_else(|| a.len().cmp(&b.len()))
        };
        paths.sort_by(|(a, _), (b, _)| order(b, a));
        // All that goes out of one list or map goes at once.
        let inside = |(keys, _): &Path| keys.len().saturating_sub(1);
        let same = |a: &Path, b: &Path| {
            !a.0.is_empty() && order(&a.0[..inside(a)], &b.0[..inside(b)]).is_eq()
        };
        for gone in paths.chunk_by(same) {
            let holder = &gone[0].0[..inside(&gone[0])];
            value = self.removed(value, holder, gone)?;
        }
        Ok(value)
    }

    /// The value without the last key of each of those paths, in what `holder` leads to.
    fn removed(&self, value: Value, holder: &[Value], gone: &[Path]) -> Answer {
        self.budget.steps(gone.len() as u64)?;
        let Value { mut data, from } = value;
        let Some((key, rest)) = holder.split_first() else {
            return self.emptied(data.of(from), gone);
        };
        match (&mut data, &key.data) {
            (Data::Map(map), Data::Text(name)) if map.contains_key(name) => {
                let map = Rc::make_mut(map);
                if let Some(old) = map.take(name) {
                    let value = self.removed(old.value, rest, gone)?;
                    map.insert(name.clone(), Entry { value, ..old });
                }
            }
            (Data::List(list), Data::Number(at)) => {
                let at = place(at.value, list.len()).filter(|at| *at < list.len());
                if let Some(at) = at {
                    let list = Rc::make_mut(list);
                    let old = list.take(at);
                    let new = self.removed(old, rest, gone)?;
                    list.set(at, new);
                }
            }
            (Data::Null | Data::Map(_), _) => {}
            (data, key) => {
                let shown = shown(&data.clone().of(from));
                let kind = key.kind();
                return refuse(format!("Cannot delete field at {kind} index of {shown}"));
            }
        }
        Ok(data.of(from))
    }

    /// The value without the last key of each of those paths.
    fn emptied(&self, value: Value, gone: &[Path]) -> Answer {
        let Value { mut data, mut from } = value;
        let mut places = HashSet::new();
        for (keys, because) in gone {
            let Some(key) = keys.last() else {
                return Ok(Data::Null.of(*because));
            };
            from = self.trace.join(from, self.trace.join(*because, key.from));
            match (&data, &key.data) {
                (Data::Null, _) => {}
                (Data::Map(map), Data::Text(name)) => places.extend(map.get_index_of(name)),
                (Data::List(list), Data::Number(at)) => places.extend(place(at.value, list.len())),
                (Data::List(list), Data::Map(part)) => places.extend(range(part, list.len())?),
                (data, key) => {
                    let shown = shown(&data.clone().of(from));
                    let kind = match key {
                        Data::Text(_) => "object",
                        _ => "array",
                    };
                    return refuse(format!("Cannot delete field at {kind} index of {shown}"));
                }
            }
        }
        match &mut data {
            Data::Map(map) => Rc::make_mut(map).retain(|at| !places.contains(&at)),
            Data::List(list) => Rc::make_mut(list).retain(|at| !places.contains(&at)),
            _ => {}
        }
        Ok(data.of(from))
    }

    /// `getpath`: of what is not there, null.
    pub(super) fn at_path(&self, value: Value, keys: &[Value]) -> Answer {
        keys.iter().try_fold(value, |value, key| match value.data {
            Data::Null => Ok(value.because(self.trace, key.from)),
            _ => self.index(value, key),
        })
    }
}

fn refusal(why: String) -> Stopped {
    Stopped::Refusal(Refusal::Why(why))
}

/// The keys of a path that was given as a value.
pub(super) fn keys(path: &Value) -> Answer<&List> {
    match &path.data {
        Data::List(keys) => Ok(keys),
        _ => refuse(format!(
            "Path must be specified as an array, not {}",
            shown(path)
        )),
    }
}
