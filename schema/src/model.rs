//! The meaning of all sources together: resolved, unique, sorted, valid.
//!
//! `resolve` makes a [`Definition`] from drafts; everything after it (lower, emit,
//! write, explain) reads nothing else. Names are sorted by their bytes, because
//! maps are `BTreeMap`s: equal definitions are equal values and give equal bytes.

use std::collections::{BTreeMap, BTreeSet};

use routewright::{Form, Kind, Priority, Scalar, Step};

use crate::value::Moment;

/// What one service is configured with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definition {
    /// Dotted identifiers: the name of the generated module.
    pub package: String,
    /// Version of the source, at least 1.
    pub version: u64,
    /// Where events can go.
    pub consumers: BTreeMap<String, Consumer>,
    /// Every declared event: those of `events` and those with an exact route, also
    /// a disabled one.
    pub events: BTreeSet<String>,
    /// Event or pattern -> route, disabled ones included.
    pub routes: BTreeMap<String, Route>,
    /// What answers when nothing else does.
    pub fallback: Option<Fallback>,
    /// Typed knobs, by dotted path.
    pub settings: BTreeMap<String, Setting>,
    /// Expressions over settings, in the order of the sources.
    pub rules: Vec<String>,
    /// What must be true, in the order of the sources.
    pub tests: Vec<Test>,
}

/// A destination.
#[derive(Clone, Debug, PartialEq)]
pub struct Consumer {
    /// How it is reached.
    pub kind: ConsumerKind,
    /// Where it is by default; empty for `local`.
    pub address: String,
    /// For people.
    pub doc: String,
    /// Who answers for it.
    pub owner: String,
}

/// How a consumer is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConsumerKind {
    /// A Kafka topic.
    Kafka,
    /// A NATS subject.
    Nats,
    /// An AMQP exchange or queue.
    Amqp,
    /// A Redis stream or channel.
    Redis,
    /// An SQS queue.
    Sqs,
    /// A gRPC endpoint.
    Grpc,
    /// An HTTP endpoint.
    Http,
    /// A unix socket.
    Unix,
    /// In the process itself.
    Local,
    /// Anything else.
    Other,
}

impl ConsumerKind {
    /// All of them, in the order of the language's reference.
    pub const ALL: [ConsumerKind; 10] = [
        ConsumerKind::Kafka,
        ConsumerKind::Nats,
        ConsumerKind::Amqp,
        ConsumerKind::Redis,
        ConsumerKind::Sqs,
        ConsumerKind::Grpc,
        ConsumerKind::Http,
        ConsumerKind::Unix,
        ConsumerKind::Local,
        ConsumerKind::Other,
    ];

    /// The key of the language.
    pub fn as_str(self) -> &'static str {
        match self {
            ConsumerKind::Kafka => "kafka",
            ConsumerKind::Nats => "nats",
            ConsumerKind::Amqp => "amqp",
            ConsumerKind::Redis => "redis",
            ConsumerKind::Sqs => "sqs",
            ConsumerKind::Grpc => "grpc",
            ConsumerKind::Http => "http",
            ConsumerKind::Unix => "unix",
            ConsumerKind::Local => "local",
            ConsumerKind::Other => "other",
        }
    }
}

/// Where an event goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// All of these, in this order.
    pub to: Vec<String>,
    /// Exactly one of these, by weight.
    pub split: BTreeMap<String, u32>,
    /// Copies, by share in parts per million.
    pub mirror: BTreeMap<String, u32>,
    /// Nobody, for this reason.
    pub drop: Option<String>,
}

impl Target {
    /// All consumers that get something, mirrors included.
    pub fn consumers(&self) -> impl Iterator<Item = &str> {
        let shares = self.split.keys().chain(self.mirror.keys());
        self.to.iter().chain(shares).map(String::as_str)
    }
}

/// How a delivery is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Longest time for one attempt, in nanoseconds.
    pub timeout_ns: Option<u64>,
    /// Attempts after the first.
    pub retries: Option<u32>,
    /// Pause before a further attempt, in nanoseconds.
    pub retry_delay_ns: Option<u64>,
    /// Importance.
    pub priority: Option<Priority>,
}

/// An entry of `routes`. Defaults are already applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where to.
    pub target: Target,
    /// How.
    pub policy: Policy,
    /// Decides between equally specific patterns.
    pub rank: i32,
    /// false: as if it were not written.
    pub enabled: bool,
    /// For people.
    pub doc: String,
    /// Who answers for it.
    pub owner: String,
    /// Why it should no longer be used.
    pub deprecated: String,
    /// The last good day, as `2027-01-31`; empty: none.
    pub expires: String,
}

