//! Which revision a build script builds, for the note behind the linked image.

use std::path::Path;
use std::process::Command;

/// What generated code reads when it is compiled.
pub(crate) const VARIABLE: &str = "ROUTEWRIGHT_REVISION";

/// Tells cargo what the code is built from, and when that may have changed. Who set the
/// variable knows better; without git, nothing is recorded.
pub(crate) fn record() {
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    if std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let Some(revision) = git(&[
        "describe",
        "--always",
        "--dirty",
        "--abbrev=40",
        "--exclude=*",
    ]) else {
        return;
    };
    println!("cargo::rustc-env={VARIABLE}={revision}");
    // A commit or a checkout moves the first two. An edit elsewhere in the package only
    // changes whether the tree is clean; `target` may be there, so not all of it is watched.
    let moved = ["HEAD", "logs/HEAD"].map(|name| git(&["rev-parse", "--git-path", name]));
    let own = ["src", "Cargo.toml"].map(|name| Some(name.to_owned()));
    for path in moved.into_iter().chain(own).flatten() {
        // Cargo would run again and again for what is not there.
        if Path::new(&path).exists() && !path.contains(['\n', '\r']) {
            println!("cargo::rerun-if-changed={path}");
        }
    }
}

/// The line that git prints.
fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.trim_end_matches(['\n', '\r']);
    (output.status.success() && !line.is_empty()).then(|| line.to_owned())
}
