//! What may go wrong between a control plane and its engines, done to them on purpose: over
//! real sockets, to the program as people run it.
//!
//! Each has a number of rounds that the suite can wait for; campaigns set more:
//!
//! ```text
//! ROUTEWRIGHT_PLANE_KILLS=1000 ROUTEWRIGHT_ENGINE_KILLS=1000 ROUTEWRIGHT_FLAPS=10000 \
//!   cargo test -p routewright-control --features serve --test faults -- --nocapture
//! ```

mod clock;
mod crowd;
mod dice;
mod disk;
mod engines;
mod flap;
mod hostile;
mod kill_engine;
mod kill_plane;
mod panic;
mod people;
mod process;
mod raw;

use std::time::{Duration, Instant};

/// Nothing here takes longer, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often to do something: as the variable says, or as the suite can wait for.
fn rounds(variable: &str, suite: u32) -> u32 {
    match std::env::var(variable) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{variable}: a number")),
        Err(_) => suite,
    }
}

/// Waits until it holds.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(
            began.elapsed() < PATIENCE,
            "not within {PATIENCE:?}: {what}"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
