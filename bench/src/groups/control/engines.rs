//! Engines of one process, each with a cell and a connection of its own.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use routewright::{Image, Limits, RouteCell, RouteTable, Untyped};
use routewright_control::follow::{Follower, Link};

/// Nothing here takes longer, or something is wrong.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// One engine.
pub struct Engine {
    /// How it stands with the control plane.
    pub link: Link,
    /// The version that it serves, and since when.
    serves: Arc<Mutex<(u64, Instant)>>,
}

impl Engine {
    /// One of that name that follows.
    pub fn start(name: String, baseline: &RouteTable<Image>, url: &str) -> Engine {
        let cell = RouteCell::open(baseline.as_image(), Limits::DEFAULT).expect("our own image");
        let cell: &'static RouteCell<Untyped> = Box::leak(Box::new(cell));
        let serves = Arc::new(Mutex::new((0, Instant::now())));
        let served = serves.clone();
        cell.on_change(move |changed| {
            *served.lock().unwrap_or_else(PoisonError::into_inner) =
                (changed.after, Instant::now());
        });
        let follower = Follower::new(cell, [url]).name(name);
        let link = follower.link();
        tokio::spawn(follower.run());
        Engine { link, serves }
    }

    /// Whether the control plane has said that it serves what it should.
    pub fn in_step(&self) -> bool {
        let status = self.link.status();
        status.connected && status.staleness == Duration::ZERO
    }

    /// The version that it serves, and since when.
    pub fn serves(&self) -> (u64, Instant) {
        *self.serves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// So many engines, all of which have come.
pub async fn start(count: usize, baseline: &RouteTable<Image>, url: &str) -> Vec<Engine> {
    let start = |at| Engine::start(format!("engine-{at}"), baseline, url);
    let engines: Vec<Engine> = (0..count).map(start).collect();
    all(&engines, "in step", Engine::in_step).await;
    engines
}

/// Waits until something holds for all; how long that took for each, sorted, as far as
/// looking every few milliseconds tells.
///
/// # Panics
/// If it takes too long.
pub async fn all(engines: &[Engine], what: &str, holds: impl Fn(&Engine) -> bool) -> Vec<Duration> {
    let began = Instant::now();
    let mut left: Vec<&Engine> = engines.iter().collect();
    let mut times = Vec::with_capacity(left.len());
    while !left.is_empty() {
        assert!(
            began.elapsed() < PATIENCE,
            "{} engines are not {what}; one of them: {:?}",
            left.len(),
            left[0].link.status()
        );
        left.retain(|engine| !holds(engine));
        times.resize(engines.len() - left.len(), began.elapsed());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    times
}
