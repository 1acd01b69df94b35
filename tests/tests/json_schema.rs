//! The JSON Schema of definitions, asked by a validator and a reader of YAML that are not
//! ours: it takes what we take, and it sees every refusal that it can see.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::{Draft, Validator};
use proptest::prelude::*;
use routewright::Kind;
use routewright_schema::analysis::json_schema::json_schema;
use routewright_schema::arbitrary;
use routewright_schema::format::yaml::keys::{self, Key};
use routewright_schema::format::yaml_write;
use routewright_schema::load::{load, load_text};
use routewright_schema::model::Definition;
use serde_json::{Value, json};

fn validator(schema: &Value) -> Validator {
    jsonschema::options()
        .with_draft(Draft::Draft7)
        .build(schema)
        .unwrap_or_else(|fault| panic!("{fault}"))
}

/// A text as other programs read it: scalars by their tags, keys as texts.
fn value(text: &str) -> Result<Value, String> {
    fn plain(value: serde_yaml::Value) -> Result<Value, String> {
        Ok(match value {
            serde_yaml::Value::Mapping(map) => {
                let entries = map.into_iter().map(|(key, value)| {
                    let key = match key {
                        serde_yaml::Value::String(key) => key,
                        serde_yaml::Value::Null => "null".to_owned(),
                        serde_yaml::Value::Bool(key) => key.to_string(),
                        serde_yaml::Value::Number(key) => key.to_string(),
                        other => return Err(format!("the key {other:?}")),
                    };
                    Ok((key, plain(value)?))
                });
                Value::Object(entries.collect::<Result<_, String>>()?)
            }
            serde_yaml::Value::Sequence(list) => {
                Value::Array(list.into_iter().map(plain).collect::<Result<_, _>>()?)
            }
            serde_yaml::Value::Tagged(tagged) => return Err(format!("the tag {}", tagged.tag)),
            other => serde_json::to_value(other).map_err(|e| e.to_string())?,
        })
    }
    plain(serde_yaml::from_str(text).map_err(|e| e.to_string())?)
}

/// What the schema complains of in a text; also that it is no YAML.
fn faults(validator: &Validator, text: &str) -> Vec<String> {
    match value(text) {
        Ok(value) => validator
            .iter_errors(&value)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect(),
        Err(fault) => vec![fault],
    }
}

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// Every YAML file beneath a path.
fn files(path: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    if path.is_dir() {
        let mut inner: Vec<_> = fs::read_dir(path)
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        inner.sort();
        out.extend(inner.iter().flat_map(|path| files(path)));
    } else if path
        .extension()
        .is_some_and(|end| end == "yaml" || end == "yml")
    {
        out.push(path.to_owned());
    }
    out
}

fn loaded(path: &Path) -> Definition {
    load(&[path.to_owned()])
        .unwrap_or_else(|(sources, report)| panic!("{}", report.render(&sources, false)))
        .definition
}

