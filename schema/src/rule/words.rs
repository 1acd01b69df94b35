//! What is wrong with a rule, in words.

use std::ops::Range;

use routewright::limits::RULE_DEPTH_MAX;
use routewright::{Op, RuleType, Scalar};

use super::lexer::Token;
use super::{Code, Parser, Part, RuleFault};
use crate::value::shown;

impl Parser<'_, '_, '_> {
    pub(super) fn mismatch(
        &self,
        op: Op,
        at: Range<usize>,
        a: &Part<'_>,
        b: &Part<'_>,
    ) -> RuleFault {
        let word = op_word(op);
        let fault = RuleFault::new(
            at,
            format!("`{word}` cannot join {} and {}", an(a.ty), an(b.ty)),
        );
        let bare = |part: &Part<'_>| match self.code.get(part.end) {
            Some(Code::Literal(Scalar::Int(number))) => Some(*number),
            _ => None,
        };
        // Which unit, only the writer knows: 480 may be milliseconds.
        let unit = |ty, number: Option<i64>| match (ty, number) {
            (RuleType::Duration, Some(0)) => Some("write `0s`".to_owned()),
            (RuleType::Size, Some(0)) => Some("write `0B`".to_owned()),
            (RuleType::Duration, Some(n)) => Some(format!(
                "give the number its unit: `{n}ms`, `{n}s` or `{n}m`"
            )),
            (RuleType::Size, Some(n)) => Some(format!(
                "give the number its unit: `{n}B`, `{n}KiB` or `{n}MiB`"
            )),
            _ => None,
        };
        match unit(a.ty, bare(b)).or_else(|| unit(b.ty, bare(a))) {
            Some(hint) => fault.hint(hint),
            None if a.ty == RuleType::Text && b.ty == RuleType::Text => {
                fault.hint("texts can only be compared with `==` and `!=`")
            }
            None => fault,
        }
    }

    pub(super) fn unexpected(&mut self, expected: &str) -> RuleFault {
        self.lexer.fault.take().unwrap_or_else(|| {
            let found = match &self.lexer.token {
                Token::End => "the rule ends".to_owned(),
                _ => format!("there is {}", shown(self.lexer.slice())),
            };
            let fault = RuleFault::new(
                self.lexer.at.clone(),
                format!("expected {expected}, but {found}"),
            );
            match self.lexer.token {
                Token::Name("and") => fault.hint("write `&&`"),
                Token::Name("or") => fault.hint("write `||`"),
                Token::Not => {
                    fault.hint("`!` binds looser than a comparison; put it in parentheses: `(!a)`")
                }
                _ => fault,
            }
        })
    }
}

/// The whole rule is neither true nor false.
pub(super) fn no_condition(at: Range<usize>, ty: RuleType) -> RuleFault {
    let example = match ty {
        RuleType::Duration => "<= 5s",
        RuleType::Size => "<= 64KiB",
        RuleType::Text => "== \"text\"",
        RuleType::Timestamp => "> \"2027-01-31T00:00:00Z\"",
        _ => "<= 5",
    };
    RuleFault::new(at, format!("the rule is {}, not true or false", an(ty)))
        .hint(format!("compare it with something: `... {example}`"))
}

pub(super) fn too_deep(at: Range<usize>) -> RuleFault {
    RuleFault::new(
        at,
        format!("the rule is nested more than {RULE_DEPTH_MAX} deep"),
    )
    .hint("split it into several rules at a `&&`")
}

pub(super) fn is_comparison(op: Op) -> bool {
    matches!(op, Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge)
}

pub(super) fn op_word(op: Op) -> &'static str {
    match op {
        Op::Or => "||",
        Op::And => "&&",
        Op::Not => "!",
        Op::Eq => "==",
        Op::Ne => "!=",
        Op::Lt => "<",
        Op::Le => "<=",
        Op::Gt => ">",
        Op::Ge => ">=",
        Op::Add => "+",
        Op::Sub | Op::Neg => "-",
        Op::Mul => "*",
        Op::Div => "/",
    }
}

/// With its article.
pub(super) fn an(ty: RuleType) -> String {
    match ty {
        RuleType::Int => "an int".to_owned(),
        RuleType::Text => "text".to_owned(),
        ty => format!("a {}", ty.as_str()),
    }
}
