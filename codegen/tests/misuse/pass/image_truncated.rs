//! What `fail/image_truncated.rs` should have been.
#![deny(warnings)]

mod routes {
    include!("../../generated/design/routes.rs");
}

static IMAGE: &[u8] = include_bytes!("../../generated/design/routes.img");
static TABLE: routes::Table = routes::Table::linked(IMAGE.split_at(IMAGE.len()).0);

fn main() {
    assert_eq!(TABLE.version(), 0);
}