/// Definitions of people, with the schema of their project and with one that knows none of
/// its names: what is declared newly is no fault.
#[test]
fn what_is_taken_is_valid() {
    let of_others = json_schema(&Definition::default());
    let folders = [
        "schema/tests/accept/design",
        "schema/tests/accept/everything",
        "examples/treasure-hunt/routes",
        "tests/fixture",
    ];
    for folder in folders {
        let folder = corpus(folder);
        let own = json_schema(&loaded(&folder));
        let files = files(&folder);
        assert!(!files.is_empty(), "{folder:?}");
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            for schema in [&own, &of_others] {
                assert_eq!(faults(&validator(schema), &text), [""; 0], "{file:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_written_is_valid(definition in arbitrary::definition()) {
        let text = yaml_write::write(&definition);
        let found = faults(&validator(&json_schema(&definition)), &text);
        prop_assert!(found.is_empty(), "{:?}\n{}", found, text);
    }
}

/// What a schema cannot see, and why. The rest of the corpus it sees.
const UNSEEN: &[(&str, &[&str])] = &[
    (
        "it sees one place of one file, and no other to compare with",
        &[
            "event-twice",
            "event-unrouted",
            "event-unrouted-by-case",
            "event-unrouted-by-one-segment",
            "event-with-route",
            "files-consumer-elsewhere",
            "files-consumer-twice",
            "files-dead-pattern",
            "files-event-twice",
            "files-fallback-twice",
            "files-package-twice",
            "files-route-twice",
            "files-setting-and-group",
            "files-setting-twice",
            "files-tie",
            "files-version-twice",
            "package-missing",
            "version-missing",
            "route-dead-pattern",
            "route-dead-pattern-of-two",
            "route-not-enabled",
            "route-rank-of-a-name",
            "route-tie",
            "setting-column-twice",
            "warn-unused-consumer",
            "warn-unused-consumer-of-a-disabled-route",
            "warn-deprecated",
            "warn-look-alike-consumers",
            "warn-look-alike-events",
            "warn-look-alike-settings",
            "warn-shadowed",
            "warn-delivered-twice",
        ],
    ),
    (
        "what is no pattern is a name",
        &["warn-half-pattern", "warn-stray-blank"],
    ),
    (
        "a name that it does not know may be declared newly",
        &[
            "fallback-unknown-consumer",
            "route-unknown-consumer",
            "route-unknown-consumer-in-split",
            "files-test-unknown-consumer",
            "test-not-to-unknown",
            "test-picks-unknown",
            "test-shares-unknown-consumer",
            "test-unknown-consumer",
            "test-unknown-setting",
        ],
    ),
    (
        "it compares no values with each other, or with the clock",
        &[
            "route-expired",
            "route-to-twice",
            "route-weight-sum",
            "setting-above-max-in-list",
            "setting-below-min",
            "setting-cell-type",
            "setting-cooldown",
            "setting-duration-above-max",
            "setting-enum-not-a-value",
            "setting-enum-value-twice",
            "setting-expired",
            "setting-min-above-max",
            "setting-path-too-long",
            "setting-row-width",
            "setting-step-factor-without-min",
            "setting-step-stuck",
            "setting-string-too-short",
            "test-value",
        ],
    ),
    (
        "in a test the same is good: nobody, no arm",
        &["route-to-nobody", "route-split-of-nothing"],
    ),
    ("in `to` the same is good: nobody", &["test-not-to-nobody"]),
    (
        "it knows no names of files: to it, a test file is a definition",
        &[
            "files-test-of-another-package",
            "files-test-with-routes",
            "many-test-files-of-two",
        ],
    ),
    (
        "it has no words for what a text holds: characters, variables, passwords, bytes, days of a month",
        &[
            "consumer-bad-variable",
            "consumer-blank-in-address",
            "consumer-empty-address",
            "consumer-secret",
            "consumer-secret-in-a-variable",
            "name-bidirectional",
            "name-blank-at-end",
            "name-invisible-raw",
            "name-newline",
            "route-control-in-drop",
            "route-drop-long",
            "route-escape-codes",
            "route-invisible",
            "setting-timestamp-day",
            "test-at-before-1970",
            "test-at-no-day",
        ],
    ),
    (
        "rules are a language of their own",
        &[
            "rule-chained",
            "rule-division-by-zero",
            "rule-does-not-hold",
            "rule-empty",
            "rule-enum-value",
            "rule-not-closed",
            "rule-not-true-or-false",
            "rule-of-a-list",
            "rule-single-equals",
            "rule-single-quotes",
            "rule-too-deep",
            "rule-too-many-nodes",
            "rule-types",
            "rule-unit",
            "rule-unknown-character",
            "rule-unknown-setting",
            "rule-word-operator",
        ],
    ),
    (
        "numbers have no spelling and no 64 bits any more when a schema is asked",
        &[
            "setting-duration-too-long",
            "setting-float-too-large",
            "setting-int-exponent",
            "setting-int-hex",
            "setting-int-too-large",
            "setting-step-zero",
        ],
    ),
    (
        "anchors and tags are gone when a schema is asked",
        &["syntax-anchor", "syntax-tag"],
    ),
];

#[test]
fn what_is_refused_is_invalid_or_beyond_a_schema() {
    let validator = validator(&json_schema(&Definition::default()));
    let mut unseen: BTreeSet<&str> = UNSEEN
        .iter()
        .flat_map(|(_, cases)| *cases)
        .copied()
        .collect();
    let (mut seen, mut wrong) = (0, Vec::new());
    for entry in fs::read_dir(corpus("schema/tests/reject")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let files = files(&path);
        // Some are folders with one spelling each; `.proto` is not for this schema.
        if files.is_empty() || name.starts_with("proto-") {
            continue;
        }
        let found = files.iter().flat_map(|file| {
            let bytes = fs::read(file).unwrap();
            faults(&validator, &String::from_utf8_lossy(&bytes))
        });
        let found: Vec<String> = found.collect();
        match (found.is_empty(), unseen.remove(name.as_str())) {
            (false, false) => seen += 1,
            (true, true) => {}
            (true, false) => wrong.push(format!("{name}: not seen")),
            (false, true) => wrong.push(format!("{name}: seen after all: {}", found.join("; "))),
        }
    }
    wrong.extend(
        unseen
            .iter()
            .map(|name| format!("{name}: there is no such case")),
    );
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 100, "{seen} seen");
}

/// Spellings of values, in quotes and bare, are valid just where they are read.
#[test]
fn values_are_spelled_as_the_reader_reads_them() {
    const TEXTS: &[&str] = &[
        "true",
        "false",
        "yes",
        "0",
        "42",
        "-7",
        "-0",
        "0.3",
        "1.5",
        "-2.25",
        "12.5%",
        "-3%",
        "1e3%",
        "%",
        "0s",
        "250ms",
        "1m30s",
        "2h",
        "1d2h3m4s5ms6us7ns",
        "30s1m",
        "1.5s",
        "01s",
        "5",
        "s",
        "1w",
        "512B",
        "64KiB",
        "10MB",
        "3TiB",
        "1.5KiB",
        "64kib",
        "64K",
        "B",
        "2027-01-31T08:00:00Z",
        "2027-01-31T08:00:00.5+01:00",
        "2027-01-31",
        "2027-13-31T08:00:00Z",
        "2027-01-31T24:00:00Z",
        "2027-01-31T08:00:00",
        "word",
    ];
    let validator = validator(&json_schema(&Definition::default()));
    let mut read = 0;
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Enum) {
        for text in TEXTS {
            for spelled in [(*text).to_owned(), format!("\"{text}\"")] {
                // A `%` cannot begin a text without quotes.
                if spelled.starts_with('%') {
                    continue;
                }
                let text = format!(
                    "package: a\nversion: 1\nsettings: {{ a: {{ type: {kind}, default: {spelled} }} }}\n"
                );
                let good = load_text("a.yaml", &text).is_ok();
                read += usize::from(good);
                let found = faults(&validator, &text);
                assert_eq!(good, found.is_empty(), "{text}: {found:?}");
            }
        }
    }
    assert!(read > 50, "{read} were read");
}

