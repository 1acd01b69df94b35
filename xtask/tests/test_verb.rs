//! `test`: test files, what a failure tells, coverage, filters, clocks, exit codes.

mod common;

use common::Folder;
use serde_json::{Value, json};

const ROUTES: &str = "\
version: 1
package: shop
consumers:
  billing: { kafka: billing.v1 }
  audit: { local: true }
  shadow: { local: true }
routes:
  order.placed: { to: [billing, audit], timeout: 200ms }
  order.sold: { split: { billing: 95, audit: 5 }, mirror: { shadow: 10% }, expires: 2027-01-31 }
  order.*: { to: audit }
  order.**: { to: billing }
  debug.**: { drop: noise }
  off.event: { to: audit, enabled: false }
fallback: { to: audit }
settings:
  batch: { type: int, default: 50, min: 1, max: 100, expires: 2027-06-30 }
  title: { type: string, default: \"red\\e[31m\" }
tests:
  - { event: order.placed, to: [billing, audit] }
";

fn shop(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("routes/routes.yaml", ROUTES);
    folder
}

fn json_of(folder: &Folder, args: &[&str]) -> (i32, Value) {
    let args: Vec<&str> = args.iter().copied().chain(["--format", "json"]).collect();
    let ran = folder.run(&args);
    let json = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
    (ran.code, json)
}

/// Each test, and what of it is not as expected: nothing, or `what: expected, actual`.
#[test]
fn what_a_test_expects() {
    #[rustfmt::skip]
    let rows: &[(&str, &[&str])] = &[
        // Exact sets, in any order.
        ("{ event: order.placed, to: [audit, billing] }", &[]),
        ("{ event: order.placed, to: [audit] }", &["to: audit, audit, billing"]),
        ("{ event: order.sold, to: [] }", &[]),
        ("{ event: order.placed, to: [] }", &["to: nobody, audit, billing"]),
        // None of these, by whatever way.
        ("{ event: order.placed, not_to: shadow }", &[]),
        ("{ event: debug.x, not_to: [audit, billing, shadow] }", &[]),
        ("{ event: order.placed, not_to: [shadow, audit] }", &["not_to: none of audit, shadow, audit (by `to`)"]),
        ("{ event: order.sold, not_to: [audit, shadow] }",
            &["not_to: none of audit, shadow, audit (by `split`), shadow (by `mirror`)"]),
        // Arms, mirrors, policies.
        ("{ event: order.sold, split: { audit: 5, billing: 95 }, mirror: shadow }", &[]),
        ("{ event: order.sold, split: { audit: 6, billing: 95 }, mirror: [] }",
            &["split: audit 6, billing 95, audit 5, billing 95", "mirror: nobody, shadow"]),
        ("{ event: order.sent, split: {} }", &[]),
        ("{ event: order.sold, split: {} }", &["split: no split, audit 5, billing 95"]),
        ("{ event: order.placed, policy: { timeout: 200ms, retries: 0, priority: normal, retry_delay: 0ns } }", &[]),
        ("{ event: order.placed, policy: { timeout: 1s, retries: 2, priority: high } }",
            &["timeout: 1s, 200ms", "retries: 2, 0", "priority: high, normal"]),
        // Nobody.
        ("{ event: debug.x, drop: true, unrouted: false, to: [] }", &[]),
        ("{ event: debug.x, drop: false, unrouted: true }", &["drop: false, true", "unrouted: true, false"]),
        ("{ event: nobody.knows, drop: false, to: audit }", &[]),
        // Shares, measured.
        ("{ event: order.sold, shares: { billing: 95%, audit: 5% } }", &[]),
        ("{ event: order.sold, shares: { billing: 95%, audit: 5% }, mirror_shares: { shadow: 10% }, within: 0.5%, keys: 50000, seed: 7 }", &[]),
        ("{ event: order.sold, shares: { billing: 50%, audit: 50% }, keys: 10, within: 45%, seed: 3 }", &["share of audit: 50% within 45%, 0% (10 keys, seed 3)", "share of billing: 50% within 45%, 100% (10 keys, seed 3)"]),
        ("{ event: order.sold, shares: { billing: 95% } }", &["share of audit: none, 4.99% (10000 keys, seed 0)"]),
        ("{ event: order.sold, mirror_shares: { shadow: 12% } }", &["mirror share of shadow: 12% within 1%, 10.28% (10000 keys, seed 0)"]),
        ("{ event: order.placed, shares: { billing: 100% } }", &["share of billing: 100% within 1%, 0% (10000 keys, seed 0)"]),
        // Last days; the last day itself is a good one.
        ("{ event: order.sold, expired: false, at: 2027-01-31 }", &[]),
        ("{ event: order.sold, expired: true, at: 2027-02-01 }", &[]),
        ("{ event: order.sold, expired: true, at: \"2027-01-31T23:59:59Z\" }",
            &["expired: true at 2027-01-31T23:59:59Z, false: its last day is 2027-01-31"]),
        ("{ event: order.sold, expired: false, at: 2027-02-01 }",
            &["expired: false at 2027-02-01, true: its last day is 2027-01-31"]),
        ("{ event: order.placed, expired: true, at: 2027-02-01 }", &["expired: true at 2027-02-01, false: it has no last day"]),
        ("{ event: nobody.knows, expired: false, at: 2999-01-01 }", &[]),
        ("{ setting: batch, is: 50, expired: false, at: 2027-06-30 }", &[]),
        ("{ setting: batch, expired: false, at: 2027-07-01 }",
            &["expired: false at 2027-07-01, true: its last day is 2027-06-30"]),
        ("{ setting: batch, is: 51 }", &["is: 51, 50"]),
    ];
    let folder = shop("test-expects");
    let tests: String = rows
        .iter()
        .map(|(test, _)| format!("  - {test}\n"))
        .collect();
    folder.write("routes/rows.test.yaml", &format!("tests:\n{tests}"));
    let (code, json) = json_of(&folder, &["test", "routes"]);
    assert_eq!(code, 1);
    let told = json["tests"].as_array().unwrap();
    assert_eq!(told.len(), rows.len() + 1);
    for ((test, expected), told) in rows.iter().zip(&told[1..]) {
        let failures = told["failures"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let failures = failures.map(|f| {
            format!(
                "{}: {}, {}",
                text(&f["what"]),
                text(&f["expected"]),
                text(&f["actual"])
            )
        });
        assert_eq!(failures.collect::<Vec<_>>(), *expected, "{test}");
        assert_eq!(told["passed"], expected.is_empty(), "{test}");
        let explained = !expected.is_empty() && test.contains("event");
        assert_eq!(told["explanation"].is_object(), explained, "{test}");
    }
}

/// Expected against actual, and why the actual is so, in the words of `explain`.
#[test]
fn a_failure_explains_what_is_so() {
    let folder = shop("test-failure");
    assert_eq!(
        folder.run(&["test", "routes"]).good(),
        "1 passed, 0 failed\n"
    );
    folder.write(
        "routes/more.test.yaml",
        "tests:\n  - { event: order.sent, to: [billing], policy: { retries: 3 } }\n  - { event: debug.x, drop: false }\n  - { setting: title, is: red }\n",
    );
    let ran = folder.run(&["test", "routes"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, "error: 3 tests failed\n"));
    // What stands in a definition cannot paint a terminal.
    assert_eq!(
        ran.out,
        "\
FAILED order.sent  routes/more.test.yaml:2:5
  to       expected  billing
           actual    audit
  retries  expected  3
           actual    0
    order.sent  (not declared)
      goes to  audit
      rule     `order.*`  routes/routes.yaml:10:3
      because  of the 2 patterns that meet it, `order.*` comes first
      lost     `order.**`  routes/routes.yaml:11:3: `**` is less specific than `*`

FAILED debug.x  routes/more.test.yaml:3:5
  drop  expected  false
        actual    true
    debug.x  (not declared)
      goes to  drop: noise
      rule     `debug.**`  routes/routes.yaml:12:3
      because  only the pattern `debug.**` meets it

FAILED title  routes/more.test.yaml:4:5
  is  expected  red
      actual    red\\u{1b}[31m
    set by   its default in the definition, routes/routes.yaml:17:3

1 passed, 3 failed
"
    );
    let explained = folder.run(&["explain", "order.sent", "routes"]).good();
    assert!(
        ran.out
            .contains(&explained.replace('\n', "\n    ").trim_end().to_owned())
    );
    let (_, json) = json_of(&folder, &["test", "routes"]);
    let (_, mut alone) = json_of(&folder, &["explain", "order.sent", "routes"]);
    for of_the_verb in ["picked", "asked", "digest", "at", "then"] {
        alone.as_object_mut().unwrap().remove(of_the_verb);
    }
    assert_eq!(json["tests"][1]["explanation"], alone);
    assert_eq!(json["passed"], 1);
    assert_eq!(json["failed"], 3);
}

/// Which rules no test looks at, where they stand, and how much that is.
#[test]
fn coverage_by_rule() {
    let folder = shop("test-coverage");
    let of = |folder: &Folder, more: &[&str]| {
        let args: Vec<&str> = ["test", "routes", "--coverage"]
            .iter()
            .chain(more)
            .copied()
            .collect();
        folder.run(&args)
    };
    let ran = of(&folder, &[]);
    assert_eq!(
        ran.good(),
        "\
1 passed, 0 failed
routes: 16.6% covered, 1 of 6 rules
  no test  `debug.**`    routes/routes.yaml:12:3
           `order.*`     routes/routes.yaml:10:3
           `order.**`    routes/routes.yaml:11:3
           `order.sold`  routes/routes.yaml:9:3
           fallback      routes/routes.yaml:14:1
  Add a test of an event that it answers; `cargo xtask explain EVENT` says which rule that is.
"
    );
    let under = of(&folder, &["--fail-under", "90"]);
    assert_eq!(
        under.bad(1),
        "error: routes: 16.6% covered, which is under 90%\n"
    );
    // A disabled route is no rule, a test of a setting covers none, an arm is covered by its
    // key, and a failing test still looks at its rule.
    folder.write(
        "routes/more.test.yaml",
        "tests:
  - { event: off.event, to: [audit] }
  - { event: debug.x, drop: true }
  - { event: order.x, to: [audit] }
  - { event: order.x.y, to: [billing] }
  - { event: order.sold, key: k, picks: billing }
  - { setting: batch, is: 50 }
",
    );
    let ran = of(&folder, &["--fail-under", "100"]);
    assert_eq!(
        ran.good(),
        "\
7 passed, 0 failed
routes: 100% covered, 6 of 6 rules
  arms     `order.sold`  routes/routes.yaml:9:3  no test meets audit
"
    );
    let (code, json) = json_of(
        &folder,
        &["test", "routes", "--coverage", "--filter", "order."],
    );
    assert_eq!(code, 0);
    assert_eq!(json["left_out"], 3);
    let coverage = &json["coverage"][0];
    assert_eq!(coverage["covered"], 4);
    assert!((coverage["percent"].as_f64().unwrap() - 66.666).abs() < 0.01);
    let rule = |name: Value| {
        let rules = coverage["rules"].as_array().unwrap().iter();
        rules
            .clone()
            .find(|rule| rule["rule"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(
        rule(json!("order.sold")),
        json!({
            "rule": "order.sold",
            "fallback": false,
            "place": "routes/routes.yaml:9:3",
            "tests": ["routes/more.test.yaml:6:5"],
            "arms_missed": ["audit"],
        })
    );
    assert_eq!(rule(Value::Null)["tests"], json!([]));
    assert_eq!(
        json_of(&folder, &["test", "routes"]).1["coverage"],
        Value::Null
    );
}

#[test]
fn filters_clocks_seeds_and_exit_codes() {
    let folder = shop("test-args");
    folder.write(
        "more.test.yaml",
        "package: shop\ntests: [{ event: order.sold, expired: true }]\n",
    );
    folder.write(
        "seeds.test.yml",
        "tests: [{ event: order.sold, shares: { billing: 100% }, keys: 5 }]\n",
    );
    folder.write(
        "bad.test.yaml",
        "tests: [{ event: order.sold, to: nobody }]\n",
    );
    folder.write("other.test.yaml", "package: shoe\ntests: []\n");
    folder.write(
        "none/routes.yaml",
        &ROUTES[..ROUTES.find("tests:").unwrap()],
    );
    // With these five keys of one seed billing gets all, with those of another not.
    let more: &[&str] = &["routes", "more.test.yaml"];
    let seeds: &[&str] = &["routes", "seeds.test.yml"];
    let rows: &[(&[&str], &[&str], i32, &str)] = &[
        (more, &["--at", "2027-02-01"], 0, "2 passed, 0 failed"),
        (more, &["--at", "2027-01-31"], 1, "1 passed, 1 failed"),
        (
            more,
            &["--at", "2027-01-31T23:59:59Z"],
            1,
            "1 passed, 1 failed",
        ),
        (more, &["--at", "+9000d"], 0, "2 passed, 0 failed"),
        (more, &["--at", "yesterday"], 2, "`yesterday` is no date"),
        (seeds, &[], 0, "2 passed, 0 failed"),
        (seeds, &["--seed", "2"], 1, "none"),
        (
            &["routes"],
            &["--filter", "order.placed"],
            0,
            "1 passed, 0 failed\n",
        ),
        (
            more,
            &["--filter", "more.test"],
            1,
            "0 passed, 1 failed, 1 left out by the filter",
        ),
        (
            more,
            &["--filter", "routes.yaml:"],
            0,
            "1 passed, 0 failed, 1 left out",
        ),
        (
            more,
            &["--filter", "zzz"],
            1,
            "no test has \"zzz\" in its event, setting or place; without `--filter` there are 2",
        ),
        (&["none"], &[], 1, "there are no tests"),
        (&["more.test.yaml"], &[], 1, "has tests only"),
        (
            &["routes", "bad.test.yaml"],
            &[],
            1,
            "there is no consumer `nobody`",
        ),
        (
            &["routes", "other.test.yaml"],
            &[],
            1,
            "these are tests of the package `shoe`, and not of `shop`",
        ),
        (&["routes"], &["--fail-under", "50"], 2, "--coverage"),
        (
            &["routes"],
            &["--coverage", "--fail-under", "101"],
            2,
            "0 to 100",
        ),
        (
            &["routes"],
            &["--coverage", "--fail-under", "16.6%"],
            0,
            "16.6% covered",
        ),
        (
            &["routes"],
            &["--coverage", "--fail-under", "16.7"],
            1,
            "under 16.7%",
        ),
    ];
    for (paths, args, code, says) in rows {
        let args: Vec<&str> = ["test"]
            .iter()
            .chain(*paths)
            .chain(*args)
            .copied()
            .collect();
        let ran = folder.run(&args);
        assert_eq!(ran.code, *code, "{args:?}: {ran:?}");
        let all = format!("{}{}", ran.out, ran.err);
        assert!(all.contains(says), "{args:?}: {ran:?}");
    }
}

/// No verb takes a test file for a definition; `check` reads it, and says where it is wrong.
#[test]
fn test_files_are_no_definitions() {
    let folder = shop("test-files");
    let before = folder.run(&["codegen", "routes", "--out", "gen"]).good();
    assert!(before.contains("3 files written"), "{before}");
    folder.write(
        "routes/sub/more.test.yaml",
        "tests: [{ event: order.placed, drop: false }]\n",
    );
    folder.write("old/routes.yaml", ROUTES);
    let rows: &[(&[&str], &str)] = &[
        (
            &["codegen", "routes", "--out", "gen", "--check"],
            "up to date",
        ),
        (
            &[
                "codegen",
                "routes/routes.yaml",
                "routes/sub/more.test.yaml",
                "--out",
                "gen",
                "--check",
            ],
            "up to date",
        ),
        (&["check", "routes"], "2 tests (all pass)"),
        (&["check", "routes/routes.yaml"], "1 test (all pass)"),
        (&["diff", "old", "routes"], "equal"),
        (&["explain", "order.placed", "routes"], "billing, audit"),
        (
            &["convert", "routes", "--to", "json", "--out", "all.json"],
            "",
        ),
    ];
    for (args, says) in rows {
        let out = folder.run(args).good();
        assert!(out.contains(says), "{args:?}: {out}");
    }
    // What is converted are the definitions; their tests go with them, and no others.
    assert_eq!(folder.read("all.json").matches("\"tests\"").count(), 1);
    assert!(!folder.read("all.json").contains("\"drop\": false"));
    folder.write(
        "routes/sub/more.test.yaml",
        "tests: [{ event: order.placed, to: [nobody] }]\n",
    );
    let ran = folder.run(&["check", "routes"]);
    assert!(ran.bad(1).contains("routes/sub/more.test.yaml:1:37"));
    folder
        .run(&["codegen", "routes", "--out", "gen", "--check"])
        .good();
}

/// Whoever takes the last look at a rule away, or changes it, is told.
#[test]
fn a_changed_route_fails_a_test_file() {
    let folder = shop("test-red");
    folder.write(
        "routes/privacy.test.yaml",
        "tests: [{ event: order.placed, not_to: shadow }]\n",
    );
    folder.run(&["test", "routes"]).good();
    let mirrored = ROUTES.replace("timeout: 200ms }", "timeout: 200ms, mirror: shadow }");
    folder.write("routes/routes.yaml", &mirrored);
    let ran = folder.run(&["test", "routes"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("actual    shadow (by `mirror`)"),
        "{ran:?}"
    );
}
