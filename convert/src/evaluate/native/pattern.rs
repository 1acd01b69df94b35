//! Regular expressions: `test`, `match`, `capture`, `scan`, `split`, `sub`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex_lite::{Captures, Regex};

use super::{Call, Native, stream};
use crate::evaluate::at::At;
use crate::evaluate::fault::{Answer, refuse, shown};
use crate::evaluate::{Evaluator, Flow, Out};
use crate::trace::Origin;
use crate::value::{Data, Entry, Map, Value};

pub(super) const NATIVES: &[Native] = &[
    stream("test", 2, |e, call, at, out| {
        e.patterns(call, &at, &mut |found| {
            let from = found.from;
            let yes = found.all(e, call.at)?.next().is_some();
            out(at.made(Data::Bool(yes).of(from)))
        })
    }),
    stream("match", 2, |e, call, at, out| {
        e.patterns(call, &at, &mut |found| {
            let mut matches = found.all(e, call.at)?;
            matches.try_for_each(|one| out(at.made(found.object(e, &one, call.at)?)))
        })
    }),
    stream("capture", 2, |e, call, at, out| {
        e.patterns(call, &at, &mut |found| {
            let mut matches = found.all(e, call.at)?;
            matches.try_for_each(|one| out(at.made(found.names(&one))))
        })
    }),
    stream("scan", 2, |e, call, at, out| {
        e.patterns(call, &at, &mut |found| {
            let found = found.everywhere();
            let mut matches = found.all(e, call.at)?;
            matches.try_for_each(|one| out(at.made(found.scanned(&one))))
        })
    }),
    stream("split", 2, |e, call, at, out| {
        e.patterns(call, &at, &mut |found| {
            let found = found.everywhere();
            let mut parts: Vec<Value> = Vec::new();
            let mut end = 0;
            let mut put = |part: &str| parts.push(Data::from(part).of(found.from));
            for one in found.all(e, call.at)? {
                let whole = one.get(0).map_or(0..0, |whole| whole.range());
                put(&found.text[end..whole.start]);
                end = whole.end;
            }
            put(&found.text[end..]);
            e.bytes(
                parts.len() * 2 * size_of::<Value>() + found.text.len(),
                call.at,
            )?;
            out(at.made(Data::from(parts).of(found.from)))
        })
    }),
    stream("sub", 3, substitute),
];

/// Bytes of a compiled pattern, as its crate counts them.
const SIZE_MAX: usize = 128 * 1024;
/// Patterns that are kept.
const KEPT_MAX: usize = 128;

/// Patterns and flags, and what they were compiled to.
pub(crate) type Regexes = RefCell<HashMap<(Rc<str>, String), Rc<Regex>>>;

/// A pattern on its way through a text.
#[derive(Clone)]
struct Search<'t> {
    regex: Rc<Regex>,
    text: &'t str,
    /// All matches, and not the first.
    all: bool,
    /// Not those of no length.
    some: bool,
    /// What text, pattern and flags depend on.
    from: Origin,
}

impl<'m> Evaluator<'m> {
    /// Pattern and flags: the first two arguments, or a list of both in the first.
    fn patterns(
        &self,
        call: Call<'_, 'm>,
        at: &At,
        with: &mut dyn FnMut(&Search<'_>) -> Flow,
    ) -> Flow {
        // Of `sub`, the flags stand behind the replacement.
        let (pattern, flags) = (&call.args[0], &call.args[call.args.len() - 1]);
        self.eval(flags, at.aside(), call.env, &mut |flags| {
            self.eval(pattern, at.aside(), call.env, &mut |pattern| {
                let search = self.search(&at.value, &pattern.value, &flags.value);
                with(&self.unless(search, at.value.from, call.at)?)
            })
        })
    }

    fn search<'t>(&self, value: &'t Value, pattern: &Value, flags: &Value) -> Answer<Search<'t>> {
        let (pattern, flags) = match &pattern.data {
            Data::List(both) => {
                let part = |at| both.get(at).cloned().unwrap_or(Data::Null.into());
                (part(0), part(1))
            }
            _ => (pattern.clone(), flags.clone()),
        };
        let Data::Text(text) = &value.data else {
            let shown = shown(value);
            return refuse(format!("{shown} cannot be matched, as it is not a string"));
        };
        let Data::Text(expression) = &pattern.data else {
            let shown = shown(&pattern);
            return refuse(format!(
                "{shown} cannot be a pattern, as it is not a string"
            ));
        };
        let signs = match &flags.data {
            Data::Null => "",
            Data::Text(signs) => signs,
            _ => return refuse(format!("{} is not a string of flags", shown(&flags))),
        };
        let mut from = self.trace.join(value.from, pattern.from);
        from = self.trace.join(from, flags.from);
        // The engine's time is the product of both.
        let cost = text.len() * (1 + expression.len()) / 32;
        self.budget.steps(cost as u64)?;
        Ok(Search {
            regex: self.compiled(expression, signs)?,
            text,
            all: signs.contains('g'),
            some: signs.contains('n'),
            from,
        })
    }

    fn compiled(&self, expression: &Rc<str>, signs: &str) -> Answer<Rc<Regex>> {
        let key = (expression.clone(), signs.to_owned());
        if let Some(regex) = self.regexes.borrow().get(&key) {
            return Ok(regex.clone());
        }
        if let Some(odd) = signs.chars().find(|sign| !"gixspn".contains(*sign)) {
            let instead = match odd {
                'l' => "; write the longer alternative first",
                _ => "",
            };
            return refuse(format!(
                "there is no flag `{odd}`: `g` all, `i` any case, `x` spaces and comments, \
                 `p` dots meet line ends, `s` `$` only at the end, `n` no empty matches{instead}"
            ));
        }
        self.budget.steps(200 + expression.len() as u64)?;
        let regex = regex_lite::RegexBuilder::new(expression)
            .case_insensitive(signs.contains('i'))
            .ignore_whitespace(signs.contains('x'))
            .dot_matches_new_line(signs.contains('p'))
            .size_limit(SIZE_MAX)
            .build();
        let regex = match regex {
            Ok(regex) => Rc::new(regex),
            Err(fault) => {
                let pattern = shown(&Data::Text(expression.clone()).into());
                return refuse(format!("{pattern} (at 0) is not a valid regex: {fault}"));
            }
        };
        let mut kept = self.regexes.borrow_mut();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(key, regex.clone());
        Ok(regex)
    }
}

