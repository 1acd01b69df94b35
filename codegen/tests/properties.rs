//! Whatever a definition says, what comes out is Rust, and says the same.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use routewright::{Limits, name};
use routewright_codegen::{Files, Options, generate};
use routewright_schema::arbitrary;
use routewright_schema::lower::lower;
use routewright_schema::model::{
    Consumer, ConsumerKind, Definition, EventTest, Fallback, Policy, Target, Test,
};

/// `routes.rs`, parsed.
fn code(files: &Files) -> syn::File {
    let text = std::str::from_utf8(&files["routes.rs"]).expect("UTF-8");
    syn::parse_file(text).unwrap_or_else(|e| panic!("{e}:\n{text}"))
}

/// The variants of an enum in order, each with the first line of its doc. They are all
/// different, which rustc demands.
fn variants(file: &syn::File, name: &str) -> Vec<(String, String)> {
    let of = file.items.iter().find_map(|item| match item {
        syn::Item::Enum(e) if e.ident == name => Some(e),
        _ => None,
    });
    let variants = of.expect("the enum").variants.iter();
    let all: Vec<_> = variants
        .map(|v| (v.ident.to_string(), first_line(v)))
        .collect();
    let different: BTreeSet<&String> = all.iter().map(|(ident, _)| ident).collect();
    assert_eq!(different.len(), all.len(), "{all:?}");
    all
}

fn first_line(variant: &syn::Variant) -> String {
    let Some(doc) = variant.attrs.first() else {
        panic!("{} has no doc", variant.ident);
    };
    let value = &doc.meta.require_name_value().expect("a doc").value;
    match value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => text.value(),
        _ => panic!("the doc of {} is no text", variant.ident),
    }
}

/// Name -> variant: events stand in the order of their names.
fn spellings(names: &BTreeSet<String>) -> BTreeMap<String, String> {
    let files = generate(&definition(names, "text"), &Options::default()).expect("good names");
    let variants = variants(&code(&files), "Event");
    let idents = variants.into_iter().map(|(ident, _)| ident);
    names.iter().cloned().zip(idents).collect()
}

/// The values of all string literals in some code, docs included.
fn literals(tokens: TokenStream, found: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => literals(group.stream(), found),
            TokenTree::Literal(literal) => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    found.insert(text.value());
                }
            }
            _ => {}
        }
    }
}

/// Events with these names that all go to one consumer, each with a test; a text
/// wherever a definition has one.
fn definition(names: &BTreeSet<String>, text: &str) -> Definition {
    let test = |event: &String| {
        Test::Event(Box::new(EventTest {
            event: event.clone(),
            to: Some(["sink".to_owned()].into()),
            ..EventTest::default()
        }))
    };
    let sink = Consumer {
        kind: ConsumerKind::Other,
        address: text.to_owned(),
        doc: text.to_owned(),
        owner: text.to_owned(),
    };
    Definition {
        package: text.to_owned(),
        version: 1,
        consumers: BTreeMap::from([("sink".to_owned(), sink)]),
        events: names.clone(),
        fallback: Some(Fallback {
            target: Target {
                to: vec!["sink".to_owned()],
                ..Target::default()
            },
            policy: Policy::default(),
        }),
        tests: names.iter().map(test).collect(),
        ..Definition::default()
    }
}

/// What trips generators.
const PIECES: [&str; 20] = [
    "a", "B", "_", "-", "/", "*", "\"", "\\", "#", "`", "{", "}", "'", "$", "é", "名", "1", "self",
    "//", " ",
];

/// Names of that, and of anything.
fn event_name() -> impl Strategy<Value = String> {
    let segment = || vec(select(&PIECES[..]), 1..4).prop_map(|pieces| pieces.concat());
    let built = vec(segment(), 1..4).prop_map(|segments| segments.join("."));
    prop_oneof![3 => built, 1 => any::<String>()]
        .prop_filter("a good name", |name| name::check_event(name).is_ok())
}

