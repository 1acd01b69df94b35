//! Functions of text, and of values as text.

use super::{Native, plain};
use crate::evaluate::fault::{Answer, refuse, shown, text_of};
use crate::evaluate::{Evaluator, operators};
use crate::mapping::code::Format;
use crate::trace::Origin;
use crate::value::{self, Data, Value};

pub(super) const NATIVES: &[Native] = &[
    plain("type", 0, |_, value, _| {
        Ok(Data::from(value.data.kind()).of(value.from))
    }),
    plain("length", 0, length),
    plain("utf8bytelength", 0, |_, value, _| {
        let length = text(&value, "has no text whose bytes could be counted")?.len();
        Ok(Data::from(length).of(value.from))
    }),
    plain("tostring", 0, |e, value, _| match &value.data {
        Data::Text(_) => Ok(value),
        _ => e.written(&value, Format::Text),
    }),
    plain("tojson", 0, |e, value, _| e.written(&value, Format::Json)),
    plain("fromjson", 0, |e, value, _| {
        let text = text(&value, "has no text that could be JSON")?;
        e.takes(text.len() * 16)?;
        match value::parse(text, value.from) {
            Ok(parsed) => Ok(parsed),
            Err(why) => refuse(format!("{} is {why}", shown(&value))),
        }
    }),
    plain("ascii_downcase", 0, |e, value, _| {
        change(e, value, |text| text.to_ascii_lowercase())
    }),
    plain("ascii_upcase", 0, |e, value, _| {
        change(e, value, |text| text.to_ascii_uppercase())
    }),
    plain("trim", 0, |e, value, _| {
        change(e, value, |text| text.trim().into())
    }),
    plain("ltrim", 0, |e, value, _| {
        change(e, value, |text| text.trim_start().into())
    }),
    plain("rtrim", 0, |e, value, _| {
        change(e, value, |text| text.trim_end().into())
    }),
    plain("ltrimstr", 1, |e, value, args| {
        Ok(stripped(&value, &args[0], true, false).because(e.trace, args[0].from))
    }),
    plain("rtrimstr", 1, |e, value, args| {
        Ok(stripped(&value, &args[0], false, true).because(e.trace, args[0].from))
    }),
    plain("trimstr", 1, |e, value, args| {
        Ok(stripped(&value, &args[0], true, true).because(e.trace, args[0].from))
    }),
    plain("startswith", 1, |e, value, args| {
        begins(e, &value, &args[0], "startswith", |text, part| {
            text.starts_with(part)
        })
    }),
    plain("endswith", 1, |e, value, args| {
        begins(e, &value, &args[0], "endswith", |text, part| {
            text.ends_with(part)
        })
    }),
    plain("split", 1, |e, value, args| {
        match (&value.data, &args[0].data) {
            (Data::Text(text), Data::Text(by)) => {
                let from = e.trace.join(value.from, args[0].from);
                let parts = operators::split(e, text, by, from)?;
                Ok(parts.of(from))
            }
            _ => refuse("split input and separator must be strings"),
        }
    }),
    plain("join", 1, join),
    plain("explode", 0, |e, value, _| {
        let text = text(&value, "cannot be exploded")?;
        e.takes(text.len() * 64)?;
        let from = value.from;
        let codes = text
            .chars()
            .map(|c| Data::from(f64::from(u32::from(c))).of(from));
        Ok(codes.collect::<Data>().of(from))
    }),
    plain("implode", 0, implode),
    plain("@text", 0, |e, value, _| e.written(&value, Format::Text)),
    plain("@json", 0, |e, value, _| e.written(&value, Format::Json)),
    plain("@csv", 0, |e, value, _| e.written(&value, Format::Csv)),
    plain("@tsv", 0, |e, value, _| e.written(&value, Format::Tsv)),
    plain("@html", 0, |e, value, _| e.written(&value, Format::Html)),
    plain("@uri", 0, |e, value, _| e.written(&value, Format::Uri)),
    plain("@sh", 0, |e, value, _| e.written(&value, Format::Sh)),
    plain("@base64", 0, |e, value, _| {
        e.written(&value, Format::Base64)
    }),
    plain("@base64d", 0, |e, value, _| {
        e.written(&value, Format::Base64d)
    }),
];

