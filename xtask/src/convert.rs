//! `convert`: the same definition in another spelling, or foreign YAML as a definition, or
//! a mapping proposed for it.

mod foreign;
mod infer;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use routewright_schema::format::{message, proto_write, yaml_write};
use routewright_schema::model::Definition;

use crate::project::{self, Definitions};
use crate::report::{Done, Failure, note, say_file};
use crate::term::To;

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  cargo xtask convert routes --to json\n  cargo xtask convert routes --to binpb --out treasure.binpb\n  \
                  cargo xtask convert ../legacy/config --from symfony-messenger --to yaml --out routes --report report.json\n  \
                  cargo xtask convert ../legacy/config --infer --out legacy.jq"
)]
pub struct Args {
    #[command(flatten)]
    definitions: Definitions,
    /// The spelling to write
    #[arg(long, value_enum, required_unless_present = "infer")]
    to: Option<Spelling>,
    /// Look at YAML of an unknown shape, and propose a mapping for `--from`, with the evidence
    #[arg(long, requires = "paths", conflicts_with_all = ["from", "to"])]
    infer: bool,
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
    match (args.to, &args.foreign.from) {
        (Some(to), Some(from)) => foreign::run(from, to, args),
        (Some(to), None) => respell(to, args),
        (None, _) => infer::run(&args.definitions.paths, args.out.as_deref()),
    }
}

/// Comments of the source that are no `doc` are not carried over, nor are messages.
fn respell(to: Spelling, args: &Args) -> Done {
    let (loaded, _) = project::one(&args.definitions)?.compile()?;
    let payloads = loaded.messages.payloads.len();
    if payloads > 0 {
        note!(
            "note: {}: keep the messages in their .proto files, with `event` alone in their \
             option `route`, and take events that have no route out of `events`",
            match payloads {
                1 => "a message of the source is the payload of an event".to_owned(),
                n => format!("{n} messages of the source are payloads of events"),
            }
        );
    }
    give(args.out.as_deref(), &to.write(&loaded.definition))
}

/// Writes a file, or to standard output.
fn give(out: Option<&Path>, bytes: &[u8]) -> Done {
    match out {
        Some(path) => std::fs::write(path, bytes)
            .map_err(|e| Failure::Bad(format!("{}: {e}", path.display()))),
        None if !To::Out.is_terminal() => Ok(std::io::stdout().write_all(bytes)?),
        None => match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => {
                say_file(text.trim_end_matches('\n'));
                Ok(())
            }
            _ => Err(Failure::Usage(
                "these are bytes, and nothing for a terminal: name a file with `--out`".into(),
            )),
        },
    }
}
