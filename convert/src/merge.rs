//! Items to one definition: the same event from several places goes to all of them.

use std::collections::{BTreeMap, HashMap};

use routewright::name::{check_event, check_route};
use routewright::{Form, Kind, Scalar};
use routewright_schema::model::{self, ConsumerKind, Definition, Policy};
use routewright_schema::source::Span;
use routewright_schema::value;

use crate::document::{Corpus, NodeKind, QuirkKind};
use crate::item::{Consumer, Item, Meets, Named, Route, Setting, Target};
use crate::names::{self, Renamed};
use crate::trace::Trace;
use crate::value::{Data, Value};

/// What items mean together.
#[derive(Debug, Default)]
pub struct Merged {
    /// The definition.
    pub definition: Definition,
    /// Consumers: their names in the source, and here.
    pub consumers: Renamed,
    /// Settings, likewise.
    pub settings: Renamed,
    /// What cannot stand in a definition.
    pub problems: Vec<Problem>,
}

/// An item that cannot stand in a definition.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Position of the item.
    pub item: usize,
    /// Why.
    pub message: String,
    /// What it is about.
    pub about: Named,
}

/// Merges items into the definition `package`.
pub fn merge(package: &str, items: &[Item], corpus: &Corpus, trace: &Trace) -> Merged {
    let mut merge = Merge {
        corpus,
        trace,
        unclear: corpus
            .quirks
            .iter()
            .filter(|quirk| quirk.kind.is_value())
            .map(|quirk| (quirk.span, quirk.kind))
            .collect(),
        merged: Merged {
            consumers: names::consumers(consumer_names(items)),
            settings: names::settings(items.iter().filter_map(|item| match item {
                Item::Setting(setting) => Some(setting.name.text.as_str()),
                _ => None,
            })),
            definition: Definition {
                package: package.to_owned(),
                version: 1,
                ..Definition::default()
            },
            ..Merged::default()
        },
    };
    for (at, item) in items.iter().enumerate() {
        if let Err(message) = merge.item(item) {
            merge.merged.problems.push(Problem {
                item: at,
                message,
                about: item.name(),
            });
        }
    }
    merge.undeclared();
    merge.merged
}

/// All names of consumers, as the source has them.
fn consumer_names(items: &[Item]) -> Vec<&str> {
    let mut names = Vec::new();
    for item in items {
        let target = match item {
            Item::Route(route) => &route.target,
            Item::Fallback(target, _) => target,
            Item::Consumer(consumer) => {
                names.push(consumer.name.text.as_str());
                continue;
            }
            _ => continue,
        };
        names.extend(target.to.iter().map(|name| name.text.as_str()));
        names.extend(
            target
                .split
                .keys()
                .chain(target.mirror.keys())
                .map(String::as_str),
        );
    }
    names
}

/// The pattern that meets what a shell's pattern does. `None`: there is none.
pub fn of_glob(glob: &str) -> Option<String> {
    let odd = |c| matches!(c, '*' | '?' | '[' | ']');
    match (glob, glob.strip_suffix(".*")) {
        ("*", _) => Some("**".to_owned()),
        (_, Some(head)) if !head.contains(odd) => Some(format!("{head}.**")),
        _ => (!glob.contains(odd)).then(|| glob.to_owned()),
    }
}

struct Merge<'m> {
    corpus: &'m Corpus,
    trace: &'m Trace,
    /// Scalars that readers take for different values.
    unclear: HashMap<Span, QuirkKind>,
    merged: Merged,
}

type Put = Result<(), String>;

