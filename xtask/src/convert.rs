//! `convert`: the same definition in another spelling.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use routewright_schema::format::{message, proto_write, yaml_write};

use crate::project::{self, Definitions};
use crate::report::{Done, Failure};

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  cargo xtask convert routes --to json\n  cargo xtask convert routes --to binpb --out treasure.binpb"
)]
pub struct Args {
    #[command(flatten)]
    definitions: Definitions,
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
    /// The same, as options of a `.proto` file
    Proto,
    /// The message routewright.v1.Definition
    Binpb,
    /// The same, in protobuf's JSON mapping
    Json,
}

/// Comments of the source that are no `doc` are not carried over, nor are messages.
pub fn run(args: &Args) -> Done {
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
    let bytes = match args.to {
        Spelling::Yaml => yaml_write::write(&loaded.definition).into_bytes(),
        Spelling::Proto => proto_write::write(&loaded.definition).into_bytes(),
        Spelling::Binpb => message::write_binpb(&loaded.definition),
        Spelling::Json => message::write_json(&loaded.definition).into_bytes(),
    };
    match &args.out {
        Some(path) => std::fs::write(path, bytes)
            .map_err(|e| Failure::Bad(format!("{}: {e}", path.display()))),
        None => Ok(std::io::stdout().write_all(&bytes)?),
    }
}
