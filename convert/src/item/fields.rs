//! A result of a mapping, field by field.

use std::cell::RefCell;
use std::collections::BTreeMap;

use routewright::Priority;
use routewright::limits::{RETRIES_MAX, SPLIT_WEIGHT_MAX};
use routewright_schema::model::{ConsumerKind, Policy};
use routewright_schema::value::{parse_int, parse_share_ppm};

use super::{Consumer, Fault, Item, Meets, Named, Route, Setting, Target};
use crate::evaluate::text_of;
use crate::mapping::nearest;
use crate::observe;
use crate::rules::Winners;
use crate::trace::Trace;
use crate::value::{Data, Map, Value};

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
    /// Reads a result. A field that is null is as one that is not there.
    ///
    /// # Errors
    /// Why it means nothing.
    pub fn read(value: &Value, trace: &Trace) -> Result<Item, Fault> {
        let fault = |message: String| Fault {
            message,
            about: about(value, trace),
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
            return Err(fault(kinds(map, &given)));
        };
        let fields = Fields {
            kind,
            map,
            trace,
            notes: RefCell::default(),
        };
        let item = fields.item().map_err(fault)?;
        Ok(match (item, &map[kind].value.data) {
            // There is nothing to tell of.
            (Item::Cannot(why, _), Data::Null) => Item::Ignore(why),
            (item, _) => item,
        })
    }
}

/// Why a result is of no kind, or of several.
fn kinds(map: &Map, given: &[&str]) -> String {
    let keys: Vec<&str> = map.keys().map(|key| &**key).collect();
    if given.contains(&"match") {
        return format!(
            "`match` stands alone, as `{{match: \"all\"}}`, and not beside {}",
            keys.iter()
                .filter(|key| **key != "match")
                .copied()
                .collect::<Vec<_>>()
                .join(", ")
        );
    }
    let near = keys
        .iter()
        .find_map(|key| match nearest(key, KINDS.iter().copied()) {
            near if near.is_empty() => None,
            near => Some(near),
        });
    format!(
        "a result has just one of {}; this one has {}{}",
        KINDS.join(", "),
        keys.join(", "),
        near.filter(|_| given.is_empty()).unwrap_or_default()
    )
}

/// What a result is about: what its kind names, else the first text in it.
fn about(value: &Value, trace: &Trace) -> Named {
    let named = match &value.data {
        Data::Map(map) => KINDS.iter().find_map(|kind| {
            let value = &map.get(*kind)?.value;
            matches!(value.data, Data::Text(_)).then(|| first(value))
        }),
        _ => None,
    };
    named.unwrap_or_else(|| Named {
        text: first(value).text,
        from: value.deep(trace),
    })
}

