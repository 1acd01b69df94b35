//! Conditions, loops, labels and errors.

use std::ops::ControlFlow;

use super::at::{At, Trail};
use super::scope::{Bound, Env};
use super::{Evaluator, Flow, ON, Out, Stop};
use crate::mapping::code::{Code, Fold, Pattern};
use crate::trace::Origin;
use crate::value::{Data, Value};

/// How a stream ended.
pub(super) enum Ended {
    /// By itself.
    Within(Flow),
    /// By what follows.
    Behind(Stop),
}

/// Runs a stream, and keeps what stops it from behind apart from what stops it within: `try`
/// catches only the latter.
pub(super) fn apart(out: Out<'_>, stream: impl FnOnce(Out<'_>) -> Flow) -> Ended {
    let mut behind = None;
    let flow = stream(&mut |at| match out(at) {
        ControlFlow::Break(stop) => {
            behind = Some(stop);
            cut()
        }
        on => on,
    });
    match behind {
        Some(stop) => Ended::Behind(stop),
        None => Ended::Within(flow),
    }
}

/// Ends a stream from behind. No label has that number.
pub(super) fn cut() -> Flow {
    ControlFlow::Break(Stop::Break(u64::MAX))
}

/// A stream that was cut has ended.
pub(super) fn uncut(flow: Flow) -> Flow {
    match flow {
        ControlFlow::Break(Stop::Break(u64::MAX)) => ON,
        flow => flow,
    }
}

impl<'m> Evaluator<'m> {
    /// The value and all within it.
    pub(super) fn recurse(&self, at: At, out: Out<'_>) -> Flow {
        self.step(1, crate::mapping::code::PRELUDE)?;
        let inner = matches!(at.value.data, Data::List(_) | Data::Map(_)).then(|| at.clone());
        out(at)?;
        match inner {
            Some(at) => self.each(&at, crate::mapping::code::PRELUDE, &mut |at| {
                self.recurse(at, out)
            }),
            None => ON,
        }
    }

    /// Both sides, with all combinations; the left one varies first, as in jq.
    pub(super) fn pairs(
        &self,
        left: &'m Code,
        right: &'m Code,
        at: At,
        env: &Env<'m>,
        with: &mut dyn FnMut(&Trail, Value, Value) -> Flow,
    ) -> Flow {
        let trail = at.trail.clone();
        if self.is_single(right, env) {
            // Nobody holds the input any more when the left side is asked: `. + {..}` adds
            // to the map, and does not copy it.
            let r = self.one(right, at.aside(), env)?.value;
            return self.eval(left, At::of(at.value), env, &mut |l| {
                with(&trail, l.value, r.clone())
            });
        }
        self.eval(right, at.aside(), env, &mut |r| {
            self.eval(left, at.aside(), env, &mut |l| {
                with(&trail, l.value, r.value.clone())
            })
        })
    }

    pub(super) fn negate(
        &self,
        code: &Code,
        inner: &'m Code,
        at: At,
        env: &Env<'m>,
        out: Out<'_>,
    ) -> Flow {
        self.eval(
            inner,
            at.aside(),
            env,
            &mut |value| match &value.value.data {
                Data::Number(number) => {
                    out(at.made(Data::from(-number.value).of(value.value.from)))
                }
                _ => {
                    let shown = super::fault::shown(&value.value);
                    self.fail(
                        format!("{shown} cannot be negated"),
                        value.value.from,
                        code.at,
                    )
                }
            },
        )
    }

    /// `left and right` (the left side decides if it is false), `left or right`.
    pub(super) fn both(
        &self,
        decides: bool,
        left: &'m Code,
        right: &'m Code,
        at: &At,
        env: &Env<'m>,
        out: Out<'_>,
    ) -> Flow {
        self.eval(left, at.aside(), env, &mut |l| {
            let from = l.value.from;
            if l.value.data.is_true() == decides {
                return out(at.made(Data::Bool(decides).of(from)));
            }
            self.eval(right, at.aside(), env, &mut |r| {
                let from = self.trace.join(from, r.value.from);
                out(at.made(Data::Bool(r.value.data.is_true()).of(from)))
            })
        })
    }

    /// `left // right`: what the left side has to offer, else the right side, which then
    /// depends on what the left side was.
    pub(super) fn alternative(
        &self,
        left: &'m Code,
        right: &'m Code,
        at: At,
        env: &Env<'m>,
        out: Out<'_>,
    ) -> Flow {
        let mut found = false;
        let mut refused = Origin::NOWHERE;
        let input = at.clone();
        let ended = apart(out, |out| {
            self.eval(left, input, env, &mut |at| {
                if at.value.data.is_true() {
                    found = true;
                    return out(at);
                }
                refused = self.trace.join(refused, at.value.from);
                ON
            })
        });
        match ended {
            Ended::Behind(stop) => ControlFlow::Break(stop),
            // jq: an error is no answer, and is not passed over.
            Ended::Within(ControlFlow::Break(stop)) => ControlFlow::Break(stop),
            Ended::Within(_) if found => ON,
            Ended::Within(_) => self.eval(right, at, env, &mut |at| {
                out(at.because(self.trace, refused))
            }),
        }
    }

