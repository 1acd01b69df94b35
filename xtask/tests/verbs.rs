//! The verbs that need no engine: what they print, write and refuse, and how they exit.

mod common;

use common::Folder;

const ROUTES: &str = "\
version: 1
package: shop
consumers:
  billing: { kafka: billing.v1 }
  audit: { local: true }
routes:
  order.placed: { to: [billing, audit], timeout: 200ms }
  order.*: { to: audit }
  order.**: { to: billing }
  debug.**: { drop: noise }
settings:
  batch: { type: int, default: 50, min: 1, max: 100 }
tests:
  - { event: order.placed, to: [billing, audit] }
";

fn shop(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("routes/routes.yaml", ROUTES);
    folder
}

#[test]
fn every_verb_has_help_with_an_example() {
    let folder = Folder::new("help");
    let overview = folder.run(&["--help"]).good();
    for verb in [
        "init",
        "codegen",
        "check",
        "explain",
        "test",
        "convert",
        "push",
        "rollback",
        "status",
        "demo",
        "diff",
        "inspect",
        "graph",
        "docs",
        "schema",
        "check-version",
    ] {
        assert!(overview.contains(verb), "{overview}");
        let help = folder.run(&[verb, "--help"]).good();
        assert!(
            help.contains("Example") && help.contains(&format!("\n  cargo xtask {verb}")),
            "{verb}: {help}"
        );
    }
}

#[test]
fn exit_codes() {
    let folder = shop("codes");
    folder.write("bad.yaml", &ROUTES.replace("to: audit }", "to: nobody }"));
    let rows: &[(&[&str], i32)] = &[
        (&["check", "routes"], 0),
        (&["check", "bad.yaml"], 1),
        (&["check", "nowhere"], 1),
        (&["codegen", "bad.yaml", "--out", "out"], 1),
        (&["codegen", "routes"], 2),
        (&["codegen", "--out", "out"], 2),
        (&["explain", "order.placed", "routes"], 0),
        (&["explain", "nobody.knows", "routes"], 1),
        (&["explain"], 2),
        (&["test", "routes"], 0),
        (&["convert", "routes"], 2),
        (&["convert", "routes", "--to", "xml"], 2),
        (&["push"], 2),
        (&["push", "--set", "a=1", "--url", "http://127.0.0.1:1"], 1),
        (&["status", "--url", "http://127.0.0.1:1"], 1),
        (&["init", "routes"], 1),
        (&["init", "new", "--name", "Not A Name"], 2),
        (&["frobnicate"], 2),
        (&[], 2),
    ];
    for (args, code) in rows {
        let ran = folder.run(args);
        assert_eq!(ran.code, *code, "{args:?}: {ran:?}");
    }
}

#[test]
fn check_says_what_is_good_and_what_is_not() {
    let folder = shop("check");
    let out = folder.run(&["check", "routes"]).good();
    assert_eq!(
        out,
        "routes: good: 1 event, 4 routes, 2 consumers, 1 setting, 0 rules, 1 test (all pass)\n"
    );
    folder.write(
        "routes/more.yaml",
        "routes:\n  order.placed: { to: bilings }\n",
    );
    let err = folder.run(&["check", "routes"]).bad(1);
    for part in [
        "there is no consumer `bilings`",
        "did you mean `billing`?",
        "routes/more.yaml:2:",
        "first here",
    ] {
        assert!(
            err.to_lowercase().contains(&part.to_lowercase()),
            "{part}: {err}"
        );
    }
    let ran = folder.run(&["check", "routes", "--format", "json"]);
    assert_eq!(ran.code, 1);
    let json = ran.json();
    assert_eq!(json["errors"], 2);
    assert_eq!(json["diagnostics"][0]["file"], "routes/more.yaml");
    assert_eq!(json["diagnostics"][0]["line"], 2);
}

