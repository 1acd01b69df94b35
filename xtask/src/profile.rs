//! `profile`: where a lookup or a push spends its time.
//!
//! The package `counts` of the checkout samples and draws; it is built for that, with the
//! names of all functions, and nobody who compiles this tool compiles it.

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
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (scenario, name) = match args.what {
        What::Lookup => ("find-hit", "profile-lookup.svg"),
        What::Apply => ("apply-1k", "profile-apply.svg"),
    };
    let out = match &args.out {
        Some(out) => std::env::current_dir()?.join(out),
        None => checkout.canonicalize()?.join("target").join(name),
    };
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["run", "--quiet", "--profile=profiling"])
        .args(["--package=routewright-counts", "--", "flame", scenario])
        .arg(out)
        .current_dir(checkout)
        .status()?;
    // What it prints is enough.
    status.success().then_some(()).ok_or_else(Failure::told)
}
