//! A mapping: a jq program that says what a shape of YAML means.
//!
//! The grammar is jq's, read by the parser of `jaq`. What is not there is refused here
//! and not while files are read: assignments, modules, and unknown names.

use jaq_core::load::lex::{Lexer, StrPart};
use jaq_core::load::parse::{BinaryOp, Def, Parser, Pattern, Term};
use jaq_core::load::span;
use jaq_core::path::{Part, Path};

use crate::evaluate::builtins::{NATIVES, prelude};

/// A program that was read.
#[derive(Debug)]
pub struct Mapping<'m> {
    /// What messages call it.
    pub name: &'m str,
    /// Its text.
    pub text: &'m str,
    /// What it does.
    pub(crate) term: Term<&'m str>,
    /// jq's own definitions, that it may use.
    pub(crate) prelude: Vec<Def<&'m str>>,
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

impl<'m> Mapping<'m> {
    /// Reads a program.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(name: &'m str, text: &'m str) -> Result<Mapping<'m>, Vec<MappingFault>> {
        let fault = |at: usize, message: String| MappingFault {
            place: place(name, text, at),
            message,
        };
        let found = |rest: &str| match rest.split_whitespace().next() {
            Some(word) => format!("found `{}`", word.chars().take(20).collect::<String>()),
            None => "the program ends".to_owned(),
        };
        let tokens = Lexer::new(text).lex().map_err(|faults| {
            let faults = faults.into_iter().map(|(expected, rest)| {
                let message = format!("expected {}, {}", expected.as_str(), found(rest));
                fault(span(text, rest).start, message)
            });
            faults.collect::<Vec<_>>()
        })?;
        let term = Parser::new(&tokens).parse(|p| p.term()).map_err(|faults| {
            let faults = faults.into_iter().map(|(expected, token)| {
                let (at, rest) = match token {
                    Some(token) => (span(text, token.0).start, token.0),
                    None => (text.len(), ""),
                };
                fault(
                    at,
                    format!("expected {}, {}", expected.as_str(), found(rest)),
                )
            });
            faults.collect::<Vec<_>>()
        })?;
        let prelude = prelude();
        let mut names = Names {
            functions: prelude
                .iter()
                .map(|def| (def.name, def.args.len()))
                .collect(),
            variables: Vec::new(),
            faults: Vec::new(),
        };
        names.functions.extend(NATIVES);
        names.term(&term);
        match names.faults.is_empty() {
            true => Ok(Mapping {
                name,
                text,
                term,
                prelude,
            }),
            false => Err(names
                .faults
                .into_iter()
                .map(|(part, message)| fault(at(text, part), message))
                .collect()),
        }
    }

    /// The first line of comment at its head: what it is for.
    pub fn about(&self) -> &'m str {
        let line = self.text.lines().next().unwrap_or("");
        line.strip_prefix('#').map_or("", str::trim)
    }

    /// `file:line:column` of a piece of its text.
    pub fn place(&self, part: &str) -> String {
        place(self.name, self.text, at(self.text, part))
    }
}

/// Where a piece begins; 0 for one of another text (of the prelude).
fn at(text: &str, part: &str) -> usize {
    let inside = text.as_bytes().as_ptr_range().contains(&part.as_ptr());
    if inside { span(text, part).start } else { 0 }
}

fn place(name: &str, text: &str, at: usize) -> String {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("{name}:{line}:{column}")
}

/// A piece of text that a term has, to say where it stands.
pub(crate) fn word<'m>(term: &Term<&'m str>) -> Option<&'m str> {
    match term {
        Term::Num(word) | Term::Var(word) | Term::Call(word, _) | Term::Break(word) => Some(word),
        Term::Str(_, parts) => parts.iter().find_map(|part| match part {
            StrPart::Str(word) => Some(*word),
            StrPart::Term(term) => self::word(term),
            StrPart::Char(_) => None,
        }),
        Term::Arr(Some(term)) | Term::Neg(term) | Term::TryCatch(term, _) => word(term),
        Term::Label(_, term) | Term::Def(_, term) => word(term),
        Term::Obj(entries) => entries.iter().find_map(|(key, _)| word(key)),
        Term::BinOp(left, _, right) => word(left).or_else(|| word(right)),
        Term::Fold(name, ..) => Some(name),
        Term::IfThenElse(branches, _) => branches.iter().find_map(|(when, _)| word(when)),
        Term::Path(term, path) => word(term).or_else(|| {
            path.0.iter().find_map(|(part, _)| match part {
                Part::Index(term) => word(term),
                Part::Range(from, to) => from.as_ref().or(to.as_ref()).and_then(word),
            })
        }),
        Term::Id | Term::Recurse | Term::Arr(None) => None,
    }
}

/// The variables that a pattern binds.
pub(crate) fn variables<'m>(pattern: &Pattern<&'m str>, tell: &mut dyn FnMut(&'m str)) {
    match pattern {
        Pattern::Var(name) => tell(name),
        Pattern::Arr(list) => list.iter().for_each(|p| variables(p, tell)),
        Pattern::Obj(entries) => entries.iter().for_each(|(key, p)| {
            if let Term::Var(name) = key {
                tell(name);
            }
            variables(p, tell);
        }),
    }
}

