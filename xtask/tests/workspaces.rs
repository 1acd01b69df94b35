//! Workspaces of strangers, `workspaces/*`: they depend on these crates by path, and on
//! nothing else of this repository.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::Ran;

/// A copy of such a workspace.
struct Workspace(PathBuf);

impl Workspace {
    /// Always in the same place, so that what cargo built the last time still fits.
    fn new(name: &str) -> Workspace {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("workspace-{name}"));
        let _ = fs::remove_dir_all(&folder);
        let crates = Path::new(env!("CARGO_MANIFEST_DIR"));
        copy(&crates.join("tests/workspaces").join(name), &folder);
        // Our lock file, so that nothing is fetched.
        fs::copy(crates.join("../Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        Workspace(folder)
    }

    /// Runs cargo as a stranger would, but in our target folder: little is built twice.
    fn cargo(&self, args: &[&str]) -> Ran {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
        let mut command = Command::new(env!("CARGO"));
        command
            .args(args)
            .current_dir(&self.0)
            .env("CARGO_TARGET_DIR", target.unwrap())
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TERM_COLOR", "never")
            .env_remove("ROUTEWRIGHT_REVISION");
        Ran::of(command.output().unwrap())
    }

    fn git(&self, args: &[&str]) -> String {
        let mut command = Command::new("git");
        command
            .args(["-c", "user.name=a", "-c", "user.email=a@b"])
            .args(args)
            .current_dir(&self.0);
        Ran::of(command.output().unwrap()).good()
    }

    /// Where the binary that cargo built says that it is from.
    fn origin(&self, binary: &str) -> serde_json::Value {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_routewright-xtask"));
        command
            .arg("inspect")
            .arg(target.join("debug").join(binary))
            .args(["--format", "json"]);
        Ran::of(command.output().unwrap()).json()["origins"][0].take()
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.0.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{file}: {from}");
        fs::write(path, text.replace(from, to)).unwrap();
    }
}

/// Copies a folder. `Cargo.toml.in` becomes `Cargo.toml`, with the path of this checkout.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    let checkout = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else if path.extension().is_some_and(|e| e == "in") {
            let text = fs::read_to_string(&path).unwrap();
            fs::write(to.with_extension(""), text.replace("{checkout}", checkout)).unwrap();
        } else {
            fs::copy(&path, to).unwrap();
        }
    }
}

#[test]
fn an_xtask_of_three_lines_is_the_whole_tool() {
    let stranger = Workspace::new("own-xtask");
    let made = stranger.cargo(&["xtask", "init", "made"]).good();
    assert!(made.contains("next:  cd made && cargo test"), "{made}");
    assert!(stranger.0.join("made/src/generated/routes.img").exists());

    // Before the first `codegen` there is nothing to compare, and nothing to build.
    let said = stranger.cargo(&["xtask", "codegen", "--check"]).bad(1);
    assert!(
        said.contains("3 generated files stale; run `cargo xtask codegen`"),
        "{said}"
    );
    let said = stranger.cargo(&["xtask", "codegen"]).good();
    assert_eq!(
        said,
        "app -> app/src/generated: 3 files written, 0 unchanged\n"
    );
    stranger.cargo(&["build", "--package=app"]).good();
    let ask = [
        "run",
        "--quiet",
        "--package=app",
        "invoice.paid",
        "invoice.drawn",
        "invoice.x",
    ];
    let answers = stranger.cargo(&ask).good();
    assert_eq!(
        answers,
        "invoice.paid: ledger, search\ninvoice.drawn: search\ninvoice.x: \n"
    );
    let said = stranger.cargo(&["xtask", "codegen", "--check"]).good();
    assert_eq!(said, "app -> app/src/generated: 3 files up to date\n");

    // Each way to be stale: the definition went on, a file was edited, a file is gone.
    let generated = "app/src/generated/routes.rs";
    stranger.edit("app/routes/routes.yaml", "{ to: search }", "{ to: ledger }");
    stale(&stranger, "3 generated files");
    stranger.cargo(&["xtask", "codegen"]).good();
    stranger.edit(generated, "pub enum Event {", "pub enum Event  {");
    stale(&stranger, "1 generated file");
    fs::remove_file(stranger.0.join(generated)).unwrap();
    stale(&stranger, "1 generated file");
    stranger.cargo(&["xtask", "codegen"]).good();
    stranger.cargo(&["xtask", "codegen", "--check"]).good();
    let answers = stranger.cargo(&ask).good();
    assert!(answers.contains("\ninvoice.drawn: ledger\n"), "{answers}");
}

