//! `check --watch`, as a process of its own, with files that change under it.
#![cfg(unix)]

mod common;

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use common::Folder;

const HEAD: &str = "package: shop\nversion: 1\nconsumers: { loot: { local: true } }\n";
const GOOD: &str = "routes: { item.found: { to: loot } }\n";
const BAD: &str = "routes: { item.found: { to: lot } }\n";
/// Far more than a round takes; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn start(folder: &Folder, more: &[&str]) -> Watch {
        let mut child = Command::new(env!("CARGO_BIN_EXE_routewright-xtask"))
            .args(["check", "routes", "--watch"])
            .args(more)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (send, lines) = channel();
        let pipes: [Box<dyn Read + Send>; 2] = [
            Box::new(child.stdout.take().unwrap()),
            Box::new(child.stderr.take().unwrap()),
        ];
        for pipe in pipes {
            let send = send.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(pipe).lines() {
                    let _ = send.send(line.unwrap());
                }
            });
        }
        Watch { child, lines }
    }

    /// The next line with these words.
    #[track_caller]
    fn says(&self, words: &str) -> String {
        let mut before = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(words) => return line,
                Ok(line) => before.push(line),
                Err(e) => panic!("{e}: no `{words}` after {before:#?}"),
            }
        }
    }

    /// As Ctrl-C does.
    fn interrupt(&mut self) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &pid])
                .status()
                .unwrap()
                .success()
        );
        let status = self.child.wait().unwrap();
        assert_eq!(status.signal(), Some(2), "{status:?}");
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_round_for_each_save() {
    let folder = Folder::new("watch");
    folder.write("routes/a.yaml", &format!("{HEAD}{GOOD}"));
    let mut watch = Watch::start(&folder, &[]);
    assert!(watch.says("UTC").ends_with(": 1 file"));
    watch.says("routes: good: 1 event");
    folder.write("routes/a.yaml", &format!("{HEAD}{BAD}"));
    assert!(watch.says("UTC").ends_with(": routes/a.yaml changed"));
    watch.says("there is no consumer `lot`");
    // Saved in two pieces: one round, of the whole.
    folder
        .write("routes/a.yaml", HEAD)
        .write("routes/b.yaml", GOOD);
    assert!(
        watch
            .says("UTC")
            .ends_with(": routes/a.yaml changed, 1 more")
    );
    watch.says("routes: good: 1 event");
    std::fs::remove_file(folder.path().join("routes/b.yaml")).unwrap();
    assert!(watch.says("UTC").ends_with(": routes/b.yaml removed"));
    // The folder goes away and comes back, as in a checkout of another branch.
    std::fs::remove_dir_all(folder.path().join("routes")).unwrap();
    watch.says("cannot read `routes`");
    folder.write("routes/a.yaml", &format!("{HEAD}{GOOD}"));
    watch.says("routes: good: 1 event");
    watch.interrupt();
    // In a pipe, no terminal is spoken to.
    let rest: Vec<String> = watch.lines.try_iter().collect();
    assert!(!rest.iter().any(|line| line.contains('\u{1b}')), "{rest:?}");
}

/// A value a line, and nothing else on standard output.
#[test]
fn for_programs() {
    let folder = Folder::new("watch-json");
    folder.write("routes/a.yaml", &format!("{HEAD}{GOOD}"));
    let mut watch = Watch::start(&folder, &["--format", "json"]);
    for (text, errors) in [(BAD, 0), (GOOD, 1)] {
        let line = watch.says("\"diagnostics\"");
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["errors"], errors);
        folder.write("routes/a.yaml", &format!("{HEAD}{text}"));
    }
    watch.says("\"errors\":0");
    watch.interrupt();
    let usage = folder.run(&["check", "routes", "--watch", "--format", "sarif"]);
    assert!(usage.bad(2).contains("text or json"));
}