/// The names that are known at one place of a program.
struct Names<'m> {
    functions: Vec<(&'m str, usize)>,
    variables: Vec<&'m str>,
    faults: Vec<(&'m str, String)>,
}

impl<'m> Names<'m> {
    fn scoped(&mut self, check: impl FnOnce(&mut Self)) {
        let (functions, variables) = (self.functions.len(), self.variables.len());
        check(self);
        self.functions.truncate(functions);
        self.variables.truncate(variables);
    }

    fn bind(&mut self, pattern: &Pattern<&'m str>) {
        variables(pattern, &mut |name| self.variables.push(name));
        self.keys(pattern);
    }

    fn keys(&mut self, pattern: &Pattern<&'m str>) {
        match pattern {
            Pattern::Var(_) => {}
            Pattern::Arr(list) => list.iter().for_each(|p| self.keys(p)),
            Pattern::Obj(entries) => entries.iter().for_each(|(key, p)| {
                self.term(key);
                self.keys(p);
            }),
        }
    }

    fn term(&mut self, term: &Term<&'m str>) {
        match term {
            Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Arr(None) => {}
            Term::Str(format, parts) => {
                if let Some(format) = format.filter(|f| !["@text", "@json"].contains(f)) {
                    let message =
                        format!("the format `{format}` is not here; there are `@text` and `@json`");
                    self.faults.push((format, message));
                }
                for part in parts {
                    if let StrPart::Term(term) = part {
                        self.term(term);
                    }
                }
            }
            Term::Arr(Some(term)) | Term::Neg(term) | Term::Label(_, term) => self.term(term),
            Term::Obj(entries) => {
                for (key, value) in entries {
                    self.term(key);
                    value.iter().for_each(|value| self.term(value));
                }
            }
            Term::BinOp(left, op, right) => self.operation(left, op, right),
            Term::Fold(_, over, pattern, steps) => {
                self.term(over);
                self.scoped(|names| {
                    names.bind(pattern);
                    steps.iter().for_each(|step| names.term(step));
                });
            }
            Term::TryCatch(term, catch) => {
                self.term(term);
                catch.iter().for_each(|catch| self.term(catch));
            }
            Term::IfThenElse(branches, otherwise) => {
                for (when, then) in branches {
                    self.term(when);
                    self.term(then);
                }
                otherwise.iter().for_each(|term| self.term(term));
            }
            Term::Def(defs, rest) => self.scoped(|names| {
                for def in defs {
                    names.functions.push((def.name, def.args.len()));
                    names.scoped(|names| {
                        names.arguments(def);
                        names.term(&def.body);
                    });
                }
                names.term(rest);
            }),
            Term::Call(name, args) => {
                self.call(name, args.len());
                args.iter().for_each(|arg| self.term(arg));
            }
            Term::Var(name) => {
                if !self.variables.contains(name) {
                    let near = nearest(name, self.variables.iter().copied());
                    self.faults
                        .push((name, format!("there is no variable `{name}`{near}")));
                }
            }
            Term::Path(term, Path(parts)) => {
                self.term(term);
                for (part, _) in parts {
                    match part {
                        Part::Index(term) => self.term(term),
                        Part::Range(from, to) => from.iter().chain(to).for_each(|t| self.term(t)),
                    }
                }
            }
        }
    }

    fn arguments(&mut self, def: &Def<&'m str>) {
        for arg in &def.args {
            let plain = arg.strip_prefix('$');
            self.functions.push((plain.unwrap_or(arg), 0));
            self.variables.extend(plain.map(|_| *arg));
        }
    }

    fn operation(&mut self, left: &Term<&'m str>, op: &BinaryOp<&'m str>, right: &Term<&'m str>) {
        self.term(left);
        match op {
            BinaryOp::Pipe(Some(pattern)) => self.scoped(|names| {
                names.bind(pattern);
                names.term(right);
            }),
            BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
                let at = word(left).or_else(|| word(right)).unwrap_or_default();
                let message = "an assignment; a mapping cannot change its input, but it can build \
                               what it needs: `. + {key: value}`, `map_values(f)`, `with_entries(f)`";
                self.faults.push((at, message.to_owned()));
            }
            _ => self.term(right),
        }
    }

    fn call(&mut self, name: &'m str, args: usize) {
        if self.functions.contains(&(name, args)) {
            return;
        }
        let arities: Vec<String> = (0..5)
            .filter(|n| self.functions.contains(&(name, *n)))
            .map(|n| n.to_string())
            .collect();
        let message = match arities.as_slice() {
            [] => {
                let known = self.functions.iter().map(|(name, _)| *name);
                format!("there is no function `{name}`{}", nearest(name, known))
            }
            some => format!("`{name}` takes {} arguments, not {args}", some.join(" or ")),
        };
        self.faults.push((name, message));
    }
}

/// `; did you mean ..?`, if one of the known names is near.
pub(crate) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    let scored = known.map(|known| (strsim::jaro_winkler(name, known), known));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0));
    match best.filter(|(score, _)| *score > 0.8) {
        Some((_, known)) => format!("; did you mean `{known}`?"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{NATIVES, Names, prelude};

    #[test]
    fn the_prelude_uses_what_stands_before_it() {
        let mut names = Names {
            functions: NATIVES.to_vec(),
            variables: Vec::new(),
            faults: Vec::new(),
        };
        let defs = prelude();
        for def in &defs {
            names.functions.push((def.name, def.args.len()));
            names.scoped(|names| {
                names.arguments(def);
                names.term(&def.body);
            });
        }
        assert!(defs.len() > 30, "the prelude is next to empty");
        assert!(names.faults.is_empty(), "{:?}", names.faults);
    }
}
