//! `profile`: where a lookup or a push spends its time. Not shown in the help: like
//! `bench`, it is about Routewright itself.
//!
//! The package `counts` samples and draws. It is built for that, with the names of all
//! functions, and nobody who compiles this tool compiles it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::report::{Done, Failure};

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask profile lookup\n  \
                        cargo xtask profile apply --out apply.svg")]
pub struct Args {
    #[arg(value_enum)]
    what: What,
    /// The picture; by default in `target`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    /// The answer for a name, from the compiled table
    Lookup,
    /// A complete map of 1,000 routes, from bytes until it serves
    Apply,
}

/// Exit code 1 if perf cannot sample here.
pub fn run(args: &Args) -> Done {
    if !Path::new("counts/Cargo.toml").is_file() {
        return Err(Failure::Usage(
            "there is no counts/ here; it is part of the repository of Routewright, and runs at \
             its root"
                .into(),
        ));
    }
    let (scenario, file) = match args.what {
        What::Lookup => ("find-hit", "target/profile-lookup.svg"),
        What::Apply => ("apply-1k", "target/profile-apply.svg"),
    };
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["run", "--quiet", "--profile=profiling"])
        .args(["--package=routewright-counts", "--", "flame", scenario])
        .arg(args.out.as_deref().unwrap_or(Path::new(file)))
        .status()?;
    // What it prints is enough.
    status.success().then_some(()).ok_or_else(Failure::told)
}
