//! `test`, `capture`, `scan`, `split`, `sub`.

use std::collections::HashMap;
use std::rc::Rc;

use regex_lite::{Captures, Regex};

use super::{Env, Evaluator, Flow, ON, Out, fail};
use crate::trace::Origin;
use crate::value::{Data, Entry, Map, Value};
use jaq_core::load::parse::Term;

/// Pattern and flags -> what they were compiled to.
pub(super) type Compiled = HashMap<(Rc<str>, Rc<str>), Rc<Regex>>;

/// Bytes of a compiled pattern.
const SIZE_MAX: usize = 1 << 20;

impl<'m> Evaluator<'m> {
    /// A pattern with jq's flags. Each is compiled once.
    pub(super) fn regex(&self, pattern: &Value, flags: &Value) -> Result<Rc<Regex>, String> {
        let flags: Rc<str> = match &flags.data {
            Data::Null => "".into(),
            Data::Text(flags) => flags.clone(),
            other => return Err(format!("{} cannot be flags of a pattern", other.kind())),
        };
        let Data::Text(text) = &pattern.data else {
            return Err(format!("{} cannot be a pattern", pattern.data.kind()));
        };
        let key = (text.clone(), flags.clone());
        if let Some(regex) = self.regexes.borrow().get(&key) {
            return Ok(regex.clone());
        }
        if let Some(odd) = flags.chars().find(|flag| !"gixs".contains(*flag)) {
            return Err(format!(
                "there is no flag `{odd}`; there are `g`, `i`, `x` and `s`"
            ));
        }
        let regex = regex_lite::RegexBuilder::new(text)
            .case_insensitive(flags.contains('i'))
            .ignore_whitespace(flags.contains('x'))
            .dot_matches_new_line(flags.contains('s'))
            .size_limit(SIZE_MAX)
            .build()
            .map_err(|fault| format!("{text:?} is no pattern: {fault}"))?;
        let regex = Rc::new(regex);
        self.regexes.borrow_mut().insert(key, regex.clone());
        Ok(regex)
    }

    /// `sub(re; f; flags)`: `f` is asked with the captures, and gives the replacement.
    pub(super) fn substitute(
        &self,
        text: &Value,
        regex: &Regex,
        replacement: &'m Term<&'m str>,
        all: bool,
        env: &Env<'m>,
        out: Out<'_, 'm>,
    ) -> Flow<'m> {
        let Data::Text(source) = &text.data else {
            return fail(
                format!("{} has no text to replace", text.data.kind()),
                text.from,
                None,
            );
        };
        let mut result = String::new();
        let mut from = text.from;
        let mut end = 0;
        for found in regex
            .captures_iter(source)
            .take(if all { usize::MAX } else { 1 })
        {
            let whole = found.get(0).map_or(0..0, |m| m.range());
            result.push_str(&source[end..whole.start]);
            let mut first = None;
            let captures = captured(regex, &found, text.from);
            for value in self.collect(replacement, captures, env)? {
                first = first.or(Some(value));
            }
            match first.as_ref().map(|value| &value.data) {
                Some(Data::Text(part)) => result.push_str(part),
                other => {
                    let kind = other.map_or("nothing", Data::kind);
                    return fail(
                        format!("a replacement is text, not {kind}"),
                        text.from,
                        None,
                    );
                }
            }
            from = self
                .trace
                .join(from, first.map_or(Origin::NOWHERE, |value| value.from));
            end = whole.end;
        }
        result.push_str(&source[end..]);
        out(Value {
            data: result.as_str().into(),
            from,
        })
    }

    pub(super) fn scan(&self, text: &Value, regex: &Regex, out: Out<'_, 'm>) -> Flow<'m> {
        let Data::Text(source) = &text.data else {
            return fail(
                format!("{} has no text to scan", text.data.kind()),
                text.from,
                None,
            );
        };
        let part = |part: Option<regex_lite::Match<'_>>| Value {
            data: part.map_or(Data::Null, |m| m.as_str().into()),
            from: text.from,
        };
        for found in regex.captures_iter(source) {
            match found.len() {
                1 => out(part(found.get(0)))?,
                groups => {
                    let list: Vec<Value> = (1..groups).map(|n| part(found.get(n))).collect();
                    out(Data::from(list).into())?;
                }
            }
        }
        ON
    }
}

/// The named groups of a match.
pub(super) fn captured(regex: &Regex, found: &Captures<'_>, from: Origin) -> Value {
    let mut map = Map::new();
    for name in regex.capture_names().flatten() {
        let data = found.name(name).map_or(Data::Null, |m| m.as_str().into());
        let entry = Entry {
            key: Origin::NOWHERE,
            value: Value { data, from },
        };
        map.insert(name.into(), entry);
    }
    Value {
        data: map.into(),
        from,
    }
}
