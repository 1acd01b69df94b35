//! A mapping: a jq program that says what a shape of YAML means.
//!
//! The grammar is jq's, read by the parser of `jaq`. What is not there is refused here and
//! not while files are read: modules, dates, and unknown names.

pub(crate) mod code;
mod compile;
mod place;
mod refused;

use jaq_core::load::lex::Lexer;
use jaq_core::load::parse::Parser;
use jaq_core::load::span;

use code::Program;
use compile::Compiler;
pub(crate) use compile::nearest;

/// Bytes of a mapping. Most have two thousand.
pub const TEXT_MAX: usize = 64 * 1024;
/// The parser calls itself for each level of the text; this is enough for a text of
/// nothing but brackets.
const PARSER_STACK: usize = 512 * 1024 * 1024;

/// A program that was read.
#[derive(Debug)]
pub struct Mapping<'m> {
    /// What messages call it.
    pub name: &'m str,
    /// Its text.
    pub text: &'m str,
    /// What it does.
    pub(crate) program: Program,
}

/// What is wrong with a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingFault {
    /// `file:line:column`.
    pub place: String,
    /// Why.
    pub message: String,
}

impl std::fmt::Display for MappingFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// A byte of the text, and what is wrong there.
type Fault = (usize, String);

impl<'m> Mapping<'m> {
    /// Reads a program.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(name: &'m str, text: &'m str) -> Result<Mapping<'m>, Vec<MappingFault>> {
        let program = match text.len() > TEXT_MAX {
            true => Err(vec![(
                0,
                format!(
                    "a mapping has at most {TEXT_MAX} bytes, and this {}",
                    text.len()
                ),
            )]),
            // The parser is recursive, and what is told about the text comes out of it.
            false => std::thread::scope(|threads| {
                let parser = std::thread::Builder::new().stack_size(PARSER_STACK);
                let parser = parser.spawn_scoped(threads, || compile(text));
                let parser = parser.map_err(|fault| vec![(0, format!("no thread: {fault}"))])?;
                parser
                    .join()
                    .unwrap_or_else(|_| Err(vec![(0, "the parser failed on this".to_owned())]))
            }),
        };
        match program {
            Ok(program) => Ok(Mapping {
                name,
                text,
                program,
            }),
            Err(faults) => Err(faults
                .into_iter()
                .map(|(at, message)| MappingFault {
                    place: place::of(name, text, at),
                    message,
                })
                .collect()),
        }
    }

    /// The first line of comment at its head: what it is for.
    pub fn about(&self) -> &'m str {
        let line = self.text.lines().next().unwrap_or("");
        line.strip_prefix('#').map_or("", str::trim)
    }

    /// `file:line:column` of a byte of its text.
    pub(crate) fn place(&self, at: u32) -> String {
        place::of(self.name, self.text, at as usize)
    }
}

/// The names of all functions that a mapping may call.
pub fn functions() -> std::collections::BTreeSet<&'static str> {
    let natives = crate::evaluate::native::natives().map(|native| native.name);
    natives
        .chain(compile::prelude().iter().map(|def| def.name))
        .collect()
}

fn compile(text: &str) -> Result<Program, Vec<Fault>> {
    let found = |rest: &str| match rest.split_whitespace().next() {
        Some(word) => format!("found `{}`", word.chars().take(20).collect::<String>()),
        None => "the program ends".to_owned(),
    };
    let tokens = Lexer::new(text).lex().map_err(|faults| {
        let faults = faults.into_iter().map(|(expected, rest)| {
            let message = format!("expected {}, {}", expected.as_str(), found(rest));
            (span(text, rest).start, message)
        });
        faults.collect::<Vec<_>>()
    })?;
    let term = Parser::new(&tokens).parse(|p| p.term()).map_err(|faults| {
        let faults = faults.into_iter().map(|(expected, token)| {
            let (at, rest) = match token {
                Some(token) => (
                    span(text, token.0).start,
                    &text[span(text, token.0).start..],
                ),
                None => (text.len(), ""),
            };
            let message = match refused::syntax(text, at) {
                Some(instead) => instead.to_owned(),
                None => format!("expected {}, {}", expected.as_str(), found(rest)),
            };
            (at, message)
        });
        faults.collect::<Vec<_>>()
    })?;
    Compiler::new(text).program(&term)
}

#[cfg(test)]
mod tests;
