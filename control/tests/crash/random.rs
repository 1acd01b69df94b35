//! Death at any moment, over and over in one folder.

use std::io::Read as _;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use routewright_tests::tools::note;

use crate::host;
use crate::model::Model;
use crate::next::{self, Told};
use crate::writer::{self, Script};

/// What a writer lives at most.
const LIFE: Duration = Duration::from_millis(20);

pub fn kill(rounds: u32) {
    let begun = Instant::now();
    let seed = SystemTime::UNIX_EPOCH
        .elapsed()
        .map_or(1, |t| t.as_nanos() as u64 | 1);
    let mut dice = seed;
    let (mut idle, mut steps) = (0, 0);
    // With probation and without.
    for (name, text) in [("random-trust", "-prpp*"), ("random-trial", "ppgprpg*")] {
        let script = Script::read(text);
        let folder = host::place(name);
        let mut model = Model::default();
        for round in 0..rounds / 2 {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            let mut child = writer::command(&folder, text)
                .stdout(Stdio::piped())
                .spawn()
                .expect("the writer starts");
            std::thread::sleep(LIFE.mul_f64(dice as f64 / u64::MAX as f64));
            child.kill().expect("it runs for ever");
            child.wait().expect("it is dead");
            let mut output = Vec::new();
            let mut pipe = child.stdout.take().expect("a pipe");
            pipe.read_to_end(&mut output).expect("what it told");
            let told = Told::read(&output);
            let what = format!("{name}, round {round}, seed {seed}");
            assert!(!told.none, "{what}");
            idle += u32::from(told.done == 0);
            steps += told.done;
            model = next::check(&folder, &script, model, &told, &what);
        }
    }
    let time = begun.elapsed().as_secs_f64();
    note(&format!(
        "crash: {rounds} random kills in {time:.1} s, {idle} of them before the first acknowledgement, after {steps} others"
    ));
    assert!(idle < rounds.max(2), "no writer lived long enough");
}
