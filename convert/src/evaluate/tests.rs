use super::{Evaluator, Input};
use crate::document::Corpus;
use crate::mapping::Mapping;
use crate::trace::Trace;

/// The results of a program on the documents of a text, each with the nodes that it
/// depends on, as they stand there.
fn run(program: &str, text: &str) -> Vec<(String, String)> {
    let mut corpus = Corpus::default();
    corpus.add("t.yaml", text.as_bytes());
    assert!(corpus.faults.is_empty(), "{text:?}: {:?}", corpus.faults);
    let mapping = Mapping::parse("m.jq", program).unwrap_or_else(|f| panic!("{program}: {f:?}"));
    let trace = Trace::new(corpus.nodes.len());
    let inputs = corpus.documents.iter().map(|document| Input {
        file: "t.yaml".into(),
        value: document.root.clone(),
    });
    let mut results = Vec::new();
    Evaluator::new(&mapping, &trace, inputs).run(&mut |result| match result {
        Ok(value) => {
            let nodes = trace.nodes([value.deep(&trace)]).into_iter();
            let shown = nodes.map(|node| corpus.shown(corpus.nodes[node as usize].span));
            results.push((value.data.to_string(), shown.collect::<Vec<_>>().join(" ")));
        }
        Err(failed) => results.push((
            format!("{}: {}", failed.place, failed.message),
            String::new(),
        )),
    });
    results
}

