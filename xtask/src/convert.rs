//! `convert`: the same definition in another spelling.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use routewright_schema::format::{message, yaml_write};

use crate::project;
use crate::report::{Done, Failure};

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  cargo xtask convert routes --to json\n  cargo xtask convert routes --to binpb --out treasure.binpb"
)]
pub struct Args {
    /// Files and folders with definitions [default: those of this workspace]
    paths: Vec<PathBuf>,
    /// The spelling to write
    #[arg(long, value_enum)]
    to: Spelling,
    /// The file to write [default: standard output]
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Spelling {
    /// The definition language
    Yaml,
    /// The message routewright.v1.Definition
    Binpb,
    /// The same, in protobuf's JSON mapping
    Json,
}

/// Comments of the source that are no `doc` are not carried over.
pub fn run(args: &Args) -> Done {
    let (loaded, _) = project::one(&args.paths)?.compile()?;
    let bytes = match args.to {
        Spelling::Yaml => yaml_write::write(&loaded.definition).into_bytes(),
        Spelling::Binpb => message::write_binpb(&loaded.definition),
        Spelling::Json => message::write_json(&loaded.definition).into_bytes(),
    };
    match &args.out {
        Some(path) => std::fs::write(path, bytes)
            .map_err(|e| Failure::Bad(format!("{}: {e}", path.display()))),
        None => Ok(std::io::stdout().write_all(&bytes)?),
    }
}
