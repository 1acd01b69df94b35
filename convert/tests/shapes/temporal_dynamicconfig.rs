use routewright_schema::model::Value;

use crate::common::{converted, count};

const CASE: &str = "temporal-dynamicconfig";

/// A value that does not hold everywhere is a row of a table, or told; a key of several
/// files is one.
#[test]
fn counts() {
    let all = |program: &str| count(CASE, &format!("[., inputs | objects | {program}] | length"));
    assert_eq!(all("keys[]"), 40);
    assert_eq!(all(".[][]"), 60);
    let constrained = all(".[][] | select((.constraints // {}) != {})");
    assert_eq!(constrained, 21);

    let (definition, report) = converted(CASE);
    let tables = definition
        .settings
        .values()
        .filter(|setting| setting.columns.iter().any(|(name, _)| name == "value"));
    let rows: usize = tables
        .map(|setting| match &setting.default {
            Value::Table(rows) => rows.len(),
            _ => 0,
        })
        .sum();
    let mistyped = report
        .cannot
        .iter()
        .filter(|finding| finding.why.starts_with("mistyped"));
    let mistyped: Vec<&str> = mistyped.map(|finding| finding.text.as_str()).collect();
    assert_eq!(
        mistyped,
        [
            "wrong duration string",
            "true",
            "wrong type",
            "1000.1",
            "\"1\""
        ]
    );
    assert_eq!(rows + mistyped.len(), constrained);
}

/// No path is both a setting and a group, a number of seconds is a duration, and what
/// holds nowhere is told.
#[test]
fn odd_values() {
    let (definition, report) = converted("temporal-dynamicconfig+odd");
    for path in [
        "frontend.namespace_rps",
        "frontend.namespace_rps_visibility",
    ] {
        assert!(definition.settings.contains_key(path), "{path}");
    }
    let Value::Table(rows) = &definition.settings["onlywhere.x_where"].default else {
        panic!("a table");
    };
    let rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    assert_eq!(rows.len(), 2);
    assert!(
        rows[0].contains("Duration(5000000000)"),
        "5 is 5 s: {}",
        rows[0]
    );
    let told = |why: &str| report.cannot.iter().filter(|f| f.why.contains(why)).count();
    assert_eq!(told("an earlier value holds"), 2);
    assert_eq!(told("there is no value"), 3);
    assert_eq!(told("knows no such constraint"), 1);
}
