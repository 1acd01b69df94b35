//! The code in `tests/generated` is what the definitions beside it give, it compiles
//! without a warning, and its own tests pass (they run here, as part of this one).
//!
//! To write it: `ROUTEWRIGHT_BLESS=1 cargo test -p routewright-codegen --test generated`,
//! then once more without.

#![deny(warnings)]

use std::path::{Path, PathBuf};

use routewright_codegen::{Options, files, from_paths};

const CURE: &str = "ROUTEWRIGHT_BLESS=1 cargo test -p routewright-codegen --test generated";

/// Folder of the output, and the definitions.
const CASES: [(&str, &str); 7] = [
    ("design", "../schema/tests/accept/design"),
    ("everything", "../schema/tests/accept/everything"),
    ("kinds", "tests/definitions/kinds.yaml"),
    ("nasty", "tests/definitions/nasty.yaml"),
    ("empty", "tests/definitions/empty.yaml"),
    ("rivals", "tests/definitions/rivals.yaml"),
    ("payloads", "tests/definitions/payloads"),
];

#[test]
fn generated_code_is_fresh() {
    let mut stale = Vec::new();
    for (case, definitions) in CASES {
        let generated = from_paths(&[PathBuf::from(definitions)], &Options::default());
        let generated = generated.unwrap_or_else(|failure| match failure.report() {
            Some((sources, report)) => panic!("{}", report.render(sources, false)),
            None => panic!("{case}: {failure}"),
        });
        let folder = Path::new("tests/generated").join(case);
        if std::env::var_os("ROUTEWRIGHT_BLESS").is_some() {
            files::write(&generated.files, &folder).expect("to write");
        }
        let differences = files::check(&generated.files, &folder).expect("a folder");
        stale.extend(differences.iter().map(|d| format!("{case}: {d}")));
    }
    assert!(
        stale.is_empty(),
        "generated files are not fresh:\n  {}\nTo write them: {CURE}",
        stale.join("\n  ")
    );
}

mod rivals {
    include!("generated/rivals/routes.rs");
}

mod payloads {
    include!("generated/payloads/routes.rs");
}

/// An event leads to its message, and the message is the struct of that name.
#[test]
fn events_lead_to_payloads() {
    use payloads::Event;
    use payloads::messages::other::r#type::Money;
    use payloads::messages::payloads::v1::{Placed, Returned, Viewed, placed};
    use prost::{Message, Name};

    assert_eq!(
        Event::OrderPlaced.payload_type_name(),
        Some(Placed::full_name().as_str())
    );
    assert_eq!(
        Event::OrderReturned.payload_type_name(),
        Some(Returned::full_name().as_str())
    );
    assert_eq!(
        Event::ShopViewed.payload_type_name(),
        Some(Viewed::full_name().as_str())
    );
    assert_eq!(Event::ShopOpened.payload_type_name(), None);
    let placed = Placed {
        lines: vec![placed::Line {
            item: "gem".into(),
            count: 2,
        }],
        total: Some(Money {
            currency: "EUR".into(),
            cents: 5,
        }),
        at: None,
    };
    assert_eq!(
        Placed::decode(placed.encode_to_vec().as_slice()),
        Ok(placed)
    );
}

mod design {
    include!("generated/design/routes.rs");
}

mod everything {
    include!("generated/everything/routes.rs");
}

mod kinds {
    include!("generated/kinds/routes.rs");
}

mod nasty {
    include!("generated/nasty/routes.rs");
}

mod empty {
    include!("generated/empty/routes.rs");
}
