//! What a mapping is compiled to: names are places, and every step knows where it stands.

use jaq_core::ops::{Cmp, Math};

use crate::evaluate::native::Native;

/// A program, with the functions that it calls.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub main: Code,
    pub functions: Vec<Function>,
    pub literals: Vec<Literal>,
}

/// A function of the mapping or of the prelude.
#[derive(Debug, Default)]
pub(crate) struct Function {
    /// Whether each argument is a value (`$x`), and not a stream (`f`).
    pub values: Vec<bool>,
    pub body: Code,
}

/// One step.
#[derive(Debug, Default)]
pub(crate) struct Code {
    pub op: Op,
    /// The byte of the mapping's text at which it stands, or [`PRELUDE`].
    pub at: u32,
    /// It gives exactly one value, or fails. Then what follows needs no place on the stack.
    pub single: bool,
}

/// Not in the text of the mapping.
pub(crate) const PRELUDE: u32 = u32::MAX;

/// What a step does. `up` counts the bindings from the innermost one.
#[derive(Debug, Default)]
pub(crate) enum Op {
    #[default]
    Identity,
    Recurse,
    /// One of the literals of the program.
    Literal(usize),
    Text(Format, Vec<Piece>),
    Array(Option<Box<Code>>),
    /// Keys and values; without a value, what the input has under the key.
    Object(Vec<(Code, Option<Code>)>),
    Negate(Box<Code>),
    Pipe(Box<Code>, Box<Code>),
    Bind(Box<Code>, Pattern, Box<Code>),
    Comma(Vec<Code>),
    Alternative(Box<Code>, Box<Code>),
    And(Box<Code>, Box<Code>),
    Or(Box<Code>, Box<Code>),
    Math(Math, Box<Code>, Box<Code>),
    Compare(Cmp, Box<Code>, Box<Code>),
    Update(Update, Box<Code>, Box<Code>),
    Label(Box<Code>),
    Break {
        up: usize,
    },
    Reduce(Box<Fold>),
    Foreach(Box<Fold>, Option<Box<Code>>),
    Try(Box<Code>, Option<Box<Code>>),
    If(Box<Code>, Box<Code>, Box<Code>),
    Variable {
        up: usize,
    },
    /// What an argument of the function does, where it was written.
    Argument {
        up: usize,
    },
    Call {
        function: usize,
        up: usize,
        args: Vec<Code>,
    },
    Native(&'static Native, Vec<Code>),
    /// `root[part]`, with `?` or not; the part is asked of the input, and not of the root.
    Access(Box<Code>, Part, bool),
}

/// A value that stands in the text.
#[derive(Debug)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    /// `$__loc__`: the line.
    Place(usize),
}

/// How values become text within a string: `@csv "\(.)"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
    Csv,
    Tsv,
    Html,
    Uri,
    Sh,
    Base64,
    Base64d,
}

/// A piece of a string.
#[derive(Debug)]
pub(crate) enum Piece {
    Plain(String),
    Code(Code),
}

/// Where a value is taken apart.
#[derive(Debug)]
pub(crate) enum Pattern {
    Variable,
    List(Vec<Pattern>),
    /// The key, and what its value is taken apart to.
    Map(Vec<(Code, Pattern)>),
}

/// `reduce` and `foreach`.
#[derive(Debug)]
pub(crate) struct Fold {
    pub over: Code,
    pub pattern: Pattern,
    pub start: Code,
    pub step: Code,
}

/// Which part of a list or map.
#[derive(Debug)]
pub(crate) enum Part {
    Key(Box<Code>),
    Slice(Option<Box<Code>>, Option<Box<Code>>),
    Each,
}

/// Which assignment.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Update {
    /// `=`
    Set,
    /// `|=`
    Modify,
    /// `+=`
    Math(Math),
    /// `//=`
    Alternative,
}

impl Format {
    /// By its name in jq.
    pub fn named(name: &str) -> Option<Format> {
        Some(match name {
            "@text" => Format::Text,
            "@json" => Format::Json,
            "@csv" => Format::Csv,
            "@tsv" => Format::Tsv,
            "@html" => Format::Html,
            "@uri" => Format::Uri,
            "@sh" => Format::Sh,
            "@base64" => Format::Base64,
            "@base64d" => Format::Base64d,
            _ => return None,
        })
    }
}
