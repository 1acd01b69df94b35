use routewright::{Form, Scalar};
use routewright_schema::model::{Setting, Value};

use crate::common::{converted, count};

const CASE: &str = "temporal-dynamicconfig";

/// The values that hold everywhere, and those that do not.
const CONSTRAINED: &str = "objects | .[][] | (.constraints // {}) != {}";

/// Each value is a setting, a row of two lists, or told; a key in several files is one.
#[test]
fn counts() {
    let all = |program: &str| count(CASE, &format!("[., inputs | {program}] | length"));
    assert_eq!(all("objects | keys[]"), 39);
    assert_eq!(all("objects | .[][]"), 60);
    let constrained = all(&format!("{CONSTRAINED} | select(.)"));
    assert_eq!(constrained, 21);

    let (definition, report) = converted(CASE);
    let rows: usize = definition
        .settings
        .iter()
        .filter(|(_, setting)| matches!(&setting.default, Value::List(all) if is_where(all)))
        .map(|(_, setting)| length(setting))
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
