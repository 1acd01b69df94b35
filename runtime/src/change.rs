//! What a push may change at once, against what is served at that moment.

use std::fmt::Write;

use crate::error::{Code, Path, Subject, Violation, Violations};
use crate::image::Image;
use crate::limits::Limits;
use crate::route::RawRoute;
use crate::scalar::Scalar;
use crate::setting::Step;
use crate::table::RouteTable;

type Table = RouteTable<Image>;

/// The move from what is served to what a push makes. All tables have one catalog.
pub(crate) struct Change<'t> {
    pub baseline: &'t Table,
    pub served: &'t Table,
    pub next: &'t Table,
    /// Whether both have just the names of the baseline, under the same ordinals.
    pub same_names: bool,
}

impl Change<'_> {
    /// How far settings go.
    pub fn steps(&self, problems: &mut Violations) {
        let Change {
            baseline,
            served,
            next,
            ..
        } = self;
        let catalog = next.catalog();
        for at in 0..catalog.settings() {
            let Some((setting, step)) = catalog.setting(at).and_then(|s| Some((s, s.step()?)))
            else {
                continue;
            };
            let values = (
                baseline.values().scalar(at),
                served.values().scalar(at),
                next.values().scalar(at),
            );
            let (Some(home), Some(from), Some(to)) = values else {
                continue;
            };
            // The way home is always open.
            if to == home || to == from {
                continue;
            }
            if let Some((low, high)) = beyond(step, from, to) {
                let (limit, moved) = match step {
                    Step::Factor(factor) => (format!("{factor}x"), ratio(from, to)),
                    Step::Difference(difference) => (difference.to_string(), String::new()),
                };
                let message = format!(
                    "{to} is too far from the served {from}{moved}; at most {limit} in one push: {low} to {high} would be accepted"
                );
                let path = Path::of(Subject::Setting(setting.name.to_owned()));
                let violation = Violation::new(path, Code::Step, message)
                    .fact("value", to)
                    .fact("served", from)
                    .fact("accepted_min", low)
                    .fact("accepted_max", high);
                problems.push(match step {
                    Step::Factor(factor) => violation.fact("factor", Scalar::Float(factor)),
                    Step::Difference(difference) => violation.fact("difference", difference),
                });
            }
        }
    }

    /// How many routes go away.
    pub fn removals(&self, allowed: u32, limits: &Limits, problems: &mut Violations) {
        let mut first = String::new();
        let mut count = 0;
        for route in self.gone() {
            if count < 3 {
                let _ = write!(first, "`{}`, ", route.name());
            }
            count += 1;
        }
        let served = self.served.routes();
        let share = (count as u128) * 100 > (served as u128) * limits.removals_percent_max as u128;
        let many = count > limits.removals_free && share;
        if !many || count == allowed as usize {
            return;
        }
        let message = format!(
            "{count} of the {served} served routes would go away ({first}...); if that is meant, say `allow_removals: {count}`"
        );
        let path = Path::part(Subject::Map, "allow_removals");
        problems.push(
            Violation::new(path, Code::Removals, message)
                .count("value", count)
                .count("served", served)
                .count("allowed", allowed as usize),
        );
    }

    /// Served routes that the next table does not have.
    fn gone(&self) -> impl Iterator<Item = RawRoute<'_>> {
        let (served, next) = (self.served.view(), self.next.view());
        let names = next.header.names + next.header.patterns;
        // Every name has its own route, so none is gone.
        let all = self.same_names && next.header.routes == names;
        let ordinals = match all {
            true => 0..0,
            false => 0..served.header.names + served.header.patterns,
        };
        ordinals
            .filter_map(move |ordinal| Some((ordinal, served.by_ordinal(ordinal)?)))
            .filter(|(_, route)| route.is_own())
            .filter(move |(ordinal, route)| {
                let there = match self.same_names {
                    true => next.by_ordinal(*ordinal),
                    false => next
                        .key(route.name().as_bytes())
                        .map(|slot| next.answer(slot)),
                };
                !there.is_some_and(|there| there.is_own())
            })
            .map(|(_, route)| route)
    }
}

fn ratio(from: Scalar<&str>, to: Scalar<&str>) -> String {
    match (from.number(), to.number()) {
        (Some(from), Some(to)) if from > 0.0 && to > 0.0 => {
            format!(" ({:.2}x)", if to > from { to / from } else { from / to })
        }
        _ => String::new(),
    }
}

/// A count times or through a factor is reckoned in floats, with this much room.
const ROOM: f64 = 1e-12;
/// Floats are compared with a few units in the last place of room, so that `2x` of 0.3 is
/// 0.6.
const FLOAT_ROOM: f64 = 4.0 * f64::EPSILON;

