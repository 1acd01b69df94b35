use crate::common::converted;

/// What could be two things is asked about, and no setting is made of it.
#[test]
fn counts() {
    let (definition, report) = converted("settings");
    let names: Vec<&str> = definition.settings.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "features.search",
            "http.allowed_origins",
            "http.max_body_size",
            "http.retries",
            "http.timeout",
            "log_level",
            "sampling",
            "weights"
        ]
    );
    let asked = report
        .cannot
        .iter()
        .filter(|f| f.why.contains("what is meant by"));
    let asked: Vec<&str> = asked.map(|finding| finding.text.as_str()).collect();
    assert_eq!(asked, ["yes", "0400", "1.10", "12:30"]);
    assert_eq!(
        definition.settings["http.timeout"].doc,
        "How long a request may take."
    );
}
