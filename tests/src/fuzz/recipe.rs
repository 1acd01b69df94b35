//! The pushes that the input of a fuzzer stands for. The first byte says how it is
//! helped: bytes alone hardly ever get past a header.

use prost::Message;
use routewright_schema::pb::{self, Mode, scalar::Kind, setting_value};

use super::meaning::Baseline;
use super::tape::Tape;
use crate::wire;

/// The input as a push, behind a header, or as a recipe for some pushes in a row.
pub(super) fn pushes(input: &[u8]) -> Vec<Vec<u8>> {
    let Some((how, rest)) = input.split_first() else {
        return vec![Vec::new()];
    };
    match how % 4 {
        0 => vec![rest.to_vec()],
        1 => vec![[header(Mode::Overlay).encode_to_vec(), rest.to_vec()].concat()],
        2 => vec![[complete().encode_to_vec(), rest.to_vec()].concat()],
        _ => recipe(&mut Tape::of(rest)),
    }
}

/// All that stands before the first route.
fn header(mode: Mode) -> pb::RouteMap {
    pb::RouteMap {
        mode: mode.into(),
        version: 1,
        consumers: Baseline::get()
            .definition
            .consumers
            .keys()
            .cloned()
            .collect(),
        ..pb::RouteMap::default()
    }
}

/// A complete map with some of the baseline's routes, so that few enough go away.
fn complete() -> pb::RouteMap {
    let map = &Baseline::get().map;
    pb::RouteMap {
        routes: map.routes[..6].to_vec(),
        consumers: map.consumers.clone(),
        ..header(Mode::Complete)
    }
}

/// One to four pushes.
fn recipe(tape: &mut Tape<'_>) -> Vec<Vec<u8>> {
    let mut pushes: Vec<Vec<u8>> = Vec::new();
    let mut version = 0;
    for _ in 0..=tape.below(4) {
        version = match tape.below(16) {
            0 => version,
            1 => tape.number(),
            step => version.saturating_add(step as u64 / 2),
        };
        let next = match pushes.last() {
            Some(last) if tape.seldom(16) => last.clone(),
            _ => push(tape, version),
        };
        pushes.push(next);
        if tape.ended() {
            break;
        }
    }
    pushes
}

/// One push.
pub(super) fn push(tape: &mut Tape<'_>, version: u64) -> Vec<u8> {
    encoded(&map(tape, version), tape)
}

/// The bytes of a map, now and then as no encoder writes them.
fn encoded(map: &pb::RouteMap, tape: &mut Tape<'_>) -> Vec<u8> {
    let mut push = map.encode_to_vec();
    match tape.below(16) {
        12 => push = wire::turned(&push),
        13 => push.extend_from_slice(&tape.rest()[..tape.rest().len().min(8)]),
        14 => {
            for _ in 0..=tape.below(3) {
                let at = tape.number() as usize % push.len().max(1);
                if let Some(byte) = push.get_mut(at) {
                    *byte ^= tape.byte();
                }
            }
        }
        15 => {
            let length = tape.number() as usize % (push.len() + 1);
            push.truncate(length);
        }
        _ => {}
    }
    push
}

fn map(tape: &mut Tape<'_>, version: u64) -> pb::RouteMap {
    let mode = tape.pick(&[Mode::Overlay, Mode::Overlay, Mode::Overlay, Mode::Complete]);
    let mut map = header(mode);
    map.version = version;
    let base = &Baseline::get().map;
    if mode == Mode::Complete {
        let kept = |tape: &mut Tape<'_>| !tape.seldom(8);
        let routes = base.routes.iter().filter(|_| kept(tape));
        map.routes = routes.cloned().collect();
        map.settings = base
            .settings
            .iter()
            .filter(|_| tape.below(2) == 0)
            .cloned()
            .collect();
    } else {
        for _ in 0..tape.below(10).saturating_sub(4) {
            map.removals.push(name(tape));
        }
    }
    for _ in 0..tape.below(8) {
        let route = pb::ResolvedRoute {
            name: name(tape),
            ..route(tape)
        };
        match map.routes.iter_mut().find(|other| other.name == route.name) {
            Some(other) if !tape.seldom(16) => *other = route,
            _ => map.routes.push(route),
        }
    }
    for _ in 0..tape.below(4) {
        let setting = setting(tape);
        match map
            .settings
            .iter_mut()
            .find(|other| other.name == setting.name)
        {
            Some(other) if !tape.seldom(16) => *other = setting,
            _ => map.settings.push(setting),
        }
    }
    match tape.below(8) {
        0 => map.fallback = Some(route(tape)),
        1 => map.clear_fallback = true,
        2 => map.fallback.clone_from(&base.fallback),
        _ => {}
    }
    about(&mut map, tape);
    map
}

