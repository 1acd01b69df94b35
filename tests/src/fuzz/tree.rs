//! Rules, read and reckoned a second time: a tree that is walked, where the engine has
//! postfix code for a stack. It knows no types: it is asked about rules that the
//! compiler has taken.

use std::cmp::Ordering;

use routewright::{Kind, Scalar};
use routewright_schema::value;

/// What an expression comes to.
#[derive(Clone, Debug)]
enum Term {
    Bool(bool),
    Int(i128),
    Float(f64),
    /// Nanoseconds or bytes.
    Amount(i128),
    Time(i64, u32),
    Text(String),
}

/// Whether a rule holds. `setting` gives the value of each setting in it.
pub(super) fn holds(text: &str, setting: &dyn Fn(&str) -> Scalar<String>) -> bool {
    let mut walk = Walk {
        rest: text,
        setting,
    };
    let whole = walk.level(0);
    assert_eq!(walk.rest.trim_start(), "", "the rule goes on");
    matches!(whole, Some(Term::Bool(true)))
}

/// Operators of two operands, those that bind least first. A longer one stands before
/// its own beginning.
const LEVELS: [&[&str]; 6] = [
    &["||"],
    &["&&"],
    &[],
    &["==", "!=", "<=", ">=", "<", ">"],
    &["+", "-"],
    &["*", "/"],
];
/// Where `!` stands among them: it takes a whole comparison.
const NOT: usize = 2;

struct Walk<'t, 's> {
    rest: &'t str,
    setting: &'s dyn Fn(&str) -> Scalar<String>,
}

/// A part of a rule that has no value makes the whole of it false, so that `None` goes
/// all the way up; but the text of it is read all the same.
impl<'t> Walk<'t, '_> {
    fn level(&mut self, level: usize) -> Option<Term> {
        let Some(operators) = LEVELS.get(level) else {
            return self.signed();
        };
        if level == NOT && self.takes("!") {
            return match self.level(NOT)? {
                Term::Bool(v) => Some(Term::Bool(!v)),
                other => panic!("not {other:?}"),
            };
        }
        let mut left = self.level(level + 1);
        while let Some(operator) = operators.iter().find(|operator| self.takes(operator)) {
            let right = self.level(level + 1);
            left = left.zip(right).and_then(|(a, b)| join(operator, a, b));
        }
        left
    }

    /// Takes that word, if it comes next.
    fn takes(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start();
        let rest = rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn signed(&mut self) -> Option<Term> {
        if self.takes("-") {
            return match self.signed()? {
                Term::Int(v) => int(-v),
                Term::Float(v) => Some(Term::Float(-v)),
                Term::Amount(v) => Some(Term::Amount(-v)),
                other => panic!("minus {other:?}"),
            };
        }
        if self.takes("(") {
            let inner = self.level(0);
            assert!(self.takes(")"), "a parenthesis is not closed");
            return inner;
        }
        if self.takes("\"") {
            return Some(Term::Text(self.quoted()));
        }
        let word = self.word();
        match word {
            "true" => Some(Term::Bool(true)),
            "false" => Some(Term::Bool(false)),
            name if name.starts_with(|c: char| c.is_ascii_lowercase()) => {
                Some(term((self.setting)(name)))
            }
            number => Some(term(literal(number))),
        }
    }

    fn quoted(&mut self) -> String {
        let mut text = String::new();
        let mut chars = self.rest.chars();
        loop {
            match chars.next().expect("the quote is closed") {
                '"' => break,
                '\\' => text.push(chars.next().expect("it stands before something")),
                other => text.push(other),
            }
        }
        self.rest = chars.as_str();
        text
    }

    fn word(&mut self) -> &'t str {
        self.rest = self.rest.trim_start();
        let part = |c: char| c.is_alphanumeric() || "_.%:".contains(c);
        let mut end = self.rest.find(|c| !part(c)).unwrap_or(self.rest.len());
        // `1e-7` is one number, and `rate-7` is none.
        let digits = self.rest.starts_with(|c: char| c.is_ascii_digit());
        if digits && self.rest[..end].ends_with(['e', 'E']) {
            let sign = self.rest[end..].starts_with(['-', '+']);
            let more = &self.rest[end + usize::from(sign)..];
            let more = more.len() - more.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let mantissa = &self.rest[..end - 1];
            let number = mantissa.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            if sign && more > 0 && number {
                end += 1 + more;
            }
        }
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }
}

