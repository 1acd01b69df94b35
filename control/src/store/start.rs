//! What a process that starts makes of the files it finds.

use routewright::Digest;
use routewright::limits::QUARANTINED_MAX;

use super::file::{Cause, Standing, State, Trial};
use super::report::Note;

/// What is to be served, as far as files can tell.
#[derive(Debug)]
pub struct Choice {
    /// It, with the number of the file it comes from. Its trial, if it has one, is open.
    pub state: State,
    /// What there is to say about it.
    pub notes: Vec<Note>,
}

/// Chooses among the files that could be read, newest first; `None`: there are none.
/// `mark` is the highest one in any name, also of files that could not be read.
///
/// The newest says what happened. If it is on an open trial, the process that wrote it
/// died in that trial: then the newest good one serves, if it was made over the baseline
/// that this process has (on another it would have to prove itself anew, and this is no
/// time for that), and else the baseline.
pub fn choose(found: &[State], mark: u64, baseline: Digest, switched: bool) -> Option<Choice> {
    let newest = found.first()?;
    let mut choice = Choice {
        state: newest.clone(),
        notes: Vec::new(),
    };
    let Choice { state, notes } = &mut choice;
    raise(state, mark);
    match (newest.standing, &newest.serving) {
        (Standing::Trial(trial), Some(_)) if trial.closed => {
            let closed = false;
            state.standing = Standing::Trial(Trial { closed, ..trial });
        }
        (Standing::Trial(_), Some(serving)) => {
            quarantine(&mut state.quarantined, serving.image);
            let good = found.iter().find(|good| {
                good.standing == Standing::Good
                    && good.baseline == baseline
                    && good
                        .serving
                        .as_ref()
                        .is_none_or(|s| !state.quarantined.contains(&s.image))
            });
            state.serving = good.and_then(|good| good.serving.clone());
            state.sequence = good.map_or(newest.sequence, |good| good.sequence);
            state.standing = Standing::Good;
            state.cause = Cause::Crash;
            let note = Note::Crashed {
                version: serving.version,
                image: serving.image,
                serving: state.serving.as_ref().map_or(0, |s| s.version),
            };
            state.reason = note.to_string();
            notes.push(note);
        }
        _ => {}
    }
    if switched && let Some(serving) = state.serving.take() {
        let version = serving.version;
        let note = Note::Switched { version };
        state.standing = Standing::Good;
        state.cause = Cause::KillSwitch;
        state.reason = note.to_string();
        notes.push(note);
    }
    Some(choice)
}

/// Raises the high-water mark; which push set it is not known then.
pub fn raise(state: &mut State, mark: u64) {
    if state.accepted < mark {
        state.accepted = mark;
        state.accepted_digest = Digest::default();
    }
}

