//! Rules: from text to the code that the runtime evaluates.
//!
//! Lowest to highest: `||`, `&&`, `!`, comparisons (not chained), `+ -`, `* /`, unary
//! `-`, parentheses. What types go together is the runtime's decision
//! ([`routewright::result_type`]); here it is only said in words where they do not.

use std::ops::Range;

use routewright::limits::{REASON_BYTES_MAX, RULE_DEPTH_MAX, RULE_NODES_MAX};
use routewright::{Form, Instr, Kind, Op, RuleType, Scalar, result_type};

use crate::diagnostic::one_of;
use crate::model::Setting;
use crate::value::{self, shown};

mod lexer;
mod words;

use lexer::{Lexer, Token};
use words::{an, is_comparison, too_deep};

/// Parentheses and signs that may stand within each other. More than enough for
/// [`RULE_DEPTH_MAX`], and a bound on recursion.
const NESTING_MAX: usize = 64;

/// One step of a rule's code; the owned form of [`Instr`].
#[derive(Clone, Debug, PartialEq)]
pub enum Code {
    /// A literal.
    Literal(Scalar<String>),
    /// The value of the setting of that dotted path.
    Setting(String),
    /// An operator over what stands before it.
    Op(Op),
}

impl Code {
    /// The same step, borrowed.
    pub fn borrow(&self) -> Instr<'_> {
        match self {
            Code::Literal(scalar) => Instr::Literal(scalar.borrow()),
            Code::Setting(path) => Instr::Setting(path),
            Code::Op(op) => Instr::Op(*op),
        }
    }
}

/// Why a rule is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFault {
    /// Bytes of the rule's text.
    pub at: Range<usize>,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The path of a setting that does not exist, if that is what is wrong.
    pub unknown: Option<String>,
}

impl RuleFault {
    fn new(at: Range<usize>, message: impl Into<String>) -> RuleFault {
        RuleFault {
            at,
            message: message.into(),
            hint: None,
            unknown: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> RuleFault {
        self.hint = Some(hint.into());
        self
    }
}

/// Compiles a rule to postfix code. `setting` finds a setting by its dotted path.
pub fn compile<'s>(
    text: &str,
    setting: &dyn Fn(&str) -> Option<&'s Setting>,
) -> Result<Vec<Code>, RuleFault> {
    if text.len() > REASON_BYTES_MAX {
        let message = format!(
            "the rule has {} bytes; at most {REASON_BYTES_MAX} are allowed",
            text.len()
        );
        return Err(RuleFault::new(0..text.len(), message));
    }
    let mut parser = Parser {
        lexer: Lexer::new(text)?,
        setting,
        code: Vec::new(),
        nesting: 0,
    };
    let whole = parser.or()?;
    if parser.lexer.token != Token::End {
        let fault = parser.unexpected("an operator or the end of the rule");
        return Err(fault);
    }
    if whole.ty != RuleType::Bool {
        return Err(words::no_condition(whole.at, whole.ty));
    }
    Ok(parser.code)
}

/// A part of the rule that is compiled already.
struct Part<'s> {
    at: Range<usize>,
    ty: RuleType,
    depth: usize,
    /// Position of its last instruction.
    end: usize,
    /// It is nothing but this setting.
    setting: Option<&'s Setting>,
}

struct Parser<'t, 's, 'f> {
    lexer: Lexer<'t>,
    setting: &'f dyn Fn(&str) -> Option<&'s Setting>,
    code: Vec<Code>,
    nesting: usize,
}

