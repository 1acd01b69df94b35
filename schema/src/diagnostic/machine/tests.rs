use crate::diagnostic::{Diagnostic, Report, Run, github, json, sarif};
use crate::source::{Sources, Span};

fn span(file: u32, start: u32, end: u32) -> Span {
    Span { file, start, end }
}

/// One problem of a file of that name.
fn one(name: &str, text: &str, diagnostic: Diagnostic) -> (Sources, Report) {
    let mut sources = Sources::default();
    sources.add(name, text);
    let mut report = Report::new();
    report.push(diagnostic);
    (sources, report)
}

fn run<'r>(name: &'r str, (sources, report): &'r (Sources, Report)) -> Run<'r> {
    Run {
        name,
        report,
        sources,
    }
}

#[test]
fn workflow_commands() {
    let hostile = "a%,:\r\n::error::b.yaml";
    let rows = [
        (
            one(
                "a.yaml",
                "a: ø 2\n",
                Diagnostic::error("own", span(0, 3, 5), "bad")
                    .label("this")
                    .hint("go"),
            ),
            "::error file=a.yaml,line=1,endLine=1,col=4,endColumn=5,title=own::bad (this)%0Ahelp: go\n",
        ),
        (
            one(
                "a.yaml",
                "a\nb\n",
                Diagnostic::warning("own", span(0, 0, 3), "bad").also(span(0, 2, 3), "x"),
            ),
            "::warning file=a.yaml,line=1,endLine=2,title=own::bad%0Aa.yaml:2:1: x\n",
        ),
        (
            one(
                "a.yaml",
                "",
                Diagnostic::global("own", "100%\n::set-env name=A::b, c: d"),
            ),
            "::error title=own::100%25%0A::set-env name=A::b, c: d\n",
        ),
        (
            one(hostile, "a", Diagnostic::error("own", span(0, 0, 1), "x")),
            "::error file=a%25%2C%3A%0D%0A%3A%3Aerror%3A%3Ab.yaml,line=1,endLine=1,col=1,endColumn=2,title=own::x\n",
        ),
    ];
    for (found, expected) in &rows {
        assert_eq!(github(&[run("p", found)]), *expected);
    }
    let all: Vec<Run<'_>> = rows.iter().map(|(found, _)| run("p", found)).collect();
    let lines: String = rows.iter().map(|(_, line)| *line).collect();
    assert_eq!(github(&all), lines);
    assert_eq!(github(&[]), "");
}

#[test]
fn what_is_not_listed_is_counted() {
    let mut found = one("a.yaml", "a", Diagnostic::error("tag", span(0, 0, 1), "x"));
    for _ in 0..300 {
        found.1.push(Diagnostic::warning("tag", span(0, 0, 1), "x"));
    }
    let runs = [run("p", &found)];
    assert!(github(&runs).ends_with("::notice::p: 45 more problems; these are the first 256\n"));
    let log = sarif(&runs);
    let note = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(
        note["message"]["text"],
        "45 more problems; these are the first 256"
    );
    let json = json(&runs);
    assert_eq!(
        (&json["errors"], &json["warnings"]),
        (&1.into(), &300.into())
    );
    assert_eq!(json["diagnostics"].as_array().unwrap().len(), 256);
}

#[test]
fn sarif_of_two_projects() {
    let first = Diagnostic::error("tie", span(0, 8, 10), "tie")
        .label("here")
        .also(span(0, 0, 1), "there")
        .hint("rank");
    let first = one("routes/a b.yaml", "a: 1\nb: ø 2\n", first);
    let second = one("b.yaml", "", Diagnostic::global("no_files", "none"));
    let log = sarif(&[run("shop", &first), run("hunt", &second)]);
    let run = &log["runs"][0];
    assert_eq!(run["automationDetails"]["id"], "routewright/shop/");
    assert_eq!(
        log["runs"][1]["automationDetails"]["id"],
        "routewright/hunt/"
    );
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "tie");
    let result = &run["results"][0];
    assert_eq!(result["level"], "error");
    assert_eq!(result["message"]["text"], "tie\nhelp: rank");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "routes/a%20b.yaml");
    assert_eq!(
        place["region"],
        serde_json::json!({ "startLine": 2, "startColumn": 4, "endLine": 2, "endColumn": 5 })
    );
    assert_eq!(result["locations"][0]["message"]["text"], "here");
    assert_eq!(result["relatedLocations"][0]["message"]["text"], "there");
    assert_eq!(
        log["runs"][1]["results"][0]["locations"],
        serde_json::json!([])
    );
}

#[test]
fn files_become_uris() {
    for (name, uri, relative) in [
        ("routes/a.yaml", "routes/a.yaml", true),
        ("./a.yaml", "a.yaml", true),
        ("../a.yaml", "../a.yaml", true),
        ("a:b c%20#?.yaml", "a%3Ab%20c%2520%23%3F.yaml", true),
        ("\u{e9}.yaml", "%C3%A9.yaml", true),
        ("/srv/a b.yaml", "file:///srv/a%20b.yaml", false),
        ("C:/a b.yaml", "file:///C:/a%20b.yaml", false),
    ] {
        let found = one(name, "a", Diagnostic::error("tag", span(0, 0, 1), "x"));
        let log = sarif(&[run("p", &found)]);
        let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], uri);
        assert_eq!(
            place["artifactLocation"]["uriBaseId"] == "%SRCROOT%",
            relative,
            "{name}"
        );
    }
}

/// Where escapes hide what the address is, all of it is hidden.
#[test]
fn an_address_with_escapes_is_hidden_whole() {
    let text = "a: { redis: \"shop:hunter2\\x40x\" }\n";
    let at = text.find('"').unwrap() as u32;
    let secret = Diagnostic::error("secret", span(0, at, text.len() as u32 - 3), "a password");
    let (sources, report) = one("a.yaml", text, secret);
    let shown = report.render(&sources, false);
    assert!(
        shown.contains("a: { redis: ******************* }"),
        "{shown}"
    );
}

/// A report lands in logs; no format shows a password, whoever quotes it.
#[test]
fn no_format_shows_a_password() {
    let text = "a: { amqp: \"amqp://shop:hunter2@rabbit\" }\nb: { redis: shop:hunter2@x }\n";
    let at = text.find("shop:hunter2@x").unwrap() as u32;
    let quotes = Diagnostic::error(
        "unknown_key",
        span(0, 3, 9),
        "`amqp://shop:hunter2@rabbit` is no key",
    )
    .label("nats://shop:hunter2@x")
    .also(span(0, 0, 1), "http://shop:hunter2@x")
    .hint("not `amqp://shop:hunter2@rabbit`");
    let mut found = one("a.yaml", text, quotes);
    found.1.push(Diagnostic::error(
        "secret",
        span(0, at, at + 14),
        "a password",
    ));
    let runs = [run("p", &found)];
    for shown in [
        found.1.render(&found.0, false),
        found.1.render(&found.0, true),
        json(&runs).to_string(),
        sarif(&runs).to_string(),
        github(&runs),
    ] {
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("shop:*******@"), "{shown}");
    }
}
