//! Events in, one a line: `EVENT [KEY]`. The line `!ledger` prints the ledger so far;
//! the end of the input prints the last one and ends the service.

use std::io::{self, BufRead, Write};

use routewright::Outcome;

use crate::deliver::deliver;
use crate::ledger::Ledger;
use crate::{ROUTES, hunt, routes};

/// Reads events until there are no more.
pub fn run(input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let mut reader = ROUTES.reader();
    let mut ledger = Ledger::default();
    for line in input.lines() {
        match line?.as_str() {
            "" => {}
            "!ledger" => writeln!(output, "{}", ledger.to_json())?,
            line => {
                let (event, key) = line.split_once(' ').unwrap_or((line, ""));
                // One whole generation for this event: routes and settings together.
                one(reader.load(), event, key, &mut ledger);
            }
        }
    }
    writeln!(output, "{}", ledger.to_json())
}

/// Everything that happens to one event.
fn one(table: &routes::Table, event: &str, key: &str, ledger: &mut Ledger) {
    let entry = ledger.enter(table.version());
    let Some(route) = table.find(event) else {
        entry.unrouted += 1;
        return;
    };
    match route.outcome() {
        Outcome::Deliver => {
            let policy = route.policy();
            for consumer in route.consumers().chain(route.pick(key.as_bytes())) {
                deliver(consumer, event, key, &policy, &mut entry.consumers);
            }
            route
                .mirrors(key.as_bytes())
                .for_each(|consumer| entry.mirrors.count(consumer));
            entry.delivered += 1;
        }
        Outcome::Drop(_) => entry.dropped += 1,
        Outcome::Unrouted => entry.unrouted += 1,
    }
    if route.event() == Some(routes::Event::TreasureChestOpened) {
        entry
            .found
            .count(hunt::loot(&routes::settings(table), key).to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost() {
        let input = "treasure.chest.opened p1\nplayer.moved p1\n\nnobody.knows p2\nplayer.scored p3\n!ledger\nmap.loaded\n";
        let mut output = Vec::new();
        run(input.as_bytes(), &mut output).unwrap();
        let lines: Vec<serde_json::Value> = String::from_utf8(output)
            .unwrap()
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        let counts = |line: usize| {
            let entry = &lines[line]["versions"]["0"];
            ["in", "delivered", "dropped", "unrouted"].map(|key| entry[key].as_u64().unwrap())
        };
        assert_eq!(counts(0), [4, 3, 1, 0]);
        assert_eq!(counts(1), [5, 3, 2, 0]);
        let consumers = &lines[1]["versions"]["0"]["consumers"];
        assert_eq!(
            (consumers["audit"].as_u64(), consumers["loot"].as_u64()),
            (Some(2), Some(1))
        );
    }
}
