//! Any bytes, pushed to an engine: what is refused leaves no trace, and what is taken
//! means what an independent reader of protobuf makes of it.

use prost::Message;
use routewright::{Accepted, Code, Digest, Now, Path, Refused, RouteCell, RouteTable};
use routewright_schema::{pb, route_map};
use std::time::Duration;

use super::meaning::{Baseline, asked, meaning};
use super::{Peak, physics, pushes};
use crate::{fixture, naive, wire};

type Cell = RouteCell<fixture::Catalog>;

/// Takes any bytes, as a push or as a recipe for some (`pushes`), and pushes them.
pub fn publish(input: &[u8], peak: Peak) {
    sequence(&pushes::pushes(input), peak);
}

/// Pushes one after the other to a fresh engine, and checks each answer.
pub fn sequence(pushes: &[Vec<u8>], peak: Peak) {
    let cell = Cell::new(&fixture::TABLE);
    for push in pushes {
        one(&cell, push, peak);
    }
}

/// All that a refused push must not change. It holds no table, so that the engine may
/// take room of forgotten ones again.
#[derive(Clone, Debug, PartialEq)]
struct State {
    version: u64,
    image: Digest,
    accepted: u64,
    push: Option<Digest>,
    reason: String,
    owner: Option<String>,
    kept: Vec<(u64, Digest, String, bool)>,
}

impl State {
    fn of(cell: &Cell) -> State {
        let status = cell.status_at(now());
        State {
            version: status.table.version(),
            image: status.table.raw().digest(),
            accepted: status.accepted,
            push: status.bytes.map(|bytes| Digest::of(&bytes)),
            reason: status.reason,
            owner: status.lease.map(|(lease, _)| lease.owner),
            kept: status.kept,
        }
    }
}

/// The moment of every push: so late that no lease of one has ended on the clock of
/// this process, which a dry run reads.
fn now() -> Now {
    const YEAR: Duration = Duration::from_secs(365 * 86_400);
    let mut now = Now::read();
    now.monotonic = YEAR;
    now
}

fn one(cell: &Cell, push: &[u8], peak: Peak) {
    let before = State::of(cell);
    let foreseen = cell.dry_run(push).map(|accepted| told(&accepted));
    assert_eq!(State::of(cell), before, "a dry run changed something");

    let mut answer = None;
    let held = peak(&mut || answer = Some(cell.publish_at(push, now())));
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
            assert_eq!(State::of(cell), before, "a refused push changed something");
            assert!(refused.violations.count() > 0);
            let versions = (refused.serving, refused.accepted);
            assert_eq!(versions, (before.version, before.accepted));
        }
        Ok(accepted) if accepted.unchanged => {
            assert_eq!(State::of(cell), before, "the same push changed something");
            assert!(before.kept.iter().any(|kept| kept.0 == before.accepted));
        }
        Ok(accepted) => taken(cell, push, &before, accepted),
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

/// Checks a push that was taken against what an independent reader makes of it.
fn taken(cell: &Cell, push: &[u8], before: &State, accepted: Accepted<fixture::Catalog>) {
    let map = pb::RouteMap::decode(push).expect("every reader of protobuf takes it");
    let table = accepted.after.raw();
    versions(cell, push, &map, before, &accepted);

    let base = Baseline::get();
    let meant = meaning(&map, &base.definition);
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
    let values = naive::settings(&meant);
    assert_eq!(naive::values(table), values);
    physics::check(&map, &meant, accepted.before.raw(), table);

    RouteTable::open(table.as_image()).expect("what is built can be opened");
    // In whatever order it says it, and whether as an overlay or completely: the same
    // content is the same bytes.
    let limits = cell.limits();
    let complete = route_map::encode(&route_map::from_table(table, map.version));
    for other in [wire::turned(push), complete] {
        let built = fixture::TABLE.raw().overridden(&other, limits);
        let built = built.unwrap_or_else(|refused| panic!("{refused}"));
        assert!(
            built.as_image() == table.as_image(),
            "the same content gives other bytes"
        );
    }
    let after = State::of(cell);
    let again = cell.publish_at(push, now()).expect("it was taken before");
    assert!(again.unchanged);
    assert_eq!(State::of(cell), after);
}

/// What is served, and under which version.
fn versions(
    cell: &Cell,
    push: &[u8],
    map: &pb::RouteMap,
    before: &State,
    accepted: &Accepted<fixture::Catalog>,
) {
    const JUMP_MAX: u64 = 1 << 32;
    let version = map.version;
    assert!(version > before.accepted && version - before.accepted <= JUMP_MAX);
    if let Some(expected) = map.expected_serving {
        assert_eq!(expected, before.version);
    }
    let (old, new) = (&accepted.before, &accepted.after);
    assert_eq!(
        (old.version(), old.raw().digest()),
        (before.version, before.image)
    );
    assert_eq!(new.version(), version);
    assert_eq!(accepted.push_digest, Digest::of(push));
    let after = State::of(cell);
    assert_eq!((after.version, after.accepted), (version, version));
    assert_eq!(after.image, new.raw().digest());
    assert_eq!(after.push, Some(accepted.push_digest));
    assert_eq!(after.reason, map.reason);
    let owner = map.lease.as_ref().map(|lease| lease.owner.clone());
    assert_eq!(after.owner, owner);
}
