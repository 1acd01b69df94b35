//! jq's functions: those that are written in jq stand in `prelude.jq`, the others here.

use std::ops::ControlFlow;
use std::rc::Rc;

use jaq_core::load::parse::{Def, Term};

use super::regex::captured;
use super::{Env, Evaluator, Flow, ON, Out, Stop, fail, operators, text_of};
use crate::trace::Origin;
use crate::value::{Data, Entry, Map, Value};

/// The definitions of `prelude.jq`.
pub(crate) fn prelude() -> Vec<Def<&'static str>> {
    let text = include_str!("prelude.jq");
    jaq_core::load::parse(text, |p| p.defs()).expect("our own definitions are jq")
}

/// Name and number of arguments of each function here.
pub(crate) const NATIVES: &[(&str, usize)] = &[
    ("true", 0),
    ("false", 0),
    ("null", 0),
    ("empty", 0),
    ("error", 0),
    ("error", 1),
    ("type", 0),
    ("length", 0),
    ("keys", 0),
    ("keys_unsorted", 0),
    ("has", 1),
    ("contains", 1),
    ("to_entries", 0),
    ("from_entries", 0),
    ("any", 2),
    ("all", 2),
    ("add", 0),
    ("sort", 0),
    ("sort_by", 1),
    ("group_by", 1),
    ("unique", 0),
    ("unique_by", 1),
    ("min", 0),
    ("max", 0),
    ("reverse", 0),
    ("flatten", 0),
    ("range", 3),
    ("limit", 2),
    ("floor", 0),
    ("ceil", 0),
    ("round", 0),
    ("tostring", 0),
    ("tonumber", 0),
    ("tojson", 0),
    ("ascii_downcase", 0),
    ("ascii_upcase", 0),
    ("ltrimstr", 1),
    ("rtrimstr", 1),
    ("startswith", 1),
    ("endswith", 1),
    ("trim", 0),
    ("ltrim", 0),
    ("rtrim", 0),
    ("split", 1),
    ("split", 2),
    ("join", 1),
    ("test", 2),
    ("capture", 2),
    ("scan", 2),
    ("sub", 3),
    ("paths", 0),
    ("getpath", 1),
    ("del", 1),
    ("input", 0),
    ("inputs", 0),
    ("input_filename", 0),
];

type Answer = Result<Value, String>;

