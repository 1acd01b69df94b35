//! A treasure hunt for many players: events come in, Routewright says where they go.
//!
//! ```text
//! echo 'treasure.chest.opened player-7' | cargo run -p treasure-hunt
//! cargo run -p treasure-hunt -- --listen 127.0.0.1:4600      # and push to it meanwhile
//! cargo run -p treasure-hunt -- --keep target/overrides      # which outlives a restart
//! ```

mod counters;
mod deliver;
mod hunt;
mod ingest;
mod ledger;
mod server;

/// What `routes/*.yaml` was compiled to.
mod routes {
    include!("generated/routes.rs");
}

use std::path::PathBuf;
use std::process::ExitCode;

/// The live table. It serves the compiled baseline from the first instruction.
static ROUTES: routes::Cell = routes::Cell::new(&routes::TABLE);

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(message) => {
            eprintln!("error: {message}\nusage: treasure-hunt [--listen ADDRESS] [--keep FOLDER]");
            return ExitCode::from(2);
        }
    };
    match server::run(&options, || {
        ingest::run(std::io::stdin().lock(), std::io::stdout())
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What the command line says.
struct Options {
    /// Where the override service listens.
    listen: String,
    /// Where overrides outlive a restart; nothing: they do not.
    keep: Option<PathBuf>,
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        listen: "127.0.0.1:0".to_owned(),
        keep: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next();
        match (argument.as_str(), value) {
            ("--listen", Some(address)) => options.listen = address,
            ("--listen", None) => return Err("`--listen` needs an address".to_owned()),
            ("--keep", Some(folder)) => options.keep = Some(folder.into()),
            ("--keep", None) => return Err("`--keep` needs a folder".to_owned()),
            (other, _) => return Err(format!("cannot make sense of `{other}`")),
        }
    }
    Ok(options)
}
