//! Values as JSON, and JSON as values.

use super::{DEPTH_MAX, Data, Entry, Map, Number, Value};
use crate::trace::Origin;

impl std::fmt::Display for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let quoted = |text: &str| serde_json::Value::from(text);
        match self {
            Data::Null => f.write_str("null"),
            Data::Bool(yes) => write!(f, "{yes}"),
            Data::Number(number) => f.write_str(&number.text),
            Data::Text(text) => write!(f, "{}", quoted(text)),
            Data::List(list) => {
                f.write_str("[")?;
                for (at, value) in list.iter().enumerate() {
                    let comma = if at > 0 { "," } else { "" };
                    write!(f, "{comma}{}", value.data)?;
                }
                f.write_str("]")
            }
            Data::Map(map) => {
                f.write_str("{")?;
                for (at, (key, entry)) in map.iter().enumerate() {
                    let comma = if at > 0 { "," } else { "" };
                    write!(f, "{comma}{}:{}", quoted(key), entry.value.data)?;
                }
                f.write_str("}")
            }
        }
    }
}

/// A number as jq writes it: the shortest text that is that number, with an exponent where
/// there would be a row of zeros, `null` for what JSON cannot say.
pub(super) fn number(value: f64) -> String {
    if value.is_nan() {
        return "null".to_owned();
    }
    let value = value.clamp(f64::MIN, f64::MAX);
    let short = format!("{value:e}");
    let (digits, exponent) = short.split_once('e').unwrap_or((&short, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let count = digits.bytes().filter(u8::is_ascii_digit).count() as i32;
    match exponent < -4 || exponent > count + 14 {
        true => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        false => value.to_string(),
    }
}

/// Reads JSON. All of it depends on `from`. Keys keep their order, numbers their text.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str, from: Origin) -> Result<Value, String> {
    let mut json = Json { rest: text, from };
    let value = json.value(0)?;
    match json.next() {
        None => Ok(value),
        Some(_) => Err(json.unexpected()),
    }
}

struct Json<'t> {
    rest: &'t str,
    from: Origin,
}

impl<'t> Json<'t> {
    /// The first character that is not white space; it is not taken.
    fn next(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
        self.rest.chars().next()
    }

    fn take(&mut self, symbol: char) -> bool {
        let is = self.next() == Some(symbol);
        if is {
            self.rest = &self.rest[symbol.len_utf8()..];
        }
        is
    }

    fn unexpected(&mut self) -> String {
        match self.next() {
            Some(found) => format!("no JSON: {found:?} is out of place"),
            None => "no JSON: it ends too early".to_owned(),
        }
    }

    fn value(&mut self, depth: u16) -> Result<Value, String> {
        if depth >= DEPTH_MAX {
            return Err(format!("nested more than {DEPTH_MAX} deep"));
        }
        let data = match self.next() {
            Some('[') => self.list(depth)?,
            Some('{') => self.map(depth)?,
            Some('"') => self.text()?.into(),
            _ => self.word()?,
        };
        Ok(data.of(self.from))
    }

    fn list(&mut self, depth: u16) -> Result<Data, String> {
        let mut list = Vec::new();
        let mut more = self.take('[') && !self.take(']');
        while more {
            list.push(self.value(depth + 1)?);
            more = self.more(']')?;
        }
        Ok(list.into())
    }

    fn map(&mut self, depth: u16) -> Result<Data, String> {
        let mut map = Map::new();
        let mut more = self.take('{') && !self.take('}');
        while more {
            self.next();
            let key = self.text()?;
            if !self.take(':') {
                return Err(self.unexpected());
            }
            let (key, value) = (key.into(), self.value(depth + 1)?);
            let entry = Entry {
                value,
                key: self.from,
            };
            map.insert(key, entry);
            more = self.more('}')?;
        }
        Ok(map.into())
    }

    /// Whether a comma follows, and not the end.
    fn more(&mut self, end: char) -> Result<bool, String> {
        match (self.take(','), self.take(end)) {
            (true, false) => Ok(true),
            (false, true) => Ok(false),
            _ => Err(self.unexpected()),
        }
    }

    fn text(&mut self) -> Result<String, String> {
        let inside = self
            .rest
            .strip_prefix('"')
            .ok_or_else(|| self.unexpected())?;
        let mut escaped = false;
        let end = inside.bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        let end = end.ok_or("no JSON: a string does not end")? + 2;
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        serde_json::from_str(text).map_err(|fault| format!("no JSON: {fault}"))
    }

    fn word(&mut self) -> Result<Data, String> {
        let rest = self.rest;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c));
        let (word, rest) = rest.split_at(end.unwrap_or(rest.len()));
        let data = match word {
            "null" | "nan" => Data::Null,
            "true" | "false" => (word == "true").into(),
            _ => {
                // The grammar of JSON, and not that of Rust, which takes `.5` and `inf`.
                let number = serde_json::from_str::<f64>(word);
                let value = number.map_err(|_| self.unexpected())?;
                let text = word.into();
                Number { value, text }.into()
            }
        };
        self.rest = rest;
        Ok(data)
    }
}
