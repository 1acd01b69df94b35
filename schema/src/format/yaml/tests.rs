use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn read_text(text: &str) -> (Read, Report, Sources) {
    let mut sources = Sources::default();
    let file = sources.add("a.yaml", text);
    let mut report = Report::new();
    let read = read(file, &sources, &mut report);
    (read, report, sources)
}

#[test]
fn spans_are_the_text_itself() {
    let text = "# \u{e9}\u{1f600}\r\npackage: a\r\nevents: [ \u{f8}.\u{e9} , 'b.c', \"d.e\"]\r\nroutes:\r\n  x\u{1f600}: { to: [loot, audit], drop: nein }\r\n";
    let (read, report, sources) = read_text(text);
    assert!(
        report.is_empty() && read.complete,
        "{}",
        report.render(&sources, false)
    );
    let slice = |span: Span| &text[span.start as usize..span.end as usize];
    let draft = read.draft;
    assert_eq!(slice(draft.package.unwrap().span), "a");
    let events: Vec<_> = draft
        .events
        .iter()
        .map(|e| (e.value.as_str(), slice(e.span)))
        .collect();
    assert_eq!(
        events,
        [
            ("\u{f8}.\u{e9}", "\u{f8}.\u{e9}"),
            ("b.c", "'b.c'"),
            ("d.e", "\"d.e\"")
        ]
    );
    let route = &draft.routes[0];
    assert_eq!(slice(route.name.span), "x\u{1f600}");
    assert_eq!(
        route
            .to
            .iter()
            .flatten()
            .map(|t| slice(t.span))
            .collect::<Vec<_>>(),
        ["loot", "audit"]
    );
    assert_eq!(slice(route.drop.as_ref().unwrap().span), "nein");
}

#[test]
fn scalars_stay_as_they_stand() {
    let (read, report, _) =
        read_text("version: 0400\npackage: yes\nevents: [1_0, 12:30, 'null', \"~\", 1e3]\n");
    assert!(report.is_empty());
    assert_eq!(read.draft.version.unwrap().value, "0400");
    assert_eq!(read.draft.package.unwrap().value, "yes");
    let events: Vec<_> = read.draft.events.iter().map(|e| e.value.as_str()).collect();
    assert_eq!(events, ["1_0", "12:30", "null", "~", "1e3"]);
}

#[test]
fn all_unquoted_patterns_are_found_in_one_run() {
    let text = "routes:\n  *.x: { to: a }\n  y: { tos: a }\n  **: { to: a }\n  z: { to: [*b] }\n  *: { to: a }\n";
    let (read, report, sources) = read_text(text);
    assert!(!read.complete);
    let all = report.render(&sources, false);
    for piece in ["\"*.x\"", "\"**\"", "\"*b\"", "no key `tos`"] {
        assert!(all.contains(piece), "{piece}: {all}");
    }
}

/// Hostile texts end soon, and are refused.
#[test]
fn hostile_texts() {
    let many = |piece: &str, bytes: usize| piece.repeat(bytes / piece.len());
    let mega = 1 << 20;
    let rows = [
        ("[", many("[", 100_000)),
        ("{", many("{", 100_000)),
        ("{a:", many("{a: ", 400_000)),
        ("- ", many("- ", 200_000)),
        ("? ", many("? ", 200_000)),
        (
            "a: deep",
            (0..2_000)
                .map(|n| format!("{}a:\n", " ".repeat(n)))
                .collect(),
        ),
        ("plain", format!("doc: {}", many("x", 5 * mega))),
        ("words", format!("doc: {}", many("x ", 5 * mega))),
        ("lines", format!("doc: {}", many("x\n  ", 5 * mega))),
        ("quoted", format!("doc: \"{}\"", many("x", 5 * mega))),
        ("open quote", format!("doc: \"{}", many("x\n", 5 * mega))),
        ("escapes", format!("doc: \"{}\"", many("\\n", 5 * mega))),
        ("block", format!("doc: |\n{}", many("  x\n", 5 * mega))),
        ("blanks", many(" ", 5 * mega)),
        ("line breaks", many("\n", 5 * mega)),
        ("comments", many("#\n", 5 * mega)),
        ("colons", many(":", mega)),
        ("keys", (0..300_000).map(|n| format!("k{n}: 1\n")).collect()),
        ("same key", many("k: 1\n", mega)),
        ("long key", format!("{}: 1", many("k", 5 * mega))),
        ("long keys", many("[aaaaaaaaaaaaaaaa, ", mega)),
        ("anchors", many("- &a b\n", mega)),
        ("aliases", format!("- &a b\n{}", many("- *a\n", mega))),
        ("unknown aliases", many("- *a\n", mega)),
        ("tags", many("- !!str b\n", mega)),
        ("documents", many("---\n", mega)),
        ("directives", many("%TAG ! tag:x,2000:\n", mega)),
        ("nulls", many("\0", mega)),
        (
            "not ascii",
            format!("doc: \"{}\" x", many("\u{1f600}", 4 * mega)),
        ),
        ("elements", format!("events: [{}]", many("a,", mega))),
        ("merge", "a: &a {x: 1}\nroutes: { <<: *a }".to_owned()),
    ];
    for (name, text) in rows {
        let start = Instant::now();
        let (_, report, sources) = read_text(&text);
        let shown = report.render(&sources, false);
        // Generous: this is a debug build on a busy machine. Anything worse than linear
        // takes minutes.
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{name}: {:?}",
            start.elapsed()
        );
        if name != "elements" {
            assert!(report.errors() > 0, "{name}");
        }
        assert!(shown.len() < mega, "{name}: {}", shown.len());
        println!(
            "{name}: {:?} {}",
            start.elapsed(),
            shown.lines().next().unwrap_or("")
        );
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "([\\[\\]{}:,&*!|>'\"%@`#? \n\t-]|a|to|routes|settings|type|\u{e9}|\u{1f600}|\r\n|\\PC){0,60}") {
        let (_, report, sources) = read_text(&text);
        report.render(&sources, false);
        report.to_json(&sources);
    }
}
