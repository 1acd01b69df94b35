//! `convert`: the same definition in another spelling, or foreign YAML as a definition.

mod foreign;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use routewright_schema::format::{message, proto_write, yaml_write};
use routewright_schema::model::Definition;

use crate::project::{self, Definitions};
use crate::report::{Done, Failure};

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  cargo xtask convert routes --to json\n  cargo xtask convert routes --to binpb --out treasure.binpb\n  \
                  cargo xtask convert ../legacy/config --from symfony-messenger --to yaml --out routes --report report.json"
)]
pub struct Args {
    #[command(flatten)]
    definitions: Definitions,
    /// The spelling to write
    #[arg(long, value_enum)]
    to: Spelling,
    /// The file to write, with `--from` the folder [default: standard output]
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    foreign: foreign::Foreign,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Spelling {
    /// The definition language
    Yaml,
    /// The same, as options of a `.proto` file
    Proto,
    /// The message routewright.v1.Definition
    Binpb,
    /// The same, in protobuf's JSON mapping
    Json,
}

impl Spelling {
    fn write(self, definition: &Definition) -> Vec<u8> {
        match self {
            Spelling::Yaml => yaml_write::write(definition).into_bytes(),
            Spelling::Proto => proto_write::write(definition).into_bytes(),
            Spelling::Binpb => message::write_binpb(definition),
            Spelling::Json => message::write_json(definition).into_bytes(),
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Spelling::Yaml => "yaml",
            Spelling::Proto => "proto",
            Spelling::Binpb => "binpb",
            Spelling::Json => "json",
        }
    }
}

pub fn run(args: &Args) -> Done {
    match &args.foreign.from {
        Some(from) => foreign::run(from, args),
        None => respell(args),
    }
}

/// Comments of the source that are no `doc` are not carried over, nor are messages.
fn respell(args: &Args) -> Done {
    let (loaded, _) = project::one(&args.definitions)?.compile()?;
    let payloads = loaded.messages.payloads.len();
    if payloads > 0 {
        eprintln!(
            "note: {}: keep the messages in their .proto files, with `event` alone in their \
             option `route`, and take events that have no route out of `events`",
            match payloads {
                1 => "a message of the source is the payload of an event".to_owned(),
                n => format!("{n} messages of the source are payloads of events"),
            }
        );
    }
    give(args.out.as_deref(), &args.to.write(&loaded.definition))
}

/// Writes a file, or to standard output.
fn give(out: Option<&Path>, bytes: &[u8]) -> Done {
    match out {
        Some(path) => std::fs::write(path, bytes)
            .map_err(|e| Failure::Bad(format!("{}: {e}", path.display()))),
        None => Ok(std::io::stdout().write_all(bytes)?),
    }
}
