//! The `.proto` files are a promise: they keep buf's rules of style, and no change since
//! the last release breaks those who compiled an earlier one.
//!
//! buf comes from its registry; where that is out of reach, a line says what was left out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use routewright_tests::tools::{Fetched, Tally, Tool, note, objections, said};

const PROTOS: &str = "schema/proto";

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn cache() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// A folder that goes away with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let folder = cache().join(format!("{name}-{}-{made}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Scratch(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn git(repository: &Path, args: &[&str]) -> Result<String, String> {
    let mut command = Command::new("git");
    let bytes = said(command.arg("-C").arg(repository).args(args))?;
    Ok(String::from_utf8(bytes).unwrap())
}

/// The last release before what is checked out, if there is one.
fn last_release(repository: &Path) -> Result<Option<String>, String> {
    if git(repository, &["rev-parse", "--is-shallow-repository"])?.trim() == "true" {
        return Err("a shallow clone does not know its tags".to_owned());
    }
    let newest_first = "--sort=-version:refname";
    let tags = git(
        repository,
        &["tag", "--merged=HEAD", newest_first, "--list", "v*"],
    )?;
    Ok(tags.lines().next().map(str::to_owned))
}

/// What the files in the repository's working copy break against a release.
fn broken_since(buf: &Fetched, release: &str, repository: &Path) -> Vec<String> {
    // Taken out by git: buf's own reader of git wants a `.git` folder, which a linked
    // worktree has not.
    let before = Scratch::new("protos-before");
    let listed = git(
        repository,
        &["ls-tree", "-r", "--name-only", release, PROTOS],
    );
    for file in listed.unwrap().lines() {
        let text = git(repository, &["show", &format!("{release}:{file}")]).unwrap();
        let to = before.0.join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, text).unwrap();
    }
    let against = before.0.join(PROTOS);
    let against = format!("--against={}", against.display());
    objections(buf, &["breaking", PROTOS, &against], repository)
}

#[test]
fn the_protos_keep_the_rules_and_break_nobody() {
    let mut tally = Tally::new("buf lint and buf breaking");
    if let Some(buf) = tally.fetch(Tool::Buf, cache()) {
        let none: [String; 0] = [];
        assert_eq!(objections(&buf, &["lint", PROTOS], root()), none);
        match last_release(root()) {
            Ok(Some(release)) => assert_eq!(broken_since(&buf, &release, root()), none),
            // Nothing is missing on this machine, so it does not count as skipped.
            Ok(None) => note("buf breaking: no release yet, that is no tag v*, to compare with"),
            Err(why) => tally.skip("buf breaking", &why),
        }
    }
    tally.finish();
}

/// Edits of a `.proto` file, and the word of buf that tells what they break; without one
/// they must pass.
const EDITS: &[(&str, &str, &str, Option<&str>)] = &[
    (
        "route_map.proto",
        "  string reason = 4;",
        "  string reason = 4;\n  // Who.\n  string author = 17;",
        None,
    ),
    (
        "route_map.proto",
        "  uint64 version = 2;",
        "  string version = 2;",
        Some("changed type from \"uint64\" to \"string\""),
    ),
    (
        "route_map.proto",
        "  repeated string removals = 13;",
        "  repeated string removals = 17;",
        Some("Previously present field \"13\""),
    ),
    (
        "route_map.proto",
        "  PRIORITY_HIGH = 3;",
        "  PRIORITY_URGENT = 3;",
        Some("changed name from \"PRIORITY_HIGH\""),
    ),
    (
        "route_service.proto",
        "  rpc GetStatus(GetStatusRequest) returns (GetStatusResponse);",
        "",
        Some("Previously present RPC \"GetStatus\""),
    ),
    (
        "definition.proto",
        "  repeated string rules = 9;",
        "  string rules = 9;",
        Some("changed cardinality"),
    ),
];

#[test]
fn what_breaks_others_is_caught() {
    let mut tally = Tally::new("buf breaking on edits");
    if let Some(buf) = tally.fetch(Tool::Buf, cache()) {
        for (file, from, to, caught) in EDITS {
            let repository = released();
            edit(&repository, file, from, to);
            let release = last_release(&repository.0).unwrap().unwrap();
            let broken = broken_since(&buf, &release, &repository.0);
            match caught {
                None => assert!(broken.is_empty(), "{from}: {broken:?}"),
                Some(word) => assert!(
                    broken.iter().any(|b| b.contains(word)),
                    "{from}: {broken:?}"
                ),
            }
        }
    }
    tally.finish();
}

#[test]
fn what_is_against_the_style_is_caught() {
    let mut tally = Tally::new("buf lint on an edit");
    if let Some(buf) = tally.fetch(Tool::Buf, cache()) {
        let repository = released();
        edit(
            &repository,
            "route_map.proto",
            "  uint64 version = 2;",
            "  uint64 Version = 2;",
        );
        let said = objections(&buf, &["lint", PROTOS], &repository.0);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("lower_snake_case"), "{said:?}");
    }
    tally.finish();
}

fn edit(repository: &Scratch, file: &str, from: &str, to: &str) {
    let path = repository.0.join(PROTOS).join("routewright/v1").join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{file}: {from}");
    fs::write(&path, text.replace(from, to)).unwrap();
}

/// A repository with these protos and a release of them.
fn released() -> Scratch {
    let repository = Scratch::new("protos-released");
    let folder = &repository.0;
    let source = root().join(PROTOS);
    for file in ["buf.yaml"].into_iter().map(PathBuf::from).chain(protos()) {
        let to = folder.join(PROTOS).join(&file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(source.join(&file), to).unwrap();
    }
    let steps: [&[&str]; 4] = [
        &["init", "--quiet"],
        &["add", "."],
        // Whatever the settings of whoever runs this, nothing is signed.
        &[
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@localhost",
            "-c",
            "commit.gpgsign=false",
            "commit",
            "--quiet",
            "--message=release",
        ],
        &["-c", "tag.gpgsign=false", "tag", "v0.1.0"],
    ];
    for step in steps {
        git(folder, step).unwrap();
    }
    repository
}

/// The committed files, from the folder of the protos.
fn protos() -> impl Iterator<Item = PathBuf> {
    let folder = Path::new("routewright/v1");
    let files = fs::read_dir(root().join(PROTOS).join(folder)).unwrap();
    files.map(move |file| folder.join(file.unwrap().file_name()))
}
