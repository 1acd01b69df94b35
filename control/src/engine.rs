//! An engine: a cell, and what its host has around it.

use std::sync::Arc;
use std::time::Duration;

use routewright::{Catalog, Counters, Now, RouteCell};
use routewright_schema::pb;

use crate::metrics::Updates;
#[cfg(unix)]
use crate::store::Store;

type Count = dyn Fn() -> Counters + Send + Sync;

/// A cell, and what its host has around it: what keeps overrides over a restart, and
/// what counts.
///
/// ```text
/// let engine = Engine::new(&ROUTES).store(store).counters(counters);
/// tokio::spawn(engine.clone().tick(Duration::from_secs(1)));
/// Server::builder().add_routes(engine.routes()).serve(address).await?;
/// ```
pub struct Engine<C: Catalog> {
    pub(crate) cell: &'static RouteCell<C>,
    counters: Option<Arc<Count>>,
    /// What became of what was pushed to it directly.
    pub(crate) pushes: Arc<Updates>,
    #[cfg(unix)]
    store: Option<Store>,
}

impl<C: Catalog> Clone for Engine<C> {
    fn clone(&self) -> Self {
        Engine {
            cell: self.cell,
            counters: self.counters.clone(),
            pushes: self.pushes.clone(),
            #[cfg(unix)]
            store: self.store.clone(),
        }
    }
}

impl<C: Catalog> Engine<C> {
    /// An engine that keeps and counts nothing.
    pub fn new(cell: &'static RouteCell<C>) -> Engine<C> {
        Engine {
            cell,
            counters: None,
            pushes: Arc::default(),
            #[cfg(unix)]
            store: None,
        }
    }

    /// With the store that the cell was booted from. It is told in answers, and ticks
    /// with the engine. (That it is on disk before an answer goes out is its own doing.)
    #[cfg(unix)]
    #[must_use]
    pub fn store(mut self, store: Store) -> Engine<C> {
        self.store = Some(store);
        self
    }

    /// With what the host counts: guards are held against it, and the events among it
    /// are the lookups of a store's probation. Without it no guard trips, and time alone
    /// ends a probation.
    #[must_use]
    pub fn counters(mut self, count: impl Fn() -> Counters + Send + Sync + 'static) -> Engine<C> {
        self.counters = Some(Arc::new(count));
        self
    }

    /// Does what time brings, every so often, for ever: ends leases, holds the host's
    /// counters against guards, lets the store do its work. To be spawned by the host;
    /// without it a lease ends only when the next push comes.
    pub async fn tick(self, every: Duration) {
        let every = every.max(Duration::from_millis(1));
        loop {
            tokio::time::sleep(every).await;
            let (cell, store) = (self.clone(), self.clone());
            // Off the task's thread, for a publisher may hold the lock, and a disk be
            // slow; apart from each other, for neither is a reason to let the other wait.
            // An error is a panic in the host's hook or counters, which is no reason to
            // keep other leases alive.
            let cell = tokio::task::spawn_blocking(move || cell.tick_cell(Now::read()));
            let store = tokio::task::spawn_blocking(move || store.tick_store(Now::read()));
            let _ended = (cell.await, store.await);
        }
    }

    fn tick_cell(&self, now: Now) {
        // First of all, and whatever becomes of the host's counters.
        self.cell.expire(now);
        if let Some(count) = &self.counters {
            self.cell.tick(&count(), now);
        }
    }

    #[cfg(unix)]
    fn tick_store(&self, now: Now) {
        if let Some(store) = &self.store {
            store.tick(now, self.counters.as_ref().map(|count| count().events));
        }
    }

    #[cfg(not(unix))]
    fn tick_store(&self, _: Now) {}

    /// What the host counts; `None`: nothing.
    pub(crate) fn counted(&self) -> Option<Counters> {
        self.counters.as_ref().map(|count| count())
    }

    /// Whether somebody holds it on its baseline by the file `BASELINE`. Reads the disk.
    pub(crate) fn held(&self) -> bool {
        #[cfg(unix)]
        return self.store.as_ref().is_some_and(Store::held);
        #[cfg(not(unix))]
        false
    }

    /// What would be served after a restart; `None`: nothing is kept.
    pub(crate) fn persistence(&self) -> Option<pb::Persistence> {
        #[cfg(unix)]
        return self.store.as_ref().map(|store| {
            let status = store.status();
            pb::Persistence {
                version: status.version,
                from_disk: matches!(status.source, crate::store::Source::Disk { .. }),
                probation: status.probation.map(|left| pb::Probation {
                    remaining_ms: u64::try_from(left.time.as_millis()).unwrap_or(u64::MAX),
                    remaining_lookups: left.lookups,
                }),
                fault: status.fault.map_or(String::new(), |fault| fault.what),
                reason: status.reason,
            }
        });
        #[cfg(not(unix))]
        None
    }
}
