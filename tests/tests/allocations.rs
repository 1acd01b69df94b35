//! What allocates, and what never does. One test only: the counter is a thread's own,
//! but the process should be quiet.

use allocation_counter::measure;
use prost::Message;
use routewright::RouteCell;
use routewright_schema::pb::{self, Mode, scalar::Kind, setting_value::Value};
use routewright_schema::route_map;
use routewright_tests::fixture::{self, Event};

static CELL: RouteCell<fixture::Catalog> = RouteCell::new(&fixture::TABLE);
static WARM: RouteCell<fixture::Catalog> = RouteCell::new(&fixture::TABLE);

fn push(version: u64, routes: usize) -> Vec<u8> {
    let value = Some(Value::Scalar(pb::Scalar {
        kind: Some(Kind::FloatValue(0.4)),
    }));
    let route = |at| pb::ResolvedRoute {
        name: format!("pushed.route.number.{at}"),
        to: vec![0, 1],
        ..Default::default()
    };
    pb::RouteMap {
        mode: Mode::Overlay.into(),
        version,
        consumers: vec!["audit".into(), "loot".into()],
        routes: (0..routes).map(route).collect(),
        settings: vec![pb::SettingValue {
            name: "spawn_rate".into(),
            value,
        }],
        ..Default::default()
    }
    .encode_to_vec()
}

/// Everything that a service does on an event.
fn events(table: &fixture::Table) -> usize {
    let mut sum = 0;
    for name in [
        "treasure.item.found",
        "treasure.item.sold",
        "player.left",
        "nobody.knows",
        "",
    ] {
        if let Some(route) = table.find(name) {
            sum += route.consumers().count() + usize::from(route.pick(b"key").is_some());
            sum += route.mirrors(b"key").count() + usize::from(route.policy().retries);
        }
    }
    sum += table.get(Event::MapLoaded).consumers().count();
    let settings = fixture::settings(table);
    sum += settings.spawn_rate() as usize + settings.motto().len() + settings.delays().count();
    sum += settings
        .loot_table()
        .map(|row| row.item().len())
        .sum::<usize>();
    sum + usize::from(settings.circuit_breaker().enabled())
}

/// A complete map with all that the fixture holds.
fn complete(version: u64) -> Vec<u8> {
    let mut map = route_map::from_table(fixture::TABLE.raw(), version);
    map.mode = Mode::Complete.into();
    map.encode_to_vec()
}

#[test]
fn lookups_allocate_nothing_and_a_push_stays_within_its_bound() {
    for generation in 0..3 {
        if generation > 0 {
            CELL.publish(&push(generation, 10)).unwrap();
        }
        let mut reader = CELL.reader();
        let mut sum = events(&CELL.load());
        let counted = measure(|| {
            for _ in 0..100 {
                sum += events(&CELL.load());
                sum += events(reader.load());
            }
        });
        assert!(sum > 0);
        assert_eq!(counted.count_total, 0, "generation {generation}");
    }

    for routes in [10, 100, 5_000, 20_000] {
        let bytes = push(10 + routes as u64, routes);
        let counted = measure(|| {
            CELL.publish(&bytes).unwrap();
        });
        let baseline = fixture::TABLE.raw().as_image().len();
        let bound = 8 * (bytes.len() + baseline) + 512 * routes + (64 << 10);
        let peak = counted.bytes_max as usize;
        assert!(
            peak <= bound,
            "{routes} routes: peak {peak} bytes, bound {bound}"
        );
    }

    // A complete map needs room for itself and its image, each with its count of
    // holders; and none at all once a generation is forgotten whose room it takes.
    for version in 1..20 {
        let bytes = complete(version);
        let counted = measure(|| drop(WARM.publish(&bytes).unwrap()));
        let kept = WARM.limits().generations_max as u64;
        let most = match version {
            1 => continue,
            n if n <= kept + 1 => 4,
            _ => 0,
        };
        assert!(
            counted.count_total <= most,
            "version {version}: {counted:?}"
        );
    }

    // A message of nothing but empty routes: prost keeps 66 bytes of heap
    // for each byte of it.
    let hostile = [
        &[0x08, 2, 0x10, 0xFF, 0xFF, 0xFF, 0x0F][..],
        &[0x62, 0].repeat(100_000),
    ]
    .concat();
    let counted = measure(|| {
        CELL.publish(&hostile).unwrap_err();
    });
    let bound =
        8 * (hostile.len() + fixture::TABLE.raw().as_image().len()) + 512 * 100_000 + (64 << 10);
    assert!(
        counted.bytes_max as usize <= bound,
        "peak {} bytes, bound {bound}",
        counted.bytes_max
    );
}
