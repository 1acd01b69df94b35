//! `check-version` on histories that git makes: merges, reverts, rebases, names that change.

mod common;

use std::process::Command;

use common::{Folder, Ran};

/// A definition with room between what changes, so that git merges without a conflict.
const ROUTES: &str = "# Who gets what.\nversion: 1\npackage: shop\n\n\n\nconsumers: { audit: { local: true }, mail: { local: true } }\n\n\n\n\
    routes:\n  order.placed: { to: audit }\n\n\n\n  order.sold: { to: audit }\n\n\n\n  order.lost: { to: audit }\n";

/// A repository with a definition on `main`.
struct Shop(Folder);

impl Shop {
    fn new(name: &str) -> Shop {
        let shop = Shop(Folder::new(&format!("version-{name}")));
        shop.git("init --quiet --initial-branch=main");
        shop.write("routes/routes.yaml", ROUTES);
        shop.commit("begin");
        shop
    }

    /// Runs git as nobody in particular, at no time in particular.
    fn git(&self, args: &str) -> String {
        self.git_with(args, &[]).good()
    }

    fn git_with(&self, args: &str, env: &[(&str, &str)]) -> Ran {
        let mut command = Command::new("git");
        command
            .args(args.split_whitespace())
            .current_dir(self.0.path())
            .envs(env.iter().copied())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_EDITOR", "true");
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "nobody")
                .env(format!("GIT_{who}_EMAIL"), "nobody@example.org")
                .env(format!("GIT_{who}_DATE"), "2026-01-01T00:00:00Z");
        }
        Ran::of(command.output().unwrap())
    }

    fn write(&self, path: &str, text: &str) {
        self.0.write(path, text);
    }

    fn routes(&self) -> String {
        self.0.read("routes/routes.yaml")
    }

    /// Replaces pieces of the definition.
    fn edit(&self, edits: &[(&str, &str)]) {
        let mut text = self.routes();
        for (old, new) in edits {
            assert!(text.contains(old), "{old}: {text}");
            text = text.replacen(old, new, 1);
        }
        self.write("routes/routes.yaml", &text);
    }

    fn commit(&self, what: &str) {
        self.git("add --all");
        self.git(&format!("commit --quiet --allow-empty -m {what}"));
    }

    /// Edits and commits.
    fn change(&self, what: &str, edits: &[(&str, &str)]) {
        self.edit(edits);
        self.commit(what);
    }

    fn check(&self, base: &str, more: &[&str]) -> Ran {
        let args = ["check-version", "routes", "--base", base];
        self.0.run(&[&args, more].concat())
    }

    /// What is found, and the version that it should be, if it is wrong.
    fn state(&self, base: &str) -> (String, Option<u64>) {
        let ran = self.check(base, &["--format", "json"]);
        let code = ran.code;
        let json = ran.json();
        let project = &json["projects"][0];
        let needed = project["needed"].as_u64();
        assert_eq!(code, i32::from(needed.is_some()), "{json}");
        assert_eq!(json["good"], needed.is_none());
        (project["state"].as_str().unwrap().to_owned(), needed)
    }

    #[track_caller]
    fn is(&self, base: &str, state: &str, needed: impl Into<Option<u64>>) {
        assert_eq!(self.state(base), (state.to_owned(), needed.into()));
    }

    /// `--fix`, after which the version is this and all is good.
    #[track_caller]
    fn fixed(&self, base: &str, version: u64) {
        let before = self.routes();
        self.check(base, &["--fix"]).good();
        let after = self.routes();
        let lines = before.lines().zip(after.lines());
        let changed: Vec<&str> = lines.filter(|(a, b)| a != b).map(|(_, b)| b).collect();
        assert_eq!(changed, [format!("version: {version}")]);
        assert_eq!(self.state(base).1, None);
    }
}

const PLACED: (&str, &str) = ("placed: { to: audit }", "placed: { to: mail }");
const SOLD: (&str, &str) = ("sold: { to: audit }", "sold: { to: mail }");
const TO_2: (&str, &str) = ("version: 1", "version: 2");

