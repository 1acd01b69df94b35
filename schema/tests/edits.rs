//! Good definitions with a few characters changed: whatever that makes of them, the
//! way from text to diagnostics holds.

use proptest::prelude::*;
use routewright_schema::check::{CheckOptions, check};
use routewright_schema::load::{load_proto_text, load_text};
use routewright_schema::value::Date;

const PIECES: &[&str] = &[
    "",
    " ",
    "\n",
    "\t",
    ":",
    ": ",
    ",",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "*",
    "**",
    "&a ",
    "*a",
    "!x ",
    "#",
    "|",
    ">",
    "- ",
    "---\n",
    "<<: ",
    "0",
    "-1",
    "1e9",
    "99999999999999999999",
    "ns",
    "%",
    "x",
    "\u{e9}",
    "\u{1f600}",
    "\u{feff}",
    "\r\n",
    "null",
    "true",
    "type",
    "to",
    "default",
    "min",
    "item.*",
    "..",
    "\0",
    "\u{202e}",
    "(",
    "!",
    "&&",
    ")",
    ";",
    "=",
    "<",
    "/*",
    "//",
    "\\x",
    "\\377",
    "message",
    "option (",
    "repeated ",
    "import \"",
    "route",
];

const FILES: &[&str] = &[
    "accept/design/routes.yaml",
    "accept/everything/b.yml",
    "accept/everything/sub/c.yaml",
    "proto/design/treasure.proto",
    "proto/settings/settings.proto",
];

fn text(name: &str) -> String {
    std::fs::read_to_string(format!("tests/{name}")).unwrap()
}

fn edited(mut text: String, edits: &[(usize, usize, usize)]) -> String {
    for (at, cut, piece) in edits {
        let start = text.floor_char_boundary(at % (text.len() + 1));
        let end = text.ceil_char_boundary((start + cut).min(text.len()));
        text.replace_range(start..end, PIECES[piece % PIECES.len()]);
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_edit_makes_it_panic(
        file in prop::sample::select(FILES),
        edits in prop::collection::vec((any::<usize>(), 0..8_usize, any::<usize>()), 1..4),
    ) {
        let text = edited(text(file), &edits);
        let loaded = match file.ends_with(".proto") {
            true => load_proto_text("a.proto", &text),
            false => load_text("a.yaml", &text),
        };
        let (sources, report) = match loaded {
            Ok(loaded) => {
                let checked = check(&loaded, &CheckOptions::strict(Date::new(2026, 6, 1).unwrap()));
                prop_assert_eq!(checked.table.is_none(), checked.report.sorted().iter().any(|d| d.severity.as_str() == "error" && d.code != "unrouted" && d.code != "expired"));
                (loaded.sources, checked.report)
            }
            Err(refused) => {
                prop_assert!(refused.1.errors() > 0);
                refused
            }
        };
        let words = report.render(&sources, false);
        prop_assert!(!words.contains('\u{1b}') && !words.contains('\u{202e}'), "{}", words);
        prop_assert_eq!(report.to_json(&sources)["errors"].as_u64(), Some(report.errors() as u64));
    }
}
