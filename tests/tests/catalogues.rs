//! Names that nobody here chose: every catalogue goes through both spellings of the
//! language, the table and the generated code, and every answer is the naive
//! interpreter's.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{env, fs};

use routewright::Limits;
use routewright_codegen::{Options, files, generate, spelling};
use routewright_schema::format::{proto_write, yaml_write};
use routewright_schema::load::{load_proto_text, load_text};
use routewright_schema::lower::lower;
use routewright_tests::catalogues::{self, Catalogue};
use routewright_tests::naive;

/// File, names, and how many of those are spelled with digits, because others would be
/// spelled alike.
const CATALOGUES: [(&str, usize, usize); 10] = [
    ("cdevents_types", 48, 0),
    ("github_webhooks", 224, 0),
    ("google_cloudevents", 372, 0),
    ("googleapis_rpc_methods", 12_344, 0),
    ("intel_perfmon_events", 1_001, 2),
    ("mdn_dom_events", 489, 0),
    ("nats_schema_types", 83, 0),
    ("slack_events_api", 66, 0),
    ("stripe_events", 265, 0),
    ("temporal_dynamicconfig_keys", 638, 0),
];

#[test]
fn all_are_here_and_every_name_is_taken() {
    let all = catalogues::all();
    let found: Vec<(&str, usize)> = all
        .iter()
        .map(|c| (c.name.as_str(), c.names.len()))
        .collect();
    assert_eq!(found, CATALOGUES.map(|(name, names, _)| (name, names)));
    assert_eq!(all.iter().map(|c| c.names.len()).sum::<usize>(), 15_530);
    for catalogue in &all {
        assert_eq!(catalogue.refused, [], "{}", catalogue.name);
    }
}

/// Written in either spelling, read back, compiled: the same image, and the answers of
/// the interpreter, for every name and its neighbours.
#[test]
fn every_name_is_answered_as_the_definition_reads() {
    for catalogue in catalogues::all() {
        let definition = catalogues::definition(&catalogue);
        let table = lower(&definition, &Limits::DEFAULT).expect("a definition that compiles");
        let yaml = load_text("a.yaml", &yaml_write::write(&definition));
        let proto = load_proto_text("a.proto", &proto_write::write(&definition));
        for loaded in [yaml, proto] {
            let read = loaded
                .unwrap_or_else(|(sources, report)| panic!("{}", report.render(&sources, false)));
            assert!(read.definition == definition, "{}", catalogue.name);
        }
        let names = near(&catalogue);
        assert!(names.len() > 4 * catalogue.names.len());
        // The interpreter looks at every route for each name; of the neighbours in the
        // largest catalogue every eighth is asked.
        let step = names.len().div_ceil(10_000);
        for name in names.iter().step_by(step).chain(&catalogue.names) {
            assert_eq!(
                naive::told(table.find(name)),
                naive::answer(&definition, name),
                "{}: {name:?}",
                catalogue.name
            );
        }
    }
}

/// Names beside those of a catalogue.
fn near(catalogue: &Catalogue) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for name in &catalogue.names {
        let flipped = name.chars().map(|c| match c.is_uppercase() {
            true => c.to_ascii_lowercase(),
            false => c.to_ascii_uppercase(),
        });
        names.insert(flipped.collect());
        names.insert(format!("{name}.x"));
        names.insert(format!("{name} "));
        names.insert(name.chars().skip(1).collect());
        let mut shorter = name.clone();
        shorter.pop();
        names.insert(shorter);
        names.extend(name.rsplit_once('.').map(|(head, _)| format!("{head}.x")));
    }
    names
}

/// Spellings are legal, different, and no longer than they need be.
#[test]
fn spellings() {
    for (catalogue, (name, _, digits)) in catalogues::all().iter().zip(CATALOGUES) {
        let definition = catalogues::definition(catalogue);
        // A few by the function that tools ask, all by the code below.
        for event in catalogue.names.iter().take(3) {
            assert!(spelling(&definition, event).is_some());
        }
        assert_eq!(spelling(&definition, "no such event"), None);
        let code = code(catalogue);
        let hashed = variants(&code).filter(|v| v.contains('_')).count();
        assert_eq!(hashed, digits, "{name}");
    }
}

