//! Items to one definition.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use routewright::name::{check_event, check_route, is_pattern};
use routewright_schema::diagnostic::without_passwords;
use routewright_schema::model::{self, ConsumerKind, Definition, Policy};
use routewright_schema::source::Span;

use crate::document::{Corpus, NodeKind, QuirkKind};
use crate::evaluate::text_of;
use crate::glob::of_glob;
use crate::item::{Consumer, Item, Meets, Named, Route, Setting, Target};
use crate::names::{self, Renamed};
use crate::observe::{self, Observed};
use crate::rules::{self, Fate, Rule, Winners};
use crate::trace::{NodeId, Origin, Trace};
use crate::value::Value;

/// What items mean together.
#[derive(Debug, Default)]
pub struct Merged {
    /// The definition.
    pub definition: Definition,
    /// Consumers: their names in the source, and here.
    pub consumers: Renamed,
    /// Settings, likewise.
    pub settings: Renamed,
    /// Which of several rules answer.
    pub winners: Winners,
    /// What cannot stand in the definition as it was given, by the positions of the items.
    pub fates: Vec<(usize, Fate)>,
    /// What a refusal is about, if that is not the name of the item.
    pub about: HashMap<usize, Named>,
    /// Settings whose values were seen to be few.
    pub enums: Vec<Observed>,
    /// Why nothing could be made of the rules together.
    pub fault: Option<String>,
}

impl Merged {
    /// Items that are not in the definition.
    pub fn refused(&self) -> BTreeSet<usize> {
        let refused = |(at, fate): &(usize, Fate)| matches!(fate, Fate::Refused(_)).then_some(*at);
        self.fates.iter().filter_map(refused).collect()
    }
}

/// Merges items into the definition `package`; `left_out` has those that were found not to
/// stand in one, and why.
pub fn merge(
    package: &str,
    items: &[Item],
    left_out: &BTreeMap<usize, String>,
    corpus: &Corpus,
    trace: &Trace,
) -> Merged {
    let mut merge = Merge {
        corpus,
        trace,
        unclear: corpus
            .quirks
            .iter()
            .filter(|quirk| quirk.kind.is_value())
            .map(|quirk| (quirk.span, quirk.kind))
            .collect(),
        rules: Vec::new(),
        winners: None,
        observed: BTreeSet::new(),
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
        let put = match left_out.get(&at) {
            Some(why) => Err(why.clone().into()),
            None => merge.item(at, item),
        };
        if let Err(Refusal { why, about }) = put {
            merge.merged.fates.push((at, Fate::Refused(why)));
            merge.merged.about.extend(about.map(|about| (at, about)));
        }
    }
    merge.route();
    merge.undeclared();
    let merged = &mut merge.merged;
    merged.enums = observe::enums(&mut merged.definition.settings, &merge.observed);
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

/// A segment that is, or holds, what other tools take for a wildcard or a variable.
fn foreign_wildcard(name: &str) -> Option<&str> {
    let odd = |segment: &&str| {
        let wild = *segment != "*" && *segment != "**" && segment.contains(['*', '?']);
        wild || ["#", "+", ">"].contains(segment)
            || segment.starts_with('{') && segment.ends_with('}')
    };
    name.split('.').find(odd)
}

/// An address whose placeholders are variables that a host can bind: `${env}` becomes
/// `${ENV}`, `${self:custom.x}` becomes `${SELF_CUSTOM_X}`.
fn address(text: &str) -> String {
    let mut address = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let mut depth = 1;
        let end = after.find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth == 0
        });
        let Some(end) = end else { break };
        let words = after[..end].split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<String> = words
            .filter(|w| !w.is_empty())
            .map(str::to_uppercase)
            .collect();
        let own = after[..end]
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        let name = if own {
            after[..end].to_owned()
        } else {
            words.join("_")
        };
        address.push_str(&format!("{before}${{{name}}}"));
        rest = &after[end + 1..];
    }
    address + rest
}

/// The event or pattern of a route, as a definition has it.
///
/// # Errors
/// Why it has none.
pub fn legal(route: &Route) -> Result<String, String> {
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
    checked.map_err(|fault| format!("{given:?} is no name of an event: {fault}"))
}

