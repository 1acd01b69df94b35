//! Any bytes, pushed to an engine: what is refused leaves no trace, and what is taken
//! means what an independent reader of protobuf makes of it.

use std::time::Duration;

use prost::Message;
use routewright::{
    Accepted, Code, Digest, Guard, Latest, Now, Path, Refused, RouteTable, Status, Terms,
};
use routewright_schema::model::Definition;
use routewright_schema::{pb, route_map};

use super::meaning::{Baseline, asked, meaning};
use super::recipe;
use super::{Peak, physics};
use crate::pushes::{Cell, at, cell};
use crate::{fixture, naive, wire};

/// Takes any bytes, as a push or as a recipe for some, and pushes them.
pub fn publish(input: &[u8], peak: Peak) {
    sequence(&recipe::pushes(input), peak);
}

/// Between two pushes of a sequence: less than the cooldowns of the fixture, of which
/// two such steps are more.
const STEP_S: u64 = 20;

/// Pushes one after the other to a fresh engine, and checks each answer.
pub fn sequence(pushes: &[Vec<u8>], peak: Peak) {
    let cell = cell();
    let mut moves = physics::Moves::default();
    for (step, push) in (1..).zip(pushes) {
        let now = at(STEP_S * step);
        one(&cell, push, now, &mut moves, peak);
    }
}

/// All that a refused push must not change. It holds no table, so that the engine may
/// take room of forgotten ones again.
#[derive(Clone, Debug, PartialEq)]
struct State {
    version: u64,
    image: Digest,
    accepted: (u64, Digest),
    kept: Vec<(u64, Digest, Digest, Duration, Terms)>,
    watch: Option<(Guard, Duration)>,
    latest: Option<Latest>,
}

impl State {
    fn of(cell: &Cell, now: Now) -> State {
        let Status {
            table,
            accepted,
            accepted_digest,
            kept,
            watch,
            latest,
            ..
        } = cell.status_at(now);
        let kept = kept.into_iter().map(|kept| {
            let (version, image) = (kept.table.version(), kept.table.raw().digest());
            (version, image, kept.push_digest, kept.published, kept.terms)
        });
        State {
            version: table.version(),
            image: table.raw().digest(),
            accepted: (accepted, accepted_digest),
            kept: kept.collect(),
            watch,
            latest,
        }
    }

    /// What people said with what is served.
    fn terms(&self) -> Option<&Terms> {
        let serving = self.kept.iter().find(|kept| kept.0 == self.version);
        serving.map(|kept| &kept.4)
    }
}

fn one(cell: &Cell, push: &[u8], now: Now, moves: &mut physics::Moves, peak: Peak) {
    // A lease may have ended since the push before.
    cell.expire(now);
    moves.note(cell.reader().load().raw(), now);
    let before = State::of(cell, now);
    let foreseen = cell.dry_run_at(push, now).map(|accepted| told(&accepted));
    assert_eq!(State::of(cell, now), before, "a dry run changed something");

    let mut answer = None;
    let held = peak(&mut || answer = Some(cell.publish_at(push, now)));
    let answer = answer.expect("it was run");
    let bound = bound(push);
    assert!(
        held <= bound,
        "a push of {} bytes held {held} bytes of heap; at most {bound} are allowed",
        push.len()
    );
    match (&foreseen, &answer) {
        (Ok(foreseen), Ok(accepted)) => assert_eq!(*foreseen, told(accepted)),
        (Err(foreseen), Err(refused)) => assert_eq!(reasons(foreseen), reasons(refused)),
        _ => panic!("a dry run said {foreseen:?}, and then came {answer:?}"),
    }
    match answer {
        Err(refused) => {
            assert_eq!(State::of(cell, now), before, "a refused push left a trace");
            assert!(refused.violations.count() > 0);
            let versions = (refused.serving, refused.accepted);
            assert_eq!(versions, (before.version, before.accepted.0));
        }
        Ok(accepted) if accepted.unchanged => {
            assert_eq!(State::of(cell, now), before, "the same push did something");
            assert_eq!(before.accepted.1, Digest::of(push));
        }
        Ok(accepted) => {
            let map = pb::RouteMap::decode(push).expect("every reader of protobuf takes it");
            versions(cell, push, &map, &before, &accepted, now);
            let meant = means(cell, push, &map, &accepted);
            let (served, next) = (accepted.before.raw(), accepted.after.raw());
            physics::check(&map, &meant, served, next);
            moves.check(&map, &meant, next, now);

            drop(accepted);
            let after = State::of(cell, now);
            let again = cell.publish_at(push, now).expect("it was taken before");
            assert!(again.unchanged);
            assert_eq!(State::of(cell, now), after);
        }
    }
}

