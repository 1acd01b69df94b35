//! An engine that refused, over the machines alone: no socket, no clock.

use std::time::Duration;

use routewright::{Limits, Now, RouteCell};
use routewright_control::follow::{Agent, Identity};
use routewright_control::plane::{Caller, Config, Effect, How, Memory, Plane, StreamId};
use routewright_schema::pb::watch_route_map_request::Message as Said;
use routewright_schema::pb::watch_route_map_response::Message as Told;
use routewright_schema::route_map;
use routewright_tests::fixture;

use super::spawn_rate;

/// What it refused is taken back, and it serves what it should. It cannot know that unless
/// it is told, and would count itself stale until the next push.
#[test]
fn whoever_refused_is_told_that_it_serves_what_it_should() {
    let now = Now {
        monotonic: Duration::from_secs(1_000),
        wall: Duration::from_secs(1_000_000),
    };
    let cell: RouteCell<fixture::Catalog> =
        RouteCell::open(fixture::TABLE.raw().as_image(), Limits::DEFAULT).unwrap();
    let (mut agent, stream) = (Agent::default(), StreamId(1));
    let identity = Identity {
        name: "e".to_owned(),
        labels: Vec::new(),
    };
    let mut plane = Plane::open(Memory::default(), Config::default(), now).unwrap();
    let hello = agent.hello(&identity, &cell, false, now).message;
    let Some(Said::Hello(hello)) = hello else {
        panic!("{hello:?}");
    };
    plane.hello(stream, &hello, now).unwrap();
    plane.baseline(stream, cell.baseline().raw().as_image().to_vec(), now);
    plane.effects();

    let caller = Caller {
        who: "test",
        may: None,
    };
    let map = route_map::encode(&spawn_rate(1, 0.5));
    // It made up its mind without telling anybody.
    cell.quarantine(cell.dry_run(&map).unwrap().after.raw().digest());
    plane
        .push(&map, false, How::default(), &caller, now)
        .unwrap();
    let offered = told(&mut plane);
    assert!(matches!(offered.message, Some(Told::Update(_))));
    let answer = agent.take(offered, &cell, false, now).unwrap().message;
    let Some(Said::Nack(nack)) = answer else {
        panic!("{answer:?}");
    };
    let refusal = nack.refusal.as_ref().unwrap();
    assert_eq!(refusal.violations[0].code, "quarantined");
    plane.nack(stream, nack, now).unwrap();

    let ended = plane.ended().next().unwrap();
    assert_eq!(ended.state.state, "reverted");
    let settled = told(&mut plane);
    assert_eq!(settled.revision, plane.revision());
    assert!(matches!(settled.message, Some(Told::NotModified(_))));
}

/// The one thing that is said.
fn told(plane: &mut Plane<Memory>) -> routewright_schema::pb::WatchRouteMapResponse {
    let effects = plane.effects();
    let [Effect::Tell(_, response)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    (**response).clone()
}
