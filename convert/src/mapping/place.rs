//! Where in a mapping something stands.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::Term;
use jaq_core::path::Part;

/// `file:line:column` of a byte.
pub(super) fn of(name: &str, text: &str, at: usize) -> String {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("{name}:{line}:{column}")
}

/// A piece of text that belongs to the head of a term: terms do not know their places, but
/// their names do.
pub(super) fn word<'m>(term: &Term<&'m str>) -> Option<&'m str> {
    match term {
        Term::Num(word) | Term::Var(word) | Term::Call(word, _) | Term::Break(word) => Some(word),
        Term::Str(Some(format), _) => Some(format),
        Term::Str(None, parts) => parts.iter().find_map(|part| match part {
            StrPart::Str(word) => Some(*word),
            _ => None,
        }),
        Term::Label(name, _) | Term::Fold(name, ..) => Some(name),
        Term::Path(root, path) => word(root).or_else(|| {
            path.0.iter().find_map(|(part, _)| match part {
                Part::Index(key) => word(key),
                Part::Range(from, to) => from.as_ref().or(to.as_ref()).and_then(word),
            })
        }),
        // The last name that was met is nearer than the first one inside.
        _ => None,
    }
}
