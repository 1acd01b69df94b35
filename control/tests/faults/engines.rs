//! Engines that follow, and somebody who looks at them all the time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use routewright::RouteCell;
use routewright_control::follow::{Follower, Link};
use routewright_tests::fixture;

use crate::until;

pub type Cell = RouteCell<fixture::Catalog>;

/// Events that some consumer must get, whatever happens.
const EVENTS: [&str; 3] = ["treasure.item.found", "player.joined", "nobody.knows.it"];

pub fn cell() -> &'static Cell {
    Box::leak(Box::new(RouteCell::new(&fixture::TABLE)))
}

/// Whether all of the events are routed at this moment.
pub fn routes(cell: &'static Cell) -> bool {
    let table = cell.load();
    let consumers = |event: &&str| {
        let route = table.raw().find(event);
        route.is_some_and(|route| route.consumers().next().is_some())
    };
    EVENTS.iter().all(consumers)
}

pub struct Engine {
    pub cell: &'static Cell,
    pub link: Link,
    /// The versions that it went to, in order.
    versions: Arc<Mutex<Vec<u64>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Engine {
    pub fn start(name: &str, url: &str) -> Engine {
        let cell = cell();
        let versions: Arc<Mutex<Vec<u64>>> = Arc::default();
        let seen = versions.clone();
        cell.on_change(move |changed| seen.lock().unwrap().push(changed.after));
        let follower = Follower::new(cell, [url]).name(name);
        let link = follower.link();
        let task = tokio::spawn(follower.run());
        Engine {
            cell,
            link,
            versions,
            task,
        }
    }

    /// So many of them, which have all come.
    pub async fn fleet(count: usize, url: &str) -> Vec<Engine> {
        let engines: Vec<Engine> = (0..count)
            .map(|at| Engine::start(&format!("engine-{at}"), url))
            .collect();
        in_step(&engines).await;
        engines
    }

    pub fn in_step(&self) -> bool {
        let status = self.link.status();
        status.connected && status.staleness == Duration::ZERO
    }

    pub fn version(&self) -> u64 {
        self.cell.status().table.version()
    }

    pub fn versions(&self) -> Vec<u64> {
        self.versions.lock().unwrap().clone()
    }

    /// That it never went back.
    pub fn only_rose(&self) {
        let versions = self.versions();
        assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Waits until all engines know that they serve what they should.
pub async fn in_step(engines: &[Engine]) {
    until("all engines in step", || {
        engines.iter().all(Engine::in_step)
    })
    .await;
}

/// Looks whether all engines route, again and again.
pub struct Watch {
    ends: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

impl Watch {
    pub fn over(engines: &[Engine]) -> Watch {
        let cells: Vec<&'static Cell> = engines.iter().map(|engine| engine.cell).collect();
        let ends = Arc::new(AtomicBool::new(false));
        let asked = ends.clone();
        let thread = std::thread::spawn(move || {
            let mut looks = 0;
            while !asked.load(Ordering::Relaxed) {
                assert!(
                    cells.iter().all(|cell| routes(cell)),
                    "an engine does not route"
                );
                looks += 1;
                std::thread::sleep(Duration::from_micros(200));
            }
            looks
        });
        Watch { ends, thread }
    }

    /// How often it looked; fails if an engine did not route once.
    pub fn end(self) -> u64 {
        self.ends.store(true, Ordering::Relaxed);
        self.thread.join().expect("all engines routed all the time")
    }
}
