//! Definitions as protobuf messages: `*.binpb` and JSON, both ways.
//!
//! Written is the canonical form: sorted by name, scalars as the language spells them,
//! policies whole on each route, so that nothing depends on `defaults`. Read is
//! whatever `pb::Definition` can say; what it cannot (unknown fields, a singular field
//! twice) is refused, because protobuf's own decoder would drop it without a word.

pub(super) mod draft;
mod json;
pub(super) mod node;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions};
use routewright::{Form, Scalar};

use crate::diagnostic::Report;
use crate::draft::Draft;
use crate::format::text;
use crate::model::{
    ConsumerKind, Definition, EventTest, Expiry, Measured, Policy, Setting, SettingTest, Target,
    Test, Value,
};
use crate::pb;
use crate::source::{FileId, Sources};

/// Bytes of a definition, as message or JSON, that are read.
pub const MESSAGE_BYTES_MAX: usize = 32 << 20;
/// Values of such a definition, messages included, that are read.
pub const MESSAGE_NODES_MAX: usize = 2 << 20;

/// The encoded `FileDescriptorSet` of `proto/`, without comments.
pub const DESCRIPTORS: &[u8] = include_bytes!("../generated/routewright.v1.binpb");

/// The messages of `proto/`.
pub(super) static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    // The bytes are compiled in, and tests read them.
    DescriptorPool::decode(DESCRIPTORS).expect("the committed descriptors")
});

pub(super) fn definition_descriptor() -> MessageDescriptor {
    POOL.get_message_by_name("routewright.v1.Definition")
        .expect("Definition is among the descriptors")
}

/// The message that is pushed.
pub(crate) fn route_map() -> MessageDescriptor {
    POOL.get_message_by_name("routewright.v1.RouteMap")
        .expect("RouteMap is among the descriptors")
}

/// Encodes a definition as a `pb::Definition`: the same definition gives the same
/// bytes.
pub fn write_binpb(definition: &Definition) -> Vec<u8> {
    to_message(definition).encode_to_vec()
}

/// Writes a definition in protobuf's JSON mapping, indented, ending in a line break.
pub fn write_json(definition: &Definition) -> String {
    let mut message = DynamicMessage::new(definition_descriptor());
    message
        .transcode_from(&to_message(definition))
        .expect("the descriptors are those of the messages");
    let mut out = Vec::new();
    let mut json = serde_json::Serializer::pretty(&mut out);
    let options = SerializeOptions::new();
    message
        .serialize_with_options(&mut json, &options)
        .expect("writing to memory does not fail");
    out.push(b'\n');
    String::from_utf8(out).expect("JSON is UTF-8")
}

/// Reads an encoded `pb::Definition`. All problems go to `report`; without an error,
/// all of it was understood.
///
/// Bytes have no lines: the source that is added under `name`, and that spans point
/// into, is a listing of what they say, one field a line, such as
/// `routes[0].to[1]: audit`.
pub fn read_binpb(name: &str, bytes: &[u8], sources: &mut Sources, report: &mut Report) -> Draft {
    let (root, listing) = wire::read(
        bytes,
        definition_descriptor(),
        sources.ids().count() as FileId,
        report,
    );
    let file = sources.add(name, listing);
    draft::draft(root, file, report)
}

/// Reads a definition in protobuf's JSON mapping (`maxStep` or `max_step`, 64-bit
/// numbers with or without quotes). All problems go to `report`; without an error, all
/// of it was understood.
pub fn read_json(name: &str, text: &str, sources: &mut Sources, report: &mut Report) -> Draft {
    let file = sources.add(name, text);
    let root = json::read(text, definition_descriptor(), file, report);
    draft::draft(root, file, report)
}

/// The definition as a message, in canonical form.
pub fn to_message(definition: &Definition) -> pb::Definition {
    let own = |name: &&String| !definition.routes.contains_key(*name);
    pb::Definition {
        package: definition.package.clone(),
        version: definition.version,
        consumers: definition
            .consumers
            .iter()
            .map(|(name, c)| consumer(name, c))
            .collect(),
        events: definition.events.iter().filter(own).cloned().collect(),
        defaults: None,
        routes: definition
            .routes
            .iter()
            .map(|(name, r)| route(name, r))
            .collect(),
        fallback: definition.fallback.as_ref().map(|fallback| {
            let policy = policy(&fallback.policy);
            pb::Fallback {
                to: fallback.target.to.clone(),
                split: arms(&fallback.target),
                drop: fallback.target.drop.clone(),
                timeout: policy.timeout,
                retries: policy.retries,
                retry_delay: policy.retry_delay,
                priority: policy.priority,
            }
        }),
        settings: definition
            .settings
            .iter()
            .map(|(name, s)| setting(name, s))
            .collect(),
        rules: definition.rules.clone(),
        tests: definition.tests.iter().map(test).collect(),
    }
}

fn consumer(name: &str, consumer: &crate::model::Consumer) -> pb::Consumer {
    use pb::consumer::Address;
    let address = consumer.address.clone();
    pb::Consumer {
        name: name.to_owned(),
        address: Some(match consumer.kind {
            ConsumerKind::Kafka => Address::Kafka(address),
            ConsumerKind::Nats => Address::Nats(address),
            ConsumerKind::Amqp => Address::Amqp(address),
            ConsumerKind::Redis => Address::Redis(address),
            ConsumerKind::Sqs => Address::Sqs(address),
            ConsumerKind::Grpc => Address::Grpc(address),
            ConsumerKind::Http => Address::Http(address),
            ConsumerKind::Unix => Address::Unix(address),
            ConsumerKind::Local => Address::Local(true),
            ConsumerKind::Other => Address::Other(address),
        }),
        doc: consumer.doc.clone(),
        owner: consumer.owner.clone(),
    }
}

