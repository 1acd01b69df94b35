//! `convert --from`: what a user sees of it, from the command line to the definition that
//! `check` accepts.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::Folder;
use routewright_tests::tools::{Tally, Tool, objections};

const NOTIFY: &str = "# Who is told what.\nnotify:\n  # Paid or not.\n  order.placed: [billing, mail]\n  order.*.failed: oncall\nsince: 2019\n";
const MAPPING: &str = ".notify | to_entries[] | {pattern: .key, to: .value}";

/// A folder with a home-grown shape and a mapping for it.
fn shop(name: &str, mapping: &str) -> Folder {
    let folder = Folder::new(name);
    folder
        .write("old/notify.yaml", NOTIFY)
        .write("notify.jq", mapping);
    folder
}

const CONVERT: &[&str] = &[
    "convert",
    "old",
    "--from",
    "notify.jq",
    "--to",
    "yaml",
    "--out",
    "routes",
];

#[test]
fn what_is_unexplained_fails_unless_it_is_allowed() {
    let folder = shop("unexplained", MAPPING);
    let ran = folder.run(CONVERT);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("unexplained old/notify.yaml:6:8: `2019`"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("error: 1 leaf is unexplained:"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("wrote       nothing"), "{}", ran.err);
    assert!(!folder.path().join("routes").exists());
    assert_eq!(
        folder
            .run(&[CONVERT, &["--allow-unexplained"]].concat())
            .code,
        0
    );
    let told = shop(
        "explained",
        &format!("({MAPPING}), {{ignore: .since, why: \"history\"}}"),
    );
    let ran = told.run(CONVERT);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert!(!ran.err.contains('\r'), "a bar in a pipe");
}

/// Comments become `doc`, `check` takes the result as it is, and a second run writes the same.
#[test]
fn check_takes_what_is_written() {
    let folder = shop("written", MAPPING);
    let run = || folder.run(&[CONVERT, &["--allow-unexplained"]].concat());
    assert_eq!(run().code, 0);
    let first = folder.read("routes/notify.yaml");
    assert!(first.contains("doc: \"Paid or not.\""), "{first}");
    folder.run(&["check", "routes"]).good();
    assert_eq!(run().code, 0);
    assert_eq!(folder.read("routes/notify.yaml"), first);
}

#[test]
fn the_report_is_for_programs_too() {
    let folder = shop("report", MAPPING);
    let ran = folder.run(&[CONVERT, &["--report", "-"]].concat());
    assert_eq!(ran.code, 1);
    let report = ran.json();
    assert_eq!(report["counts"]["routes"], 2);
    assert_eq!(report["counts"]["pairs"], 3);
    assert_eq!(report["unexplained"][0]["place"], "old/notify.yaml:6:8");
    assert_eq!(report["files"][0]["class"], "converted");
    assert_eq!(
        report["proof"]["differences"].as_array().map(Vec::len),
        Some(0)
    );
}

/// Command line, words that the message has, exit code.
#[test]
fn mistakes_are_told() {
    let folder = shop("mistakes", MAPPING);
    folder
        .write("bad.jq", ".notify | to_entriez[]")
        .write("empty/x.txt", "no yaml");
    folder
        .write("broken/x.yaml", "a: [1\n")
        .write("seen.jq", "{ignore: ., why: \"nothing\"}")
        .write("none/a.yaml", "greeting: hello\n");
    let table: &[(&[&str], &str, i32)] = &[
        (
            &["old", "--from", "nothing"],
            "there are the mappings alertmanager",
            2,
        ),
        (
            &["old", "--from", "bad.jq"],
            "bad.jq:1:11: there is no function `to_entriez`; did you mean `to_entries`?",
            1,
        ),
        (&["gone", "--from", "notify.jq"], "gone", 1),
        (&["broken", "--from", "notify.jq"], "broken/x.yaml:", 1),
        (&["none", "--from", "dapr"], "no routes and no settings", 0),
        (
            &["old", "--from", "notify.jq", "--report", "-"],
            "both want standard output",
            2,
        ),
    ];
    for (args, words, code) in table {
        let ran = folder.run(&[&["convert"], *args, &["--to", "yaml"]].concat());
        assert_eq!(ran.code, *code, "{args:?}: {}", ran.err);
        assert!(ran.err.contains(words), "{args:?}: {}", ran.err);
        assert!(!ran.err.contains("error: error"), "{}", ran.err);
    }
}

/// All spellings of what comes of a shape give the same image; the one in protobuf is what
/// buf takes for good, as far as names allow.
#[test]
fn every_shape_in_every_spelling() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../convert/tests/cases");
    let mut shapes: Vec<PathBuf> = fs::read_dir(cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    shapes.retain(|path| path.join("expected.yaml").exists());
    assert!(shapes.len() >= 9, "{shapes:?}");
    let folder = Folder::new("spellings");
    folder.run(&["protos", "proto"]).good();
    for shape in &shapes {
        let name = shape
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .replace(['+', '-'], "_");
        let expected = shape.join("expected.yaml");
        let image = |paths: &[&str]| {
            folder
                .run(&[&["codegen"], paths, &["--out", "gen"]].concat())
                .good();
            fs::read(folder.path().join("gen/routes.img")).unwrap()
        };
        let yaml = image(&[expected.to_str().unwrap()]);
        let proto = format!("proto/converted/{name}.proto");
        folder.write(&proto, "");
        folder
            .run(&[
                "convert",
                expected.to_str().unwrap(),
                "--to",
                "proto",
                "--out",
                &proto,
            ])
            .good();
        assert!(
            image(&[&proto, "-I", "proto"]) == yaml,
            "{proto} has another image"
        );
        // As `--package NAME.v1` would have it: buf wants versions, and a folder for each package.
        let text = folder
            .read(&proto)
            .replace("package converted;", &format!("package {name}.v1;"));
        folder.write(&format!("proto/{name}/v1/routes.proto"), &text);
        fs::remove_file(folder.path().join(&proto)).unwrap();
    }
    let _ = fs::remove_dir(folder.path().join("proto/converted"));
    let mut tally = Tally::new("buf build and buf lint on what was converted");
    if let Some(buf) = tally.fetch(Tool::Buf, Path::new(env!("CARGO_TARGET_TMPDIR"))) {
        for verb in ["build", "lint"] {
            assert_eq!(
                objections(&buf, &[verb, "proto"], folder.path()),
                Vec::<String>::new()
            );
        }
    }
    tally.finish();
}
