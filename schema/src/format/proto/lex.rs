//! Tokens of an option's value, each with its place.
//!
//! The parser of `.proto` files gives a whole `{ }` one place; a message about one
//! consumer in it needs the token.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// `true`, `routewright`.
    Ident,
    /// `5`, `0.3`, `0x1F`; never a sign.
    Number,
    /// A text, its escapes read.
    Text(String),
    /// A text whose escapes are wrong, and what is wrong.
    BadText(&'static str),
    /// One character of punctuation.
    Punct(u8),
}

/// Tokens of a text from a byte on.
#[derive(Clone)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub fn new(text: &'t str, at: usize) -> Lexer<'t> {
        Lexer { text, at }
    }

    /// The next token and its bytes; `None` at the end of the text.
    pub fn next(&mut self) -> Option<(Token, Range<usize>)> {
        self.skip();
        let start = self.at;
        let rest = self.text.as_bytes().get(start..)?;
        let first = *rest.first()?;
        let token = match first {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.at += run(rest, |b| b.is_ascii_alphanumeric() || b == b'_');
                Token::Ident
            }
            b'0'..=b'9' | b'.' if first != b'.' || rest.get(1).is_some_and(u8::is_ascii_digit) => {
                self.at += number(rest);
                Token::Number
            }
            b'"' | b'\'' => self.string(first),
            _ => {
                // A whole character, so that places stay on borders of characters.
                let width = self.text[start..].chars().next().map_or(1, char::len_utf8);
                self.at += width;
                Token::Punct(first)
            }
        };
        Some((token, start..self.at))
    }

    /// Past blanks and comments.
    fn skip(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let blank = rest.len() - rest.trim_ascii_start().len();
            let rest = &rest[blank..];
            let comment = if rest.starts_with("//") || rest.starts_with('#') {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                0
            };
            self.at += blank + comment;
            if blank + comment == 0 {
                return;
            }
        }
    }

    /// A text in quotes, which ends at the quote, the line or the end.
    fn string(&mut self, quote: u8) -> Token {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let mut end = start;
        while let Some(byte) = bytes.get(end).filter(|b| **b != quote && **b != b'\n') {
            end += if *byte == b'\\' { 2 } else { 1 };
        }
        let end = self.text.floor_char_boundary(end.min(bytes.len()));
        let closed = bytes.get(end) == Some(&quote);
        self.at = end + usize::from(closed);
        if !closed {
            return Token::BadText("the text is not closed");
        }
        match unescaped(&self.text[start..end]) {
            Ok(text) => Token::Text(text),
            Err(fault) => Token::BadText(fault),
        }
    }
}

fn run(bytes: &[u8], mut part: impl FnMut(u8) -> bool) -> usize {
    bytes.iter().position(|b| !part(*b)).unwrap_or(bytes.len())
}

/// Length of a number: digits, letters and dots, and a sign after an exponent.
fn number(bytes: &[u8]) -> usize {
    let hex = matches!(bytes, [b'0', b'x' | b'X', ..]);
    let mut before = 0;
    run(bytes, |b| {
        let sign = matches!(b, b'+' | b'-') && matches!(before, b'e' | b'E') && !hex;
        before = b;
        sign || b.is_ascii_alphanumeric() || b == b'.'
    })
}

/// The text that escapes stand for.
fn unescaped(raw: &str) -> Result<String, &'static str> {
    if !raw.contains('\\') {
        return Ok(raw.to_owned());
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        let Some((kind, after)) = rest.split_first() else {
            return Err("the text ends within an escape");
        };
        rest = after;
        let plain = match kind {
            b'a' => 0x07,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 0x0b,
            b'?' | b'\\' | b'\'' | b'"' => *kind,
            b'x' | b'X' => digits(&mut rest, 16, 1, 2)? as u8,
            b'0'..=b'7' => {
                rest = &raw.as_bytes()[raw.len() - rest.len() - 1..];
                u8::try_from(digits(&mut rest, 8, 1, 3)?)
                    .map_err(|_| "an octal escape is larger than a byte")?
            }
            b'u' | b'U' => {
                let width = if *kind == b'u' { 4 } else { 8 };
                let code = digits(&mut rest, 16, width, width)?;
                let c = char::from_u32(code).ok_or("an escape names no character")?;
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            _ => return Err("there is no such escape"),
        };
        out.push(plain);
    }
    String::from_utf8(out).map_err(|_| "the bytes of the escapes are not UTF-8")
}

/// Takes a number of digits.
fn digits(rest: &mut &[u8], radix: u32, least: usize, most: usize) -> Result<u32, &'static str> {
    let taken = run(rest, |b| char::from(b).is_digit(radix)).min(most);
    if taken < least {
        return Err("an escape lacks digits");
    }
    let (number, after) = rest.split_at(taken);
    *rest = after;
    Ok(number.iter().fold(0, |sum: u32, b| {
        let digit = char::from(*b).to_digit(radix).unwrap_or(0);
        sum.wrapping_mul(radix).wrapping_add(digit)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<(Token, &str)> {
        let mut lexer = Lexer::new(text, 0);
        std::iter::from_fn(|| lexer.next())
            .map(|(token, range)| (token, &text[range]))
            .collect()
    }

    #[test]
    fn tokens_and_places() {
        let text = "a_1: -1.5e-3 # b\n 'x\\n\\u00e9' // c\n{ /* d */ } \u{e9} 0x1F";
        let found = tokens(text);
        assert_eq!(
            found,
            [
                (Token::Ident, "a_1"),
                (Token::Punct(b':'), ":"),
                (Token::Punct(b'-'), "-"),
                (Token::Number, "1.5e-3"),
                (Token::Text("x\n\u{e9}".to_owned()), "'x\\n\\u00e9'"),
                (Token::Punct(b'{'), "{"),
                (Token::Punct(b'}'), "}"),
                (Token::Punct(0xc3), "\u{e9}"),
                (Token::Number, "0x1F"),
            ]
        );
    }

    #[test]
    fn texts() {
        for (raw, text) in [
            (r"plain", Ok("plain")),
            (r"\101\x42\x043", Ok("AB\u{4}3")),
            (r"\303\251", Ok("\u{e9}")),
            (r"\U0001F600", Ok("\u{1F600}")),
            (r"\377", Err("the bytes of the escapes are not UTF-8")),
            (r"\777", Err("an octal escape is larger than a byte")),
            (r"\ud800", Err("an escape names no character")),
            (r"\u12", Err("an escape lacks digits")),
            (r"\q", Err("there is no such escape")),
        ] {
            assert_eq!(unescaped(raw).as_deref(), text.as_deref(), "{raw}");
        }
        assert_eq!(
            tokens("'a\nb'")[0].0,
            Token::BadText("the text is not closed")
        );
        assert_eq!(tokens("'\\").len(), 1);
    }
}
