//! Functions of paths.

use super::{Call, Native, gathers, plain, stream};
use crate::evaluate::at::{At, path};
use crate::evaluate::fault::Answer;
use crate::evaluate::update::keys;
use crate::evaluate::{Evaluator, Flow, ON, Out};

pub(super) const NATIVES: &[Native] = &[
    stream("path", 1, |e, call, at, out| {
        // Each path as it is found: `first(path(..))` does not look further.
        let root = At::root(at.value.clone());
        e.eval(
            &call.args[0],
            root,
            call.env,
            &mut |found| match found.trail.keys() {
                Some(keys) => out(at.made(path(keys))),
                None => e.no_path(&found.value, call.at),
            },
        )
    }),
    stream("getpath", 1, get_path),
    plain("setpath", 2, |e, value, args| {
        let (path, new) = (&args[0], args[1].clone());
        e.with_path(value, keys(path)?, new.because(e.trace, path.from))
    }),
    plain("delpaths", 1, |e, value, args| {
        let paths = keys(&args[0])?.iter().map(|path| {
            let because = e.trace.join(args[0].from, path.from);
            Answer::Ok((keys(path)?.to_vec(), because))
        });
        e.without(value, paths.collect::<Answer<_>>()?)
    }),
    gathers("del", 1, |e, call, at, out| {
        let paths = e.paths(&call.args[0], &at.value, call.env)?;
        let At { value, trail } = at;
        let from = value.from;
        out(trail.made(e.unless(e.without(value, paths), from, call.at)?))
    }),
];

/// `getpath(path)`, which is a path itself.
fn get_path<'m>(e: &Evaluator<'m>, call: Call<'_, 'm>, at: At, out: Out<'_>) -> Flow {
    e.eval(&call.args[0], at.aside(), call.env, &mut |path| {
        let from = at.value.from;
        let keys = e.unless(keys(&path.value), from, call.at)?;
        let value = e.at_path(at.value.clone(), keys);
        let value = e.unless(value, from, call.at)?;
        let mut trail = at.trail.clone();
        for key in keys.iter() {
            let next = trail.then(&at.value, || key.clone()).map_err(Into::into);
            trail = e.unless(next, from, call.at)?;
        }
        let found = At { value, trail };
        out(found.because(e.trace, path.value.from))?;
        ON
    })
}