impl<'t> Search<'t> {
    fn everywhere(&self) -> Search<'t> {
        Search {
            all: true,
            ..self.clone()
        }
    }

    fn all<'s>(
        &'s self,
        e: &'s Evaluator<'_>,
        at: u32,
    ) -> Flow<impl Iterator<Item = Captures<'t>> + use<'s, 't>> {
        e.step(1, at)?;
        let most = if self.all { usize::MAX } else { 1 };
        let found = self.regex.captures_iter(self.text);
        let some = self.some;
        let found = found.filter(move |one| !some || one.get(0).is_some_and(|m| !m.is_empty()));
        std::ops::ControlFlow::Continue(found.take(most))
    }

    fn part(&self, part: Option<regex_lite::Match<'_>>) -> Value {
        let data = part.map_or(Data::Null, |part| part.as_str().into());
        data.of(self.from)
    }

    /// The named groups of a match.
    fn names(&self, one: &Captures<'_>) -> Value {
        let names = self.regex.capture_names().flatten();
        let entries = names.map(|name| {
            let value = self.part(one.name(name));
            let key = Origin::NOWHERE;
            (name.into(), Entry { value, key })
        });
        Data::from(Map::from_iter(entries)).of(self.from)
    }

    /// The match, or the list of its groups.
    fn scanned(&self, one: &Captures<'_>) -> Value {
        match one.len() {
            1 => self.part(one.get(0)),
            groups => {
                let groups = (1..groups).map(|n| self.part(one.get(n)));
                groups.collect::<Data>().of(self.from)
            }
        }
    }

    /// All that `match` tells of one.
    fn object(&self, e: &Evaluator<'_>, one: &Captures<'_>, at: u32) -> Flow<Value> {
        let make = |fields: Vec<(&str, Data)>| {
            let entries = fields.into_iter().map(|(name, data)| {
                let (value, key) = (data.of(self.from), Origin::NOWHERE);
                (name.into(), Entry { value, key })
            });
            Data::from(Map::from_iter(entries))
        };
        let parts = |part: Option<regex_lite::Match<'_>>| match part {
            Some(part) => vec![
                ("offset", self.text[..part.start()].chars().count().into()),
                ("length", part.as_str().chars().count().into()),
                ("string", part.as_str().into()),
            ],
            None => vec![
                ("offset", (-1.0).into()),
                ("length", 0.0.into()),
                ("string", Data::Null),
            ],
        };
        // Characters are counted from the beginning for each match.
        e.step(self.text.len() / 64, at)?;
        e.bytes(1024, at)?;
        let names = self.regex.capture_names().skip(1).enumerate();
        let captures = names.map(|(n, name)| {
            let mut fields = parts(one.get(n + 1));
            fields.push(("name", name.map_or(Data::Null, Data::from)));
            make(fields).of(self.from)
        });
        let captures = captures.collect();
        let mut fields = parts(one.get(0));
        fields.push(("captures", captures));
        std::ops::ControlFlow::Continue(make(fields).of(self.from))
    }
}

/// `sub(re; f; flags)`: `f` is asked with the named groups of each match. If it gives several
/// texts, there are as many results, as in jq: all first texts, all second ones.
fn substitute<'m>(e: &Evaluator<'m>, call: Call<'_, 'm>, at: At, out: Out<'_>) -> Flow {
    let code = &call.args[1];
    e.patterns(call, &at, &mut |found| {
        let mut results: Vec<(String, Origin)> = Vec::new();
        let mut end = 0;
        for one in found.all(e, call.at)? {
            let whole = one.get(0).map_or(0..0, |whole| whole.range());
            let gap = &found.text[end..whole.start];
            end = whole.end;
            let names = At::of(found.names(&one));
            for (nth, part) in e.collect(code, names, call.env)?.iter().enumerate() {
                let Data::Text(text) = &part.data else {
                    let message = format!("{} cannot be added to a string", shown(part));
                    return e.fail(message, part.from, code.at);
                };
                if nth == results.len() {
                    results.push((String::new(), found.from));
                }
                let (result, from) = &mut results[nth];
                e.bytes(gap.len() + text.len(), call.at)?;
                result.push_str(gap);
                result.push_str(text);
                *from = e.trace.join(*from, part.from);
            }
        }
        if results.is_empty() {
            return out(at.made(Data::from(found.text).of(found.from)));
        }
        results.into_iter().try_for_each(|(mut text, from)| {
            text.push_str(&found.text[end..]);
            e.bytes(text.len(), call.at)?;
            out(at.made(Data::from(text).of(from)))
        })
    })
}
