//! What a mapping gives: routes, fallbacks, consumers, settings, and what it leaves out.
//!
//! Each result is an object. One key says what it is (`event`, `pattern`, `glob`,
//! `fallback`, `consumer`, `setting`, `match`, `ignore`, `cannot`), the others describe it.

use std::collections::BTreeMap;

use routewright::Priority;
use routewright_schema::model::{ConsumerKind, Policy};
use routewright_schema::value::{parse_duration, parse_int, parse_share_ppm};

use crate::evaluate::text_of;
use crate::rules::Winners;
use crate::trace::{Origin, Trace};
use crate::value::{Data, Map, Value};

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
    /// What it was made of.
    pub from: Origin,
}

const KINDS: &[&str] = &[
    "event", "pattern", "glob", "fallback", "consumer", "setting", "match", "ignore", "cannot",
];
const TARGET: &[&str] = &["to", "split", "mirror", "drop"];
const POLICY: &[&str] = &["timeout", "retries", "retry_delay", "priority"];
const SETTING: &[&str] = &[
    "type", "values", "columns", "min", "max", "max_step", "cooldown",
];
const ROUTE: &[&str] = &["rank", "enabled", "doc", "owner", "deprecated"];

impl Item {
    /// What it is about.
    pub fn name(&self) -> Named {
        let nothing = || Named {
            text: String::new(),
            from: Origin::NOWHERE,
        };
        match self {
            Item::Route(route) => route.name.clone(),
            Item::Fallback(target, _) => target.to.first().cloned().unwrap_or_else(nothing),
            Item::Consumer(consumer) => consumer.name.clone(),
            Item::Setting(setting) => setting.name.clone(),
            Item::Cannot(_, about) => about.clone(),
            Item::Ignore(_) | Item::Match(_) => nothing(),
        }
    }

    /// Reads a result. A field that is null is as one that is not there.
    ///
    /// # Errors
    /// Why it means nothing.
    pub fn read(value: &Value, trace: &Trace) -> Result<Item, Fault> {
        let fault = |message: String| Fault {
            message,
            from: value.deep(trace),
        };
        let Data::Map(map) = &value.data else {
            let kind = value.data.kind();
            return Err(fault(format!(
                "a result is an object, not {kind} {}",
                value.data
            )));
        };
        let given: Vec<&str> = KINDS
            .iter()
            .copied()
            .filter(|kind| map.contains_key(*kind))
            .collect();
        let [kind] = given[..] else {
            let keys: Vec<&str> = map.keys().map(|key| &**key).collect();
            return Err(fault(format!(
                "a result has just one of {}; this one has {}",
                KINDS.join(", "),
                keys.join(", ")
            )));
        };
        let fields = Fields { kind, map, trace };
        fields.item().map_err(fault)
    }
}

struct Fields<'v> {
    kind: &'v str,
    map: &'v Map,
    trace: &'v Trace,
}

type Read<T> = Result<T, String>;

impl<'v> Fields<'v> {
    fn item(&self) -> Read<Item> {
        let kinds: Vec<&str> = ConsumerKind::ALL.iter().map(|kind| kind.as_str()).collect();
        let groups: &[&[&str]] = match self.kind {
            "event" | "pattern" | "glob" => &[TARGET, POLICY, ROUTE],
            "fallback" => &[&["split", "drop"], POLICY],
            "consumer" => &[&kinds, &["doc", "owner"]],
            "setting" => &[&["default"], SETTING, &["doc", "owner"]],
            "match" => &[],
            _ => &[&["why"]],
        };
        let allowed: Vec<&str> = groups
            .iter()
            .flat_map(|group| group.iter().copied())
            .collect();
        let odd = self
            .map
            .keys()
            .find(|key| &***key != self.kind && !allowed.contains(&&***key));
        if let Some(odd) = odd {
            let list = allowed.join(", ");
            return Err(format!(
                "`{}` has no field `{odd}`; it has {list}",
                self.kind
            ));
        }
        Ok(match self.kind {
            "event" => Item::Route(self.route(Meets::Exactly)?),
            "pattern" => Item::Route(self.route(Meets::Pattern)?),
            "glob" => Item::Route(self.route(Meets::Glob)?),
            "fallback" => Item::Fallback(self.target("fallback")?, self.policy()?),
            "consumer" => Item::Consumer(self.consumer()?),
            "setting" => Item::Setting(self.setting()?),
            "match" => Item::Match(self.winners()?),
            kind => {
                let why = self.text("why")?;
                let why = why.ok_or_else(|| format!("`{kind}` needs a reason: `why`"))?;
                match kind {
                    "ignore" => Item::Ignore(why),
                    _ => Item::Cannot(why, first(&self.map[kind].value)),
                }
            }
        })
    }

