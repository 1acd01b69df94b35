//! A plain spelling that two names claim says what to write instead.
//@ error: use of deprecated associated constant `routes::Event::TreasureItemFound`: 2 names would be spelled `Event::TreasureItemFound`; say which: `Event::TreasureItemFound_e81cf2` is "treasure.item.found", `Event::TreasureItemFound_ab3e56` is "treasure.item_found"
#![deny(warnings)]

mod routes {
    include!("../generated/rivals/routes.rs");
}

fn main() {
    #[cfg(misuse)]
    let event = routes::Event::TreasureItemFound;
    #[cfg(not(misuse))]
    let event = routes::Event::OrderPlaced;
    routes::TABLE.get(event);
}