#[test]
fn a_change_raises_the_version_and_nothing_else_does() {
    let shop = Shop::new("linear");
    shop.is("main", "unchanged", None);
    shop.edit(&[
        ("# Who gets what.", "# Who gets what, and why."),
        ("order.lost: { to", "order.lost: { doc: why, to"),
    ]);
    shop.is("main", "unchanged", None);
    shop.edit(&[TO_2]);
    shop.is("main", "needless", 1);
    shop.fixed("main", 1);
    shop.edit(&[PLACED]);
    shop.is("main", "too_low", 2);
    let err = shop.check("main", &[]).bad(1);
    assert_eq!(
        err,
        "error: routes/routes.yaml:2: the definitions changed since main, so their version must be above 1; it is 1\n\
         next: write `version: 2`, or let `--fix` do it\n"
    );
    let out = shop.check("main", &["--fix"]).good();
    assert_eq!(
        out,
        "routes: fixed: routes/routes.yaml:2: version 1 is now 2; next: cargo xtask codegen\n"
    );
    // As far above as somebody likes.
    shop.edit(&[("version: 2", "version: 9")]);
    shop.is("main", "raised", None);
    shop.edit(&[("version: 9", "version: 1"), (PLACED.1, PLACED.0)]);
    shop.is("main", "unchanged", None);
}

/// Each raises to 2; git merges both without a word, and the result is another content
/// under a number that is taken.
#[test]
fn two_branches_that_raise_to_the_same_version() {
    let shop = Shop::new("merge");
    shop.git("checkout --quiet -b one");
    shop.change("one", &[PLACED, TO_2]);
    shop.git("checkout --quiet -b two main");
    shop.change("two", &[SOLD, TO_2]);
    shop.is("main", "raised", None);
    shop.git("checkout --quiet main");
    shop.git("merge --quiet --no-ff one");
    shop.is("HEAD^", "raised", None);

    // Before the merge: the base went on.
    shop.git("checkout --quiet two");
    shop.is("main", "too_low", 3);
    let err = shop.check("main", &[]).bad(1);
    assert!(err.starts_with("note: main went on since "), "{err}");
    assert!(
        err.contains("above 2; it is 2\nnext: write `version: 3` (or merge it"),
        "{err}"
    );
    // While it is merged, and after.
    shop.git("merge --quiet --no-commit main");
    shop.is("main", "too_low", 3);
    shop.git("merge --abort");
    shop.git("checkout --quiet main");
    shop.git("merge --quiet --no-ff two");
    assert!(shop.routes().contains("version: 2"));
    shop.is("HEAD^", "too_low", 3);
    shop.fixed("HEAD^", 3);
}

/// A branch that does not touch the definitions has nothing to raise, however far its base
/// went on.
#[test]
fn a_branch_that_is_behind() {
    let shop = Shop::new("behind");
    shop.git("checkout --quiet -b docs");
    shop.write("README.md", "text\n");
    shop.commit("docs");
    shop.git("checkout --quiet main");
    shop.change("one", &[PLACED, TO_2]);
    shop.git("checkout --quiet docs");
    shop.is("main", "unchanged", None);
    let ran = shop.check("main", &[]);
    assert!(ran.err.starts_with("note: main went on since "), "{ran:?}");
    assert_eq!(
        ran.good(),
        "routes: good: unchanged since main, version 1\n"
    );
    shop.git("merge --quiet --no-edit main");
    shop.is("main", "unchanged", None);
}

/// It brings the old content back, and the old version with it.
#[test]
fn a_revert() {
    let shop = Shop::new("revert");
    shop.change("one", &[PLACED, TO_2]);
    shop.git("revert --no-edit HEAD");
    assert!(shop.routes().contains("version: 1"));
    shop.is("HEAD^", "too_low", 3);
    shop.fixed("HEAD^", 3);
    shop.commit("raise");
    shop.is("HEAD~2", "raised", None);
    // Seen from before all of it the content is the same, but two numbers were spent on the
    // way; a third was not.
    shop.is("HEAD~3", "raised", None);
    shop.edit(&[("version: 3", "version: 1")]);
    shop.is("HEAD~3", "unchanged", None);
    shop.is("HEAD", "needless", 3);
}