    fn get(&self, key: &str) -> Option<&'v Value> {
        let value = &self.map.get(key)?.value;
        (!matches!(value.data, Data::Null)).then_some(value)
    }

    fn text(&self, key: &str) -> Read<Option<String>> {
        match self.get(key).map(|value| &value.data) {
            None => Ok(None),
            Some(data @ (Data::Text(_) | Data::Number(_) | Data::Bool(_))) => {
                Ok(Some(text_of(data)))
            }
            Some(other) => Err(format!("`{key}` is text, not {}", other.kind())),
        }
    }

    fn named(&self, key: &str) -> Read<Named> {
        let text = self.text(key)?.ok_or_else(|| format!("`{key}` is null"))?;
        let from = self.map[key].value.from;
        Ok(Named { text, from })
    }

    fn route(&self, meets: Meets) -> Read<Route> {
        Ok(Route {
            name: self.named(self.kind)?,
            meets,
            target: self.target("to")?,
            policy: self.policy()?,
            rank: self.integer("rank")?.unwrap_or(0),
            enabled: self.boolean("enabled")?.unwrap_or(true),
            doc: self.text("doc")?,
            owner: self.text("owner")?,
            deprecated: self.text("deprecated")?,
        })
    }

    /// `to` may stand under another key.
    fn target(&self, to: &str) -> Read<Target> {
        let target = Target {
            to: self
                .get(to)
                .map_or(Ok(Vec::new()), |value| self.names(to, value))?,
            split: self.weights("split", |text| {
                let weight = parse_int(text).ok().and_then(|n| u32::try_from(n).ok());
                weight.ok_or_else(|| format!("{text:?} is no weight"))
            })?,
            mirror: self.weights("mirror", |text| {
                parse_share_ppm(text).map_err(|fault| fault.message)
            })?,
            drop: self.text("drop")?,
        };
        let delivers = !target.to.is_empty() || !target.split.is_empty();
        match (delivers, &target.drop) {
            (true, Some(_)) => Err("a route that goes somewhere cannot `drop`".to_owned()),
            (false, None) => Err(format!(
                "it goes nowhere: there is no `{to}`, `split` or `drop`"
            )),
            _ => Ok(target),
        }
    }

    fn names(&self, key: &str, value: &Value) -> Read<Vec<Named>> {
        match &value.data {
            Data::List(items) => {
                let mut names = Vec::new();
                for item in items.iter() {
                    names.extend(self.names(key, item)?);
                }
                Ok(names)
            }
            data @ (Data::Text(_) | Data::Number(_) | Data::Bool(_)) => Ok(vec![Named {
                text: text_of(data),
                from: value.from,
            }]),
            other => Err(format!(
                "`{key}` is a name or a list of names, not {}",
                other.kind()
            )),
        }
    }

    fn weights(&self, key: &str, read: impl Fn(&str) -> Read<u32>) -> Read<BTreeMap<String, u32>> {
        let Some(value) = self.get(key) else {
            return Ok(BTreeMap::new());
        };
        let Data::Map(map) = &value.data else {
            return Err(format!(
                "`{key}` is an object of names and weights, not {}",
                value.data.kind()
            ));
        };
        map.iter()
            .map(|(name, entry)| Ok((name.to_string(), read(&text_of(&entry.value.data))?)))
            .collect()
    }

    fn policy(&self) -> Read<Policy> {
        let priority = |text: String| {
            let all = [Priority::Low, Priority::Normal, Priority::High];
            let found = ["low", "normal", "high"]
                .iter()
                .position(|word| *word == text);
            let unknown = || format!("`priority` is low, normal or high, not {text:?}");
            found.map(|at| all[at]).ok_or_else(unknown)
        };
        Ok(Policy {
            timeout_ns: self.duration("timeout")?,
            retries: self.integer("retries")?,
            retry_delay_ns: self.duration("retry_delay")?,
            priority: self.text("priority")?.map(priority).transpose()?,
        })
    }

    fn duration(&self, key: &str) -> Read<Option<u64>> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        let read = parse_duration(&text);
        read.map(Some).map_err(|fault| {
            let hint = r#"; a unit is put behind it with "\(.delay)ms""#;
            let unit = text.bytes().all(|b| b.is_ascii_digit());
            format!("`{key}`: {}{}", fault.message, if unit { hint } else { "" })
        })
    }

    fn integer<T: TryFrom<i64>>(&self, key: &str) -> Read<Option<T>> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        let number = parse_int(&text).ok().and_then(|n| T::try_from(n).ok());
        number
            .map(Some)
            .ok_or_else(|| format!("`{key}` cannot be {text:?}"))
    }

    fn boolean(&self, key: &str) -> Read<Option<bool>> {
        match self.get(key).map(|value| &value.data) {
            None => Ok(None),
            Some(Data::Bool(yes)) => Ok(Some(*yes)),
            Some(other) => Err(format!("`{key}` is true or false, not {other}")),
        }
    }

    fn consumer(&self) -> Read<Consumer> {
        let name = self.named("consumer")?;
        let mut kinds = ConsumerKind::ALL
            .into_iter()
            .filter(|kind| self.get(kind.as_str()).is_some());
        let (kind, address) = match (kinds.next(), kinds.next()) {
            (None, _) => (ConsumerKind::Other, name.text.clone()),
            (Some(ConsumerKind::Local), None) => (ConsumerKind::Local, String::new()),
            (Some(kind), None) => (kind, self.text(kind.as_str())?.unwrap_or_default()),
            _ => return Err("a consumer is reached in one way".to_owned()),
        };
        Ok(Consumer {
            name,
            kind,
            address,
            doc: self.text("doc")?,
            owner: self.text("owner")?,
        })
    }

    fn setting(&self) -> Read<Setting> {
        let default = self.get("default").ok_or("`setting` needs a `default`")?;
        Ok(Setting {
            name: self.named("setting")?,
            default: Value {
                data: default.data.clone(),
                from: default.deep(self.trace),
            },
            fields: SETTING
                .iter()
                .filter_map(|key| Some((*key, self.get(key)?.clone())))
                .collect(),
            doc: self.text("doc")?,
            owner: self.text("owner")?,
        })
    }

    fn winners(&self) -> Read<Winners> {
        let given = self.named("match")?.text;
        let found = Winners::ALL.iter().find(|(word, _)| *word == given);
        found.map(|(_, winners)| *winners).ok_or_else(|| {
            let words: Vec<&str> = Winners::ALL.iter().map(|(word, _)| *word).collect();
            format!("`match` is one of {}, not {given:?}", words.join(", "))
        })
    }
}

/// The first scalar of a value, which is where to look for it.
fn first(value: &Value) -> Named {
    let inner = match &value.data {
        Data::List(items) => items.first(),
        Data::Map(map) => map.values().next().map(|entry| &entry.value),
        _ => None,
    };
    inner.map_or_else(
        || Named {
            text: text_of(&value.data),
            from: value.from,
        },
        first,
    )
}
