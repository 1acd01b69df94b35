use crate::common::{converted, count};

/// Both files have a root, three nodes below it and four below those.
#[test]
fn counts() {
    for case in ["alertmanager", "alertmanager+good"] {
        assert_eq!(count(case, "[.route | recurse(.routes[]?)] | length"), 8);
        assert_eq!(
            count(
                case,
                "[paths | map(select(. == \"routes\")) | length] | max + 1"
            ),
            3
        );
        let (definition, report) = converted(case);
        // The root, two nodes with equal labels and their three; a regular expression and
        // what is below it.
        assert!(definition.fallback.is_some());
        assert_eq!(definition.events.len(), 5);
        let conditions = report.cannot.iter().filter(|f| f.why.contains("condition"));
        assert_eq!(conditions.count(), 2);
        assert!(
            report
                .cannot
                .iter()
                .any(|f| f.why.contains("later nodes") && f.text == "true")
        );
    }
}
