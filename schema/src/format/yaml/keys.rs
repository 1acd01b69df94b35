//! The keys of a definition: one table for the reader, which takes no other key, and for
//! the JSON Schema by which editors complete and explain them.

use Shape::*;

use crate::model::Measured;

/// A key of a map.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What stands there.
    pub shape: Shape,
    /// What it means, in the words of the language's reference.
    pub doc: &'static str,
}

/// What may stand behind a key, as far as one place in a text tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Any scalar.
    Text,
    /// Dotted identifiers.
    Package,
    /// `true` or `false`.
    Bool,
    /// `true` alone.
    True,
    /// A decimal integer, from and to these.
    Int(i64, i64),
    /// `250ms`, `1m30s`.
    Duration,
    /// `2027-01-31`.
    Date,
    /// `low`, `normal` or `high`.
    Priority,
    /// Why nobody gets an event.
    Reason,
    /// The name of an event.
    Event,
    /// Names of events.
    Events,
    /// The path of a setting.
    SettingPath,
    /// The name of a consumer.
    Consumer,
    /// One of them, or a list.
    OneOrConsumers,
    /// Consumers with weights.
    Weights,
    /// Consumers, perhaps with percents.
    Mirror,
    /// Consumers with percents.
    Shares,
    /// `12.5%`, of a whole.
    Percent,
    /// `2027-01-31`, or `2027-01-31T08:00:00Z`.
    Moment,
    /// Names with [`CONSUMER`].
    Consumers,
    /// Names and patterns with [`ROUTE`].
    Routes,
    /// [`FALLBACK`].
    Fallback,
    /// [`POLICY`].
    Policy,
    /// Groups of [`SETTING`].
    Settings,
    /// Expressions.
    Rules,
    /// [`TEST`] in a list.
    Tests,
    /// The type of a setting.
    Type,
    /// The type of a column.
    ColumnType,
    /// Words.
    Words,
    /// [`COLUMN`] in a list.
    Columns,
    /// A value of a setting's type.
    Value,
    /// What bounds a setting's value.
    Bound,
    /// `2x`, or a difference.
    Step,
}

const fn key(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, shape, doc }
}

const TO: Key = key(
    "to",
    OneOrConsumers,
    "All of these consumers, in this order.",
);
const SPLIT: Key = key(
    "split",
    Weights,
    "Exactly one of these consumers, by the event's key: each with a weight, an integer of at least 1; together at most 65,535.",
);
const DROP: Key = key(
    "drop",
    Reason,
    "Nobody gets the event, for this reason; it is counted as dropped. Excludes `to`, `split` and `mirror`.",
);
const TIMEOUT: Key = key(
    "timeout",
    Duration,
    "Policy, handed to the host: the longest time for one attempt, such as `250ms` or `1m30s`.",
);
const RETRIES: Key = key(
    "retries",
    Int(0, 100),
    "Policy, handed to the host: attempts after the first, 0 to 100.",
);
const RETRY_DELAY: Key = key(
    "retry_delay",
    Duration,
    "Policy, handed to the host: the pause before a further attempt.",
);
const PRIORITY: Key = key(
    "priority",
    Priority,
    "Policy, handed to the host: `low`, `normal` or `high`, of delivery.",
);
const DOC: Key = key("doc", Text, "What it is for, for people.");
const OWNER: Key = key("owner", Text, "Who answers for it.");
const EXPIRES: Key = key(
    "expires",
    Date,
    "The last good day, such as `2027-01-31`; once it is past, `check` fails.",
);

/// Of a file.
pub const FILE: &[Key] = &[
    key(
        "package",
        Package,
        "Name of the generated module and protobuf package: dotted identifiers. In exactly one file.",
    ),
    key(
        "version",
        Int(1, i64::MAX),
        "Version of the source, at least 1: raised with every change of what it says (`check-version`), never compared with the versions of pushes. In exactly one file.",
    ),
    key("consumers", Consumers, "Where events can go."),
    key(
        "events",
        Events,
        "Events without an exact route of their own: patterns or the fallback answer for them.",
    ),
    key(
        "defaults",
        Policy,
        "Policy of the delivering routes of this file that say nothing else.",
    ),
    key(
        "routes",
        Routes,
        "Where each event goes: by its name, or by a pattern, in which `*` stands for one segment and `**`, at the end, for one or more. A pattern that begins with `*` needs quotes.",
    ),
    key(
        "fallback",
        Fallback,
        "For names that nothing else matches; never added to a match. In one file.",
    ),
    key(
        "settings",
        Settings,
        "Typed values of the service. A map with a `type` is a setting, any other a group of them.",
    ),
    key(
        "rules",
        Rules,
        "Expressions that must hold over the settings, such as `request.timeout * (request.retries + 1) <= deadline`.",
    ),
    key(
        "tests",
        Tests,
        "What must be true; run by `test` and by the generated `#[test]`s.",
    ),
];

/// Of a test file, `*.test.yaml`.
pub const TEST_FILE: &[Key] = &[
    key(
        "tests",
        Tests,
        "What must be true of the definition beside it; run by `test`.",
    ),
    key(
        "package",
        Package,
        "The package of the definition that the tests are about.",
    ),
];

