//! Rules that are mostly well typed, made from a tape: text that a fuzzer spells
//! letter by letter seldom reckons anything.

use super::tape::Tape;

/// What an expression is to come to.
#[derive(Clone, Copy)]
enum Want {
    Bool,
    Number,
    Duration,
    Size,
    Time,
    Text,
}

/// Parts that stand within each other, at most.
const DEPTH_MAX: usize = 6;

/// The text of a rule over the settings of `rule`.
pub(super) fn phrase(tape: &mut Tape<'_>) -> String {
    of(Want::Bool, tape, 0)
}

fn of(want: Want, tape: &mut Tape<'_>, depth: usize) -> String {
    // A tape that has ended ends every phrase.
    if depth >= DEPTH_MAX || tape.ended() || tape.below(4) == 0 {
        return leaf(want, tape).to_owned();
    }
    let mut part = |want| of(want, tape, depth + 1);
    let (a, b) = match want {
        Want::Bool => return condition(tape, depth),
        Want::Number => (part(Want::Number), part(Want::Number)),
        Want::Time | Want::Text => return leaf(want, tape).to_owned(),
        amount => (part(amount), part(amount)),
    };
    let number = of(Want::Number, tape, depth + 1);
    let (all, whole) = match want {
        Want::Number => (["+", "-", "*", "/"], true),
        _ => (["+", "-", "+", "-"], tape.below(2) == 0),
    };
    let text = match tape.below(4) {
        0 => format!("-{a}"),
        _ if whole => format!("{a} {} {b}", tape.pick(&all)),
        1 => format!("{number} * {a}"),
        _ => format!("{a} {} {number}", tape.pick(&["*", "/"])),
    };
    enclosed(text, tape)
}

fn condition(tape: &mut Tape<'_>, depth: usize) -> String {
    let text = match tape.below(8) {
        0 => format!("!{}", of(Want::Bool, tape, depth + 1)),
        how @ (1 | 2) => {
            let operands = (0..2 + tape.below(4)).map(|_| of(Want::Bool, tape, depth + 1));
            let operator = if how == 1 { " && " } else { " || " };
            operands.collect::<Vec<_>>().join(operator)
        }
        _ => {
            let of_each = [
                Want::Number,
                Want::Number,
                Want::Duration,
                Want::Size,
                Want::Time,
                Want::Text,
                Want::Bool,
            ];
            let want = tape.pick(&of_each);
            let operator = tape.pick(&["==", "!=", "<", "<=", ">", ">="]);
            let (a, b) = (of(want, tape, depth + 1), of(want, tape, depth + 1));
            format!("{a} {operator} {b}")
        }
    };
    enclosed(text, tape)
}

/// Mostly in parentheses; without them, what binds more decides.
fn enclosed(text: String, tape: &mut Tape<'_>) -> String {
    match tape.below(4) {
        0 => text,
        _ => format!("({text})"),
    }
}

fn leaf(want: Want, tape: &mut Tape<'_>) -> &'static str {
    let leaves: &[&'static str] = match want {
        Want::Bool => &["on", "true", "false"],
        Want::Number => &[
            "n",
            "m",
            "rate",
            "share",
            "0",
            "1",
            "2",
            "9223372036854775807",
            "0.0",
            "1.5",
            "1e-7",
            "1e308",
            "12.5%",
        ],
        Want::Duration => &["decay", "0s", "1ns", "250ms", "1m30s", "8s", "106751d"],
        Want::Size => &["a.room", "0B", "1B", "64KiB", "1TiB"],
        Want::Time => &["start", "\"2027-01-31T00:00:00Z\"", "start"],
        Want::Text => &["level", "title", "\"info\"", "\"x\"", "\"\\\"y\\\"\""],
    };
    tape.pick(leaves)
}
