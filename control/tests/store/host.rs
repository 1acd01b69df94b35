//! What a host brings: cells, pushes, folders, time.

use std::path::{Path, PathBuf};
use std::time::Duration;

use prost::Message;
use routewright::{Now, RouteCell};
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
