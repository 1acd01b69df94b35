//! The process after the one that was killed.

use std::path::Path;

use routewright_control::store::{Note, Probation, Store};

use crate::host;
use crate::model::Model;
use crate::writer::Script;

/// What a writer told before its end.
#[derive(Debug)]
pub struct Told {
    /// Steps that were done, and acknowledged.
    pub done: usize,
    /// Those of them after which everything was on disk.
    pub durable: usize,
    /// It could not open its store.
    pub none: bool,
}

impl Told {
    pub fn read(output: &[u8]) -> Told {
        let mut told = Told {
            done: 0,
            durable: 0,
            none: false,
        };
        for line in String::from_utf8_lossy(output).lines() {
            let mut words = line.split(' ');
            let word = words.next();
            let mut number = || words.next().and_then(|word| word.parse().ok());
            match word {
                Some("DONE") => {
                    told.done = number().expect("a step");
                    told.durable = told.done;
                }
                Some("FAULT") => told.done = number().expect("a step"),
                Some("NONE") => told.none = true,
                _ => {}
            }
        }
        told
    }
}

/// Begins the next process, and returns how things stand in it.
///
/// # Panics
/// If that is not one of the ways that they may stand, with what a writer told that
/// began at `before`.
pub fn check(folder: &Path, script: &Script, before: Model, told: &Told, what: &str) -> Model {
    let trusting = script.probation == Probation::NONE;
    let mut allowed = Vec::new();
    let mut model = before.restarted();
    // A step that was begun may have reached the disk before its end was told.
    for at in 0..=told.done + 1 {
        if at >= told.durable {
            allowed.push(model.restarted());
        }
        let Some(step) = script.step(at) else { break };
        model = model.after(step, !trusting);
    }

    let cell = host::cell();
    let (store, boot) = Store::boot(folder, script.probation, cell, host::at(0, 9_000_000))
        .unwrap_or_else(|why| panic!("{what}: {why}"));
    let status = cell.status();
    let serving = status.table.version();
    let found = Model {
        accepted: status.accepted,
        serving,
        ..Model::default()
    };
    let fits = |m: &&Model| (m.accepted, m.serving) == (found.accepted, found.serving);
    let Some(model) = allowed.iter().find(fits) else {
        panic!("{what}: {found:?}, and not one of {allowed:?}; {told:?}; {boot:?}");
    };
    // The table is the one of its version, and it answers.
    assert_eq!(
        host::content(cell),
        if serving == 0 { 64 << 10 } else { serving },
        "{what}"
    );
    let odd = |note: &&Note| matches!(note, Note::Damaged { .. } | Note::Failed(_));
    assert_eq!(boot.notes.iter().find(odd), None, "{what}");
    assert_eq!(store.status().fault, None, "{what}");
    assert_eq!(host::names(folder, ".temp").len(), 0, "{what}");
    let files = host::names(folder, ".state");
    assert!(files.len() <= 3, "{what}: {files:?}");
    *model
}