impl<'s> Parser<'_, 's, '_> {
    fn or(&mut self) -> Result<Part<'s>, RuleFault> {
        self.chain(Self::and, Op::Or)
    }

    fn and(&mut self) -> Result<Part<'s>, RuleFault> {
        self.chain(Self::not, Op::And)
    }

    fn not(&mut self) -> Result<Part<'s>, RuleFault> {
        match self.lexer.token {
            Token::Not => self.prefix(Op::Not, Self::not),
            _ => self.comparison(),
        }
    }

    fn comparison(&mut self) -> Result<Part<'s>, RuleFault> {
        let a = self.sum()?;
        let Some(op) = self.operator(is_comparison) else {
            return Ok(a);
        };
        let b = self.sum()?;
        if let Token::Op(next) = self.lexer.token
            && is_comparison(next)
        {
            return Err(
                RuleFault::new(self.lexer.at.clone(), "comparisons are not chained")
                    .hint("join two comparisons: `a < b && b < c`"),
            );
        }
        self.binary(op, a, b)
    }

    fn sum(&mut self) -> Result<Part<'s>, RuleFault> {
        self.left_to_right(Self::product, |op| matches!(op, Op::Add | Op::Sub))
    }

    fn product(&mut self) -> Result<Part<'s>, RuleFault> {
        self.left_to_right(Self::signed, |op| matches!(op, Op::Mul | Op::Div))
    }

    fn signed(&mut self) -> Result<Part<'s>, RuleFault> {
        match self.lexer.token {
            Token::Op(Op::Sub) => self.prefix(Op::Neg, Self::signed),
            _ => self.primary(),
        }
    }

    fn left_to_right(
        &mut self,
        operand: impl Fn(&mut Self) -> Result<Part<'s>, RuleFault>,
        mine: impl Fn(Op) -> bool,
    ) -> Result<Part<'s>, RuleFault> {
        let mut a = operand(self)?;
        while let Some(op) = self.operator(&mine) {
            let b = operand(self)?;
            a = self.binary(op, a, b)?;
        }
        Ok(a)
    }

    /// `a && b && c`, and the same of `||`: flat to the eye, so that it must not nest a
    /// level deeper with each operand. Neighbours that are equally deep are joined
    /// first, which gives a balanced tree. In which order has no meaning: both operators
    /// are associative, and a fault makes the whole rule false wherever it stands.
    fn chain(
        &mut self,
        operand: impl Fn(&mut Self) -> Result<Part<'s>, RuleFault>,
        op: Op,
    ) -> Result<Part<'s>, RuleFault> {
        let mut last = operand(self)?;
        // To the left of `last`, each deeper than the next.
        let mut parts: Vec<Part<'s>> = Vec::new();
        while self.operator(|next| next == op).is_some() {
            let next = operand(self)?;
            if result_type(op, last.ty, Some(next.ty)).is_none() {
                let at = last.at.start..next.at.end;
                return Err(self.mismatch(op, at, &last, &next));
            }
            parts.push(std::mem::replace(&mut last, next));
            while let Some(a) = parts.pop_if(|a| a.depth <= last.depth) {
                last = self.binary(op, a, last)?;
            }
        }
        while let Some(a) = parts.pop() {
            last = self.binary(op, a, last)?;
        }
        Ok(last)
    }

    /// Takes an operator of that level, if one comes next. (A fault of the text after
    /// it is kept by the lexer, and told when that token is looked at.)
    fn operator(&mut self, mine: impl Fn(Op) -> bool) -> Option<Op> {
        match self.lexer.token {
            Token::Op(op) if mine(op) => {
                self.lexer.advance();
                Some(op)
            }
            _ => None,
        }
    }

    fn prefix(
        &mut self,
        op: Op,
        operand: impl Fn(&mut Self) -> Result<Part<'s>, RuleFault>,
    ) -> Result<Part<'s>, RuleFault> {
        let start = self.lexer.at.clone();
        self.enter()?;
        self.lexer.advance();
        let a = operand(self)?;
        self.nesting -= 1;
        let at = start.start..a.at.end;
        let Some(ty) = result_type(op, a.ty, None) else {
            let word = if op == Op::Not { "!" } else { "-" };
            return Err(RuleFault::new(
                at,
                format!("`{word}` cannot stand before {}", an(a.ty)),
            ));
        };
        self.emit(Code::Op(op), at, ty, 1 + a.depth, None)
    }

    fn primary(&mut self) -> Result<Part<'s>, RuleFault> {
        let at = self.lexer.at.clone();
        match std::mem::replace(&mut self.lexer.token, Token::Taken) {
            Token::Open => {
                self.enter()?;
                self.lexer.advance();
                let inner = self.or()?;
                if self.lexer.token != Token::Close {
                    return Err(match self.lexer.token {
                        Token::End => {
                            RuleFault::new(at, "this parenthesis is not closed").hint("close it")
                        }
                        _ => self.unexpected("`)`"),
                    });
                }
                let end = self.lexer.at.end;
                self.lexer.advance();
                self.nesting -= 1;
                Ok(Part {
                    at: at.start..end,
                    ..inner
                })
            }
            Token::Literal(scalar) => {
                self.lexer.advance();
                let ty = RuleType::of(scalar.kind());
                self.emit(Code::Literal(scalar), at, ty, 1, None)
            }
            Token::Name(path) => {
                self.lexer.advance();
                self.name(path.to_owned(), at)
            }
            token => {
                self.lexer.token = token;
                Err(self.unexpected("a setting or a value"))
            }
        }
    }

    fn name(&mut self, path: String, at: Range<usize>) -> Result<Part<'s>, RuleFault> {
        let Some(setting) = (self.setting)(&path) else {
            let mut fault = RuleFault::new(at, format!("there is no setting {}", shown(&path)));
            fault.unknown = Some(path);
            return Err(fault);
        };
        if setting.form != Form::One {
            let form = if setting.form == Form::List {
                "list"
            } else {
                "table"
            };
            let message = format!("`{path}` is a {form}; a rule can only use single values");
            return Err(RuleFault::new(at, message)
                .hint("`min` and `max` of the setting bound each of its elements"));
        }
        self.emit(
            Code::Setting(path),
            at,
            RuleType::of(setting.kind),
            1,
            Some(setting),
        )
    }

    fn binary(&mut self, op: Op, mut a: Part<'s>, mut b: Part<'s>) -> Result<Part<'s>, RuleFault> {
        if is_comparison(op) {
            self.fit_text(&mut a, &b)?;
            self.fit_text(&mut b, &a)?;
        }
        let at = a.at.start..b.at.end;
        let Some(ty) = result_type(op, a.ty, Some(b.ty)) else {
            return Err(self.mismatch(op, at, &a, &b));
        };
        self.emit(Code::Op(op), at, ty, 1 + a.depth.max(b.depth), None)
    }

    /// A text literal takes the meaning of the setting it is compared with: a point in
    /// time, or one of an enum's values.
    fn fit_text(&mut self, literal: &mut Part<'s>, other: &Part<'s>) -> Result<(), RuleFault> {
        let (Some(setting), Some(Code::Literal(Scalar::String(text)))) =
            (other.setting, self.code.get(literal.end))
        else {
            return Ok(());
        };
        match setting.kind {
            Kind::Timestamp => {
                let moment = value::parse(Kind::Timestamp, text).map_err(|fault| RuleFault {
                    at: literal.at.clone(),
                    message: fault.message,
                    hint: fault.hint,
                    unknown: None,
                })?;
                self.code[literal.end] = Code::Literal(moment);
                literal.ty = RuleType::Timestamp;
                Ok(())
            }
            Kind::Enum if !setting.values.contains(text) => {
                let mut fault = RuleFault::new(
                    literal.at.clone(),
                    format!("{} is not one of the setting's values", shown(text)),
                );
                fault.hint = one_of(
                    text,
                    "its values are",
                    setting.values.iter().map(String::as_str),
                );
                Err(fault)
            }
            _ => Ok(()),
        }
    }

    fn emit(
        &mut self,
        code: Code,
        at: Range<usize>,
        ty: RuleType,
        depth: usize,
        setting: Option<&'s Setting>,
    ) -> Result<Part<'s>, RuleFault> {
        if self.code.len() >= RULE_NODES_MAX {
            let message = format!(
                "the rule has more than {RULE_NODES_MAX} nodes (values, settings and operators)"
            );
            return Err(RuleFault::new(at, message).hint("split it into several rules at a `&&`"));
        }
        if depth > RULE_DEPTH_MAX {
            return Err(too_deep(at));
        }
        self.code.push(code);
        Ok(Part {
            at,
            ty,
            depth,
            end: self.code.len() - 1,
            setting,
        })
    }

    fn enter(&mut self) -> Result<(), RuleFault> {
        self.nesting += 1;
        match self.nesting > NESTING_MAX {
            true => Err(too_deep(self.lexer.at.clone())),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
