//! What the fuzzers have found, and what others found before us, as plain tests.
//!
//! `fuzz/corpus` holds an input for each piece of behaviour that the fuzzers of `fuzz/`
//! reached, and one for each mistake they showed. `wire` holds messages of other
//! people, which are damaged here as bytes on a wire are.

use std::path::{Path, PathBuf};

use prost::Message;
use routewright::Digest;
use routewright_schema::pb::{self, Mode};
use routewright_tests::{fuzz, wire};

fn peak(run: &mut dyn FnMut()) -> u64 {
    allocation_counter::measure(run).bytes_max
}

/// All files of a folder and the folders in it, in order.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder);
        for entry in entries.unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.push((path.clone(), std::fs::read(&path).expect("a file"))),
            }
        }
    }
    found.sort();
    found
}

/// Calls `check` with each file, and names the one that it panics with.
fn replay(folder: &Path, check: impl Fn(&[u8]) + std::panic::RefUnwindSafe) {
    let files = files(folder);
    assert!(!files.is_empty(), "{} is empty", folder.display());
    for (path, bytes) in files {
        if std::panic::catch_unwind(|| check(&bytes)).is_err() {
            panic!("{}", path.display());
        }
    }
}

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target)
}

#[test]
fn pushes() {
    replay(&corpus("publish"), |input| fuzz::publish(input, peak));
}

#[test]
fn images() {
    replay(&corpus("open"), |input| fuzz::open(input, peak));
}

#[test]
fn foreign_files() {
    replay(&corpus("foreign"), |input| fuzz::foreign(input, peak));
}

#[test]
fn mappings() {
    replay(&corpus("mapping"), |input| fuzz::mapping(input, peak));
}

#[test]
fn rules() {
    replay(&corpus("rule"), fuzz::rule);
}

#[test]
fn stored_files() {
    replay(&corpus("stored"), |input| fuzz::stored(input, peak));
}

/// One byte of an image is wrong, and what guards the whole of it fits that.
#[test]
fn each_byte_of_an_image_may_be_wrong() {
    const FIRST: u8 = 2;
    for (at, _) in fuzz::images()[0].iter().enumerate() {
        let [low, high, ..] = at.to_le_bytes();
        for value in [0, 1, 2, 0x7F, 0xFF] {
            fuzz::open(&[FIRST, 0, low, high, value], peak);
        }
    }
}

#[test]
fn messages_of_others() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("wire");
    for of in ["go-fuzz-protobuf-corpus", "buffa-datasets"] {
        replay(&folder.join(of), |bytes| {
            for damaged in damaged(bytes) {
                for push in placed(&damaged) {
                    fuzz::sequence(&[push], peak);
                }
            }
        });
    }
}

/// Bytes as a push, behind the header of one, and as each of the messages in one.
fn placed(bytes: &[u8]) -> Vec<Vec<u8>> {
    const LEASE: u32 = 5;
    const FALLBACK: u32 = 15;
    let header = pb::RouteMap {
        mode: Mode::Overlay.into(),
        version: 1,
        consumers: vec!["audit".to_owned()],
        ..pb::RouteMap::default()
    };
    let header = header.encode_to_vec();
    let within = |number| [&header[..], &wire::field(number, bytes)].concat();
    let mut places = vec![bytes.to_vec(), [&header[..], bytes].concat()];
    // Where it stands matters less in a message that is long.
    if bytes.len() < 4096 {
        places.extend([LEASE, wire::ROUTES, wire::SETTINGS, FALLBACK].map(within));
    }
    places
}

/// How often each kind of damage is done to a message.
const OFTEN: usize = 8;

/// The bytes as they are; and, at places that follow from what they are, so that every
/// run does the same: cut off, with a bit flipped, with a length that reaches far beyond
/// the end, with a number of eleven bytes, with the beginning or end of a group.
fn damaged(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![bytes.to_vec()];
    if bytes.is_empty() {
        return all;
    }
    let mut places = Places::of(bytes);
    // Every length of a short message; of a long one, some.
    match bytes.len() <= 2 * OFTEN {
        true => all.extend((0..bytes.len()).map(|length| bytes[..length].to_vec())),
        false => all.extend((0..OFTEN).map(|_| bytes[..places.next()].to_vec())),
    }
    for _ in 0..OFTEN {
        let mut flipped = bytes.to_vec();
        flipped[places.next()] ^= 1 << (places.next() % 8);
        all.push(flipped);
    }
    const HUGE: [&[u8]; 3] = [
        &[0xFF, 0xFF, 0xFF, 0xFF, 0x07],
        &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        // No varint has eleven bytes.
        &[
            0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01,
        ],
    ];
    let lengths = wire::lengths(bytes);
    for at in 0..OFTEN.min(lengths.len()) {
        let (start, end) = lengths[(at + places.next()) % lengths.len()];
        let huge = HUGE[at % HUGE.len()];
        all.push([&bytes[..start], huge, &bytes[end..]].concat());
    }
    const GROUPS: [&[u8]; 4] = [&[0x0B], &[0x0C], &[0x63, 0x64], &[0x08, 0xFF]];
    for at in 0..OFTEN {
        let place = places.next();
        let (before, after) = bytes.split_at(place);
        let piece = match at {
            0 => HUGE[2],
            other => GROUPS[other % GROUPS.len()],
        };
        all.push([before, piece, after].concat());
    }
    all
}

/// Places in some bytes, one after the other, that look as if they were random.
struct Places {
    digest: [u8; 16],
    below: usize,
}

impl Places {
    fn of(bytes: &[u8]) -> Places {
        Places {
            digest: Digest::of(bytes).0,
            below: bytes.len(),
        }
    }

    fn next(&mut self) -> usize {
        self.digest = Digest::of(&self.digest).0;
        let [first, second, third, fourth, ..] = self.digest;
        u32::from_le_bytes([first, second, third, fourth]) as usize % self.below
    }
}
