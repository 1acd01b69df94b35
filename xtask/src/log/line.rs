//! Decisions as lines.

use routewright_schema::analysis::contents::visible;
use routewright_schema::pb::Decision;

use crate::remote::{generation, hex};
use crate::status::{date, time};
use crate::term::Style;

/// One line each, or with all that is known of it. `engine`: what that one answered, in
/// place of what came of it.
pub fn lines(decisions: &[Decision], engine: Option<&str>, long: bool) -> Vec<String> {
    let rows: Vec<[String; 5]> = decisions.iter().map(|d| cells(d, engine)).collect();
    let widths: [usize; 5] = std::array::from_fn(|at| {
        let cells = rows.iter().map(|row| row[at].chars().count());
        cells.max().unwrap_or(0)
    });
    let mut lines = Vec::new();
    for (decision, row) in decisions.iter().zip(rows) {
        let mut line = String::new();
        for (at, (text, width)) in row.iter().zip(widths).enumerate() {
            // The number at the left edge is read from its right one.
            let cell = match at {
                0 => format!("{text:>width$}"),
                _ => format!("  {text:<width$}"),
            };
            line.push_str(&cell);
        }
        let words = words(decision);
        line = format!("{line}  {words}").trim_end().to_owned();
        lines.push(match bad(decision, engine) {
            true => Style::Bad.paint(line),
            false => line,
        });
        if long {
            lines.extend(more(decision));
        }
    }
    lines
}

fn cells(decision: &Decision, engine: Option<&str>) -> [String; 5] {
    [
        decision.revision.to_string(),
        date(decision.at_ms),
        visible(&decision.kind),
        generation(decision.version),
        visible(answer(decision, engine).unwrap_or(&decision.state)),
    ]
}

/// What that engine answered.
fn answer<'a>(decision: &'a Decision, engine: Option<&str>) -> Option<&'a str> {
    let found = decision
        .engines
        .iter()
        .find(|e| Some(e.name.as_str()) == engine);
    found.map(|e| e.outcome.as_str())
}

fn bad(decision: &Decision, engine: Option<&str>) -> bool {
    match answer(decision, engine) {
        Some(outcome) => outcome != "ack",
        None => decision.state == "reverted",
    }
}

/// Who, and why; of what was taken back, why that.
fn words(decision: &Decision) -> String {
    let mut parts = Vec::new();
    let (who, reason) = (visible(&decision.who), visible(&decision.reason));
    match (who.as_str(), reason.as_str()) {
        ("", "") => {}
        ("", text) | (text, "") => parts.push(text.to_owned()),
        (who, reason) => parts.push(format!("{who}: {reason}")),
    }
    if decision.state == "reverted" {
        parts.push(format!("taken back: {}", visible(&decision.outcome)));
    }
    parts.join("; ")
}

/// What a line has no room for.
fn more(decision: &Decision) -> Vec<String> {
    let mut lines = Vec::new();
    let mut add = |what: &str, text: String| {
        if !text.is_empty() {
            lines.push(format!(
                "    {}  {text}",
                Style::Faint.paint(format_args!("{what:<8}"))
            ));
        }
    };
    add("outcome", visible(&decision.outcome));
    let bake = match decision.bake_ms {
        0 => String::new(),
        ms => format!(", {} each", time(ms)),
    };
    if !decision.stages.is_empty() {
        add(
            "stages",
            format!("{}{bake}", visible(&decision.stages.join(","))),
        );
    }
    add("push", hex(&decision.push_digest));
    if decision.published_ms != 0 && decision.published_ms != decision.at_ms {
        add("pushed", date(decision.published_ms));
    }
    for engine in &decision.engines {
        let reason = match visible(&engine.reason) {
            reason if reason.is_empty() => reason,
            reason => format!(": {reason}"),
        };
        let at = date(engine.at_ms);
        add(
            "engine",
            format!(
                "{} {} at {at}{reason}",
                visible(&engine.name),
                engine.outcome
            ),
        );
    }
    lines
}

#[cfg(test)]
mod tests {
    use routewright_schema::pb::EngineOutcome;

    use super::*;

    fn history() -> Vec<Decision> {
        let engine = |name: &str, outcome: &str, reason: &str| EngineOutcome {
            name: name.to_owned(),
            outcome: outcome.to_owned(),
            reason: reason.to_owned(),
            at_ms: 2_000,
            refusal: None,
        };
        let pushed = Decision {
            revision: 9,
            kind: "push".to_owned(),
            version: 3,
            push_digest: vec![0xab; 16],
            who: "ops".to_owned(),
            reason: "more chests\n9  forged".to_owned(),
            at_ms: 1_000,
            published_ms: 1_000,
            state: "reverted".to_owned(),
            outcome: "hunt-2 refused: no".to_owned(),
            engines: vec![engine("hunt-1", "ack", ""), engine("hunt-2", "nack", "no")],
            before_version: 2,
            stages: vec!["1".to_owned(), "100%".to_owned()],
            bake_ms: 500,
            ..Decision::default()
        };
        let back = Decision {
            revision: 10,
            kind: "revert".to_owned(),
            version: 0,
            at_ms: 3_000,
            state: "done".to_owned(),
            before_version: 3,
            ..Decision::default()
        };
        vec![back, pushed]
    }

    #[test]
    fn a_decision_is_a_line() {
        let texts = lines(&history(), None, false);
        let expected = "10  1970-01-01T00:00:03Z  revert  the baseline  done
 9  1970-01-01T00:00:01Z  push    version 3     reverted  ops: more chests 9  forged; taken back: hunt-2 refused: no";
        assert_eq!(texts.join("\n"), expected);
        let of_one = lines(&history()[1..], Some("hunt-1"), false);
        assert!(of_one[0].contains("  ack  ops"), "{of_one:?}");
    }

    #[test]
    fn all_that_is_known_of_it() {
        let expected = "    outcome   hunt-2 refused: no
    stages    1,100%, 500ms each
    push      abababababababababababababababab
    engine    hunt-1 ack at 1970-01-01T00:00:02Z
    engine    hunt-2 nack at 1970-01-01T00:00:02Z: no";
        assert_eq!(lines(&history()[1..], None, true)[1..].join("\n"), expected);
    }
}
