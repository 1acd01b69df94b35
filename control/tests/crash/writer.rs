//! The process that is killed: it does what a script says, and tells what it has done.

use std::path::Path;
use std::process::Command;

use routewright::Target;
use routewright_control::store::{Probation, Store};

use crate::host;
use crate::model::Step;

/// The argument that makes this program the writer.
pub const ROLE: &str = "writer";

/// A script: `-` first if there is no probation; then letters. At `*` it begins again.
pub struct Script {
    pub probation: Probation,
    pub steps: Vec<Step>,
    pub endless: bool,
}

impl Script {
    pub fn read(text: &str) -> Script {
        let (probation, text) = match text.strip_prefix('-') {
            Some(text) => (Probation::NONE, text),
            None => (Probation::default(), text),
        };
        let (text, endless) = match text.strip_suffix('*') {
            Some(text) => (text, true),
            None => (text, false),
        };
        let step = |letter| match letter {
            'p' => Step::Publish,
            'g' => Step::Pass,
            'r' => Step::Retreat,
            'c' => Step::Close,
            _ => panic!("{letter} is no step"),
        };
        Script {
            probation,
            steps: text.chars().map(step).collect(),
            endless,
        }
    }

    /// The step that is done as number `at`, from 0.
    pub fn step(&self, at: usize) -> Option<Step> {
        match self.endless {
            true => self.steps.get(at % self.steps.len()).copied(),
            false => self.steps.get(at).copied(),
        }
    }
}

/// A call of this program as the writer.
pub fn command(folder: &Path, script: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg(ROLE).arg(folder).arg(script);
    command
}

/// Ends without closing unless the script says so, which is a death like any other.
pub fn run(folder: &Path, script: &str) {
    let script = Script::read(script);
    let cell = host::cell();
    println!("BEGIN");
    let booted = Store::boot(folder, script.probation, cell, host::at(0, 0));
    let store = match booted {
        Ok((store, _)) => store,
        Err(why) => return println!("NONE {why}"),
    };
    println!("BOOT {}", cell.status().table.version());
    let mut now = 0;
    for at in 0.. {
        let Some(step) = script.step(at) else { break };
        now += 1_000;
        let moment = host::at(now, now);
        match step {
            Step::Publish => {
                let version = cell.status().accepted + 1;
                let published = cell.publish_at(&host::push(version, version), moment);
                published.expect("the writer pushes what is right");
            }
            Step::Retreat => {
                let back = cell.rollback_at(Target::Version(0), None, "", moment);
                back.expect("the baseline is always there");
            }
            Step::Pass => {
                // The first only begins to count.
                store.tick(moment, Some(now * 10));
                now += 1_000;
                store.tick(host::at(now, now), Some(now * 10));
            }
            // What failed is tried a last time; the answer is also the status.
            Step::Close => drop(store.close()),
        }
        match store.status().fault {
            None => println!("DONE {}", at + 1),
            Some(fault) => println!("FAULT {} {fault}", at + 1),
        }
    }
}
