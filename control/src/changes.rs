//! What differs between two tables of one catalog, in words.

use std::cmp::Ordering;

use routewright::{Entry, Image, RawRoute, RouteTable};
use routewright_schema::analysis::words;
use routewright_schema::pb::Change;

/// Changes that an answer lists; the rest is counted.
const CHANGES_MAX: usize = 1_000;
/// Bytes of an answer in words. A thousand changes then stay far below the 4 MiB that
/// a gRPC client takes unless told otherwise.
const WORDS_BYTES_MAX: usize = 512;

type Table = RouteTable<Image>;

/// All that differs: the fallback and the settings first, for a changed pattern may
/// bring along more names than are listed; then the declared events, other names and
/// patterns. A name counts if another answer is given for it, its own or inherited; a
/// pattern, if it is new, gone or says something else. Gives the first changes, and
/// how many there are.
pub fn between(before: &Table, after: &Table) -> (Vec<Change>, usize) {
    let mut ignore = |_: &str, _: &str| {};
    found(before, after, CHANGES_MAX, &mut ignore)
}

/// Tells the kind and the name of each of them.
#[cfg(feature = "serve")]
pub fn each(before: &Table, after: &Table, tell: &mut dyn FnMut(&str, &str)) {
    found(before, after, 0, tell);
}

fn found(
    before: &Table,
    after: &Table,
    listed: usize,
    tell: &mut dyn FnMut(&str, &str),
) -> (Vec<Change>, usize) {
    let mut found = Found {
        list: Vec::new(),
        listed,
        count: 0,
        tell,
    };
    if before.as_image() == after.as_image() {
        return (found.list, 0);
    }
    let fallback = |table| {
        Some(Said {
            route: RouteTable::fallback(table)?,
            rank: 0,
        })
    };
    found.route("fallback", "", fallback(before), fallback(after));
    settings(before, after, &mut found);
    names(before, after, &mut found);
    (found.list, found.count)
}

struct Found<'t> {
    list: Vec<Change>,
    /// How many are listed at most.
    listed: usize,
    count: usize,
    tell: &'t mut dyn FnMut(&str, &str),
}

impl Found<'_> {
    /// Counts a change; writes its words only if it is listed.
    fn push(&mut self, kind: &str, name: &str, texts: impl FnOnce() -> (String, String)) {
        self.count += 1;
        (self.tell)(kind, name);
        if self.list.len() < self.listed {
            let (before, after) = texts();
            let (kind, name) = (kind.to_owned(), name.to_owned());
            self.list.push(Change {
                kind,
                name,
                before: clip(before),
                after: clip(after),
            });
        }
    }

    fn route(&mut self, kind: &str, name: &str, before: Option<Said<'_>>, after: Option<Said<'_>>) {
        let same = match (&before, &after) {
            (Some(before), Some(after)) => {
                before.rank == after.rank && before.route.same_as(&after.route)
            }
            (None, None) => true,
            _ => false,
        };
        if !same {
            let say = |said: Option<Said<'_>>| said.map_or(String::new(), |said| said.words());
            self.push(kind, name, || (say(before), say(after)));
        }
    }
}

/// What a table says of a name or pattern.
struct Said<'a> {
    route: RawRoute<'a>,
    /// Of a pattern; a name that inherits its answer does not inherit the rank.
    rank: i32,
}

impl Said<'_> {
    fn words(&self) -> String {
        match self.rank {
            0 => words::route(&self.route),
            rank => format!("{} [rank {rank}]", words::route(&self.route)),
        }
    }
}

fn clip(mut text: String) -> String {
    if text.len() > WORDS_BYTES_MAX {
        text.truncate(text.floor_char_boundary(WORDS_BYTES_MAX));
        text.push('…');
    }
    text
}

/// The catalog is the same, and with it the position of each setting.
fn settings(before: &Table, after: &Table, found: &mut Found<'_>) {
    let (catalog, old, new) = (after.catalog(), before.values(), after.values());
    for at in 0..catalog.settings() {
        let Some(setting) = catalog
            .setting(at)
            .filter(|_| !old.scalars(at).eq(new.scalars(at)))
        else {
            continue;
        };
        let text = |values: routewright::Values<'_>| {
            words::value(setting.form, setting.columns(), values.scalars(at))
        };
        found.push("setting", setting.name, || (text(old), text(new)));
    }
}

/// Walks both tables side by side: each part of the entries is sorted.
fn names(before: &Table, after: &Table, found: &mut Found<'_>) {
    let (mut old, mut new) = (before.entries().peekable(), after.entries().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => key(old).cmp(&key(new)),
        };
        let left = old.next_if(|_| order.is_le());
        let right = new.next_if(|_| order.is_ge());
        let Some(Entry { route, is_pattern }) = left.or(right) else {
            return;
        };
        let name = route.name();
        let said = |side, table| said(side, table, name, is_pattern);
        found.route("route", name, said(left, before), said(right, after));
    }
}

/// A name that a table does not hold may still be answered there; a pattern not.
fn said<'a>(
    side: Option<Entry<'a>>,
    table: &'a Table,
    name: &'a str,
    is_pattern: bool,
) -> Option<Said<'a>> {
    match (side, is_pattern) {
        (Some(entry), true) => Some(Said {
            route: entry.route,
            rank: entry.route.rank(),
        }),
        (Some(entry), false) => Some(Said {
            route: entry.route,
            rank: 0,
        }),
        (None, true) => None,
        (None, false) => table.find(name).map(|route| Said { route, rank: 0 }),
    }
}

/// The order of the entries: declared events, other names, patterns.
fn key<'a>(entry: &Entry<'a>) -> (bool, bool, &'a str) {
    (
        entry.is_pattern,
        entry.route.event().is_none(),
        entry.route.name(),
    )
}