/// The reference says of each key what the reader, and with it the schema, takes.
#[test]
fn every_key_of_the_reference_is_a_key_of_the_reader_and_the_other_way_round() {
    let reference = fs::read_to_string(corpus("docs/language.md")).unwrap();
    let section = |title: &str| {
        let rest = reference.split_once(&format!("\n## {title}\n")).unwrap().1;
        rest.split("\n## ").next().unwrap()
    };
    let words = |text: &str| -> BTreeSet<String> {
        let spans = text.split('`').skip(1).step_by(2);
        spans.map(str::to_owned).collect()
    };
    let rows = |title: &str| -> BTreeSet<String> {
        let table = section(title).split_once("\n| key |").unwrap().1;
        let rows = table.lines().take_while(|line| !line.is_empty());
        rows.filter(|row| row.starts_with("| `"))
            .flat_map(|row| words(row.split('|').nth(1).unwrap()))
            .collect()
    };
    let names =
        |keys: &[Key]| -> BTreeSet<String> { keys.iter().map(|key| key.name.to_owned()).collect() };
    assert_eq!(rows("A file"), names(keys::FILE));
    assert_eq!(rows("A route"), names(keys::ROUTE));
    let setting = section("A setting")
        .split_once("Keys of a setting: ")
        .unwrap()
        .1;
    assert_eq!(words(setting.lines().next().unwrap()), names(keys::SETTING));
    let (consumer, test) = (section("A consumer"), section("A test"));
    for (text, keys) in [(consumer, keys::CONSUMER), (test, keys::TEST)] {
        for key in keys {
            assert!(text.contains(key.name), "`{}` is not in: {text}", key.name);
        }
    }
    for keys in [keys::POLICY, keys::FALLBACK] {
        assert!(names(keys).is_subset(&names(keys::ROUTE)));
    }
}

