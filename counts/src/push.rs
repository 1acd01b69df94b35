//! Pushes, written by hand: prost and the messages would come with a tree of crates that
//! has nothing to do with what is counted.

/// `MODE_COMPLETE` and `MODE_OVERLAY`.
#[derive(Clone, Copy)]
pub enum Mode {
    Complete = 1,
    Overlay = 2,
}

/// The first version. All of them take four bytes, so that the next can be written over
/// the last.
const FIRST: u64 = 1 << 21;
/// Behind the mode and the key of the version.
const VERSION_AT: usize = 3;

/// A `routewright.v1.RouteMap` in canonical order of fields, which can be pushed again
/// and again because its version goes up.
pub struct Push {
    bytes: Vec<u8>,
    version: u64,
}

impl Push {
    /// With so many routes, each to two of the [`CONSUMERS`].
    pub fn new(mode: Mode, routes: usize) -> Push {
        let mut bytes = vec![0x08, mode as u8, 0x10];
        varint(&mut bytes, FIRST);
        for consumer in CONSUMERS {
            field(&mut bytes, 11, consumer.as_bytes());
        }
        for (at, name) in names(routes).iter().enumerate() {
            let mut route = Vec::new();
            field(&mut route, 1, name.as_bytes());
            field(&mut route, 2, &[(at % 3) as u8, ((at + 1) % 3) as u8]);
            // `timeout_ns` and `retries`.
            route.push(6 << 3);
            varint(&mut route, 250_000_000);
            route.extend([8 << 3, 2]);
            field(&mut bytes, 12, &route);
        }
        Push {
            bytes,
            version: FIRST,
        }
    }

    /// The bytes, with a version that was not pushed before. Allocates nothing: that would
    /// be counted.
    pub fn next(&mut self) -> &[u8] {
        self.version += 1;
        for (at, byte) in self.bytes[VERSION_AT..][..4].iter_mut().enumerate() {
            let more = if at < 3 { 0x80 } else { 0 };
            *byte = (self.version >> (7 * at)) as u8 & 0x7F | more;
        }
        &self.bytes
    }
}

/// Where the routes of a push go.
pub const CONSUMERS: [&str; 3] = ["analytics", "audit", "billing"];

/// Dotted names of 20 bytes or a few more, as services have them; sorted, as a definition
/// is pushed.
pub fn names(count: usize) -> Vec<String> {
    const DOMAINS: [&str; 8] = [
        "order", "cart", "player", "treasure", "payment", "map", "chat", "guild",
    ];
    const ACTIONS: [&str; 5] = ["created", "updated", "removed", "moved", "expired"];
    let name = |at| format!("{}.entity{at:04}.{}", DOMAINS[at % 8], ACTIONS[at % 5]);
    let mut names: Vec<String> = (0..count).map(name).collect();
    names.sort();
    names
}

fn field(to: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    to.push(number << 3 | 2);
    varint(to, bytes.len() as u64);
    to.extend(bytes);
}

fn varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}