fn code(catalogue: &Catalogue) -> String {
    let definition = catalogues::definition(catalogue);
    let files = generate(&definition, &Options::default()).expect("code");
    String::from_utf8(files["routes.rs"].clone()).expect("text")
}

/// The variants of `Event` in generated code.
fn variants(code: &str) -> impl Iterator<Item = &str> {
    let body = code.split("pub enum Event {").nth(1).unwrap_or("");
    let body = body.split("\n}").next().unwrap_or("");
    body.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
        .filter_map(|line| line.strip_suffix(','))
}

/// The generated code of all catalogues compiles without a warning, in one program that
/// asks each table for each of its events, by position and by name.
#[test]
fn generated_code_compiles_and_answers() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("catalogues");
    let mut program = "#![deny(warnings, missing_docs)]\n//! All catalogues.\n".to_owned();
    let mut calls = String::new();
    for catalogue in catalogues::all() {
        let name = &catalogue.name;
        let definition = catalogues::definition(&catalogue);
        let start = Instant::now();
        let generated = generate(&definition, &Options::default()).expect("code");
        println!(
            "{name}: {} names, codegen {:?}",
            catalogue.names.len(),
            start.elapsed()
        );
        files::write(&generated, &folder.join(name)).expect("to write");
        let names = catalogue.names.join("\n");
        fs::write(folder.join(name).join("names.txt"), names).expect("to write");
        program.push_str(&format!(
            "mod {name} {{ include!(\"{name}/routes.rs\"); {CHECK} }}\n"
        ));
        calls.push_str(&format!(
            "    sum += {name}::check(include_str!(\"{name}/names.txt\"));\n"
        ));
    }
    program.push_str(&format!(
        "fn main() {{\n    let mut sum = 0;\n{calls}    println!(\"{{sum}}\");\n}}\n"
    ));
    fs::write(folder.join("main.rs"), program).expect("to write");
    let start = Instant::now();
    let said = rustc(&folder.join("main.rs"), &folder.join("all"));
    assert!(said.is_empty(), "{said}");
    println!("rustc: {:?}", start.elapsed());
    let output = Command::new(folder.join("all")).output().expect("to run");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        "15530",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What the program asks of each catalogue.
const CHECK: &str = "
    pub(super) fn check(names: &str) -> usize {
        let mut asked = 0;
        for (event, name) in Event::ALL.iter().copied().zip(names.lines()) {
            assert_eq!(event.as_str(), name);
            assert!(name.parse() == Ok(event), \"{name}\");
            let (by_id, by_name) = (TABLE.get(event), TABLE.find(name).expect(name));
            assert_eq!(by_id.event(), Some(event));
            assert_eq!(by_name.event(), Some(event));
            assert_eq!(by_id.outcome(), by_name.outcome());
            assert!(by_id.consumers().eq(by_name.consumers()));
            asked += 1;
        }
        assert_eq!(asked, Event::ALL.len());
        asked
    }
";

fn rustc(file: &Path, out: &Path) -> String {
    let library = library();
    let mut reference = std::ffi::OsString::from("routewright=");
    reference.push(&library);
    let output = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args([
            "--edition=2024",
            "--crate-name=all",
            "--check-cfg=cfg(test)",
            "--color=never",
        ])
        .arg("--extern")
        .arg(reference)
        .arg("-L")
        .arg(library.with_file_name("deps"))
        .arg("-o")
        .arg(out)
        .arg(file)
        .output()
        .expect("rustc");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The runtime, as cargo has built it.
fn library() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package=routewright"])
        .arg("--message-format=json-render-diagnostics")
        .output()
        .expect("cargo");
    let said = String::from_utf8_lossy(&output.stdout);
    let file = said
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "routewright")
        .find_map(|message| message["filenames"][0].as_str().map(PathBuf::from));
    file.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}
