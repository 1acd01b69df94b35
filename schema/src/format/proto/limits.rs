//! How much of a text is given to the parser and the linker.
//!
//! Each name, number and mark of a `.proto` file becomes half a KiB of descriptors,
//! places and tables, and the linker reads values of options by recursion. So the text
//! is counted first, and a file beyond any that people write is not parsed at all.

use std::ops::Range;

use prost_reflect::prost_types::UninterpretedOption;

use super::lex::{Lexer, Token};

/// Tokens of a file, those in the values of options not counted: some twenty thousand
/// fields.
const TOKENS_MAX: usize = 1 << 17;
/// Bytes of one identifier.
const WORD_BYTES_MAX: usize = 1_024;
/// Bytes of the full names of all that a file declares.
const NAMES_BYTES_MAX: usize = 4 << 20;
/// Tokens in the values of options of others, of a file together.
const FOREIGN_TOKENS_MAX: usize = 1 << 16;
/// Messages within messages in a value of an option of others.
const FOREIGN_DEPTH_MAX: usize = 32;

/// What is beyond a limit, and what to do.
pub(super) struct Beyond {
    pub message: String,
    pub hint: &'static str,
}

const SPLIT: &str = "split the file; what it needs of the others it can import";

/// Counts a text before it is parsed.
pub(super) fn text(text: &str) -> Result<(), (Beyond, Range<usize>)> {
    let mut lexer = Lexer::new(text, 0);
    let mut count = 0_usize;
    // Of braces within the value of an option.
    let mut depth = 0_usize;
    let mut after_equals = false;
    while let Some((token, at)) = lexer.next() {
        if token == Token::Ident && at.len() > WORD_BYTES_MAX {
            let message = format!("an identifier is longer than {WORD_BYTES_MAX} bytes");
            let hint = "shorten it";
            return Err((Beyond { message, hint }, at));
        }
        let opens = token == Token::Punct(b'{');
        if depth > 0 || opens && after_equals {
            match token {
                Token::Punct(b'{') => depth += 1,
                Token::Punct(b'}') => depth -= 1,
                _ => {}
            }
            after_equals = false;
            continue;
        }
        after_equals = token == Token::Punct(b'=');
        count += 1;
        if count > TOKENS_MAX {
            let message =
                format!("the file has more than {TOKENS_MAX} words and marks outside of options");
            let hint = SPLIT;
            return Err((Beyond { message, hint }, at));
        }
    }
    Ok(())
}

/// Full names that a file declares, and what the values of its options hold, as they
/// add up.
#[derive(Default)]
pub(super) struct Counts {
    names: usize,
    foreign: usize,
}

impl Counts {
    /// A name that is declared in a scope.
    pub fn name(&mut self, scope: &str, name: &str) -> Result<(), Beyond> {
        self.names += scope.len() + name.len() + 1;
        if self.names <= NAMES_BYTES_MAX {
            return Ok(());
        }
        Err(Beyond {
            message: format!(
                "the full names of the file have more than {} MiB together",
                NAMES_BYTES_MAX >> 20
            ),
            hint: "shorten the package, or the names of messages",
        })
    }

    /// An option that the linker will read.
    pub fn foreign(&mut self, option: &UninterpretedOption) -> Result<(), Beyond> {
        let Some(value) = &option.aggregate_value else {
            return Ok(());
        };
        let mut lexer = Lexer::new(value, 0);
        let (mut depth, mut deepest) = (0_usize, 0);
        while let Some((token, _)) = lexer.next() {
            self.foreign += 1;
            match token {
                Token::Punct(b'{' | b'<' | b'[') => depth += 1,
                Token::Punct(b'}' | b'>' | b']') => depth = depth.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        if deepest > FOREIGN_DEPTH_MAX {
            return Err(Beyond {
                message: format!(
                    "the value of an option is nested more than {FOREIGN_DEPTH_MAX} deep"
                ),
                hint: "nest less; other tools have limits of their own",
            });
        }
        if self.foreign > FOREIGN_TOKENS_MAX {
            return Err(Beyond {
                message: format!(
                    "the options have more than {FOREIGN_TOKENS_MAX} words and marks together"
                ),
                hint: SPLIT,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_options_are_not_counted() {
        let value = format!("option (a) = {{ {} }};", "b: 1 ".repeat(TOKENS_MAX));
        assert!(text(&value).is_ok());
        let fields = |count| "a b = 1;".repeat(count);
        assert!(text(&fields(TOKENS_MAX / 5)).is_ok());
        assert!(text(&fields(TOKENS_MAX / 5 + 1)).is_err());
        // A message is not a value, and what comes after a value is counted again.
        let after = format!("{value} message A {{ {} }}", fields(TOKENS_MAX / 5));
        assert!(text(&after).is_err());
        assert!(text(&"a".repeat(WORD_BYTES_MAX)).is_ok());
        assert!(text(&"a".repeat(WORD_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn values_of_others_are_bounded() {
        let option = |value: String| UninterpretedOption {
            aggregate_value: Some(value),
            ..UninterpretedOption::default()
        };
        let deep = |depth| option(format!("{}{}", "a{".repeat(depth), "}".repeat(depth)));
        assert!(Counts::default().foreign(&deep(FOREIGN_DEPTH_MAX)).is_ok());
        assert!(
            Counts::default()
                .foreign(&deep(FOREIGN_DEPTH_MAX + 1))
                .is_err()
        );
        let long = |count| option("a ".repeat(count));
        let mut counts = Counts::default();
        assert!(counts.foreign(&long(FOREIGN_TOKENS_MAX)).is_ok());
        assert!(counts.foreign(&long(1)).is_err());
    }
}
