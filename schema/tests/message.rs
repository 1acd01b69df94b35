//! Definitions survive every format, and readers of messages refuse what they cannot
//! keep.

use proptest::prelude::*;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use routewright_schema::arbitrary::definition;
use routewright_schema::diagnostic::Report;
use routewright_schema::draft::Draft;
use routewright_schema::format::{message, yaml, yaml_write};
use routewright_schema::model::Definition;
use routewright_schema::pb;
use routewright_schema::resolve::resolve;
use routewright_schema::source::Sources;

/// Resolves one draft; what is wrong with it fails the test.
fn resolved(draft: Draft, sources: &Sources, mut report: Report) -> Result<Definition, String> {
    let resolved = resolve(vec![draft], report.errors() == 0, sources, &mut report);
    resolved
        .map(|resolved| resolved.definition)
        .ok_or_else(|| report.render(sources, false))
}

fn by_binpb(definition: &Definition) -> Result<Definition, String> {
    let (mut sources, mut report) = (Sources::default(), Report::new());
    let bytes = message::write_binpb(definition);
    let draft = message::read_binpb("d.binpb", &bytes, &mut sources, &mut report);
    resolved(draft, &sources, report)
}

fn by_json(definition: &Definition) -> Result<Definition, String> {
    let (mut sources, mut report) = (Sources::default(), Report::new());
    let text = message::write_json(definition);
    let draft = message::read_json("d.json", &text, &mut sources, &mut report);
    resolved(draft, &sources, report)
}

fn by_yaml(definition: &Definition) -> Result<Definition, String> {
    let (mut sources, mut report) = (Sources::default(), Report::new());
    let text = yaml_write::write(definition);
    let file = sources.add("d.yaml", &text);
    let read = yaml::read(file, &sources, &mut report);
    resolved(read.draft, &sources, report).map_err(|report| format!("{report}\n{text}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_format_keeps_a_definition(definition in definition()) {
        for (format, read) in [("binpb", by_binpb(&definition)), ("json", by_json(&definition)), ("yaml", by_yaml(&definition))] {
            match read {
                Ok(read) => prop_assert_eq!(&read, &definition, "{}", format),
                Err(report) => prop_assert!(false, "{format}: {report}"),
            }
        }
    }

    #[test]
    fn other_readers_read_the_same(definition in definition()) {
        let wanted = message::to_message(&definition);
        let read = pb::Definition::decode(&*message::write_binpb(&definition));
        prop_assert_eq!(read.as_ref(), Ok(&wanted));
        let pool = DescriptorPool::decode(message::DESCRIPTORS).expect("descriptors");
        let descriptor = pool.get_message_by_name("routewright.v1.Definition").expect("Definition");
        let text = message::write_json(&definition);
        let mut json = serde_json::Deserializer::from_str(&text);
        let read = DynamicMessage::deserialize(descriptor, &mut json).expect("JSON");
        let read = read.transcode_to::<pb::Definition>();
        prop_assert_eq!(read.as_ref(), Ok(&wanted));
    }

    #[test]
    fn hostile_bytes_are_read_to_an_end(
        definition in definition(),
        cut in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut bytes = message::write_binpb(&definition);
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let (mut sources, mut report) = (Sources::default(), Report::new());
        message::read_binpb("x.binpb", &bytes[..cut.index(bytes.len() + 1)], &mut sources, &mut report);
        report.render(&sources, false);

        let mut text = message::write_json(&definition);
        let mut cut = cut.index(text.len() + 1);
        while !text.is_char_boundary(cut) {
            cut -= 1;
        }
        text.truncate(cut);
        let (mut sources, mut report) = (Sources::default(), Report::new());
        message::read_json("x.json", &text, &mut sources, &mut report);
        report.render(&sources, false);
    }
}

/// An input, and the code and place of each problem with it.
type Row<'a, I> = (I, &'a [(&'a str, &'a str)]);

/// Codes of what is reported, each with the text that it points at.
fn codes(report: &Report, sources: &Sources) -> Vec<(&'static str, String)> {
    let at = |span: routewright_schema::source::Span| {
        sources
            .text(span.file)
            .get(span.start as usize..span.end as usize)
            .unwrap_or("?")
            .to_owned()
    };
    report
        .sorted()
        .iter()
        .map(|d| (d.code, d.primary.map_or(String::new(), at)))
        .collect()
}