impl Merge<'_> {
    fn item(&mut self, item: &Item) -> Put {
        match item {
            Item::Route(route) => self.route(route),
            Item::Fallback(target, policy) => self.fallback(target, *policy),
            Item::Consumer(consumer) => self.consumer(consumer),
            Item::Setting(setting) => self.setting(setting),
            Item::Ignore(_) | Item::Cannot(..) => Ok(()),
        }
    }

    fn target(&self, target: &Target) -> model::Target {
        let legal = |name: &str| self.merged.consumers[name].clone();
        let legal_keys =
            |map: &BTreeMap<String, u32>| map.iter().map(|(name, n)| (legal(name), *n)).collect();
        let mut to = Vec::new();
        for name in &target.to {
            let name = legal(&name.text);
            if !to.contains(&name) {
                to.push(name);
            }
        }
        model::Target {
            to,
            split: legal_keys(&target.split),
            mirror: legal_keys(&target.mirror),
            drop: target.drop.clone(),
        }
    }

    fn route(&mut self, route: &Route) -> Put {
        let given = &route.name.text;
        let checked = match route.meets {
            Meets::Exactly => check_event(given).map(|()| given.clone()),
            Meets::Pattern => check_route(given).map(|()| given.clone()),
            Meets::Glob => {
                let pattern = of_glob(given).ok_or_else(|| {
                    format!(
                        "no pattern meets just what {given:?} does: \
                         `**` stands for whole segments, at the end"
                    )
                })?;
                check_route(&pattern).map(|()| pattern)
            }
        };
        let name = checked.map_err(|fault| format!("{given:?} is no name of an event: {fault}"))?;
        let doc = route.doc.clone().or_else(|| self.comment(&route.name));
        let new = model::Route {
            target: self.target(&route.target),
            policy: route.policy,
            rank: route.rank,
            enabled: route.enabled,
            doc: doc.unwrap_or_default(),
            owner: route.owner.clone().unwrap_or_default(),
            deprecated: route.deprecated.clone().unwrap_or_default(),
            expires: String::new(),
        };
        let Some(old) = self.merged.definition.routes.get_mut(&name) else {
            if !routewright::name::is_pattern(&name) {
                self.merged.definition.events.insert(name.clone());
            }
            self.merged.definition.routes.insert(name, new);
            return Ok(());
        };
        *old = together(old, &new)
            .map_err(|what| format!("{name:?} has another route with another {what}"))?;
        Ok(())
    }

    fn fallback(&mut self, target: &Target, policy: Policy) -> Put {
        let target = self.target(target);
        let new = model::Fallback { target, policy };
        match &self.merged.definition.fallback {
            Some(old) if *old != new => Err("there is another fallback".to_owned()),
            _ => {
                self.merged.definition.fallback = Some(new);
                Ok(())
            }
        }
    }

    fn consumer(&mut self, consumer: &Consumer) -> Put {
        let original = &consumer.name.text;
        let name = self.merged.consumers[original].clone();
        let doc = consumer
            .doc
            .clone()
            .or_else(|| self.comment(&consumer.name));
        let new = model::Consumer {
            kind: consumer.kind,
            address: consumer.address.clone(),
            doc: doc.unwrap_or_default(),
            owner: consumer.owner.clone().unwrap_or_default(),
        };
        match self.merged.definition.consumers.get(&name) {
            Some(old) if (old.kind, &old.address) != (new.kind, &new.address) => Err(format!(
                "the consumer {original:?} is at {:?} here, and elsewhere at {:?}",
                new.address, old.address
            )),
            Some(_) => Ok(()),
            None => {
                self.merged.definition.consumers.insert(name, new);
                Ok(())
            }
        }
    }

    /// A consumer that is only named is reached by its name in the source.
    fn undeclared(&mut self) {
        let declared = &mut self.merged.definition.consumers;
        for (original, name) in &self.merged.consumers {
            declared
                .entry(name.clone())
                .or_insert_with(|| model::Consumer {
                    kind: ConsumerKind::Other,
                    address: original.clone(),
                    doc: String::new(),
                    owner: String::new(),
                });
        }
    }

    fn setting(&mut self, setting: &Setting) -> Put {
        let original = &setting.name.text;
        let name = self.merged.settings[original].clone();
        if let Some(kind) = self.unclear(&setting.default) {
            let meaning = kind.meaning();
            return Err(format!(
                "the setting {original:?}: what is meant? {meaning}"
            ));
        }
        let (kind, form, default) = observed(&setting.default)
            .map_err(|message| format!("the setting {original:?}: {message}"))?;
        let doc = setting.doc.clone().or_else(|| self.comment(&setting.name));
        let new = model::Setting {
            kind,
            form,
            default,
            min: None,
            max: None,
            max_step: None,
            cooldown_ns: 0,
            values: Vec::new(),
            columns: Vec::new(),
            doc: doc.unwrap_or_default(),
            owner: String::new(),
            expires: String::new(),
        };
        match self.merged.definition.settings.get(&name) {
            Some(old) if old.default != new.default => Err(format!(
                "the setting {original:?} has another value elsewhere"
            )),
            _ => {
                self.merged.definition.settings.insert(name, new);
                Ok(())
            }
        }
    }

    /// Why a value is not the same to every reader.
    fn unclear(&self, value: &Value) -> Option<QuirkKind> {
        let nodes = self.trace.nodes([value.from]).into_iter();
        let mut spans = nodes.map(|node| self.corpus.nodes[node as usize].span);
        spans.find_map(|span| self.unclear.get(&span).copied())
    }

    /// The comment of the node that is the name or its last part, or else of a leaf that is
    /// a part of it.
    fn comment(&self, name: &Named) -> Option<String> {
        let nodes = self.trace.nodes([name.from]);
        let ends = |text: &str| match name.text.strip_suffix(text) {
            Some(head) => head.is_empty() || head.ends_with('.'),
            None => false,
        };
        let texts = nodes
            .iter()
            .rev()
            .map(|node| (*node, self.corpus.scalar(*node)));
        let (last, others): (Vec<_>, Vec<_>) = texts
            .filter(|(_, text)| !text.is_empty())
            .partition(|(_, text)| ends(text));
        let part = others.into_iter().filter(|(node, text)| {
            let kind = self.corpus.nodes[*node as usize].kind;
            kind == NodeKind::Leaf && name.text.contains(text)
        });
        let mut best = last.into_iter().chain(part);
        best.find_map(|(node, _)| self.corpus.comment(node))
    }
}

