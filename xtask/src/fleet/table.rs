//! Engines as rows, under each other what belongs together.

use std::time::{Duration, SystemTime};

use routewright::Scalar;
use routewright_schema::analysis::contents::visible;
use routewright_schema::pb::EngineState;

use crate::remote::generation;
use crate::term::Style;

/// What is said of an engine; the note is on a line of its own.
struct Row {
    cells: [String; 5],
    in_step: bool,
    note: String,
}

const HEADS: [&str; 5] = ["engine", "serves", "state", "heard", "labels"];

/// A line of heads, and one or two for each engine.
pub fn lines(engines: &[EngineState], now: SystemTime) -> Vec<String> {
    if engines.is_empty() {
        return Vec::new();
    }
    let rows: Vec<Row> = engines.iter().map(|engine| row(engine, now)).collect();
    let widths: [usize; 5] = std::array::from_fn(|at| {
        let cells = rows.iter().map(|row| row.cells[at].chars().count());
        cells.max().unwrap_or(0).max(HEADS[at].len())
    });
    let mut lines = vec![Style::Faint.paint(aligned(&HEADS.map(str::to_owned), widths))];
    for row in rows {
        let line = aligned(&row.cells, widths);
        lines.push(match row.in_step {
            true => line,
            false => Style::Odd.paint(line),
        });
        if !row.note.is_empty() {
            lines.push(format!("    {}", row.note));
        }
    }
    lines
}

fn aligned(cells: &[String; 5], widths: [usize; 5]) -> String {
    let cells = cells.iter().zip(widths);
    let line: Vec<String> = cells
        .map(|(text, width)| format!("{text:<width$}"))
        .collect();
    format!("  {}", line.join("  ").trim_end())
}

fn row(engine: &EngineState, now: SystemTime) -> Row {
    let serving = engine.serving.clone().unwrap_or_default();
    let labels = engine.labels.iter();
    let labels: Vec<String> = labels
        .map(|label| visible(&format!("{}={}", label.name, label.value)))
        .collect();
    let state = match (engine.connected, serving.held, engine.in_step) {
        (false, ..) => "away",
        (_, true, _) => "held",
        (_, _, true) => "in step",
        (_, _, false) => "behind",
    };
    Row {
        cells: [
            visible(&engine.name),
            generation(serving.version),
            state.to_owned(),
            ago(engine.heard_ms, now),
            labels.join(" "),
        ],
        in_step: engine.in_step,
        note: visible(&engine.note),
    }
}

/// `12s ago`: nobody wants to know more than its largest two units.
fn ago(at_ms: u64, now: SystemTime) -> String {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(at_ms);
    // Clocks differ; what is yet to come was just now.
    let seconds = now.duration_since(at).unwrap_or_default().as_secs();
    let seconds = match seconds {
        0..3_600 => seconds,
        3_600..86_400 => seconds - seconds % 60,
        _ => seconds - seconds % 3_600,
    };
    let time = Scalar::<&str>::Duration(seconds.saturating_mul(1_000_000_000));
    match seconds {
        0 => "now".to_owned(),
        _ => format!("{time} ago"),
    }
}

#[cfg(test)]
mod tests {
    use routewright_schema::pb::{Label, Serving};

    use super::*;

    fn engine(name: &str, connected: bool, version: u64, held: bool, in_step: bool) -> EngineState {
        EngineState {
            name: name.to_owned(),
            connected,
            in_step,
            serving: Some(Serving {
                version,
                held,
                ..Serving::default()
            }),
            heard_ms: 100_000_000,
            ..EngineState::default()
        }
    }

    #[test]
    fn each_engine_is_a_row() {
        let mut first = engine("hunt-1", true, 3, false, true);
        first.labels = [("zone", "eu-1"), ("kind", "a\n\u{1b}[2J")]
            .map(|(name, value)| Label {
                name: name.to_owned(),
                value: value.to_owned(),
            })
            .to_vec();
        let mut second = engine("hunt-22", true, 0, true, false);
        second.note = "held by hand:\nops".to_owned();
        let third = engine("h3", false, 2, false, false);
        let fourth = engine("h4", true, 2, false, false);
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(100_012);
        let expected = "  engine   serves        state    heard    labels
  hunt-1   version 3     in step  12s ago  zone=eu-1 kind=a \\u{1b}[2J
  hunt-22  the baseline  held     12s ago
    held by hand: ops
  h3       version 2     away     12s ago
  h4       version 2     behind   12s ago";
        assert_eq!(
            lines(&[first, second, third, fourth], now).join("\n"),
            expected
        );
        assert!(lines(&[], now).is_empty());
    }

    #[test]
    fn times_are_as_exact_as_anybody_needs() {
        for (seconds, expected) in [
            (0, "now"),
            (59, "59s ago"),
            (61, "1m1s ago"),
            (3_661, "1h1m ago"),
            (90_061, "1d1h ago"),
        ] {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(ago(0, now), expected);
        }
        assert_eq!(ago(5_000, SystemTime::UNIX_EPOCH), "now");
    }
}
