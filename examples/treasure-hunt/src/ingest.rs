//! Events in, ledgers out: what this service reads and writes besides gRPC.
//!
//! Standard input, one line each:
//!
//! ```text
//! EVENT [KEY]     an event; its key is the rest of the line after the first blank
//! !ledger         print the ledger of all lines before this one
//! ```
//!
//! An empty line says nothing. A line that is not UTF-8 or longer than 4 KiB is skipped
//! and counted as `unreadable`. (A name with a blank in it cannot be said here.)
//!
//! Standard output, one line of JSON each: first where the gRPC endpoint listens, then
//! a ledger for every `!ledger`, and a last one at the end of the input, which ends the
//! service:
//!
//! ```text
//! {"listening":"127.0.0.1:4600"}
//! {"unreadable":0,"versions":{"0":{"in":4,"delivered":3,"dropped":1,"unrouted":0,
//!   "consumers":{"audit":2,"loot":1},"mirrors":{},"chests":0,"found":{"dust":1}}}}
//! ```
//!
//! (there in one line); and, of an engine that follows a control plane, how it stands with it:
//!
//! ```text
//! "link":{"connected":true,"revision":3,"taken":2,"refused":0}
//! ```
//!
//! `in = delivered + dropped + unrouted` holds for every version.

use std::io::{self, BufRead, Read, Write};

use routewright::Outcome;
use serde_json::{Value, json};

use crate::deliver::deliver;
use crate::ledger::Ledger;
use crate::routes::{self, Event};
use crate::server::LINK;
use crate::{ROUTES, counters, hunt};

/// Bytes of a line, without its end.
const LINE_BYTES_MAX: usize = 4 << 10;

/// Reads events until there are no more.
pub fn run(mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let mut reader = ROUTES.reader();
    let mut ledger = Ledger::default();
    let mut bytes = Vec::new();
    while read_line(&mut input, &mut bytes)? {
        match std::str::from_utf8(&bytes) {
            Ok(_) if bytes.len() > LINE_BYTES_MAX => ledger.unreadable += 1,
            Err(_) => ledger.unreadable += 1,
            Ok("") => {}
            Ok("!ledger") => writeln!(output, "{}", told(&ledger))?,
            Ok(line) => {
                let (event, key) = line.split_once(' ').unwrap_or((line, ""));
                // One whole generation for this event: routes and settings together.
                one(reader.load(), event, key, &mut ledger);
            }
        }
    }
    writeln!(output, "{}", told(&ledger))
}

/// The ledger, with how the process stands with its control plane.
fn told(ledger: &Ledger) -> Value {
    let mut told = ledger.to_json();
    if let Some(link) = LINK.get() {
        let link = link.status();
        told["link"] = json!({
            "connected": link.connected,
            "revision": link.revision,
            "taken": link.accepted,
            "refused": link.refused,
        });
    }
    told
}

/// The next line, without its end; of one that is too long, only a byte too many.
/// Says whether there was one.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    // Two more for the end of the line.
    let most = LINE_BYTES_MAX + 2;
    let read = Read::take(&mut *input, most as u64).read_until(b'\n', line)?;
    match line.strip_suffix(b"\n") {
        Some(rest) => line.truncate(rest.strip_suffix(b"\r").unwrap_or(rest).len()),
        None if read == most => {
            input.skip_until(b'\n')?;
            line.truncate(LINE_BYTES_MAX + 1);
        }
        None => {}
    }
    Ok(read > 0)
}

/// Everything that happens to one event.
fn one(table: &routes::Table, event: &str, key: &str, ledger: &mut Ledger) {
    let entry = ledger.enter(table.version());
    counters::event();
    let Some(route) = table.find(event) else {
        entry.unrouted += 1;
        counters::unrouted();
        return;
    };
    match route.outcome() {
        Outcome::Deliver => {
            let policy = route.policy();
            for consumer in route.consumers().chain(route.pick(key.as_bytes())) {
                deliver(consumer, event, key, &policy, &mut entry.consumers);
            }
            for consumer in route.mirrors(key.as_bytes()) {
                deliver(consumer, event, key, &policy, &mut entry.mirrors);
            }
            entry.delivered += 1;
        }
        Outcome::Drop(_) => entry.dropped += 1,
        Outcome::Unrouted => {
            entry.unrouted += 1;
            counters::unrouted();
        }
    }
    // What the game does with it, whoever else is told.
    let settings = routes::settings(table);
    match route.event() {
        Some(Event::PlayerMoved) => entry.chests += settings.spawn().rate(),
        Some(Event::TreasureChestOpened) => {
            entry.found.count(hunt::loot(&settings, key).to_owned());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledgers(input: &[u8]) -> Vec<Value> {
        let mut output = Vec::new();
        run(input, &mut output).unwrap();
        let lines = String::from_utf8(output).unwrap();
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn nothing_is_lost() {
        let all = ledgers(
            b"treasure.chest.opened p1\nplayer.moved p1\r\n\nnobody.knows p2\nplayer.scored p3\n!ledger\nmap.loaded",
        );
        let counts = |line: usize| {
            let entry = &all[line]["versions"]["0"];
            ["in", "delivered", "dropped", "unrouted"].map(|key| entry[key].as_u64().unwrap())
        };
        assert_eq!(all.len(), 2);
        assert_eq!(counts(0), [4, 3, 1, 0]);
        assert_eq!(counts(1), [5, 3, 2, 0]);
        let consumers = &all[1]["versions"]["0"]["consumers"];
        assert_eq!(
            *consumers,
            json!({ "audit": 2, "leaderboard": 1, "loot": 1 })
        );
    }

    #[test]
    fn what_cannot_be_read_is_counted_and_skipped() {
        let name = |bytes: usize| "x".repeat(bytes).into_bytes();
        let cases: [(&str, Vec<u8>, u64, u64); 7] = [
            ("empty", vec![], 0, 0),
            ("no end", b"map.loaded".to_vec(), 0, 1),
            ("not UTF-8", b"\xFF\nmap.loaded\n".to_vec(), 1, 1),
            ("as long as may be", name(LINE_BYTES_MAX), 0, 1),
            (
                "so, with an end",
                [name(LINE_BYTES_MAX), b"\r\n".to_vec()].concat(),
                0,
                1,
            ),
            (
                "a byte too long",
                [name(LINE_BYTES_MAX + 1), b"\nmap.loaded\n".to_vec()].concat(),
                1,
                1,
            ),
            (
                "much too long",
                [name(1 << 20), b"\nmap.loaded\n".to_vec()].concat(),
                1,
                1,
            ),
        ];
        for (about, input, unreadable, entered) in cases {
            let last = ledgers(&input).pop().unwrap();
            assert_eq!(last["unreadable"], unreadable, "{about}");
            let entry = &last["versions"]["0"];
            assert_eq!(entry["in"].as_u64().unwrap_or(0), entered, "{about}");
        }
    }
}
