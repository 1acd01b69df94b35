//! Neither does one that was made for another catalog.
//@ error[E0080]: evaluation panicked: the image was made for another catalog than the generated code; run codegen again
#![deny(warnings)]

mod routes {
    include!("../generated/design/routes.rs");
}

#[cfg(misuse)]
static IMAGE: &[u8] = include_bytes!("../generated/everything/routes.img");
#[cfg(not(misuse))]
static IMAGE: &[u8] = include_bytes!("../generated/design/routes.img");
static TABLE: routes::Table = routes::Table::linked(IMAGE, 0);

fn main() {
    assert_eq!(TABLE.version(), 0);
}
