//! jq, with memory: every value knows the nodes that it depends on.
//!
//! A value depends on what it was made of, on the keys by which it was reached, and on
//! the conditions under which it came about: what `select(.kind == "Trigger")` lets
//! through depends on `kind`. So a leaf is accounted for exactly if some result would
//! have been another without it.

pub(crate) mod builtins;
mod operators;
mod path;
mod regex;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::rc::Rc;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};

use crate::mapping::{Mapping, word};
use crate::trace::{Origin, Trace};
use crate::value::{Data, Entry, Map, Value};

/// Calls within each other. A document has 64 levels.
const CALLS_MAX: usize = 200;

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
pub(crate) enum Stop<'m> {
    Error(Value, Option<&'m str>),
    Break(usize),
}

pub(crate) type Flow<'m> = ControlFlow<Stop<'m>>;
pub(crate) type Out<'a, 'm> = &'a mut dyn FnMut(Value) -> Flow<'m>;
pub(crate) const ON: Flow<'static> = ControlFlow::Continue(());

/// The names that are bound, innermost first.
type Env<'m> = Option<Rc<Scope<'m>>>;

pub(crate) struct Scope<'m> {
    bound: Bound<'m>,
    outer: Env<'m>,
}

enum Bound<'m> {
    Variable(&'m str, Value),
    Function(&'m Def<&'m str>),
    Argument(&'m str, &'m Term<&'m str>, Env<'m>),
    Label(&'m str, usize),
}

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
    inputs: RefCell<VecDeque<Input>>,
    file: RefCell<Rc<str>>,
    calls: Cell<usize>,
    labels: Cell<usize>,
    regexes: RefCell<regex::Compiled>,
}

