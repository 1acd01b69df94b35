//! A second reader of YAML, `serde_yaml`, reads every file as ours does, but where our
//! report lists a quirk.
//!
//! `ROUTEWRIGHT_YAML=FOLDER` reads a further tree, such as one that is to be converted.

use std::path::PathBuf;

use routewright_convert::document::{Corpus, Document, collect};
use routewright_convert::trace::Trace;
use routewright_convert::value::{Data, Value};
use serde::Deserialize;

/// What the two disagree on, and what they were.
struct Disagreement {
    place: String,
    ours: String,
    theirs: String,
    /// The quirk that our report lists there.
    quirk: Option<&'static str>,
}

/// What the comparison of a tree came to.
#[derive(Default)]
struct Compared {
    scalars: usize,
    /// Files that only one of them reads, and why.
    refused: Vec<String>,
    disagreements: Vec<Disagreement>,
}

fn compare(corpus: &Corpus) -> Compared {
    let mut compared = Compared::default();
    let trace = Trace::new(corpus.nodes.len());
    for file in corpus.sources.ids() {
        let text = corpus.sources.text(file);
        let theirs: Result<Vec<serde_yaml::Value>, serde_yaml::Error> =
            serde_yaml::Deserializer::from_str(text)
                .map(|document| {
                    let mut value = serde_yaml::Value::deserialize(document)?;
                    value.apply_merge()?;
                    Ok(value)
                })
                .collect();
        let ours: Vec<&Document> = corpus.documents.iter().filter(|d| d.file == file).collect();
        let name = corpus.sources.name(file);
        let we_fail = corpus.faults.iter().find(|fault| fault.span.file == file);
        match (we_fail, theirs) {
            (Some(_), Err(_)) => {}
            (Some(fault), Ok(_)) => compared
                .refused
                .push(format!("{name}: only we: {}", fault.message)),
            // It takes no key twice, nor a tag on a key; we take both, and tell.
            (None, Err(error)) => {
                let told = corpus
                    .quirks
                    .iter()
                    .any(|quirk| quirk.span.file == file && !quirk.kind.is_value());
                if !told {
                    compared
                        .refused
                        .push(format!("{name}: only serde_yaml: {error}"));
                }
            }
            (None, Ok(mut theirs)) => {
                // Nothing but comments is a document to it.
                if theirs.len() != ours.len() {
                    theirs.retain(|value| !value.is_null());
                }
                if theirs.len() != ours.len() {
                    let (a, b) = (ours.len(), theirs.len());
                    compared
                        .refused
                        .push(format!("{name}: {a} documents for us, {b} for serde_yaml"));
                    continue;
                }
                for (ours, theirs) in ours.iter().zip(&theirs) {
                    values(corpus, &trace, &ours.root, theirs, &mut compared);
                }
            }
        }
    }
    compared
}

fn values(
    corpus: &Corpus,
    trace: &Trace,
    ours: &Value,
    theirs: &serde_yaml::Value,
    to: &mut Compared,
) {
    use serde_yaml::Value as Theirs;
    // A tag is the key of a map to us.
    let (ours, theirs) = match (&ours.data, theirs) {
        (Data::Map(map), Theirs::Tagged(tagged)) if map.len() == 1 => {
            let inner = map.values().next().map(|entry| &entry.value);
            (inner.unwrap_or(ours), &tagged.value)
        }
        (_, theirs) => (ours, theirs),
    };
    let same = match (&ours.data, theirs) {
        (Data::List(a), Theirs::Sequence(b)) if a.len() == b.len() => {
            a.iter()
                .zip(b)
                .for_each(|(a, b)| values(corpus, trace, a, b, to));
            return;
        }
        (Data::Map(a), Theirs::Mapping(b)) if a.len() == b.len() => {
            for (key, theirs) in b {
                let text = match key {
                    Theirs::String(text) => text.clone(),
                    other => serde_yaml::to_string(other)
                        .unwrap_or_default()
                        .trim_end()
                        .to_owned(),
                };
                match a.get(&*text) {
                    Some(entry) => values(corpus, trace, &entry.value, theirs, to),
                    // `True:` is one key to us and another to it.
                    None => tell(corpus, trace, ours, &format!("a key {text:?}"), to),
                }
            }
            return;
        }
        (Data::Null, Theirs::Null) => true,
        (Data::Bool(a), Theirs::Bool(b)) => a == b,
        (Data::Text(a), Theirs::String(b)) => **a == **b,
        (Data::Number(a), Theirs::Number(b)) => b.as_f64() == Some(a.value),
        _ => false,
    };
    to.scalars += 1;
    if !same {
        tell(corpus, trace, ours, &format!("{theirs:?}"), to);
    }
}

