//! Terms to code: names become places, and what is not known is told.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern as Taken, Term};
use jaq_core::load::span;
use jaq_core::path::{Opt, Part as Step};

use super::code::{
    Code, Fold, Format, Function, Literal, Op, PRELUDE, Part, Pattern, Piece, Program, Update,
};
use super::{Fault, place, refused};
use crate::evaluate::native::{Native, natives};

/// jq's own functions that are written in jq.
const PRELUDE_TEXT: &str = include_str!("../evaluate/prelude.jq");
/// Steps within each other.
const DEPTH_MAX: usize = 500;

/// The definitions of `prelude.jq`.
pub(super) fn prelude() -> Vec<Def<&'static str>> {
    jaq_core::load::parse(PRELUDE_TEXT, |p| p.defs()).expect("our own definitions are jq")
}

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    Variable,
    /// `$x` of a function: `x` is a function as well.
    Parameter,
    /// `f` of a function.
    Argument,
    Label,
    Function {
        arity: usize,
        id: usize,
    },
}

pub(super) struct Compiler<'m> {
    text: &'m str,
    /// Innermost last.
    names: Vec<(&'m str, Bound)>,
    program: Program,
    faults: Vec<Fault>,
    /// Where the last name stood that was met.
    at: u32,
    depth: usize,
}