/// Adds an image, and lets the oldest go if there are too many.
fn quarantine(quarantined: &mut Vec<Digest>, image: Digest) {
    quarantined.retain(|other| *other != image);
    quarantined.push(image);
    let excess = quarantined.len().saturating_sub(QUARANTINED_MAX);
    quarantined.drain(..excess);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::file::Serving;

    const BASELINE: Digest = Digest([0xb1; 16]);

    /// `t` on an open trial, `c` on a closed one, `g` good; and the version, which also
    /// makes the image. `o` before it: over another baseline.
    fn state(word: &str, sequence: u64) -> State {
        let (other, word) = match word.strip_prefix('o') {
            Some(word) => (true, word),
            None => (false, word),
        };
        let (kind, version) = word.split_at(1);
        let version: u8 = version.parse().unwrap();
        let template = crate::store::file::tests::trial();
        State {
            sequence,
            accepted: sequence,
            baseline: Digest([if other { 0xb2 } else { 0xb1 }; 16]),
            standing: match kind {
                "t" | "c" => Standing::Trial(Trial {
                    closed: kind == "c",
                    nanos: 5,
                    lookups: 6,
                }),
                _ => Standing::Good,
            },
            serving: (version != 0).then(|| Serving {
                version: version.into(),
                image: Digest([version; 16]),
                ..template.serving.unwrap()
            }),
            quarantined: vec![Digest([0x99; 16])],
            ..template
        }
    }

    /// Files oldest first; what serves; what is new in quarantine.
    const STARTS: &[(&str, u64, Option<u8>)] = &[
        ("g1", 1, None),
        ("g0", 0, None),
        ("g1 g2", 2, None),
        ("g1 g2 c3", 3, None),
        ("c1", 1, None),
        // Death in a trial.
        ("t1", 0, Some(1)),
        ("g1 t2", 1, Some(2)),
        ("g1 g2 t3", 2, Some(3)),
        ("g1 g0 t3", 0, Some(3)),
        // Of the same image only once: a trial of what is good has another number.
        ("g1 g2 t2", 1, Some(2)),
        // Another baseline: what is good there is not good here.
        ("og1", 1, None),
        ("oc1", 1, None),
        ("og1 t2", 0, Some(2)),
        ("g1 og2 ot3", 1, Some(3)),
    ];

    #[test]
    fn the_newest_good_one_follows_a_death_in_a_trial() {
        for (files, serves, quarantined) in STARTS {
            let mut found: Vec<State> = files
                .split(' ')
                .zip(1..)
                .map(|(word, sequence)| state(word, sequence))
                .collect();
            found.reverse();
            let Choice { state, notes } = choose(&found, 0, BASELINE, false).unwrap();
            assert_eq!(state.serving.map_or(0, |s| s.version), *serves, "{files}");
            // The high-water mark stays.
            assert_eq!(state.accepted, found.len() as u64, "{files}");
            let images: Vec<u8> = state.quarantined.iter().map(|image| image.0[0]).collect();
            let mut expected = vec![0x99];
            expected.extend(quarantined);
            assert_eq!(images, expected, "{files}");
            assert_eq!(notes.len(), usize::from(quarantined.is_some()), "{files}");
            assert_eq!(
                state.cause == Cause::Crash,
                quarantined.is_some(),
                "{files}"
            );
            match state.standing {
                Standing::Good => assert!(!files.contains('c'), "{files}"),
                Standing::Trial(trial) => assert_eq!(
                    (trial.closed, trial.nanos, trial.lookups),
                    (false, 5, 6),
                    "{files}"
                ),
            }

            // The switch stands above all of it, and takes nothing back.
            let Choice { state, notes: more } = choose(&found, 0, BASELINE, true).unwrap();
            assert_eq!(state.serving, None, "{files}");
            assert_eq!(state.standing, Standing::Good, "{files}");
            assert_eq!(state.quarantined.len(), images.len(), "{files}");
            assert_eq!(
                more.len(),
                notes.len() + usize::from(*serves != 0),
                "{files}"
            );
        }
        assert!(choose(&[], 9, BASELINE, true).is_none());
    }

    #[test]
    fn the_mark_of_a_file_that_cannot_be_read_counts() {
        let good = state("g1", 1);
        for (mark, known) in [(0, true), (1, true), (2, false)] {
            let found = std::slice::from_ref(&good);
            let Choice { state, .. } = choose(found, mark, BASELINE, false).unwrap();
            assert_eq!(state.accepted, mark.max(1));
            assert_eq!(state.accepted_digest == good.accepted_digest, known);
            // Then it conflicts with every push of that version, and is refused.
            assert_eq!(state.accepted_digest == Digest::default(), !known);
        }
    }

    #[test]
    fn the_quarantine_is_bounded() {
        let mut images = Vec::new();
        let image = |at: usize| Digest((at as u128).to_be_bytes());
        (0..=QUARANTINED_MAX).for_each(|at| quarantine(&mut images, image(at)));
        assert_eq!(images.len(), QUARANTINED_MAX);
        assert_eq!(images.first(), Some(&image(1)));
        // One that is in it becomes the youngest.
        quarantine(&mut images, image(1));
        assert_eq!(images.len(), QUARANTINED_MAX);
        assert_eq!(images.last(), Some(&image(1)));
    }
}
