//! What a mapping gives: routes, fallbacks, consumers, settings, and what it leaves out.
//!
//! Each result is an object. One key says what it is (`event`, `pattern`, `glob`,
//! `fallback`, `consumer`, `setting`, `match`, `ignore`, `cannot`), the others describe it.

mod fields;

use std::collections::BTreeMap;

use routewright_schema::model::{ConsumerKind, Policy};

use crate::rules::Winners;
use crate::trace::Origin;
use crate::value::Value;

/// One result.
#[derive(Clone, Debug)]
pub enum Item {
    /// Where an event goes.
    Route(Route),
    /// Where everything else goes.
    Fallback(Target, Policy),
    /// How a consumer is reached.
    Consumer(Consumer),
    /// A setting.
    Setting(Setting),
    /// Which of several rules that meet an event answer.
    Match(Winners),
    /// Content that has no meaning here, and why.
    Ignore(String),
    /// Content that cannot be expressed, and why.
    Cannot(String, Named),
}

/// Text, and where it came from.
#[derive(Clone, Debug)]
pub struct Named {
    /// The text.
    pub text: String,
    /// Where from.
    pub from: Origin,
}

/// How the name of a route meets events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meets {
    /// It is the event.
    Exactly,
    /// As Routewright's patterns do.
    Pattern,
    /// As a shell's do: `*` is any text, with its dots.
    Glob,
}

/// A route as the source has it.
#[derive(Clone, Debug)]
pub struct Route {
    /// Event or pattern.
    pub name: Named,
    /// What that means.
    pub meets: Meets,
    /// Where to.
    pub target: Target,
    /// How.
    pub policy: Policy,
    /// Decides between equally specific patterns.
    pub rank: i32,
    /// false: it is written, and off.
    pub enabled: bool,
    /// For people.
    pub doc: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Why it should not be used.
    pub deprecated: Option<String>,
    /// What of it a route cannot say, and what was done instead.
    pub notes: Vec<String>,
}

/// Where to, by the names of the source.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// All of these.
    pub to: Vec<Named>,
    /// One of these.
    pub split: BTreeMap<String, u32>,
    /// Copies, in parts per million.
    pub mirror: BTreeMap<String, u32>,
    /// Nobody.
    pub drop: Option<String>,
}

/// A consumer as the source has it.
#[derive(Clone, Debug)]
pub struct Consumer {
    /// Its name there.
    pub name: Named,
    /// How it is reached.
    pub kind: ConsumerKind,
    /// Where.
    pub address: String,
    /// For people.
    pub doc: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
}

/// A setting as the source has it.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its path there.
    pub name: Named,
    /// Its value.
    pub default: Value,
    /// What else it is, as a definition spells it: its type, its bounds.
    pub fields: Vec<(&'static str, Value)>,
    /// For people.
    pub doc: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
}

/// A result that means nothing.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Why.
    pub message: String,
    /// What it is about: the name, if it has one, else all that it was made of.
    pub about: Named,
}

impl Item {
    /// What it is about.
    pub fn name(&self) -> Named {
        let nothing = |kind: &str| Named {
            text: kind.to_owned(),
            from: Origin::NOWHERE,
        };
        match self {
            Item::Route(route) => route.name.clone(),
            Item::Fallback(..) => nothing("fallback"),
            Item::Consumer(consumer) => consumer.name.clone(),
            Item::Setting(setting) => setting.name.clone(),
            Item::Cannot(_, about) => about.clone(),
            Item::Match(_) => nothing("match"),
            Item::Ignore(_) => nothing("ignore"),
        }
    }
}
