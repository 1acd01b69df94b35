use super::{Corpus, NodeKind};

fn corpus(text: &str) -> Corpus {
    let mut corpus = Corpus::default();
    corpus.add("t.yaml", text.as_bytes());
    corpus
}

/// Text, and its documents as JSON (one a line), or the place and the fault.
const READ: &[(&str, &str)] = &[
    ("a: 1\nb: [x, 'y', \"z\"]", r#"{"a":1,"b":["x","y","z"]}"#),
    ("a\n---\nb\n---\n# nothing\n", "\"a\"\n\"b\""),
    ("x: &a {k: v}\ny: *a", r#"{"x":{"k":"v"},"y":{"k":"v"}}"#),
    (
        "x: &a {k: v, l: m}\ny: {<<: *a, k: own}",
        r#"{"x":{"k":"v","l":"m"},"y":{"k":"own","l":"m"}}"#,
    ),
    (
        "- &a {k: 1}\n- &b {k: 2, l: 3}\n- <<: [*a, *b]",
        r#"[{"k":1},{"k":2,"l":3},{"k":1,"l":3}]"#,
    ),
    (
        "[0400, 0o17, 0x1f, 1e3, -7, .5, 1.10]",
        r#"["0400",15,31,1e3,-7,.5,1.10]"#,
    ),
    ("a: [1, 2\nb: 3", "t.yaml:2:2: "),
    ("[yes, true, ~, null]", r#"["yes",true,null,null]"#),
    ("!!str 12", "\"12\""),
    ("! 12", "\"12\""),
    ("a: 1\na: 2", r#"{"a":2}"#),
    ("a: {}\nb: []", r#"{"a":{},"b":[]}"#),
    (
        "&a [*a]",
        "t.yaml:1:5: an alias of what holds it, or of nothing",
    ),
    ("? [a]\n: b", "t.yaml:1:3: a key that is a list or a map"),
    ("<<: 1", "t.yaml:1:1: `<<` merges a map, or a list of maps"),
];

#[test]
fn documents() {
    for (text, expected) in READ {
        let corpus = corpus(text);
        let read: Vec<String> = match corpus.faults.first() {
            Some(fault) => vec![format!("{}: {}", corpus.place(fault.span), fault.message)],
            None => corpus
                .documents
                .iter()
                .map(|d| d.root.data.to_string())
                .collect(),
        };
        let read = read.join("\n");
        let same = match expected.ends_with(": ") {
            true => read.starts_with(expected),
            false => read == *expected,
        };
        assert!(same, "{text:?}\n read {read}\n want {expected}");
    }
}

#[test]
fn what_is_a_leaf() {
    let corpus = corpus("a: [1, two]\nb: {}\nc: &x []\nd: *x\n");
    let shown = |kind| {
        let nodes = corpus.nodes.iter().filter(|node| node.kind == kind);
        nodes
            .map(|node| corpus.shown(node.span))
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(NodeKind::Key), ["a", "b", "d"]);
    assert_eq!(
        shown(NodeKind::Holder),
        ["c"],
        "its value is used elsewhere"
    );
    assert_eq!(
        shown(NodeKind::Leaf).len(),
        4,
        "an alias is no leaf of its own"
    );
}

/// Text, and the quirks that are found in it.
const QUIRKS: &[(&str, &str)] = &[
    (
        "[yes, No, on, off, y, N, 'yes', yess]",
        "boolean boolean boolean boolean boolean boolean",
    ),
    ("on: push", "boolean"),
    ("[0400, 0o17, 0, 10, '0400', 0x10]", "octal octal"),
    ("[12:30, 1:99, 12:30:45.5, a:b, 'x']", "base-60 base-60"),
    ("[1_000, a_b]", "underscore"),
    ("[1.10, 1.1, 1.0, 10]", "last-zero"),
    ("[2026-01-31, 2026-1-31, 2026-01-31T10:00:00Z]", "date date"),
    ("{a: 1, b: 2, a: 3}", "duplicate-key"),
    ("x: &a {k: v}\nz: {<<: *a, k: w}", "merge-key merge-order"),
    ("x: &a {k: v}\nz: {<<: *a, l: w}", "merge-key"),
    ("[!Ref x, !!int 3]", "tag"),
];

#[test]
fn quirks() {
    for (text, expected) in QUIRKS {
        let corpus = corpus(text);
        assert!(corpus.faults.is_empty(), "{text:?}: {:?}", corpus.faults);
        let found: Vec<_> = corpus.quirks.iter().map(|q| q.kind.as_str()).collect();
        assert_eq!(found.join(" "), *expected, "{text:?}");
    }
}

#[test]
fn encodings() {
    let text = "a: \u{f8}\n";
    let wide = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let cases = [
        text.as_bytes().to_vec(),
        [&[0xef, 0xbb, 0xbf], text.as_bytes()].concat(),
        wide(u16::to_le_bytes),
        wide(u16::to_be_bytes),
        [&[0xff, 0xfe], &wide(u16::to_le_bytes)[..]].concat(),
        [&[0xfe, 0xff], &wide(u16::to_be_bytes)[..]].concat(),
    ];
    for bytes in cases {
        let mut corpus = Corpus::default();
        corpus.add("t.yaml", &bytes);
        assert_eq!(
            corpus.documents[0].root.data.to_string(),
            "{\"a\":\"\u{f8}\"}",
            "{bytes:?}"
        );
    }
    for bytes in [&b"a: \xf8\n"[..], b"a\0:", b"\xff\xfe\x00\xd8"] {
        let mut corpus = Corpus::default();
        corpus.add("t.yaml", bytes);
        assert_eq!(
            (corpus.documents.len(), corpus.faults.len()),
            (0, 1),
            "{bytes:?}"
        );
    }
}

#[test]
fn comments() {
    let corpus = corpus(
        "# far\n\n# one\n# two\na: 1 # three\nb:\n  # above\n  - x # behind\n  # other\n  - y\nc: '# no'\n\
         rules:\n  # about it\n  - name: r\n    to: z\n    deep:\n      far: w\n  # flow\n  - on: [u, v]\n\
         # many\nall: { k: l }\n",
    );
    let of = |shown: &str| {
        let node = corpus
            .nodes
            .iter()
            .position(|n| corpus.shown(n.span) == shown);
        corpus.comment(node.expect("a node") as u32)
    };
    assert_eq!(of("a").as_deref(), Some("one two three"));
    assert_eq!(of("b"), None);
    assert_eq!(of("x").as_deref(), Some("above behind"));
    assert_eq!(of("y").as_deref(), Some("other"));
    assert_eq!(of("c"), None);
    // An entry of an item is explained above the item; what is deeper is not.
    assert_eq!(of("r").as_deref(), Some("about it"));
    assert_eq!(of("z").as_deref(), Some("about it"));
    assert_eq!(of("w"), None);
    assert_eq!(of("v").as_deref(), Some("flow"));
    assert_eq!(of("k"), None);
}

/// Nine levels of nine aliases each: a billion values in a kilobyte.
#[test]
fn laughter_is_bounded() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let below = vec![format!("*a{}", level - 1); 9].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    let corpus = corpus(&text);
    assert!(
        corpus.faults[0]
            .message
            .contains("more than 2000000 values"),
        "{:?}",
        corpus.faults
    );
}