struct Merge<'m> {
    corpus: &'m Corpus,
    trace: &'m Trace,
    /// Scalars that readers take for different values.
    unclear: HashMap<Span, QuirkKind>,
    /// Rules, each with the position of its item.
    rules: Vec<(usize, Rule)>,
    winners: Option<Winners>,
    /// Settings whose types were observed.
    observed: BTreeSet<String>,
    merged: Merged,
}

/// Why an item is not taken.
struct Refusal {
    why: String,
    /// What it is about, if that is not the name of the item.
    about: Option<Named>,
}

impl From<String> for Refusal {
    fn from(why: String) -> Refusal {
        Refusal { why, about: None }
    }
}

impl From<&str> for Refusal {
    fn from(why: &str) -> Refusal {
        why.to_owned().into()
    }
}

type Put = Result<(), Refusal>;

impl Merge<'_> {
    fn item(&mut self, at: usize, item: &Item) -> Put {
        match item {
            Item::Route(route) => self.rule(at, route),
            Item::Match(winners) => match self.winners.replace(*winners) {
                Some(old) if old != *winners => {
                    Err("another word was said before, and holds: it is one for all rules".into())
                }
                _ => Ok(()),
            },
            Item::Fallback(target, policy) => self.fallback(target, *policy),
            Item::Consumer(consumer) => self.consumer(at, consumer),
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

    fn rule(&mut self, at: usize, route: &Route) -> Put {
        let name = legal(route)?;
        for note in &route.notes {
            self.merged.fates.push((at, Fate::Partly(note.clone())));
        }
        if let Some(segment) = foreign_wildcard(&name) {
            let why = format!(
                "`{segment}` is taken as it stands; if it is a wildcard, the mapping must say it with `*` or `**`"
            );
            self.merged.fates.push((at, Fate::Partly(why)));
        }
        let doc = route.doc.clone().or_else(|| self.comment(&route.name));
        let route = model::Route {
            target: self.target(&route.target),
            policy: route.policy,
            rank: route.rank,
            enabled: route.enabled,
            doc: doc.unwrap_or_default(),
            owner: route.owner.clone().unwrap_or_default(),
            deprecated: route.deprecated.clone().unwrap_or_default(),
            expires: String::new(),
        };
        self.rules.push((at, Rule { name, route }));
        Ok(())
    }

    /// All rules together.
    fn route(&mut self) {
        let merged = &mut self.merged;
        merged.winners = self.winners.unwrap_or_default();
        let (items, mut rules): (Vec<usize>, Vec<Rule>) = self.rules.drain(..).unzip();
        if merged.winners != Winners::MostSpecific {
            for (at, rule) in items.iter().zip(&mut rules) {
                if std::mem::take(&mut rule.route.rank) != 0 {
                    let why = "`rank` decides only where `match` is \"most-specific\"".to_owned();
                    merged.fates.push((*at, Fate::Partly(why)));
                }
            }
        }
        match rules::routes(merged.winners, &rules) {
            Ok(made) => {
                let exact = made.routes.keys().filter(|name| !is_pattern(name));
                merged.definition.events = exact.chain(&made.events).cloned().collect();
                merged.definition.routes = made.routes;
                let fates = made
                    .fates
                    .into_iter()
                    .map(|(rule, fate)| (items[rule], fate));
                merged.fates.extend(fates);
            }
            Err(fault) => merged.fault = Some(fault),
        }
        rules::switch_off(&mut merged.definition);
    }

    fn fallback(&mut self, target: &Target, policy: Policy) -> Put {
        let target = self.target(target);
        let new = model::Fallback { target, policy };
        match &self.merged.definition.fallback {
            Some(old) if *old != new => Err("there is another one before, which holds".into()),
            _ => {
                self.merged.definition.fallback = Some(new);
                Ok(())
            }
        }
    }

    fn consumer(&mut self, at: usize, consumer: &Consumer) -> Put {
        let original = &consumer.name.text;
        let address = address(&consumer.address);
        if address != consumer.address {
            let why = format!(
                "its placeholders are variables here: `{}`",
                without_passwords(&address)
            );
            self.merged.fates.push((at, Fate::Partly(why)));
        }
        let name = self.merged.consumers[original].clone();
        let doc = consumer
            .doc
            .clone()
            .or_else(|| self.comment(&consumer.name));
        let new = model::Consumer {
            kind: consumer.kind,
            address,
            doc: doc.unwrap_or_default(),
            owner: consumer.owner.clone().unwrap_or_default(),
        };
        match self.merged.definition.consumers.get(&name) {
            Some(old) if (old.kind, &old.address) != (new.kind, &new.address) => Err(format!(
                "the consumer {original:?} is at `{}` here, and elsewhere at `{}`, which holds",
                without_passwords(&new.address),
                without_passwords(&old.address)
            )
            .into()),
            Some(_) => Ok(()),
            None => {
                self.merged.definition.consumers.insert(name, new);
                Ok(())
            }
        }
    }

    /// A consumer that is only named is reached by its name in the source.
    fn undeclared(&mut self) {
        let definition = &mut self.merged.definition;
        let routes = definition.routes.values().map(|route| &route.target);
        let used = routes
            .chain(definition.fallback.iter().map(|fallback| &fallback.target))
            .flat_map(|target| {
                let shares = target.split.keys().chain(target.mirror.keys());
                target.to.iter().chain(shares).cloned()
            });
        let used: BTreeSet<String> = used.collect();
        for (original, name) in &self.merged.consumers {
            if used.contains(name) {
                definition
                    .consumers
                    .entry(name.clone())
                    .or_insert_with(|| model::Consumer {
                        kind: match original.split("://").next() {
                            Some("http" | "https") => ConsumerKind::Http,
                            _ => ConsumerKind::Other,
                        },
                        address: address(original),
                        doc: String::new(),
                        owner: String::new(),
                    });
            }
        }
    }

    fn setting(&mut self, setting: &Setting) -> Put {
        let original = &setting.name.text;
        let name = self.merged.settings[original].clone();
        let typed = setting.fields.iter().any(|(key, _)| *key == "type");
        if !typed && let Some((kind, node)) = self.unclear(&setting.default) {
            let meaning = kind.meaning();
            let why = format!(
                "what is meant by the setting {original:?}? {meaning}; the mapping can give its `type`, or another value"
            );
            let text = self.corpus.scalar(node).to_owned();
            let from = Origin::node(node);
            return Err(Refusal {
                why,
                about: Some(Named { text, from }),
            });
        }
        let mut new = observe::setting(&setting.default, &setting.fields)
            .map_err(|message| format!("the setting {original:?}: {message}"))?;
        let doc = setting.doc.clone().or_else(|| self.comment(&setting.name));
        new.doc = doc.unwrap_or_default();
        new.owner = setting.owner.clone().unwrap_or_default();
        let settings = &self.merged.definition.settings;
        let group = format!("{name}.");
        let below = settings.range(group.clone()..).next();
        let above = name.match_indices('.').map(|(at, _)| &name[..at]);
        if below.is_some_and(|(path, _)| path.starts_with(&group)) {
            return Err(format!(
                "{original:?} is a setting here, and elsewhere a group of settings"
            )
            .into());
        }
        if let Some(above) = above.into_iter().find(|path| settings.contains_key(*path)) {
            return Err(format!(
                "{original:?} is in a group here, and elsewhere `{above}` is a setting"
            )
            .into());
        }
        match settings.get(&name) {
            Some(old) if old.default != new.default => Err(format!(
                "the setting {original:?} has another value before, which holds"
            )
            .into()),
            _ => {
                if setting.fields.is_empty() {
                    self.observed.insert(name.clone());
                }
                self.merged.definition.settings.insert(name, new);
                Ok(())
            }
        }
    }

    /// Why a value is not the same to every reader, if it is still as it stands in the file.
    fn unclear(&self, value: &Value) -> Option<(QuirkKind, NodeId)> {
        let mut texts = Vec::new();
        value.scalars(&mut |data| texts.push(text_of(data)));
        let nodes = self.trace.nodes([value.from]).into_iter();
        let mut kinds = nodes.filter_map(|node| {
            let kind = self.unclear.get(&self.corpus.nodes[node as usize].span)?;
            let text = self.corpus.scalar(node);
            texts
                .iter()
                .any(|kept| kept == text)
                .then_some((*kind, node))
        });
        kinds.next()
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
        // Others are about more than this.
        let (node, _) = last.into_iter().chain(part).next()?;
        self.corpus.comment(node)
    }
}
