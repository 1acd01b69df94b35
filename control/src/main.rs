//! `routewright-control serve`: a control plane as a process. Beside it, what works on one engine
//! when there is none: `hold`, `release` and `show`.

#[path = "main/log.rs"]
mod log;
#[path = "main/serve.rs"]
mod serve;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
#[cfg(unix)]
use routewright_control::local;

#[derive(Parser)]
#[command(
    name = "routewright-control",
    version,
    about = "Brings overrides to every engine"
)]
enum Command {
    /// Run a control plane
    Serve(Box<serve::Serve>),
    /// Hold an engine of this machine on its baseline, whatever else is dead
    #[cfg(unix)]
    Hold(Hold),
    /// Let an engine go that was held
    #[cfg(unix)]
    Release(Folder),
    /// Show what an engine keeps on disk: whether it is held, its version, its lease
    #[cfg(unix)]
    Show(Folder),
}

#[cfg(unix)]
#[derive(clap::Args)]
#[command(after_help = "Example:
  routewright-control hold /var/lib/engine/routes --reason \"orders vanish since 20:10\"
  routewright-control show /var/lib/engine/routes
  routewright-control release /var/lib/engine/routes

Neither network nor control plane is asked. `touch FOLDER/BASELINE` does the same.")]
struct Hold {
    #[command(flatten)]
    folder: Folder,
    /// Why, for whoever wonders
    #[arg(long)]
    reason: String,
}

#[cfg(unix)]
#[derive(clap::Args)]
struct Folder {
    /// Where the engine keeps its override: the folder of its `Store::boot`
    folder: PathBuf,
}

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Serve(args) => serve::run(&args),
        #[cfg(unix)]
        Command::Hold(args) => told(local::hold(&args.folder.folder, &args.reason)),
        #[cfg(unix)]
        Command::Release(args) => told(local::release(&args.folder)),
        #[cfg(unix)]
        Command::Show(args) => told(local::show(&args.folder)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("error: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// What came of it, for people.
#[cfg(unix)]
fn told(done: std::io::Result<impl std::fmt::Display>) -> Result<(), Box<dyn Error>> {
    println!("{}", done?);
    Ok(())
}
