//! Rules: expressions over settings, as code for a small stack machine.
//!
//! The text is parsed and typed when a definition is read (`schema`); what travels
//! in the image is postfix code, which is checked again when an image is built and
//! evaluated there over the new values. Integers are computed in 64 bits, durations
//! and sizes in 128, floats in 64; a division by zero, an overflow or a result that
//! is no number makes the whole rule false, wherever in it that happens.

use std::cmp::Ordering;

use crate::limits::{RULE_DEPTH_MAX, RULE_NODES_MAX};
use crate::scalar::{Kind, Scalar};

/// An operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Op {
    /// `a || b`
    Or = 1,
    /// `a && b`
    And = 2,
    /// `!a`
    Not = 3,
    /// `a == b`
    Eq = 4,
    /// `a != b`
    Ne = 5,
    /// `a < b`
    Lt = 6,
    /// `a <= b`
    Le = 7,
    /// `a > b`
    Gt = 8,
    /// `a >= b`
    Ge = 9,
    /// `a + b`
    Add = 10,
    /// `a - b`
    Sub = 11,
    /// `a * b`
    Mul = 12,
    /// `a / b`; of integers, towards zero
    Div = 13,
    /// `-a`
    Neg = 14,
}

impl Op {
    const ALL: [Op; 14] = [
        Op::Or,
        Op::And,
        Op::Not,
        Op::Eq,
        Op::Ne,
        Op::Lt,
        Op::Le,
        Op::Gt,
        Op::Ge,
        Op::Add,
        Op::Sub,
        Op::Mul,
        Op::Div,
        Op::Neg,
    ];

    pub(crate) fn from_u8(number: u8) -> Option<Op> {
        Op::ALL.get((number as usize).checked_sub(1)?).copied()
    }
}

/// One step of a rule's code, in postfix order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Instr<'a> {
    /// A literal.
    Literal(Scalar<&'a str>),
    /// The value of the setting of that dotted path.
    Setting(&'a str),
    /// An operator over what stands before it.
    Op(Op),
}

/// What the type of an expression is: of a literal, a setting, or a result.
/// Percents are floats here, and enum values are text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleType {
    /// True or false.
    Bool,
    /// An integer.
    Int,
    /// A float or percent.
    Float,
    /// A duration.
    Duration,
    /// A size.
    Size,
    /// A timestamp.
    Timestamp,
    /// A string or enum value.
    Text,
}

impl RuleType {
    /// The type of a scalar of that kind.
    pub fn of(kind: Kind) -> RuleType {
        match kind {
            Kind::Bool => RuleType::Bool,
            Kind::Int => RuleType::Int,
            Kind::Float | Kind::Percent => RuleType::Float,
            Kind::Duration => RuleType::Duration,
            Kind::Size => RuleType::Size,
            Kind::Timestamp => RuleType::Timestamp,
            Kind::String | Kind::Enum => RuleType::Text,
        }
    }

    /// The word for messages.
    pub fn as_str(self) -> &'static str {
        match self {
            RuleType::Bool => "bool",
            RuleType::Int => "int",
            RuleType::Float => "float",
            RuleType::Duration => "duration",
            RuleType::Size => "size",
            RuleType::Timestamp => "timestamp",
            RuleType::Text => "text",
        }
    }
}

/// The type of `op` over operands of these types (`b` is `None` for `!` and unary
/// `-`), or `None` if it has no meaning. The whole typing of rules is in here.
pub fn result_type(op: Op, a: RuleType, b: Option<RuleType>) -> Option<RuleType> {
    use RuleType::{Bool, Duration, Float, Int, Size};
    let number = |t| matches!(t, Int | Float);
    let amount = |t| matches!(t, Duration | Size);
    let Some(b) = b else {
        return match op {
            Op::Not if a == Bool => Some(Bool),
            Op::Neg if number(a) || a == Duration => Some(a),
            _ => None,
        };
    };
    match op {
        Op::Or | Op::And => (a == Bool && b == Bool).then_some(Bool),
        Op::Eq | Op::Ne => (a == b || number(a) && number(b)).then_some(Bool),
        Op::Lt | Op::Le | Op::Gt | Op::Ge => {
            (a == b && a != Bool && a != RuleType::Text || number(a) && number(b)).then_some(Bool)
        }
        Op::Add | Op::Sub if a == b && (number(a) || amount(a)) => Some(a),
        Op::Add | Op::Sub => (number(a) && number(b)).then_some(Float),
        Op::Mul | Op::Div if number(a) && number(b) => Some(if a == b { a } else { Float }),
        Op::Mul | Op::Div if amount(a) && number(b) => Some(a),
        Op::Mul if number(a) && amount(b) => Some(b),
        Op::Mul | Op::Div | Op::Not | Op::Neg => None,
    }
}

