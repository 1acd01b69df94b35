//! What is shown of a rollout while it goes on: a line that moves on terminals, a line for
//! each thing that happens elsewhere.

use routewright_schema::pb::RolloutState;

use crate::live::LiveLine;
use crate::report::{count, note, say};
use crate::status::time;

/// Characters of the bar.
const BAR: u32 = 20;

/// What was shown so far.
pub struct Progress {
    /// `None`: programs read what is printed, and only the end.
    line: Option<LiveLine>,
    /// The stage that was told of, and whether its bake was.
    told: (u32, bool),
}

impl Progress {
    /// For people, or for nobody.
    pub fn new(shown: bool) -> Progress {
        Progress {
            line: shown.then(LiveLine::new),
            told: (0, false),
        }
    }

    /// A step. The last one is not for here.
    pub fn step(&mut self, state: &RolloutState) {
        let Some(line) = &mut self.line else {
            return;
        };
        let now = (state.stage, state.state == "baking");
        if now > self.told {
            self.told = now;
            line.clear();
            say(match now.1 {
                true => baking(state),
                false => stage(state),
            });
        }
        if line.is_seen() {
            line.draw(&moving(state));
        }
    }

    /// Something beside.
    pub fn aside(&mut self, text: &str) {
        if let Some(line) = &mut self.line {
            line.clear();
        }
        note!("{text}");
    }

    /// Nothing moves any more.
    pub fn end(&mut self) {
        if let Some(line) = &mut self.line {
            line.clear();
        }
    }
}

/// A stage begins.
fn stage(state: &RolloutState) -> String {
    let RolloutState { stage, stages, .. } = state;
    let engines = count(state.engines as usize, "engine");
    format!(
        "stage {stage} of {stages}  {} of {engines} told",
        state.told
    )
}

/// All that were told have taken it.
fn baking(state: &RolloutState) -> String {
    let RolloutState { stage, stages, .. } = state;
    let left = time(state.bake_ms);
    let serve = serve(state.acknowledged);
    format!("stage {stage} of {stages}  {serve}; the next stage in {left}")
}

fn serve(engines: u32) -> String {
    match engines {
        1 => "1 serves it".to_owned(),
        engines => format!("{engines} serve it"),
    }
}

/// How it stands, in one line; what may be cut off is at its end.
fn moving(state: &RolloutState) -> String {
    let RolloutState { stage, stages, .. } = state;
    let (took, all) = (state.acknowledged, state.engines.max(state.told));
    let mut line = format!(
        "[{}] {took}/{all}, stage {stage} of {stages}",
        bar(took, all)
    );
    if state.state == "baking" {
        line.push_str(&format!(", bakes for {} more", time(state.bake_ms)));
    }
    if !state.waiting_for.is_empty() {
        line.push_str(&format!(", waits for {}", state.waiting_for.join(", ")));
        let more = state.told.saturating_sub(took) as usize;
        if more > state.waiting_for.len() {
            line.push_str(", ..");
        }
    }
    line
}

/// Full when all have, and only then.
fn bar(took: u32, all: u32) -> String {
    let full = match all {
        0 => 0,
        all => (u64::from(BAR) * u64::from(took.min(all)) / u64::from(all)) as usize,
    };
    format!("{}{}", "#".repeat(full), ".".repeat(BAR as usize - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(stage: u32, told: u32, took: u32, bake_ms: u64, waiting: &[&str]) -> RolloutState {
        RolloutState {
            stage,
            stages: 2,
            told,
            acknowledged: took,
            engines: 30,
            waiting_for: waiting.iter().map(|name| (*name).to_owned()).collect(),
            state: match bake_ms {
                0 => "rolling out".to_owned(),
                _ => "baking".to_owned(),
            },
            bake_ms,
            ..RolloutState::default()
        }
    }

    #[test]
    fn one_line_says_how_it_stands() {
        let first = state(1, 1, 0, 0, &["eu-1"]);
        let bakes = state(1, 1, 1, 8_150, &[]);
        let last = state(2, 30, 27, 0, &["eu-3", "eu-4"]);
        for (state, line) in [
            (
                &first,
                "[....................] 0/30, stage 1 of 2, waits for eu-1",
            ),
            (
                &bakes,
                "[....................] 1/30, stage 1 of 2, bakes for 8.2s more",
            ),
            (
                &last,
                "[##################..] 27/30, stage 2 of 2, waits for eu-3, eu-4, ..",
            ),
        ] {
            assert_eq!(moving(state), line);
        }
        assert_eq!(stage(&first), "stage 1 of 2  1 of 30 engines told");
        assert_eq!(
            baking(&bakes),
            "stage 1 of 2  1 serves it; the next stage in 8.2s"
        );
    }

    #[test]
    fn the_bar_is_full_only_at_the_end() {
        for (took, all, full) in [
            (0, 0, 0),
            (0, 3, 0),
            (1, 3, 6),
            (499, 500, 19),
            (3, 3, 20),
            (4, 3, 20),
        ] {
            assert_eq!(bar(took, all).matches('#').count(), full, "{took}/{all}");
            assert_eq!(bar(took, all).len(), BAR as usize);
        }
    }
}