pub(super) fn text<'v>(value: &'v Value, otherwise: &str) -> Answer<&'v str> {
    match &value.data {
        Data::Text(text) => Ok(text),
        _ => refuse(format!("{} {otherwise}", shown(value))),
    }
}

/// Of a list or map: how many there are, and not what they are.
fn length(_: &Evaluator<'_>, value: Value, _: &[Value]) -> Answer {
    let length = match &value.data {
        Data::Null => 0.0,
        Data::Text(text) => text.chars().count() as f64,
        Data::List(list) => list.len() as f64,
        Data::Map(map) => map.len() as f64,
        Data::Number(number) => number.value.abs(),
        Data::Bool(_) => return refuse(format!("{} has no length", shown(&value))),
    };
    Ok(Data::from(length).of(value.from))
}

fn change(e: &Evaluator<'_>, value: Value, make: impl Fn(&str) -> String) -> Answer {
    let text = text(&value, "is not a string")?;
    e.takes(text.len())?;
    Ok(Data::from(make(text)).of(value.from))
}

/// Without the part at its beginning or end; whatever has no such part stays as it is.
fn stripped(value: &Value, part: &Value, front: bool, back: bool) -> Value {
    let (Data::Text(text), Data::Text(part)) = (&value.data, &part.data) else {
        return value.clone();
    };
    let mut left = &**text;
    if front {
        left = left.strip_prefix(&**part).unwrap_or(left);
    }
    if back {
        left = left.strip_suffix(&**part).unwrap_or(left);
    }
    match left.len() == text.len() {
        true => value.clone(),
        false => Data::from(left).of(value.from),
    }
}

fn begins(
    e: &Evaluator<'_>,
    value: &Value,
    part: &Value,
    name: &str,
    test: fn(&str, &str) -> bool,
) -> Answer {
    match (&value.data, &part.data) {
        (Data::Text(text), Data::Text(part_text)) => {
            let from = e.trace.join(value.from, part.from);
            Ok(Data::Bool(test(text, part_text)).of(from))
        }
        _ => refuse(format!("{name}() requires string inputs")),
    }
}

/// Texts, numbers and booleans with a text between them; null is nothing.
fn join(e: &Evaluator<'_>, value: Value, args: &[Value]) -> Answer {
    let parts: Vec<&Value> = match &value.data {
        Data::List(list) => list.iter().collect(),
        Data::Map(map) => map.values().map(|entry| &entry.value).collect(),
        _ => return refuse(format!("Cannot iterate over {}", shown(&value))),
    };
    let from = e.trace.join(value.deep(e.trace), args[0].from);
    let between = match &args[0].data {
        Data::Text(between) => between.clone(),
        // jq adds it to the parts, and null adds nothing.
        Data::Null => "".into(),
        _ if parts.is_empty() => "".into(),
        _ => return refuse(format!("Cannot join with {}", shown(&args[0]))),
    };
    let mut joined = String::new();
    for (at, part) in parts.into_iter().enumerate() {
        if at > 0 {
            joined.push_str(&between);
        }
        let before = joined.len();
        match &part.data {
            Data::Null => {}
            Data::Text(_) | Data::Number(_) | Data::Bool(_) => {
                joined.push_str(&text_of(&part.data));
            }
            _ => {
                let (text, part) = (Data::from(joined).into(), shown(part));
                return refuse(format!("{} and {part} cannot be added", shown(&text)));
            }
        }
        e.takes(joined.len() - before + between.len())?;
    }
    Ok(Data::from(joined).of(from))
}

fn implode(e: &Evaluator<'_>, value: Value, _: &[Value]) -> Answer {
    let Data::List(codes) = &value.data else {
        return refuse("implode input must be an array");
    };
    e.takes(codes.len() * 4)?;
    let mut from = Origin::NOWHERE;
    let mut text = String::new();
    for code in codes.iter() {
        from = e.trace.join(from, code.from);
        let number = match &code.data {
            Data::Number(number) if number.value >= 0.0 => number.value as u32,
            _ => return refuse("Unicode codepoint must be numeric"),
        };
        text.push(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    Ok(Data::from(text).of(e.trace.join(from, value.from)))
}
