//! `convert --infer`: what it prints and writes, and how it exits.

mod common;

use common::Folder;

const EVENTS: &str = "\
handlers:
  order.paid: [billing, audit]
  order.placed: billing
  user.registered: [mail, audit]
";
const SERVICES: &str = "\
services:
  billing: { url: http://billing.internal/ }
  audit: { url: http://audit.internal/ }
  mail: { url: http://mail.internal/ }
";

fn legacy(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("legacy/events.yaml", EVENTS);
    folder.write("legacy/services.yaml", SERVICES);
    folder
}

/// The proposal is what `--from` takes, as it stands, and what that writes is good.
#[test]
fn a_proposal_is_a_mapping() {
    let folder = legacy("infer");
    let ran = folder.run(&["convert", "legacy", "--infer", "--out", "legacy.jq"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
    for part in [
        "read        2 files, 2 documents\n",
        "it reads 1 shape as routes: 3 routes (5 pairs of event and consumer)",
        "then: cargo xtask convert legacy --from legacy.jq --to yaml",
    ] {
        assert!(ran.err.contains(part), "{part}\n{}", ran.err);
    }
    let proposal = folder.read("legacy.jq");
    let evidence =
        "5 of 5 values of `.handlers.*` are keys of `.services` (legacy/services.yaml:2)";
    assert!(proposal.contains(evidence), "{proposal}");
    let args = [
        "convert",
        "legacy",
        "--from",
        "legacy.jq",
        "--to",
        "yaml",
        "--out",
        "routes",
    ];
    folder.run(&args).good();
    folder.run(&["check", "routes"]).good();
    let again = folder.run(&["convert", "legacy", "--infer"]);
    assert_eq!(
        again.good(),
        proposal,
        "the same, where nothing is asked for"
    );
}

/// A proposal that was edited is not lost.
#[test]
fn a_file_that_is_there_is_kept() {
    let folder = legacy("infer-kept");
    folder.write("legacy.jq", "# mine\nempty\n");
    let err = folder
        .run(&["convert", "legacy", "--infer", "--out", "legacy.jq"])
        .bad(1);
    assert!(
        err.contains("legacy.jq: the file is there already"),
        "{err}"
    );
    assert_eq!(folder.read("legacy.jq"), "# mine\nempty\n");
}

#[test]
fn what_is_no_routes_is_told() {
    let folder = Folder::new("infer-none");
    folder.write(
        "plain/a.yaml",
        "http: { timeout: 30s, retries: 3, host: example.org }\n",
    );
    folder.write("plain/b.yaml", "a: [\n");
    let ran = folder.run(&["convert", "plain", "--infer"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.err.contains("Nothing here looks like routes."),
        "{ran:?}"
    );
    assert!(ran.err.contains("try `--from settings`"), "{ran:?}");
    assert!(ran.err.contains("left out    plain/b.yaml:"), "{ran:?}");
    assert!(!ran.err.contains("next"), "{ran:?}");
    folder.write("empty/readme.txt", "");
    let err = folder.run(&["convert", "empty", "--infer"]).bad(1);
    assert!(err.contains("there is no YAML"), "{err}");
}

#[test]
fn a_command_line_that_makes_no_sense() {
    let folder = legacy("infer-usage");
    let rows: &[&[&str]] = &[
        &["convert", "--infer"],
        &["convert", "legacy", "--infer", "--from", "settings"],
        &["convert", "legacy", "--infer", "--to", "yaml"],
        &["convert", "legacy"],
    ];
    for args in rows {
        assert_eq!(folder.run(args).code, 2, "{args:?}");
    }
    assert_eq!(folder.run(&["convert", "nowhere", "--infer"]).code, 1);
}