#[test]
fn a_rebase_and_a_cherry_pick() {
    let shop = Shop::new("rebase");
    shop.git("checkout --quiet -b two");
    shop.change("two", &[SOLD, TO_2]);
    shop.git("checkout --quiet main");
    shop.change("one", &[PLACED, TO_2]);
    shop.git("checkout --quiet -b picked HEAD^");
    shop.git("cherry-pick main");
    shop.is("main", "unchanged", None);
    shop.git("checkout --quiet two");
    shop.git("rebase --quiet main");
    assert!(shop.routes().contains("version: 2"));
    shop.is("main", "too_low", 3);
    shop.fixed("main", 3);
}

#[test]
fn names_of_files_and_folders_are_no_content() {
    let shop = Shop::new("rename");
    shop.git("mv routes/routes.yaml routes/shop.yaml");
    shop.is("main", "unchanged", None);
    shop.git("mv routes/shop.yaml routes/routes.yaml");
    shop.write("more/sold.yaml", "routes:\n  order.sold: { to: audit }\n");
    shop.edit(&[("  order.sold: { to: audit }\n", "")]);
    shop.git("add --all");
    let both = shop
        .0
        .run(&["check-version", "routes", "more", "--base", "main"]);
    assert_eq!(
        both.good(),
        "routes: good: unchanged since main, version 1\n"
    );
    shop.git("reset --quiet --hard");

    shop.git("mv routes definitions");
    let check = || {
        shop.0
            .run(&["check-version", "definitions", "--base", "main"])
    };
    let ran = check();
    assert!(
        ran.err
            .contains("note: definitions: the files had other names at "),
        "{ran:?}"
    );
    assert_eq!(
        ran.good(),
        "definitions: good: unchanged since main, version 1\n"
    );
    shop.write(
        "definitions/routes.yaml",
        &ROUTES.replace(PLACED.0, PLACED.1),
    );
    assert!(check().bad(1).contains("must be above 1"));
}

#[test]
fn definitions_that_come_and_go() {
    let shop = Shop::new("new");
    shop.write("routes/README.md", "text\n");
    shop.git("rm --quiet routes/routes.yaml");
    shop.commit("none");
    shop.write("routes/routes.yaml", ROUTES);
    shop.is("HEAD", "new", None);
    shop.is("HEAD^", "unchanged", None);
    std::fs::remove_dir_all(shop.0.path().join("routes")).unwrap();
    shop.is("HEAD^", "deleted", None);
    let err = shop.check("HEAD", &[]).bad(1);
    assert!(
        err.contains("there is no definition, neither now nor at HEAD"),
        "{err}"
    );
}

/// Who mends it is held to what it said before.
#[test]
fn a_base_that_cannot_be_read() {
    let shop = Shop::new("broken");
    shop.change(
        "broken",
        &[("order.lost: { to: audit }", "order.lost: { to: ")],
    );
    shop.edit(&[("order.lost: { to: ", "order.lost: { to: audit }")]);
    shop.is("HEAD", "unchanged", None);
    let err = shop.check("HEAD", &[]).err;
    assert!(err.contains("have a fault: compared with "), "{err}");
    shop.edit(&[PLACED]);
    shop.is("HEAD", "too_low", 2);
    // A fault of today is told as `check` tells it.
    shop.edit(&[("order.sold: { to: audit }", "order.sold: { to: audi }")]);
    assert!(
        shop.check("HEAD", &[])
            .bad(1)
            .contains("there is no consumer `audi`")
    );
}