impl<'m> Compiler<'m> {
    pub fn new(text: &'m str) -> Compiler<'m> {
        Compiler {
            text,
            names: Vec::new(),
            program: Program::default(),
            faults: Vec::new(),
            at: PRELUDE,
            depth: 0,
        }
    }

    /// The whole of a mapping.
    pub fn program(mut self, term: &Term<&'m str>) -> Result<Program, Vec<Fault>> {
        for def in &prelude() {
            self.define(def);
        }
        self.at = 0;
        self.program.main = self.term(term);
        match self.faults.is_empty() {
            true => Ok(self.program),
            false => Err(self.faults),
        }
    }

    fn fault(&mut self, word: &str, message: String) {
        let at = self.place(word).unwrap_or(self.at);
        self.faults.push((at as usize, message));
    }

    /// Where a piece of the mapping's text begins.
    fn place(&self, word: &str) -> Option<u32> {
        let inside = self.text.as_bytes().as_ptr_range().contains(&word.as_ptr());
        inside.then(|| span(self.text, word).start as u32)
    }

    /// What is bound within is not known behind.
    fn scoped<T>(&mut self, compile: impl FnOnce(&mut Self) -> T) -> T {
        let names = self.names.len();
        let compiled = compile(self);
        self.names.truncate(names);
        compiled
    }

    /// How many bindings are made after that name. Functions take no place in a scope.
    fn up(&self, index: usize) -> usize {
        let inner = self.names[index + 1..].iter();
        inner
            .filter(|(_, bound)| !matches!(bound, Bound::Function { .. }))
            .count()
    }

    fn find(&self, is: impl Fn(&str, Bound) -> bool) -> Option<(usize, Bound)> {
        let found = self
            .names
            .iter()
            .rposition(|(name, bound)| is(name, *bound));
        found.map(|index| (self.up(index), self.names[index].1))
    }

    fn define(&mut self, def: &Def<&'m str>) {
        let id = self.program.functions.len();
        let arity = def.args.len();
        let values = def.args.iter().map(|arg| arg.starts_with('$')).collect();
        let body = Code::default();
        self.program.functions.push(Function { values, body });
        self.names.push((def.name, Bound::Function { arity, id }));
        let body = self.scoped(|names| {
            for arg in &def.args {
                let bound = match arg.starts_with('$') {
                    true => Bound::Parameter,
                    false => Bound::Argument,
                };
                names.names.push((arg, bound));
            }
            names.term(&def.body)
        });
        self.program.functions[id].body = body;
    }

    fn boxed(&mut self, term: &Term<&'m str>) -> Box<Code> {
        Box::new(self.term(term))
    }

    fn code(&self, at: u32, op: Op) -> Code {
        let single = self.single(&op);
        Code { op, at, single }
    }

    fn literal(&mut self, literal: Literal) -> Op {
        self.program.literals.push(literal);
        Op::Literal(self.program.literals.len() - 1)
    }

    fn term(&mut self, term: &Term<&'m str>) -> Code {
        if let Some(at) = place::word(term).and_then(|word| self.place(word)) {
            self.at = at;
        }
        let at = self.at;
        if self.depth >= DEPTH_MAX {
            let message = format!("the program is nested more than {DEPTH_MAX} deep");
            self.faults.push((at as usize, message));
            return Code::default();
        }
        self.depth += 1;
        let code = match term {
            Term::Path(root, path) => self.path(root, &path.0),
            Term::Def(defs, rest) => self.scoped(|names| {
                defs.iter().for_each(|def| names.define(def));
                names.term(rest)
            }),
            Term::IfThenElse(branches, otherwise) => self.choice(branches, otherwise.as_deref()),
            _ => {
                let op = self.op(term);
                self.code(at, op)
            }
        };
        self.depth -= 1;
        code
    }

    /// `root.key[0]?`.
    fn path(&mut self, root: &Term<&'m str>, steps: &[(Step<Term<&'m str>>, Opt)]) -> Code {
        let mut code = self.term(root);
        for (step, optional) in steps {
            let part = self.part(step);
            // jq: only this step is tried, and not those before it.
            let tried = matches!(optional, Opt::Optional);
            code = self.code(self.at, Op::Access(Box::new(code), part, tried));
        }
        code
    }

    /// `if`, `elif`, `else`.
    fn choice(
        &mut self,
        branches: &[(Term<&'m str>, Term<&'m str>)],
        otherwise: Option<&Term<&'m str>>,
    ) -> Code {
        let mut compiled: Vec<(Code, Code)> = Vec::new();
        for (when, then) in branches {
            compiled.push((self.term(when), self.term(then)));
        }
        let rest = match otherwise {
            Some(term) => self.term(term),
            None => self.code(self.at, Op::Identity),
        };
        compiled.into_iter().rfold(rest, |rest, (when, then)| {
            let at = when.at;
            self.code(at, Op::If(Box::new(when), Box::new(then), Box::new(rest)))
        })
    }

    fn op(&mut self, term: &Term<&'m str>) -> Op {
        match term {
            Term::Id => Op::Identity,
            Term::Recurse => Op::Recurse,
            Term::Num(text) => self.literal(Literal::Number((*text).to_owned())),
            Term::Str(format, parts) => self.text_of(*format, parts),
            Term::Arr(term) => Op::Array(term.as_ref().map(|term| self.boxed(term))),
            Term::Obj(entries) => Op::Object(
                entries
                    .iter()
                    .map(|(key, value)| self.entry(key, value.as_ref()))
                    .collect(),
            ),
            Term::Neg(term) => Op::Negate(self.boxed(term)),
            Term::BinOp(left, op, right) => self.operation(left, op, right),
            Term::Label(name, term) => self.scoped(|names| {
                names.names.push((name, Bound::Label));
                Op::Label(names.boxed(term))
            }),
            Term::Break(name) => {
                match self.find(|known, bound| bound == Bound::Label && known == *name) {
                    Some((up, _)) => Op::Break { up },
                    None => {
                        self.fault(name, format!("there is no label `{name}`"));
                        Op::Identity
                    }
                }
            }
            Term::Fold(name, over, pattern, steps) => self.fold(name, over, pattern, steps),
            Term::TryCatch(term, catch) => {
                let term = self.boxed(term);
                Op::Try(term, catch.as_ref().map(|catch| self.boxed(catch)))
            }
            Term::Call(name, args) => self.call(name, args),
            Term::Var(name) => self.variable(name),
            // Made by `term`, with a place of their own.
            Term::Path(..) | Term::Def(..) | Term::IfThenElse(..) => Op::Identity,
        }
    }

    fn part(&mut self, step: &Step<Term<&'m str>>) -> Part {
        match step {
            Step::Index(key) => Part::Key(self.boxed(key)),
            Step::Range(None, None) => Part::Each,
            Step::Range(from, to) => {
                let from = from.as_ref().map(|from| self.boxed(from));
                Part::Slice(from, to.as_ref().map(|to| self.boxed(to)))
            }
        }
    }

    fn text_of(
        &mut self,
        format: Option<&'m str>,
        parts: &[StrPart<&'m str, Term<&'m str>>],
    ) -> Op {
        let known = Format::named(format.unwrap_or("@text"));
        if known.is_none() {
            let name = format.unwrap_or_default();
            self.unknown(name, "format");
        }
        let mut pieces: Vec<Piece> = Vec::new();
        let plain = |pieces: &mut Vec<Piece>, text: &str| match pieces.last_mut() {
            Some(Piece::Plain(last)) => last.push_str(text),
            _ => pieces.push(Piece::Plain(text.to_owned())),
        };
        for part in parts {
            match part {
                StrPart::Str(text) => plain(&mut pieces, text),
                StrPart::Char(c) => plain(&mut pieces, c.encode_utf8(&mut [0; 4])),
                StrPart::Term(term) => pieces.push(Piece::Code(self.term(term))),
            }
        }
        match pieces.as_mut_slice() {
            [] => self.literal(Literal::Text(String::new())),
            [Piece::Plain(text)] => self.literal(Literal::Text(std::mem::take(text))),
            _ => Op::Text(known.unwrap_or(Format::Text), pieces),
        }
    }

    /// `{key: value}`, `{key}`, `{$variable}`.
    fn entry(
        &mut self,
        key: &Term<&'m str>,
        value: Option<&Term<&'m str>>,
    ) -> (Code, Option<Code>) {
        match (key, value) {
            (Term::Var(name), None) => {
                let value = self.term(key);
                let name = name.trim_start_matches('$').to_owned();
                let (at, key) = (value.at, self.literal(Literal::Text(name)));
                (self.code(at, key), Some(value))
            }
            (key, value) => {
                let key = self.term(key);
                (key, value.map(|value| self.term(value)))
            }
        }
    }

    fn operation(
        &mut self,
        left: &Term<&'m str>,
        op: &BinaryOp<&'m str>,
        right: &Term<&'m str>,
    ) -> Op {
        if let BinaryOp::Comma = op {
            return self.comma(left, right);
        }
        let l = self.boxed(left);
        if let BinaryOp::Pipe(Some(pattern)) = op {
            return self.scoped(|names| {
                let pattern = names.pattern(pattern);
                Op::Bind(l, pattern, names.boxed(right))
            });
        }
        let r = self.boxed(right);
        match op {
            BinaryOp::Pipe(_) | BinaryOp::Comma => Op::Pipe(l, r),
            BinaryOp::Alt => Op::Alternative(l, r),
            BinaryOp::Or => Op::Or(l, r),
            BinaryOp::And => Op::And(l, r),
            BinaryOp::Math(op) => Op::Math(*op, l, r),
            BinaryOp::Cmp(op) => Op::Compare(*op, l, r),
            BinaryOp::Assign => Op::Update(Update::Set, l, r),
            BinaryOp::Update => Op::Update(Update::Modify, l, r),
            BinaryOp::UpdateMath(op) => Op::Update(Update::Math(*op), l, r),
            BinaryOp::UpdateAlt => Op::Update(Update::Alternative, l, r),
        }
    }

    /// `a, b, c`, of which the parser makes pairs within pairs.
    fn comma(&mut self, left: &Term<&'m str>, right: &Term<&'m str>) -> Op {
        let mut terms = vec![right];
        let mut rest = left;
        while let Term::BinOp(left, BinaryOp::Comma, right) = rest {
            terms.push(right);
            rest = left;
        }
        terms.push(rest);
        Op::Comma(
            terms
                .into_iter()
                .rev()
                .map(|term| self.term(term))
                .collect(),
        )
    }

    /// The variables of a pattern are bound in the order in which they stand.
    fn pattern(&mut self, pattern: &Taken<&'m str>) -> Pattern {
        match pattern {
            Taken::Var(name) => {
                self.names.push((name, Bound::Variable));
                Pattern::Variable
            }
            Taken::Arr(list) => {
                Pattern::List(list.iter().map(|pattern| self.pattern(pattern)).collect())
            }
            Taken::Obj(entries) => {
                let mut map = Vec::new();
                for (key, pattern) in entries {
                    map.push((self.term(key), self.pattern(pattern)));
                }
                Pattern::Map(map)
            }
        }
    }

    fn fold(
        &mut self,
        name: &'m str,
        over: &Term<&'m str>,
        pattern: &Taken<&'m str>,
        steps: &[Term<&'m str>],
    ) -> Op {
        let (start, step, then) = match (name, steps) {
            (_, [start, step]) => (start, step, None),
            ("foreach", [start, step, then]) => (start, step, Some(then)),
            _ => {
                let message =
                    format!("`{name}` takes a start and a step: `{name} .. as $x (0; ..)`");
                self.fault(name, message);
                return Op::Identity;
            }
        };
        let (over, start) = (self.term(over), self.term(start));
        self.scoped(|names| {
            let pattern = names.pattern(pattern);
            let step = names.term(step);
            let then = then.map(|then| names.boxed(then));
            let fold = Box::new(Fold {
                over,
                pattern,
                start,
                step,
            });
            match name {
                "reduce" => Op::Reduce(fold),
                _ => Op::Foreach(fold, then),
            }
        })
    }

    fn variable(&mut self, name: &'m str) -> Op {
        let is = |bound| matches!(bound, Bound::Variable | Bound::Parameter);
        if let Some((up, _)) = self.find(|known, bound| is(bound) && known == name) {
            return Op::Variable { up };
        }
        if name == "$__loc__" {
            let line = self.text[..self.at as usize].matches('\n').count() + 1;
            return self.literal(Literal::Place(line));
        }
        self.unknown(name, "variable");
        Op::Identity
    }

    fn call(&mut self, name: &'m str, args: &[Term<&'m str>]) -> Op {
        let found = self.find(|known, bound| match bound {
            Bound::Function { arity, .. } => known == name && arity == args.len(),
            Bound::Argument => known == name && args.is_empty(),
            Bound::Parameter => known.strip_prefix('$') == Some(name) && args.is_empty(),
            Bound::Variable | Bound::Label => false,
        });
        let literal = match (name, args) {
            ("null", []) => Some(Literal::Null),
            ("true" | "false", []) => Some(Literal::Bool(name == "true")),
            _ => None,
        };
        match (found, literal) {
            (Some((up, Bound::Function { id, .. })), _) => {
                let function = id;
                let args = args.iter().map(|arg| self.term(arg)).collect();
                Op::Call { function, up, args }
            }
            (Some((up, Bound::Argument)), _) => Op::Argument { up },
            (Some((up, _)), _) => Op::Variable { up },
            (None, Some(literal)) => self.literal(literal),
            (None, None) => self.native(name, args),
        }
    }

    fn native(&mut self, name: &'m str, args: &[Term<&'m str>]) -> Op {
        let mut known = natives().filter(|native| native.name == name);
        if let Some(native) = known.clone().find(|native| native.arity == args.len()) {
            let args = args.iter().map(|arg| self.term(arg)).collect();
            return Op::Native(native, args);
        }
        let mut arities: Vec<usize> = known.by_ref().map(|native| native.arity).collect();
        arities.extend(self.names.iter().filter_map(|(known, bound)| match bound {
            Bound::Function { arity, .. } if *known == name => Some(*arity),
            _ => None,
        }));
        arities.sort_unstable();
        arities.dedup();
        let arities: Vec<String> = arities.iter().map(usize::to_string).collect();
        match arities.as_slice() {
            [] => self.unknown(name, "function"),
            some => {
                let plural = if some == ["1"] { "" } else { "s" };
                let message = format!(
                    "`{name}` takes {} argument{plural}, not {}",
                    some.join(" or "),
                    args.len()
                );
                self.fault(name, message);
            }
        }
        Op::Identity
    }

    /// Tells that there is no such name, and what there is instead.
    fn unknown(&mut self, name: &str, what: &str) {
        let hint = match refused::instead(name) {
            Some(instead) => format!("; {instead}"),
            None => {
                let names = self.names.iter().map(|(name, _)| *name);
                let known = names.chain(natives().map(|native| native.name));
                nearest(
                    name,
                    known.filter(|known| known.starts_with('$') == name.starts_with('$')),
                )
            }
        };
        self.fault(name, format!("there is no {what} `{name}`{hint}"));
    }

    /// Whether it gives exactly one value, whatever it is asked of, or fails.
    fn single(&self, op: &Op) -> bool {
        match op {
            Op::Identity | Op::Literal(_) | Op::Variable { .. } | Op::Array(_) => true,
            Op::Text(_, pieces) => pieces.iter().all(|piece| match piece {
                Piece::Plain(_) => true,
                Piece::Code(code) => code.single,
            }),
            Op::Object(entries) => entries
                .iter()
                .all(|(key, value)| key.single && value.as_ref().is_none_or(|value| value.single)),
            Op::Negate(code) => code.single,
            Op::Pipe(left, right)
            | Op::Alternative(left, right)
            | Op::And(left, right)
            | Op::Or(left, right)
            | Op::Math(_, left, right)
            | Op::Compare(_, left, right) => left.single && right.single,
            Op::Bind(value, pattern, rest) => value.single && pattern.single() && rest.single,
            Op::Update(Update::Modify, ..) => true,
            Op::Update(_, _, right) => right.single,
            Op::Reduce(fold) => fold.start.single,
            Op::If(when, yes, no) => when.single && yes.single && no.single,
            Op::Call { function, args, .. } => {
                let function = &self.program.functions[*function];
                let mut values = function.values.iter().zip(args);
                function.body.single && values.all(|(value, arg)| !value || arg.single)
            }
            Op::Native(Native { single, .. }, args) => *single && args.iter().all(|arg| arg.single),
            Op::Access(root, part, tried) => {
                root.single
                    && !tried
                    && match part {
                        Part::Key(key) => key.single,
                        Part::Slice(from, to) => from.iter().chain(to).all(|bound| bound.single),
                        Part::Each => false,
                    }
            }
            Op::Recurse
            | Op::Comma(_)
            | Op::Label(_)
            | Op::Break { .. }
            | Op::Foreach(..)
            | Op::Try(..)
            | Op::Argument { .. } => false,
        }
    }
}

impl Pattern {
    fn single(&self) -> bool {
        match self {
            Pattern::Variable => true,
            Pattern::List(list) => list.iter().all(Pattern::single),
            Pattern::Map(map) => map.iter().all(|(key, value)| key.single && value.single()),
        }
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
