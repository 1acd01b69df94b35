//! Programs of the checkout that the bench stands in, and texts for them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::definition::plan;
use crate::names::{self, CONSUMERS, names};

/// A folder for generated sources; gone when this is.
pub struct Scratch(PathBuf);

impl Scratch {
    /// An empty one.
    pub fn new(what: &str) -> Scratch {
        Scratch::within(&std::env::temp_dir(), what)
    }

    /// An empty one in this folder.
    pub fn within(folder: &Path, what: &str) -> Scratch {
        let name = format!("routewright-bench-{what}-{}", std::process::id());
        let folder = folder.join(name);
        fs::create_dir_all(&folder).expect("a folder for temporary files");
        Scratch(folder)
    }

    /// Of something in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file in it, and the folders around that.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("within a folder")).expect("a folder");
        fs::write(&path, text).expect("written");
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The system will do it, then.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Where the bench stands.
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize().expect("the bench is in a checkout")
}

/// A call of the cargo that runs the bench.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Files that cargo has made for a target of this name, in its order.
///
/// # Panics
/// If it does not build.
pub fn built(command: &mut Command, target: &str) -> Vec<PathBuf> {
    command.args(["--quiet", "--message-format=json-render-diagnostics"]);
    let output = command.output().expect("cargo starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == target)
        .filter_map(|message| message["filenames"].as_array().cloned())
        .flatten()
        .filter_map(|file| file.as_str().map(PathBuf::from))
        .collect()
}

/// The tool, as people install it or as `cargo xtask` runs it: optimised or not.
pub fn tool(profile: &str) -> PathBuf {
    let mut build = cargo();
    build
        .args([
            "build",
            "--package=routewright-xtask",
            "--bin=routewright-xtask",
        ])
        .arg(format!("--profile={profile}"))
        .current_dir(root());
    let mut files = built(&mut build, "routewright-xtask");
    files.pop().expect("cargo says where the tool is")
}

/// A definition of so many generated names, as one would write it.
pub fn yaml(count: usize) -> String {
    yaml_with(count, 0, 0, |_| false)
}

/// The same with so many patterns (at most 1,040) and tests; what `moved` names by its
/// position goes elsewhere.
pub fn yaml_with(
    count: usize,
    patterns: usize,
    tests: usize,
    moved: impl Fn(usize) -> bool,
) -> String {
    let mut text = String::from("version: 1\npackage: bench\nconsumers:\n");
    for consumer in CONSUMERS {
        let _ = writeln!(text, "  {consumer}: {{ kafka: {consumer}.v1 }}");
    }
    let (names, patterns) = (names(count).0, names::patterns(patterns));
    let ranks = std::iter::repeat_n(None, names.len()).chain(patterns.iter().map(|p| Some(p.1)));
    let all = names.iter().chain(patterns.iter().map(|p| &p.0)).zip(ranks);
    let to = |at: usize| plan(at).to.map(|to| CONSUMERS[usize::from(to)]);
    text.push_str("routes:\n");
    for (at, (name, rank)) in all.enumerate() {
        let [mut first, second] = to(at);
        if moved(at) {
            let others = CONSUMERS.iter().filter(|c| ![first, second].contains(c));
            first = others.copied().next().unwrap_or(first);
        }
        let plan = plan(at);
        let (timeout, retries) = (plan.timeout.as_millis(), plan.retries);
        let rank = rank.map_or_else(String::new, |rank| format!(", rank: {rank}"));
        let _ = writeln!(
            text,
            "  {name}: {{ to: [{first}, {second}], timeout: {timeout}ms, retries: {retries}{rank} }}"
        );
    }
    if tests > 0 {
        text.push_str("tests:\n");
    }
    for (at, name) in names.iter().enumerate().take(tests) {
        let [first, second] = to(at);
        let _ = writeln!(text, "  - {{ event: {name}, to: [{first}, {second}] }}");
    }
    text
}
