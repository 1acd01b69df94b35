//! `protos`: the files that `.proto` definitions import, for editors, buf and protoc.
//! The tool itself needs no copy.

use std::fs;
use std::path::PathBuf;

use routewright_schema::format::proto;

use crate::report::{Done, Failure, say};

#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask protos third_party/proto")]
pub struct Args {
    /// The folder that imports are found beneath; files are written to routewright/v1
    folder: PathBuf,
}

/// Writes what differs, and nothing else.
pub fn run(args: &Args) -> Done {
    let out = args.folder.join("routewright/v1");
    let bad = |e: std::io::Error| Failure::Bad(format!("{}: {e}", out.display()));
    fs::create_dir_all(&out).map_err(bad)?;
    for (name, text) in [
        ("definition.proto", proto::DEFINITION),
        ("options.proto", proto::OPTIONS),
    ] {
        let path = out.join(name);
        let fresh = fs::read_to_string(&path).is_ok_and(|found| found == text);
        if !fresh {
            fs::write(&path, text).map_err(bad)?;
        }
        let what = if fresh { "unchanged" } else { "written" };
        say(format_args!("{}: {what}", path.display()));
    }
    Ok(())
}
