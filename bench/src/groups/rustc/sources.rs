//! The same routes as Rust sources: what each way to have them makes rustc read.

use std::fmt::Write as _;

use crate::definition::plan;
use crate::names::names;

/// Whose sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// What `codegen` wrote: enums, settings, and the image.
    Ours,
    /// A map by `phf_codegen`, of structs.
    Phf,
    /// A sorted array of structs.
    Array,
}

/// What a program does with routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It looks names up.
    Lookups,
    /// It also takes overrides.
    Pushes,
}

const OURS: &str = r#"
pub mod routes { include!("routes.rs"); }
"#;

const PHF: &str = r#"
pub mod routes {
    pub struct Route { pub consumers: &'static [u16], pub timeout_ms: u32, pub retries: u8 }
    pub static ROUTES: ::phf::Map<&'static str, Route> = {routes};
    pub fn find(name: &str) -> Option<&'static Route> { ROUTES.get(name) }
}
"#;

const ARRAY: &str = r#"
pub mod routes {
    pub struct Route { pub consumers: &'static [u16], pub timeout_ms: u32, pub retries: u8 }
    pub static ROUTES: &[(&str, Route)] = &[{routes}];
    pub fn find(name: &str) -> Option<&'static Route> {
        let at = ROUTES.binary_search_by_key(&name, |route| route.0).ok()?;
        Some(&ROUTES[at].1)
    }
}
"#;

/// A program that is given names, and files as `@path`.
const PROGRAM: &str = r#"
fn main() {
    for argument in std::env::args() {
        match argument.strip_prefix('@') {
            Some(path) => file(&std::fs::read(path).expect("a file")),
            None => name(&argument),
        }
    }
}
"#;

const NAME_WITHOUT: &str = r#"
fn name(name: &str) { println!("{name}"); }
"#;

const NAME_OURS: &str = r#"
fn name(name: &str) {
    if let Some(route) = {table}.find(name) {
        for to in route.consumers() { println!("{name}: {}", to.as_str()); }
    }
}
"#;

const NAME_OTHERS: &str = r#"
fn name(name: &str) {
    if let Some(route) = routes::find(name) {
        for to in route.consumers { println!("{name}: {to}"); }
    }
}
"#;

const FILE_READ: &str = r#"
fn file(bytes: &[u8]) { println!("{}", bytes.len()); }
"#;

const FILE_PUSHED: &str = r#"
static CELL: routes::Cell = routes::Cell::new(&routes::TABLE);
fn file(bytes: &[u8]) {
    match CELL.publish(bytes) {
        Ok(accepted) => println!("{}", accepted.after.version()),
        Err(refused) => println!("{refused}"),
    }
}
"#;

impl Style {
    /// As tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Style::Ours => "ours, whole generated output",
            Style::Phf => "phf_codegen, static structs",
            Style::Array => "array of structs",
        }
    }

    /// The routes of so many names, as a module.
    pub fn module(self, count: usize) -> String {
        match self {
            Style::Ours => OURS.to_owned(),
            Style::Phf => {
                let names = names(count).0;
                let mut map = phf_codegen::Map::new();
                for (at, name) in names.iter().enumerate() {
                    map.entry(name.as_str(), fields(at));
                }
                PHF.replace("{routes}", &map.build().to_string())
            }
            Style::Array => {
                let mut array = String::new();
                for (at, name) in names(count).0.iter().enumerate() {
                    let _ = writeln!(array, "    ({name:?}, {}),", fields(at));
                }
                ARRAY.replace("{routes}", &array)
            }
        }
    }

    /// A program around it.
    pub fn program(self, doing: Doing) -> String {
        let ours = |table| NAME_OURS.replace("{table}", table);
        match (self, doing) {
            (Style::Ours, Doing::Lookups) => [PROGRAM, FILE_READ, &ours("routes::TABLE")].concat(),
            (Style::Ours, Doing::Pushes) => [PROGRAM, FILE_PUSHED, &ours("CELL.load()")].concat(),
            (Style::Phf | Style::Array, _) => [PROGRAM, FILE_READ, NAME_OTHERS].concat(),
        }
    }
}

/// A program without routes.
pub fn without() -> String {
    [PROGRAM, FILE_READ, NAME_WITHOUT].concat()
}

/// The route at that position, as an expression.
fn fields(at: usize) -> String {
    let plan = plan(at);
    format!(
        "Route {{ consumers: &{:?}, timeout_ms: {}, retries: {} }}",
        plan.to,
        plan.timeout.as_millis(),
        plan.retries
    )
}
