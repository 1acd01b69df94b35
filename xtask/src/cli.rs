//! The command line.

use clap::{Parser, Subcommand, ValueEnum};

use crate::term::Color;

/// Routes as code, overrides as data.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    version,
    about,
    max_term_width = 100
)]
pub struct Cli {
    #[command(subcommand)]
    pub verb: Verb,
    /// When text is coloured
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        hide_default_value = true
    )]
    pub color: Color,
}

#[derive(Subcommand)]
pub enum Verb {
    /// Make a new service from nothing: definitions, code, tests, CI
    Init(crate::init::Args),
    /// Turn definitions into Rust and a lookup table, or check that this was done
    Codegen(crate::codegen::Args),
    /// Find everything that is wrong with definitions
    Check(crate::check::Args),
    /// Say whether the version tells what became of definitions since a git revision
    CheckVersion(crate::check_version::Args),
    /// Say where an event goes, and which rule sends it there
    Explain(crate::explain::Args),
    /// Say what a change really moves: destinations, shares, policies, settings
    Diff(crate::diff::Args),
    /// Show what is in an image, a compiled service or a live engine
    Inspect(crate::inspect::Args),
    /// Say which route gave a stamp, where it stands, and who answers for it
    Why(crate::why::Args),
    /// Run the tests that stand in the definitions
    Test(crate::test::Args),
    /// Draw which events go to which consumers, or what a change moves
    Graph(crate::graph::Args),
    /// Write all events, consumers, settings and owners as a Markdown page
    Docs(crate::docs::Args),
    /// Write definitions as YAML, `.proto`, protobuf bytes or JSON
    Convert(crate::convert::Args),
    /// Write the JSON Schema by which editors complete and check YAML
    Schema(crate::schema::Args),
    /// Write the files that `.proto` definitions import, for editors, buf and protoc
    Protos(crate::protos::Args),
    /// Push an override to a running engine, or to all of a control plane
    #[cfg(feature = "net")]
    Push(Box<crate::push::Args>),
    /// Serve an earlier generation again
    #[cfg(feature = "net")]
    Rollback(crate::rollback::Args),
    /// Watch how a control plane brings a push or rollback to its engines
    #[cfg(feature = "net")]
    Rollout(crate::rollout::Args),
    /// List the engines of a control plane, and what they serve
    #[cfg(feature = "net")]
    Fleet(crate::fleet::Args),
    /// List what a control plane decided: who, when, why, and what came of it
    #[cfg(feature = "net")]
    Log(crate::log::Args),
    /// Hold an engine on its baseline by hand, with the network and the control plane dead
    #[cfg(all(feature = "net", unix))]
    Hold(crate::hold::Args),
    /// Write the live override into the YAML of the definitions
    #[cfg(feature = "net")]
    Bake(crate::bake::Args),
    /// Show what an engine serves, and who holds it
    #[cfg(feature = "net")]
    Status(crate::status::Args),
    /// Show the whole way once: check, serve, push, refuse, roll back
    #[cfg(feature = "net")]
    Demo(crate::demo::Args),
    /// Write what a shell completes
    Completions(crate::completions::CompletionsArgs),
    /// Write the manual page
    Man(crate::completions::ManArgs),
    /// Measure against what one would take instead (in the repository of Routewright)
    #[command(hide = true, disable_help_flag = true)]
    Bench(crate::bench::Args),
    /// Draw where a lookup or a push spends its time (in the repository of Routewright)
    #[command(hide = true)]
    Profile(crate::profile::Args),
    /// Verbs that speak to an engine, in a tool that was built without them
    #[cfg(not(feature = "net"))]
    #[command(name = "push", aliases = ["rollback", "rollout", "fleet", "log", "hold", "bake", "status", "demo"], hide = true)]
    Net {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        rest: Vec<String>,
    },
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs; one value on standard output
    Json,
}
