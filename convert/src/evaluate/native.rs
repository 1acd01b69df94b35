//! jq's functions. Those that are best said in jq stand in `prelude.jq`, the others here, by
//! what they are about.

mod list;
mod number;
mod object;
mod paths;
mod pattern;
mod stream;
mod text;

use super::at::At;
use super::fault::Answer;
use super::scope::Env;
use super::{Evaluator, Flow, Out};
use crate::mapping::code::Code;
use crate::value::Value;

pub(super) use pattern::Regexes;

/// A function.
#[derive(Debug)]
pub(crate) struct Native {
    pub name: &'static str,
    /// How many arguments it takes.
    pub arity: usize,
    /// It gives one value if its arguments do.
    pub single: bool,
    run: Run,
}

/// Of the input and the values of the arguments.
type Plain = fn(&Evaluator<'_>, Value, &[Value]) -> Answer;
/// Of the input and the arguments as they are written.
type Stream = for<'m> fn(&Evaluator<'m>, Call<'_, 'm>, At, Out<'_>) -> Flow;

enum Run {
    Plain(Plain),
    Stream(Stream),
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Run::Plain(_) => "plain",
            Run::Stream(_) => "stream",
        })
    }
}

/// How a function is called.
#[derive(Clone, Copy)]
pub(super) struct Call<'c, 'm> {
    pub args: &'m [Code],
    pub env: &'c Env<'m>,
    /// Where.
    pub at: u32,
}

/// One value for each combination of values of the arguments.
const fn plain(name: &'static str, arity: usize, run: Plain) -> Native {
    let (single, run) = (true, Run::Plain(run));
    Native {
        name,
        arity,
        single,
        run,
    }
}

/// As many values as it wants.
const fn stream(name: &'static str, arity: usize, run: Stream) -> Native {
    let (single, run) = (false, Run::Stream(run));
    Native {
        name,
        arity,
        single,
        run,
    }
}

/// One value, whatever its arguments give.
const fn gathers(name: &'static str, arity: usize, run: Stream) -> Native {
    let (single, run) = (true, Run::Stream(run));
    Native {
        name,
        arity,
        single,
        run,
    }
}

/// All of them.
pub(crate) fn natives() -> impl Iterator<Item = &'static Native> + Clone {
    let all = [
        stream::NATIVES,
        paths::NATIVES,
        object::NATIVES,
        list::NATIVES,
        text::NATIVES,
        pattern::NATIVES,
        number::NATIVES,
    ];
    all.into_iter().flatten()
}

impl<'m> Evaluator<'m> {
    pub(super) fn native(
        &self,
        native: &'static Native,
        call: Call<'_, 'm>,
        at: At,
        out: Out<'_>,
    ) -> Flow {
        match native.run {
            Run::Stream(run) => run(self, call, at, out),
            Run::Plain(run) => {
                let mut args = Vec::with_capacity(call.args.len());
                self.combinations(call, at, &mut args, &mut |at, args| {
                    // What an error is about, should there be one.
                    let from = at.value.from;
                    let answer = run(self, at.value, args);
                    out(at.trail.made(self.unless(answer, from, call.at)?))
                })
            }
        }
    }

    /// All combinations of the values of arguments; those of the first vary last.
    fn combinations(
        &self,
        call: Call<'_, 'm>,
        at: At,
        done: &mut Vec<Value>,
        with: &mut dyn FnMut(At, &[Value]) -> Flow,
    ) -> Flow {
        let Some(arg) = call.args.get(done.len()) else {
            return with(at, done);
        };
        if arg.single {
            let value = self.one(arg, at.aside(), call.env)?.value;
            done.push(value);
            let flow = self.combinations(call, at, done, with);
            done.pop();
            return flow;
        }
        self.eval(arg, at.aside(), call.env, &mut |value| {
            done.push(value.value);
            let flow = self.combinations(call, at.clone(), done, with);
            done.pop();
            flow
        })
    }
}

#[cfg(test)]
mod tests {
    use super::natives;

    #[test]
    fn no_name_stands_twice() {
        let mut names: Vec<_> = natives().map(|n| (n.name, n.arity)).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
