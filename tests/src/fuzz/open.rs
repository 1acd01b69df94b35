//! Any bytes, opened as an image: they are refused, or every read finds what it expects,
//! and all ways to ask give the same answer.

use std::sync::OnceLock;

use prost::Message;
use routewright::{Form, Image, Kind, Limits, RouteTable, Scalar};
use routewright_schema::pb::{self, Mode};
use routewright_schema::route_map;

use super::tape::Tape;
use super::{Peak, layout, rule};
use crate::{fixture, naive};

/// Takes any bytes as an image, or as damage to one, and opens it.
pub fn open(input: &[u8], peak: Peak) {
    image(&damaged(input), peak);
}

/// Opens these bytes, and reads all that can be read.
pub fn image(bytes: &[u8], peak: Peak) {
    let mut opened = None;
    let held = peak(&mut || opened = Some(RouteTable::open(bytes)));
    let bound = 8 * bytes.len() as u64 + (64 << 10);
    assert!(held <= bound, "{held} bytes of heap for {}", bytes.len());
    let Some(Ok(table)) = opened else { return };
    routes(&table);
    settings(&table);
    assert!(layout::rules_are_whole(bytes), "a rule was cut short");
    again(&table);
}

/// The image that the input of a fuzzer stands for. The first byte says how it is
/// helped.
fn damaged(input: &[u8]) -> Vec<u8> {
    let Some((how, rest)) = input.split_first() else {
        return Vec::new();
    };
    let mut image = match how % 8 {
        0 => return rest.to_vec(),
        1 => rest.to_vec(),
        _ => {
            let images = images();
            let mut image = images[usize::from(how % 8 - 2) % images.len()].clone();
            edit(&mut image, &mut Tape::of(rest));
            image
        }
    };
    layout::seal(&mut image);
    image
}

/// Images worth damaging: the baseline, one after a push, one with many rules.
pub fn images() -> &'static [Vec<u8>; 3] {
    static IMAGES: OnceLock<[Vec<u8>; 3]> = OnceLock::new();
    IMAGES.get_or_init(|| {
        [
            fixture::TABLE.raw().as_image().to_vec(),
            pushed().as_image().to_vec(),
            rule::image().as_image().to_vec(),
        ]
    })
}

/// Writes bytes and numbers anywhere, and seldom takes some away or puts some in.
fn edit(image: &mut Vec<u8>, tape: &mut Tape<'_>) {
    while !tape.ended() && !image.is_empty() {
        let how = tape.byte();
        let at = tape.number_of(2) as usize % image.len();
        match how % 8 {
            0..4 => image[at] = tape.byte(),
            4 => image[at] ^= 1 << (how >> 5),
            5 | 6 => {
                let at = at / 4 * 4;
                let number = tape.number_of(2) as u32;
                let was = image.get_mut(at..at + 4);
                was.into_iter()
                    .for_each(|was| was.copy_from_slice(&number.to_le_bytes()));
            }
            _ if how & 8 == 0 => drop(image.drain(at..image.len().min(at + 4))),
            _ => drop(image.splice(at..at, [tape.byte(); 4])),
        }
    }
}

/// The baseline with names that do not fit a slot, with patterns that compete, and
/// with one of every kind of route.
fn pushed() -> RouteTable<Image> {
    let route = |name: &str, rank| pb::ResolvedRoute {
        name: name.to_owned(),
        to: vec![0],
        timeout_ns: 1_000,
        retries: 3,
        rank,
        ..pb::ResolvedRoute::default()
    };
    let long = format!("treasure.{}.found", "a-long-name".repeat(8));
    let map = pb::RouteMap {
        mode: Mode::Overlay.into(),
        version: 1,
        consumers: vec!["shadow".to_owned(), "loot".to_owned()],
        routes: vec![
            route(&long, 0),
            route(&format!("{long}.*"), 0),
            route("treasure.*", 1),
            route("*.a", 2),
            route("**", -1),
            pb::ResolvedRoute {
                split: vec![
                    pb::ResolvedArm { to: 1, weight: 3 },
                    pb::ResolvedArm { to: 0, weight: 1 },
                ],
                ..route("\u{e9}", 0)
            },
        ],
        removals: vec!["treasure.a".to_owned(), "treasure.b".to_owned()],
        ..pb::RouteMap::default()
    };
    let built = fixture::TABLE
        .raw()
        .overridden(&map.encode_to_vec(), &Limits::DEFAULT);
    built.unwrap_or_else(|refused| panic!("{refused}"))
}