fn route(name: &str, route: &crate::model::Route) -> pb::Route {
    let policy = policy(&route.policy);
    let mirror = route.target.mirror.iter().map(|(to, ppm)| pb::Mirror {
        to: to.clone(),
        share: text::share(*ppm),
    });
    pb::Route {
        event: name.to_owned(),
        to: route.target.to.clone(),
        split: arms(&route.target),
        mirror: mirror.collect(),
        drop: route.target.drop.clone(),
        timeout: policy.timeout,
        retries: policy.retries,
        retry_delay: policy.retry_delay,
        priority: policy.priority,
        rank: (route.rank != 0).then_some(route.rank),
        enabled: (!route.enabled).then_some(false),
        doc: route.doc.clone(),
        owner: route.owner.clone(),
        deprecated: route.deprecated.clone(),
        expires: route.expires.clone(),
    }
}

fn arms(target: &Target) -> Vec<pb::Arm> {
    target
        .split
        .iter()
        .map(|(to, weight)| pb::Arm {
            to: to.clone(),
            weight: *weight,
        })
        .collect()
}

fn policy(policy: &Policy) -> pb::Policy {
    pb::Policy {
        timeout: policy.timeout_ns.map(text::duration),
        retries: policy.retries,
        retry_delay: policy.retry_delay_ns.map(text::duration),
        priority: policy.priority.map(|p| p.as_str().to_owned()),
    }
}

fn setting(name: &str, setting: &Setting) -> pb::Setting {
    let (default, rows) = value(&setting.default);
    let columns = setting.columns.iter().map(|(name, kind)| pb::Column {
        name: name.clone(),
        r#type: kind.to_string(),
    });
    pb::Setting {
        name: name.to_owned(),
        r#type: match setting.form {
            Form::One => setting.kind.to_string(),
            Form::List => format!("[{}]", setting.kind),
            Form::Table => "table".to_owned(),
        },
        default,
        rows,
        min: setting.min.as_ref().map(Scalar::to_string),
        max: setting.max.as_ref().map(Scalar::to_string),
        max_step: setting.max_step.as_ref().map(text::step),
        cooldown: text::cooldown(setting.cooldown_ns),
        values: setting.values.clone(),
        columns: columns.collect(),
        doc: setting.doc.clone(),
        owner: setting.owner.clone(),
        expires: setting.expires.clone(),
    }
}

/// A value as scalars or as rows.
fn value(value: &Value) -> (Vec<String>, Vec<pb::Row>) {
    let texts = |scalars: &[Scalar<String>]| scalars.iter().map(Scalar::to_string).collect();
    match value {
        Value::One(scalar) => (vec![scalar.to_string()], Vec::new()),
        Value::List(list) => (texts(list), Vec::new()),
        Value::Table(rows) => (
            Vec::new(),
            rows.iter()
                .map(|row| pb::Row { cells: texts(row) })
                .collect(),
        ),
    }
}

fn test(test: &Test) -> pb::Test {
    match test {
        Test::Event(test) => event_test(test),
        Test::Setting(SettingTest {
            setting,
            is,
            expiry,
        }) => {
            // Alone, a value that is empty needs no words: something must be expected.
            let empty = expiry.is_some() && is.as_ref().is_some_and(Value::is_empty);
            let (is, is_rows) = is.as_ref().map(value).unwrap_or_default();
            pb::Test {
                setting: setting.clone(),
                is,
                is_rows,
                none: empty.then(|| "is".to_owned()).into_iter().collect(),
                expired: expiry.map(|expiry| expiry.expired),
                at: at(expiry.as_ref()),
                ..pb::Test::default()
            }
        }
    }
}

fn event_test(test: &EventTest) -> pb::Test {
    let (key, picks) = test.picks.clone().unzip();
    let arms = test.split.iter().flatten().map(|(to, weight)| pb::Arm {
        to: to.clone(),
        weight: *weight,
    });
    let empty = [
        ("to", test.to.as_ref().is_some_and(BTreeSet::is_empty)),
        ("split", test.split.as_ref().is_some_and(BTreeMap::is_empty)),
        (
            "mirror",
            test.mirror.as_ref().is_some_and(BTreeSet::is_empty),
        ),
    ];
    let empty = empty.into_iter().filter(|(_, empty)| *empty);
    let measured = test.measured.clone().unwrap_or_default();
    pb::Test {
        event: test.event.clone(),
        to: test.to.iter().flatten().cloned().collect(),
        split: arms.collect(),
        mirror: test.mirror.iter().flatten().cloned().collect(),
        drop: test.drop,
        unrouted: test.unrouted,
        policy: (test.policy != Policy::default()).then(|| policy(&test.policy)),
        key,
        picks,
        setting: String::new(),
        is: Vec::new(),
        is_rows: Vec::new(),
        none: empty.map(|(key, _)| key.to_owned()).collect(),
        not_to: test.not_to.iter().cloned().collect(),
        shares: shares(&measured.shares),
        mirror_shares: shares(&measured.mirror_shares),
        within: (measured.within_ppm != Measured::WITHIN_PPM)
            .then(|| text::percent(measured.within_ppm)),
        keys: (measured.keys != Measured::KEYS).then_some(measured.keys),
        seed: measured.seed,
        expired: test.expiry.map(|expiry| expiry.expired),
        at: at(test.expiry.as_ref()),
    }
}

fn shares(shares: &BTreeMap<String, u32>) -> Vec<pb::Share> {
    let shares = shares.iter().map(|(to, ppm)| pb::Share {
        to: to.clone(),
        share: text::percent(*ppm),
    });
    shares.collect()
}

fn at(expiry: Option<&Expiry>) -> Option<String> {
    expiry?.at.map(|at| at.to_string())
}