/// Checks code: `kind` gives the kind of a setting's scalar, if it is one. Returns
/// what is wrong in words.
pub(crate) fn check<'a>(
    code: impl Iterator<Item = Instr<'a>>,
    kind: impl Fn(&str) -> Option<Kind>,
) -> Result<(), &'static str> {
    let mut stack: Vec<(RuleType, usize)> = Vec::new();
    for (at, instr) in code.enumerate() {
        if at >= RULE_NODES_MAX {
            return Err("it has more than 64 nodes");
        }
        let node = match instr {
            Instr::Literal(scalar) => (RuleType::of(scalar.kind()), 1),
            Instr::Setting(path) => (
                RuleType::of(kind(path).ok_or("it names a setting that is no scalar")?),
                1,
            ),
            Instr::Op(op) => {
                let unary = matches!(op, Op::Not | Op::Neg);
                let b = if unary {
                    None
                } else {
                    Some(stack.pop().ok_or("an operand is missing")?)
                };
                let a = stack.pop().ok_or("an operand is missing")?;
                let ty = result_type(op, a.0, b.map(|b| b.0)).ok_or("the types do not fit")?;
                (ty, 1 + a.1.max(b.map_or(0, |b| b.1)))
            }
        };
        if node.1 > RULE_DEPTH_MAX {
            return Err("it is nested more than 16 deep");
        }
        stack.push(node);
    }
    match stack[..] {
        [(RuleType::Bool, _)] => Ok(()),
        _ => Err("it is not true or false"),
    }
}

#[derive(Clone, Copy)]
enum Term<'a> {
    Bool(bool),
    Int(i64),
    Float(f64),
    Duration(i128),
    Size(i128),
    Timestamp(i64, u32),
    Text(&'a str),
}

/// Whether the rule holds. `value` gives the value of a setting.
pub(crate) fn holds<'a>(
    code: impl Iterator<Item = Instr<'a>>,
    value: impl Fn(&str) -> Option<Scalar<&'a str>>,
) -> bool {
    matches!(run(code, value), Some(Term::Bool(true)))
}

fn run<'a>(
    code: impl Iterator<Item = Instr<'a>>,
    value: impl Fn(&str) -> Option<Scalar<&'a str>>,
) -> Option<Term<'a>> {
    let mut stack = [Term::Bool(false); RULE_NODES_MAX];
    let mut depth = 0;
    for instr in code {
        let term = match instr {
            Instr::Literal(scalar) => term(scalar),
            Instr::Setting(path) => term(value(path)?),
            Instr::Op(op @ (Op::Not | Op::Neg)) => {
                depth = usize::checked_sub(depth, 1)?;
                unary(op, stack[depth])?
            }
            Instr::Op(op) => {
                depth = usize::checked_sub(depth, 2)?;
                binary(op, stack[depth], stack[depth + 1])?
            }
        };
        *stack.get_mut(depth)? = term;
        depth += 1;
    }
    (depth == 1).then_some(stack[0])
}

fn term(scalar: Scalar<&str>) -> Term<'_> {
    match scalar {
        Scalar::Bool(v) => Term::Bool(v),
        Scalar::Int(v) => Term::Int(v),
        Scalar::Float(v) | Scalar::Percent(v) => Term::Float(v),
        Scalar::Duration(v) => Term::Duration(v.into()),
        Scalar::Size(v) => Term::Size(v.into()),
        Scalar::Timestamp(s, n) => Term::Timestamp(s, n),
        Scalar::String(v) | Scalar::Enum(v) => Term::Text(v),
    }
}

