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
const CASES: [(&str, &str); 5] = [
    ("design", "../schema/tests/accept/design"),
    ("everything", "../schema/tests/accept/everything"),
    ("kinds", "tests/definitions/kinds.yaml"),
    ("nasty", "tests/definitions/nasty.yaml"),
    ("empty", "tests/definitions/empty.yaml"),
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
