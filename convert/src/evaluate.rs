//! jq, with memory: every value knows the nodes that it depends on.
//!
//! A value depends on what it was made of, on the keys by which it was reached, and on
//! the conditions under which it came about: what `select(.kind == "Trigger")` lets
//! through depends on `kind`. So a leaf is accounted for exactly if some result would
//! have been another without it.
//!
//! A step gives its values to a function, one by one, which is what follows. Steps that give
//! exactly one value are taken in a loop instead: recursion in the last place, as in
//! `def f: if .. then . else .. | f end`, needs no stack.

mod access;
mod at;
mod budget;
mod control;
mod fault;
mod format;
pub(crate) mod native;
mod operators;
mod scope;
mod update;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::rc::Rc;

use at::At;
use budget::Budget;
pub use budget::{BYTES_FREE, BYTES_PER_NODE, NESTED_MAX, STEPS_FREE, STEPS_PER_NODE};
use fault::Refusal;
pub(crate) use fault::text_of;
use scope::{Bound, Env};

use crate::mapping::Mapping;
use crate::mapping::code::{Code, Literal, Op, PRELUDE, Pattern};
use crate::trace::{Origin, Trace};
use crate::value::{Data, Entry, Map, Number, Value};

/// What a mapping says of a document that is not what it expects.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Why.
    pub message: String,
    /// Where in the mapping.
    pub place: String,
    /// What was looked at.
    pub from: Origin,
}

/// Why a stream of values ends early.
pub(crate) enum Stop {
    /// What `try` catches.
    Error(Box<Raised>),
    /// What ends the run: it has cost too much.
    Spent(Box<Raised>),
    /// `break`, out of the label with that number.
    Break(u64),
}

/// An error, and the byte of the mapping where it came up.
pub(crate) struct Raised {
    pub value: Value,
    pub at: u32,
}

pub(crate) type Flow<T = ()> = ControlFlow<Stop, T>;
/// What follows.
pub(crate) type Out<'a> = &'a mut dyn FnMut(At) -> Flow;
pub(crate) const ON: Flow = ControlFlow::Continue(());

/// A document to convert: the name of its file, and what it says.
#[derive(Clone, Debug)]
pub struct Input {
    /// The file.
    pub file: Rc<str>,
    /// The document.
    pub value: Value,
}

/// Runs one mapping.
pub struct Evaluator<'m> {
    mapping: &'m Mapping<'m>,
    pub(crate) trace: &'m Trace,
    literals: Vec<Value>,
    inputs: RefCell<VecDeque<Input>>,
    file: RefCell<Rc<str>>,
    labels: Cell<u64>,
    /// The last step of the mapping's own text, for errors of the prelude.
    here: Cell<u32>,
    budget: Budget,
    regexes: native::Regexes,
}

