//! `diff` and `inspect`: of folders, revisions, images and compiled services.

mod common;

use std::process::Command;

use common::Folder;

const OLD: &str = "version: 1
package: shop
consumers:
  billing: { kafka: billing }
  mail: { local: true }
  audit: { local: true }
routes:
  order.placed: { to: billing, retries: 2 }
  order.*: { to: mail }
settings:
  rate: { type: float, default: 0.3 }
  limit: { type: size, default: 64KiB }
";

fn shop(name: &str) -> Folder {
    let folder = Folder::new(name);
    let new = OLD
        .replace("version: 1", "version: 2")
        .replace("retries: 2", "retries: 3")
        .replace(
            "order.*: { to: mail }",
            "order.*: { to: [mail, audit] }\n  order.refund.*: { to: audit }",
        )
        .replace("0.3", "0.9");
    folder
        .write("old/routes.yaml", OLD)
        .write("new/routes.yaml", &new);
    folder.write(
        "same/routes.yaml",
        &format!("# another text\n{}", OLD.replace("0.3", "0.30")),
    );
    folder
}

#[test]
fn what_moves_is_told_class_by_class() {
    let folder = shop("diff");
    let ran = folder.run(&["diff", "old", "new"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let expected = "\
old, shop version 1 -> new, shop version 2
  policy      order.placed
              billing (retries 2)
           -> billing (retries 3)
  destination order.*, such as order.x
              mail
           -> mail, audit
  destination order.refund.*, such as order.refund.x
              nobody
           -> audit
  setting     rate: 0.3 -> 0.9 (3.00x)
different: 3 classes of names and 1 setting
";
    assert_eq!(ran.out, expected);
    let equal = folder.run(&["diff", "old", "same"]);
    assert!(equal.good().contains("\nequal: "));
}

#[test]
fn for_programs_for_reviews_and_with_traffic() {
    let folder = shop("diff-json");
    folder.write(
        "traffic.txt",
        "order.placed 1000\norder.new 30\nother 970\n",
    );
    let json = folder
        .run(&[
            "diff",
            "old",
            "new",
            "--traffic",
            "traffic.txt",
            "--format",
            "json",
        ])
        .json();
    assert_eq!(json["equal"], false);
    assert_eq!(json["classes"][1]["witness"], "order.x");
    assert_eq!(json["settings"][0]["setting"], "rate");
    assert_eq!(json["traffic"]["all"], 2000);
    assert_eq!(json["traffic"]["moved"], 1030);
    assert_eq!(json["traffic"]["most"][0]["event"], "order.placed");
    let markdown = folder.run(&["diff", "old", "new", "--markdown"]);
    assert!(
        markdown.out.contains("| order.\\*, such as")
            || markdown
                .out
                .contains("| order.*, such as order.x | mail | mail, audit | destination |"),
        "{markdown:?}"
    );
    folder.write("bad.txt", "order.placed many\n");
    let bad = folder.run(&["diff", "old", "new", "--traffic", "bad.txt"]);
    assert!(
        bad.err.contains("bad.txt:1: \"many\" is no count"),
        "{bad:?}"
    );
}

/// The image that was generated, a file with that image in it, and a revision: each is the
/// definitions that it came from.
#[test]
fn every_artefact_is_read_the_same() {
    let folder = shop("artefacts");
    folder.run(&["codegen", "old", "--out", "gen"]).good();
    let image = std::fs::read(folder.path().join("gen/routes.img")).unwrap();
    // As in a program: somewhere, among the magic of the tool itself.
    let mut binary = b"\x7fELF RTWRIGHT and more".to_vec();
    binary.extend(&image);
    binary.extend(b"RTWRIGHT");
    std::fs::write(folder.path().join("service"), binary).unwrap();
    let git = |args: &[&str]| {
        let ran = Command::new("git")
            .args(args)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(
            ran.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&ran.stderr)
        );
    };
    git(&["init", "-q"]);
    git(&["add", "old"]);
    git(&[
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "commit",
        "-q",
        "-m",
        "one",
    ]);
    for artefact in ["gen/routes.img", "service", "HEAD:old", "old/routes.yaml"] {
        assert!(
            folder
                .run(&["diff", artefact, "old"])
                .good()
                .contains("equal: "),
            "{artefact}"
        );
        assert_eq!(folder.run(&["diff", artefact, "new"]).code, 1, "{artefact}");
        let json = folder
            .run(&["inspect", artefact, "--format", "json"])
            .json();
        assert_eq!(
            json["routes"].as_array().map(Vec::len),
            Some(2),
            "{artefact}"
        );
        assert_eq!(json["settings"][1]["value"], "0.3", "{artefact}");
    }
    let text = folder.run(&["inspect", "service"]).good();
    assert!(text.contains("  order.*       mail\n"), "{text}");
    folder.write("other", "nothing");
    for (artefact, words) in [
        ("gone", "there is no such thing"),
        ("other", "there is no image in it"),
        ("HEAD:gone", "HEAD has no `gone`"),
        ("HEAD~9:old", "HEAD~9"),
    ] {
        let ran = folder.run(&["inspect", artefact]);
        assert_eq!(ran.code, 1, "{artefact}");
        assert!(ran.err.contains(words), "{artefact}: {}", ran.err);
    }
}