impl<'m> Evaluator<'m> {
    /// Of that mapping, over those documents.
    pub fn new(
        mapping: &'m Mapping<'m>,
        trace: &'m Trace,
        inputs: impl IntoIterator<Item = Input>,
    ) -> Evaluator<'m> {
        Evaluator {
            mapping,
            trace,
            inputs: RefCell::new(inputs.into_iter().collect()),
            file: RefCell::new("".into()),
            calls: Cell::new(0),
            labels: Cell::new(0),
            regexes: RefCell::default(),
        }
    }

    /// Runs the mapping on each document that `inputs` has not taken, and tells the
    /// results. A document on which it fails gives what came before.
    pub fn run(&self, tell: &mut dyn FnMut(Result<Value, Failed>)) {
        let prelude = self.mapping.prelude.iter().fold(None, define);
        while let Some(value) = self.input() {
            let whole = value.deep(self.trace);
            let flow = self.eval(&self.mapping.term, value, &prelude, &mut |value| {
                tell(Ok(value));
                ON
            });
            if let ControlFlow::Break(Stop::Error(value, at)) = flow {
                let from = match value.from {
                    Origin::NOWHERE => whole,
                    from => from,
                };
                tell(Err(Failed {
                    message: text_of(&value.data),
                    place: self.mapping.place(at.unwrap_or(self.mapping.text)),
                    from,
                }));
            }
        }
    }

    pub(crate) fn input(&self) -> Option<Value> {
        let input = self.inputs.borrow_mut().pop_front()?;
        *self.file.borrow_mut() = input.file;
        Some(input.value)
    }

    pub(crate) fn eval(
        &self,
        term: &'m Term<&'m str>,
        input: Value,
        env: &Env<'m>,
        out: Out<'_, 'm>,
    ) -> Flow<'m> {
        match term {
            Term::Id => out(input),
            Term::Recurse => self.recurse(input, out),
            Term::Num(text) => {
                let value = text.parse().unwrap_or(f64::MAX);
                let text = (*text).into();
                out(Data::Number(crate::value::Number { value, text }).into())
            }
            Term::Str(format, parts) => {
                let json = *format == Some("@json");
                self.string(
                    parts,
                    json,
                    (String::new(), Origin::NOWHERE),
                    &input,
                    env,
                    out,
                )
            }
            Term::Arr(None) => out(Data::from(Vec::new()).into()),
            Term::Arr(Some(term)) => {
                let list = self.collect(term, input, env)?;
                out(Data::from(list).into())
            }
            Term::Obj(entries) => self.object(entries, Map::new(), &input, env, out),
            Term::Neg(term) => self.eval(term, input, env, &mut |value| match &value.data {
                Data::Number(number) => out(Value {
                    data: (-number.value).into(),
                    from: value.from,
                }),
                other => fail(
                    format!("{} cannot be negated", other.kind()),
                    value.from,
                    word(term),
                ),
            }),
            Term::BinOp(left, op, right) => self.binary(left, op, right, input, env, out),
            Term::Label(name, term) => {
                let id = self.labels.get();
                self.labels.set(id + 1);
                let scope = bind(env, Bound::Label(name, id));
                match self.eval(term, input, &scope, out) {
                    ControlFlow::Break(Stop::Break(to)) if to == id => ON,
                    flow => flow,
                }
            }
            Term::Break(name) => {
                let mut scopes = scopes(env);
                let id = scopes.find_map(|scope| match &scope.bound {
                    Bound::Label(label, id) if label == name => Some(*id),
                    _ => None,
                });
                match id {
                    Some(id) => ControlFlow::Break(Stop::Break(id)),
                    None => fail(
                        format!("there is no label `{name}`"),
                        Origin::NOWHERE,
                        Some(name),
                    ),
                }
            }
            Term::Fold(name, over, pattern, steps) => {
                self.fold(name, over, pattern, steps, input, env, out)
            }
            Term::TryCatch(term, catch) => {
                // What fails behind `out` is not caught here.
                let mut behind = None;
                let flow = self.eval(term, input, env, &mut |value| match out(value) {
                    ControlFlow::Break(stop) => {
                        behind = Some(stop);
                        ControlFlow::Break(Stop::Break(usize::MAX))
                    }
                    on => on,
                });
                match (behind, flow, catch) {
                    (Some(stop), ..) => ControlFlow::Break(stop),
                    (None, ControlFlow::Break(Stop::Error(value, _)), Some(catch)) => {
                        self.eval(catch, value, env, out)
                    }
                    (None, ControlFlow::Break(Stop::Error(..)), None) => ON,
                    (None, flow, _) => flow,
                }
            }
            Term::IfThenElse(branches, otherwise) => {
                self.choose(branches, otherwise.as_deref(), input, env, out)
            }
            Term::Def(defs, rest) => {
                let scope = defs.iter().fold(env.clone(), define);
                self.eval(rest, input, &scope, out)
            }
            Term::Call(name, args) => {
                self.calls.set(self.calls.get() + 1);
                let flow = match self.calls.get() > CALLS_MAX {
                    true => {
                        let message = format!("calls are nested more than {CALLS_MAX} deep");
                        fail(message, Origin::NOWHERE, Some(name))
                    }
                    false => self.call(name, args, input, env, out),
                };
                self.calls.set(self.calls.get() - 1);
                flow
            }
            Term::Var(name) => {
                let mut scopes = scopes(env);
                let value = scopes.find_map(|scope| match &scope.bound {
                    Bound::Variable(variable, value) if variable == name => Some(value.clone()),
                    _ => None,
                });
                match value {
                    Some(value) => out(value),
                    None => fail(
                        format!("there is no variable `{name}`"),
                        Origin::NOWHERE,
                        Some(name),
                    ),
                }
            }
            Term::Path(term, path) => self.eval(term, input.clone(), env, &mut |value| {
                self.path(&path.0, value, &input, env, out)
            }),
        }
    }

    /// All values of a term.
    pub(crate) fn collect(
        &self,
        term: &'m Term<&'m str>,
        input: Value,
        env: &Env<'m>,
    ) -> ControlFlow<Stop<'m>, Vec<Value>> {
        let mut list = Vec::new();
        self.eval(term, input, env, &mut |value| {
            list.push(value);
            ON
        })?;
        ControlFlow::Continue(list)
    }

    pub(crate) fn recurse(&self, value: Value, out: Out<'_, 'm>) -> Flow<'m> {
        out(value.clone())?;
        match &value.data {
            Data::List(list) => list
                .iter()
                .try_for_each(|v| self.recurse(v.clone().because(self.trace, value.from), out)),
            Data::Map(map) => map.values().try_for_each(|entry| {
                self.recurse(entry.value.clone().because(self.trace, value.from), out)
            }),
            _ => ON,
        }
    }

    fn string(
        &self,
        parts: &'m [StrPart<&'m str, Term<&'m str>>],
        json: bool,
        (mut text, from): (String, Origin),
        input: &Value,
        env: &Env<'m>,
        out: Out<'_, 'm>,
    ) -> Flow<'m> {
        match parts {
            [] => out(Value {
                data: text.as_str().into(),
                from,
            }),
            [StrPart::Str(part), rest @ ..] => {
                text.push_str(part);
                self.string(rest, json, (text, from), input, env, out)
            }
            [StrPart::Char(part), rest @ ..] => {
                text.push(*part);
                self.string(rest, json, (text, from), input, env, out)
            }
            [StrPart::Term(term), rest @ ..] => self.eval(term, input.clone(), env, &mut |value| {
                let part = match json {
                    true => value.data.to_string(),
                    false => text_of(&value.data),
                };
                let from = self.trace.join(from, value.deep(self.trace));
                self.string(rest, json, (text.clone() + &part, from), input, env, out)
            }),
        }
    }

    fn object(
        &self,
        entries: &'m [(Term<&'m str>, Option<Term<&'m str>>)],
        done: Map,
        input: &Value,
        env: &Env<'m>,
        out: Out<'_, 'm>,
    ) -> Flow<'m> {
        let [(key_term, value_term), rest @ ..] = entries else {
            return out(Data::from(done).into());
        };
        let put = |key: &Value, value: Value, out: Out<'_, 'm>| {
            let Data::Text(text) = &key.data else {
                let message = format!("{} cannot be a key", key.data.kind());
                return fail(message, key.from, word(key_term));
            };
            let mut map = done.clone();
            let key = key.from;
            map.insert(text.clone(), Entry { key, value });
            self.object(rest, map, input, env, out)
        };
        if let (Term::Var(name), None) = (key_term, value_term) {
            let key = Data::from(name.trim_start_matches('$')).into();
            return self.eval(key_term, input.clone(), env, &mut |value| {
                put(&key, value, out)
            });
        }
        self.eval(key_term, input.clone(), env, &mut |key| match value_term {
            Some(term) => self.eval(term, input.clone(), env, &mut |value| put(&key, value, out)),
            None => match self.index(input, &key) {
                Ok(value) => put(&key, value, out),
                Err(message) => fail(message, input.from, word(key_term)),
            },
        })
    }

    fn binary(
        &self,
        left: &'m Term<&'m str>,
        op: &'m BinaryOp<&'m str>,
        right: &'m Term<&'m str>,
        input: Value,
        env: &Env<'m>,
        out: Out<'_, 'm>,
    ) -> Flow<'m> {
        match op {
            BinaryOp::Pipe(None) => self.eval(left, input, env, &mut |value| {
                self.eval(right, value, env, out)
            }),
            BinaryOp::Pipe(Some(pattern)) => self.eval(left, input.clone(), env, &mut |value| {
                self.destructure(pattern, value, &input, env, &mut |scope| {
                    self.eval(right, input.clone(), scope, out)
                })
            }),
            BinaryOp::Comma => {
                self.eval(left, input.clone(), env, out)?;
                self.eval(right, input, env, out)
            }
            BinaryOp::Alt => self.alternative(left, right, input, env, out),
            BinaryOp::Or | BinaryOp::And => {
                let decides = matches!(op, BinaryOp::Or);
                self.eval(left, input.clone(), env, &mut |l| {
                    let answer = |yes, from| Value {
                        data: Data::Bool(yes),
                        from,
                    };
                    if l.data.is_true() == decides {
                        return out(answer(decides, l.from));
                    }
                    self.eval(right, input.clone(), env, &mut |r| {
                        out(answer(r.data.is_true(), self.trace.join(l.from, r.from)))
                    })
                })
            }
            BinaryOp::Math(op) => self.eval(right, input.clone(), env, &mut |r| {
                self.eval(
                    left,
                    input.clone(),
                    env,
                    &mut |l| match self.math(*op, &l, &r) {
                        Ok(value) => out(value),
                        Err(message) => fail(
                            message,
                            self.trace.join(l.from, r.from),
                            word(left).or(word(right)),
                        ),
                    },
                )
            }),
            BinaryOp::Cmp(op) => self.eval(right, input.clone(), env, &mut |r| {
                self.eval(left, input.clone(), env, &mut |l| {
                    out(Value {
                        data: Data::Bool(operators::compare(*op, &l.data, &r.data)),
                        from: l.compared(&r, self.trace),
                    })
                })
            }),
            BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
                fail("an assignment".to_owned(), Origin::NOWHERE, word(left))
            }
        }
    }

    /// `left // right`: what the left side has to offer, else the right side, which then
    /// depends on what the left side was.
    fn alternative(
        &self,
        left: &'m Term<&'m str>,
        right: &'m Term<&'m str>,
        input: Value,
        env: &Env<'m>,
        out: Out<'_, 'm>,
    ) -> Flow<'m> {
        let mut found = false;
        let mut refused = Origin::NOWHERE;
        let mut behind = None;
        let flow = self.eval(left, input.clone(), env, &mut |value| {
            if !value.data.is_true() {
                refused = self.trace.join(refused, value.from);
                return ON;
            }
            found = true;
            match out(value) {
                ControlFlow::Break(stop) => {
                    behind = Some(stop);
                    ControlFlow::Break(Stop::Break(usize::MAX))
                }
                on => on,
            }
        });
        match (behind, flow) {
            (Some(stop), _) => ControlFlow::Break(stop),
            (None, ControlFlow::Break(stop @ Stop::Break(_))) => ControlFlow::Break(stop),
            _ if found => ON,
            _ => self.eval(right, input, env, &mut |value| {
                out(value.because(self.trace, refused))
            }),
        }
    }

    fn choose(
        &self,
        branches: &'m [(Term<&'m str>, Term<&'m str>)],
        otherwise: Option<&'m Term<&'m str>>,
        input: Value,
        env: &Env<'m>,
        out: Out<'_, 'm>,
    ) -> Flow<'m> {
        let [(when, then), rest @ ..] = branches else {
            return match otherwise {
                Some(term) => self.eval(term, input, env, out),
                None => out(input),
            };
        };
        self.eval(when, input.clone(), env, &mut |condition| {
            let mut out = |value: Value| out(value.because(self.trace, condition.from));
            match condition.data.is_true() {
                true => self.eval(then, input.clone(), env, &mut out),
                false => self.choose(rest, otherwise, input.clone(), env, &mut out),
            }
        })
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one expression")]
    fn fold(
        &self,
        name: &'m str,
        over: &'m Term<&'m str>,
        pattern: &'m Pattern<&'m str>,
        steps: &'m [Term<&'m str>],
        input: Value,
        env: &Env<'m>,
        out: Out<'_, 'm>,
    ) -> Flow<'m> {
        let (first, step, then) = match (name, steps) {
            ("reduce", [first, step]) => (first, step, None),
            ("foreach", [first, step]) => (first, step, Some(&Term::Id)),
            ("foreach", [first, step, then]) => (first, step, Some(then)),
            _ => {
                let message = format!("`{name}` takes another number of steps");
                return fail(message, Origin::NOWHERE, Some(name));
            }
        };
        self.eval(first, input.clone(), env, &mut |start| {
            let mut state = Some(start);
            self.eval(over, input.clone(), env, &mut |value| {
                self.destructure(pattern, value, &input, env, &mut |scope| {
                    let last = state.take().unwrap_or(Data::Null.into());
                    let mut next = None;
                    self.eval(step, last, scope, &mut |value| {
                        next = Some(value.clone());
                        match then {
                            Some(then) => self.eval(then, value, scope, out),
                            None => ON,
                        }
                    })?;
                    state = next;
                    ON
                })
            })?;
            match (then, state.take()) {
                (None, state) => out(state.unwrap_or(Data::Null.into())),
                _ => ON,
            }
        })
    }

    fn destructure(
        &self,
        pattern: &'m Pattern<&'m str>,
        value: Value,
        input: &Value,
        env: &Env<'m>,
        with: &mut dyn FnMut(&Env<'m>) -> Flow<'m>,
    ) -> Flow<'m> {
        match pattern {
            Pattern::Var(name) => with(&bind(env, Bound::Variable(name, value))),
            Pattern::Arr(list) => self.elements(list, 0, &value, input, env, with),
            Pattern::Obj(entries) => self.fields(entries, &value, input, env, with),
        }
    }

    fn elements(
        &self,
        patterns: &'m [Pattern<&'m str>],
        at: usize,
        value: &Value,
        input: &Value,
        env: &Env<'m>,
        with: &mut dyn FnMut(&Env<'m>) -> Flow<'m>,
    ) -> Flow<'m> {
        let Some(pattern) = patterns.get(at) else {
            return with(env);
        };
        match self.index(value, &Data::from(at as f64).into()) {
            Ok(element) => self.destructure(pattern, element, input, env, &mut |scope| {
                self.elements(patterns, at + 1, value, input, scope, with)
            }),
            Err(message) => fail(message, value.from, None),
        }
    }

    fn fields(
        &self,
        entries: &'m [(Term<&'m str>, Pattern<&'m str>)],
        value: &Value,
        input: &Value,
        env: &Env<'m>,
        with: &mut dyn FnMut(&Env<'m>) -> Flow<'m>,
    ) -> Flow<'m> {
        let [(key, pattern), rest @ ..] = entries else {
            return with(env);
        };
        let field =
            |key: &Value, env: &Env<'m>, with: &mut dyn FnMut(&Env<'m>) -> Flow<'m>| match self
                .index(value, key)
            {
                Ok(field) => self.destructure(pattern, field, input, env, &mut |scope| {
                    self.fields(rest, value, input, scope, with)
                }),
                Err(message) => fail(message, value.from, word_of(pattern)),
            };
        match key {
            // `{$name}`: the parser gives the variable both as key and as pattern.
            Term::Var(name) => field(&Data::from(name.trim_start_matches('$')).into(), env, with),
            key => self.eval(key, input.clone(), env, &mut |key| field(&key, env, with)),
        }
    }

    /// A function of the mapping or of the prelude, an argument, or a native.
    fn call(
        &self,
        name: &'m str,
        args: &'m [Term<&'m str>],
        input: Value,
        env: &Env<'m>,
        out: Out<'_, 'm>,
    ) -> Flow<'m> {
        let mut at = env.as_ref();
        while let Some(scope) = at {
            match &scope.bound {
                Bound::Argument(argument, term, env) if *argument == name && args.is_empty() => {
                    return self.eval(term, input, env, out);
                }
                Bound::Function(def) if def.name == name && def.args.len() == args.len() => {
                    let inner = Some(scope.clone());
                    return self.arguments(def, args, inner, &input, env, out);
                }
                _ => at = scope.outer.as_ref(),
            }
        }
        self.native(name, args, input, env, out)
    }

    fn arguments(
        &self,
        def: &'m Def<&'m str>,
        args: &'m [Term<&'m str>],
        scope: Env<'m>,
        input: &Value,
        env: &Env<'m>,
        out: Out<'_, 'm>,
    ) -> Flow<'m> {
        let done = def.args.len() - args.len();
        let [arg, rest @ ..] = args else {
            return self.eval(&def.body, input.clone(), &scope, out);
        };
        let parameter = def.args[done];
        let Some(plain) = parameter.strip_prefix('$') else {
            let scope = bind(&scope, Bound::Argument(parameter, arg, env.clone()));
            return self.arguments(def, rest, scope, input, env, out);
        };
        // `def f($x)` is `def f(x): x as $x | ...`.
        self.eval(arg, input.clone(), env, &mut |value| {
            let scope = bind(&scope, Bound::Argument(plain, arg, env.clone()));
            let scope = bind(&scope, Bound::Variable(parameter, value));
            self.arguments(def, rest, scope, input, env, out)
        })
    }
}

fn word_of<'m>(pattern: &Pattern<&'m str>) -> Option<&'m str> {
    let mut first = None;
    crate::mapping::variables(pattern, &mut |name| first = first.or(Some(name)));
    first
}

fn bind<'m>(env: &Env<'m>, bound: Bound<'m>) -> Env<'m> {
    let outer = env.clone();
    Some(Rc::new(Scope { bound, outer }))
}

fn define<'m>(env: Env<'m>, def: &'m Def<&'m str>) -> Env<'m> {
    bind(&env, Bound::Function(def))
}

fn scopes<'e, 'm>(env: &'e Env<'m>) -> impl Iterator<Item = &'e Scope<'m>> {
    std::iter::successors(env.as_deref(), |scope| scope.outer.as_deref())
}

pub(crate) fn fail<'m>(message: String, from: Origin, at: Option<&'m str>) -> Flow<'m> {
    let data = message.as_str().into();
    ControlFlow::Break(Stop::Error(Value { data, from }, at))
}

/// jq's `tostring`.
pub(crate) fn text_of(data: &Data) -> String {
    match data {
        Data::Text(text) => text.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
