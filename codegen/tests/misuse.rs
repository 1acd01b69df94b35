//! What must not compile does not, for the reason that was meant. Each file of `misuse/`
//! is compiled twice: as it is it must pass, so that none fails of something else, and
//! with `--cfg misuse` it must fail first of all with the error that it names (`//@`).
//!
//! This asks rustc and compares one line: what a whole report looks like changes with
//! the compiler, and a second build of all dependencies would take a minute.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[test]
fn misuse_does_not_compile() {
    let library = library();
    let mut files: Vec<PathBuf> = fs::read_dir("tests/misuse")
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    assert!(files.len() >= 7);
    let mut wrong = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a text");
        let named = text.lines().find_map(|line| line.strip_prefix("//@ "));
        let meant = named.expect("the error that is meant");
        let twin = rustc(&file, &library, &[]);
        if !twin.is_empty() {
            wrong.push(format!("{file:?}: the good twin:\n{twin}"));
        }
        let said = rustc(&file, &library, &["--cfg", "misuse"]);
        if !said.starts_with(&format!("{meant}\n")) {
            wrong.push(format!("{file:?}: meant {meant}, but rustc said:\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Checks one file; what rustc says of it.
fn rustc(file: &Path, library: &Path, more: &[&str]) -> String {
    let mut command = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let mut reference = std::ffi::OsString::from("routewright=");
    reference.push(library);
    command
        .args(["--edition=2024", "--crate-name=misuse", "--emit=metadata"])
        .args(["--check-cfg=cfg(misuse)", "--color=never"])
        .args(more)
        .arg("--extern")
        .arg(reference)
        .arg("-L")
        .arg(library.with_file_name("deps"))
        .arg("-o")
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("misuse.rmeta"))
        .arg(file);
    let output = command.output().expect("rustc");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.success(), said.is_empty(), "{file:?}: {said}");
    said
}

/// The runtime, as cargo built it for this test.
fn library() -> PathBuf {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--quiet", "--package", "routewright", "--message-format=json"])
        .output()
        .expect("cargo");
    let said = String::from_utf8_lossy(&output.stdout);
    let (_, after) = said
        .split_once("\"filenames\":[\"")
        .filter(|_| output.status.success())
        .unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    said.lines().last().expect("a line");
    PathBuf::from(after)
}
