//! `.key`, `.[0]`, `.[]`, `.[1:3]`.

use std::rc::Rc;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::path::{Opt, Part};

use super::{Env, Evaluator, Flow, ON, Out, fail};
use crate::mapping::word;
use crate::value::{Data, Map, Value};

impl<'m> Evaluator<'m> {
    pub(super) fn path(
        &self,
        parts: &'m [(Part<Term<&'m str>>, Opt)],
        value: Value,
        input: &Value,
        env: &Env<'m>,
        out: Out<'_, 'm>,
    ) -> Flow<'m> {
        let [(part, optional), rest @ ..] = parts else {
            return out(value);
        };
        let refuse = |message: String, at| match optional {
            Opt::Optional => ON,
            Opt::Essential => fail(message, value.deep(self.trace), at),
        };
        match part {
            Part::Index(term) => self.eval(term, input.clone(), env, &mut |key| match self
                .index(&value, &key)
            {
                Ok(element) => self.path(rest, element, input, env, out),
                Err(message) => refuse(message, word(term)),
            }),
            Part::Range(None, None) => match &value.data {
                Data::List(list) => list.iter().try_for_each(|element| {
                    let element = element.clone().because(self.trace, value.from);
                    self.path(rest, element, input, env, out)
                }),
                Data::Map(map) => map.values().try_for_each(|entry| {
                    let element = entry.value.clone().because(self.trace, value.from);
                    self.path(rest, element, input, env, out)
                }),
                other => refuse(format!("cannot iterate over {}", other.kind()), None),
            },
            Part::Range(from, to) => self.bound(from.as_ref(), input, env, &mut |from| {
                self.bound(
                    to.as_ref(),
                    input,
                    env,
                    &mut |to| match slice(&value, from, to) {
                        Some(slice) => self.path(rest, slice, input, env, out),
                        None => refuse(format!("cannot slice {}", value.data.kind()), None),
                    },
                )
            }),
        }
    }

    /// `del(path)`, of paths that are written out: `.a.b`, `."c d"`, `.e[].f`, and several
    /// of them with commas.
    pub(super) fn without(&self, value: Value, path: &Term<&'m str>) -> Result<Value, String> {
        match path {
            Term::BinOp(left, BinaryOp::Comma, right) => {
                self.without(self.without(value, left)?, right)
            }
            Term::Path(root, path) if matches!(**root, Term::Id) => remove(value, &path.0),
            _ => Err("`del` takes paths that are written out, as `.a.b` or `.c[].d`".to_owned()),
        }
    }

    fn bound(
        &self,
        term: Option<&'m Term<&'m str>>,
        input: &Value,
        env: &Env<'m>,
        with: &mut dyn FnMut(Option<f64>) -> Flow<'m>,
    ) -> Flow<'m> {
        let Some(term) = term else {
            return with(None);
        };
        self.eval(term, input.clone(), env, &mut |value| match &value.data {
            Data::Null => with(None),
            Data::Number(number) => with(Some(number.value)),
            other => fail(
                format!("{} cannot bound a slice", other.kind()),
                value.from,
                word(term),
            ),
        })
    }

    /// `value[key]`; what is not there is null. The element depends on the key.
    pub(super) fn index(&self, value: &Value, key: &Value) -> Result<Value, String> {
        let from = self.trace.join(value.from, key.from);
        let element = match (&value.data, &key.data) {
            (Data::Map(map), Data::Text(text)) => map
                .get(text)
                .map(|entry| entry.value.clone().because(self.trace, entry.key)),
            (Data::List(list), Data::Number(at)) => {
                let at = at.value.floor();
                let at = if at < 0.0 { at + list.len() as f64 } else { at };
                (at >= 0.0)
                    .then(|| list.get(at as usize).cloned())
                    .flatten()
            }
            (Data::Null, Data::Text(_) | Data::Number(_) | Data::Null) => None,
            (_, Data::Text(text)) => {
                return Err(format!("cannot look for {text:?} in {}", value.data.kind()));
            }
            _ => {
                return Err(format!(
                    "cannot index {} with {}",
                    value.data.kind(),
                    key.data.kind()
                ));
            }
        };
        Ok(element
            .unwrap_or(Data::Null.into())
            .because(self.trace, from))
    }
}

fn remove(value: Value, parts: &[(Part<Term<&str>>, Opt)]) -> Result<Value, String> {
    let [(part, _), rest @ ..] = parts else {
        return Ok(value);
    };
    let (only, from) = (rest.is_empty(), value.from);
    let data = match (part, value.data) {
        (Part::Index(Term::Str(None, text)), Data::Map(mut map)) => {
            let [StrPart::Str(key)] = text[..] else {
                return Err("`del` takes keys that are written out".to_owned());
            };
            if only {
                Rc::make_mut(&mut map).shift_remove(key);
            } else if let Some(entry) = Rc::make_mut(&mut map).get_mut(key) {
                entry.value = remove(entry.value.clone(), rest)?;
            }
            Data::Map(map)
        }
        (Part::Range(None, None), Data::Map(_)) if only => Map::new().into(),
        (Part::Range(None, None), Data::List(_)) if only => Vec::new().into(),
        (Part::Range(None, None), Data::Map(mut map)) => {
            for entry in Rc::make_mut(&mut map).values_mut() {
                entry.value = remove(entry.value.clone(), rest)?;
            }
            Data::Map(map)
        }
        (Part::Range(None, None), Data::List(list)) => {
            let list = list.iter().map(|value| remove(value.clone(), rest));
            list.collect::<Result<Vec<_>, _>>()?.into()
        }
        (_, Data::Null) => Data::Null,
        (_, other) => {
            return Err(format!(
                "nothing can be deleted there from {}",
                other.kind()
            ));
        }
    };
    Ok(Value { data, from })
}

fn slice(value: &Value, from: Option<f64>, to: Option<f64>) -> Option<Value> {
    let range = |length: usize| {
        let place = |at: f64| {
            let at = if at < 0.0 { at + length as f64 } else { at };
            at.clamp(0.0, length as f64)
        };
        let from = from.map_or(0, |at| place(at).floor() as usize);
        let to = to.map_or(length, |at| place(at).ceil() as usize);
        from..to.max(from)
    };
    let data = match &value.data {
        Data::Null => Data::Null,
        Data::List(list) => list[range(list.len())].to_vec().into(),
        Data::Text(text) => {
            let range = range(text.chars().count());
            let part: String = text.chars().skip(range.start).take(range.len()).collect();
            part.as_str().into()
        }
        _ => return None,
    };
    let from = value.from;
    Some(Value { data, from })
}
