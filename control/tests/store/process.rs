//! A host and its restarts.

use std::path::PathBuf;

use prost::Message;
use routewright::{Code, Digest, Now, Refused, Target};
use routewright_control::store::{Boot, Probation, Source, Store};
use routewright_schema::pb::RouteMap;

use crate::host::{Cell, at, cell, place, push};

/// The image of that content.
pub fn image(content: u64) -> Digest {
    let cell = cell();
    cell.publish(&push(1, content)).expect("a push");
    cell.status().table.raw().digest()
}

/// One process after the other, over one folder.
pub struct Host {
    pub folder: PathBuf,
    pub probation: Probation,
    pub cell: &'static Cell,
    /// `None` between two processes.
    pub store: Option<Store>,
    pub boot: Boot,
    /// Seconds since the process began; and since the first one did.
    pub monotonic: u64,
    pub wall: u64,
    pub lookups: u64,
}

impl Host {
    /// The first process.
    pub fn new(name: &str, probation: Probation) -> Host {
        Host::on(place(name), probation, cell())
    }

    pub fn on(folder: PathBuf, probation: Probation, cell: &'static Cell) -> Host {
        let mut host = Host {
            folder,
            probation,
            cell,
            store: None,
            boot: Boot {
                source: Source::Baseline,
                notes: Vec::new(),
            },
            monotonic: 0,
            wall: 0,
            lookups: 0,
        };
        host.boot(cell);
        host
    }

    /// The next process; the one before ended now, whether it closed its store or not.
    pub fn boot(&mut self, cell: &'static Cell) {
        self.store = None;
        self.cell = cell;
        self.monotonic = 0;
        self.lookups = 0;
        let (store, boot) =
            Store::boot(&self.folder, self.probation, cell, self.now()).expect("a store");
        self.store = Some(store);
        self.boot = boot;
    }

    /// The same, of the same program.
    pub fn restart(&mut self) {
        self.boot(cell());
    }

    pub fn now(&self) -> Now {
        at(self.monotonic, self.wall)
    }

    pub fn store(&self) -> &Store {
        self.store.as_ref().expect("a process")
    }

    pub fn pass(&mut self, seconds: u64, lookups: u64) {
        self.monotonic += seconds;
        self.wall += seconds;
        self.lookups += lookups;
    }

    pub fn tick(&mut self) {
        self.cell.expire(self.now());
        self.store().tick(self.now(), Some(self.lookups));
    }

    /// A tick, then time and lookups, then another tick.
    pub fn live(&mut self, seconds: u64, lookups: u64) {
        self.tick();
        self.pass(seconds, lookups);
        self.tick();
    }

    /// Pushes the next version.
    pub fn publish(&self, map: RouteMap) -> Result<u64, Code> {
        let version = self.cell.status().accepted + 1;
        let bytes = RouteMap { version, ..map }.encode_to_vec();
        let published = self.cell.publish_at(&bytes, self.now());
        let refused = |refused: Refused| refused.violations.list()[0].code;
        published.map(|_| version).map_err(refused)
    }

    pub fn retreat(&self) {
        let back = self
            .cell
            .rollback_at(Target::Version(0), None, "back", self.now());
        back.expect("the baseline is always there");
    }

    pub fn serving(&self) -> u64 {
        self.cell.status().table.version()
    }
}
