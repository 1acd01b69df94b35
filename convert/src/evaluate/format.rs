//! Strings with values in them, and jq's formats: `@csv "\(.)"`.

use super::at::At;
use super::fault::{Answer, refuse, shown, text_of};
use super::scope::Env;
use super::{Evaluator, Flow, Out};
use crate::mapping::code::{Format, Piece};
use crate::trace::Origin;
use crate::value::{Data, Value};

/// Is given the pieces of a text, from the last to the first, each with what it depends on.
type Whole<'w> = &'w mut dyn FnMut(&[(String, Origin)]) -> Flow;

impl<'m> Evaluator<'m> {
    /// A string, with all combinations of the values in it. In jq the last one varies last.
    pub(super) fn text(
        &self,
        format: Format,
        pieces: &'m [Piece],
        at: &At,
        env: &Env<'m>,
        out: Out<'_>,
    ) -> Flow {
        self.pieces(format, pieces, &mut Vec::new(), at, env, &mut |parts| {
            let length = parts.iter().map(|(text, _)| text.len()).sum();
            self.bytes(length, super::PRELUDE)?;
            let mut text = String::with_capacity(length);
            let mut from = Origin::NOWHERE;
            for (part, of) in parts.iter().rev() {
                text.push_str(part);
                from = self.trace.join(from, *of);
            }
            out(at.made(Data::from(text).of(from)))
        })
    }

    /// From the last piece to the first.
    fn pieces(
        &self,
        format: Format,
        pieces: &'m [Piece],
        done: &mut Vec<(String, Origin)>,
        at: &At,
        env: &Env<'m>,
        with: Whole<'_>,
    ) -> Flow {
        let [rest @ .., piece] = pieces else {
            return with(done);
        };
        match piece {
            Piece::Plain(text) => {
                done.push((text.clone(), Origin::NOWHERE));
                let flow = self.pieces(format, rest, done, at, env, with);
                done.pop();
                flow
            }
            Piece::Code(code) => self.eval(code, at.aside(), env, &mut |value| {
                let from = value.value.from;
                let written = self.unless(self.written(&value.value, format), from, code.at)?;
                done.push((text_of(&written.data), written.from));
                let flow = self.pieces(format, rest, done, at, env, with);
                done.pop();
                flow
            }),
        }
    }

    /// A value in that format; it depends on all that is in the value.
    pub(super) fn written(&self, value: &Value, format: Format) -> Answer {
        let from = value.deep(self.trace);
        let text = match format {
            Format::Text => text_of(&value.data),
            Format::Json => value.data.to_string(),
            Format::Csv => row(value, ",", |text| {
                format!("\"{}\"", text.replace('"', "\"\""))
            })?,
            Format::Tsv => row(value, "\t", |text| {
                let text = text.replace('\\', "\\\\").replace('\t', "\\t");
                text.replace('\n', "\\n").replace('\r', "\\r")
            })?,
            Format::Html => escaped(&text_of(&value.data)),
            Format::Uri => percent(&text_of(&value.data)),
            Format::Sh => shell(value)?,
            Format::Base64 => base64(text_of(&value.data).as_bytes()),
            Format::Base64d => {
                let text = text_of(&value.data);
                match from_base64(&text) {
                    Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                    None => return refuse(format!("{} is not valid base64 data", shown(value))),
                }
            }
        };
        self.takes(text.len())?;
        Ok(Data::from(text).of(from))
    }
}

/// A list as one row of a table.
fn row(value: &Value, between: &str, quote: impl Fn(&str) -> String) -> Answer<String> {
    let Data::List(list) = &value.data else {
        let shown = shown(value);
        return refuse(format!(
            "{shown} cannot be formatted as a row, only an array can"
        ));
    };
    let cell = |cell: &Value| match &cell.data {
        Data::Null => Ok(String::new()),
        Data::Bool(_) | Data::Number(_) => Ok(text_of(&cell.data)),
        Data::Text(text) => Ok(quote(text)),
        _ => refuse(format!("{} is not valid in a row", shown(cell))),
    };
    let cells = list.iter().map(cell).collect::<Answer<Vec<_>>>()?;
    Ok(cells.join(between))
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '\'' => html.push_str("&#39;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
    html
}

fn percent(text: &str) -> String {
    let mut uri = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            true => uri.push(char::from(byte)),
            false => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// Words of a shell, each in quotes.
fn shell(value: &Value) -> Answer<String> {
    let word = |value: &Value| match &value.data {
        Data::Text(text) => Ok(format!("'{}'", text.replace('\'', "'\\''"))),
        Data::List(_) | Data::Map(_) => {
            refuse(format!("{} can not be escaped for shell", shown(value)))
        }
        data => Ok(text_of(data)),
    };
    match &value.data {
        Data::List(list) => {
            let words = list.iter().map(word).collect::<Answer<Vec<_>>>()?;
            Ok(words.join(" "))
        }
        _ => word(value),
    }
}

const SIX_BITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let six = (bits >> (18 - 6 * at)) & 63;
            match at <= three.len() {
                true => text.push(char::from(SIX_BITS[six as usize])),
                false => text.push('='),
            }
        }
    }
    text
}

/// With or without `=` at the end.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').as_bytes();
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for four in text.chunks(4) {
        let mut bits = 0u32;
        for at in 0..4 {
            let six = match four.get(at) {
                Some(letter) => SIX_BITS.iter().position(|known| known == letter)?,
                None => 0,
            };
            bits = bits << 6 | six as u32;
        }
        // One letter alone has six bits, and that is no byte.
        let count = four.len().checked_sub(1).filter(|count| *count > 0)?;
        bytes.extend_from_slice(&bits.to_be_bytes()[1..=count]);
    }
    Some(bytes)
}