/// What answers when nothing else does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fallback {
    /// Where to; never a mirror.
    pub target: Target,
    /// How.
    pub policy: Policy,
}

/// A typed knob.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The kind of its scalar or elements (of a table: `String`, and not used).
    pub kind: Kind,
    /// One, a list, or a table.
    pub form: Form,
    /// Its value in the baseline.
    pub default: Value,
    /// Smallest value (or length, or element).
    pub min: Option<Scalar<String>>,
    /// Largest value, likewise.
    pub max: Option<Scalar<String>>,
    /// How far one push may move it.
    pub max_step: Option<Step>,
    /// Shortest time between two moves, in nanoseconds; 0: none.
    pub cooldown_ns: u64,
    /// The values of an enum.
    pub values: Vec<String>,
    /// The columns of a table.
    pub columns: Vec<(String, Kind)>,
    /// For people.
    pub doc: String,
    /// Who answers for it.
    pub owner: String,
    /// The last good day; empty: none.
    pub expires: String,
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A scalar.
    One(Scalar<String>),
    /// The elements of a list.
    List(Vec<Scalar<String>>),
    /// The rows of a table.
    Table(Vec<Vec<Scalar<String>>>),
}

impl Value {
    /// Whether it is a list or table without elements.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Value::One(_) => false,
            Value::List(list) => list.is_empty(),
            Value::Table(rows) => rows.is_empty(),
        }
    }
}

/// Something that must be true.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Of an event.
    Event(Box<EventTest>),
    /// Of a setting.
    Setting(SettingTest),
}

/// What must be true of an event; what is absent is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventTest {
    /// The name that arrives.
    pub event: String,
    /// The exact set of `to`.
    pub to: Option<BTreeSet<String>>,
    /// None of these gets it: not by `to`, `split` or `mirror`.
    pub not_to: BTreeSet<String>,
    /// The exact arms.
    pub split: Option<BTreeMap<String, u32>>,
    /// The exact set of mirrors.
    pub mirror: Option<BTreeSet<String>>,
    /// It is (not) dropped.
    pub drop: Option<bool>,
    /// It is (not) unrouted.
    pub unrouted: Option<bool>,
    /// The policy; only what is set is compared.
    pub policy: Policy,
    /// A key, and the consumer that the split picks for it.
    pub picks: Option<(String, String)>,
    /// The shares that many keys give.
    pub measured: Option<Measured>,
    /// Whether the route that answers is past its last day.
    pub expiry: Option<Expiry>,
}

/// What must be true of a setting.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingTest {
    /// Its dotted path.
    pub setting: String,
    /// Its value.
    pub is: Option<Value>,
    /// Whether it is past its last day.
    pub expiry: Option<Expiry>,
}

/// Shares, measured over many keys. What a weight or a percentage becomes in practice
/// depends on the keys; these are drawn from a seed, so that each run measures the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Consumer -> share of the keys that the split gives it, in parts per million; an arm
    /// that is not named must get none. Empty: the split is not measured.
    pub shares: BTreeMap<String, u32>,
    /// Consumer -> share of the keys that it gets a copy of, likewise.
    pub mirror_shares: BTreeMap<String, u32>,
    /// How far a share may be off either way, in parts per million of all keys.
    pub within_ppm: u32,
    /// How many keys.
    pub keys: u32,
    /// What they are drawn from; `None`: whoever runs the test says.
    pub seed: Option<u64>,
}

impl Measured {
    /// `within`, where nothing is said: 1%.
    pub const WITHIN_PPM: u32 = 10_000;
    /// `keys`, where nothing is said.
    pub const KEYS: u32 = 10_000;
    /// Most keys: a test must not make `check` slow.
    pub const KEYS_MAX: u32 = 100_000;
}

impl Default for Measured {
    fn default() -> Measured {
        Measured {
            shares: BTreeMap::new(),
            mirror_shares: BTreeMap::new(),
            within_ppm: Measured::WITHIN_PPM,
            keys: Measured::KEYS,
            seed: None,
        }
    }
}

/// Whether a last day (`expires`) is past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// It is (not).
    pub expired: bool,
    /// At that time; `None`: whoever runs the test says.
    pub at: Option<Moment>,
}

impl Test {
    /// The event or setting that it is about.
    pub fn about(&self) -> &str {
        match self {
            Test::Event(test) => &test.event,
            Test::Setting(test) => &test.setting,
        }
    }
}
