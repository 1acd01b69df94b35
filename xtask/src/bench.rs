//! `bench`: runs the bench of the repository of Routewright, a workspace of its own. Not
//! shown in the help: other workspaces have none.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::report::{self, Failure};

#[derive(clap::Args)]
pub struct Args {
    /// Groups, `--quick`, `--json FILE`, `--readme`: handed on
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// The exit code is that of the bench.
pub fn run(args: &Args) -> ExitCode {
    let manifest = Path::new("bench/Cargo.toml");
    if !manifest.is_file() {
        let message = "there is no bench/ here; it is part of the repository of Routewright, and runs at \
             its root";
        return report::exit(Err(Failure::Usage(message.into())), false);
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["run", "--quiet", "--release", "--manifest-path"])
        .arg(manifest)
        .arg("--")
        .args(&args.rest)
        .status();
    match status {
        // Ended by a signal: there is no code to hand on.
        Ok(status) => status
            .code()
            .map_or(ExitCode::FAILURE, |code| ExitCode::from(code as u8)),
        Err(error) => {
            let message = format!("cargo did not start: {error}");
            report::exit(Err(Failure::Bad(message)), false)
        }
    }
}
