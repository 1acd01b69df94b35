//! Our jq is jq: `jaq` gives the same results for every shipped mapping on every case, and
//! for a table of small programs over all that the language has.
//!
//! Where jaq and the manual of jq 1.7 differ, the manual counts, and `differs.txt` says what
//! is right. What stands there was compared with jq once by hand.

mod ask;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::Path;

use routewright_convert::document::{Corpus, collect};
use routewright_convert::mappings::SHIPPED;
use routewright_convert::trace::Origin;
use routewright_convert::value::{self, Value};

/// The idiom that takes all documents. The crates of jaq have no inputs without its
/// program, so it is given the list of them instead.
const ALL: &str = "[., inputs]";

/// What jq has, and jaq has not.
const MISSING: &str = "\
    def INDEX(f): reduce .[] as $x ({}; . + {($x | f | tostring): $x});\n\
    def INDEX(s; f): reduce s as $x ({}; . + {($x | f | tostring): $x});\n\
    def IN(s): . as $x | any(s; . == $x);\n\
    def IN(s; t): any(s; IN(t));\n\
    def leaf_paths: paths(scalars);\n";

/// The lines of a table that say something.
fn rows(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| {
        line.split_once(" ~ ")
            .unwrap_or_else(|| panic!("no ` ~ `: {line}"))
    })
}

/// Input, program and what is right, of those on which jaq is not followed.
fn differing() -> BTreeMap<(&'static str, &'static str), &'static str> {
    let rows = rows(include_str!("differs.txt")).map(|(input, rest)| {
        let (program, right) = rest
            .rsplit_once(" => ")
            .unwrap_or_else(|| panic!("no ` => `: {rest}"));
        ((input, program), right)
    });
    rows.collect()
}

/// Both, about one program.
fn ask(input: &str, program: &str) -> (Result<ask::Said, String>, Result<ask::Said, String>) {
    let value = value::parse(input, Origin::NOWHERE).unwrap_or_else(|why| panic!("{input}: {why}"));
    let ours = ask::ours(program, &[value], 0);
    let code = MISSING.to_owned() + program;
    (ours, ask::jaq(&code, VecDeque::from([input.to_owned()])))
}

#[test]
fn jaq_says_the_same_of_small_programs() {
    let differing = differing();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for (input, program) in rows(include_str!("programs.txt")) {
        asked += 1;
        let (ours, jaq) = ask(input, program);
        if let (Ok(ours), Ok(jaq)) = (&ours, &jaq)
            && ours == jaq
        {
            continue;
        }
        let say =
            |said: Result<ask::Said, String>| said.map_or_else(|why| why, |said| said.to_string());
        wrong.push(format!(
            "{input} ~ {program}\n  ours {}\n  jaq  {}",
            say(ours),
            say(jaq)
        ));
    }
    for ((input, program), right) in &differing {
        asked += 1;
        let (ours, jaq) = ask(input, program);
        let ours = ours.map_or_else(|why| why, |said| said.to_string());
        if ours != *right {
            wrong.push(format!(
                "{input} ~ {program}\n  ours {ours}\n  jq   {right}"
            ));
        }
        if jaq.is_ok_and(|jaq| jaq.to_string() == *right) {
            wrong.push(format!(
                "{input} ~ {program}: jaq says so as well; it belongs to programs.txt"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {asked}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(asked > 300, "next to nothing was asked");
}

/// Every function and format has a row.
#[test]
fn every_function_is_asked() {
    let rows = include_str!("programs.txt").to_owned() + include_str!("differs.txt");
    let words: BTreeSet<&str> = rows
        .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '@')
        .collect();
    let known = routewright_convert::mapping::functions();
    // These are about a run over files; `src/evaluate/tests.rs` asks them.
    let files = ["input", "inputs", "input_filename"];
    let missing: Vec<_> = known
        .into_iter()
        .filter(|name| !words.contains(name) && !files.contains(name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn jaq_says_the_same_of_mappings() {
    let mut compared = 0;
    for (name, text) in SHIPPED {
        for entry in fs::read_dir("tests/cases").expect("cases") {
            let case = entry.expect("an entry").file_name();
            let case = case.into_string().expect("a name");
            if case.split('+').next() != Some(name) {
                continue;
            }
            let folder = Path::new("tests/cases").join(&case).join("input");
            let corpus = collect(&[folder], &mut |_, _| {}).expect("readable files");
            let values: Vec<Value> = corpus.documents.iter().map(|d| d.root.clone()).collect();
            let ours = ask::ours(text, &values, corpus.nodes.len()).expect("a mapping");
            let code = MISSING.to_owned() + &text.replace(ALL, ".");
            let jaq = ask::jaq(&code, inputs(text, &corpus)).expect("a program");
            for (at, (ours, jaq)) in ours.values.iter().zip(&jaq.values).enumerate() {
                assert_eq!(ours, jaq, "{case}, result {at}");
            }
            assert!(!ours.failed && !jaq.failed, "{case} failed");
            assert_eq!(ours.values.len(), jaq.values.len(), "{case}");
            compared += ours.values.len();
        }
    }
    assert!(compared > 1000, "next to nothing was compared");
}

fn inputs(text: &str, corpus: &Corpus) -> VecDeque<String> {
    let documents = corpus.documents.iter();
    let documents: Vec<String> = documents.map(|d| d.root.data.to_string()).collect();
    match text.contains(ALL) {
        true => VecDeque::from([format!("[{}]", documents.join(","))]),
        false => documents.into(),
    }
}
