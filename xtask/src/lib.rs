//! The tool of Routewright, as a library: a workspace of your own gets `cargo xtask`
//! with a package whose `main` calls [`main`] and an alias in `.cargo/config.toml`.
//!
//! One verb, one file. Exit codes: 0 good, 1 the input is bad, 2 wrong usage.

mod artefact;
#[cfg(feature = "net")]
mod bake;
mod bench;
mod check;
mod check_version;
mod cli;
mod clock;
mod codegen;
mod completions;
mod convert;
#[cfg(feature = "net")]
mod demo;
mod diff;
mod docs;
mod explain;
#[cfg(feature = "net")]
mod fleet;
mod git;
mod graph;
#[cfg(all(feature = "net", unix))]
mod hold;
mod init;
mod inspect;
#[cfg(feature = "net")]
mod live;
#[cfg(feature = "net")]
mod log;
mod profile;
mod project;
mod protos;
#[cfg(feature = "net")]
mod push;
#[cfg(feature = "net")]
mod remote;
mod report;
#[cfg(feature = "net")]
mod rollback;
#[cfg(feature = "net")]
mod rollout;
mod schema;
mod shell;
#[cfg(feature = "net")]
mod status;
mod term;
mod test;
mod why;
mod write;

use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Verb};

pub use report::Failure;

/// Runs the verb on the command line.
pub fn main() -> ExitCode {
    let Cli { verb, color } = Cli::parse();
    term::choose(color);
    let done = match verb {
        Verb::Init(args) => init::run(&args),
        Verb::Codegen(args) => codegen::run(&args),
        Verb::Check(args) => check::run(&args),
        Verb::CheckVersion(args) => check_version::run(&args),
        Verb::Explain(args) => explain::run(&args),
        Verb::Diff(args) => diff::run(&args),
        Verb::Inspect(args) => inspect::run(&args),
        Verb::Why(args) => why::run(&args),
        Verb::Test(args) => test::run(&args),
        Verb::Graph(args) => graph::run(&args),
        Verb::Docs(args) => docs::run(&args),
        Verb::Convert(args) => convert::run(&args),
        Verb::Schema(args) => schema::run(&args),
        Verb::Completions(args) => completions::completions(&args),
        Verb::Man(args) => completions::man(&args),
        Verb::Protos(args) => protos::run(&args),
        Verb::Profile(args) => profile::run(&args),
        #[cfg(feature = "net")]
        Verb::Push(args) => push::run(&args),
        #[cfg(feature = "net")]
        Verb::Bake(args) => bake::run(&args),
        #[cfg(feature = "net")]
        Verb::Rollback(args) => rollback::run(&args),
        #[cfg(feature = "net")]
        Verb::Rollout(args) => rollout::run(&args),
        #[cfg(feature = "net")]
        Verb::Fleet(args) => fleet::run(&args),
        #[cfg(feature = "net")]
        Verb::Log(args) => log::run(&args),
        #[cfg(all(feature = "net", unix))]
        Verb::Hold(args) => hold::run(&args),
        #[cfg(feature = "net")]
        Verb::Status(args) => status::run(&args),
        #[cfg(feature = "net")]
        Verb::Demo(args) => demo::run(&args),
        Verb::Bench(args) => return bench::run(&args),
        #[cfg(not(feature = "net"))]
        Verb::Net { .. } => Err(Failure::Usage(
            "this tool was built without the verbs that speak to an engine; take \
             `default-features = false` out of xtask/Cargo.toml"
                .into(),
        )),
    };
    report::exit(done, wants_json())
}

/// Whether the command line asks for JSON; each verb says so with the same word.
fn wants_json() -> bool {
    let words: Vec<_> = std::env::args_os().collect();
    let apart = words
        .windows(2)
        .any(|two| two[0] == "--format" && two[1] == "json");
    apart || words.iter().any(|word| word == "--format=json")
}
