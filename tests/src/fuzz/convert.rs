//! Foreign YAML, and mappings.

use std::sync::LazyLock;

use routewright_convert::document::Corpus;
use routewright_convert::evaluate::{Evaluator, Input};
use routewright_convert::mapping::Mapping;
use routewright_convert::mappings::SHIPPED;
use routewright_convert::run::convert;
use routewright_convert::trace::Trace;

use super::Peak;

/// Heap of what was read, for each byte of the text: `[,` may be an element.
const BYTES_PER_BYTE: u64 = 512;
/// What a parser and a table of lines need whatever the text is.
const BYTES_FREE: u64 = 64 * 1024;
/// Budget of a mapping, small enough to be spent thousands of times.
const STEPS: u64 = 50_000;
const BYTES: u64 = 1024 * 1024;
/// Heap of a run: its values, what they depend on, and the texts of errors.
const HEAP: u64 = 16 * 1024 * 1024;

static MAPPINGS: LazyLock<Vec<Mapping<'static>>> = LazyLock::new(|| {
    let mapping = |(name, text): &(&'static str, &'static str)| {
        Mapping::parse(name, text).expect("a shipped mapping")
    };
    SHIPPED.iter().map(mapping).collect()
});

fn read(bytes: &[u8]) -> Corpus {
    let mut corpus = Corpus::default();
    corpus.add("fuzz.yaml", bytes);
    corpus
}

/// Bytes as a file: it is read within bounds, and each shipped mapping makes something of it
/// in which no leaf is lost, the same each time.
pub fn foreign(bytes: &[u8], peak: Peak) {
    let mut corpus = Corpus::default();
    let heap = peak(&mut || corpus = read(bytes));
    let most = BYTES_FREE + BYTES_PER_BYTE * bytes.len() as u64;
    assert!(
        heap <= most,
        "{heap} bytes of heap for {} read",
        bytes.len()
    );
    for mapping in MAPPINGS.iter() {
        let report = convert(&corpus, mapping, "fuzz").report;
        let counts = &report.counts;
        assert_eq!(
            counts.converted + counts.ignored + counts.cannot + counts.unexplained,
            corpus.leaves(),
            "{}: {counts:?}",
            mapping.name
        );
        let again = convert(&corpus, mapping, "fuzz").report;
        assert_eq!(report.to_json(), again.to_json(), "{}", mapping.name);
    }
}

/// What the mappings are tried on.
const INPUT: &str = "\
routing: {a.b: x, c: [y, 'z'], d: {to: x, on: yes}}
list: [1, 2.50, null, true, [], {}, [[deep]], {k: v, n: {m: 0}}]
text: 'a,b c=1'
---
- {name: p, url: 'kafka://p', when: 2026-01-31}
- {name: q, url: null, n: -3}
---
7
";

/// Bytes as a mapping: it is refused with a place, or ends within its budget; and what it
/// gives depends on nodes that there are.
pub fn mapping(bytes: &[u8], peak: Peak) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let mapping = match Mapping::parse("m.jq", text) {
        Ok(mapping) => mapping,
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a word");
            for fault in faults {
                assert!(fault.place.starts_with("m.jq:"), "{fault}");
                assert!(!fault.message.is_empty(), "{fault}");
            }
            return;
        }
    };
    let corpus = read(INPUT.as_bytes());
    assert!(corpus.faults.is_empty(), "{:?}", corpus.faults);
    let heap = peak(&mut || {
        let trace = Trace::new(corpus.nodes.len());
        let inputs = corpus.documents.iter().map(|document| Input {
            file: "fuzz.yaml".into(),
            value: document.root.clone(),
        });
        let evaluator = Evaluator::new(&mapping, &trace, inputs).at_most(STEPS, BYTES);
        let mut results = 0;
        evaluator.run(&mut |result| {
            let from = match result {
                Ok(value) => value.deep(&trace),
                Err(failed) => {
                    assert!(failed.place.starts_with("m.jq:"), "{failed:?}");
                    failed.from
                }
            };
            // Each is walked through; a thousand are as good as a million.
            results += 1;
            if results < 1000 {
                let nodes = trace.nodes([from]);
                assert!(
                    nodes
                        .iter()
                        .all(|node| (*node as usize) < corpus.nodes.len())
                );
            }
        });
    });
    assert!(heap <= HEAP, "{heap} bytes of heap");
}
