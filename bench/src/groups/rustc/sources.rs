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
            Style::Ours => "pub mod routes { include!(\"routes.rs\"); }\n".to_owned(),
            Style::Phf => {
                let names = names(count).0;
                let mut map = phf_codegen::Map::new();
                for (at, name) in names.iter().enumerate() {
                    map.entry(name.as_str(), fields(at));
                }
                let map = map.build();
                format!(
                    "pub mod routes {{\n{ROUTE}}}\npub static ROUTES: \
                     ::phf::Map<&'static str, Route> = {map};\n\
                     pub fn find(name: &str) -> Option<&'static Route> {{ ROUTES.get(name) }}\n}}\n"
                )
            }
            Style::Array => {
                let mut array = String::new();
                for (at, name) in names(count).0.iter().enumerate() {
                    let _ = writeln!(array, "    ({name:?}, {}),", fields(at));
                }
                format!(
                    "pub mod routes {{\n{ROUTE}}}\npub static ROUTES: \
                     [(&str, Route); {count}] = [\n{array}];\n\
                     pub fn find(name: &str) -> Option<&'static Route> {{\n\
                     let at = ROUTES.binary_search_by_key(&name, |route| route.0).ok()?;\n\
                     Some(&ROUTES[at].1)\n}}\n}}\n"
                )
            }
        }
    }

    /// A program around it.
    pub fn program(self, doing: Doing) -> String {
        let (static_, push, find, to) = match (self, doing) {
            (Style::Ours, Doing::Lookups) => ("", READ, "routes::TABLE.find(name)", "to.as_str()"),
            (Style::Ours, Doing::Pushes) => (
                "static CELL: routes::Cell = routes::Cell::new(&routes::TABLE);\n",
                "match CELL.publish(&bytes) {\n        \
                 Ok(accepted) => println!(\"{}\", accepted.after.version()),\n        \
                 Err(refused) => println!(\"{refused}\"),\n    }",
                "CELL.load().find(name)",
                "to.as_str()",
            ),
            _ => ("", READ, "routes::find(name)", "to"),
        };
        let consumers = if self == Style::Ours {
            "consumers()"
        } else {
            "consumers"
        };
        let body = format!(
            "if let Some(route) = {find} {{\n        for to in route.{consumers} {{ \
             println!(\"{{name}}: {{}}\", {to}); }}\n    }}"
        );
        format!("{static_}{}", program(push, &body))
    }
}

/// What a program does with routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It looks names up.
    Lookups,
    /// It also takes overrides.
    Pushes,
}

/// A program without routes.
pub fn without() -> String {
    program(READ, "println!(\"{name}\");")
}

/// What is done with a file if not pushed.
const READ: &str = "println!(\"{}\", bytes.len());";

/// A program that is given names, and files as `@path`.
fn program(file: &str, name: &str) -> String {
    format!(
        "fn main() {{\n    for name in &std::env::args().collect::<Vec<_>>() {{ one(name); }}\n}}\n\
         fn one(name: &str) {{\n    if let Some(path) = name.strip_prefix('@') {{\n    \
         let bytes = std::fs::read(path).expect(\"a file\");\n    {file}\n    }}\n    {name}\n}}\n"
    )
}

const ROUTE: &str = "pub struct Route {\n    pub consumers: &'static [u16],\n    \
     pub timeout_ms: u32,\n    pub retries: u8,\n";

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