/// Version, image, push and whether nothing was done: what is told of a push.
fn told(accepted: &Accepted<fixture::Catalog>) -> (u64, Digest, Digest, bool) {
    let table = &accepted.after;
    (
        table.version(),
        table.raw().digest(),
        accepted.push_digest,
        accepted.unchanged,
    )
}

/// Why something was refused, without figures that depend on the time of day.
fn reasons(refused: &Refused) -> (u64, u64, usize, Vec<(Code, &Path)>) {
    let violations = &refused.violations;
    let list = violations.list().iter().map(|v| (v.code, &v.path));
    (
        refused.serving,
        refused.accepted,
        violations.count(),
        list.collect(),
    )
}

/// Heap that a push may need: DESIGN.md, section 6.
fn bound(push: &[u8]) -> u64 {
    let routes = wire::fields(push, |_, bytes| bytes.to_vec())
        .iter()
        .filter(|(number, _)| *number == wire::ROUTES)
        .count();
    let baseline = fixture::TABLE.raw().as_image().len();
    (8 * (push.len() + baseline) + 512 * routes + (64 << 10)) as u64
}

/// Checks what a push was taken for against what an independent reader makes of it, and
/// returns that.
pub(super) fn means(
    cell: &Cell,
    push: &[u8],
    map: &pb::RouteMap,
    accepted: &Accepted<fixture::Catalog>,
) -> Definition {
    let table = accepted.after.raw();
    let meant = meaning(map, &Baseline::get().definition);
    assert_eq!(table.routes(), meant.routes.len());
    for name in asked(&meant) {
        let answer = naive::told(table.find(&name));
        assert_eq!(answer, naive::answer(&meant, &name), "{name:?}");
    }
    for (at, name) in meant.events.iter().enumerate() {
        let route = table.at(at).expect("an event of the catalog");
        assert_eq!(route.name(), name);
        assert_eq!(naive::told(Some(route)), naive::answer(&meant, name));
    }
    assert_eq!(naive::values(table), naive::settings(&meant));

    RouteTable::open(table.as_image()).expect("what is built can be opened");
    // In whatever order it says it, and whether as an overlay or completely: the same
    // content is the same bytes.
    let complete = route_map::encode(&route_map::from_table(table, map.version));
    for other in [wire::turned(push), complete] {
        let built = fixture::TABLE.raw().overridden(&other, cell.limits());
        let built = built.unwrap_or_else(|refused| panic!("{refused}"));
        assert!(
            built.as_image() == table.as_image(),
            "the same content gives other bytes"
        );
    }
    meant
}

/// What is served, under which version, and what people said with it.
fn versions(
    cell: &Cell,
    push: &[u8],
    map: &pb::RouteMap,
    before: &State,
    accepted: &Accepted<fixture::Catalog>,
    now: Now,
) {
    const JUMP_MAX: u64 = 1 << 32;
    let (version, digest) = (map.version, Digest::of(push));
    let highest = before.accepted.0;
    assert!(version > highest && version - highest <= JUMP_MAX);
    if let Some(expected) = map.expected_serving {
        assert_eq!(expected, before.version);
    }
    let (old, new) = (&accepted.before, &accepted.after);
    let was = (old.version(), old.raw().digest());
    assert_eq!(was, (before.version, before.image));
    assert_eq!((new.version(), accepted.push_digest), (version, digest));

    let after = State::of(cell, now);
    assert_eq!(after.accepted, (version, digest));
    assert_eq!((after.version, after.image), (version, new.raw().digest()));
    let terms = after.terms().expect("what is served is kept");
    assert_eq!(terms.reason, map.reason);
    let owner = terms.lease.as_ref().map(|lease| &lease.owner);
    assert_eq!(owner, map.lease.as_ref().map(|lease| &lease.owner));
    let force = map.force.as_ref().map(|force| &force.reason);
    assert_eq!(terms.force.as_ref(), force);
    assert_eq!(terms.ramp.is_some(), map.ramp.is_some());
    if let Some(ramp) = map.ramp.as_ref().filter(|ramp| ramp.step > 1) {
        let last = before.terms().and_then(|terms| terms.ramp.as_ref());
        let last = last.map(|last| (&last.id, last.step + 1, last.steps));
        assert_eq!(last, Some((&ramp.id, ramp.step, ramp.steps)));
    }
}