fn tell(corpus: &Corpus, trace: &Trace, ours: &Value, theirs: &str, to: &mut Compared) {
    let nodes = trace.nodes([ours.deep(trace)]);
    let span = nodes.first().map(|node| corpus.nodes[*node as usize].span);
    let quirk = corpus.quirks.iter().find(|quirk| Some(quirk.span) == span);
    to.disagreements.push(Disagreement {
        place: span.map_or_else(String::new, |span| corpus.place(span)),
        ours: ours.data.to_string(),
        theirs: theirs.to_owned(),
        quirk: quirk.map(|quirk| quirk.kind.as_str()),
    });
}

fn unexplained(compared: &Compared) -> Vec<String> {
    let odd = compared.disagreements.iter().filter(|d| d.quirk.is_none());
    let odd = odd.map(|d| format!("{}: {} to us, {} to serde_yaml", d.place, d.ours, d.theirs));
    compared.refused.iter().cloned().chain(odd).collect()
}

#[test]
fn both_read_the_same() {
    let mut trees = vec![PathBuf::from("tests/cases")];
    trees.extend(std::env::var_os("ROUTEWRIGHT_YAML").map(PathBuf::from));
    let corpus = collect(&trees, &mut |_, _| {}).expect("readable files");
    let compared = compare(&corpus);
    println!(
        "{} files, {} scalars, {} read otherwise where the report lists a quirk",
        corpus.files,
        compared.scalars,
        compared
            .disagreements
            .iter()
            .filter(|d| d.quirk.is_some())
            .count()
    );
    assert!(compared.scalars > 4_000, "next to nothing was compared");
    assert_eq!(unexplained(&compared), Vec::<String>::new());
}

/// What readers disagree on is listed, each where it stands.
#[test]
fn a_quirk_explains_each_disagreement() {
    let table = [
        ("a: 0400\n", None),
        ("a: 0o17\n", None),
        ("a: +0o17\n", Some("octal")),
        ("a: -0x1F\n", Some("radix")),
        ("a: 0b11\n", Some("radix")),
        ("a: 00.5\n", Some("leading-zero")),
        ("a: -.inf\n", Some("not-finite")),
        ("a: .NAN\n", Some("not-finite")),
        ("a: !x 7\n", Some("tag")),
        ("a: !!str 7\n", None),
        ("a: !!int \"7\"\n", None),
        ("a: yes\n", None),
        ("a: 1_000\n", None),
        ("a: 12:30\n", None),
        ("a: 2001-01-01\n", None),
        ("a: 1.10\n", None),
        ("a: 0x1F\n", None),
        ("a: +7\n", None),
        ("a: 1e3\n", None),
        ("a: .5\n", None),
        ("a: 1e999\n", None),
        ("a: 340282366920938463463374607431768211456\n", None),
        ("a: null\nb: nuLL\nc: ~\nd:\n", None),
        ("? a\n: 1\n", None),
        ("a: |\n  x", None),
        ("a: |\n  x\n", None),
        ("a: >+\n  x\n\n", None),
        ("a: >-\n  x\n\n", None),
        ("base: &b {x: 1, y: 2}\nown: {<<: *b, y: 3}\n", None),
    ];
    for (text, expected) in table {
        let mut corpus = Corpus::default();
        corpus.add("t.yaml", text.as_bytes());
        let compared = compare(&corpus);
        let quirks: Vec<Option<&str>> = compared.disagreements.iter().map(|d| d.quirk).collect();
        let expected: Vec<Option<&str>> = expected.into_iter().map(Some).collect();
        assert_eq!(quirks, expected, "{text:?} {:?}", unexplained(&compared));
        assert_eq!(compared.refused, Vec::<String>::new(), "{text:?}");
    }
}