fn unary(op: Op, a: Term<'_>) -> Option<Term<'_>> {
    match (op, a) {
        (Op::Not, Term::Bool(v)) => Some(Term::Bool(!v)),
        (Op::Neg, Term::Int(v)) => v.checked_neg().map(Term::Int),
        (Op::Neg, Term::Float(v)) => Some(Term::Float(-v)),
        (Op::Neg, Term::Duration(v)) => Some(Term::Duration(-v)),
        _ => None,
    }
}

fn binary<'a>(op: Op, a: Term<'a>, b: Term<'a>) -> Option<Term<'a>> {
    let (a, b) = match (a, b) {
        (Term::Int(a), Term::Float(_)) => (Term::Float(a as f64), b),
        (Term::Float(_), Term::Int(b)) => (a, Term::Float(b as f64)),
        same => same,
    };
    match op {
        Op::Or | Op::And => match (a, b) {
            (Term::Bool(a), Term::Bool(b)) => {
                Some(Term::Bool(if op == Op::Or { a || b } else { a && b }))
            }
            _ => None,
        },
        Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge => {
            let order = compare(a, b)?;
            Some(Term::Bool(match op {
                Op::Eq => order.is_eq(),
                Op::Ne => order.is_ne(),
                Op::Lt => order.is_lt(),
                Op::Le => order.is_le(),
                Op::Gt => order.is_gt(),
                _ => order.is_ge(),
            }))
        }
        Op::Not | Op::Neg => None,
        Op::Add | Op::Sub | Op::Mul | Op::Div => arithmetic(op, a, b),
    }
}

fn compare(a: Term<'_>, b: Term<'_>) -> Option<Ordering> {
    match (a, b) {
        (Term::Bool(a), Term::Bool(b)) => Some(a.cmp(&b)),
        (Term::Int(a), Term::Int(b)) => Some(a.cmp(&b)),
        (Term::Float(a), Term::Float(b)) => a.partial_cmp(&b),
        (Term::Duration(a), Term::Duration(b)) | (Term::Size(a), Term::Size(b)) => Some(a.cmp(&b)),
        (Term::Timestamp(a, an), Term::Timestamp(b, bn)) => Some((a, an).cmp(&(b, bn))),
        (Term::Text(a), Term::Text(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn arithmetic<'a>(op: Op, a: Term<'a>, b: Term<'a>) -> Option<Term<'a>> {
    match (a, b) {
        (Term::Int(a), Term::Int(b)) => match op {
            Op::Add => a.checked_add(b),
            Op::Sub => a.checked_sub(b),
            Op::Mul => a.checked_mul(b),
            _ => a.checked_div(b),
        }
        .map(Term::Int),
        (Term::Float(a), Term::Float(b)) => {
            let result = match op {
                Op::Add => a + b,
                Op::Sub => a - b,
                Op::Mul => a * b,
                _ => a / b,
            };
            result.is_finite().then_some(Term::Float(result))
        }
        (Term::Duration(a), Term::Duration(b)) => sum(op, a, b).map(Term::Duration),
        (Term::Size(a), Term::Size(b)) => sum(op, a, b).map(Term::Size),
        (Term::Duration(a), b) => scaled(op, a, b).map(Term::Duration),
        (Term::Size(a), b) => scaled(op, a, b).map(Term::Size),
        (a, Term::Duration(b)) if op == Op::Mul => scaled(op, b, a).map(Term::Duration),
        (a, Term::Size(b)) if op == Op::Mul => scaled(op, b, a).map(Term::Size),
        _ => None,
    }
}

/// The largest amount, either side of zero; a result beyond it is an overflow.
const AMOUNT_MAX: i128 = u64::MAX as i128;

fn amount(value: i128) -> Option<i128> {
    (-AMOUNT_MAX..=AMOUNT_MAX).contains(&value).then_some(value)
}

fn sum(op: Op, a: i128, b: i128) -> Option<i128> {
    match op {
        Op::Add => amount(a + b),
        Op::Sub => amount(a - b),
        _ => None,
    }
}

/// An amount times or divided by a number, towards zero.
fn scaled(op: Op, a: i128, b: Term<'_>) -> Option<i128> {
    let result = match (op, b) {
        (Op::Mul, Term::Int(b)) => a.checked_mul(b.into())?,
        (Op::Div, Term::Int(b)) => a.checked_div(b.into())?,
        (Op::Mul, Term::Float(b)) => (a as f64 * b)
            .is_finite()
            .then_some((a as f64 * b) as i128)?,
        (Op::Div, Term::Float(b)) => (a as f64 / b)
            .is_finite()
            .then_some((a as f64 / b) as i128)?,
        _ => return None,
    };
    amount(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    fn eval(code: &[Instr<'static>]) -> bool {
        let value = |path: &str| match path {
            "rate" => Some(Scalar::Float(0.9)),
            "decay" => Some(Scalar::Duration(3 * S)),
            "n" => Some(Scalar::Int(3)),
            "zero" => Some(Scalar::Int(0)),
            "level" => Some(Scalar::Enum("info")),
            _ => None,
        };
        check(code.iter().copied(), |path| value(path).map(|v| v.kind())).unwrap();
        holds(code.iter().copied(), value)
    }

    #[test]
    fn table() {
        use Instr::{Literal as L, Op as O, Setting as V};
        let rows: &[(&[Instr<'static>], bool)] = &[
            (&[V("decay"), L(Scalar::Duration(2 * S)), O(Op::Ge)], true),
            (&[V("rate"), L(Scalar::Float(0.5)), O(Op::Le)], false),
            (
                &[
                    V("decay"),
                    V("n"),
                    L(Scalar::Int(1)),
                    O(Op::Add),
                    O(Op::Mul),
                    L(Scalar::Duration(12 * S)),
                    O(Op::Eq),
                ],
                true,
            ),
            (
                &[V("n"), V("zero"), O(Op::Div), L(Scalar::Int(0)), O(Op::Ge)],
                false,
            ),
            // A division by zero makes the whole rule false, also beside `true ||`.
            (
                &[
                    L(Scalar::Bool(true)),
                    V("n"),
                    V("zero"),
                    O(Op::Div),
                    V("n"),
                    O(Op::Eq),
                    O(Op::Or),
                ],
                false,
            ),
            (
                &[
                    L(Scalar::Int(i64::MAX)),
                    V("n"),
                    O(Op::Add),
                    V("n"),
                    O(Op::Gt),
                ],
                false,
            ),
            (&[V("level"), L(Scalar::String("info")), O(Op::Eq)], true),
            (&[V("n"), V("rate"), O(Op::Gt)], true),
            (
                &[
                    V("decay"),
                    L(Scalar::Duration(4 * S)),
                    O(Op::Sub),
                    L(Scalar::Duration(0)),
                    O(Op::Lt),
                ],
                true,
            ),
        ];
        for (code, holds) in rows {
            assert_eq!(eval(code), *holds, "{code:?}");
        }
    }

    #[test]
    fn code_that_is_not_well_formed_is_refused() {
        use Instr::{Literal as L, Op as O, Setting as V};
        let deep = [[L(Scalar::Bool(true)); 1].as_slice(), &[O(Op::Not); 16]].concat();
        let long = [L(Scalar::Bool(true)); 65];
        for code in [
            &[][..],
            &[L(Scalar::Int(1))],
            &[O(Op::And)],
            &[L(Scalar::Bool(true)), L(Scalar::Bool(true))],
            &[V("nobody")],
            &[L(Scalar::Int(1)), L(Scalar::Duration(1)), O(Op::Lt)],
            &deep,
            &long,
        ] {
            assert!(check(code.iter().copied(), |_| None).is_err(), "{code:?}");
        }
    }
}