struct Fields<'v> {
    kind: &'v str,
    map: &'v Map,
    trace: &'v Trace,
    /// What a route cannot say, and what was done instead.
    notes: RefCell<Vec<String>>,
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
            let near = nearest(odd, allowed.iter().copied());
            return Err(format!(
                "`{}` has no field `{odd}`; it has {list}{near}",
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
        if text.is_empty() {
            return Err(format!("`{key}` is an empty text"));
        }
        let from = self.map[key].value.from;
        Ok(Named { text, from })
    }

    fn route(&self, meets: Meets) -> Read<Route> {
        let name = self.named(self.kind)?;
        // An exact name wins without.
        let ranks = meets != Meets::Exactly && name.text.contains('*');
        let rank = self.integer("rank")?.filter(|_| ranks).unwrap_or(0);
        Ok(Route {
            name,
            meets,
            target: self.target("to")?,
            policy: self.policy()?,
            rank,
            enabled: self.boolean("enabled")?.unwrap_or(true),
            doc: self.text("doc")?,
            owner: self.text("owner")?,
            deprecated: self.text("deprecated")?,
            notes: self.notes.take(),
        })
    }

    fn note(&self, note: String) {
        self.notes.borrow_mut().push(note);
    }

    /// `to` may stand under another key.
    fn target(&self, to: &str) -> Read<Target> {
        let target = Target {
            to: self
                .get(to)
                .map_or(Ok(Vec::new()), |value| self.names(to, value))?,
            split: self.split()?,
            mirror: self.weights("mirror", |text| {
                parse_share_ppm(text).map_err(|fault| fault.message)
            })?,
            drop: self.text("drop")?,
        };
        let delivers = !target.to.is_empty() || !target.split.is_empty();
        match (delivers, &target.drop) {
            (true, Some(_)) => Err("a route that goes somewhere cannot `drop`".to_owned()),
            (false, None) => Err(match self.map.get(to) {
                Some(entry) if matches!(entry.value.data, Data::Null) => {
                    format!("it goes nowhere: `{to}` was computed, and is null")
                }
                Some(_) => format!("it goes nowhere: `{to}` is an empty list"),
                None => format!("it goes nowhere: there is no `{to}`, `split` or `drop`"),
            }),
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
            Data::Text(text) if text.is_empty() => Err(format!("`{key}` has an empty name")),
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

    /// Weights of which one is 0 are written without it; those that add up to too much, by
    /// their greatest common divisor.
    fn split(&self) -> Read<BTreeMap<String, u32>> {
        let mut split = self.weights("split", |text| {
            let weight = parse_int(text).ok().and_then(|n| u32::try_from(n).ok());
            weight.ok_or_else(|| format!("{text:?} is no weight: an integer of at least 0"))
        })?;
        let arms = split.len();
        for name in split
            .iter()
            .filter(|(_, weight)| **weight == 0)
            .map(|(name, _)| name)
        {
            self.note(format!(
                "`{name}` has the weight 0 and gets nothing; it is left out of the split"
            ));
        }
        split.retain(|_, weight| *weight > 0);
        if arms > 0 && split.is_empty() {
            return Err("all weights of the split are 0".to_owned());
        }
        let sum: u64 = split.values().map(|weight| u64::from(*weight)).sum();
        let common = split.values().copied().fold(0, gcd).max(1);
        if sum > u64::from(SPLIT_WEIGHT_MAX) {
            split.values_mut().for_each(|weight| *weight /= common);
            if sum / u64::from(common) > u64::from(SPLIT_WEIGHT_MAX) {
                return Err(format!(
                    "the weights add up to {sum}; at most {SPLIT_WEIGHT_MAX} can be written"
                ));
            }
        }
        Ok(split)
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
            retries: self.retries()?,
            retry_delay_ns: self.duration("retry_delay")?,
            priority: self.text("priority")?.map(priority).transpose()?,
        })
    }

    fn retries(&self) -> Read<Option<u32>> {
        let given: Option<u32> = self.integer("retries")?;
        if let Some(n) = given.filter(|n| *n > RETRIES_MAX) {
            self.note(format!(
                "{n} retries are more than a route can have ({RETRIES_MAX}); it is written without"
            ));
            return Ok(None);
        }
        Ok(given)
    }

    fn duration(&self, key: &str) -> Read<Option<u64>> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        let read = observe::duration(&text);
        read.map(Some).map_err(|fault| {
            let digits = text.bytes().all(|b| b.is_ascii_digit());
            let hint = match text.starts_with("null") {
                true => r#"; for what may be absent: ((.delay | values | "\(.)ms") // null)"#,
                false if digits => r#"; a unit is put behind it with "\(.delay)ms""#,
                false => "",
            };
            format!("`{key}`: {}{hint}", fault.message)
        })
    }

    fn integer<T: TryFrom<i64>>(&self, key: &str) -> Read<Option<T>> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        let number = parse_int(&text).ok().and_then(|n| T::try_from(n).ok());
        number
            .map(Some)
            .ok_or_else(|| format!("`{key}` is an integer, not {text:?}"))
    }

    fn boolean(&self, key: &str) -> Read<Option<bool>> {
        match self.get(key).map(|value| &value.data) {
            None => Ok(None),
            Some(Data::Bool(yes)) => Ok(Some(*yes)),
            Some(other) => Err(format!(
                "`{key}` is true or false, not {other}; of words: (.{key} | IN(\"yes\", \"on\", true))"
            )),
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

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
