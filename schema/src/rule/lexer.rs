//! The words of a rule.

use std::ops::Range;

use routewright::{Kind, Op, Scalar};

use super::RuleFault;
use crate::value;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    Literal(Scalar<String>),
    Name(&'t str),
    Op(Op),
    Not,
    Open,
    Close,
    End,
    /// Something that is no word; the lexer's `fault` says why.
    Fault,
    /// Was handed out.
    Taken,
}

/// One word ahead.
pub(super) struct Lexer<'t> {
    text: &'t str,
    pub token: Token<'t>,
    /// Bytes of the token.
    pub at: Range<usize>,
    pub fault: Option<RuleFault>,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Result<Lexer<'t>, RuleFault> {
        if text.trim().is_empty() {
            return Err(RuleFault::new(0..text.len(), "the rule is empty")
                .hint("write what must hold, such as `rate <= 0.5`, or delete it"));
        }
        let mut lexer = Lexer {
            text,
            token: Token::Taken,
            at: 0..0,
            fault: None,
        };
        lexer.advance();
        Ok(lexer)
    }

    pub(super) fn slice(&self) -> &'t str {
        &self.text[self.at.clone()]
    }

    pub(super) fn advance(&mut self) {
        let rest = &self.text[self.at.end..];
        let start = self.at.end + rest.len() - rest.trim_start().len();
        match next(&self.text[start..]) {
            Ok((token, length)) => {
                self.token = token;
                self.at = start..start + length;
            }
            Err(fault) => {
                self.at = start + fault.at.start..start + fault.at.end;
                self.fault = Some(RuleFault {
                    at: self.at.clone(),
                    ..fault
                });
                self.token = Token::Fault;
            }
        }
    }
}

const OPERATORS: [(&str, Op); 12] = [
    ("||", Op::Or),
    ("&&", Op::And),
    ("==", Op::Eq),
    ("!=", Op::Ne),
    ("<=", Op::Le),
    (">=", Op::Ge),
    ("<", Op::Lt),
    (">", Op::Gt),
    ("+", Op::Add),
    ("-", Op::Sub),
    ("*", Op::Mul),
    ("/", Op::Div),
];

/// The first token of a text without blanks before it, and its length.
fn next(text: &str) -> Result<(Token<'_>, usize), RuleFault> {
    let Some(first) = text.chars().next() else {
        return Ok((Token::End, 0));
    };
    if let Some((word, op)) = OPERATORS.iter().find(|(word, _)| text.starts_with(word)) {
        return Ok((Token::Op(*op), word.len()));
    }
    match first {
        '(' => Ok((Token::Open, 1)),
        ')' => Ok((Token::Close, 1)),
        '!' => Ok((Token::Not, 1)),
        '"' => quoted(text),
        '0'..='9' => literal(text),
        'a'..='z' => {
            let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.');
            let name = &text[..text.find(word).unwrap_or(text.len())];
            let token = match name {
                "true" => Token::Literal(Scalar::Bool(true)),
                "false" => Token::Literal(Scalar::Bool(false)),
                name => Token::Name(name),
            };
            Ok((token, name.len()))
        }
        other => {
            let fault = RuleFault::new(
                0..other.len_utf8(),
                format!("`{other}` means nothing in a rule"),
            );
            Err(match other {
                '=' => fault.hint("write `==` to compare"),
                '&' => fault.hint("write `&&`"),
                '|' => fault.hint("write `||`"),
                '\'' => fault.hint("write text in double quotes: \"text\""),
                'A'..='Z' => fault
                    .hint("settings are lower-case; put an enum's value or text in double quotes"),
                '%' => fault.hint("a `%` stands right after a number; there is no remainder"),
                '[' | '{' => fault.hint("group with parentheses"),
                _ => fault,
            })
        }
    }
}

/// A text in quotes; `\"` and `\\` stand for `"` and `\`.
fn quoted(text: &str) -> Result<(Token<'_>, usize), RuleFault> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((Token::Literal(Scalar::String(value)), at + 1)),
            '\\' => match chars.next() {
                Some((_, c @ ('"' | '\\'))) => value.push(c),
                _ => {
                    return Err(RuleFault::new(
                        at..at + 1,
                        "a `\\` must stand before `\"` or `\\`",
                    ));
                }
            },
            c => value.push(c),
        }
    }
    Err(RuleFault::new(0..1, "this quote is not closed").hint("close it"))
}

/// A number, with its unit if it has one.
fn literal(text: &str) -> Result<(Token<'_>, usize), RuleFault> {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '%' | ':');
    let mut end = text.find(|c| !word(c)).unwrap_or(text.len());
    // The sign of an exponent: `1e-7`.
    if text[..end].ends_with(['e', 'E'])
        && text[..end - 1]
            .bytes()
            .all(|b| b.is_ascii_digit() || b == b'.')
    {
        let rest = &text[end..];
        let digits = rest.strip_prefix(['+', '-']).map_or("", |r| {
            &r[..r.find(|c: char| !c.is_ascii_digit()).unwrap_or(r.len())]
        });
        end += if digits.is_empty() {
            0
        } else {
            1 + digits.len()
        };
    }
    let number = &text[..end];
    let unit = number.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let kind = match unit {
        _ if number.ends_with('%') => Kind::Percent,
        "" if number.contains('.') => Kind::Float,
        "" => Kind::Int,
        unit if number.contains('_')
            || number.contains(':')
            || unit.starts_with(['x', 'o', 'b']) =>
        {
            Kind::Int
        }
        unit if unit.starts_with(['e', 'E']) => Kind::Float,
        unit if unit.contains(['B', 'K', 'M', 'G', 'T', 'k']) => Kind::Size,
        _ => Kind::Duration,
    };
    match value::parse(kind, number) {
        Ok(scalar) => Ok((Token::Literal(scalar), end)),
        Err(fault) => Err(RuleFault {
            at: 0..end,
            message: fault.message,
            hint: fault.hint,
            unknown: None,
        }),
    }
}