/// A number with or without a unit: of the first kind that it can be.
fn literal(text: &str) -> Scalar<String> {
    [
        Kind::Int,
        Kind::Float,
        Kind::Percent,
        Kind::Duration,
        Kind::Size,
    ]
    .into_iter()
    .find_map(|kind| value::parse(kind, text).ok())
    .unwrap_or_else(|| panic!("{text:?} is no number"))
}

fn term(scalar: Scalar<String>) -> Term {
    match scalar {
        Scalar::Bool(v) => Term::Bool(v),
        Scalar::Int(v) => Term::Int(v.into()),
        Scalar::Float(v) | Scalar::Percent(v) => Term::Float(v),
        Scalar::Duration(v) | Scalar::Size(v) => Term::Amount(v.into()),
        Scalar::Timestamp(seconds, nanos) => Term::Time(seconds, nanos),
        Scalar::String(v) | Scalar::Enum(v) => Term::Text(v),
    }
}

fn int(value: i128) -> Option<Term> {
    i64::try_from(value).ok().map(|_| Term::Int(value))
}

fn float(value: f64) -> Option<Term> {
    value.is_finite().then_some(Term::Float(value))
}

fn amount(value: i128) -> Option<Term> {
    u64::try_from(value.unsigned_abs())
        .ok()
        .map(|_| Term::Amount(value))
}

fn join(operator: &str, a: Term, b: Term) -> Option<Term> {
    match operator {
        "||" | "&&" => match (a, b) {
            (Term::Bool(a), Term::Bool(b)) => {
                Some(Term::Bool(if operator == "||" { a || b } else { a && b }))
            }
            other => panic!("{operator} of {other:?}"),
        },
        "+" | "-" | "*" | "/" => reckon(operator, a, b),
        _ => {
            let order = compare(a, b)?;
            Some(Term::Bool(match operator {
                "==" => order.is_eq(),
                "!=" => order.is_ne(),
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                _ => order.is_ge(),
            }))
        }
    }
}

fn compare(a: Term, b: Term) -> Option<Ordering> {
    let moment = |text: &str| match value::parse(Kind::Timestamp, text) {
        Ok(Scalar::Timestamp(seconds, nanos)) => (seconds, nanos),
        other => panic!("{text:?} is {other:?}"),
    };
    match (a, b) {
        (Term::Bool(a), Term::Bool(b)) => Some(a.cmp(&b)),
        (Term::Int(a), Term::Int(b)) | (Term::Amount(a), Term::Amount(b)) => Some(a.cmp(&b)),
        (Term::Int(a), Term::Float(b)) => (a as f64).partial_cmp(&b),
        (Term::Float(a), Term::Int(b)) => a.partial_cmp(&(b as f64)),
        (Term::Float(a), Term::Float(b)) => a.partial_cmp(&b),
        (Term::Time(a, nanos), Term::Time(b, others)) => Some((a, nanos).cmp(&(b, others))),
        (Term::Time(a, nanos), Term::Text(b)) => Some((a, nanos).cmp(&moment(&b))),
        (Term::Text(a), Term::Time(b, nanos)) => Some(moment(&a).cmp(&(b, nanos))),
        (Term::Text(a), Term::Text(b)) => Some(a.cmp(&b)),
        other => panic!("{other:?} are compared"),
    }
}

fn reckon(operator: &str, a: Term, b: Term) -> Option<Term> {
    let floats = |a: f64, b: f64| match operator {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        _ => a / b,
    };
    let ints = |a: i128, b: i128| match operator {
        "+" => Some(a + b),
        "-" => Some(a - b),
        "*" => a.checked_mul(b),
        _ => a.checked_div(b),
    };
    let scaled = |a: i128, b: f64| float(floats(a as f64, b));
    match (a, b) {
        (Term::Int(a), Term::Int(b)) => int(ints(a, b)?),
        (Term::Int(a), Term::Float(b)) => float(floats(a as f64, b)),
        (Term::Float(a), Term::Int(b)) => float(floats(a, b as f64)),
        (Term::Float(a), Term::Float(b)) => float(floats(a, b)),
        (Term::Amount(a), Term::Amount(b)) | (Term::Amount(a), Term::Int(b)) => amount(ints(a, b)?),
        (Term::Int(a), Term::Amount(b)) => amount(ints(a, b)?),
        (Term::Amount(a), Term::Float(b)) | (Term::Float(b), Term::Amount(a)) => {
            match scaled(a, b)? {
                Term::Float(whole) => amount(whole as i128),
                other => panic!("{other:?}"),
            }
        }
        other => panic!("{operator} of {other:?}"),
    }
}
