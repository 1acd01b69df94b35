//! `schema`: what it writes, and where, and what it finds stale.

mod common;

use std::path::Path;

use common::Folder;

const ROUTES: &str = "package: shop\nversion: 1\nconsumers: { audit: { local: true } }\nroutes: { order.placed: { to: audit } }\n";

/// A workspace whose package names its schema.
fn shop(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder
        .write("routes/routes.yaml", ROUTES)
        .write("src/lib.rs", "")
        .write(
            "Cargo.toml",
            "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n\
             [package.metadata.routewright]\ndefinitions = [\"routes\"]\nschema = \"routes/shop.schema.json\"\n",
        );
    folder
}

#[test]
fn it_is_written_where_cargo_toml_says_and_stale_after_a_change() {
    let folder = shop("schema");
    let check = || folder.run(&["schema", "--check"]);
    assert!(
        check()
            .bad(1)
            .contains("shop.schema.json is missing: run `cargo xtask schema`")
    );
    let out = folder.run(&["schema"]).good();
    assert_eq!(out, "shop: routes/shop.schema.json (written)\n");
    let schema: serde_json::Value =
        serde_json::from_str(&folder.read("routes/shop.schema.json")).unwrap();
    assert_eq!(
        schema["definitions"]["consumer"]["anyOf"][0]["enum"][0],
        "audit"
    );
    assert!(check().good().contains("(fresh)"));
    assert!(folder.run(&["schema"]).good().contains("(unchanged)"));
    // The file among the definitions is none of them.
    folder.run(&["check"]).good();

    folder.write(
        "routes/routes.yaml",
        &ROUTES.replace("order.placed", "order.sold"),
    );
    assert!(check().bad(1).contains("is stale"));
    let ran = folder.run(&["schema", "--check", "--format", "json"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.json()["files"][0]["state"], "stale");
    folder.run(&["schema"]).good();
    check().good();
}

#[test]
fn paths_are_printed_or_written_and_mistakes_are_told() {
    let folder = Folder::new("schema-paths");
    folder.write("a.yaml", ROUTES);
    let printed = folder.run(&["schema", "a.yaml"]).good();
    folder.run(&["schema", "a.yaml", "--out", "b.json"]).good();
    assert_eq!(folder.read("b.json"), printed);
    let rows: &[(&[&str], i32, &str)] = &[
        (&["schema", "a.yaml", "--check"], 2, "which file?"),
        (&["schema", "gone.yaml"], 1, "gone.yaml"),
        (
            &["schema", "a.yaml", "--out", "no/b.json"],
            1,
            "no/b.json: ",
        ),
    ];
    for (args, code, words) in rows {
        let err = folder.run(args).bad(*code);
        assert!(err.contains(words), "{args:?}: {err}");
    }
}

/// The line by which an editor finds the file, which is fresh and beside the definition.
#[test]
fn a_new_service_is_wired_to_editors() {
    let folder = Folder::new("schema-init");
    folder.run(&["init", "my-service"]).good();
    let routes = folder.read("my-service/routes/routes.yaml");
    let file = routes
        .lines()
        .next()
        .unwrap()
        .strip_prefix("# yaml-language-server: $schema=");
    let file = Path::new("my-service/routes").join(file.unwrap());
    let file = file.to_str().unwrap();
    folder
        .run(&["schema", "my-service/routes", "--out", file, "--check"])
        .good();
    let manifest = folder.read("my-service/Cargo.toml");
    assert!(
        manifest.contains("schema = \"routes/routewright.schema.json\""),
        "{manifest}"
    );
    assert!(
        folder
            .read("my-service/.github/workflows/ci.yml")
            .contains("cargo xtask schema --check")
    );
}

/// The schemas that are committed are what would be written, and every definition beside one
/// names it.
#[test]
fn the_schemas_of_this_workspace_are_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_routewright-xtask"))
        .args(["schema", "--check", "--format", "json"])
        .current_dir(&root)
        .output();
    let ran = common::Ran::of(ran.unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    let files = ran.json()["files"].as_array().unwrap().clone();
    assert!(!files.is_empty());
    for file in files {
        let file = root.join(file["file"].as_str().unwrap());
        let name = file.file_name().unwrap().to_str().unwrap();
        let line = format!("# yaml-language-server: $schema={name}\n");
        for entry in std::fs::read_dir(file.parent().unwrap()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "yaml") {
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(text.starts_with(&line), "{}: {line}", path.display());
            }
        }
    }
}
