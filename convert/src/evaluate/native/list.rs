//! Functions of lists: order, sums, groups.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use jaq_core::ops::Math;

use super::object::indices;
use super::{Call, Native, gathers, plain};
use crate::evaluate::at::At;
use crate::evaluate::fault::{Answer, refuse, shown};
use crate::evaluate::{Evaluator, Flow, Out};
use crate::trace::Origin;
use crate::value::{Data, Value};

pub(super) const NATIVES: &[Native] = &[
    plain("add", 0, add),
    plain("sort", 0, |e, value, _| {
        let from = value.from;
        Ok(ordered(e, &value, "sorted")?
            .into_iter()
            .collect::<Data>()
            .of(from))
    }),
    plain("unique", 0, |e, value, _| {
        let from = value.from;
        let mut items = ordered(e, &value, "sorted")?;
        items.dedup_by(|a, b| a.data.total_order(&b.data).is_eq());
        Ok(items.into_iter().collect::<Data>().of(from))
    }),
    plain("min", 0, |e, value, _| extreme(e, &value, false)),
    plain("max", 0, |e, value, _| extreme(e, &value, true)),
    gathers("sort_by", 1, |e, call, at, out| {
        let groups = grouped(e, call, &at)?;
        let from = at.value.from;
        let items = groups.into_iter().flatten();
        out(at.made(items.map(|(_, item)| item).collect::<Data>().of(from)))
    }),
    gathers("group_by", 1, |e, call, at, out| {
        let groups = grouped(e, call, &at)?.into_iter();
        let groups = groups.map(|group| {
            let items = group.into_iter().map(|(_, item)| item);
            items.collect::<Data>().into()
        });
        out(at.made(groups.collect::<Data>().of(at.value.from)))
    }),
    gathers("unique_by", 1, |e, call, at, out| {
        let groups = grouped(e, call, &at)?.into_iter();
        let firsts = groups.filter_map(|group| group.into_iter().next());
        let firsts = firsts.map(|(_, item)| item);
        out(at.made(firsts.collect::<Data>().of(at.value.from)))
    }),
    gathers("min_by", 1, |e, call, at, out| {
        let groups = grouped(e, call, &at)?;
        let first = groups.into_iter().next();
        one(e, at, first.and_then(|group| group.into_iter().next()), out)
    }),
    gathers("max_by", 1, |e, call, at, out| {
        let groups = grouped(e, call, &at)?;
        let last = groups.into_iter().next_back();
        one(e, at, last.and_then(|mut group| group.pop()), out)
    }),
    plain("reverse", 0, |e, value, _| {
        let from = value.from;
        let reversed: Data = match &value.data {
            Data::List(list) => {
                e.takes(list.len() * size_of::<Value>())?;
                list.iter().rev().cloned().collect()
            }
            Data::Text(text) => {
                e.takes(text.len())?;
                text.chars().rev().collect::<String>().into()
            }
            Data::Null => Vec::new().into(),
            _ => return refuse(format!("Cannot reverse {}", shown(&value))),
        };
        Ok(reversed.of(from))
    }),
    plain("flatten", 0, |e, value, _| flatten(e, value, f64::INFINITY)),
    plain("flatten", 1, |e, value, args| match &args[0].data {
        Data::Number(depth) if depth.value >= 0.0 => {
            let flat = flatten(e, value, depth.value)?;
            Ok(flat.because(e.trace, args[0].from))
        }
        _ => refuse("flatten depth must not be negative"),
    }),
    plain("indices", 1, indices),
    plain("transpose", 0, transpose),
];

fn items<'v>(e: &Evaluator<'_>, value: &'v Value, done: &str) -> Answer<&'v [Value]> {
    match &value.data {
        Data::List(list) => {
            e.budget.steps(list.len() as u64)?;
            e.takes(list.len() * size_of::<Value>())?;
            Ok(list)
        }
        _ => refuse(format!(
            "{} cannot be {done}, as it is not an array",
            shown(value)
        )),
    }
}

fn ordered(e: &Evaluator<'_>, value: &Value, done: &str) -> Answer<Vec<Value>> {
    let mut items = items(e, value, done)?.to_vec();
    items.sort_by(|a, b| a.data.total_order(&b.data));
    Ok(items)
}

/// Of several that are equal, the first is the least and the last is the greatest. It
/// depends on all that it was compared with.
fn extreme(e: &Evaluator<'_>, value: &Value, greatest: bool) -> Answer {
    let items = items(e, value, "compared")?;
    let order = |a: &&Value, b: &&Value| a.data.total_order(&b.data);
    let found = match greatest {
        true => items.iter().max_by(order),
        false => items.iter().min_by(order),
    };
    let found = found.cloned().unwrap_or(Data::Null.into());
    Ok(found.because(e.trace, value.deep(e.trace)))
}

