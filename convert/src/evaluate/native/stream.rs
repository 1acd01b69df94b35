//! Functions that decide how many values there are.

use std::ops::ControlFlow;

use super::{Call, Native, gathers, plain, stream};
use crate::evaluate::at::At;
use crate::evaluate::control::{Ended, apart, cut, uncut};
use crate::evaluate::fault::shown;
use crate::evaluate::{Evaluator, Flow, ON, Out};
use crate::value::{Data, Value};

pub(super) const NATIVES: &[Native] = &[
    stream("empty", 0, |_, _, _, _| ON),
    stream("error", 0, |e, call, at, _| e.raise(at.value, call.at)),
    stream("error", 1, |e, call, at, _| {
        e.eval(&call.args[0], at.aside(), call.env, &mut |at| {
            e.raise(at.value, call.at)
        })
    }),
    stream("range", 3, range),
    stream("limit", 2, limit),
    stream("first", 1, first),
    gathers("last", 1, |e, call, at, out| {
        let mut last = at.made(Data::Null.into());
        e.eval(&call.args[0], at, call.env, &mut |at| {
            last = at;
            ON
        })?;
        out(last)
    }),
    stream("inputs", 0, |e, _, at, out| {
        while let Some(value) = e.input() {
            out(at.made(value))?;
        }
        ON
    }),
    plain("input", 0, |e, _, _| match e.input() {
        Some(value) => Ok(value),
        None => Err("No more inputs".to_owned().into()),
    }),
    plain("input_filename", 0, |e, _, _| {
        Ok(Data::Text(e.file.borrow().clone()).into())
    }),
    gathers("any", 2, |e, call, at, out| decided(e, call, at, true, out)),
    gathers("all", 2, |e, call, at, out| {
        decided(e, call, at, false, out)
    }),
    gathers("isempty", 1, is_empty),
];

/// `any(over; condition)`, `all(..)`: depends on all that was asked until it was decided.
fn decided<'m>(e: &Evaluator<'m>, call: Call<'_, 'm>, at: At, decides: bool, out: Out<'_>) -> Flow {
    let mut from = at.value.from;
    let mut decided = false;
    let flow = e.eval(&call.args[0], at.aside(), call.env, &mut |value| {
        e.eval(&call.args[1], value, call.env, &mut |answer| {
            from = e.trace.join(from, answer.value.from);
            decided = answer.value.data.is_true() == decides;
            if decided { cut() } else { ON }
        })
    });
    uncut(flow)?;
    out(at.made(Data::Bool(decided == decides).of(from)))
}

/// Depends on that there is something, and not on what.
fn is_empty<'m>(e: &Evaluator<'m>, call: Call<'_, 'm>, at: At, out: Out<'_>) -> Flow {
    let mut first = None;
    let flow = e.eval(&call.args[0], at.aside(), call.env, &mut |at| {
        first = Some(at.value.from);
        cut()
    });
    uncut(flow)?;
    let from = first.map_or(at.value.from, |first| e.trace.join(at.value.from, first));
    out(at.made(Data::Bool(first.is_none()).of(from)))
}

/// The first values of a stream.
fn taken<'m>(
    e: &Evaluator<'m>,
    call: Call<'_, 'm>,
    (count, of): (f64, usize),
    at: At,
    out: Out<'_>,
) -> Flow {
    let mut left = count;
    let ended = apart(out, |out| {
        e.eval(&call.args[of], at, call.env, &mut |at| {
            left -= 1.0;
            out(at)?;
            // Ended by ourselves, which is not an end from behind.
            if left <= 0.0 { cut() } else { ON }
        })
    });
    match ended {
        Ended::Behind(stop) => ControlFlow::Break(stop),
        Ended::Within(flow) => uncut(flow),
    }
}

fn first<'m>(e: &Evaluator<'m>, call: Call<'_, 'm>, at: At, out: Out<'_>) -> Flow {
    taken(e, call, (1.0, 0), at, out)
}

/// `limit(n; stream)`; of a negative number all values, as in jq 1.7.
fn limit<'m>(e: &Evaluator<'m>, call: Call<'_, 'm>, at: At, out: Out<'_>) -> Flow {
    e.eval(&call.args[0], at.aside(), call.env, &mut |count| {
        let from = count.value.from;
        let mut out = |at: At| out(at.because(e.trace, from));
        match &count.value.data {
            Data::Number(count) if count.value < 0.0 => {
                e.eval(&call.args[1], at.clone(), call.env, &mut out)
            }
            Data::Number(count) if count.value == 0.0 => ON,
            Data::Number(count) => taken(e, call, (count.value, 1), at.clone(), &mut out),
            _ => e.fail("`limit` needs a number", from, call.at),
        }
    })
}

/// `range(from; upto; by)`.
fn range<'m>(e: &Evaluator<'m>, call: Call<'_, 'm>, at: At, out: Out<'_>) -> Flow {
    let number = |value: &Value| match &value.data {
        Data::Number(number) => ControlFlow::Continue(number.value),
        _ => {
            let message = format!("Range bounds must be numeric, and not {}", shown(value));
            e.fail(message, value.from, call.at)
        }
    };
    e.combinations(call, at, &mut Vec::new(), &mut |at, bounds| {
        let [first, end, step] = bounds else {
            return ON;
        };
        let from = bounds.iter().map(|bound| bound.from);
        let from = from.reduce(|a, b| e.trace.join(a, b)).unwrap_or_default();
        let (mut now, end, step) = (number(first)?, number(end)?, number(step)?);
        while step > 0.0 && now < end || step < 0.0 && now > end || step == 0.0 && now < end {
            e.step(1, call.at)?;
            e.bytes(64, call.at)?;
            out(at.made(Data::from(now).of(from)))?;
            now += step;
        }
        ON
    })
}