/// The range that is allowed, if `to` is outside of it.
pub(crate) fn beyond(
    step: Step,
    from: Scalar<&str>,
    to: Scalar<&str>,
) -> Option<(Scalar<&'static str>, Scalar<&'static str>)> {
    match (step, from, to) {
        (Step::Factor(factor), Scalar::Float(from), Scalar::Float(to)) => {
            factor_range(from, factor, to).map(|(l, h)| (Scalar::Float(l), Scalar::Float(h)))
        }
        (Step::Factor(factor), Scalar::Percent(from), Scalar::Percent(to)) => {
            factor_range(from, factor, to).map(|(l, h)| (Scalar::Percent(l), Scalar::Percent(h)))
        }
        (Step::Factor(factor), from, to) => {
            let low = (whole(from)? as f64 / factor * (1.0 - ROOM)).ceil();
            let high = (whole(from)? as f64 * factor * (1.0 + ROOM)).floor();
            range(low as i128, high as i128, from, to)
        }
        (Step::Difference(Scalar::Float(d)), Scalar::Float(from), Scalar::Float(to)) => {
            difference_range(from, d, to).map(|(l, h)| (Scalar::Float(l), Scalar::Float(h)))
        }
        (Step::Difference(Scalar::Percent(d)), Scalar::Percent(from), Scalar::Percent(to)) => {
            difference_range(from, d, to).map(|(l, h)| (Scalar::Percent(l), Scalar::Percent(h)))
        }
        (Step::Difference(d), from, to) => {
            let (d, at) = (whole(d)?, whole(from)?);
            range(at - d, at + d, from, to)
        }
    }
}

/// `scale` of a bound is the largest number that it was reckoned from: what rounding can
/// have moved it by is a share of that.
fn float_range(low: (f64, f64), high: (f64, f64), to: f64) -> Option<(f64, f64)> {
    let ((low, low_scale), (high, high_scale)) = (low, high);
    let (low, high) = (low.max(f64::MIN), high.min(f64::MAX));
    let beyond = to < low - FLOAT_ROOM * low_scale || to > high + FLOAT_ROOM * high_scale;
    beyond.then_some((low, high))
}

fn factor_range(from: f64, factor: f64, to: f64) -> Option<(f64, f64)> {
    let (low, high) = (from / factor, from * factor);
    float_range((low, low.abs()), (high, high.abs()), to)
}

fn difference_range(from: f64, difference: f64, to: f64) -> Option<(f64, f64)> {
    let scale = from.abs().max(difference.abs());
    float_range((from - difference, scale), (from + difference, scale), to)
}

fn range(
    low: i128,
    high: i128,
    like: Scalar<&str>,
    to: Scalar<&str>,
) -> Option<(Scalar<&'static str>, Scalar<&'static str>)> {
    let to = whole(to)?;
    (to < low || to > high).then(|| (unwhole(low, like), unwhole(high, like)))
}

/// A value of a kind that counts, as an integer: ints, nanoseconds, bytes.
fn whole(scalar: Scalar<&str>) -> Option<i128> {
    match scalar {
        Scalar::Int(v) => Some(v.into()),
        Scalar::Duration(v) | Scalar::Size(v) => Some(v.into()),
        Scalar::Timestamp(s, n) => Some(i128::from(s) * 1_000_000_000 + i128::from(n)),
        _ => None,
    }
}

fn unwhole(value: i128, like: Scalar<&str>) -> Scalar<&'static str> {
    let unsigned = value.clamp(0, u64::MAX.into()) as u64;
    match like {
        Scalar::Int(_) => Scalar::Int(value.clamp(i64::MIN.into(), i64::MAX.into()) as i64),
        Scalar::Duration(_) => Scalar::Duration(unsigned),
        Scalar::Timestamp(..) => {
            let seconds = value
                .div_euclid(1_000_000_000)
                .clamp(i64::MIN.into(), i64::MAX.into());
            Scalar::Timestamp(seconds as i64, value.rem_euclid(1_000_000_000) as u32)
        }
        _ => Scalar::Size(unsigned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    #[test]
    fn steps() {
        use Scalar::{Duration as D, Float as F, Int as I, Percent as P, Timestamp as T};
        let rows: &[(Step, Scalar<&str>, Scalar<&str>, bool)] = &[
            (Step::Factor(2.0), F(0.3), F(0.6), true),
            (Step::Factor(2.0), F(0.3), F(0.15), true),
            (Step::Factor(2.0), F(0.3), F(0.9), false),
            (Step::Factor(2.0), F(0.3), F(0.14), false),
            (Step::Factor(1e6), F(1.0), F(0.0), false),
            (Step::Factor(1e6), F(1.0), F(1e-6), true),
            (Step::Factor(1e6), F(1e-6), F(1.0), true),
            (Step::Factor(3.0), F(f64::MAX), F(f64::MAX / 2.0), true),
            (Step::Difference(F(1.0)), F(1e15), F(1e15 + 1_000.0), false),
            (Step::Difference(F(0.1)), F(0.2), F(0.3), true),
            (Step::Difference(F(0.1)), F(0.3), F(0.2), true),
            (Step::Difference(F(0.1)), F(0.3), F(0.199_999), false),
            (Step::Factor(2.0), D(8 * S), D(3 * S), false),
            (Step::Factor(2.0), D(8 * S), D(4 * S), true),
            (Step::Factor(1.5), I(10), I(15), true),
            (Step::Factor(1.5), I(10), I(16), false),
            (Step::Difference(I(5)), I(-2), I(3), true),
            (Step::Difference(I(5)), I(-2), I(4), false),
            (Step::Difference(P(0.1)), P(0.5), P(0.6), true),
            (Step::Difference(P(0.1)), P(0.5), P(0.61), false),
            (Step::Difference(D(S)), T(100, 0), T(101, 0), true),
            (Step::Difference(D(S)), T(100, 0), T(101, 1), false),
            (Step::Difference(I(1)), I(i64::MAX), I(i64::MIN), false),
        ];
        for (step, from, to, accepted) in rows {
            assert_eq!(
                beyond(*step, *from, *to).is_none(),
                *accepted,
                "{step:?} {from} -> {to}"
            );
        }
    }
}
