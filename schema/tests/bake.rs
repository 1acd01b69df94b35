//! Maps turned into edits of YAML: a folder of cases, each with the text before, the map
//! (in protobuf's JSON mapping) and the text after.
//!
//! `ROUTEWRIGHT_BLESS=1` writes what comes out; read it before you commit it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use routewright::{Image, Limits, RouteTable};
use routewright_schema::edit::{Edited, Refused, edit};
use routewright_schema::load::{self, Loaded};
use routewright_schema::lower::lower;
use routewright_schema::route_map;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bake");
    let mut all: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    all.sort();
    all
}

fn load(text: &str) -> Loaded {
    load::load_text("before.yaml", text)
        .unwrap_or_else(|(sources, report)| panic!("{}", report.render(&sources, false)))
}

/// What an engine with these definitions serves once it took the map of a case.
fn served(loaded: &Loaded, json: &str) -> RouteTable<Image> {
    let map = route_map::encode(&route_map::from_json(json).unwrap());
    let baseline = lower(&loaded.definition, &Limits::DEFAULT).unwrap();
    baseline.overridden(&map, &Limits::DEFAULT).unwrap()
}

/// What a person is told, as it stands in `told.txt` of a case.
fn told(edited: &Edited) -> String {
    let mut out = String::new();
    for change in &edited.changes {
        let name = if change.name.is_empty() {
            String::new()
        } else {
            format!(" {}", change.name)
        };
        let (before, after) = (&change.before, &change.after);
        let _ = writeln!(
            out,
            "{}: {}{name}: {before:?} -> {after:?}",
            change.line, change.kind
        );
    }
    for lost in &edited.lost {
        let _ = writeln!(out, "{}: gone: {}", lost.line, lost.text);
    }
    out
}

fn why(refused: &Refused) -> String {
    match refused {
        Refused::Broken(broken) => broken.1.render(&broken.0, false),
        other => format!("{other:#?}\n"),
    }
}

#[test]
fn each_case() {
    let bless = std::env::var_os("ROUTEWRIGHT_BLESS").is_some();
    let (mut wrong, mut count) = (String::new(), 0);
    for case in cases() {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let read = |file: &str| fs::read_to_string(case.join(file));
        let loaded = load(&read("before.yaml").unwrap());
        let served = served(&loaded, &read("map.json").unwrap());
        let got = match edit(&loaded, &served) {
            Ok(edited) => {
                let text = edited.loaded.sources.text(0).to_owned();
                twice(&name, &text, &served);
                vec![("after.yaml", text), ("told.txt", told(&edited))]
            }
            Err(refused) => vec![("refused.txt", why(&refused))],
        };
        for file in ["after.yaml", "told.txt", "refused.txt"] {
            let got = got
                .iter()
                .find(|(f, _)| *f == file)
                .map(|(_, text)| text.as_str());
            if bless {
                let _ = match got {
                    Some(text) => fs::write(case.join(file), text),
                    None => fs::remove_file(case.join(file)),
                };
            } else if read(file).ok().as_deref() != got {
                let _ = writeln!(
                    wrong,
                    "{name}/{file} is not:\n{}",
                    got.unwrap_or("(nothing)")
                );
            }
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count >= 20, "{count} cases");
}

/// There is nothing left to do.
#[track_caller]
fn twice(name: &str, text: &str, served: &RouteTable<Image>) {
    let again = edit(&load(text), served).unwrap_or_else(|e| panic!("{name}: {e:?}"));
    assert!(again.files.is_empty(), "{name}: {:?}", again.changes);
}
