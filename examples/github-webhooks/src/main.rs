//! A receiver of GitHub's webhooks: requests come in, Routewright says where they go.
//!
//! ```text
//! GITHUB_WEBHOOK_SECRET=... cargo run -p github-webhooks -- --bind ci=http://127.0.0.1:8080/hook
//! ```

mod answer;
mod budget;
mod decide;
mod deliver;
mod http;
mod ledger;
mod options;
mod payload;
mod server;
mod signature;
mod tally;
mod webhook;

/// What `routes/` was compiled to.
mod routes {
    include!(concat!(env!("OUT_DIR"), "/routes.rs"));
}

use std::process::ExitCode;

use options::Options;

/// The live table. It serves the compiled baseline from the first instruction.
static ROUTES: routes::Cell = routes::Cell::new(&routes::TABLE);

fn main() -> ExitCode {
    let options = match Options::read(std::env::args().skip(1), |name| std::env::var(name).ok()) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("error: {message}\n{}", options::USAGE);
            return ExitCode::from(2);
        }
    };
    match server::run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::routes::Event;

    #[test]
    fn every_event_of_the_catalogue_is_declared_and_no_other() {
        let catalogue: Vec<&str> = include_str!("../catalogue.txt").lines().collect();
        let declared: Vec<&str> = Event::ALL.iter().map(|e| e.as_str()).collect();
        assert_eq!(catalogue.len(), 224);
        // Both are in the order of their bytes.
        assert_eq!(declared, catalogue);
    }
}
