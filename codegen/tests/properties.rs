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
    Consumer, ConsumerKind, Definition, Fallback, Policy, Target, Test,
};

/// `routes.rs`, parsed.
fn code(files: &Files) -> syn::File {
    let text = std::str::from_utf8(&files["routes.rs"]).expect("UTF-8");
    syn::parse_file(text).unwrap_or_else(|e| panic!("{e}:\n{text}"))
}

/// The variants of an enum, which rustc demands to be different.
fn variants(file: &syn::File, name: &str) -> BTreeSet<String> {
    let of = file.items.iter().find_map(|item| match item {
        syn::Item::Enum(e) if e.ident == name => Some(e),
        _ => None,
    });
    let variants = &of.expect("the enum").variants;
    let names: BTreeSet<String> = variants.iter().map(|v| v.ident.to_string()).collect();
    assert_eq!(names.len(), variants.len(), "{names:?}");
    names
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
    let test = |event: &String| Test::Event {
        event: event.clone(),
        to: Some(["sink".to_owned()].into()),
        split: None,
        mirror: None,
        drop: None,
        unrouted: None,
        policy: Policy::default(),
        picks: None,
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
        prop_assert_eq!(variants(&file, "Event").len(), names.len());
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
