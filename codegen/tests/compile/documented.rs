//! What is generated has no warnings and lacks no docs where a library shows all of it,
//! whatever the names are.

#![deny(warnings, missing_docs, missing_debug_implementations)]

/// As in the design.
pub mod design {
    include!("../generated/design/routes.rs");
}

/// One of everything.
pub mod everything {
    include!("../generated/everything/routes.rs");
}

/// Settings of every kind and form.
pub mod kinds {
    include!("../generated/kinds/routes.rs");
}

/// Hard names.
pub mod nasty {
    include!("../generated/nasty/routes.rs");
}

/// Nothing at all.
pub mod empty {
    include!("../generated/empty/routes.rs");
}

fn main() {}