#[test]
fn what_is_staged_and_nothing_is_touched() {
    let shop = Shop::new("staged");
    shop.edit(&[PLACED]);
    shop.git("add --all");
    shop.edit(&[TO_2]);
    shop.write("untracked.txt", "text\n");
    let status = shop.git("status --porcelain");
    let err = shop.check("HEAD", &["--staged"]).bad(1);
    assert!(
        err.starts_with("error: routes/routes.yaml:2: the definitions changed since HEAD"),
        "{err}"
    );
    shop.check("HEAD", &[]).good();
    assert_eq!(shop.git("status --porcelain"), status);
    // Faults are shown in the files that they are committed from.
    for (old, new) in [
        ("{ to: mail }", "{ to: mial }"),
        ("{ to: mail }", "{ to: [mail, mail] }"),
    ] {
        shop.edit(&[(old, new)]);
        shop.git("add --all");
        let err = shop.check("HEAD", &["--staged"]).bad(1);
        assert!(err.contains("--> routes/routes.yaml:12:"), "{err}");
        shop.edit(&[(new, old)]);
    }
    let both = shop.check("HEAD", &["--staged", "--fix"]).bad(2);
    assert!(both.contains("cannot be used with"), "{both}");
}

/// Other spellings are compared and edited as well, as far as they are texts.
#[test]
fn a_version_in_other_spellings() {
    let shop = Shop::new("spellings");
    let yaml = "routes/routes.yaml";
    for (end, edit, version) in [
        ("proto", true, "version: "),
        ("json", true, "\"version\": \""),
        ("binpb", false, ""),
    ] {
        let file = format!("shop.{end}");
        let check = |more: &[&str]| {
            shop.0
                .run(&[&["check-version", &file, "--base", "HEAD"], more].concat())
        };
        let convert = || {
            shop.0
                .run(&["convert", yaml, "--to", end, "--out", &file])
                .good()
        };
        convert();
        shop.commit(end);
        check(&[]).good();
        shop.edit(&[PLACED]);
        convert();
        shop.edit(&[(PLACED.1, PLACED.0)]);
        assert!(check(&[]).bad(1).contains("must be above 1"), "{end}");
        let before = std::fs::read(shop.0.path().join(&file)).unwrap();
        let ran = check(&["--fix"]);
        if edit {
            assert!(ran.good().contains("version 1 is now 2"));
            let after = shop.0.read(&file);
            let before = String::from_utf8(before).unwrap();
            assert_ne!(after, before);
            assert_eq!(
                after.replacen(&format!("{version}2"), &format!("{version}1"), 1),
                before
            );
            check(&[]).good();
        } else {
            assert!(ran.bad(1).contains("write 2 by hand"));
            assert_eq!(std::fs::read(shop.0.path().join(&file)).unwrap(), before);
        }
    }
}

/// What git says of a file whose name is made to be obeyed.
#[test]
#[cfg(unix)]
fn names_of_files_are_not_obeyed() {
    let shop = Shop::new("hostile");
    shop.git("mv routes/routes.yaml routes/\u{1b}[31m$(x);`y`--é.yaml");
    shop.commit("rename");
    shop.is("HEAD^", "unchanged", None);
    shop.write(
        "routes/\u{1b}[31m$(x);`y`--é.yaml",
        &ROUTES.replace(PLACED.0, PLACED.1),
    );
    let ran = shop.check("HEAD", &[]);
    assert!(
        ran.err.contains("[31m$(x);`y`--é.yaml:2: ") && !ran.err.contains('\u{1b}'),
        "{ran:?}"
    );
    shop.check("HEAD", &["--fix"]).good();
}

/// Base, exit code, words.
#[test]
fn bases_that_are_none() {
    let shop = Shop::new("bases");
    let rows = [
        ("gone", 1, "git knows no commit \"gone\""),
        ("origin/gone", 1, "before the first push, compare with HEAD"),
        ("--all", 1, "git knows no commit \"--all\""),
        ("", 1, "git knows no commit \"\""),
        ("0000000000000000000000000000000000000000", 0, ""),
    ];
    for (base, code, words) in rows {
        let base = format!("--base={base}");
        let ran = shop.0.run(&["check-version", "routes", &base]);
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(ran.err.contains(words), "{ran:?}");
    }
    let outside = shop.0.run(&["check-version", "/", "--base", "HEAD"]);
    assert_ne!(outside.code, 0);
}

