//! Where a run took place, as far as it matters.

use std::fs;
use std::process::Command;

/// Processor, cores, compiler, revision; what cannot be found out is left out.
pub fn describe() -> Vec<(String, String)> {
    let facts = [
        ("processor", processor()),
        (
            "cores",
            std::thread::available_parallelism()
                .ok()
                .map(|n| n.to_string()),
        ),
        ("compiler", first_line("rustc", &["--version"])),
        (
            "revision",
            first_line("git", &["describe", "--always", "--dirty"]),
        ),
    ];
    let known = facts.into_iter();
    known
        .filter_map(|(what, fact)| Some((what.to_owned(), fact?)))
        .collect()
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn first_line(program: &str, args: &[&str]) -> Option<String> {
    let out = Command::new(program).args(args).output().ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}
