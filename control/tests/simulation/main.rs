//! Lives of a control plane and its engines, each by a seed: pushes, rollbacks, leases,
//! refusals, somebody who may change little, restarts of both sides, a network that breaks, a
//! disk that is full.
//!
//! A thousand of them, with 50 engines each:
//! `ROUTEWRIGHT_SEEDS=1000 cargo test --release -p routewright-control --features serve --test simulation`

mod harm;
mod laws;
mod line;
mod maps;
mod node;
mod people;
mod random;
mod restricted;
mod world;

use world::{Tally, World};

const ENGINES: usize = 50;
const STEPS: usize = 1_500;

#[test]
fn engines_come_to_what_was_decided() {
    let seeds: u64 = match std::env::var("ROUTEWRIGHT_SEEDS") {
        Ok(text) => text.parse().expect("ROUTEWRIGHT_SEEDS: a number"),
        Err(_) => 6,
    };
    let first: u64 = std::env::var("ROUTEWRIGHT_SEED").map_or(0, |text| text.parse().unwrap());
    let mut all = Tally::default();
    for seed in first..first + seeds {
        // If this fails, the seed before it is in the output.
        println!("seed {seed}");
        let mut world = World::new(seed, ENGINES);
        for _ in 0..STEPS {
            world.step();
        }
        world.heal();
        let tally = world.tally;
        all.pushes += tally.pushes;
        all.refusals += tally.refusals;
        all.restricted += tally.restricted;
        all.forbidden += tally.forbidden;
        all.reverts += tally.reverts;
        all.restarts += tally.restarts;
        all.engine_restarts += tally.engine_restarts;
        all.wholes += tally.wholes;
        all.deltas += tally.deltas;
        all.trips += tally.trips;
        all.unheard += tally.unheard;
        all.holds += tally.holds;
        all.crashes += tally.crashes;
        all.full += tally.full;
        all.overtaken += tally.overtaken;
        all.own += tally.own;
        all.behind += tally.behind;
    }
    println!("{seeds} seeds: {all:?}");
    // What never happens is not tested.
    assert!(all.pushes > 0 && all.refusals > 0 && all.reverts > 0);
    assert!(all.restricted > 0 && all.forbidden > 0);
    assert!(all.trips > 0 && all.unheard > 0 && all.holds > 0 && all.crashes > 0);
    assert!(all.full > 0 && all.overtaken > 0 && all.own > 0);
    assert!(all.restarts > 0 && all.engine_restarts > 0 && all.wholes > 0);
}