/// What a map says of itself.
fn about(map: &mut pb::RouteMap, tape: &mut Tape<'_>) {
    const OFTEN: usize = 12;
    match tape.below(OFTEN + 9) {
        0 => map.reason = text(tape),
        1 | 2 => {
            map.lease = Some(pb::Lease {
                owner: tape.pick(&["ops", "", "night shift"]).to_owned(),
                reason: text(tape),
                ttl_ms: tape.pick(&[60_000, 1, 0, u64::MAX]),
            });
        }
        3 => map.force = Some(pb::Force { reason: text(tape) }),
        4 => {
            map.ramp = Some(pb::Ramp {
                id: tape.pick(&["walk", "other walk", "walk", ""]).to_owned(),
                step: tape.below(4) as u32,
                steps: tape.below(4) as u32,
            });
        }
        5 => {
            map.guard = Some(pb::Guard {
                bake_ms: tape.pick(&[1_000, 0, u64::MAX]),
                unrouted_ppm_max: (tape.below(2) == 0).then_some(tape.byte().into()),
                error_ppm_max: (tape.below(2) == 0).then_some(u32::MAX),
                allocation_bytes_per_second_max: (tape.below(2) == 0).then_some(1_000),
            });
        }
        6 => map.expected_serving = Some(tape.pick(&[0, 1, 2, 3, 8])),
        7 => map.catalog = tape.pick(&[Baseline::get().map.catalog, 1]),
        8 => match tape.below(4) {
            0 => map.consumers.push("nobody".to_owned()),
            1 => map.consumers.swap(0, 1),
            2 => map.consumers.push("audit".to_owned()),
            _ => {
                map.consumers.pop();
            }
        },
        _ => {}
    }
    if tape.seldom(4) {
        map.allow_removals = tape.below(12) as u32;
    }
}

fn text(tape: &mut Tape<'_>) -> String {
    let texts = [
        "because",
        "",
        "two words",
        "\u{202e}hidden",
        "\u{e9}t\u{e9}",
        "new\nline",
    ];
    tape.pick(&texts).to_owned()
}

/// The name of a route of the baseline, or one of few segments.
fn name(tape: &mut Tape<'_>) -> String {
    const SEGMENTS: [&str; 16] = [
        "treasure",
        "player",
        "map",
        "item",
        "found",
        "joined",
        "a",
        "b",
        "*",
        "*",
        "**",
        "\u{e9}",
        "a-segment-that-is-too-long-to-stand-within-a-slot-of-an-image",
        "x y",
        "",
        "0",
    ];
    let routes = &Baseline::get().map.routes;
    match tape.below(2) {
        0 => routes[tape.below(routes.len())].name.clone(),
        _ => {
            let count = 1 + tape.below(4);
            let segments: Vec<&str> = (0..count).map(|_| tape.pick(&SEGMENTS)).collect();
            segments.join(".")
        }
    }
}

/// Where a route leads, and how.
fn route(tape: &mut Tape<'_>) -> pb::ResolvedRoute {
    let mut route = pb::ResolvedRoute::default();
    let consumer = |tape: &mut Tape<'_>| tape.pick(&[0, 1, 2, 0, 1, 2, 0, 1, 2, 3, u32::MAX]);
    match tape.below(8) {
        0 => route.drop = Some(text(tape)),
        1 | 2 => {
            for _ in 0..tape.below(4) {
                let weight = tape.pick(&[1, 95, 5, 0, 65_535, u32::MAX]);
                route.split.push(pb::ResolvedArm {
                    to: consumer(tape),
                    weight,
                });
            }
        }
        _ => route.to = (0..tape.below(4)).map(|_| consumer(tape)).collect(),
    }
    if tape.seldom(4) {
        let share_ppm = tape.pick(&[10_000, 1, 0, 1_000_000, 1_000_001]);
        route.mirror.push(pb::ResolvedMirror {
            to: consumer(tape),
            share_ppm,
        });
    }
    if tape.below(2) == 0 {
        route.timeout_ns = tape.pick(&[0, 1, 250_000_000, u64::MAX]);
        route.retry_delay_ns = tape.pick(&[0, 1, u64::MAX]);
        route.retries = tape.pick(&[0, 2, 100, 101, u32::MAX]);
        route.priority = tape.pick(&[0, 1, 2, 3, 4]);
    }
    if tape.seldom(4) {
        route.rank = tape.pick(&[1, 2, -1, i32::MAX, i32::MIN]);
    }
    route
}

