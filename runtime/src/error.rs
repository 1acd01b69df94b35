//! What is refused, and why: one shape for a definition, a push and a rollback.

use std::borrow::Cow;
use std::fmt;

use crate::limits::{SHOWN_BYTES_MAX, VIOLATIONS_MAX};
use crate::scalar::Scalar;

/// A stable word for a reason. Programs match on it; messages may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Code {
    /// The bytes are not a RouteMap.
    Malformed,
    /// A field that this engine does not know.
    UnknownField,
    /// A field that may stand once stands twice.
    DuplicateField,
    /// A required field is absent.
    Missing,
    /// The map says nothing at all.
    EmptyMap,
    /// A field that this mode does not have.
    WrongMode,
    /// The version was accepted before, or is below one that was.
    StaleVersion,
    /// The same version was accepted with other bytes.
    VersionConflict,
    /// The version is too far above the accepted one.
    VersionJump,
    /// Another version is serving than the push expected.
    ServingMismatch,
    /// No such generation is kept, or its lease has ended.
    UnknownGeneration,
    /// The map was made for another catalog, and does not fit this one.
    SchemaMismatch,
    /// No such consumer.
    UnknownConsumer,
    /// No such setting.
    UnknownSetting,
    /// Nothing of that name to remove.
    UnknownRoute,
    /// The name stands twice.
    Duplicate,
    /// The name is not allowed.
    BadName,
    /// A limit is exceeded.
    Limit,
    /// The route says neither where to nor why not.
    NoTarget,
    /// `drop` stands beside `to`, `split` or `mirror`.
    DropWithTarget,
    /// A weight is zero, or their sum too large.
    BadWeight,
    /// A share is zero or above the whole.
    BadShare,
    /// `rank` on a name that is no pattern.
    RankWithoutPattern,
    /// Two patterns meet the same name, and nothing decides between them.
    Tie,
    /// Other patterns beat this one everywhere.
    DeadPattern,
    /// The value is not of the setting's type.
    WrongType,
    /// The value is below the setting's `min`.
    BelowMin,
    /// The value is above the setting's `max`.
    AboveMax,
    /// The value is not one of the enum's.
    NotAValue,
    /// The declaration of the setting contradicts itself.
    BadSetting,
    /// The value moves further than `max_step` allows.
    Step,
    /// The setting moved too short a time ago.
    Cooldown,
    /// A rule does not hold.
    Rule,
    /// The code of a rule is not well formed.
    BadRule,
    /// More routes go away than are allowed without saying so.
    Removals,
    /// The walk that this is a step of was stopped.
    RampStopped,
    /// What the host reports is beyond a limit.
    Guard,
    /// The process ended while this image was new.
    Quarantined,
    /// The lease had ended before.
    LeaseEnded,
    /// Something was published before.
    NotFresh,
    /// No seed was found that gives each name a place of its own.
    NoSeed,
}

impl Code {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Code::Malformed => "malformed",
            Code::UnknownField => "unknown_field",
            Code::DuplicateField => "duplicate_field",
            Code::Missing => "missing",
            Code::EmptyMap => "empty_map",
            Code::WrongMode => "wrong_mode",
            Code::StaleVersion => "stale_version",
            Code::VersionConflict => "version_conflict",
            Code::VersionJump => "version_jump",
            Code::ServingMismatch => "serving_mismatch",
            Code::UnknownGeneration => "unknown_generation",
            Code::SchemaMismatch => "schema_mismatch",
            Code::UnknownConsumer => "unknown_consumer",
            Code::UnknownSetting => "unknown_setting",
            Code::UnknownRoute => "unknown_route",
            Code::Duplicate => "duplicate",
            Code::BadName => "bad_name",
            Code::Limit => "limit",
            Code::NoTarget => "no_target",
            Code::DropWithTarget => "drop_with_target",
            Code::BadWeight => "bad_weight",
            Code::BadShare => "bad_share",
            Code::RankWithoutPattern => "rank_without_pattern",
            Code::Tie => "tie",
            Code::DeadPattern => "dead_pattern",
            Code::WrongType => "wrong_type",
            Code::BelowMin => "below_min",
            Code::AboveMax => "above_max",
            Code::NotAValue => "not_a_value",
            Code::BadSetting => "bad_setting",
            Code::Step => "step",
            Code::Cooldown => "cooldown",
            Code::Rule => "rule",
            Code::BadRule => "bad_rule",
            Code::Removals => "removals",
            Code::RampStopped => "ramp_stopped",
            Code::Guard => "guard",
            Code::Quarantined => "quarantined",
            Code::LeaseEnded => "lease_ended",
            Code::NotFresh => "not_fresh",
            Code::NoSeed => "no_seed",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a violation is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Subject {
    /// The map, definition or request as a whole.
    Map,
    /// A declared event.
    Event(String),
    /// A declared consumer.
    Consumer(String),
    /// The route of that event or pattern.
    Route(String),
    /// The fallback.
    Fallback,
    /// The removal of that event or pattern.
    Removal(String),
    /// The setting of that dotted path.
    Setting(String),
    /// The rule at that position.
    Rule(usize),
}

/// Where a violation is: a subject, and the part of it, if it is only a part.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    /// What it is about.
    pub subject: Subject,
    /// The key within the subject as in the definition language ("to", "max_step");
    /// empty: all of it.
    pub part: &'static str,
    /// The position within that part, if it is a list.
    pub index: Option<usize>,
}

