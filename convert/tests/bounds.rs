//! What a conversion may cost: memory that is counted, and never time.

use routewright_convert::document::Corpus;
use routewright_convert::document::bounds::FILE_MEMORY_MAX;
use routewright_convert::evaluate::{BYTES_FREE, Evaluator, Input};
use routewright_convert::mapping::Mapping;
use routewright_convert::mappings::SHIPPED;
use routewright_convert::run::convert;
use routewright_convert::trace::Trace;

/// A mapping that costs too much, and how the error begins.
const ENDLESS: &[(&str, &str)] = &[
    ("[range(1000000000)]", "the mapping"),
    ("range(1000000000) | empty", "the mapping"),
    ("[repeat(.)]", "the mapping"),
    ("repeat(.) | empty", "the mapping"),
    ("def f: f; f", "the mapping"),
    ("def f: 1 + f; f", "the mapping calls itself too deep"),
    ("def f: [f]; f", "the mapping calls itself too deep"),
    (
        "def f(g): f(g | g); f(.)",
        "the mapping passes functions on",
    ),
    ("def f: f, f; f", "the mapping calls itself too deep"),
    (
        "def f: try error(\"x\") catch f; f",
        "the mapping calls itself too deep",
    ),
    ("\"x\" | until(false; . + .)", "the mapping"),
    ("\"x\" * 1000000000000", "the mapping"),
    ("[1] | until(false; . + .)", "the mapping"),
    (
        "reduce range(100000) as $i (0; [.])",
        "lists and maps are nested",
    ),
    (
        "reduce range(100000) as $i (0; {a: .})",
        "lists and maps are nested",
    ),
    (
        "reduce range(100000) as $i (null; {} | .a.b = $i | .a = .)",
        "",
    ),
    ("last(recurse([.]))", "lists and maps are nested"),
    ("[] | .[1000000000] = 1", "Array index too large"),
    ("[limit(1000; repeat(\"a\" * 1000000))]", "the mapping"),
    ("path(repeat(.a?))", ""),
    ("first(range(1e9) | select(. < 0))", "the mapping"),
    ("[range(3000)] | combinations(3) | empty", "the mapping"),
    ("[range(100000)] | . - . | length", ""),
    (
        "(\"a\" * 100000) | gsub(\"\"; \"bbbbbbbbbb\") | gsub(\"b\"; \"b\" * 1000)",
        "the mapping",
    ),
    ("\"a\" * 1000000 | test(\"(a*)*b{500}\")", ""),
    ("[recurse(.[]?, .)] | length", "the mapping"),
    ("[splits(\"a\")] | walk(walk(.))", ""),
    ("input | inputs", "No more inputs"),
    ("try repeat(error(\"x\")) catch .", ""),
    ("[limit(100000; repeat(1))] | permutations", ""),
];

fn failures(program: &str) -> Vec<String> {
    let Ok(mapping) = Mapping::parse("m.jq", program) else {
        return Vec::new();
    };
    let mut corpus = Corpus::default();
    corpus.add("t.yaml", b"{}");
    let trace = Trace::new(corpus.nodes.len());
    let inputs = corpus.documents.iter().map(|document| Input {
        file: "t.yaml".into(),
        value: document.root.clone(),
    });
    let mut failures = Vec::new();
    let evaluator = Evaluator::new(&mapping, &trace, inputs);
    evaluator.run(&mut |result| failures.extend(result.err().map(|failed| failed.message)));
    failures
}

/// On the stack of a test, which is a quarter of that of a program.
#[test]
fn endless_mappings_end() {
    let thread = std::thread::Builder::new().stack_size(STACK);
    let check = || {
        for (program, expected) in ENDLESS {
            let mut failed = Vec::new();
            let memory = allocation_counter::measure(|| failed = failures(program));
            assert!(
                memory.bytes_max < 4 * BYTES_FREE,
                "{program}: {} bytes",
                memory.bytes_max
            );
            let first = failed.first().map_or("", String::as_str);
            assert!(
                expected.is_empty() || first.starts_with(expected),
                "{program}: {failed:?}"
            );
        }
    };
    thread
        .spawn(check)
        .expect("a thread")
        .join()
        .expect("no fault");
}

/// What a test has, and a main thread four times over.
const STACK: usize = 2 * 1024 * 1024;

/// Name, the text, and what is told of it.
fn hostile() -> Vec<(&'static str, String, &'static str)> {
    let many = |part: &str, times| part.repeat(times);
    let keys = |between: &str| {
        (0..900_000)
            .map(|n| format!("k{n}: {n}{between}"))
            .collect::<String>()
    };
    vec![
        ("keys", keys("\n"), "split the file"),
        (
            "keys in flow",
            format!("{{{}}}", keys(", ")),
            "split the file",
        ),
        (
            "keys in lines of flow",
            format!("{{\n{}}}", keys(",\n")),
            "split the file",
        ),
        ("items", many("- a\n", 3_000_000), "split the file"),
        (
            "items in flow",
            format!("[{}]", many("a,", 3_000_000)),
            "split the file",
        ),
        (
            "commas",
            format!("[{}]", many(",", 5_000_000)),
            "split the file",
        ),
        (
            "tags",
            format!("- !x [{}]", many("!x a,", 1_000_000)),
            "split the file",
        ),
        (
            "text",
            format!("a: \"{}\"", many("x", 15_000_000)),
            "a text has more than",
        ),
        (
            "more text",
            format!("a: {}", many("x", 64_000_000)),
            "the file is larger than",
        ),
        ("lines", many("\n", 16_000_000), "too many lines"),
        (
            "lines of text",
            format!("a: |\n{}", many("  x\n", 3_000_000)),
            "a text has more than",
        ),
        ("documents", many("---\na\n", 1_000_000), "split the file"),
        (
            "depth of flow",
            many("[", 100_000),
            "recursion limit exceeded",
        ),
        (
            "depth of blocks",
            many("- ", 200_000),
            "nested more than 64 deep",
        ),
        ("anchors", many("- &a x\n", 500_000), "split the file"),
        (
            "aliases",
            format!("- &a x\n{}", many("- *a\n", 2_000_000)),
            "split the file",
        ),
        (
            "merges",
            format!(
                "a: &a {{{}}}\n{}",
                (0..1000).map(|n| format!("k{n}: 1, ")).collect::<String>(),
                (0..20_000)
                    .map(|n| format!("b{n}: {{<<: *a}}\n"))
                    .collect::<String>()
            ),
            "split the file",
        ),
        ("zero", "a: \0b".to_owned(), "zero byte"),
        (
            "quirks",
            format!("[{}]", many("yes,", 2_000_000)),
            "split the file",
        ),
        ("colons", many(":", 8_000_000), "a text has more than"),
        ("blanks", many(" ", 16_000_000), ""),
        ("comments", many("# x\n", 3_000_000), ""),
    ]
}

