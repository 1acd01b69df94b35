//! Says where the events of its command line go.

mod routes {
    #![allow(dead_code, reason = "only asked by name")]
    include!(concat!(env!("OUT_DIR"), "/routes.rs"));
}

static ROUTES: routes::Cell = routes::Cell::new(&routes::TABLE);

fn main() {
    let table = ROUTES.load();
    for event in std::env::args().skip(1) {
        let consumers: Vec<&str> = table
            .find(&event)
            .into_iter()
            .flat_map(|route| route.consumers().map(routes::Consumer::as_str))
            .collect();
        println!("{event}: {}", consumers.join(", "));
    }
}
