//! The control plane, as a process that can be killed.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// All engines at once, and nothing is waited for.
pub const QUICK: [&str; 8] = [
    "--stages",
    "100%",
    "--bake",
    "0",
    "--regroup",
    "0.3",
    "--log",
    "off",
];

pub struct Process {
    child: Child,
    pub address: String,
}

/// A call of it.
pub fn command(ledger: &Path, listen: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_routewright-control"));
    command
        .args(["serve", "--listen", listen, "--ledger"])
        .arg(ledger)
        .args(QUICK);
    command
}

impl Process {
    /// One that listens somewhere.
    pub fn start(ledger: &Path) -> Process {
        Process::of(&mut command(ledger, "127.0.0.1:0"))
    }

    /// One where the one before it was.
    pub fn again(ledger: &Path, address: &str) -> Process {
        Process::of(&mut command(ledger, address))
    }

    pub fn of(command: &mut Command) -> Process {
        let mut process = Process::begun(command);
        let mut lines = BufReader::new(process.child.stdout.take().unwrap()).lines();
        let line = lines.next().and_then(Result::ok).unwrap_or_default();
        match line.strip_prefix("listening on ") {
            Some(address) => process.address = address.to_owned(),
            None => {
                let mut said = String::new();
                let _ = process
                    .child
                    .stderr
                    .take()
                    .unwrap()
                    .read_to_string(&mut said);
                panic!("it does not listen: {line} {said}");
            }
        }
        process
    }

    /// One that may not have come as far as to listen.
    pub fn begun(command: &mut Command) -> Process {
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Process {
            child: child.unwrap(),
            address: String::new(),
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// SIGKILL; what it had said until then.
    pub fn kill(mut self) -> String {
        let ended = self.child.try_wait().unwrap();
        assert_eq!(ended, None, "it ended by itself: {}", self.said());
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.said()
    }

    /// SIGTERM, and until it has ended.
    #[cfg(unix)]
    pub fn stop(mut self) -> String {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let ended = self.child.wait().unwrap();
        let said = self.said();
        assert!(ended.success(), "{said}");
        said
    }

    fn said(&mut self) -> String {
        let mut said = Vec::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            stderr.read_to_end(&mut said).unwrap();
        }
        String::from_utf8_lossy(&said).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _it_may_have_ended = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One that is expected to end by itself.
pub fn ends(ledger: &Path) -> Output {
    command(ledger, "127.0.0.1:0").output().unwrap()
}

/// Where no ledger is yet.
pub fn place(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("faults")
        .join(name);
    let _there_is_none = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder.join("ledger.redb")
}
