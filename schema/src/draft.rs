//! What a text says, one to one: everything spanned, nothing checked but shape.
//!
//! Every front end (YAML, message, `.proto`) ends here, and `resolve` begins here.
//! Scalars stay text, exactly as they stand (without quotes): what `0400` or `yes`
//! means depends on where it stands, and is decided by `resolve`.

use routewright::Form;

use crate::source::{FileId, Span, Text};

/// One file.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Which one.
    pub file: FileId,
    /// Whether it is a test file (`*.test.yaml`): its `tests` are no part of the
    /// definition, and its `package` says which one it is about.
    pub only_tests: bool,
    /// `package`.
    pub package: Option<Text>,
    /// `version`.
    pub version: Option<Text>,
    /// `consumers`, in the order of the text.
    pub consumers: Vec<DraftConsumer>,
    /// `events`.
    pub events: Vec<Text>,
    /// Messages that are payloads of events; only of `.proto` texts.
    pub payloads: Vec<DraftPayload>,
    /// `defaults`.
    pub defaults: DraftPolicy,
    /// `routes`.
    pub routes: Vec<DraftRoute>,
    /// `fallback`.
    pub fallback: Option<DraftRoute>,
    /// `settings`, groups flattened: the name is the dotted path, its span the last key's.
    pub settings: Vec<DraftSetting>,
    /// `rules`.
    pub rules: Vec<Text>,
    /// `tests`.
    pub tests: Vec<DraftTest>,
}

/// A message that is the payload of an event, and so declares it.
#[derive(Clone, Debug, Default)]
pub struct DraftPayload {
    /// The event.
    pub event: Text,
    /// Full name of the message.
    pub message: Text,
}

/// One entry of `consumers`.
#[derive(Clone, Debug, Default)]
pub struct DraftConsumer {
    /// Its name.
    pub name: Text,
    /// The kinds that are given, each with its address. Exactly one is right.
    pub addresses: Vec<(Text, Text)>,
    /// `doc`.
    pub doc: Option<Text>,
    /// `owner`.
    pub owner: Option<Text>,
}

/// Policy keys.
#[derive(Clone, Debug, Default)]
pub struct DraftPolicy {
    /// `timeout`.
    pub timeout: Option<Text>,
    /// `retries`.
    pub retries: Option<Text>,
    /// `retry_delay`.
    pub retry_delay: Option<Text>,
    /// `priority`.
    pub priority: Option<Text>,
}

/// One entry of `routes`, or `fallback` (then `name` is empty and spans the key).
#[derive(Clone, Debug, Default)]
pub struct DraftRoute {
    /// Event or pattern.
    pub name: Text,
    /// `to`; `None`: the key is absent.
    pub to: Option<Vec<Text>>,
    /// `split`: consumer, weight.
    pub split: Option<Vec<(Text, Text)>>,
    /// `mirror`: consumer, share if one is given.
    pub mirror: Option<Vec<(Text, Option<Text>)>>,
    /// `drop`.
    pub drop: Option<Text>,
    /// `timeout` and so on.
    pub policy: DraftPolicy,
    /// `rank`.
    pub rank: Option<Text>,
    /// `enabled`.
    pub enabled: Option<Text>,
    /// `doc`.
    pub doc: Option<Text>,
    /// `owner`.
    pub owner: Option<Text>,
    /// `deprecated`.
    pub deprecated: Option<Text>,
    /// `expires`.
    pub expires: Option<Text>,
}

/// A value as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftValue {
    /// A scalar.
    One(Text),
    /// A list of scalars, and where it stands.
    List(Vec<Text>, Span),
    /// A list of lists of scalars, and where it stands.
    Table(Vec<(Vec<Text>, Span)>, Span),
    /// Any number of scalars in a format that has no word for a list: the type of the
    /// setting says what they are.
    Repeated(Vec<Text>, Span),
}

impl DraftValue {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            DraftValue::One(text) => text.span,
            DraftValue::List(_, span)
            | DraftValue::Table(_, span)
            | DraftValue::Repeated(_, span) => *span,
        }
    }

    /// The value of a setting of that form. `None`: no scalars, where one is needed.
    pub fn of(self, form: Form) -> Option<DraftValue> {
        match (self, form) {
            (DraftValue::Repeated(texts, span), Form::Table) if texts.is_empty() => {
                Some(DraftValue::Table(Vec::new(), span))
            }
            (DraftValue::Repeated(mut texts, _), Form::One) if texts.len() < 2 => {
                texts.pop().map(DraftValue::One)
            }
            (DraftValue::Repeated(texts, span), _) => Some(DraftValue::List(texts, span)),
            (value, _) => Some(value),
        }
    }
}

/// A setting.
#[derive(Clone, Debug, Default)]
pub struct DraftSetting {
    /// Its dotted path.
    pub name: Text,
    /// `type`; a list `[int]` is spelled `"[int]"` here.
    pub ty: Option<Text>,
    /// `default`.
    pub default: Option<DraftValue>,
    /// `min`.
    pub min: Option<Text>,
    /// `max`.
    pub max: Option<Text>,
    /// `max_step`.
    pub max_step: Option<Text>,
    /// `cooldown`.
    pub cooldown: Option<Text>,
    /// `values`.
    pub values: Option<Vec<Text>>,
    /// `columns`: name, type.
    pub columns: Option<Vec<(Text, Text)>>,
    /// `doc`.
    pub doc: Option<Text>,
    /// `owner`.
    pub owner: Option<Text>,
    /// `expires`.
    pub expires: Option<Text>,
}

/// One entry of `tests`.
#[derive(Clone, Debug, Default)]
pub struct DraftTest {
    /// Where the entry stands.
    pub span: Span,
    /// `event`.
    pub event: Option<Text>,
    /// `to`.
    pub to: Option<Vec<Text>>,
    /// `not_to`.
    pub not_to: Option<Vec<Text>>,
    /// `split`.
    pub split: Option<Vec<(Text, Text)>>,
    /// `mirror`.
    pub mirror: Option<Vec<Text>>,
    /// `drop`.
    pub drop: Option<Text>,
    /// `unrouted`.
    pub unrouted: Option<Text>,
    /// `policy`.
    pub policy: DraftPolicy,
    /// `key`.
    pub key: Option<Text>,
    /// `picks`.
    pub picks: Option<Text>,
    /// `shares`: consumer, percentage.
    pub shares: Option<Vec<(Text, Text)>>,
    /// `mirror_shares`, likewise.
    pub mirror_shares: Option<Vec<(Text, Text)>>,
    /// `within`.
    pub within: Option<Text>,
    /// `keys`.
    pub keys: Option<Text>,
    /// `seed`.
    pub seed: Option<Text>,
    /// `expired`.
    pub expired: Option<Text>,
    /// `at`.
    pub at: Option<Text>,
    /// `setting`.
    pub setting: Option<Text>,
    /// `is`.
    pub is: Option<DraftValue>,
}
