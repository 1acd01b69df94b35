//! Functions of numbers.

use super::{Native, plain};
use crate::evaluate::Evaluator;
use crate::evaluate::fault::{Answer, refuse, shown};
use crate::value::{Data, Value};

pub(super) const NATIVES: &[Native] = &[
    plain("floor", 0, |e, value, _| of(e, value, f64::floor)),
    plain("ceil", 0, |e, value, _| of(e, value, f64::ceil)),
    plain("round", 0, |e, value, _| of(e, value, f64::round)),
    plain("trunc", 0, |e, value, _| of(e, value, f64::trunc)),
    plain("fabs", 0, |e, value, _| of(e, value, f64::abs)),
    plain("sqrt", 0, |e, value, _| of(e, value, f64::sqrt)),
    plain("exp", 0, |e, value, _| of(e, value, f64::exp)),
    plain("exp2", 0, |e, value, _| of(e, value, f64::exp2)),
    plain("exp10", 0, |e, value, _| of(e, value, |n| 10f64.powf(n))),
    plain("log", 0, |e, value, _| of(e, value, f64::ln)),
    plain("log2", 0, |e, value, _| of(e, value, f64::log2)),
    plain("log10", 0, |e, value, _| of(e, value, f64::log10)),
    plain("pow", 2, |e, _, args| {
        let (base, power) = (number(&args[0])?, number(&args[1])?);
        let from = e.trace.join(args[0].from, args[1].from);
        Ok(Data::from(base.powf(power)).of(from))
    }),
    plain("abs", 0, |_, value, _| match number(&value)? {
        n if n < 0.0 => Ok(Data::from(-n).of(value.from)),
        _ => Ok(value),
    }),
    plain("nan", 0, |_, _, _| Ok(Data::from(f64::NAN).into())),
    plain(
        "infinite",
        0,
        |_, _, _| Ok(Data::from(f64::INFINITY).into()),
    ),
    plain("isnan", 0, |_, value, _| is(&value, f64::is_nan)),
    plain("isinfinite", 0, |_, value, _| is(&value, f64::is_infinite)),
    plain("isnormal", 0, |_, value, _| is(&value, f64::is_normal)),
    plain("tonumber", 0, to_number),
];

fn number(value: &Value) -> Answer<f64> {
    match &value.data {
        Data::Number(number) => Ok(number.value),
        _ => refuse(format!("{} number required", shown(value))),
    }
}

fn of(_: &Evaluator<'_>, value: Value, make: fn(f64) -> f64) -> Answer {
    Ok(Data::from(make(number(&value)?)).of(value.from))
}

fn is(value: &Value, is: fn(f64) -> bool) -> Answer {
    Ok(Data::Bool(is(number(value)?)).of(value.from))
}

/// A number that is written in a text.
fn to_number(_: &Evaluator<'_>, value: Value, _: &[Value]) -> Answer {
    let refusal = || refuse(format!("Cannot parse {} as a number", shown(&value)));
    match &value.data {
        Data::Number(_) => Ok(value),
        Data::Text(text) => {
            let trimmed = text.trim();
            let plain = trimmed.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
                && trimmed.ends_with(|c: char| c.is_ascii_digit() || c == '.');
            match trimmed.parse::<f64>() {
                Ok(number) if plain => Ok(Data::from(number).of(value.from)),
                _ => refusal(),
            }
        }
        _ => refusal(),
    }
}
