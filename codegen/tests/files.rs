//! Writing and checking: what is touched, and what is not.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use routewright_codegen::files::{Difference, check, write};
use routewright_codegen::{Config, Files, Options, from_paths};

/// An empty folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("to make a folder");
    folder
}

fn generated() -> Files {
    let paths = [PathBuf::from("tests/definitions/nasty.yaml")];
    from_paths(&paths, &Options::default()).expect("good").files
}

fn names(folder: &PathBuf) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|e| {
            e.expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    names.sort();
    names
}

#[test]
fn what_differs_is_told_and_then_written() {
    let folder = folder("differences");
    let files = generated();
    let all = ["routes.img", "routes.rs", "routes.src"].map(str::to_owned);
    assert_eq!(
        check(&files, &folder).expect("checked"),
        all.clone().map(Difference::Missing)
    );
    assert_eq!(write(&files, &folder).expect("written"), all);
    assert_eq!(check(&files, &folder).expect("checked"), []);
    assert_eq!(write(&files, &folder).expect("written"), [""; 0]);

    fs::write(folder.join("routes.rs"), "not what it was").expect("to write");
    fs::remove_file(folder.join("routes.img")).expect("to remove");
    for old in ["old.rs", "old.src", "old.img"] {
        let from = old.replace("old", "routes");
        fs::write(folder.join(old), &files[&from]).expect("to write");
    }
    let expected = [
        Difference::Vanished("old.img".into()),
        Difference::Vanished("old.rs".into()),
        Difference::Vanished("old.src".into()),
        Difference::Missing("routes.img".into()),
        Difference::Changed("routes.rs".into()),
    ];
    assert_eq!(check(&files, &folder).expect("checked"), expected);
    assert_eq!(write(&files, &folder).expect("written").len(), 5);
    assert_eq!(names(&folder), all);
    assert_eq!(check(&files, &folder).expect("checked"), []);
}

/// What is the same is not written again (build tools look at the time), and checking
/// writes nothing at all.
#[test]
fn what_is_the_same_is_not_touched() {
    let folder = folder("untouched");
    let files = generated();
    write(&files, &folder).expect("written");
    let path = |name: &str| folder.join(name);
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for name in files.keys() {
        let file = fs::File::options().write(true).open(path(name));
        file.expect("a file").set_modified(long_ago).expect("set");
    }
    let modified = |name: &str| {
        let metadata = fs::metadata(path(name)).expect("a file");
        metadata.modified().expect("a time")
    };
    fs::remove_file(path("routes.img")).expect("to remove");
    for _ in 0..2 {
        let missing = Difference::Missing("routes.img".into());
        assert_eq!(check(&files, &folder).expect("checked"), [missing]);
        assert_eq!(names(&folder), ["routes.rs", "routes.src"]);
    }
    assert_eq!(write(&files, &folder).expect("written"), ["routes.img"]);
    assert!(modified("routes.img") > long_ago);
    for name in ["routes.rs", "routes.src"] {
        assert_eq!(modified(name), long_ago, "{name}");
    }
}

#[test]
fn a_folder_that_is_not_there() {
    let missing = folder("parent").join("child");
    assert_eq!(check(&generated(), &missing).expect("checked").len(), 3);
    assert!(!missing.exists(), "checking makes no folder");
    assert_eq!(write(&generated(), &missing).expect("written").len(), 3);
    assert_eq!(check(&generated(), &missing).expect("checked"), []);
}

#[test]
fn what_cannot_be_read_or_written_is_an_error() {
    let folder = folder("errors");
    let file = folder.join("a_file");
    fs::write(&file, "no folder").expect("to write");
    let kind = check(&generated(), &file).expect_err("no folder").kind();
    assert_eq!(kind, ErrorKind::NotADirectory);
    assert!(write(&generated(), &file).is_err());
    let failure = Config::new()
        .out_dir(&file)
        .compile(&["tests/definitions/nasty.yaml"]);
    assert!(failure.is_err());
    assert_eq!(fs::read(&file).expect("still there"), b"no folder");
    // A folder stands where a file should: nothing half written stays.
    fs::create_dir_all(folder.join("routes.rs")).expect("to make a folder");
    fs::write(folder.join("routes.rs/inner"), "").expect("to write");
    assert!(write(&generated(), &folder).is_err());
    assert_eq!(names(&folder), ["a_file", "routes.img", "routes.rs"]);
}

#[test]
fn files_of_others_are_not_touched() {
    let folder = folder("others");
    let others: [(&str, &[u8]); 5] = [
        (
            "messages.rs",
            b"// This file is @generated by prost-build.\n",
        ),
        ("snapshot.img", &generated()["routes.img"]),
        ("mod.rs", b"include!(\"routes.rs\");\n"),
        ("notes.src", b""),
        ("routes.rs.bak", b"// @generated by routewright-codegen\n"),
    ];
    for (name, content) in others {
        fs::write(folder.join(name), content).expect("to write");
    }
    assert_eq!(write(&generated(), &folder).expect("written").len(), 3);
    for (name, content) in others {
        assert_eq!(
            fs::read(folder.join(name)).expect("still there"),
            content,
            "{name}"
        );
    }
}

#[test]
fn nothing_to_compare_is_an_error() {
    let folder = folder("nothing");
    let error = check(&Files::new(), &folder).expect_err("an error");
    assert_eq!(error.to_string(), "there is nothing to compare");
}

#[test]
fn a_build_script_gets_files_or_a_report() {
    let folder = folder("config");
    let compile = |path: &str| Config::new().out_dir(&folder).compile(&[path]);
    compile("tests/definitions/nasty.yaml").expect("good");
    assert_eq!(check(&generated(), &folder).expect("checked"), []);
    let bad = "../schema/tests/reject/route-unknown-consumer.yaml";
    let report = compile(bad).expect_err("bad").to_string();
    assert!(
        report.contains("unknown_consumer") && report.contains(bad),
        "{report}"
    );
    assert_eq!(
        check(&generated(), &folder).expect("checked"),
        [],
        "what was there stays"
    );
}

/// Where the tool is started, and how the paths are written, does not show.
#[test]
fn places_are_told_from_the_definitions() {
    let relative = PathBuf::from("../schema/tests/accept/everything");
    let absolute = fs::canonicalize(&relative).expect("it is there");
    let files = |path: &PathBuf| {
        from_paths(std::slice::from_ref(path), &Options::default())
            .expect("good")
            .files
    };
    assert_eq!(files(&relative), files(&absolute));
    let provenance = String::from_utf8(files(&relative)["routes.src"].clone()).expect("UTF-8");
    assert!(provenance.contains("\tsub/c.yaml:3\n"), "{provenance}");
}

#[test]
fn a_runtime_path_that_is_none() {
    let mut options = Options::default();
    options.runtime = "not a path".to_owned();
    let paths = [PathBuf::from("tests/definitions/empty.yaml")];
    let failure = from_paths(&paths, &options).expect_err("bad");
    assert!(
        failure.to_string().contains("`not a path` is no path"),
        "{failure}"
    );
}