impl<'m> Evaluator<'m> {
    pub(super) fn native(
        &self,
        name: &'m str,
        args: &'m [Term<&'m str>],
        input: Value,
        env: &Env<'m>,
        out: Out<'_, 'm>,
    ) -> Flow<'m> {
        let from = input.from;
        match (name, args) {
            ("empty", []) => ON,
            ("error", []) => ControlFlow::Break(Stop::Error(input, Some(name))),
            ("error", [message]) => self.eval(message, input, env, &mut |value| {
                ControlFlow::Break(Stop::Error(value, Some(name)))
            }),
            ("inputs", []) => {
                while let Some(value) = self.input() {
                    out(value)?;
                }
                ON
            }
            ("any" | "all", [over, condition]) => {
                let decides = name == "any";
                let mut from = input.from;
                let mut decided = false;
                let flow = self.eval(over, input, env, &mut |value| {
                    self.eval(condition, value, env, &mut |answer| {
                        from = self.trace.join(from, answer.from);
                        decided = answer.data.is_true() == decides;
                        stop_if(decided)
                    })
                });
                ended(flow)?;
                let data = Data::Bool(decided == decides);
                out(Value { data, from })
            }
            ("limit", [count, over]) => self.eval(count, input.clone(), env, &mut |count| {
                let Data::Number(most) = &count.data else {
                    return fail("`limit` needs a number".to_owned(), count.from, Some(name));
                };
                let mut left = most.value;
                if left <= 0.0 {
                    return ON;
                }
                let mut behind = None;
                let flow = self.eval(over, input.clone(), env, &mut |value| {
                    left -= 1.0;
                    if let ControlFlow::Break(stop) = out(value) {
                        behind = Some(stop);
                    }
                    stop_if(behind.is_some() || left <= 0.0)
                });
                behind.map_or_else(|| ended(flow), ControlFlow::Break)
            }),
            ("range", [first, end, step]) => {
                self.numbers([first, end, step], &input, env, &mut |[
                    mut at,
                    end,
                    step,
                ]| {
                    while if step > 0.0 {
                        at < end
                    } else {
                        step < 0.0 && at > end
                    } {
                        out(Data::from(at).into())?;
                        at += step;
                    }
                    ON
                })
            }
            ("sort_by" | "group_by" | "unique_by", [by]) => {
                let sorted = self.sorted(input, by, env)?;
                out(match name {
                    "sort_by" => list(sorted.into_iter().flatten(), from),
                    "group_by" => list(
                        sorted.into_iter().map(|group| Data::from(group).into()),
                        from,
                    ),
                    _ => list(
                        sorted
                            .into_iter()
                            .filter_map(|group| group.into_iter().next()),
                        from,
                    ),
                })
            }
            ("del", [path]) => match self.without(input, path) {
                Ok(value) => out(value),
                Err(message) => fail(message, from, Some(name)),
            },
            ("paths", []) => self.paths(&input, &mut Vec::new(), out),
            ("sub", [pattern, replacement, flags]) => {
                self.regex_of(pattern, flags, &input, env, &mut |regex, flags| {
                    let all = text_of(&flags.data).contains('g');
                    self.substitute(&input, regex, replacement, all, env, out)
                })
            }
            ("scan", [pattern, flags]) => {
                self.regex_of(pattern, flags, &input, env, &mut |regex, _| {
                    self.scan(&input, regex, out)
                })
            }
            ("capture", [pattern, flags]) => {
                self.regex_of(pattern, flags, &input, env, &mut |regex, flags| {
                    let Some(text) = input.as_text() else {
                        return fail(
                            format!("{} has no text to match", input.data.kind()),
                            from,
                            Some(name),
                        );
                    };
                    let most = if text_of(&flags.data).contains('g') {
                        usize::MAX
                    } else {
                        1
                    };
                    let mut found = regex.captures_iter(text).take(most);
                    found.try_for_each(|found| out(captured(regex, &found, from)))
                })
            }
            ("test", [pattern, flags]) => self.regex_of(
                pattern,
                flags,
                &input,
                env,
                &mut |regex, _| match input.as_text() {
                    Some(text) => out(Value {
                        data: Data::Bool(regex.is_match(text)),
                        from,
                    }),
                    None => fail(
                        format!("{} has no text to match", input.data.kind()),
                        from,
                        Some(name),
                    ),
                },
            ),
            ("split", [pattern, flags]) => self.regex_of(
                pattern,
                flags,
                &input,
                env,
                &mut |regex, _| match input.as_text() {
                    Some(text) => out(list(
                        regex.split(text).map(|part| Value {
                            data: part.into(),
                            from,
                        }),
                        from,
                    )),
                    None => fail(
                        format!("{} has no text to split", input.data.kind()),
                        from,
                        Some(name),
                    ),
                },
            ),
            (_, []) => match self.unary(name, &input) {
                Ok(value) => out(value),
                Err(message) => fail(message, input.deep(self.trace), Some(name)),
            },
            (_, [arg]) => self.eval(arg, input.clone(), env, &mut |arg| match self
                .with(name, &input, &arg)
            {
                Ok(value) => out(value.because(self.trace, arg.from)),
                Err(message) => fail(
                    message,
                    self.trace.join(input.deep(self.trace), arg.from),
                    Some(name),
                ),
            }),
            _ => fail(
                format!("there is no function `{name}`"),
                Origin::NOWHERE,
                Some(name),
            ),
        }
    }

    /// Functions of the input alone.
    fn unary(&self, name: &str, input: &Value) -> Answer {
        let from = input.from;
        let give = |data: Data| Ok(Value { data, from });
        let wrong = || Err(format!("`{name}` cannot take {}", input.data.kind()));
        match (name, &input.data) {
            ("true" | "false", _) => Ok(Data::Bool(name == "true").into()),
            ("null", _) => Ok(Data::Null.into()),
            ("input", _) => self
                .input()
                .ok_or_else(|| "there is no further document".to_owned()),
            ("input_filename", _) => Ok(Data::Text(self.file.borrow().clone()).into()),
            ("type", data) => give(data.kind().into()),
            ("length", Data::Null) => give(0.0.into()),
            ("length", Data::Text(text)) => give((text.chars().count() as f64).into()),
            ("length", Data::List(items)) => give((items.len() as f64).into()),
            ("length", Data::Map(map)) => give((map.len() as f64).into()),
            ("length", Data::Number(number)) => give(number.value.abs().into()),
            ("keys" | "keys_unsorted", Data::Map(map)) => {
                let mut keys: Vec<Value> = map
                    .iter()
                    .map(|(key, entry)| Value {
                        data: Data::Text(key.clone()),
                        from: entry.key,
                    })
                    .collect();
                if name == "keys" {
                    keys.sort_by(|a, b| a.data.order(&b.data));
                }
                give(keys.into())
            }
            ("keys" | "keys_unsorted", Data::List(items)) => {
                let keys = (0..items.len()).map(|at| Data::from(at as f64).into());
                give(keys.collect::<Vec<_>>().into())
            }
            ("to_entries", Data::Map(map)) => Ok(list(map.iter().map(pair), from)),
            ("from_entries", Data::List(items)) => from_entries(self, items, from),
            ("add", Data::List(items)) => {
                let mut values = items.iter();
                let first = values.next().cloned().unwrap_or(Data::Null.into());
                let sum = self.sum(first, values)?;
                Ok(sum.because(self.trace, from))
            }
            ("add", Data::Map(map)) => {
                let mut values = map.values().map(|entry| &entry.value);
                let first = values.next().cloned().unwrap_or(Data::Null.into());
                Ok(self.sum(first, values)?.because(self.trace, from))
            }
            ("sort" | "unique" | "min" | "max", Data::List(items)) => {
                let mut items = Vec::clone(items);
                items.sort_by(|a, b| a.data.order(&b.data));
                match name {
                    "unique" => items.dedup_by(|a, b| a.data.order(&b.data).is_eq()),
                    "min" => return Ok(items.into_iter().next().unwrap_or(Data::Null.into())),
                    "max" => return Ok(items.pop().unwrap_or(Data::Null.into())),
                    _ => {}
                }
                give(items.into())
            }
            ("reverse", Data::List(items)) => {
                give(items.iter().rev().cloned().collect::<Vec<_>>().into())
            }
            ("reverse", Data::Null) => give(Vec::new().into()),
            ("flatten", Data::List(items)) => {
                let mut flat = Vec::new();
                flatten(items, &mut flat);
                give(flat.into())
            }
            ("floor", Data::Number(n)) => give(n.value.floor().into()),
            ("ceil", Data::Number(n)) => give(n.value.ceil().into()),
            ("round", Data::Number(n)) => give(n.value.round().into()),
            ("tostring", data) => Ok(Value {
                data: text_of(data).as_str().into(),
                from: input.deep(self.trace),
            }),
            ("tojson", data) => Ok(Value {
                data: data.to_string().as_str().into(),
                from: input.deep(self.trace),
            }),
            ("tonumber", Data::Number(_)) => Ok(input.clone()),
            ("tonumber", Data::Text(text)) => {
                let number = text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
                give(
                    number
                        .ok_or_else(|| format!("{text:?} is no number"))?
                        .into(),
                )
            }
            ("ascii_downcase", Data::Text(text)) => give(text.to_ascii_lowercase().as_str().into()),
            ("ascii_upcase", Data::Text(text)) => give(text.to_ascii_uppercase().as_str().into()),
            ("trim", Data::Text(text)) => give(text.trim().into()),
            ("ltrim", Data::Text(text)) => give(text.trim_start().into()),
            ("rtrim", Data::Text(text)) => give(text.trim_end().into()),
            _ => wrong(),
        }
    }

    /// Functions of the input and one argument.
    fn with(&self, name: &str, input: &Value, arg: &Value) -> Answer {
        let from = input.from;
        let give = |data: Data| Ok(Value { data, from });
        match (name, &input.data, &arg.data) {
            ("has", Data::Map(map), Data::Text(key)) => {
                let entry = map.get(key);
                let key = entry.map_or(Origin::NOWHERE, |entry| entry.key);
                Ok(Value {
                    data: Data::Bool(entry.is_some()),
                    from,
                }
                .because(self.trace, key))
            }
            ("has", Data::List(items), Data::Number(at)) => {
                give(Data::Bool(at.value >= 0.0 && at.value < items.len() as f64))
            }
            ("contains", all, part) => Ok(Value {
                data: Data::Bool(contains(all, part)),
                from: self
                    .trace
                    .join(input.deep(self.trace), arg.deep(self.trace)),
            }),
            ("ltrimstr", Data::Text(text), Data::Text(part)) => {
                give(text.strip_prefix(&**part).unwrap_or(text).into())
            }
            ("rtrimstr", Data::Text(text), Data::Text(part)) => {
                give(text.strip_suffix(&**part).unwrap_or(text).into())
            }
            ("ltrimstr" | "rtrimstr", ..) => Ok(input.clone()),
            ("startswith", Data::Text(text), Data::Text(part)) => {
                give(Data::Bool(text.starts_with(&**part)))
            }
            ("endswith", Data::Text(text), Data::Text(part)) => {
                give(Data::Bool(text.ends_with(&**part)))
            }
            ("split", Data::Text(text), Data::Text(by)) => {
                let Data::List(parts) = operators::split(text, by) else {
                    return give(Data::Null);
                };
                Ok(list(
                    parts.iter().map(|part| Value {
                        data: part.data.clone(),
                        from,
                    }),
                    from,
                ))
            }
            ("join", Data::List(items), Data::Text(between)) => {
                let texts: Vec<String> = items
                    .iter()
                    .map(|item| match &item.data {
                        Data::Null => String::new(),
                        data => text_of(data),
                    })
                    .collect();
                Ok(Value {
                    data: texts.join(between).as_str().into(),
                    from: input.deep(self.trace),
                })
            }
            ("getpath", _, Data::List(path)) => path
                .iter()
                .try_fold(input.clone(), |value, key| self.index(&value, key)),
            (_, data, arg) => Err(format!(
                "`{name}` cannot take {} with {}",
                data.kind(),
                arg.kind()
            )),
        }
    }

    /// Text is gathered in one piece, so that a long list does not cost its square.
    fn sum<'v>(&self, first: Value, rest: impl Iterator<Item = &'v Value>) -> Answer {
        let mut sum = first;
        let mut text: Option<String> = None;
        for value in rest {
            match (&mut text, &sum.data, &value.data) {
                (Some(text), _, Data::Text(part)) => text.push_str(part),
                (None, Data::Text(start), Data::Text(part)) => {
                    text = Some(format!("{start}{part}"))
                }
                (gathered, ..) => {
                    if let Some(text) = gathered.take() {
                        sum.data = text.as_str().into();
                    }
                    sum = self.math(jaq_core::ops::Math::Add, &sum, value)?;
                    continue;
                }
            }
            sum.from = self.trace.join(sum.from, value.from);
        }
        if let Some(text) = text {
            sum.data = text.as_str().into();
        }
        Ok(sum)
    }

    /// The elements in groups of equal keys, in the order of the keys.
    fn sorted(
        &self,
        input: Value,
        by: &'m Term<&'m str>,
        env: &Env<'m>,
    ) -> ControlFlow<Stop<'m>, Vec<Vec<Value>>> {
        let Data::List(items) = &input.data else {
            let message = format!("{} cannot be sorted", input.data.kind());
            fail(message, input.from, crate::mapping::word(by))?;
            return ControlFlow::Continue(Vec::new());
        };
        let mut keyed = Vec::with_capacity(items.len());
        for item in items.iter() {
            let key = self.collect(by, item.clone(), env)?;
            keyed.push((Data::from(key), item.clone()));
        }
        keyed.sort_by(|(a, _), (b, _)| a.order(b));
        let groups = keyed.chunk_by(|(a, _), (b, _)| a.order(b).is_eq());
        ControlFlow::Continue(
            groups
                .map(|group| group.iter().map(|(_, item)| item.clone()).collect())
                .collect(),
        )
    }

    fn paths(&self, value: &Value, path: &mut Vec<Value>, out: Out<'_, 'm>) -> Flow<'m> {
        let mut step = |key: Value, value: &Value| {
            path.push(key);
            out(Data::from(path.clone()).into())?;
            self.paths(value, path, out)?;
            path.pop();
            ON
        };
        match &value.data {
            Data::List(items) => items
                .iter()
                .enumerate()
                .try_for_each(|(at, item)| step(Data::from(at as f64).into(), item)),
            Data::Map(map) => map.iter().try_for_each(|(key, entry)| {
                let data = Data::Text(key.clone());
                step(
                    Value {
                        data,
                        from: entry.key,
                    },
                    &entry.value,
                )
            }),
            _ => ON,
        }
    }

    fn regex_of(
        &self,
        pattern: &'m Term<&'m str>,
        flags: &'m Term<&'m str>,
        input: &Value,
        env: &Env<'m>,
        with: &mut dyn FnMut(&regex_lite::Regex, &Value) -> Flow<'m>,
    ) -> Flow<'m> {
        self.eval(flags, input.clone(), env, &mut |flags| {
            self.eval(
                pattern,
                input.clone(),
                env,
                &mut |value| match self.regex(&value, &flags) {
                    Ok(regex) => with(&regex, &flags),
                    Err(message) => fail(message, value.from, crate::mapping::word(pattern)),
                },
            )
        })
    }

    fn numbers<const N: usize>(
        &self,
        terms: [&'m Term<&'m str>; N],
        input: &Value,
        env: &Env<'m>,
        with: &mut dyn FnMut([f64; N]) -> Flow<'m>,
    ) -> Flow<'m> {
        let mut numbers = [0.0; N];
        for (number, term) in numbers.iter_mut().zip(terms) {
            let value = self.collect(term, input.clone(), env)?.pop();
            match value.map(|value| value.data) {
                Some(Data::Number(found)) => *number = found.value,
                _ => {
                    return fail(
                        "a number is missing".to_owned(),
                        input.from,
                        crate::mapping::word(term),
                    );
                }
            }
        }
        with(numbers)
    }
}

