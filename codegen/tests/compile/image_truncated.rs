//! An image that is not whole does not compile.
//@ error[E0080]: evaluation panicked: the image is not as long as its header says
#![deny(warnings)]

mod routes {
    include!("../generated/design/routes.rs");
}

static IMAGE: &[u8] = include_bytes!("../generated/design/routes.img");
const CUT: usize = cfg!(misuse) as usize;
static TABLE: routes::Table = routes::Table::linked(IMAGE.split_at(IMAGE.len() - CUT).0, 0);

fn main() {
    assert_eq!(TABLE.version(), 0);
}
