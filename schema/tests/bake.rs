//! Maps turned into edits of YAML: a folder of cases, each with the text before, the map
//! (in protobuf's JSON mapping) and the text after.
//!
//! `ROUTEWRIGHT_BLESS=1` writes what comes out; read it before you commit it.

mod restyle;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::*;
use routewright::{Image, Limits, RouteTable};
use routewright_schema::arbitrary::edits;
use routewright_schema::edit::{Change, Edited, Refused, edit};
use routewright_schema::format::yaml_write;
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// In whatever hand the definition is written, and whatever is pushed.
    #[test]
    fn any_push_is_baked(
        (base, next) in edits(),
        overlay in any::<bool>(),
        choices in vec(any::<u8>(), 1..64),
    ) {
        let text = restyle::restyled(&yaml_write::write(&base), &choices);
        let loaded = load(&text);
        prop_assert_eq!(&loaded.definition, &base, "the hand is another, the definition is not:\n{}", text);
        let Ok(baseline) = lower(&base, &Limits::DEFAULT) else { return Ok(()) };
        let (from, to) = (route_map::complete(&base, 1), route_map::complete(&next, 2));
        let map = if overlay { route_map::overlay(&from, &to) } else { to };
        let Ok(served) = baseline.overridden(&route_map::encode(&map), &Limits::DEFAULT) else {
            return Ok(());
        };
        let edited = edit(&loaded, &served);
        let edited = match edited {
            Ok(edited) => edited,
            Err(why_not) => return Err(TestCaseError::fail(format!("{}\n{text}", why(&why_not)))),
        };
        let after = edited.loaded.sources.text(0);
        let shown = || format!("{text}\n=====\n{after}");
        prop_assert_eq!(route_map::from_table(&served, 0), {
            let mut map = route_map::from_table(&edited.table, 0);
            map.catalog = served.fingerprint();
            map
        });
        if base.events == edited.loaded.definition.events {
            prop_assert_eq!(served.as_image(), edited.table.as_image());
        }
        // Read from the text alone, not from what was said to be in it.
        let again = edit(&load(after), &served).map_err(|why_not| TestCaseError::fail(why(&why_not)))?;
        prop_assert!(again.files.is_empty(), "a second time changes nothing: {}", shown());

        // Each comment stays, or is told; and only those go that are of something that went.
        let mut left = comments(after);
        left.extend(edited.lost.iter().map(|lost| lost.text.clone()));
        left.sort();
        prop_assert_eq!(&left, &comments(&text), "{}", shown());
        for lost in &edited.lost {
            let changed = edited.changes.iter().any(|change| is_of(&lost.text, change));
            prop_assert!(changed, "{} is gone, but why?\n{}", lost.text, shown());
        }
    }
}

/// The comments of a text that [`restyle`] wrote, sorted.
fn comments(text: &str) -> Vec<String> {
    let mark = |line: &str| {
        let at = line.match_indices("# ").map(|(at, _)| at).find(|at| {
            let mut words = line[at + 2..].split(' ');
            let first = words.next().unwrap_or("");
            let place = words.next().unwrap_or("");
            first == "at" || first.parse::<u32>().is_ok() && ["above", "beside"].contains(&place)
        })?;
        Some(line[at..].trim_end().to_owned())
    };
    let mut all: Vec<String> = text.lines().filter_map(mark).collect();
    all.sort();
    all
}

/// Whether a comment stood in or above what a change is of.
fn is_of(comment: &str, change: &Change) -> bool {
    let words: Vec<&str> = comment.split(' ').skip(2).collect();
    let name = change.name.replace(' ', "_");
    match (change.kind, words.as_slice()) {
        ("fallback", ["above" | "beside", "fallback", ..]) => true,
        ("route", [_, "routes", route, ..]) => *route == name,
        // The event's line is gone; what stood above it is not.
        ("route", ["beside", "events", ..]) => true,
        // Inside of its default; beside it only if that had lines of its own.
        ("setting", [_, "settings", path @ ..]) => {
            let path = path.join(".");
            path.starts_with(&format!("{name}.default"))
        }
        _ => false,
    }
}
