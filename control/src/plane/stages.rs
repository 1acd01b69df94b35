//! How many engines are told at once: `1,10%,100%`.

use std::fmt;

/// The first engines of a rollout, as a number or a share of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// So many engines.
    Engines(u32),
    /// So many of a hundred, rounded up.
    Percent(u32),
}

impl Stage {
    /// How many of `all` have been told when this stage has begun.
    pub fn of(self, all: usize) -> usize {
        match self {
            Stage::Engines(count) => (count as usize).min(all),
            Stage::Percent(share) => (all * share as usize).div_ceil(100).min(all),
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stage::Engines(count) => write!(f, "{count}"),
            Stage::Percent(share) => write!(f, "{share}%"),
        }
    }
}

/// The stages of a rollout. The last one is all engines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stages(Vec<Stage>);

/// Stages of one rollout, at most.
pub const STAGES_MAX: usize = 16;

impl Stages {
    /// One engine, then the rest.
    pub fn one_first() -> Stages {
        Stages(vec![Stage::Engines(1), Stage::Percent(100)])
    }

    /// All at once.
    pub fn off() -> Stages {
        Stages(vec![Stage::Percent(100)])
    }

    /// Reads `["1", "10%", "100%"]`.
    ///
    /// # Errors
    /// In words: what is no stage, what is not more than the stage before, or that the
    /// last is not `100%`.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Stages, String> {
        if texts.len() > STAGES_MAX {
            let count = texts.len();
            return Err(format!("{count} stages are too many; at most {STAGES_MAX}"));
        }
        let mut stages: Vec<Stage> = Vec::new();
        for text in texts {
            let text = text.as_ref().trim();
            let stage = one(text).ok_or_else(|| {
                format!(
                    "`{text}` is no stage; write a number of engines (`1`) or a share of them (`10%`)"
                )
            })?;
            if stages.last().is_some_and(|last| !grows(*last, stage)) {
                return Err(format!("stage `{text}` is not more than the one before it"));
            }
            stages.push(stage);
        }
        match stages.last() {
            Some(Stage::Percent(100)) => Ok(Stages(stages)),
            _ => Err("the last stage must be `100%`: in the end all engines are told".to_owned()),
        }
    }

    /// How many there are; at least 1.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// How many of `all` engines have been told in stage `index`, from 0.
    pub fn told(&self, index: usize, all: usize) -> usize {
        let until = self.0.iter().take(index.saturating_add(1));
        until.map(|stage| stage.of(all)).max().unwrap_or(all)
    }

    /// As `parse` reads them.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(Stage::to_string).collect()
    }
}

fn one(text: &str) -> Option<Stage> {
    let number = text.strip_suffix('%').unwrap_or(text);
    // Neither signs nor blanks.
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let number: u32 = number.parse().ok().filter(|n| digits && *n > 0)?;
    match text.ends_with('%') {
        true => (number <= 100).then_some(Stage::Percent(number)),
        false => Some(Stage::Engines(number)),
    }
}

/// Numbers and shares cannot be compared without a fleet.
fn grows(before: Stage, after: Stage) -> bool {
    match (before, after) {
        (Stage::Engines(a), Stage::Engines(b)) | (Stage::Percent(a), Stage::Percent(b)) => a < b,
        (Stage::Engines(_), Stage::Percent(_)) => true,
        (Stage::Percent(share), Stage::Engines(_)) => share < 100,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_read() {
        type Told = Result<[usize; 3], &'static str>;
        let table: &[(&[&str], Told)] = &[
            // How many of 5 are told in the first three stages.
            (&["1", "10%", "100%"], Ok([1, 1, 5])),
            (&["100%"], Ok([5, 5, 5])),
            (&["2", "50%", "100%"], Ok([2, 3, 5])),
            (&["9", "10%", "100%"], Ok([5, 5, 5])),
            (&[" 1 ", "100%"], Ok([1, 5, 5])),
            (&["50%", "4", "100%"], Ok([3, 4, 5])),
            (&[], Err("the last stage")),
            (&["1"], Err("the last stage")),
            (&["0", "100%"], Err("`0` is no stage")),
            (&["+1", "100%"], Err("`+1` is no stage")),
            (&["%", "100%"], Err("`%` is no stage")),
            (&["101%"], Err("`101%` is no stage")),
            (&["99999999999", "100%"], Err("is no stage")),
            (&["2", "1", "100%"], Err("`1` is not more")),
            (&["100%", "100%"], Err("`100%` is not more")),
            (&["1"; 17], Err("17 stages are too many")),
        ];
        for (texts, expected) in table {
            let stages = Stages::parse(texts);
            match (stages, expected) {
                (Ok(stages), Ok(told)) => {
                    assert_eq!([0, 1, 2].map(|at| stages.told(at, 5)), *told, "{texts:?}");
                    assert_eq!(Stages::parse(&stages.texts()), Ok(stages));
                }
                (Err(why), Err(word)) => assert!(why.contains(word), "{texts:?}: {why}"),
                (other, _) => panic!("{texts:?}: {other:?}"),
            }
        }
    }
}
