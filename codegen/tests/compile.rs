//! What must compile does, and what must not does not, for the reason that was meant.
//!
//! Each file of `compile/` must pass as it is. If it names an error (`//@`), it must
//! fail with `--cfg misuse`, first of all with that error; so beside each misuse stands
//! a twin, and none fails of something else. One line is compared, because what a whole
//! report looks like changes with the compiler; and rustc is asked, not a nested build
//! of all dependencies, which takes a minute.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[test]
fn misuse_does_not_compile() {
    let library = library();
    let mut files: Vec<PathBuf> = fs::read_dir("tests/compile")
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let mut misused = 0;
    let mut wrong = Vec::new();
    for file in files {
        let said = rustc(&file, &library, &[]);
        if !said.is_empty() {
            wrong.push(format!("{file:?} must compile:\n{said}"));
        }
        let text = fs::read_to_string(&file).expect("a text");
        let Some(meant) = text.lines().find_map(|line| line.strip_prefix("//@ ")) else {
            continue;
        };
        let said = rustc(&file, &library, &["--cfg", "misuse"]);
        if !said.starts_with(&format!("{meant}\n")) {
            wrong.push(format!("{file:?}: meant {meant}, but rustc said:\n{said}"));
        }
        misused += 1;
    }
    assert!(misused >= 7, "{misused} misuses");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Checks one file; what rustc says of it.
fn rustc(file: &Path, library: &Path, more: &[&str]) -> String {
    let mut command = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let mut reference = std::ffi::OsString::from("routewright=");
    reference.push(library);
    command
        .args(["--edition=2024", "--crate-name=compiled", "--emit=metadata"])
        .args(["--check-cfg=cfg(misuse,test)", "--color=never"])
        .args(more)
        .arg("--extern")
        .arg(reference)
        .arg("-L")
        .arg(library.with_file_name("deps"))
        .arg("-o")
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled.rmeta"))
        .arg(file);
    let output = command.output().expect("rustc");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.success(), said.is_empty(), "{file:?}: {said}");
    said
}

/// The runtime, as cargo has built it.
fn library() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package=routewright"])
        .arg("--message-format=json-render-diagnostics")
        .output()
        .expect("cargo");
    let said = String::from_utf8_lossy(&output.stdout);
    let file = said
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "routewright")
        .find_map(|message| message["filenames"][0].as_str().map(PathBuf::from));
    file.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}