#[track_caller]
fn stale(stranger: &Workspace, files: &str) {
    let said = stranger.cargo(&["xtask", "codegen", "--check"]).bad(1);
    let error = format!("{files} stale; run `cargo xtask codegen` and commit what it writes");
    assert!(said.contains(&error), "{said}");
    assert!(said.contains("stale: app/src/generated: "), "{said}");
}

#[test]
fn a_build_script_is_enough_and_runs_again_when_it_must() {
    let stranger = Workspace::new("build-script");
    let ask = || {
        stranger.cargo(&[
            "run",
            "--quiet",
            "invoice.paid",
            "invoice.drawn",
            "refund.made",
        ])
    };
    assert_eq!(
        ask().good(),
        "invoice.paid: ledger, search\ninvoice.drawn: search\nrefund.made: \n"
    );
    let again = stranger.cargo(&["build"]).bad(0);
    assert!(
        again.contains("Finished") && !again.contains("Compiling"),
        "nothing had changed: {again}"
    );

    let routes = "routes/routes.yaml";
    stranger.edit(routes, "{ to: search }", "{ to: ledger }");
    fs::write(
        stranger.0.join("routes/more.yaml"),
        "routes: { refund.made: { to: search } }\n",
    )
    .unwrap();
    assert_eq!(
        ask().good(),
        "invoice.paid: ledger, search\ninvoice.drawn: ledger\nrefund.made: search\n"
    );

    // A bad definition stops the build where it stands, and a mended one lets it go on.
    stranger.edit(routes, "{ to: ledger }", "{ to: ledgre }");
    let said = ask().bad(101);
    assert!(said.contains("routes/routes.yaml:8:"), "{said}");
    assert!(
        said.contains("ledgre") && said.contains("`ledger`"),
        "{said}"
    );
    stranger.edit(routes, "{ to: ledgre }", "{ to: search }");
    fs::remove_file(stranger.0.join("routes/more.yaml")).unwrap();
    assert_eq!(
        ask().good(),
        "invoice.paid: ledger, search\ninvoice.drawn: search\nrefund.made: \n"
    );

    // The revision goes into the binary if the script says so, and no further than git knows.
    stranger.git(&["init", "-q"]);
    stranger.git(&["add", "."]);
    stranger.git(&["commit", "-q", "-m", "one"]);
    let built = || {
        stranger.cargo(&["build", "--quiet"]).good();
        let origin = stranger.origin("build-script");
        assert_eq!(origin["package"], "build_script");
        let commit = origin["revision"].as_str().map(str::to_owned);
        (commit, origin["dirty"].as_bool())
    };
    let head = || stranger.git(&["rev-parse", "HEAD"]).trim().to_owned();
    assert_eq!(built(), (None, None));
    stranger.edit("build.rs", "new()", "new().record_revision(true)");
    assert_eq!(built(), (Some(head()), Some(true)));
    stranger.git(&["commit", "-q", "-a", "-m", "two"]);
    assert_eq!(built(), (Some(head()), Some(false)));
    let again = stranger.cargo(&["build"]).bad(0);
    assert!(!again.contains("Compiling"), "nothing had changed: {again}");
    stranger.edit("src/main.rs", "fn main() {", "fn main() { ");
    assert_eq!(built(), (Some(head()), Some(true)));
}

/// What of one catalog is given to the other: the type that rustc objects to.
const MIXED: &[(&str, &str)] = &[
    ("event", "Event"),
    ("table", "Catalog"),
    ("settings", "Catalog"),
    ("consumer", "Consumer"),
];

#[test]
fn two_catalogs_in_one_binary_cannot_be_mixed_up() {
    let stranger = Workspace::new("two-catalogs");
    let said = stranger.cargo(&["run", "--quiet"]).good();
    assert_eq!(said, "[billing]\n[shelf]\n(50, 7)\n");
    for (example, mixed) in MIXED {
        let check = [
            "check",
            "--quiet",
            "--message-format=short",
            "--example",
            example,
        ];
        let said = stranger.cargo(&check).bad(101);
        let reason = format!(
            "error[E0308]: mismatched types: \
             expected `two_catalogs::orders::{mixed}`, found `two_catalogs::stock::{mixed}`"
        );
        assert_eq!(said.matches("error[").count(), 1, "{example}: {said}");
        assert!(said.contains(&reason), "{example}: {said}");
    }
}