#[test]
fn json_that_is_refused() {
    let deep = "[".repeat(1_000_000);
    let rows: &[Row<'_, &str>] = &[
        ("", &[("syntax", "")]),
        ("{", &[("syntax", "{")]),
        (&deep, &[("syntax", "[")]),
        ("[]", &[("wrong_type", "[]")]),
        (r#"{"pakage": "x"}"#, &[("unknown_field", r#""pakage""#)]),
        (
            r#"{"package": "x", "package": "y"}"#,
            &[("duplicate", "package")],
        ),
        (
            r#"{"package": null, "package": "y"}"#,
            &[("duplicate", "package")],
        ),
        (
            r#"{"version": "7x", "package": 3}"#,
            &[("wrong_type", r#""7x""#), ("wrong_type", "3")],
        ),
        (r#"{"version": 1.5}"#, &[("wrong_type", "1.5")]),
        (r#"{"version": -1}"#, &[("wrong_type", "-1")]),
        (r#"{"routes": {}}"#, &[("wrong_type", "{}")]),
        (
            r#"{"routes": [null, {"to": "a"}]}"#,
            &[("wrong_type", "null"), ("wrong_type", r#""a""#)],
        ),
        (
            r#"{"routes": [{"rank": 3000000000}]}"#,
            &[("wrong_type", "3000000000")],
        ),
        (
            r#"{"routes": [{"enabled": "false"}]}"#,
            &[("wrong_type", r#""false""#)],
        ),
        (r#"{"package": "\ud800"}"#, &[("syntax", r#""\ud800""#)]),
        (
            r#"{"settings": [{"default": ["1"], "rows": [{"cells": ["1"]}]}]}"#,
            &[(
                "wrong_type",
                r#"{"default": ["1"], "rows": [{"cells": ["1"]}]}"#,
            )],
        ),
        (
            r#"{"tests": [{"event": "a", "none": ["two"]}]}"#,
            &[("bad_test", "two")],
        ),
    ];
    for (text, wanted) in rows {
        let (mut sources, mut report) = (Sources::default(), Report::new());
        message::read_json("d.json", text, &mut sources, &mut report);
        let found = codes(&report, &sources);
        let found: Vec<_> = found
            .iter()
            .map(|(code, at)| (*code, at.as_str()))
            .collect();
        assert_eq!(&found, wanted, "{}", &text[..text.len().min(80)]);
    }
}

#[test]
fn json_names_and_numbers_have_two_spellings() {
    let draft = |text: &str| {
        let (mut sources, mut report) = (Sources::default(), Report::new());
        let draft = message::read_json("d.json", text, &mut sources, &mut report);
        assert!(report.is_empty(), "{}", report.render(&sources, false));
        draft
    };
    for text in [
        r#"{"version": 7, "routes": [{"retryDelay": "1s"}]}"#,
        r#"{"version": "7", "routes": [{"retry_delay": "1s"}]}"#,
    ] {
        let draft = draft(text);
        assert_eq!(draft.version.expect("a version").value, "7");
        assert_eq!(
            draft.routes[0]
                .policy
                .retry_delay
                .as_ref()
                .expect("a delay")
                .value,
            "1s"
        );
    }
}

#[test]
fn bytes_that_are_refused() {
    let route = |bytes: &[u8]| [&[0x32, bytes.len() as u8], bytes].concat();
    let rows: &[Row<'_, &[u8]>] = &[
        (&[0x0A], &[("malformed", "")]),
        (&[0x0A, 5, b'x'], &[("malformed", "")]),
        (&[0x08, 1], &[("malformed", "")]),
        (&[0x0A, 1, 0xFF], &[("malformed", "")]),
        (
            &[0x0A, 1, b'x', 0x0A, 1, b'y'],
            &[("duplicate", "package: x")],
        ),
        (
            &[0x0A, 1, b'x', 0x98, 6, 1],
            &[("unknown_field", "package: x")],
        ),
        (
            &route(&[0x0A, 1, b'a', 0x98, 6, 1]),
            &[("unknown_field", "routes[0].event: a")],
        ),
        (
            &route(&[0x38, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]),
            &[("malformed", "routes[0]:")],
        ),
        (&route(&[0x58, 2]), &[("malformed", "routes[0]:")]),
        (&[0x0B], &[("malformed", "")]),
    ];
    for (bytes, wanted) in rows {
        let (mut sources, mut report) = (Sources::default(), Report::new());
        message::read_binpb("d.binpb", bytes, &mut sources, &mut report);
        let found = codes(&report, &sources);
        let found: Vec<_> = found
            .iter()
            .map(|(code, at)| (*code, at.as_str()))
            .collect();
        assert_eq!(&found, wanted, "{bytes:?}");
    }
}

#[test]
fn what_is_too_large_is_not_read() {
    let (mut sources, mut report) = (Sources::default(), Report::new());
    let bytes = vec![0; message::MESSAGE_BYTES_MAX + 1];
    message::read_binpb("d.binpb", &bytes, &mut sources, &mut report);
    message::read_json(
        "d.json",
        &" ".repeat(bytes.len()),
        &mut sources,
        &mut report,
    );
    let empty_routes = [0x32, 0].repeat(message::MESSAGE_NODES_MAX + 1);
    message::read_binpb("d.binpb", &empty_routes, &mut sources, &mut report);
    let empty_routes = format!(
        "{{\"routes\": [{}{{}}]}}",
        "{},".repeat(message::MESSAGE_NODES_MAX)
    );
    message::read_json("d.json", &empty_routes, &mut sources, &mut report);
    let codes: Vec<&str> = report.sorted().iter().map(|d| d.code).collect();
    assert_eq!(codes, ["limit"; 4]);
}

#[test]
fn problems_of_a_message_have_a_place() {
    let (mut sources, mut report) = (Sources::default(), Report::new());
    let mut bytes = pb::Definition {
        package: "treasure".into(),
        version: 1,
        routes: vec![pb::Route {
            event: "a".into(),
            to: vec!["loot".into()],
            ..pb::Route::default()
        }],
        ..pb::Definition::default()
    };
    bytes.consumers.push(pb::Consumer {
        name: "loots".into(),
        address: Some(pb::consumer::Address::Kafka("loot.v2".into())),
        ..pb::Consumer::default()
    });
    let draft = message::read_binpb("d.binpb", &bytes.encode_to_vec(), &mut sources, &mut report);
    let rendered = resolved(draft, &sources, report).expect_err("an unknown consumer");
    for part in [
        "d.binpb:8:18",
        "routes[0].to[0]: loot",
        "did you mean `loots`?",
    ] {
        assert!(rendered.contains(part), "{part} is not in:\n{rendered}");
    }
}

#[test]
fn yaml_is_written_for_people() {
    let text = r#"version: 7
package: treasure
consumers:
  audit: { grpc: "http://audit:50051", doc: "immutable trail" }
  loot: { kafka: loot.v2 }
  shadow: { local: true }
events: [map.loaded, player.joined]
routes:
  "*.joined": { to: audit, rank: -3 }
  map.**: { drop: cosmetic }
  player.*: { to: audit, enabled: false, expires: 2199-12-31 }
  treasure.item.found: { to: [loot, audit], mirror: [shadow], timeout: 50ms, retries: 2, priority: high }
  treasure.item.sold:
    split: { audit: 5, loot: 95 }
    mirror: { audit: 100%, shadow: 0.5% }
    timeout: 1m30s
    doc: "so much to say of this one that it does not fit on a line of a hundred and twenty characters"
fallback: { to: audit }
settings:
  circuit_breaker:
    open_after: { type: int, default: 5 }
    reset: { type: duration, default: 30s, min: 1s, max_step: 2x }
  ends: { type: timestamp, default: "2027-01-31T00:00:00Z" }
  log_level: { type: enum, values: [error, info, "on"], default: info }
  odds:
    type: table
    columns: [{ name: item, type: string }, { name: weight, type: int }]
    default: [[gem, 5], ["", 95]]
  steps: { type: [percent], default: [], max: 12.5% }
  title: { type: string, default: "0400" }
rules:
  - "circuit_breaker.open_after >= 1"
tests:
  - { event: treasure.item.found, to: [audit, loot] }
  - { event: treasure.item.sold, to: [], split: { audit: 5, loot: 95 } }
  - { event: map.loaded, drop: true }
  - { setting: title, is: "0400" }
"#;
    let loaded = routewright_schema::load::load_text("d.yaml", text);
    let loaded =
        loaded.unwrap_or_else(|(sources, report)| panic!("{}", report.render(&sources, false)));
    assert_eq!(yaml_write::write(&loaded.definition), text);
}
