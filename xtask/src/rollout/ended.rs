//! What came of a rollout, as the control plane remembers it.

use routewright_schema::analysis::contents::visible;
use routewright_schema::pb::{Decision, EngineOutcome};
use serde_json::{Value, json};

use crate::cli::Format;
use crate::remote::{Engine, generation, refusal_json, violation};
use crate::report::{Done, Failure, say};

/// A rollout that has ended.
pub struct Ended {
    /// With what its engines answered.
    pub decision: Decision,
    /// The version that all engines should serve now.
    pub serving: u64,
}

impl Ended {
    /// Whether the engines serve what was decided.
    pub fn is_done(&self) -> bool {
        self.decision.state == "done"
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let decision = &self.decision;
        let engines: Vec<Value> = decision.engines.iter().map(engine_json).collect();
        json!({
            "revision": decision.revision,
            "version": decision.version,
            "state": decision.state,
            "outcome": decision.outcome,
            "stages": decision.stages,
            "bake_ms": decision.bake_ms,
            "engines": engines,
            "serving_version": self.serving,
        })
    }

    /// Says so; a failure unless it is done.
    pub fn done(&self, engine: &Engine) -> Done {
        let decision = &self.decision;
        let outcome = visible(&decision.outcome);
        if self.is_done() {
            if engine.format == Format::Text {
                say(format_args!("{}: {outcome}", generation(decision.version)));
            }
            return Ok(());
        }
        if engine.format == Format::Json {
            return Err(Failure::told());
        }
        Err(Failure::Bad(self.why()))
    }

    /// Why it was taken back, and by whom.
    pub fn why(&self) -> String {
        let decision = &self.decision;
        let mut lines = vec![format!(
            "{} was taken back: {}",
            generation(decision.version),
            visible(&decision.outcome)
        )];
        let others = decision.engines.iter().filter(|e| e.outcome != "ack");
        for engine in others {
            if let Some(refusal) = &engine.refusal
                && !refusal.violations.is_empty()
            {
                lines.extend(refusal.violations.iter().map(violation));
                continue;
            }
            let because = match engine.reason.as_str() {
                "" => String::new(),
                reason => format!(": {}", visible(reason)),
            };
            let line = format!("  {} ({}){because}", engine.name, engine.outcome);
            lines.push(line);
        }
        let took = decision.engines.iter().filter(|e| e.outcome == "ack");
        match took.count() {
            0 => {}
            1 => lines.push("  1 engine had taken it, and was brought back".to_owned()),
            n => lines.push(format!("  {n} engines had taken it, and were brought back")),
        }
        lines.push(format!("  {} goes on serving", generation(self.serving)));
        lines.join("\n")
    }
}

/// What an engine answered, for programs.
pub fn engine_json(engine: &EngineOutcome) -> Value {
    json!({
        "name": engine.name,
        "outcome": engine.outcome,
        "reason": engine.reason,
        "at_ms": engine.at_ms,
        "refusal": engine.refusal.as_ref().map(refusal_json),
    })
}