impl<'m> Evaluator<'m> {
    /// Of that mapping, over those documents.
    pub fn new(
        mapping: &'m Mapping<'m>,
        trace: &'m Trace,
        inputs: impl IntoIterator<Item = Input>,
    ) -> Evaluator<'m> {
        let literals = mapping.program.literals.iter();
        Evaluator {
            mapping,
            trace,
            literals: literals
                .map(|literal| value_of(literal, mapping.name))
                .collect(),
            inputs: RefCell::new(inputs.into_iter().collect()),
            file: RefCell::new("".into()),
            labels: Cell::new(0),
            here: Cell::new(0),
            budget: Budget::new(trace.size()),
            regexes: native::Regexes::default(),
        }
    }

    /// With another budget than that of the input.
    pub fn at_most(mut self, steps: u64, bytes: u64) -> Evaluator<'m> {
        self.budget = Budget::of(steps, bytes);
        self
    }

    /// Runs the mapping on each document that `inputs` has not taken, and tells the
    /// results. A document on which it fails gives what came before. A mapping that costs
    /// more than its budget ends there.
    pub fn run(&self, tell: &mut dyn FnMut(Result<Value, Failed>)) {
        while let Some(value) = self.input() {
            let whole = value.clone();
            let at = At::of(value);
            let flow = self.eval(&self.mapping.program.main, at, &Env::default(), &mut |at| {
                tell(Ok(at.value));
                ON
            });
            let (raised, ends) = match flow {
                ControlFlow::Break(Stop::Error(raised)) => (raised, false),
                ControlFlow::Break(Stop::Spent(raised)) => (raised, true),
                _ => continue,
            };
            let from = match raised.value.from {
                Origin::NOWHERE => whole.deep(self.trace),
                from => from,
            };
            tell(Err(Failed {
                message: text_of(&raised.value.data),
                place: self.mapping.place(raised.at),
                from,
            }));
            if ends {
                return;
            }
        }
    }

    pub(crate) fn input(&self) -> Option<Value> {
        let input = self.inputs.borrow_mut().pop_front()?;
        *self.file.borrow_mut() = input.file;
        Some(input.value)
    }

    /// Gives the values of `code` to `out`.
    pub(crate) fn eval(&self, code: &'m Code, at: At, env: &Env<'m>, out: Out<'_>) -> Flow {
        if let Err(why) = self.budget.enter() {
            return self.spent(why, code.at);
        }
        let flow = self.follow(code, at, env, out);
        self.budget.leave();
        flow
    }

    /// Takes all steps that give one value, then the one that does not.
    fn follow(&self, mut code: &'m Code, mut at: At, env: &Env<'m>, out: Out<'_>) -> Flow {
        let mut env = env.clone();
        let mut because = Origin::NOWHERE;
        loop {
            self.step(1, code.at)?;
            match &code.op {
                Op::Pipe(left, right) if self.is_single(left, &env) => {
                    at = self.one(left, at, &env)?;
                    code = right;
                }
                Op::Bind(value, Pattern::Variable, rest) if value.single => {
                    let value = self.one(value, at.aside(), &env)?.value;
                    env = self.bind(&env, Bound::Value(value), code.at)?;
                    code = rest;
                }
                Op::If(when, yes, no) if self.is_single(when, &env) => {
                    let when = self.one(when, at.aside(), &env)?.value;
                    because = self.trace.join(because, when.from);
                    code = if when.data.is_true() { yes } else { no };
                }
                Op::Comma(parts) => {
                    let Some((last, first)) = parts.split_last() else {
                        return ON;
                    };
                    for part in first {
                        self.eval(part, at.clone(), &env, &mut |at| {
                            out(at.because(self.trace, because))
                        })?;
                    }
                    code = last;
                }
                Op::Argument { up } => (code, env) = self.argument(&env, *up),
                Op::Call { function, up, args } => {
                    let function = &self.mapping.program.functions[*function];
                    let inner = env.up(*up);
                    if !function.takes_one_of(args) {
                        let call = (function, args.as_slice());
                        return self.call(call, inner, &at.clone(), &env, &mut |inner| {
                            self.eval(&function.body, at.clone(), inner, &mut |at| {
                                out(at.because(self.trace, because))
                            })
                        });
                    }
                    let mut scope = inner;
                    for (value, arg) in function.values.iter().zip(args) {
                        let bound = match value {
                            true => Bound::Value(self.one(arg, at.aside(), &env)?.value),
                            false => self.closure(arg, &env),
                        };
                        scope = self.bind(&scope, bound, code.at)?;
                    }
                    (code, env) = (&function.body, scope);
                }
                _ => break,
            }
        }
        match because {
            Origin::NOWHERE => self.stream(code, at, &env, out),
            _ => self.stream(code, at, &env, &mut |at| {
                out(at.because(self.trace, because))
            }),
        }
    }

    /// A step that may give no value, or many.
    fn stream(&self, code: &'m Code, at: At, env: &Env<'m>, out: Out<'_>) -> Flow {
        match &code.op {
            Op::Identity => out(at),
            Op::Recurse => self.recurse(at, out),
            Op::Literal(n) => out(at.made(self.literals[*n].clone())),
            Op::Variable { up } => out(at.made(self.variable(env, *up))),
            Op::Text(format, pieces) => self.text(*format, pieces, &at, env, out),
            Op::Array(None) => out(at.made(Data::from(Vec::new()).into())),
            Op::Array(Some(inner)) => {
                let list = self.collect(inner, at.aside(), env)?;
                out(at.made(Data::from(list).into()))
            }
            Op::Object(entries) => self.object(entries, Map::new(), &at, env, out),
            Op::Negate(inner) => self.negate(code, inner, at, env, out),
            Op::Pipe(left, right) => {
                self.eval(left, at, env, &mut |at| self.eval(right, at, env, out))
            }
            Op::Bind(value, pattern, rest) => self.eval(value, at.aside(), env, &mut |value| {
                self.destructure(pattern, value.value, &at, env, &mut |env| {
                    self.eval(rest, at.clone(), env, out)
                })
            }),
            Op::Alternative(left, right) => self.alternative(left, right, at, env, out),
            Op::And(left, right) => self.both(false, left, right, &at, env, out),
            Op::Or(left, right) => self.both(true, left, right, &at, env, out),
            Op::Math(op, left, right) => self.pairs(left, right, at, env, &mut |trail, l, r| {
                let from = self.trace.join(l.from, r.from);
                let value = self.math(*op, l, r);
                out(trail.made(self.unless(value, from, code.at)?))
            }),
            Op::Compare(op, left, right) => self.pairs(left, right, at, env, &mut |trail, l, r| {
                let yes = operators::compare(*op, &l.data, &r.data);
                out(trail.made(Data::Bool(yes).of(l.compared(&r, self.trace))))
            }),
            Op::Update(kind, left, right) => self.update(*kind, left, right, at, env, out),
            Op::Label(inner) => self.label(inner, at, env, out),
            Op::Break { up } => ControlFlow::Break(Stop::Break(self.label_of(env, *up))),
            Op::Reduce(fold) => self.reduce(fold, at, env, out),
            Op::Foreach(fold, then) => self.foreach(fold, then.as_deref(), at, env, out),
            Op::Try(inner, catch) => self.attempt(inner, catch.as_deref(), at, env, out),
            Op::If(when, yes, no) => self.eval(when, at.aside(), env, &mut |when| {
                let from = when.value.from;
                let then = if when.value.data.is_true() { yes } else { no };
                self.eval(then, at.clone(), env, &mut |at| {
                    out(at.because(self.trace, from))
                })
            }),
            Op::Native(native, args) => self.native(
                native,
                native::Call {
                    args,
                    env,
                    at: code.at,
                },
                at,
                out,
            ),
            Op::Access(root, part, tried) => {
                let input = at.aside();
                self.eval(root, at, env, &mut |root| {
                    self.access(root, part, (*tried, code.at), &input, env, out)
                })
            }
            // What `follow` goes on with.
            Op::Comma(_) | Op::Argument { .. } | Op::Call { .. } => self.follow(code, at, env, out),
        }
    }

    /// The value of code that gives one.
    pub(crate) fn one(&self, code: &'m Code, at: At, env: &Env<'m>) -> Flow<At> {
        let mut one = None;
        self.eval(code, at, env, &mut |at| {
            one = Some(at);
            ON
        })?;
        ControlFlow::Continue(one.unwrap_or(At::of(Data::Null.into())))
    }

    /// All values of code.
    pub(crate) fn collect(&self, code: &'m Code, at: At, env: &Env<'m>) -> Flow<Vec<Value>> {
        let mut list = Vec::new();
        self.eval(code, at, env, &mut |at| {
            self.bytes(size_of::<Value>(), code.at)?;
            self.shallow(&at.value, code.at)?;
            list.push(at.value);
            ON
        })?;
        ControlFlow::Continue(list)
    }

    /// An argument gives one value if what was written for it does.
    fn is_single(&self, code: &'m Code, env: &Env<'m>) -> bool {
        match &code.op {
            Op::Argument { up } => self.argument(env, *up).0.single,
            _ => code.single,
        }
    }

    /// `key: value` by `key: value`, with all combinations.
    fn object(
        &self,
        entries: &'m [(Code, Option<Code>)],
        done: Map,
        at: &At,
        env: &Env<'m>,
        out: Out<'_>,
    ) -> Flow {
        let [(key_code, value_code), rest @ ..] = entries else {
            return out(at.made(done.into_value()));
        };
        // A map that nobody else holds is filled, and not copied.
        let mut done = Some(done);
        let single = key_code.single && value_code.as_ref().is_none_or(|code| code.single);
        let mut put = |key: &Value, value: Value| {
            let Data::Text(text) = &key.data else {
                let message = format!("Object keys must be strings, and not {}", fault::shown(key));
                return self.fail(message, key.from, key_code.at);
            };
            self.shallow(&value, key_code.at)?;
            self.bytes(size_of::<Entry>() + text.len(), key_code.at)?;
            let mut map = match single {
                true => done.take().unwrap_or_default(),
                false => done.clone().unwrap_or_default(),
            };
            let key = key.from;
            map.insert(text.clone(), Entry { value, key });
            self.object(rest, map, at, env, out)
        };
        self.eval(key_code, at.aside(), env, &mut |key| {
            let key = key.value;
            match value_code {
                Some(code) => self.eval(code, at.aside(), env, &mut |value| put(&key, value.value)),
                None => {
                    let value = self.index(at.value.clone(), &key);
                    put(&key, self.unless(value, at.value.from, key_code.at)?)
                }
            }
        })
    }
}

impl Map {
    fn into_value(self) -> Value {
        Data::from(self).into()
    }
}

fn value_of(literal: &Literal, file: &str) -> Value {
    let data = match literal {
        Literal::Null => Data::Null,
        Literal::Bool(yes) => Data::Bool(*yes),
        Literal::Number(text) => {
            let value = text.parse().unwrap_or(f64::MAX);
            let text = text.as_str().into();
            Number { value, text }.into()
        }
        Literal::Text(text) => text.as_str().into(),
        Literal::Place(line) => {
            let entries = [("file", file.into()), ("line", (*line).into())];
            let entries = entries.map(|(key, data): (&str, Data)| {
                let (value, key_from) = (data.into(), Origin::NOWHERE);
                (
                    key.into(),
                    Entry {
                        value,
                        key: key_from,
                    },
                )
            });
            Map::from_iter(entries).into()
        }
    };
    data.into()
}

#[cfg(test)]
mod tests;