/// Program, input, and what jq says of it.
const SAID: &[(&str, &str, &str)] = &[
    (".", "{a: [1, x, null]}", r#"{"a":[1,"x",null]}"#),
    (".a.b, .a[\"b\"], .x?", "a: {b: 1}", "1 1 null"),
    (".[1:], .[-1], .[5]", "[1, 2, 3]", "[2,3] 3 null"),
    (".[1:3]", "'hello'", "\"el\""),
    ("[.[] | . * 2]", "[1, 2]", "[2,4]"),
    (
        "{a: .x, (.k): 1, \"s\": 2, x}",
        "{x: 5, k: key}",
        r#"{"a":5,"key":1,"s":2,"x":5}"#,
    ),
    ("{a: .[]}", "[1, 2]", r#"{"a":1} {"a":2}"#),
    (".[] as $x | [$x, $x + 1]", "[1, 2]", "[1,2] [2,3]"),
    (". as [$a, {b: $c}] | $a + $c", "[1, {b: 2}]", "3"),
    (". as {$a, b: [$c]} | $a + $c", "{a: 1, b: [2]}", "3"),
    (
        "\"\\(.a)-\\(.b)\"",
        "{a: 1.10, b: [x]}",
        r#""1.10-[\"x\"]""#,
    ),
    ("if .a then 1 elif .b then 2 else 3 end", "{b: true}", "2"),
    (".a // .b // 9", "{a: false, b: 2}", "2"),
    ("(.[] | select(. > 1)) // 0", "[1, 2, 3]", "2 3"),
    ("try error(\"x\") catch .", "1", "\"x\""),
    ("[.[] | tonumber?]", "['1', x, 2]", "[1,2]"),
    ("reduce .[] as $x (0; . + $x)", "[1, 2, 3]", "6"),
    ("[foreach .[] as $x (0; . + $x)]", "[1, 2, 3]", "[1,3,6]"),
    (
        "[limit(2; .[])], first(.[]), isempty(.[])",
        "[1, 2, 3]",
        "[1,2] 1 false",
    ),
    (
        "[label $out | .[] | if . > 2 then break $out else . end]",
        "[1, 2, 3, 1]",
        "[1,2]",
    ),
    (
        "def f(g): [g, g]; def h($x): $x + 1; f(.a), h(.a)",
        "a: 1",
        "[1,1] 2",
    ),
    (
        "def f: if . > 0 then . - 1 | f else \"end\" end; f",
        "5",
        "\"end\"",
    ),
    ("to_entries | from_entries == {a: 1}", "a: 1", "true"),
    ("with_entries(.value |= 1)", "a: 1", r#"{"a":1}"#),
    (
        "map_values(. + 1), (keys | join(\"-\"))",
        "{b: 1, a: 2}",
        r#"{"b":2,"a":3} "a-b""#,
    ),
    (
        "[paths], [leaf_paths]",
        "a: [1]",
        r#"[["a"],["a",0]] [["a",0]]"#,
    ),
    ("[..]", "[[1]]", "[[[1]],[1],1]"),
    ("INDEX(.n).x.v", "[{n: x, v: 1}, {n: y, v: 2}]", "1"),
    (
        "group_by(.k) | map(length)",
        "[{k: 1}, {k: 2}, {k: 1}]",
        "[2,1]",
    ),
    (
        "sort, unique, min, max, add, reverse",
        "[2, 1, 2]",
        "[1,2,2] [1,2] 1 2 5 [2,1,2]",
    ),
    ("any(. > 1), all(. > 1)", "[1, 2]", "true false"),
    (
        "test(\"^a\"), sub(\"(?<x>b)\"; \"<\\(.x)>\"), gsub(\"b\"; \"\")",
        "abb",
        r#"true "a<b>b" "a""#,
    ),
    (
        "capture(\"(?<n>[0-9]+)(?<u>m?s)\")",
        "30ms",
        r#"{"n":"30","u":"ms"}"#,
    ),
    (
        "[scan(\"[a-z]+\")], [scan(\"(.)(.)\")]",
        "ab cd",
        r#"["ab","cd"] [["a","b"],[" ","c"]]"#,
    ),
    (
        "split(\",\"), (split(\", *\"; null) | length), ascii_upcase",
        "'a, b'",
        r#"["a"," b"] 2 "A, B""#,
    ),
    (
        "ltrimstr(\"a\"), rtrimstr(\"c\"), startswith(\"ab\")",
        "abc",
        r#""bc" "ab" true"#,
    ),
    (
        "del(.a, .b[].c, .d.e)",
        "{a: 1, b: [{c: 1, x: 2}], d: {e: 1}}",
        r#"{"b":[{"x":2}],"d":{}}"#,
    ),
    (". * {a: {c: 3}}", "a: {b: 1}", r#"{"a":{"b":1,"c":3}}"#),
    (
        "[., inputs] | map(.a)",
        "a: 1\n---\na: 2\n---\na: 3",
        "[1,2,3]",
    ),
    ("input_filename", "a: 1", "\"t.yaml\""),
    ("[range(3)], [range(0; 6; 2)]", "1", "[0,1,2] [0,2,4]"),
    (
        ".a.b",
        "a: 1",
        "m.jq:1:4: Cannot index number (1) with \"b\"",
    ),
    (".[]", "1", "m.jq:1:1: Cannot iterate over number (1)"),
];

#[test]
fn as_jq_does() {
    for (program, text, expected) in SAID {
        let said: Vec<String> = run(program, text)
            .into_iter()
            .map(|(value, _)| value)
            .collect();
        assert_eq!(said.join(" "), *expected, "{program} of {text}");
    }
}

/// Program, input, and the keys and leaves that its results depend on; ` | ` between
/// results.
const DEPENDS: &[(&str, &str, &str)] = &[
    ("7", "a: 1", ""),
    (".a", "{a: 1, b: 2}", "a 1"),
    ("\"\\(.a)\\(.b)\"", "{a: 1, b: 2, c: 3}", "a 1 b 2"),
    // What is let through depends on what let it through.
    (
        ".[] | select(.on) | .to",
        "[{on: true, to: x}, {on: false, to: y}]",
        "on true to x",
    ),
    (
        "if .a == 1 then .b else .c end",
        "{a: 1, b: 2, c: 3}",
        "a 1 b 2",
    ),
    // A join depends on both sides, and on nothing beside.
    (
        "(.sinks | INDEX(.name)) as $sinks | .use[] | $sinks[.].url",
        "{use: [p], sinks: [{name: p, url: u}, {name: q, url: v}]}",
        "use p sinks name p url u",
    ),
    // Where there is nothing on the left, the right depends on that.
    (".a // .b", "{a: null, b: 2}", "a null b 2"),
    (".a // .b", "{a: 1, b: 2}", "a 1"),
    // Names of keys only where they are used.
    ("to_entries[] | .key", "{a: 1}", "a"),
    (".[]", "{a: 1}", "1"),
    ("keys[0]", "{a: 1, b: 2}", "a"),
    // That a thing is there does not depend on what is in it.
    (".a | select(. != null) | .b", "a: {b: 1, c: 2}", "a b 1"),
    (".a | length", "a: [x, y]", "a"),
    ("sub(\"x\"; \"y\")", "xx", "xx"),
    (
        "[.[] | .n] | add",
        "[{n: a, m: 1}, {n: b, m: 2}]",
        "n a n b",
    ),
    ("any(.[]; . == 2)", "[1, 2, 3]", "1 2"),
];

#[test]
fn results_know_what_they_depend_on() {
    for (program, text, expected) in DEPENDS {
        let from: Vec<String> = run(program, text)
            .into_iter()
            .map(|(_, from)| from)
            .collect();
        assert_eq!(from.join(" | "), *expected, "{program} of {text}");
    }
}

/// A program that is refused, and why.
const REFUSED: &[(&str, &str)] = &[
    (".a | foo", "m.jq:1:6: there is no function `foo`"),
    (
        ".a |\n  selct(.b)",
        "m.jq:2:3: there is no function `selct`; did you mean `select`?",
    ),
    ("map(1; 2)", "m.jq:1:1: `map` takes 1 argument, not 2"),
    (
        ". as $name | $nam",
        "m.jq:1:14: there is no variable `$nam`; did you mean `$name`?",
    ),
    (
        "{a: 1",
        "m.jq:1:6: expected closing brace, the program ends",
    ),
    (
        "if . then 1",
        "m.jq:1:12: expected else or end, the program ends",
    ),
    (
        "@base32 \"\\(.)\"",
        "m.jq:1:1: there is no format `@base32`; there is `@base64` and `@base64d`",
    ),
    (
        ".a | todate",
        "m.jq:1:6: there is no function `todate`; a mapping knows no dates",
    ),
    (
        "$ENV.HOME",
        "m.jq:1:1: there is no variable `$ENV`; a mapping must give the same everywhere",
    ),
    (
        "env.HOME",
        "m.jq:1:1: there is no function `env`; a mapping must give the same everywhere",
    ),
    (
        "input_line_number",
        "m.jq:1:1: there is no function `input_line_number`; results know their places",
    ),
    (
        ".[] as [$a] ?// $a | $a",
        "m.jq:1:13: alternatives of patterns (`?//`) are not here",
    ),
    ("include \"x\"; .", "m.jq:1:9: a mapping is one file"),
    ("import \"x\" as x; .", "m.jq:1:8: a mapping is one file"),
    (".[] | break $out", "m.jq:1:13: there is no label `$out`"),
    (
        "reduce .[] as $x (0)",
        "m.jq:1:1: `reduce` takes a start and a step",
    ),
    (
        ". | debug",
        "m.jq:1:5: there is no function `debug`; nothing is printed",
    ),
    (
        "$__prog_args",
        "m.jq:1:1: there is no variable `$__prog_args`",
    ),
    ("if", "m.jq:1:3: expected term, the program ends"),
];

#[test]
fn programs_are_refused_in_words() {
    for (program, expected) in REFUSED {
        let faults = Mapping::parse("m.jq", program).expect_err(program);
        let told = faults[0].to_string();
        assert!(
            told.starts_with(expected),
            "{program}\n told {told}\n want {expected}"
        );
    }
}
