//! A line that is drawn again and again while something goes on; on terminals only.

use std::io::Write;

use crate::term::{self, To};

/// The line below everything that was said.
#[derive(Debug)]
pub struct LiveLine {
    /// Columns that it may take; `None`: nobody looks.
    columns: Option<usize>,
    drawn: bool,
}

impl LiveLine {
    /// On standard output, if that is a terminal which can draw.
    pub fn new() -> LiveLine {
        let can = std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        LiveLine {
            columns: To::Out.columns().filter(|_| can),
            drawn: false,
        }
    }

    /// Whether there is a terminal to draw on.
    pub fn is_seen(&self) -> bool {
        self.columns.is_some()
    }

    /// Puts this in place of what was drawn before.
    pub fn draw(&mut self, text: &str) {
        let Some(columns) = self.columns else {
            return;
        };
        let text = one_line(text, columns);
        let mut out = std::io::stdout().lock();
        // Nobody who looks any more: no reason to end.
        let _gone = write!(out, "\r\x1b[K{text}").and_then(|()| out.flush());
        self.drawn = true;
    }

    /// Makes room for something that stays.
    pub fn clear(&mut self) {
        if std::mem::take(&mut self.drawn) {
            let mut out = std::io::stdout().lock();
            let _gone = write!(out, "\r\x1b[K").and_then(|()| out.flush());
        }
    }
}

/// A line that is cut short leaves the cursor where it was.
impl Drop for LiveLine {
    fn drop(&mut self) {
        self.clear();
    }
}

/// As much of it as fits before the last column: beyond that, terminals begin a new line,
/// which `\r` does not take back.
fn one_line(text: &str, columns: usize) -> String {
    let text = term::safe(text, false).replace(['\n', '\t'], " ");
    let room = columns.saturating_sub(1);
    match text.chars().count() <= room {
        true => text,
        false => {
            let mut cut: String = text.chars().take(room.saturating_sub(1)).collect();
            cut.push('…');
            cut
        }
    }
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn it_is_one_line_and_no_wider() {
        for (text, columns, expected) in [
            ("stage 1", 8, "stage 1"),
            ("stage 1 of", 8, "stage …"),
            ("a\nb\tc", 80, "a b c"),
            ("\x1b[2J\r", 80, "\\u{1b}[2J\\u{d}"),
            ("Grüße", 5, "Grü…"),
        ] {
            assert_eq!(one_line(text, columns), expected);
        }
    }
}