    /// `try inner catch handler`.
    pub(super) fn attempt(
        &self,
        inner: &'m Code,
        handler: Option<&'m Code>,
        at: At,
        env: &Env<'m>,
        out: Out<'_>,
    ) -> Flow {
        let trail = at.trail.clone();
        match apart(out, |out| self.eval(inner, at, env, out)) {
            Ended::Behind(stop) => ControlFlow::Break(stop),
            Ended::Within(ControlFlow::Break(Stop::Error(raised))) => match handler {
                Some(handler) => self.eval(handler, trail.made(raised.value), env, out),
                None => ON,
            },
            Ended::Within(flow) => flow,
        }
    }

    pub(super) fn label(&self, inner: &'m Code, at: At, env: &Env<'m>, out: Out<'_>) -> Flow {
        let id = self.labels.get();
        self.labels.set(id + 1);
        let env = self.bind(env, Bound::Label(id), inner.at)?;
        match self.eval(inner, at, &env, out) {
            ControlFlow::Break(Stop::Break(to)) if to == id => ON,
            flow => flow,
        }
    }

    /// `reduce over as pattern (start; step)`: of several values of a step, the last one goes
    /// on; of none, null.
    pub(super) fn reduce(&self, fold: &'m Fold, at: At, env: &Env<'m>, out: Out<'_>) -> Flow {
        self.eval(&fold.start, at.clone(), env, &mut |start| {
            let mut state = Some(start);
            self.eval(&fold.over, at.aside(), env, &mut |value| {
                self.destructure(&fold.pattern, value.value, &at, env, &mut |env| {
                    let last = state.take().unwrap_or_else(|| at.made(Data::Null.into()));
                    self.eval(&fold.step, last, env, &mut |next| {
                        state = Some(next);
                        ON
                    })
                })
            })?;
            out(state.take().unwrap_or_else(|| at.made(Data::Null.into())))
        })
    }

    /// `foreach over as pattern (start; step; then)`: every value of a step is told.
    pub(super) fn foreach(
        &self,
        fold: &'m Fold,
        then: Option<&'m Code>,
        at: At,
        env: &Env<'m>,
        out: Out<'_>,
    ) -> Flow {
        self.eval(&fold.start, at.clone(), env, &mut |start| {
            let mut state = Some(start);
            self.eval(&fold.over, at.aside(), env, &mut |value| {
                self.destructure(&fold.pattern, value.value, &at, env, &mut |env| {
                    let last = state.take().unwrap_or_else(|| at.made(Data::Null.into()));
                    self.eval(&fold.step, last, env, &mut |next| {
                        state = Some(next.clone());
                        match then {
                            Some(then) => self.eval(then, next, env, out),
                            None => out(next),
                        }
                    })
                })
            })
        })
    }

    /// Binds the variables of a pattern.
    pub(super) fn destructure(
        &self,
        pattern: &'m Pattern,
        value: Value,
        input: &At,
        env: &Env<'m>,
        with: &mut dyn FnMut(&Env<'m>) -> Flow,
    ) -> Flow {
        match pattern {
            Pattern::Variable => {
                let at = crate::mapping::code::PRELUDE;
                with(&self.bind(env, Bound::Value(value), at)?)
            }
            Pattern::List(list) => self.elements(list, 0, &value, input, env, with),
            Pattern::Map(entries) => self.fields(entries, &value, input, env, with),
        }
    }

    fn elements(
        &self,
        patterns: &'m [Pattern],
        at: usize,
        value: &Value,
        input: &At,
        env: &Env<'m>,
        with: &mut dyn FnMut(&Env<'m>) -> Flow,
    ) -> Flow {
        let [pattern, rest @ ..] = patterns else {
            return with(env);
        };
        let element = self.index(value.clone(), &Data::from(at).into());
        let element = self.unless(element, value.from, crate::mapping::code::PRELUDE)?;
        self.destructure(pattern, element, input, env, &mut |env| {
            self.elements(rest, at + 1, value, input, env, with)
        })
    }

    fn fields(
        &self,
        entries: &'m [(Code, Pattern)],
        value: &Value,
        input: &At,
        env: &Env<'m>,
        with: &mut dyn FnMut(&Env<'m>) -> Flow,
    ) -> Flow {
        let [(key, pattern), rest @ ..] = entries else {
            return with(env);
        };
        self.eval(key, input.aside(), env, &mut |name| {
            let field = self.index(value.clone(), &name.value);
            let field = self.unless(field, value.from, key.at)?;
            self.destructure(pattern, field, input, env, &mut |env| {
                self.fields(rest, value, input, env, with)
            })
        })
    }
}
