//! No push takes more heap than its size allows: 8 x (wire + image of the baseline) + 512
//! bytes a pushed route + 64 KiB, whatever it says, and whether it is taken or not.

use allocation_counter::measure;
use prost::Message;
use routewright::{Image, Limits, RouteTable};
use routewright_schema::load::load_text;
use routewright_schema::lower::lower;
use routewright_schema::pb::{self, Mode, scalar::Kind, setting_value::Value};
use routewright_tests::fixture;
use routewright_tests::pushes::{cell, overlay, route, set};

const KIB: usize = 1 << 10;

/// What is pushed, how many routes it says it has, and whether it is taken.
struct Row {
    what: &'static str,
    bytes: Vec<u8>,
    routes: usize,
    taken: bool,
}

fn row(what: &'static str, map: &pb::RouteMap, taken: bool) -> Row {
    Row {
        what,
        bytes: map.encode_to_vec(),
        routes: map.routes.len(),
        taken,
    }
}

/// A field that holds bytes, many times.
fn repeated(what: &'static str, field: u32, inside: &[u8], times: usize) -> Row {
    let mut head = overlay(1).encode_to_vec();
    let mut one = Vec::new();
    prost::encoding::encode_varint((field << 3 | 2).into(), &mut one);
    prost::encoding::encode_varint(inside.len() as u64, &mut one);
    one.extend(inside);
    head.extend(one.repeat(times));
    let routes = if field == 12 { times } else { 0 };
    Row {
        what,
        bytes: head,
        routes,
        taken: false,
    }
}

fn list(name: &str, elements: Vec<Kind>) -> pb::SettingValue {
    let elements = elements
        .into_iter()
        .map(|kind| pb::Scalar { kind: Some(kind) });
    let elements = elements.collect();
    pb::SettingValue {
        name: name.to_owned(),
        value: Some(Value::List(pb::ScalarList { elements })),
    }
}

/// Routes of these names, in one mode or the other.
fn named(mode: Mode, names: impl Iterator<Item = String>) -> pb::RouteMap {
    pb::RouteMap {
        mode: mode.into(),
        consumers: vec!["loot".into()],
        routes: names.map(|name| route(&name, 0)).collect(),
        ..overlay(1)
    }
}

fn upon_the_fixture() -> Vec<Row> {
    let many = |n: usize| (0..n).map(|at| format!("some.event.number.{at}"));
    let long = "x".repeat(60 * KIB);
    let of_settings = |settings| pb::RouteMap {
        settings,
        ..overlay(1)
    };
    let split = |at: usize| pb::ResolvedRoute {
        name: format!("s{at}"),
        split: vec![pb::ResolvedArm {
            to: 0,
            weight: 1 + at as u32,
        }],
        timeout_ns: at as u64,
        ..Default::default()
    };
    let mut policies = named(Mode::Overlay, many(0));
    policies.routes = (0..5_000).map(split).collect();
    let mut complete = routewright_schema::route_map::from_table(fixture::TABLE.raw(), 1);
    complete.mode = Mode::Complete.into();
    let one_letter = || ('a'..='z').flat_map(|a| ('a'..='z').map(move |b| format!("{a}{b}")));
    let patterns = (0..3_000).map(|at| format!("p{at}.*.end"));
    let mut reasons = named(Mode::Overlay, many(200));
    for route in &mut reasons.routes {
        route.to.clear();
        route.drop = Some("x".repeat(1_000));
    }
    vec![
        row("nothing", &overlay(1), false),
        row("the baseline", &complete, true),
        row(
            "a value",
            &set(overlay(1), "spawn_rate", Kind::FloatValue(0.4)),
            true,
        ),
        row("10,000 routes", &named(Mode::Overlay, many(10_000)), true),
        row(
            "10,000 routes and nothing else",
            &named(Mode::Complete, many(10_000)),
            false,
        ),
        row(
            "names of one or two bytes",
            &named(Mode::Overlay, one_letter()),
            true,
        ),
        row(
            "the same name again and again",
            &named(Mode::Overlay, (0..5_000).map(|_| "a".into())),
            false,
        ),
        row("patterns", &named(Mode::Overlay, patterns), true),
        row(
            "patterns that all tie",
            &named(
                Mode::Overlay,
                (0..500).flat_map(|at| [format!("t{at}.*.b"), format!("*.t{at}.b")]),
            ),
            false,
        ),
        row("policies and lists of their own", &policies, true),
        row("drops for long reasons", &reasons, true),
        row(
            "names of 60 KiB",
            &named(Mode::Overlay, (0..100).map(|at| format!("{at}{long}"))),
            false,
        ),
        row(
            "an unknown setting of 60 KiB, a hundred times",
            &of_settings(vec![list(&long, vec![]); 100]),
            false,
        ),
        row(
            "a wrong value of 60 KiB",
            &set(overlay(1), "log_level", Kind::EnumValue(long.clone())),
            false,
        ),
        row(
            "a list of long strings",
            &of_settings(vec![list(
                "delays",
                vec![Kind::StringValue(long.clone()); 20],
            )]),
            false,
        ),
        row(
            "a long list",
            &of_settings(vec![list("delays", vec![Kind::DurationNs(1); 50_000])]),
            true,
        ),
        row(
            "a list of what is smallest in a push, in two settings",
            &of_settings(vec![
                list("delays", vec![Kind::BoolValue(true); 40_000]),
                list("loot_table", vec![Kind::BoolValue(true); 40_000]),
            ]),
            false,
        ),
        row(
            "a list that is too long",
            &of_settings(vec![list("delays", vec![Kind::DurationNs(1); 70_000])]),
            false,
        ),
        row(
            "a long reason",
            &pb::RouteMap {
                reason: "x".repeat(1 << 20),
                ..complete.clone()
            },
            false,
        ),
        row(
            "unknown consumers of 60 KiB",
            &pb::RouteMap {
                consumers: vec![long.clone(); 50],
                ..complete.clone()
            },
            false,
        ),
        row(
            "unknown removals",
            &pb::RouteMap {
                removals: vec![long.clone(); 50],
                ..overlay(1)
            },
            false,
        ),
        repeated("empty routes", 12, &[], 100_000),
        repeated("routes of one byte", 12, &[0], 100_000),
        repeated("empty settings", 14, &[], 100_000),
        repeated("empty consumers", 11, &[], 100_000),
        repeated("empty removals", 13, &[], 100_000),
        repeated("empty leases", 5, &[], 100_000),
        repeated("unknown fields", 99, &[], 100_000),
        repeated(
            "a route of nothing but empty arms",
            12,
            &[0x1A, 0].repeat(100_000),
            1,
        ),
        repeated(
            "a route of nothing but positions",
            12,
            &[0x10, 0].repeat(100_000),
            1,
        ),
        repeated(
            "a setting of nothing but rows",
            14,
            &[
                &[10, 10][..],
                b"loot_table",
                &[0x22, 0xC0, 0x9A, 0x0C],
                &[10, 0].repeat(100_000),
            ]
            .concat(),
            1,
        ),
        Row {
            what: "a length of 2^62",
            bytes: [
                overlay(1).encode_to_vec(),
                vec![0x62, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x3F],
            ]
            .concat(),
            routes: 0,
            taken: false,
        },
    ]
}