/// Of a consumer.
pub const CONSUMER: &[Key] = &[
    key(
        "kafka",
        Text,
        "A Kafka topic. As every address a default that the host may replace; it fills in `${NAME}`. No secrets.",
    ),
    key("nats", Text, "A NATS subject."),
    key("amqp", Text, "An AMQP exchange or queue."),
    key("redis", Text, "A Redis stream or channel."),
    key("sqs", Text, "An SQS queue."),
    key("grpc", Text, "A gRPC endpoint."),
    key("http", Text, "An HTTP endpoint."),
    key("unix", Text, "A unix socket."),
    key("local", True, "In the process itself: `local: true`."),
    key("other", Text, "An address of any other kind."),
    DOC,
    OWNER,
];

/// Of `defaults`, and of the `policy` of a test.
pub const POLICY: &[Key] = &[TIMEOUT, RETRIES, RETRY_DELAY, PRIORITY];

/// Of a route.
pub const ROUTE: &[Key] = &[
    TO,
    SPLIT,
    key(
        "mirror",
        Mirror,
        "Copies that never count as delivery: a consumer, a list of them, or each with a percentage such as `1%`.",
    ),
    DROP,
    TIMEOUT,
    RETRIES,
    RETRY_DELAY,
    PRIORITY,
    key(
        "rank",
        Int(i32::MIN as i64, i32::MAX as i64),
        "Decides between patterns that are equally specific: the higher one wins.",
    ),
    key(
        "enabled",
        Bool,
        "false: as if the route were not written; the event stays declared.",
    ),
    DOC,
    OWNER,
    key("deprecated", Text, "Why it should no longer be used."),
    EXPIRES,
];

/// Of the fallback.
pub const FALLBACK: &[Key] = &[TO, SPLIT, DROP, TIMEOUT, RETRIES, RETRY_DELAY, PRIORITY];

/// Of a test.
pub const TEST: &[Key] = &[
    key(
        "event",
        Event,
        "The event that is asked for; it need not be declared.",
    ),
    key(
        "to",
        OneOrConsumers,
        "Exactly these consumers, in any order.",
    ),
    key(
        "not_to",
        OneOrConsumers,
        "None of these consumers gets the event: not by `to`, `split` or `mirror`.",
    ),
    key("split", Weights, "Exactly these arms, with these weights."),
    key(
        "mirror",
        OneOrConsumers,
        "Exactly these consumers get copies.",
    ),
    key("drop", Bool, "Whether the event is dropped."),
    key("unrouted", Bool, "Whether nothing answers for the event."),
    key("policy", Policy, "What the policy says of these keys."),
    key(
        "key",
        Text,
        "The key of an event, for which `picks` says the arm.",
    ),
    key("picks", Consumer, "The arm that the split picks for `key`."),
    key(
        "shares",
        Shares,
        "The share of many keys that the split gives each consumer, such as `{ new: 5%, old: 95% }`; an arm that is not named gets none.",
    ),
    key(
        "mirror_shares",
        Shares,
        "The share of many keys that each mirror gets a copy of; a mirror that is not named gets none.",
    ),
    key(
        "within",
        Percent,
        "How far a measured share may be off either way, in percent of all keys; 1% if it is not said.",
    ),
    key(
        "keys",
        Int(1, Measured::KEYS_MAX as i64),
        "Over how many keys shares are measured; 10,000 if it is not said.",
    ),
    key(
        "seed",
        Int(0, i64::MAX),
        "What these keys are drawn from; `test --seed`, else 0, if it is not said.",
    ),
    key(
        "expired",
        Bool,
        "Whether the route that answers, or the setting, is past its last day (`expires`).",
    ),
    key(
        "at",
        Moment,
        "When `expired` is asked: a day, or a time such as `2027-01-31T08:00:00Z`; `test --at`, else today, if it is not said.",
    ),
    key(
        "setting",
        SettingPath,
        "The setting that is asked for, by its dotted path.",
    ),
    key("is", Value, "The value of the setting."),
];

/// Of a setting.
pub const SETTING: &[Key] = &[
    key(
        "type",
        Type,
        "bool, int, float, percent, duration, size, timestamp, string, enum or table; in brackets, such as `[int]`, a list of them.",
    ),
    key(
        "default",
        Value,
        "The value until something else is pushed.",
    ),
    key(
        "min",
        Bound,
        "The least value; of a string the least length, of a list for each element.",
    ),
    key(
        "max",
        Bound,
        "The greatest value; of a string the greatest length, of a list for each element.",
    ),
    key(
        "max_step",
        Step,
        "How far one push may move the value: a factor such as `2x` (which needs `min` above 0), or a difference such as `5` or `500ms`.",
    ),
    key(
        "cooldown",
        Duration,
        "The shortest time between two moves of the value.",
    ),
    key("values", Words, "The values of an enum."),
    key(
        "columns",
        Columns,
        "The columns of a table, such as `{ name: item, type: string }`.",
    ),
    DOC,
    OWNER,
    EXPIRES,
];

/// Of a column of a table.
pub const COLUMN: &[Key] = &[
    key("name", Text, "The name of the column."),
    key(
        "type",
        ColumnType,
        "The type of its cells: a single value, and no enum.",
    ),
];