/// By position, by name, from the list: the same route.
fn routes(table: &RouteTable<&[u8]>) {
    let mut own = 0;
    for (ordinal, entry) in table.entries().enumerate() {
        let route = entry.route;
        let name = route.name();
        assert_eq!(route.event(), (ordinal < table.events()).then_some(ordinal));
        own += usize::from(table.own(name).is_some());
        assert_eq!(
            table.own(name).is_some(),
            route.origin() == routewright::Origin::Own
        );
        let answer = naive::told(Some(route));
        if entry.is_pattern {
            let patterns = table.patterns(name);
            assert!(patterns.iter().all(|pattern| pattern.name().contains('*')));
            continue;
        }
        assert_eq!(naive::told(table.find(name)), answer, "{name:?}");
        if ordinal < table.events() {
            assert_eq!(naive::told(table.at(ordinal)), answer, "{name:?}");
        }
        if table.own(name).is_none() {
            let by = table.patterns(name).first().copied().or(table.fallback());
            assert_eq!(naive::told(by.or(Some(route))), answer, "{name:?}");
            assert_eq!(route.via(), table.patterns(name).first().map(|p| p.name()));
        }
        let picked = route.pick(b"key");
        assert_eq!(picked.is_some(), route.arms().len() > 0);
        assert!(picked.is_none_or(|id| route.arms().any(|(arm, _)| arm == id)));
        assert!(
            route
                .mirrors(b"key")
                .all(|id| route.shares().any(|(to, _)| to == id))
        );
    }
    assert_eq!(table.routes(), own);
    for name in ["", "nobody", "treasure.zz", "player.a", "map.a.b", "a..b"] {
        let asked = table
            .find(name)
            .map(|route| (route.name() == name, route.event()));
        let known = table.entries().any(|entry| entry.route.name() == name);
        assert!(known || asked.is_none_or(|(same, _)| same), "{name:?}");
    }
}

/// Every setting has the values that it declares, and each reader gives them.
fn settings(table: &RouteTable<&[u8]>) {
    let catalog = table.catalog();
    for at in 0..catalog.consumers() {
        let name = catalog.consumer(at).expect("a consumer");
        assert_eq!(catalog.consumer_index(name), Some(at));
    }
    for at in 0..catalog.settings() {
        let setting = catalog.setting(at).expect("a setting");
        assert_eq!(catalog.setting_index(setting.name), Some(at));
        std::hint::black_box((setting.min(), setting.max(), setting.step()));
        let values = table.values();
        let scalars: Vec<Scalar<&str>> = values.scalars(at).collect();
        match setting.form {
            Form::One => {
                assert_eq!(scalars.len(), 1, "{}", setting.name);
                one(table, at, setting.kind, scalars[0]);
            }
            Form::List => assert_eq!(scalars.len(), values.list(at).len()),
            Form::Table => {
                let columns = setting.columns();
                assert!((0..columns).all(|at| setting.column(at).is_some()));
                assert_eq!(scalars.len(), values.rows(at, columns).len() * columns);
            }
        }
    }
    for at in 0..catalog.rules() {
        assert!(catalog.rule(at).is_some());
    }
}

fn one(table: &RouteTable<&[u8]>, at: usize, kind: Kind, scalar: Scalar<&str>) {
    let values = table.values();
    let setting = table.catalog().setting(at).expect("a setting");
    let read = match kind {
        Kind::Bool => Scalar::Bool(values.bool(at)),
        Kind::Int => Scalar::Int(values.int(at)),
        Kind::Float => Scalar::Float(values.float(at)),
        Kind::Percent => Scalar::Percent(values.float(at)),
        Kind::Duration => Scalar::Duration(values.duration(at).as_nanos() as u64),
        Kind::Size => Scalar::Size(values.size(at)),
        Kind::Timestamp => {
            let read = values.timestamp(at);
            Scalar::Timestamp(read.seconds, read.nanos)
        }
        Kind::String => Scalar::String(values.str(at)),
        Kind::Enum => Scalar::Enum(setting.word(values.word(at) as u32).expect("a word")),
    };
    assert_eq!(read, scalar);
}

/// All that the table says, pushed to it as its own baseline, is refused, or answers as
/// before.
fn again(table: &RouteTable<&[u8]>) {
    let push = route_map::encode(&route_map::from_table(table, 1));
    let Ok(built) = table.overridden(&push, &Limits::DEFAULT) else {
        return;
    };
    RouteTable::open(built.as_image()).expect("what is built can be opened");
    assert_eq!(built.entries().len(), table.entries().len());
    for entry in table.entries().filter(|entry| !entry.is_pattern) {
        let name = entry.route.name();
        assert_eq!(
            naive::told(built.find(name)),
            naive::told(table.find(name)),
            "{name:?}"
        );
    }
}