impl Path {
    /// The whole of that subject.
    pub fn of(subject: Subject) -> Path {
        Path {
            subject,
            part: "",
            index: None,
        }
    }

    /// A part of it.
    pub fn part(subject: Subject, part: &'static str) -> Path {
        Path {
            subject,
            part,
            index: None,
        }
    }

    /// An element of a part of it.
    pub fn item(subject: Subject, part: &'static str, index: usize) -> Path {
        Path {
            subject,
            part,
            index: Some(index),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut dot = ".";
        match &self.subject {
            Subject::Map => dot = "",
            Subject::Event(name) => write!(f, "events.{name:?}")?,
            Subject::Consumer(name) => write!(f, "consumers.{name}")?,
            Subject::Route(name) => write!(f, "routes.{name:?}")?,
            Subject::Fallback => f.write_str("fallback")?,
            Subject::Removal(name) => write!(f, "removals.{name:?}")?,
            Subject::Setting(name) => write!(f, "settings.{name}")?,
            Subject::Rule(at) => write!(f, "rules[{at}]")?,
        }
        match (self.part, dot) {
            ("", "") => f.write_str("map")?,
            ("", _) => {}
            (part, dot) => write!(f, "{dot}{part}")?,
        }
        match self.index {
            Some(index) => write!(f, "[{index}]"),
            None => Ok(()),
        }
    }
}

/// A figure or name of a violation, by its role: `value`, `max`, `served`,
/// `rival`, `witness`, ...
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Its role.
    pub name: &'static str,
    /// What it is.
    pub value: Scalar<String>,
}

/// One reason why something is refused. `Display` is one line for people.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Where.
    pub path: Path,
    /// What, as a stable word.
    pub code: Code,
    /// What, in a sentence without the path, and what would be accepted.
    pub message: String,
    /// The figures and names of the message.
    pub facts: Vec<Fact>,
}

impl Violation {
    /// A violation without facts.
    pub fn new(path: Path, code: Code, message: impl Into<String>) -> Violation {
        let mut path = path;
        if let Subject::Event(name)
        | Subject::Consumer(name)
        | Subject::Route(name)
        | Subject::Removal(name)
        | Subject::Setting(name) = &mut path.subject
            && let Cow::Owned(short) = shown(name)
        {
            *name = short;
        }
        Violation {
            path,
            code,
            message: message.into(),
            facts: Vec::new(),
        }
    }

    /// Adds a fact. Of a text it keeps as much as can be shown.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: Scalar<&str>) -> Violation {
        let value = value.shown().to_owned();
        self.facts.push(Fact { name, value });
        self
    }

    /// Adds what there is, and how much of it is allowed.
    #[must_use]
    pub fn limit(self, value: usize, max: usize) -> Violation {
        self.count("value", value).count("max", max)
    }

    /// Adds a count.
    #[must_use]
    pub fn count(self, name: &'static str, value: usize) -> Violation {
        self.fact(name, Scalar::Int(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    /// Adds a name.
    #[must_use]
    pub fn named(self, name: &'static str, value: &str) -> Violation {
        self.fact(name, Scalar::String(value))
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// As much of a text as a refusal shows. A push can hold megabytes where a name or a value
/// is expected; nobody reads them, and a refusal must not be larger than what it refuses.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    match text.len() <= SHOWN_BYTES_MAX {
        true => Cow::Borrowed(text),
        false => {
            let end = text.floor_char_boundary(SHOWN_BYTES_MAX);
            Cow::Owned(format!("{}...", &text[..end]))
        }
    }
}

/// Why something is refused: at least one violation, at most
/// [`VIOLATIONS_MAX`] of them kept, all of them counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Violations {
    list: Vec<Violation>,
    count: usize,
}

impl Violations {
    /// None yet.
    pub fn new() -> Violations {
        Violations::default()
    }

    /// Adds one.
    pub fn push(&mut self, violation: Violation) {
        self.count += 1;
        if self.list.len() < VIOLATIONS_MAX {
            self.list.push(violation);
        }
    }

    /// Whether another one would still be kept.
    pub fn has_room(&self) -> bool {
        self.list.len() < VIOLATIONS_MAX
    }

    /// Those that were kept, in the order in which they were found.
    pub fn list(&self) -> &[Violation] {
        &self.list
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// `value` if nothing was found.
    pub fn or<T>(self, value: T) -> Result<T, Violations> {
        match self.count {
            0 => Ok(value),
            _ => Err(self),
        }
    }

    /// Stops here if anything was found.
    pub fn stop(&mut self) -> Result<(), Violations> {
        std::mem::take(self).or(())
    }
}

impl From<Violation> for Violations {
    fn from(violation: Violation) -> Violations {
        Violations {
            list: vec![violation],
            count: 1,
        }
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, violation) in self.list.iter().enumerate() {
            match at {
                0 => write!(f, "{violation}")?,
                _ => write!(f, "\n{violation}")?,
            }
        }
        match self.count - self.list.len() {
            0 => Ok(()),
            more => write!(f, "\n(and {more} more)"),
        }
    }
}

impl std::error::Error for Violations {}