/// What `min_by` and `max_by` found; it depends on all that it was compared with.
fn one<'m>(e: &Evaluator<'m>, at: At, found: Option<(Data, Value)>, out: Out<'_>) -> Flow {
    let found = found.map_or(Data::Null.into(), |(_, item)| item);
    out(at.made(found.because(e.trace, at.value.from)))
}

/// The elements, each with its key, in groups of equal keys and in the order of the keys.
/// Each depends on its key: it would stand elsewhere with another.
fn grouped<'m>(e: &Evaluator<'m>, call: Call<'_, 'm>, at: &At) -> Flow<Vec<Vec<(Data, Value)>>> {
    let list = items(e, &at.value, "sorted or grouped");
    let list = e.unless(list, at.value.from, call.at)?;
    let mut keyed = Vec::with_capacity(list.len());
    for item in list {
        let key = e.collect(&call.args[0], At::of(item.clone()), call.env)?;
        let from = key.iter().map(|key| key.deep(e.trace));
        let from = from.fold(Origin::NOWHERE, |all, one| e.trace.join(all, one));
        keyed.push((Data::from(key), item.clone().because(e.trace, from)));
    }
    let order = |a: &Data, b: &Data| -> Ordering { a.total_order(b) };
    keyed.sort_by(|(a, _), (b, _)| order(a, b));
    let mut groups: Vec<Vec<(Data, Value)>> = Vec::new();
    for one in keyed {
        match groups.last_mut() {
            Some(group) if order(&group[0].0, &one.0).is_eq() => group.push(one),
            _ => groups.push(vec![one]),
        }
    }
    ControlFlow::Continue(groups)
}

/// The sum of a list or of the values of a map, gathered in one piece: a long list does not
/// cost its square.
fn add(e: &Evaluator<'_>, value: Value, _: &[Value]) -> Answer {
    let mut sum: Value = Data::Null.into();
    let mut text = String::new();
    let mut tell = |part: &Value| {
        e.budget.steps(1)?;
        match (&sum.data, &part.data) {
            (Data::Text(_), Data::Text(more)) => {
                e.takes(more.len())?;
                text.push_str(more);
                sum.from = e.trace.join(sum.from, part.from);
            }
            _ => {
                sum = e.math(Math::Add, whole(&mut sum, &mut text), part.clone())?;
            }
        }
        Answer::Ok(())
    };
    match &value.data {
        Data::List(list) => list.iter().try_for_each(&mut tell)?,
        Data::Map(map) => map.values().try_for_each(|entry| tell(&entry.value))?,
        Data::Null => {}
        _ => return refuse(format!("Cannot iterate over {}", shown(&value))),
    }
    Ok(whole(&mut sum, &mut text).because(e.trace, value.from))
}

/// A sum with the text that was gathered behind it.
fn whole(sum: &mut Value, text: &mut String) -> Value {
    let mut value = std::mem::replace(sum, Data::Null.into());
    if let Data::Text(start) = &value.data
        && !text.is_empty()
    {
        value.data = format!("{start}{text}").into();
        text.clear();
    }
    value
}

fn flatten(e: &Evaluator<'_>, value: Value, depth: f64) -> Answer {
    fn into(e: &Evaluator<'_>, value: &Value, depth: f64, flat: &mut Vec<Value>) -> Answer<()> {
        let mut tell = |item: &Value| {
            e.budget.steps(1)?;
            let item = item.clone().because(e.trace, value.from);
            match &item.data {
                Data::List(_) if depth > 0.0 => into(e, &item, depth - 1.0, flat),
                _ => {
                    e.takes(size_of::<Value>())?;
                    flat.push(item);
                    Ok(())
                }
            }
        };
        match &value.data {
            Data::List(list) => list.iter().try_for_each(&mut tell),
            Data::Map(map) => map.values().try_for_each(|entry| tell(&entry.value)),
            _ => refuse(format!("Cannot iterate over {}", shown(value))),
        }
    }
    let mut flat = Vec::new();
    into(e, &value, depth, &mut flat)?;
    Ok(Data::from(flat).of(value.from))
}

fn transpose(e: &Evaluator<'_>, value: Value, _: &[Value]) -> Answer {
    let rows = items(e, &value, "transposed")?;
    let length = |row: &Value| match &row.data {
        Data::List(row) => Ok(row.len()),
        Data::Null => Ok(0),
        _ => refuse(format!("Cannot transpose {}", shown(row))),
    };
    let lengths = rows.iter().map(length).collect::<Answer<Vec<_>>>()?;
    let longest = lengths.into_iter().max().unwrap_or(0);
    e.takes(longest * rows.len() * size_of::<Value>())?;
    let mut columns = Vec::new();
    for at in 0..longest {
        let at: Value = Data::from(at).into();
        let column = rows.iter().map(|row| e.index(row.clone(), &at));
        let column = column.collect::<Answer<Vec<_>>>()?;
        columns.push(Data::from(column).into());
    }
    Ok(Data::from(columns).of(value.from))
}
