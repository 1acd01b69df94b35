//! A treasure hunt for many players: events come in, Routewright says where they go.
//!
//! ```text
//! echo 'treasure.chest.opened player-7' | cargo run -p treasure-hunt
//! cargo run -p treasure-hunt -- --listen 127.0.0.1:4600      # and push to it meanwhile
//! cargo run -p treasure-hunt -- --keep target/overrides      # which outlives a restart
//! cargo run -p treasure-hunt -- --follow http://127.0.0.1:4700 --name hunt-1 --label zone=eu
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

const USAGE: &str = "usage: treasure-hunt [--listen ADDRESS] [--keep FOLDER] [--follow URL]... [--name NAME] [--label NAME=VALUE]...";

/// The live table. It serves the compiled baseline from the first instruction.
static ROUTES: routes::Cell = routes::Cell::new(&routes::TABLE);

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(message) => {
            eprintln!("error: {message}\n{USAGE}");
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
    /// Control planes that are followed, one after the other; none: overrides come by the
    /// service above only.
    follow: Vec<String>,
    /// What those call this engine; nothing: by its host and process.
    name: Option<String>,
    /// What people tell it apart by.
    labels: Vec<(String, String)>,
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        listen: "127.0.0.1:0".to_owned(),
        keep: None,
        follow: Vec::new(),
        name: None,
        labels: Vec::new(),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let needs = |what: &str| format!("`{argument}` needs {what}");
        let value = arguments.next();
        match argument.as_str() {
            "--listen" => options.listen = value.ok_or_else(|| needs("an address"))?,
            "--keep" => options.keep = Some(value.ok_or_else(|| needs("a folder"))?.into()),
            "--follow" => options.follow.push(value.ok_or_else(|| needs("a URL"))?),
            "--name" => options.name = Some(value.ok_or_else(|| needs("a name"))?),
            "--label" => {
                let label = value.as_deref().and_then(|label| label.split_once('='));
                let (name, value) = label.ok_or_else(|| needs("NAME=VALUE"))?;
                options.labels.push((name.to_owned(), value.to_owned()));
            }
            other => return Err(format!("cannot make sense of `{other}`")),
        }
    }
    Ok(options)
}
