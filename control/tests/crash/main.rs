//! A process that keeps its override is killed at every system call, met with every error
//! of a disk, and killed at random; the next one must serve what was acknowledged.
//!
//! `cargo test -p routewright-control --test crash -- --rounds 10000` for more of the last,
//! `-- --all-errors` for every error at every call.

#[path = "../store/host.rs"]
mod host;
mod model;
mod next;
mod random;
mod strace;
mod writer;

use routewright_tests::tools::note;

/// Random kills that the suite can wait for.
const ROUNDS: u32 = 100;
/// And errors at a call.
const ERRORS_EACH: usize = 2;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        [writer::ROLE, folder, script] => writer::run(folder.as_ref(), script),
        ["--rounds", rounds] => random::kill(rounds.parse().expect("a number")),
        ["--all-errors"] => strace::fail(strace::ERRORS.len()),
        // Whatever else a runner of tests passes on.
        _ => {
            strace::order();
            strace::kill();
            strace::fail(ERRORS_EACH);
            strace::fail_for_good();
            random::kill(ROUNDS);
            note("crash: done");
        }
    }
}
