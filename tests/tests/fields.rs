//! Every field of a push absent, with its default written out, and with something in it.
//! The fields come from the descriptors: a new one without a row here fails.

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};
use routewright_schema::format::message::DESCRIPTORS;
use routewright_tests::pushes::{at, cell};

/// What stands behind a tag.
#[derive(Clone, Debug)]
enum Raw {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(Vec<u8>),
}
use Raw::{Fixed64, Varint};

type Fields = Vec<(u32, Raw)>;

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value > 0x7F {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn encode(fields: &[(u32, Raw)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, raw) in fields {
        let tag = u64::from(*number) << 3;
        match raw {
            Raw::Varint(value) => {
                varint(tag, &mut out);
                varint(*value, &mut out);
            }
            Raw::Fixed64(value) => {
                varint(tag | 1, &mut out);
                out.extend(value.to_le_bytes());
            }
            Raw::Fixed32(value) => {
                varint(tag | 5, &mut out);
                out.extend(value.to_le_bytes());
            }
            Raw::Bytes(bytes) => {
                varint(tag | 2, &mut out);
                varint(bytes.len() as u64, &mut out);
                out.extend(bytes);
            }
        }
    }
    out
}

fn text(text: &str) -> Raw {
    Raw::Bytes(text.as_bytes().to_vec())
}

fn message(fields: &[(u32, Raw)]) -> Raw {
    Raw::Bytes(encode(fields))
}

fn float(value: f64) -> Raw {
    Fixed64(value.to_bits())
}

/// A message within a push that is accepted if the message is.
type Place = fn(Vec<u8>) -> Vec<u8>;

/// Mode, version and consumers of an overlay.
fn head() -> Fields {
    vec![
        (1, Varint(2)),
        (2, Varint(1)),
        (11, text("loot")),
        (11, text("audit")),
    ]
}

fn a_route() -> Raw {
    message(&[(1, text("a.route")), (2, Raw::Bytes(vec![0]))])
}

/// In a map, beside a route.
fn beside(number: u32, bytes: Vec<u8>) -> Vec<u8> {
    let mut map = head();
    map.extend([(number, Raw::Bytes(bytes)), (12, a_route())]);
    encode(&map)
}

fn as_route(bytes: Vec<u8>) -> Vec<u8> {
    let mut map = head();
    map.push((12, Raw::Bytes(bytes)));
    encode(&map)
}

/// In a route that is for nobody else.
fn as_arm(bytes: Vec<u8>) -> Vec<u8> {
    as_route(encode(&[(1, text("a.route")), (3, Raw::Bytes(bytes))]))
}

fn as_mirror(bytes: Vec<u8>) -> Vec<u8> {
    let to = Raw::Bytes(vec![0]);
    as_route(encode(&[
        (1, text("a.route")),
        (2, to),
        (4, Raw::Bytes(bytes)),
    ]))
}

/// As the value of a setting: scalar, list or table.
fn value(name: &str, number: u32, bytes: Vec<u8>) -> Vec<u8> {
    beside(14, encode(&[(1, text(name)), (number, Raw::Bytes(bytes))]))
}

fn item(name: &str) -> Raw {
    message(&[(8, text(name))])
}

/// A field within the others of its message, and what comes of it: nothing, or the place
/// and the code of the first violation.
struct Row {
    field: &'static str,
    rest: Fields,
    place: Place,
    other: Raw,
    absent: &'static str,
    default: &'static str,
    set: &'static str,
}

/// A row of a field that may be absent or anything.
fn row(field: &'static str, place: Place, rest: &[(u32, Raw)], other: Raw) -> Row {
    Row {
        field,
        rest: rest.to_vec(),
        place,
        other,
        absent: "",
        default: "",
        set: "",
    }
}

impl Row {
    /// Both an absent and an empty one are refused.
    fn required(self, why: &'static str) -> Row {
        self.absent(why).default(why)
    }

    fn absent(self, absent: &'static str) -> Row {
        Row { absent, ..self }
    }

    fn default(self, default: &'static str) -> Row {
        Row { default, ..self }
    }

    fn set(self, set: &'static str) -> Row {
        Row { set, ..self }
    }
}

fn map_rows() -> Vec<Row> {
    let whole: Place = |bytes| bytes;
    let routed = [head(), vec![(12, a_route())]].concat();
    let without = |number: u32| -> Fields {
        routed
            .iter()
            .filter(|(n, _)| *n != number)
            .cloned()
            .collect()
    };
    let lease = message(&[(1, text("ops")), (3, Varint(1))]);
    let ramp = message(&[(1, text("walk")), (2, Varint(1)), (3, Varint(2))]);
    let guard = message(&[(1, Varint(1)), (3, Varint(1))]);
    let setting = message(&[(1, text("motto")), (2, item("dig"))]);
    let fallback = message(&[(2, Raw::Bytes(vec![0]))]);
    vec![
        row("RouteMap.mode", whole, &without(1), Varint(2)).required("mode: missing"),
        row("RouteMap.version", whole, &without(2), Varint(2)).required("version: missing"),
        row("RouteMap.catalog", whole, &routed, Fixed64(7)),
        row("RouteMap.reason", whole, &routed, text("why")),
        row("RouteMap.lease", whole, &routed, lease).default("lease.owner: missing"),
        row(
            "RouteMap.force",
            whole,
            &routed,
            message(&[(1, text("why"))]),
        )
        .default("force.reason: missing"),
        row("RouteMap.allow_removals", whole, &routed, Varint(5)),
        row("RouteMap.expected_serving", whole, &routed, Varint(5))
            .set("expected_serving: serving_mismatch"),
        row("RouteMap.ramp", whole, &routed, ramp).default("ramp.id: missing"),
        row("RouteMap.guard", whole, &routed, guard).default("guard.bake_ms: missing"),
        row("RouteMap.consumers", whole, &without(11), text("loot"))
            .absent("routes.\"a.route\": malformed")
            .default("consumers[0]: unknown_consumer"),
        row("RouteMap.routes", whole, &without(12), a_route())
            .absent("map: empty_map")
            .default("routes.\"\": bad_name"),
        row("RouteMap.removals", whole, &routed, text("map.**"))
            .default("removals.\"\": unknown_route"),
        row("RouteMap.settings", whole, &routed, setting).default("settings.: unknown_setting"),
        row("RouteMap.fallback", whole, &routed, fallback).default("fallback: no_target"),
        row("RouteMap.clear_fallback", whole, &routed, Varint(1)),
    ]
}

fn terms_rows() -> Vec<Row> {
    let lease: Place = |bytes| beside(5, bytes);
    let force: Place = |bytes| beside(6, bytes);
    let ramp: Place = |bytes| beside(9, bytes);
    let guard: Place = |bytes| beside(10, bytes);
    let (owner, ttl) = ((1, text("ops")), (3, Varint(1)));
    let (id, step, steps) = ((1, text("walk")), (2, Varint(1)), (3, Varint(2)));
    let bake = (1, Varint(1));
    vec![
        row(
            "Lease.owner",
            lease,
            std::slice::from_ref(&ttl),
            text("ops"),
        )
        .required("lease.owner: missing"),
        row("Lease.reason", lease, &[owner.clone(), ttl], text("why")),
        row("Lease.ttl_ms", lease, &[owner], Varint(1)).required("lease.ttl_ms: missing"),
        row("Force.reason", force, &[], text("why")).required("force.reason: missing"),
        row(
            "Ramp.id",
            ramp,
            &[step.clone(), steps.clone()],
            text("walk"),
        )
        .required("ramp.id: missing"),
        row("Ramp.step", ramp, &[id.clone(), steps], Varint(1)).required("ramp.step: malformed"),
        row("Ramp.steps", ramp, &[id, step], Varint(2)).required("ramp.step: malformed"),
        row("Guard.bake_ms", guard, &[(3, Varint(1))], Varint(1))
            .required("guard.bake_ms: missing"),
        // Of these at least one; 0 is a limit like any other.
        row(
            "Guard.unrouted_ppm_max",
            guard,
            std::slice::from_ref(&bake),
            Varint(1),
        )
        .absent("guard: missing"),
        row(
            "Guard.error_ppm_max",
            guard,
            std::slice::from_ref(&bake),
            Varint(1),
        )
        .absent("guard: missing"),
        row(
            "Guard.allocation_bytes_per_second_max",
            guard,
            &[bake],
            Varint(1),
        )
        .absent("guard: missing"),
    ]
}

fn route_rows() -> Vec<Row> {
    let name = || (1, text("a.route"));
    let to = || (2, Raw::Bytes(vec![0]));
    let whole = [name(), to()];
    let nowhere = "routes.\"a.route\": no_target";
    let no_weight = "routes.\"a.route\".split[0]: bad_weight";
    let no_share = "routes.\"a.route\".mirror[0]: bad_share";
    let arm = message(&[(2, Varint(1))]);
    vec![
        row("ResolvedRoute.name", as_route, &[to()], text("a.route"))
            .required("routes.\"\": bad_name"),
        row(
            "ResolvedRoute.to",
            as_route,
            &[name()],
            Raw::Bytes(vec![0, 1]),
        )
        .required(nowhere),
        row("ResolvedRoute.split", as_route, &[name()], arm.clone())
            .absent(nowhere)
            .default(no_weight),
        row("ResolvedRoute.mirror", as_route, &whole, arm).default(no_share),
        row("ResolvedRoute.drop", as_route, &[name()], text("why")).absent(nowhere),
        row("ResolvedRoute.timeout_ns", as_route, &whole, Varint(1)),
        row("ResolvedRoute.retry_delay_ns", as_route, &whole, Varint(1)),
        row("ResolvedRoute.retries", as_route, &whole, Varint(1)),
        row("ResolvedRoute.priority", as_route, &whole, Varint(1)),
        row("ResolvedRoute.rank", as_route, &whole, Varint(2))
            .set("routes.\"a.route\".rank: rank_without_pattern"),
        row("ResolvedArm.to", as_arm, &[(2, Varint(1))], Varint(1)),
        row("ResolvedArm.weight", as_arm, &[(1, Varint(1))], Varint(1)).required(no_weight),
        row("ResolvedMirror.to", as_mirror, &[(2, Varint(1))], Varint(1)),
        row(
            "ResolvedMirror.share_ppm",
            as_mirror,
            &[(1, Varint(1))],
            Varint(1),
        )
        .required(no_share),
    ]
}

fn value_rows() -> Vec<Row> {
    let setting: Place = |bytes| beside(14, bytes);
    let name = |name: &str| [(1, text(name))];
    let number = message(&[(2, Varint(2))]);
    let time = message(&[(5, Varint(1))]);
    // A list of scalars is also a row, and a row is also a table of one.
    let row_of_two = message(&[(1, item("gem")), (1, number.clone())]);
    let empty = "settings: missing";
    vec![
        row(
            "SettingValue.name",
            setting,
            &[(2, item("dig"))],
            text("motto"),
        )
        .required("settings.: unknown_setting"),
        row("SettingValue.scalar", setting, &name("motto"), item("dig"))
            .absent("settings.motto: missing")
            .default(empty),
        row(
            "SettingValue.list",
            setting,
            &name("delays"),
            message(&[(1, time.clone())]),
        )
        .absent("settings.delays: missing"),
        row(
            "SettingValue.table",
            setting,
            &name("loot_table"),
            message(&[(1, row_of_two.clone())]),
        )
        .absent("settings.loot_table: missing"),
        row(
            "Scalar.bool_value",
            |b| value("circuit_breaker.enabled", 2, b),
            &[],
            Varint(1),
        )
        .absent(empty),
        row(
            "Scalar.int_value",
            |b| value("circuit_breaker.open_after", 2, b),
            &[],
            Varint(12),
        )
        .absent(empty)
        .default("settings.circuit_breaker.open_after: below_min"),
        row(
            "Scalar.float_value",
            |b| value("spawn_rate", 2, b),
            &[],
            float(0.4),
        )
        .absent(empty)
        .default("settings.spawn_rate: below_min"),
        row(
            "Scalar.percent_value",
            |b| value("share", 2, b),
            &[],
            float(0.4),
        )
        .absent(empty),
        row(
            "Scalar.duration_ns",
            |b| value("decay", 2, b),
            &[],
            Varint(9_000_000_000),
        )
        .absent(empty)
        .default("settings.decay: below_min"),
        row(
            "Scalar.size_bytes",
            |b| value("chunk", 2, b),
            &[],
            Varint(1),
        )
        .absent(empty),
        row(
            "Scalar.timestamp",
            |b| value("season", 2, b),
            &[],
            message(&[(1, Varint(2))]),
        )
        .absent(empty),
        row(
            "Scalar.string_value",
            |b| value("motto", 2, b),
            &[],
            text("dig"),
        )
        .absent(empty),
        row(
            "Scalar.enum_value",
            |b| value("log_level", 2, b),
            &[],
            text("warn"),
        )
        .absent(empty)
        .default("settings.log_level: not_a_value"),
        row("Instant.seconds", instant, &[(2, Varint(1))], Varint(1)),
        row("Instant.nanos", instant, &[(1, Varint(1))], Varint(1)),
        row("ScalarList.elements", |b| value("delays", 3, b), &[], time).default(empty),
        row(
            "ScalarTable.rows",
            |b| value("loot_table", 4, b),
            &[],
            row_of_two,
        )
        .default("settings.loot_table: wrong_type"),
        row("ScalarRow.cells", table_row, &[(1, item("gem"))], number)
            .absent("settings.loot_table: wrong_type")
            .default(empty),
    ]
}

fn instant(bytes: Vec<u8>) -> Vec<u8> {
    value("season", 2, encode(&[(7, Raw::Bytes(bytes))]))
}

fn table_row(bytes: Vec<u8>) -> Vec<u8> {
    value("loot_table", 4, encode(&[(1, Raw::Bytes(bytes))]))
}

fn rows() -> Vec<Row> {
    [map_rows(), terms_rows(), route_rows(), value_rows()]
        .into_iter()
        .flatten()
        .collect()
}

/// The fields of a message and of those in it.
fn collect(message: &MessageDescriptor, fields: &mut BTreeMap<String, FieldDescriptor>) {
    for field in message.fields() {
        let name = format!("{}.{}", message.name(), field.name());
        if fields.insert(name, field.clone()).is_none()
            && let Kind::Message(inner) = field.kind()
        {
            collect(&inner, fields);
        }
    }
}

fn fields() -> BTreeMap<String, FieldDescriptor> {
    let pool = DescriptorPool::decode(DESCRIPTORS).unwrap();
    let map = pool.get_message_by_name("routewright.v1.RouteMap").unwrap();
    let mut fields = BTreeMap::new();
    collect(&map, &mut fields);
    fields
}

/// The default as it is on the wire if somebody writes it.
fn written_default(field: &FieldDescriptor) -> Raw {
    match field.kind() {
        // Packed.
        _ if field.is_packed() => Raw::Bytes(Vec::new()),
        Kind::String | Kind::Bytes | Kind::Message(_) => Raw::Bytes(Vec::new()),
        Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => Fixed64(0),
        Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => Raw::Fixed32(0),
        _ => Varint(0),
    }
}

/// The table that a push makes, and `path: code` of each violation.
fn publish(bytes: &[u8]) -> (Option<Vec<u8>>, Vec<String>) {
    let cell = cell();
    match cell.publish_at(bytes, at(1)) {
        Ok(accepted) => (Some(accepted.after.raw().as_image().to_vec()), Vec::new()),
        Err(refused) => {
            let list = refused.violations.list().iter();
            (
                None,
                list.map(|v| format!("{}: {}", v.path, v.code)).collect(),
            )
        }
    }
}

/// A field, in its message, in a push.
fn pushed(row: &Row, mut first: Fields, last: Fields) -> (Option<Vec<u8>>, Vec<String>) {
    first.extend(row.rest.iter().cloned());
    first.extend(last);
    publish(&(row.place)(encode(&first)))
}

#[test]
fn every_field_has_a_row() {
    let described: BTreeSet<String> = fields().into_keys().collect();
    let rows: Vec<String> = rows().iter().map(|row| row.field.to_owned()).collect();
    assert_eq!(rows.iter().cloned().collect::<BTreeSet<_>>(), described);
    assert_eq!(rows.len(), described.len(), "one row each");
}

#[test]
fn absent_default_and_set() {
    let fields = fields();
    for row in rows() {
        let field = &fields[row.field];
        let number = field.number();
        let absent = pushed(&row, vec![], vec![]);
        let default = pushed(&row, vec![], vec![(number, written_default(field))]);
        let set = pushed(&row, vec![], vec![(number, row.other.clone())]);
        for (what, found, expected) in [
            ("absent", &absent, row.absent),
            ("default", &default, row.default),
            ("set", &set, row.set),
        ] {
            let first = found.1.first().map_or("", String::as_str);
            assert_eq!(first, expected, "{}, {what}: {:?}", row.field, found.1);
        }
        // A default that is written out says nothing more, unless it can be told from an
        // absent one.
        if !field.supports_presence() && (!field.is_list() || field.is_packed()) {
            assert_eq!(absent, default, "{}", row.field);
        }
    }
}

#[test]
fn twice_unknown_and_of_another_type() {
    let fields = fields();
    for row in rows() {
        let field = &fields[row.field];
        let (number, name) = (field.number(), row.field);
        let other = || (number, row.other.clone());
        if !field.is_list() {
            for again in [row.other.clone(), written_default(field)] {
                let (_, codes) = pushed(&row, vec![], vec![other(), (number, again)]);
                let refused = codes.iter().any(|code| code.ends_with(": duplicate_field"));
                assert!(refused, "{name} twice: {codes:?}");
            }
        }
        let (_, codes) = pushed(&row, vec![], vec![(number, Raw::Fixed32(1))]);
        let refused = codes.iter().any(|code| code.ends_with(": malformed"));
        assert!(refused, "{name} of another type: {codes:?}");
        let message = field.parent_message();
        for unknown in (1..=64).chain([1 << 11, (1 << 29) - 1]) {
            if message.get_field(unknown).is_some() {
                continue;
            }
            for raw in [Varint(0), Fixed64(0), Raw::Fixed32(0), text("")] {
                let (_, codes) = pushed(&row, vec![(unknown, raw.clone())], vec![other()]);
                let refused = codes.iter().any(|code| code.ends_with(": unknown_field"));
                assert!(refused, "{name} behind {unknown}: {codes:?}");
                let (made, codes) = pushed(&row, vec![], vec![other(), (unknown, raw)]);
                assert!(
                    made.is_none() && !codes.is_empty(),
                    "{name} before {unknown}"
                );
            }
        }
    }
}

/// Of what a `oneof` offers, two are too many.
#[test]
fn one_of_several() {
    let fields = fields();
    for row in rows() {
        let field = &fields[row.field];
        let Some(oneof) = field.containing_oneof() else {
            continue;
        };
        // `optional` is a `oneof` of one.
        for other in oneof
            .fields()
            .filter(|other| other.number() != field.number())
        {
            let both = vec![
                (field.number(), row.other.clone()),
                (other.number(), written_default(&other)),
            ];
            let (made, codes) = pushed(&row, vec![], both);
            assert!(
                made.is_none() && !codes.is_empty(),
                "{} and {}",
                row.field,
                other.name()
            );
        }
    }
}