/// Two routes of one event. What only one of them says holds for both.
fn together(old: &model::Route, new: &model::Route) -> Result<model::Route, &'static str> {
    fn one<T: Copy + PartialEq>(
        a: Option<T>,
        b: Option<T>,
        what: &'static str,
    ) -> Result<Option<T>, &'static str> {
        match (a, b) {
            (Some(a), Some(b)) if a != b => Err(what),
            _ => Ok(a.or(b)),
        }
    }
    let same = |same: bool, what| if same { Ok(()) } else { Err(what) };
    same(old.target.drop == new.target.drop, "`drop`")?;
    same(old.target.split == new.target.split, "`split`")?;
    same(old.target.mirror == new.target.mirror, "`mirror`")?;
    same(old.rank == new.rank, "`rank`")?;
    same(old.enabled == new.enabled, "`enabled`")?;
    let mut route = old.clone();
    let further = new
        .target
        .to
        .iter()
        .filter(|name| !old.target.to.contains(name));
    route.target.to.extend(further.cloned());
    let (a, b) = (old.policy, new.policy);
    route.policy = Policy {
        timeout_ns: one(a.timeout_ns, b.timeout_ns, "`timeout`")?,
        retries: one(a.retries, b.retries, "`retries`")?,
        retry_delay_ns: one(a.retry_delay_ns, b.retry_delay_ns, "`retry_delay`")?,
        priority: match (a.priority, b.priority) {
            (Some(a), Some(b)) if a != b => return Err("`priority`"),
            (a, b) => a.or(b),
        },
    };
    for (text, further) in [
        (&mut route.doc, &new.doc),
        (&mut route.owner, &new.owner),
        (&mut route.deprecated, &new.deprecated),
    ] {
        if text.is_empty() {
            text.clone_from(further);
        } else if !further.is_empty() && !text.split("; ").any(|part| part == further) {
            text.push_str("; ");
            text.push_str(further);
        }
    }
    Ok(route)
}

/// The type of a value, by looking at it.
fn observed(value: &Value) -> Result<(Kind, Form, model::Value), String> {
    let Data::List(items) = &value.data else {
        let kind = kind_of(&value.data)?;
        let scalar = scalar(kind, &value.data)?;
        return Ok((kind, Form::One, model::Value::One(scalar)));
    };
    let mut kinds = items.iter().map(|item| kind_of(&item.data));
    let mut kind = kinds.next().ok_or("an empty list does not say of what")??;
    for next in kinds {
        kind = match (kind, next?) {
            (a, b) if a == b => a,
            (Kind::Int, Kind::Float) | (Kind::Float, Kind::Int) => Kind::Float,
            _ => return Err("a list of values of several types".to_owned()),
        };
    }
    let scalars = items.iter().map(|item| scalar(kind, &item.data));
    Ok((
        kind,
        Form::List,
        model::Value::List(scalars.collect::<Result<_, _>>()?),
    ))
}

fn kind_of(data: &Data) -> Result<Kind, String> {
    Ok(match data {
        Data::Bool(_) => Kind::Bool,
        Data::Number(number) if value::parse_int(&number.text).is_ok() => Kind::Int,
        Data::Number(_) => Kind::Float,
        Data::Text(text) if value::parse_duration(text).is_ok() => Kind::Duration,
        Data::Text(text) if value::parse_size(text).is_ok() => Kind::Size,
        Data::Text(_) => Kind::String,
        other => return Err(format!("{} has no type", other.kind())),
    })
}

fn scalar(kind: Kind, data: &Data) -> Result<Scalar<String>, String> {
    let text = match (kind, data) {
        (Kind::Float, Data::Number(number)) => return Ok(Scalar::Float(number.value)),
        (_, data) => crate::evaluate::text_of(data),
    };
    value::parse(kind, &text).map_err(|fault| fault.message)
}
