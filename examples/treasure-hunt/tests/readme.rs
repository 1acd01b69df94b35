//! "From other languages" in README.md, line by line, against this service as a process.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use routewright_control::client::BlockingClient;
use routewright_schema::pb::GetStatusResponse;
use routewright_tests::tools::{Tally, Tool, said};

/// Where the lines expect the service.
const ADDRESS: &str = "127.0.0.1:4600";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The commands of the section: each block is about one tool.
fn blocks() -> Vec<Vec<String>> {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, section) = readme.split_once("\n## From other languages\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let block = |text: &str| {
        let lines = text.lines().filter_map(|line| line.strip_prefix("$ "));
        lines.map(str::to_owned).collect()
    };
    // Between fences: text, block, text, block, text.
    let parts = section.split("```").skip(1).step_by(2);
    parts.map(block).collect()
}

/// The service, until the test has ended.
struct Service(Child);

impl Service {
    fn start() -> (Service, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_treasure-hunt"))
            .args(["--listen", "127.0.0.1:0"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut hello = String::new();
        let output = child.stdout.take().unwrap();
        let service = Service(child);
        BufReader::new(output).read_line(&mut hello).unwrap();
        let hello: serde_json::Value = serde_json::from_str(&hello).unwrap();
        (service, hello["listening"].as_str().unwrap().to_owned())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Which tool, what its last line prints, and what the service says afterwards.
type Case = (Tool, &'static str, fn(&GetStatusResponse) -> bool);

const CASES: [Case; 3] = [
    (Tool::Grpcurl, "SOURCE_BASELINE", |s| s.serving_version == 0),
    (Tool::Buf, "\"before\": \"0.3\"", |s| s.serving_version == 1),
    // Back from what buf pushed; if buf was skipped, this is an answer all the same.
    (Tool::Python, "applied {", |s| s.serving_version == 0),
];

#[test]
fn what_the_readme_shows_works() {
    let blocks = blocks();
    assert_eq!(blocks.len(), CASES.len(), "{blocks:?}");
    // As in a checkout: the lines read `schema` and write to `target`.
    let here =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("readme-{}", std::process::id()));
    fs::create_dir_all(here.join("target")).unwrap();
    std::os::unix::fs::symlink(root().join("schema"), here.join("schema")).unwrap();

    let (_service, address) = Service::start();
    let mut client = BlockingClient::connect(&format!("http://{address}")).unwrap();
    let mut tally = Tally::new("README.md, from other languages");
    for ((tool, prints, expected), lines) in CASES.into_iter().zip(blocks) {
        let Some(tool) = tally.fetch(tool, Path::new(env!("CARGO_TARGET_TMPDIR"))) else {
            continue;
        };
        assert_eq!(lines.len(), 2, "{lines:?}");
        let mut last = String::new();
        for line in lines {
            let line = line.replace(ADDRESS, &address);
            let mut shell = tool.shell(&line);
            let printed = said(shell.current_dir(&here));
            last = String::from_utf8(printed.unwrap_or_else(|e| panic!("{line}\n{e}"))).unwrap();
        }
        assert!(last.contains(prints), "{last}");
        let status = client.status().unwrap();
        assert!(expected(&status), "{status:?}");
    }
    fs::remove_dir_all(&here).unwrap();
    tally.finish();
}