/// Every key has a description where it may stand, and the schema knows this project.
#[test]
fn editors_are_told_what_keys_mean_and_which_names_there_are() {
    let schema = json_schema(&loaded(&corpus("examples/treasure-hunt/routes")));
    let definitions = &schema["definitions"];
    let places = [
        (&schema, keys::FILE),
        (&definitions["declaredConsumer"], keys::CONSUMER),
        (&definitions["policy"], keys::POLICY),
        (&definitions["route"], keys::ROUTE),
        (&definitions["fallback"], keys::FALLBACK),
        (&definitions["test"], keys::TEST),
        (&definitions["setting"], keys::SETTING),
        (&definitions["column"], keys::COLUMN),
    ];
    for (place, keys) in places {
        let properties = place["properties"].as_object().unwrap();
        assert_eq!(properties.len(), keys.len());
        for key in keys {
            assert_eq!(properties[key.name]["description"], key.doc);
        }
    }
    let offered = |name: &str| definitions[name]["anyOf"][0]["enum"].as_array().unwrap();
    assert!(offered("consumer").contains(&json!("leaderboard_next")));
    assert!(offered("event").contains(&json!("player.scored")));
    assert!(offered("settingPath").contains(&json!("spawn.rate")));
    assert!(definitions["weights"]["properties"]["leaderboard_next"].is_object());
    assert!(definitions["mirror"]["anyOf"][1]["properties"]["leaderboard_next"].is_object());
    assert!(definitions["routes"]["properties"]["player.scored"].is_object());
}

/// Whatever names and texts hold, the schema is one, and nothing of it is obeyed.
#[test]
fn hostile_texts_stay_texts() {
    let text = "package: a\nversion: 1\nconsumers:\n  c: { kafka: \"$ref\", doc: \"\\e[31m\\u202e\\\" }, { \\n\\u009b\" }\n\
                events: [\"a\\\"]}b\", \"$ref\", \"</script>\"]\nfallback: { to: c }\n";
    let definition = load_text("a.yaml", text)
        .unwrap_or_else(|(sources, report)| panic!("{}", report.render(&sources, false)))
        .definition;
    let schema = json_schema(&definition);
    let written = format!("{schema:#}");
    let obeyed = written
        .chars()
        .find(|c| *c != '\n' && !routewright::name::printable(*c));
    assert_eq!(obeyed, None);
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), schema);
    let route = "routes: { $ref: { to: c }, \"a\\\"]}b\": { to: [c, new] } }\n";
    assert_eq!(faults(&validator(&schema), route), [""; 0]);
    assert_eq!(
        faults(&validator(&schema), &route.replace("to:", "too:")).len(),
        4
    );
}