/// CI that fetched too little, and histories that have nothing to do with each other.
#[test]
fn histories_that_are_not_whole() {
    let shop = Shop::new("shallow");
    shop.change("one", &[PLACED, TO_2]);
    let first = shop.git("rev-parse HEAD^").trim().to_owned();
    shop.git(&format!(
        "clone --quiet --depth=1 file://{} clone",
        shop.0.path().display()
    ));
    let clone = Shop(Folder::new("version-clone"));
    std::fs::remove_dir(clone.0.path()).unwrap();
    std::fs::rename(shop.0.path().join("clone"), clone.0.path()).unwrap();
    assert!(
        clone
            .check(&first, &[])
            .bad(1)
            .contains("this clone is shallow: fetch the whole history")
    );
    clone.check("HEAD", &[]).good();

    shop.git("checkout --quiet --orphan other");
    shop.commit("alone");
    let err = shop.check("main", &[]).err;
    assert!(
        err.starts_with("note: main and this have no commit in common: compared as they are"),
        "{err}"
    );
    shop.is("main", "unchanged", None);
    shop.edit(&[SOLD]);
    shop.is("main", "too_low", 3);
}

/// The tool as `cargo xtask`, for a hook and a step of CI that say so.
fn as_cargo(shop: &Shop) -> String {
    let tool = env!("CARGO_BIN_EXE_routewright-xtask");
    // What Cargo.toml would say.
    shop.write(
        "bin/cargo",
        &format!("#!/bin/sh\nshift 2\nexec '{tool}' check-version routes \"$@\"\n"),
    );
    Ran::of(
        Command::new("chmod")
            .arg("+x")
            .arg(shop.0.path().join("bin/cargo"))
            .output()
            .unwrap(),
    )
    .good();
    shop.write(".git/info/exclude", "bin\nservice\n");
    let path = std::env::var("PATH").unwrap();
    format!("{}:{path}", shop.0.path().join("bin").display())
}

/// What `init` writes, as git and CI run it.
#[test]
#[cfg(unix)]
fn the_hook_and_the_step_of_ci_that_come_along() {
    let shop = Shop::new("hook");
    let path = as_cargo(&shop);
    shop.0.run(&["init", "service"]).good();
    shop.git("config core.hooksPath service/.githooks");
    let commit = |base: &str| {
        let env = [("PATH", path.as_str()), ("ROUTEWRIGHT_BASE", base)];
        shop.git("add --all");
        shop.git_with("commit --quiet -m change", &env)
    };
    shop.edit(&[PLACED]);
    // The base is not there: compared with the commit before.
    for base in ["main", "origin/main"] {
        assert!(commit(base).bad(1).contains("must be above 1; it is 1"));
    }
    shop.edit(&[TO_2]);
    commit("main").good();

    let ci = shop.0.read("service/.github/workflows/ci.yml");
    let step = ci.lines().find_map(|line| {
        line.trim()
            .strip_prefix("- run: ")
            .filter(|run| run.contains("check-version"))
    });
    let step = |base: &str| {
        let mut shell = Command::new("sh");
        shell
            .args(["-ec", step.unwrap()])
            .current_dir(shop.0.path());
        Ran::of(shell.env("PATH", &path).env("BASE", base).output().unwrap())
    };
    assert!(ci.contains("fetch-depth: 0"));
    // The page shows both as they are.
    let page = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../docs/check-version.md"
    ));
    let (page, hook) = (page.unwrap(), shop.0.read("service/.githooks/pre-commit"));
    for (title, file) in [("## Before each commit", &hook), ("## In CI", &ci)] {
        let code = page
            .split_once(title)
            .unwrap()
            .1
            .split("```")
            .nth(1)
            .unwrap();
        for line in code.lines().skip(1) {
            assert!(file.contains(line), "{line}");
        }
    }
    step("HEAD^").good();
    step("0000000000000000000000000000000000000000").good();
    shop.edit(&[SOLD]);
    step("HEAD").bad(1);
}
