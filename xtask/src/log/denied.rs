//! `log --denied`: what was turned away because somebody may not do it.

use routewright_control::client::BlockingClient;
use routewright_schema::analysis::contents::visible;
use routewright_schema::pb::{Denied, ListDeniedRequest};
use serde_json::{Value, json};

use super::Args;
use crate::cli::Format;
use crate::report::{Done, count, say, say_json, say_json_line};
use crate::status::date;
use crate::term::Style;

/// Attempts that a control plane tells of.
const ATTEMPTS_MAX: usize = 1_000;
const HEADS: [&str; 5] = ["last", "who", "call", "times", "why"];

/// Exit code 0, also if there are some.
pub fn run(args: &Args, client: &mut BlockingClient, since_ms: Option<u64>, limit: usize) -> Done {
    // One more than is shown says whether there are older ones.
    let asked = limit.saturating_add(1).min(ATTEMPTS_MAX);
    let request = ListDeniedRequest {
        limit: u32::try_from(asked).unwrap_or(u32::MAX),
    };
    let found = client.denied(request);
    let mut attempts = found.map_err(|e| args.engine.fleet_failure(&e))?.attempts;
    let full = attempts.len() == ATTEMPTS_MAX;
    attempts.retain(|attempt| since_ms.is_none_or(|since| attempt.last_ms >= since));
    // Those that `--since` takes away are the oldest: beyond them, nothing is asked for.
    let more = attempts.len() > limit || (full && attempts.len() == ATTEMPTS_MAX);
    attempts.truncate(limit);
    if args.export.is_some() {
        attempts
            .iter()
            .map(to_json)
            .for_each(|line| say_json_line(&line));
        return Ok(());
    }
    if args.engine.format == Format::Json {
        let attempts: Vec<Value> = attempts.iter().map(to_json).collect();
        say_json(&json!({ "attempts": attempts, "more": more }));
        return Ok(());
    }
    lines(&attempts).into_iter().for_each(say);
    match (attempts.len(), more) {
        (0, _) => say(match args.since {
            Some(_) => "nobody was turned away since then",
            None => "nobody was turned away yet",
        }),
        (shown, true) if shown < ATTEMPTS_MAX => say(format_args!(
            "the newest {}; `-n 0` lists up to {ATTEMPTS_MAX}",
            count(shown, "attempt")
        )),
        (_, true) => say(format_args!(
            "the newest {ATTEMPTS_MAX} attempts; a control plane tells of no more"
        )),
        _ => {}
    }
    Ok(())
}

/// A line of heads, and one for each; the last column, the only one of sentences, is not
/// filled up.
fn lines(attempts: &[Denied]) -> Vec<String> {
    if attempts.is_empty() {
        return Vec::new();
    }
    let heads = HEADS.map(str::to_owned);
    let rows: Vec<[String; 5]> = attempts.iter().map(cells).collect();
    let widths: [usize; 5] = std::array::from_fn(|at| {
        let cells = rows.iter().chain([&heads]);
        let widths = cells.map(|row| row[at].chars().count());
        match at {
            4 => 0,
            _ => widths.max().unwrap_or(0),
        }
    });
    let aligned = |row: &[String; 5]| {
        let cells = row.iter().zip(widths).enumerate();
        let cells: Vec<String> = cells
            .map(|(at, (text, width))| match at {
                3 => format!("{text:>width$}"),
                _ => format!("{text:<width$}"),
            })
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    let mut lines = vec![Style::Faint.paint(aligned(&heads))];
    lines.extend(rows.iter().map(aligned));
    lines
}

fn cells(attempt: &Denied) -> [String; 5] {
    let why = attempt.why.strip_prefix(&attempt.who).unwrap_or_default();
    [
        date(attempt.last_ms),
        visible(&attempt.who),
        visible(&attempt.rpc),
        attempt.count.to_string(),
        // It begins with who it was, as whoever was turned away read it.
        visible(why.strip_prefix(' ').unwrap_or(&attempt.why)),
    ]
}

fn to_json(attempt: &Denied) -> Value {
    json!({
        "who": attempt.who,
        "rpc": attempt.rpc,
        "why": attempt.why,
        "first_ms": attempt.first_ms,
        "last_ms": attempt.last_ms,
        "count": attempt.count,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_a_line() {
        let attempt = |who: &str, rpc: &str, count, why: &str| Denied {
            who: who.to_owned(),
            rpc: rpc.to_owned(),
            why: why.to_owned(),
            first_ms: 1_000,
            last_ms: 3_000,
            count,
        };
        let attempts = [
            attempt(
                "spiffe://shop/deploy",
                "WatchRouteMap",
                1_200,
                "spiffe://shop/deploy may not",
            ),
            attempt("eve", "GetFleet", 2, "evening is no time"),
            attempt("eve\n\u{1b}[2J", "GetFleet", 1, "no\nrule"),
        ];
        let expected = "last                  who                   call           times  why
1970-01-01T00:00:03Z  spiffe://shop/deploy  WatchRouteMap   1200  may not
1970-01-01T00:00:03Z  eve                   GetFleet           2  evening is no time
1970-01-01T00:00:03Z  eve \\u{1b}[2J         GetFleet           1  no rule";
        assert_eq!(lines(&attempts).join("\n"), expected);
        assert!(lines(&[]).is_empty());
    }
}