#[test]
fn check_writes_for_programs() {
    let folder = shop("formats");
    folder.write("routes/more.yaml", "routes:\n  a: { to: bilings }\n");
    let good = folder
        .write("good.yaml", ROUTES)
        .run(&["check", "good.yaml", "--format", "github"]);
    assert!(good.good().starts_with("good.yaml: good: 1 event"));

    // A whole path is shown as the relative one is.
    let whole = folder.path().join("routes");
    for path in ["routes", whole.to_str().unwrap()] {
        let github = folder.run(&["check", path, "--format", "github"]);
        assert_eq!((github.code, github.err.as_str()), (1, ""));
        let command = "::error file=routes/more.yaml,line=2,endLine=2,col=12,endColumn=19,\
                       title=unknown_consumer::there is no consumer `bilings`%0A\
                       help: did you mean `billing`?\n";
        assert_eq!(github.out, command);

        let sarif = folder.run(&["check", path, "--format", "sarif"]);
        assert_eq!((sarif.code, sarif.err.as_str()), (1, ""));
        let log = sarif.json();
        assert_eq!(log["version"], "2.1.0");
        let result = &log["runs"][0]["results"][0];
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "routes/more.yaml");

        let json = folder.run(&["check", path, "--format", "json"]).json();
        assert_eq!((&json["format"], &json["warnings"]), (&1.into(), &0.into()));
    }
    assert_eq!(folder.run(&["check", "routes", "--format", "xml"]).code, 2);
}

#[test]
fn codegen_writes_checks_and_names_the_cure() {
    let folder = shop("codegen");
    let args = ["codegen", "routes", "--out", "gen"];
    let check = ["codegen", "routes", "--out", "gen", "--check"];
    let cure = "cargo xtask codegen routes --out gen";

    let err = folder.run(&check).bad(1);
    assert!(
        err.contains("routes.rs is missing") && err.contains(cure),
        "{err}"
    );
    assert!(
        !folder.path().join("gen").exists(),
        "--check writes nothing"
    );

    assert_eq!(
        folder.run(&args).good(),
        "routes -> gen: 3 files written, 0 unchanged\n"
    );
    assert_eq!(
        folder.run(&args).good(),
        "routes -> gen: 0 files written, 3 unchanged\n"
    );
    assert_eq!(
        folder.run(&check).good(),
        "routes -> gen: 3 files up to date\n"
    );

    folder.write("routes/routes.yaml", &ROUTES.replace("200ms", "300ms"));
    let before = folder.read("gen/routes.rs");
    let err = folder.run(&check).bad(1);
    assert!(
        err.contains("routes.rs is not what the definitions give") && err.contains(cure),
        "{err}"
    );
    assert_eq!(
        folder.read("gen/routes.rs"),
        before,
        "--check writes nothing"
    );
    folder.run(&args).good();

    folder.write("gen/old.rs", "// @generated by routewright-codegen\n");
    folder.write("gen/mine.rs", "// by hand\n");
    assert!(
        folder
            .run(&check)
            .bad(1)
            .contains("old.rs is no longer generated")
    );
    folder.run(&args).good();
    assert!(!folder.path().join("gen/old.rs").exists());
    assert!(
        folder.path().join("gen/mine.rs").exists(),
        "what others wrote is left alone"
    );
    let json = folder
        .run(&[
            "codegen", "routes", "--out", "gen", "--check", "--format", "json",
        ])
        .json();
    assert_eq!((&json["stale"], &json["check"]), (&0.into(), &true.into()));
}

#[test]
fn explain_says_which_rule_and_why() {
    let folder = shop("explain");
    let rows = [
        (
            "order.placed",
            "order.placed\n  goes to  billing, audit\n  policy   timeout 200ms\n  in Rust  `Event::OrderPlaced`\n  rule     `order.placed`  routes/routes.yaml:7:3\n  \
             because  it has a route of its own\n  lost     `order.*`  routes/routes.yaml:8:3: an exact name beats every pattern\n  \
             lost     `order.**`  routes/routes.yaml:9:3: an exact name beats every pattern\n",
        ),
        (
            "order.sent",
            "order.sent  (not declared)\n  goes to  audit\n  rule     `order.*`  routes/routes.yaml:8:3\n  \
             because  of the 2 patterns that meet it, `order.*` comes first\n  \
             lost     `order.**`  routes/routes.yaml:9:3: `**` is less specific than `*`\n",
        ),
        (
            "debug.a.b",
            "debug.a.b  (not declared)\n  goes to  drop: noise\n  rule     `debug.**`  routes/routes.yaml:10:3\n  \
             because  only the pattern `debug.**` meets it\n",
        ),
    ];
    for (event, expected) in rows {
        assert_eq!(folder.run(&["explain", event, "routes"]).good(), expected);
    }
    let json = folder
        .run(&["explain", "order.sent", "routes", "--format", "json"])
        .json();
    assert_eq!(json["rule"], "order.*");
    assert_eq!(json["place"], "routes/routes.yaml:8:3");
    assert_eq!(json["lost"][0]["rule"], "order.**");
}

