//! What names stand for, innermost first.

use std::ops::ControlFlow;
use std::rc::Rc;

use super::{At, Evaluator, Flow};
use crate::mapping::code::{Code, Function, Op};
use crate::value::{Data, Value};

/// Bindings within each other: each is dropped by the one that holds it.
const DEPTH_MAX: u32 = 2_000;

/// The bindings that are known at some place.
#[derive(Clone, Default)]
pub(crate) struct Env<'m>(Option<Rc<Scope<'m>>>);

struct Scope<'m> {
    bound: Bound<'m>,
    outer: Env<'m>,
    /// Of this and of what an argument brings along.
    depth: u32,
}

/// What a name stands for.
#[derive(Clone)]
pub(super) enum Bound<'m> {
    Value(Value),
    /// An argument, and the names that it knows.
    Argument(&'m Code, Env<'m>),
    Label(u64),
}

impl<'m> Env<'m> {
    /// Without the innermost bindings.
    pub fn up(&self, up: usize) -> Env<'m> {
        let mut env = self;
        for _ in 0..up {
            match &env.0 {
                Some(scope) => env = &scope.outer,
                None => break,
            }
        }
        env.clone()
    }

    fn bound(&self, up: usize) -> Option<Bound<'m>> {
        self.up(up).0.map(|scope| scope.bound.clone())
    }

    fn depth(&self) -> u32 {
        self.0.as_ref().map_or(0, |scope| scope.depth)
    }
}

impl Function {
    /// Whether all arguments that are values give one.
    pub(super) fn takes_one_of(&self, args: &[Code]) -> bool {
        let mut args = self.values.iter().zip(args);
        args.all(|(value, arg)| !value || arg.single)
    }
}

impl<'m> Evaluator<'m> {
    pub(super) fn bind(&self, env: &Env<'m>, bound: Bound<'m>, at: u32) -> Flow<Env<'m>> {
        let brought = match &bound {
            Bound::Argument(_, env) => env.depth(),
            Bound::Value(_) | Bound::Label(_) => 0,
        };
        let depth = brought.max(env.depth()) + 1;
        if depth > DEPTH_MAX {
            self.spent("the mapping passes functions on without end", at)?;
        }
        let outer = env.clone();
        let scope = Scope {
            bound,
            outer,
            depth,
        };
        ControlFlow::Continue(Env(Some(Rc::new(scope))))
    }

    /// What is passed for an argument. One that is only passed on is passed as it is.
    pub(super) fn closure(&self, arg: &'m Code, env: &Env<'m>) -> Bound<'m> {
        match &arg.op {
            Op::Argument { up } => {
                let (code, env) = self.argument(env, *up);
                Bound::Argument(code, env)
            }
            _ => Bound::Argument(arg, env.clone()),
        }
    }

    pub(super) fn argument(&self, env: &Env<'m>, up: usize) -> (&'m Code, Env<'m>) {
        match env.bound(up) {
            Some(Bound::Argument(code, env)) => (code, env),
            _ => unreachable!("an argument was compiled to another binding"),
        }
    }

    pub(super) fn variable(&self, env: &Env<'m>, up: usize) -> Value {
        match env.bound(up) {
            Some(Bound::Value(value)) => value,
            _ => Data::Null.into(),
        }
    }

    pub(super) fn label_of(&self, env: &Env<'m>, up: usize) -> u64 {
        match env.bound(up) {
            Some(Bound::Label(label)) => label,
            _ => u64::MAX,
        }
    }

    /// Binds the arguments of a call: of those that are values, all combinations.
    pub(super) fn call(
        &self,
        (function, args): (&'m Function, &'m [Code]),
        inner: Env<'m>,
        at: &At,
        env: &Env<'m>,
        with: &mut dyn FnMut(&Env<'m>) -> Flow,
    ) -> Flow {
        let done = function.values.len() - args.len();
        let [arg, rest @ ..] = args else {
            return with(&inner);
        };
        if !function.values[done] {
            let inner = self.bind(&inner, self.closure(arg, env), arg.at)?;
            return self.call((function, rest), inner, at, env, with);
        }
        self.eval(arg, at.aside(), env, &mut |value| {
            let inner = self.bind(&inner, Bound::Value(value.value), arg.at)?;
            self.call((function, rest), inner, at, env, with)
        })
    }
}