/// A setting of the baseline, with a value of its kind, of another, or of another form.
fn setting(tape: &mut Tape<'_>) -> pb::SettingValue {
    let settings = &Baseline::get().map.settings;
    let mut setting = settings[tape.below(settings.len())].clone();
    setting.value = setting.value.map(|value| moved(value, tape));
    match tape.below(32) {
        30 => setting.name = text(tape),
        31 => setting.value = None,
        _ => {}
    }
    setting
}

fn moved(value: setting_value::Value, tape: &mut Tape<'_>) -> setting_value::Value {
    use setting_value::Value;
    match value {
        Value::Scalar(one) => Value::Scalar(scalar(&one, tape)),
        Value::List(pb::ScalarList { mut elements }) => {
            let first = elements.first().cloned().unwrap_or_default();
            elements = (0..tape.below(4)).map(|_| scalar(&first, tape)).collect();
            Value::List(pb::ScalarList { elements })
        }
        Value::Table(pb::ScalarTable { rows }) => {
            let row = |tape: &mut Tape<'_>| {
                let cells = rows.first().map_or(&[][..], |row| &row.cells);
                let mut cells: Vec<_> = cells.iter().map(|cell| scalar(cell, tape)).collect();
                if tape.seldom(16) {
                    cells.pop();
                }
                pb::ScalarRow { cells }
            };
            let rows = (0..tape.below(4)).map(|_| row(tape)).collect();
            Value::Table(pb::ScalarTable { rows })
        }
    }
}

/// Another value of the same kind, or seldom of another.
fn scalar(was: &pb::Scalar, tape: &mut Tape<'_>) -> pb::Scalar {
    const S: u64 = 1_000_000_000;
    let float = |tape: &mut Tape<'_>, was: f64| match tape.below(8) {
        0 => f64::from_bits(tape.number()),
        1 => tape.pick(&[f64::NAN, f64::INFINITY, -0.0, 1e308, 1.0, 0.01]),
        2 => was / 2.0,
        3 => was * 2.0,
        4 => was * 3.0,
        _ => was * (1.0 + f64::from(tape.byte()) / 256.0),
    };
    let count = |tape: &mut Tape<'_>, was: u64| match tape.below(8) {
        0 => tape.number(),
        1 => tape.pick(&[0, 1, S, 2 * S, 16 * S, u64::MAX]),
        2 => was / 2,
        3 => was.saturating_mul(2),
        4 => was.saturating_add(1),
        _ => was.saturating_sub(tape.byte().into()),
    };
    let kind = match was.kind.clone().unwrap_or(Kind::BoolValue(false)) {
        _ if tape.seldom(32) => Kind::IntValue(tape.byte().into()),
        Kind::BoolValue(_) => Kind::BoolValue(tape.below(2) == 0),
        Kind::IntValue(v) => Kind::IntValue(count(tape, v as u64) as i64),
        Kind::FloatValue(v) => Kind::FloatValue(float(tape, v)),
        Kind::PercentValue(v) => Kind::PercentValue(float(tape, v)),
        Kind::DurationNs(v) => Kind::DurationNs(count(tape, v)),
        Kind::SizeBytes(v) => Kind::SizeBytes(count(tape, v)),
        Kind::Timestamp(v) => Kind::Timestamp(pb::Instant {
            seconds: count(tape, v.seconds as u64) as i64,
            nanos: tape.pick(&[0, 1, 999_999_999, 1_000_000_000]),
        }),
        Kind::StringValue(_) => Kind::StringValue(text(tape).repeat(tape.below(16))),
        Kind::EnumValue(_) => Kind::EnumValue(
            tape.pick(&["error", "warn", "info", "debug", "Info", ""])
                .to_owned(),
        ),
    };
    pb::Scalar { kind: Some(kind) }
}
