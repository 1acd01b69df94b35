//! A control plane as people run it: a process of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::checkout::{built, cargo, root};

/// The program, optimised.
pub fn program() -> PathBuf {
    let mut build = cargo();
    build
        .args(["build", "--release", "--package=routewright-control"])
        .args(["--features=serve", "--bin=routewright-control"])
        .current_dir(root());
    let mut files = built(&mut build, "routewright-control");
    files.pop().expect("cargo says where the program is")
}

/// One that runs; it is killed with this.
pub struct Process {
    child: Child,
    /// Where it listens.
    pub address: String,
}

impl Process {
    /// Starts one, and waits until it listens.
    ///
    /// # Panics
    /// If it does not.
    pub fn start(program: &Path, ledger: &Path, listen: &str) -> Process {
        let mut child = Command::new(program)
            .args(["serve", "--log=error", "--listen", listen, "--ledger"])
            .arg(ledger)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the control plane starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let line = lines.next().and_then(Result::ok).unwrap_or_default();
        let address = line.strip_prefix("listening on ").map(str::to_owned);
        Process {
            child,
            address: address.expect("it says where it listens"),
        }
    }

    /// For clients.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Resident memory in bytes.
    pub fn memory(&self) -> f64 {
        let file = format!("/proc/{}/status", self.child.id());
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        kib.map_or(f64::NAN, |kib| kib * 1024.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself, which whoever used it has noticed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