#[test]
fn hostile_files_end() {
    for (name, text, expected) in hostile() {
        let mut corpus = Corpus::default();
        // The file itself is held by whoever reads it.
        let memory = allocation_counter::measure(|| corpus.add("t.yaml", text.as_bytes()));
        let said = corpus.faults.first().map_or("", |fault| &fault.message);
        assert!(
            said.contains(expected) && said.is_empty() == expected.is_empty(),
            "{name}: {said}"
        );
        let most = FILE_MEMORY_MAX as u64 + text.len() as u64;
        assert!(
            memory.bytes_max < most,
            "{name}: {} bytes",
            memory.bytes_max
        );
    }
}

/// Bytes that were allocated for that many routes, with all that was given back.
fn allocated(mapping: &Mapping<'_>, routes: usize) -> u64 {
    let mut corpus = Corpus::default();
    let memory = allocation_counter::measure(|| {
        for file in 0..routes / 100 {
            let lines =
                (0..100).map(|n| format!("      App\\E{file}x{n}: [queue{}, audit]\n", n % 7));
            let lines: String = lines.collect();
            let text = format!("framework:\n  messenger:\n    routing:\n{lines}");
            corpus.add(&format!("{file}.yaml"), text.as_bytes());
        }
        let report = convert(&corpus, mapping, "measured").report;
        assert_eq!(report.counts.routes, routes, "{:?}", report.failures);
    });
    memory.bytes_total
}

/// Ten times the routes take ten times the memory, and not a hundred times.
#[test]
fn cost_is_linear() {
    let (_, text) = SHIPPED
        .iter()
        .find(|(name, _)| *name == "symfony-messenger")
        .expect("it is shipped");
    let mapping = Mapping::parse("symfony-messenger", text).expect("a mapping");
    let (few, many) = (allocated(&mapping, 400), allocated(&mapping, 4000));
    assert!(
        many < 12 * few,
        "{few} bytes for 400 routes, {many} for 4000"
    );
}

/// The idioms that a mapping gathers with cost what they gather.
#[test]
fn gathering_is_linear() {
    for program in [
        "reduce range($n) as $i ({}; . + {\"k\\($i)\": $i})",
        "reduce range($n) as $i ({}; .[\"k\\($i)\"] = $i)",
        "reduce range($n) as $i ({}; .a += [$i])",
        "reduce range($n) as $i ([]; . + [$i])",
        "reduce range($n) as $i ([]; .[$i] = $i)",
        "[range($n) | {key: \"k\\(.)\", value: .}] | from_entries",
        "[range($n)] | del(.[] | select(. % 2 == 0))",
        "[range($n) | tostring] | add",
        "[range($n) | {a: (. % 7)}] | group_by(.a) | map(length)",
        "[range($n)] | map_values(. + 1)",
    ] {
        let cost = |n: usize| {
            let program = format!("{n} as $n | {program}");
            let mut failed = Vec::new();
            let memory = allocation_counter::measure(|| failed = failures(&program));
            assert!(failed.is_empty(), "{program}: {failed:?}");
            memory.bytes_total
        };
        let (few, many) = (cost(300), cost(3000));
        assert!(
            many < 14 * few,
            "{program}: {few} bytes for 300, {many} for 3000"
        );
    }
}

/// A document as deep as any that is read is walked through by a function that calls itself.
#[test]
fn the_deepest_document_is_walked() {
    let text = format!("{}1{}", "{a: ".repeat(63), "}".repeat(63));
    let mut corpus = Corpus::default();
    corpus.add("t.yaml", text.as_bytes());
    assert!(corpus.faults.is_empty(), "{:?}", corpus.faults);
    for (name, text) in SHIPPED {
        let mapping = Mapping::parse(name, text).expect("a mapping");
        let report = convert(&corpus, &mapping, "deep").report;
        // The result may be refused for its depth; the mapping must not be.
        let deep = report
            .failures
            .iter()
            .find(|f| f.message.contains("calls itself"));
        assert!(deep.is_none(), "{name}: {deep:?}");
    }
    for program in [
        "walk(.)",
        "[..] | length",
        "tojson | fromjson",
        "[tostream]",
        "[paths]",
    ] {
        let mapping = Mapping::parse("m", program).expect("a mapping");
        let trace = Trace::new(corpus.nodes.len());
        let input = Input {
            file: "t.yaml".into(),
            value: corpus.documents[0].root.clone(),
        };
        Evaluator::new(&mapping, &trace, [input]).run(&mut |result| {
            assert!(result.is_ok(), "{program}: {result:?}");
        });
    }
}