/// A definition in `.proto`, its imports beneath another root, and what verbs say of it.
#[test]
fn proto_definitions() {
    let folder = Folder::new("proto");
    folder.write(
        "proto/common/money.proto",
        "syntax = \"proto3\";\npackage common;\nmessage Money { int64 cents = 1; }\n",
    );
    folder.write(
        "proto/shop/shop.proto",
        "syntax = \"proto3\";\npackage shop;\nimport \"common/money.proto\";\n\
         import \"routewright/v1/options.proto\";\n\
         option (routewright.v1.definition) = { version: 1 consumers { name: \"audit\" local: true } };\n\
         message Placed {\n  option (routewright.v1.route) = { event: \"order.placed\" to: \"audit\" };\n  \
         common.Money total = 1;\n}\n",
    );
    let ran = folder.run(&["check", "proto/shop"]);
    assert_eq!(ran.code, 1);
    for piece in [
        "proto/shop/shop.proto:3:1",
        "no file `common/money.proto`",
        "--include",
    ] {
        assert!(ran.err.contains(piece), "{piece}: {}", ran.err);
    }
    let said = folder.run(&[
        "explain",
        "order.placed",
        "proto/shop",
        "--include",
        "proto",
    ]);
    assert_eq!(
        said.good(),
        "order.placed\n  goes to  audit\n  in Rust  `Event::OrderPlaced`\n  payload  `shop.Placed`\n  \
         rule     `order.placed`  proto/shop/shop.proto:7:45\n  because  it has a route of its own\n"
    );
    // Written in the other spelling, and back again.
    let yaml = folder.run(&["convert", "proto/shop", "-I", "proto", "--to", "yaml"]);
    assert!(
        yaml.err.contains("a message of the source is the payload"),
        "{}",
        yaml.err
    );
    folder.write("yaml/shop.yaml", &yaml.out);
    let proto = folder.run(&["convert", "yaml", "--to", "proto"]).good();
    folder.write("again/shop.proto", &proto);
    assert_eq!(
        folder.run(&["convert", "again", "--to", "yaml"]).good(),
        yaml.out
    );
    // For other tools, a copy of what definitions import; our own does not mind it.
    let first = folder.run(&["protos", "again"]).good();
    assert_eq!(first.matches(": written").count(), 2, "{first}");
    let second = folder.run(&["protos", "again"]).good();
    assert_eq!(second.matches(": unchanged").count(), 2, "{second}");
    folder.run(&["check", "again"]).good();
}

#[test]
fn convert_loses_nothing() {
    let folder = shop("convert");
    for (from, to, out) in [
        ("routes", "binpb", "a.binpb"),
        ("a.binpb", "json", "b.json"),
        ("b.json", "yaml", "c.yaml"),
        ("c.yaml", "yaml", "d.yaml"),
    ] {
        folder
            .run(&["convert", from, "--to", to, "--out", out])
            .good();
    }
    assert_eq!(folder.read("c.yaml"), folder.read("d.yaml"));
    for paths in ["routes", "c.yaml"] {
        folder
            .run(&["codegen", paths, "--out", &format!("gen-{paths}")])
            .good();
    }
    let image = |name: &str| std::fs::read(folder.path().join(name).join("routes.img")).unwrap();
    assert_eq!(
        image("gen-routes"),
        image("gen-c.yaml"),
        "the same definition, the same bytes"
    );
}

/// Everything that this workspace has checked in is what its definitions give now.
#[test]
fn the_generated_code_of_this_workspace_is_fresh() {
    let ran = in_this_workspace(&["codegen", "--check", "--format", "json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let projects = ran.json()["projects"].as_array().unwrap().len();
    assert!(projects >= 2, "only {projects} compared");
}

#[test]
fn check_writes_a_run_for_each_project_of_this_workspace() {
    let ran = in_this_workspace(&["check", "--format", "sarif"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let log = ran.json();
    let ids: std::collections::BTreeSet<&str> = log["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["automationDetails"]["id"].as_str().unwrap())
        .collect();
    assert!(
        ids.contains("routewright/treasure-hunt/") && ids.len() >= 2,
        "{ids:?}"
    );
    let good = in_this_workspace(&["check", "--format", "github"]).good();
    assert!(good.contains("treasure-hunt: good: "), "{good}");
}

fn in_this_workspace(args: &[&str]) -> common::Ran {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let tool = env!("CARGO_BIN_EXE_routewright-xtask");
    let ran = std::process::Command::new(tool)
        .args(args)
        .current_dir(root)
        .output();
    common::Ran::of(ran.unwrap())
}