/// Names that have plain spellings, and few enough for some to differ in joints alone.
fn plain_name() -> impl Strategy<Value = String> {
    let word = || select(&["a", "b", "ab", "c2", "all", "err"][..]);
    let joint = || select(&[".", "_", "-"][..]);
    (word(), vec((joint(), word()), 0..3)).prop_map(|(first, rest)| {
        let rest = rest.iter().flat_map(|(joint, word)| [*joint, *word]);
        std::iter::once(first).chain(rest).collect()
    })
}

/// How a name is spelled that has no rival.
fn alone(name: &str) -> String {
    let names = BTreeSet::from([name.to_owned()]);
    spellings(&names)[name].clone()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_name_and_text_stay_themselves(
        names in btree_set(event_name(), 1..12),
        text in any::<String>(),
    ) {
        let definition = definition(&names, &text);
        let files = generate(&definition, &Options::default()).expect("good names");
        let file = code(&files);
        let events = variants(&file, "Event");
        prop_assert_eq!(events.len(), names.len());
        for (name, (ident, doc)) in names.iter().zip(events) {
            // Docs are prose: blanks are one, and fences do not fence.
            let shown = doc.replace("\\```", "```").replace("\\~~~", "~~~");
            let words: Vec<&str> = name.split_whitespace().collect();
            let meant = format!(" `{}` -> sink", words.join(" "));
            prop_assert!(shown.starts_with(&meant), "{}: {:?} is not {:?}", ident, shown, meant);
        }
        let mut found = BTreeSet::new();
        let text_of_file = std::str::from_utf8(&files["routes.rs"]).expect("UTF-8");
        literals(text_of_file.parse().expect("tokens"), &mut found);
        for name in names.iter().chain([&text]) {
            prop_assert!(found.contains(name), "{:?} is not in\n{}", name, text_of_file);
        }
        // What rustc refuses in comments and literals, and what rustdoc would run.
        for line in text_of_file.lines() {
            prop_assert!(line.chars().all(name::printable), "{:?}", line);
            let doc = line.trim_start().strip_prefix("///").unwrap_or("");
            prop_assert!(!doc.starts_with("  ") && !doc.starts_with(" ```") && !doc.starts_with(" ~~~"), "{:?}", line);
        }
    }

    /// A spelling is a promise: what comes later does not change it, but for what would
    /// be mixed up with it.
    #[test]
    fn spellings_depend_on_rivals_alone(
        names in btree_set(prop_oneof![plain_name(), event_name()], 1..8),
        later in btree_set(prop_oneof![plain_name(), event_name()], 0..8),
    ) {
        let all: BTreeSet<String> = names.union(&later).cloned().collect();
        let (before, after) = (spellings(&names), spellings(&all));
        prop_assert_eq!(&before, &spellings(&names));
        let alone: BTreeMap<&String, String> = all.iter().map(|name| (name, alone(name))).collect();
        for (name, spelled) in &before {
            let rivals = |among: &BTreeSet<String>| {
                among.iter().filter(|other| alone[other] == alone[name]).count()
            };
            if rivals(&names) == rivals(&all) {
                prop_assert_eq!(spelled, &after[name], "{:?}", name);
            } else {
                prop_assert!(after[name].contains('_'), "{:?}: {}", name, after[name]);
            }
        }
    }

    #[test]
    fn any_definition_gives_rust_and_always_the_same(definition in arbitrary::definition()) {
        let Ok(table) = lower(&definition, &Limits::DEFAULT) else { return Ok(()) };
        let files = generate(&definition, &Options::default()).expect("what can be lowered");
        prop_assert_eq!(&files, &generate(&definition.clone(), &Options::default()).expect("again"));
        prop_assert_eq!(&files["routes.img"][..], table.as_image());
        let file = code(&files);
        prop_assert_eq!(variants(&file, "Event").len(), definition.events.len());
        prop_assert_eq!(variants(&file, "Consumer").len(), definition.consumers.len());
    }
}
