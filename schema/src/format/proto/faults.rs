//! What the parser and the linker say is wrong, in our words where theirs do not help.

use std::ops::Range;

use miette::Diagnostic as _;

use super::file::in_file;
use super::lex::{Lexer, Token};
use crate::diagnostic::{Diagnostic, Report};
use crate::source::{FileId, Span};
use crate::value::shown;

/// A fault as the libraries give it: its labels, of which the last is its place.
struct Fault {
    message: String,
    labels: Vec<(Range<usize>, String)>,
    hint: Option<String>,
}

impl Fault {
    fn new(fault: &dyn miette::Diagnostic) -> Fault {
        let labels = fault.labels().into_iter().flatten();
        Fault {
            message: fault.to_string(),
            labels: labels
                .map(|label| {
                    let range = label.offset()..label.offset() + label.len();
                    (range, label.label().unwrap_or_default().to_owned())
                })
                .collect(),
            hint: fault.help().map(|help| help.to_string()),
        }
    }

    fn at(&self) -> Option<Range<usize>> {
        self.labels.last().map(|(range, _)| range.clone())
    }

    fn tell(self, code: &'static str, file: FileId, report: &mut Report) {
        let place = |range| in_file(file, range);
        let diagnostic = match self.labels.split_last() {
            None => Diagnostic::error(code, place(0..0), self.message),
            // That it was found here, the marks say.
            Some(((at, _), [])) => Diagnostic::error(code, place(at.clone()), self.message),
            Some(((at, label), rivals)) => {
                let fault = Diagnostic::error(code, place(at.clone()), self.message);
                rivals
                    .iter()
                    .fold(fault.label(label.clone()), |fault, (rival, label)| {
                        fault.also(place(rival.clone()), label.clone())
                    })
            }
        };
        report.push(diagnostic.maybe_hint(self.hint));
    }
}

/// What is wrong with the syntax of a file.
pub(super) fn syntax(
    fault: &protox_parse::ParseError,
    file: FileId,
    text: &str,
    report: &mut Report,
) {
    // Read as proto2, each field would be told to lack a label.
    if !has_syntax(text) {
        let message = "the file does not begin with its `syntax`";
        let fault = Diagnostic::error("syntax", in_file(file, 0..0), message);
        report.push(fault.hint("write `syntax = \"proto3\";` at its top"));
        return;
    }
    let related = fault.related().into_iter().flatten().map(Fault::new);
    let faults = std::iter::once(Fault::new(fault)).chain(related);
    let (mut placed, ended): (Vec<Fault>, Vec<Fault>) =
        faults.partition(|fault| !fault.labels.is_empty());
    // The parser has no place for what is missing at the end; and after another fault
    // the end says nothing.
    if placed.is_empty() {
        for fault in ended {
            tell_end(fault, file, text, report);
        }
        return;
    }
    placed.sort_by_key(|fault| fault.at().map(|at| at.start));
    let mut lexer = Lexer::new(text, 0);
    let tokens: Vec<Range<usize>> = std::iter::from_fn(|| lexer.next())
        .map(|(_, at)| at)
        .collect();
    for fault in placed {
        if fault.message == "unterminated string" {
            // What follows is read as if it were within the quotes, or the reverse.
            return tell_quote(fault, file, text, report);
        }
        explained(fault, text, &tokens).tell("syntax", file, report);
    }
}

/// Whether the first statement is `syntax`, or an `edition`, which is told by itself.
fn has_syntax(text: &str) -> bool {
    match Lexer::new(text, 0).next() {
        Some((Token::Ident, range)) => ["syntax", "edition"].contains(&&text[range]),
        _ => false,
    }
}

/// A file that ends too soon: at its end, and where that begins which is not closed.
fn tell_end(fault: Fault, file: FileId, text: &str, report: &mut Report) {
    let end = text.trim_end().len();
    let last = text[..end]
        .char_indices()
        .next_back()
        .map_or(0, |(at, _)| at);
    let span = in_file(file, last..end);
    let diagnostic = Diagnostic::error("syntax", span, fault.message);
    report.push(match open(text) {
        Some(open) => diagnostic
            .label("the file ends here")
            .also(in_file(file, open), "this is not closed")
            .hint("close it"),
        None => diagnostic.maybe_hint(fault.hint),
    });
}

/// The innermost brace or bracket that nothing closes.
fn open(text: &str) -> Option<Range<usize>> {
    let mut lexer = Lexer::new(text, 0);
    let mut open = Vec::new();
    while let Some((token, at)) = lexer.next() {
        match token {
            Token::Punct(b'{' | b'[' | b'(') => open.push(at),
            Token::Punct(b'}' | b']' | b')') => drop(open.pop()),
            _ => {}
        }
    }
    open.pop()
}

/// A quote that is not closed, told where it opens.
fn tell_quote(fault: Fault, file: FileId, text: &str, report: &mut Report) {
    let mut lexer = Lexer::new(text, 0);
    let quote = std::iter::from_fn(|| lexer.next())
        .find(|(token, _)| matches!(token, Token::BadText(_)))
        .map(|(_, at)| at);
    let span: Option<Span> = quote.or(fault.at()).map(|at| in_file(file, at));
    let message = "the text is not closed";
    report.push(
        Diagnostic::error("syntax", span.unwrap_or_default(), message)
            .hint("write the quote that closes it, on the same line; a quote within it is `\\\"`"),
    );
}

/// The same with better words, for what people often write.
fn explained(fault: Fault, text: &str, tokens: &[Range<usize>]) -> Fault {
    let Some(at) = fault.at() else { return fault };
    let token = tokens.partition_point(|token| token.end <= at.start);
    let token = tokens.get(token).cloned().unwrap_or(at);
    let written = &text[token.clone()];
    let (message, hint) = if fault.message.starts_with("whitespace is required") {
        let message = format!("{} is no number", shown(written));
        (message, format!("write it in quotes: \"{written}\""))
    } else if fault
        .hint
        .as_ref()
        .is_some_and(|h| h.starts_with("imports"))
    {
        let message = format!("{} is no path from a root", shown(written));
        let hint =
            "write it without `.`, `..`, `\\` and a `/` at its start; `--include` names roots";
        (message, hint.to_owned())
    } else if written == "edition" {
        let hint = "write `syntax = \"proto3\";`; editions are not read";
        (fault.message, hint.to_owned())
    } else {
        return fault;
    };
    Fault {
        message,
        labels: vec![(token, String::new())],
        hint: Some(hint),
    }
}

/// What is wrong with a file beside those that it imports.
pub(super) fn link(fault: &prost_reflect::DescriptorError, file: FileId, report: &mut Report) {
    let related = fault.related().into_iter().flatten().map(Fault::new);
    for mut fault in std::iter::once(Fault::new(fault)).chain(related) {
        fault.hint = fault.hint.or_else(|| {
            let hint = match fault.message.as_str() {
                m if m.ends_with("is not defined") => "declare it, or import the file that does",
                m if m.contains("number") && m.contains("used") => {
                    "give one of them another number"
                }
                m if m.contains("twice") || m.contains("already") => {
                    "rename one of them, or delete it"
                }
                _ => return None,
            };
            Some(hint.to_owned())
        });
        fault.tell("proto", file, report);
    }
}
