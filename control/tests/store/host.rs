//! A host, as far as a store needs one: cells, pushes, folders, time.

use std::path::{Path, PathBuf};
use std::time::Duration;

use prost::Message;
use routewright::{Code, Now, Refused, RouteCell, Target};
use routewright_control::store::{Boot, Probation, Source, Store};
use routewright_schema::pb::{self, Mode, RouteMap, scalar::Kind, setting_value::Value};
use routewright_tests::fixture;

pub type Cell = RouteCell<fixture::Catalog>;

/// A cell of a process that has just begun.
pub fn cell() -> &'static Cell {
    Box::leak(Box::new(RouteCell::new(&fixture::TABLE)))
}

/// A push that does nothing but say `content`, which makes its image what it is.
pub fn map(version: u64, content: u64) -> RouteMap {
    let kind = Some(Kind::SizeBytes(content));
    RouteMap {
        mode: Mode::Overlay.into(),
        version,
        settings: vec![pb::SettingValue {
            name: "chunk".to_owned(),
            value: Some(Value::Scalar(pb::Scalar { kind })),
        }],
        ..Default::default()
    }
}

/// The bytes of such a push.
pub fn push(version: u64, content: u64) -> Vec<u8> {
    map(version, content).encode_to_vec()
}

/// What the push said that a cell serves.
pub fn content(cell: &'static Cell) -> u64 {
    fixture::settings(&cell.load()).chunk()
}

/// That many seconds after the process began, and after the first process did.
pub fn at(monotonic: u64, wall: u64) -> Now {
    Now {
        monotonic: Duration::from_secs(monotonic),
        wall: Duration::from_secs(1_790_000_000 + wall),
    }
}

/// An empty place for a folder, named after whoever asks.
pub fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("store")
        .join(name);
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    place
}

/// The names in a folder that end so, in order.
pub fn names(folder: &Path, ending: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .map(|entries| {
            entries
                .map(|e| e.unwrap().file_name().into_string().unwrap())
                .filter(|name| name.ends_with(ending))
                .collect()
        })
        .unwrap_or_default();
    names.sort();
    names
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
        self.store().tick(self.now(), self.lookups);
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
