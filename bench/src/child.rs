//! What a program takes: CPU time and peak memory of a child process.
//!
//! Linux counts the memory of the parent as the child's until the child is loaded, and a
//! bench is large. So the child is started by a second, small process of this program.

use std::ffi::OsStr;
use std::io::Read as _;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use wait4::Wait4 as _;

/// The argument that makes this program that second process.
pub const VERB: &str = "run-child";

/// What one run took.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Cost {
    /// Seconds of CPU time, user and system, with all that it started and waited for.
    pub cpu: f64,
    /// Seconds from start to end.
    pub wall: f64,
    /// Largest resident memory in bytes, of the largest of these processes.
    pub peak: f64,
}

impl Cost {
    /// Runs the command to its end.
    ///
    /// # Panics
    /// If it does not start, or fails.
    pub fn of(command: &Command) -> Cost {
        Cost::ending(command, 0)
    }

    /// Runs a command that ends with this exit code.
    ///
    /// # Panics
    /// If it does not start, or ends otherwise.
    pub fn ending(command: &Command, code: i32) -> Cost {
        let own = std::env::current_exe().expect("a program has a path");
        let mut second = Command::new(own);
        second
            .arg(VERB)
            .arg(code.to_string())
            .arg(command.get_program())
            .args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => second.env(name, value),
                None => second.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            second.current_dir(folder);
        }
        let output = second.output().expect("this program starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {said}");
        serde_json::from_slice(&output.stdout).expect("written by `main`")
    }
}

/// The second process: runs what stands behind the verb and the exit code that is meant, and
/// prints its [`Cost`].
pub fn main(command: &[impl AsRef<OsStr>]) -> ExitCode {
    let [code, program, arguments @ ..] = command else {
        return ExitCode::from(2);
    };
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut said = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        // What is not UTF-8 is not said.
        let _ = stderr.read_to_string(&mut said);
    }
    let ended = child.wait4().expect("it was started");
    let cost = Cost {
        cpu: (ended.rusage.utime + ended.rusage.stime).as_secs_f64(),
        wall: start.elapsed().as_secs_f64(),
        peak: ended.rusage.maxrss as f64,
    };
    let code = code.as_ref().to_str().and_then(|code| code.parse().ok());
    if ended.status.code() != code {
        eprintln!("{}\n{said}", ended.status);
        return ExitCode::FAILURE;
    }
    println!("{}", serde_json::to_string(&cost).expect("three numbers"));
    ExitCode::SUCCESS
}
