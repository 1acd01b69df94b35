//! Definitions that are taken: each folder of `accept/`, without a word of complaint.

use std::path::{Path, PathBuf};

use routewright::{Form, Kind, Priority, Scalar, Step};
use routewright_schema::analysis::test;
use routewright_schema::check::{CheckOptions, check};
use routewright_schema::format::yaml_write;
use routewright_schema::load::{Loaded, load, load_tested, load_text};
use routewright_schema::model::{Definition, Policy, Value};
use routewright_schema::value::Date;

fn taken(case: &Path) -> Loaded {
    let loaded = load_tested(&[case.to_owned()], &[])
        .unwrap_or_else(|(sources, report)| panic!("{}", report.render(&sources, false)));
    let checked = check(
        &loaded,
        &CheckOptions::strict(Date::new(2026, 6, 1).unwrap()),
    );
    let words = checked.report.render(&loaded.sources, false);
    assert!(words.is_empty(), "{case:?}:\n{words}");
    let verdicts = test::run(&loaded, &checked.table.unwrap(), &test::Given::now());
    assert!(!verdicts.is_empty());
    for verdict in verdicts {
        assert_eq!(
            verdict.failures,
            [],
            "{case:?}: test {} of {}",
            verdict.index,
            verdict.about
        );
    }
    loaded
}

#[test]
fn each_is_taken_and_reads_back_as_written() {
    let cases: Vec<PathBuf> = std::fs::read_dir("tests/accept")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(cases.len() >= 2);
    for case in cases {
        let definition = taken(&case).definition;
        let text = yaml_write::write(&definition);
        let again = load_text("again.yaml", &text)
            .unwrap_or_else(|(sources, report)| panic!("{}", report.render(&sources, false)));
        assert_eq!(again.definition, definition, "{case:?}:\n{text}");
    }
}

/// However an editor ends lines, and whether it puts a mark before the text.
#[test]
fn line_endings_and_a_mark_at_the_start_have_no_meaning() {
    let text = std::fs::read_to_string("tests/accept/design/routes.yaml").unwrap();
    let read = |text: &str| {
        load_text("a.yaml", text)
            .unwrap_or_else(|(sources, report)| panic!("{}", report.render(&sources, false)))
            .definition
    };
    let definition = read(&text);
    for other in [
        text.replace('\n', "\r\n"),
        text.replace('\n', "\r"),
        text.trim_end().to_owned(),
        format!("{text}\n\n\n"),
        format!("\u{feff}{text}"),
        format!("---\n{text}...\n"),
        format!("%YAML 1.2\n---\n{text}"),
    ] {
        assert_eq!(read(&other), definition, "{other:?}");
    }
}

fn everything() -> Definition {
    taken(Path::new("tests/accept/everything")).definition
}

#[test]
fn defaults_are_for_the_delivering_routes_of_their_file() {
    let definition = everything();
    let policy = |name: &str| definition.routes[name].policy;
    let defaults = Policy {
        timeout_ns: Some(90_000_000_000),
        retries: Some(3),
        retry_delay_ns: Some(250_000_000),
        priority: Some(Priority::Low),
    };
    assert_eq!(policy("order.paid"), defaults);
    assert_eq!(policy("**"), defaults);
    assert_eq!(policy("order.off"), defaults);
    assert_eq!(policy("order.lost"), Policy::default());
    assert_eq!(policy("order.refunded"), Policy::default());
    assert_eq!(policy("order.created").retries, Some(0));
    assert_eq!(definition.fallback.unwrap().policy.retries, Some(1));
}

#[test]
fn names_and_targets() {
    let definition = everything();
    let events: Vec<&str> = definition.events.iter().map(String::as_str).collect();
    assert_eq!(
        events,
        [
            "a/b:c d",
            "null",
            "order.created",
            "order.lost",
            "order.off",
            "order.paid",
            "order.refunded",
            "order.shipped",
            "order.unrouted_by_name",
            "øst.é",
        ]
    );
    let created = &definition.routes["order.created"].target;
    assert_eq!(created.to, ["orders", "mail"]);
    assert_eq!(created.mirror["queue"], 1);
    assert_eq!(created.mirror["rpc"], 1_000_000);
    assert_eq!(
        definition.routes["order.paid"].target.mirror["rpc"],
        1_000_000
    );
    assert_eq!(
        definition.routes["order.created"].doc,
        "Two lines of text.\n"
    );
    assert_eq!(definition.consumers["here"].address, "");
}

#[test]
fn settings_of_every_type() {
    let definition = everything();
    let setting = |path: &str| &definition.settings[path];
    let text = |text: &str| Scalar::String(text.to_owned());
    let rows: &[(&str, Kind, Form, Value)] = &[
        (
            "flags.dark",
            Kind::Bool,
            Form::One,
            Value::One(Scalar::Bool(false)),
        ),
        (
            "flags.level",
            Kind::Enum,
            Form::One,
            Value::One(Scalar::Enum("on".to_owned())),
        ),
        (
            "limits.burst",
            Kind::Int,
            Form::One,
            Value::One(Scalar::Int(-5)),
        ),
        (
            "limits.share",
            Kind::Percent,
            Form::One,
            Value::One(Scalar::Percent(0.125)),
        ),
        (
            "limits.wait",
            Kind::Duration,
            Form::One,
            Value::One(Scalar::Duration(90_000_000_000)),
        ),
        (
            "limits.room",
            Kind::Size,
            Form::One,
            Value::One(Scalar::Size(65_536)),
        ),
        (
            "window.start",
            Kind::Timestamp,
            Form::One,
            Value::One(Scalar::Timestamp(1_801_378_800, 500_000_000)),
        ),
        (
            "texts.type",
            Kind::String,
            Form::One,
            Value::One(text("a: b")),
        ),
        (
            "texts.names",
            Kind::String,
            Form::List,
            Value::List(vec![text("a"), text(""), text("ø")]),
        ),
        ("texts.none", Kind::Int, Form::List, Value::List(Vec::new())),
        ("empty", Kind::String, Form::Table, Value::Table(Vec::new())),
    ];
    for (path, kind, form, default) in rows {
        let setting = setting(path);
        assert_eq!(
            (&setting.kind, &setting.form, &setting.default),
            (kind, form, default),
            "{path}"
        );
    }
    assert_eq!(setting("limits.rate").max_step, Some(Step::Factor(2.0)));
    assert_eq!(
        setting("window.start").max_step,
        Some(Step::Difference(Scalar::Duration(86_400_000_000_000)))
    );
    assert_eq!(setting("texts.type").max, Some(Scalar::Int(10)));
    assert_eq!(definition.tests.len(), 14);
}

/// The order of paths has no meaning.
#[test]
fn the_same_files_in_another_order_are_the_same() {
    let all = everything();
    let paths = ["sub/c.yaml", "b.yml", "a.yaml"]
        .map(|name| Path::new("tests/accept/everything").join(name));
    assert_eq!(
        load(&paths)
            .unwrap_or_else(|_| panic!("refused"))
            .definition,
        all
    );
}
