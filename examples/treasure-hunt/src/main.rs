//! A treasure hunt for many players: events come in, Routewright says where they go.
//!
//! ```text
//! echo 'treasure.chest.opened player-7' | cargo run -p treasure-hunt
//! cargo run -p treasure-hunt -- --listen 127.0.0.1:4600      # and push to it meanwhile
//! ```

mod deliver;
mod hunt;
mod ingest;
mod ledger;
mod server;

/// What `routes/*.yaml` was compiled to.
mod routes {
    include!("generated/routes.rs");
}

use std::process::ExitCode;

/// The live table. It serves the compiled baseline from the first instruction.
static ROUTES: routes::Cell = routes::Cell::new(&routes::TABLE);

fn main() -> ExitCode {
    let listen = match arguments() {
        Ok(listen) => listen,
        Err(message) => {
            eprintln!("error: {message}\nusage: treasure-hunt [--listen ADDRESS]");
            return ExitCode::from(2);
        }
    };
    match server::run(&listen, || {
        ingest::run(std::io::stdin().lock(), std::io::stdout())
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Where the override service listens.
fn arguments() -> Result<String, String> {
    let mut arguments = std::env::args().skip(1);
    match (
        arguments.next().as_deref(),
        arguments.next(),
        arguments.next(),
    ) {
        (None, ..) => Ok("127.0.0.1:0".to_owned()),
        (Some("--listen"), Some(address), None) => Ok(address),
        (Some("--listen"), None, _) => Err("`--listen` needs an address".to_owned()),
        (Some("--listen"), _, Some(other)) => Err(format!("cannot make sense of `{other}`")),
        (Some(other), ..) => Err(format!("cannot make sense of `{other}`")),
    }
}