/// Ends a stream from within, as `label` and `break` do.
fn stop_if<'m>(stop: bool) -> Flow<'m> {
    match stop {
        true => ControlFlow::Break(Stop::Break(usize::MAX)),
        false => ON,
    }
}

fn ended(flow: Flow<'_>) -> Flow<'_> {
    match flow {
        ControlFlow::Break(Stop::Break(usize::MAX)) => ON,
        flow => flow,
    }
}

fn list(items: impl Iterator<Item = Value>, from: Origin) -> Value {
    let data = items.collect::<Vec<_>>().into();
    Value { data, from }
}

fn pair((key, entry): (&Rc<str>, &Entry)) -> Value {
    let mut map = Map::new();
    let mut put = |name: &str, value| {
        let key = Origin::NOWHERE;
        map.insert(name.into(), Entry { key, value });
    };
    put(
        "key",
        Value {
            data: Data::Text(key.clone()),
            from: entry.key,
        },
    );
    put("value", entry.value.clone());
    Data::from(map).into()
}

fn from_entries(evaluator: &Evaluator<'_>, items: &[Value], from: Origin) -> Answer {
    let mut map = Map::new();
    for item in items {
        let Data::Map(pair) = &item.data else {
            return Err(format!("an entry is an object, not {}", item.data.kind()));
        };
        let part = |names: &[&str]| {
            let found = names.iter().find_map(|name| pair.get(*name));
            found.map_or(Data::Null.into(), |entry| entry.value.clone())
        };
        let key = part(&["key", "k", "name", "Name", "Key", "K"]);
        let text: Rc<str> = match &key.data {
            Data::Text(text) => text.clone(),
            Data::Null | Data::Bool(_) | Data::Number(_) => text_of(&key.data).into(),
            other => return Err(format!("{} cannot be a key", other.kind())),
        };
        let key = evaluator.trace.join(key.from, item.from);
        let value = part(&["value", "v", "Value", "V"]);
        map.insert(text, Entry { key, value });
    }
    let data = map.into();
    Ok(Value { data, from })
}

fn flatten(items: &[Value], flat: &mut Vec<Value>) {
    for item in items {
        match &item.data {
            Data::List(inner) => flatten(inner, flat),
            _ => flat.push(item.clone()),
        }
    }
}

fn contains(all: &Data, part: &Data) -> bool {
    match (all, part) {
        (Data::Text(all), Data::Text(part)) => all.contains(&**part),
        (Data::List(all), Data::List(part)) => part
            .iter()
            .all(|part| all.iter().any(|all| contains(&all.data, &part.data))),
        (Data::Map(all), Data::Map(part)) => part.iter().all(|(key, part)| {
            all.get(key)
                .is_some_and(|all| contains(&all.value.data, &part.value.data))
        }),
        (all, part) => all.order(part).is_eq(),
    }
}