/// A catalog whose refusals would be long: rules that show long values, and an enum of many
/// long words.
fn wordy() -> RouteTable<Image> {
    let word = |at| format!("{}{at}", "w".repeat(100));
    let words: Vec<String> = (0..256).map(word).collect();
    // Each of them breaks if `a` is not `b`.
    let rule = |at| format!("'a == b || c == \"it is {at}\"'");
    let rules: Vec<String> = (0..64).map(rule).collect();
    let text = format!(
        "
package: wordy
version: 1
settings:
  a: {{ type: string, default: x }}
  b: {{ type: string, default: x }}
  c: {{ type: string, default: x }}
  words: {{ type: [enum], values: [{}], default: [] }}
rules: [{}]
",
        words.join(", "),
        rules.join(", "),
    );
    let loaded = load_text("wordy.yaml", &text);
    let loaded =
        loaded.unwrap_or_else(|(sources, report)| panic!("{}", report.render(&sources, false)));
    lower(&loaded.definition, &Limits::DEFAULT).unwrap()
}

fn upon_the_wordy() -> Vec<Row> {
    let long = |with: &str| Kind::StringValue(with.repeat(60 * KIB));
    let values = set(set(overlay(1), "a", long("a")), "b", long("b"));
    let unknown = list("words", vec![Kind::EnumValue("v".into()); 200]);
    vec![
        row(
            "rules over long values",
            &set(values, "c", long("c")),
            false,
        ),
        row(
            "none of many words",
            &pb::RouteMap {
                settings: vec![unknown],
                ..overlay(1)
            },
            false,
        ),
    ]
}

fn holds(row: &Row, baseline: usize, push: impl FnOnce(&[u8]) -> bool) -> Result<(), String> {
    let mut taken = false;
    let counted = measure(|| taken = push(&row.bytes));
    let bound = 8 * (row.bytes.len() + baseline) + 512 * row.routes + 64 * KIB;
    let peak = counted.bytes_max as usize;
    match peak <= bound && taken == row.taken {
        true => Ok(()),
        false => Err(format!(
            "{} ({} bytes): taken: {taken}, peak {peak} of {bound}",
            row.what,
            row.bytes.len()
        )),
    }
}

#[test]
fn no_push_takes_more_heap_than_its_size_allows() {
    let mut wrong = Vec::new();
    let baseline = fixture::TABLE.raw().as_image().len();
    for row in upon_the_fixture() {
        let cell = cell();
        let answer = holds(&row, baseline, |bytes| cell.publish(bytes).is_ok());
        wrong.extend(answer.err());
    }
    let wordy = wordy();
    let baseline = wordy.as_image().len();
    for row in upon_the_wordy() {
        let push = |bytes: &[u8]| wordy.overridden(bytes, &Limits::DEFAULT).is_ok();
        wrong.extend(holds(&row, baseline, push).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
