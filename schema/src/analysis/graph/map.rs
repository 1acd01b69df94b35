//! What a table answers for each name it knows.

use std::collections::BTreeSet;

use routewright::{Origin, Outcome, RawRoute, RouteTable};

use crate::analysis::words;
use crate::model::ConsumerKind;
use crate::pattern;

/// Events, patterns and the fallback, and where each goes.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// Events by name, then patterns by name, then the fallback.
    pub sources: Vec<Source>,
    /// By name.
    pub consumers: Vec<Consumer>,
    /// Whether this is a comparison; if not, every change is [`Change::Same`].
    pub compared: bool,
}

/// What two tables make of the same thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// The same.
    #[default]
    Same,
    /// Only the new one has it.
    Added,
    /// Only the old one has it.
    Removed,
    /// It goes elsewhere, or with another share.
    Moved,
    /// It goes to the same consumers in another way: timeout, retries, priority.
    Policy,
}

impl Change {
    /// The word of pictures and of JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Change::Same => "same",
            Change::Added => "added",
            Change::Removed => "removed",
            Change::Moved => "moved",
            Change::Policy => "policy",
        }
    }

    /// The words of a legend.
    pub fn meaning(self) -> &'static str {
        match self {
            Change::Same => "as it was",
            Change::Added => "added",
            Change::Removed => "removed",
            Change::Moved => "moved: goes elsewhere, or with another share",
            Change::Policy => "another policy: timeout, retries or priority",
        }
    }
}

/// What a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// An event, declared or only routed.
    Event,
    /// A pattern with a route.
    Pattern,
    /// Whatever nothing else matches.
    Fallback,
}

impl SourceKind {
    /// The word of JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            SourceKind::Event => "event",
            SourceKind::Pattern => "pattern",
            SourceKind::Fallback => "fallback",
        }
    }
}

/// What answers for a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// A route of this very name.
    Own,
    /// That pattern.
    Pattern(String),
    /// The fallback.
    Fallback,
    /// Nothing.
    Nothing,
}

/// Something that goes somewhere.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name or pattern; of the fallback, `fallback`.
    pub name: String,
    /// What it is.
    pub kind: SourceKind,
    /// What answers for it (of two tables: in the new one, if it is there).
    pub way: Way,
    /// Where to. Of two tables, where either of them says.
    pub links: Vec<Link>,
    /// What becomes of it, in words; empty: only the old table knows it.
    pub answer: String,
    /// What became of it in the old table, if that differs.
    pub was: Option<String>,
    /// Against the old table.
    pub change: Change,
    /// For people; a table alone does not have these.
    pub doc: String,
    /// Who answers for it.
    pub owner: String,
    /// Why it should no longer be used.
    pub deprecated: String,
    /// The last good day.
    pub expires: String,
    /// Whether its route is written but switched off.
    pub disabled: bool,
    /// The message that it carries.
    pub payload: String,
}

/// One destination of a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// Where to.
    pub to: Target,
    /// In which way.
    pub how: How,
    /// In which way the old table had it, if that differs.
    pub was: Option<How>,
    /// Against the old table.
    pub change: Change,
}

/// The other end of a link.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// That consumer.
    Consumer(String),
    /// Nobody, for this reason.
    Drop(String),
    /// Nobody, because nothing says where to.
    Unrouted,
}

/// How a target gets its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// All of them.
    All,
    /// As the arm of a split: its weight, and the sum of the weights.
    Arm(u32, u32),
    /// A copy of this share, in parts per million.
    Mirror(u32),
}

impl How {
    /// Whether both are of one kind, so that the one can become the other.
    pub(super) fn like(self, other: How) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

/// A destination.
#[derive(Clone, Debug, Default)]
pub struct Consumer {
    /// Its name.
    pub name: String,
    /// How it is reached; a table alone does not say.
    pub kind: Option<ConsumerKind>,
    /// Where it is by default.
    pub address: String,
    /// For people.
    pub doc: String,
    /// Who answers for it.
    pub owner: String,
    /// Against the old table.
    pub change: Change,
}

impl Map {
    /// Everything that the table knows.
    pub fn of<D: AsRef<[u8]>>(table: &RouteTable<D>) -> Map {
        let catalog = table.catalog();
        let consumers = (0..catalog.consumers()).filter_map(|at| catalog.consumer(at));
        Map {
            sources: known(table)
                .into_iter()
                .filter_map(|(kind, name)| ask(table, kind, &name))
                .collect(),
            consumers: consumers
                .map(|name| Consumer {
                    name: name.to_owned(),
                    ..Consumer::default()
                })
                .collect(),
            compared: false,
        }
    }

    /// Keeps the events and patterns that meet a name of this pattern, the consumers that
    /// they go to, and the fallback if one of them needs it.
    pub fn only(&mut self, pattern: &str) {
        let meets = |s: &Source| pattern::shared(&s.name, pattern).is_some();
        let events = |s: &Source| s.kind != SourceKind::Fallback && meets(s);
        let falls = self
            .sources
            .iter()
            .any(|s| events(s) && s.way == Way::Fallback);
        self.sources
            .retain(|s| events(s) || falls && s.kind == SourceKind::Fallback);
        let links = self.sources.iter().flat_map(|s| &s.links);
        let reached: BTreeSet<&str> = links
            .filter_map(|link| match &link.to {
                Target::Consumer(name) => Some(name.as_str()),
                Target::Drop(_) | Target::Unrouted => None,
            })
            .collect();
        self.consumers.retain(|c| reached.contains(c.name.as_str()));
    }

    /// How many sources there are of a kind.
    pub fn count(&self, kind: SourceKind) -> usize {
        self.sources.iter().filter(|s| s.kind == kind).count()
    }
}

/// All that a table knows by name, in the order of a map.
pub(super) fn known<D: AsRef<[u8]>>(table: &RouteTable<D>) -> BTreeSet<(SourceKind, String)> {
    let mut known: BTreeSet<(SourceKind, String)> = table
        .entries()
        .filter(|entry| !entry.is_pattern || table.own(entry.route.name()).is_some())
        .map(|entry| {
            let kind = match entry.is_pattern {
                true => SourceKind::Pattern,
                false => SourceKind::Event,
            };
            (kind, entry.route.name().to_owned())
        })
        .collect();
    if table.fallback().is_some() {
        known.insert((SourceKind::Fallback, "fallback".to_owned()));
    }
    known
}

pub(super) fn answer<'t, D: AsRef<[u8]>>(
    table: &'t RouteTable<D>,
    kind: SourceKind,
    name: &'t str,
) -> Option<RawRoute<'t>> {
    match kind {
        SourceKind::Event => table.find(name),
        SourceKind::Pattern => table.own(name),
        SourceKind::Fallback => table.fallback(),
    }
}

pub(super) fn ask<D: AsRef<[u8]>>(
    table: &RouteTable<D>,
    kind: SourceKind,
    name: &str,
) -> Option<Source> {
    let route = answer(table, kind, name)?;
    let way = match (kind, route.origin()) {
        (SourceKind::Pattern | SourceKind::Fallback, _) | (_, Origin::Own) => Way::Own,
        (_, Origin::Pattern) => Way::Pattern(route.via().unwrap_or_default().to_owned()),
        (_, Origin::Fallback) => Way::Fallback,
        (_, Origin::Nothing) => Way::Nothing,
    };
    Some(Source {
        name: name.to_owned(),
        kind,
        way,
        links: links(&route),
        answer: words::route(&route),
        was: None,
        change: Change::Same,
        doc: String::new(),
        owner: String::new(),
        deprecated: String::new(),
        expires: String::new(),
        disabled: false,
        payload: String::new(),
    })
}

pub(super) fn links(route: &RawRoute<'_>) -> Vec<Link> {
    let link = |to, how| Link {
        to,
        how,
        was: None,
        change: Change::Same,
    };
    let catalog = route.catalog();
    let consumer =
        |id: u16| Target::Consumer(catalog.consumer(id.into()).unwrap_or_default().to_owned());
    match route.outcome() {
        Outcome::Drop(reason) => vec![link(Target::Drop(reason.to_owned()), How::All)],
        Outcome::Unrouted => vec![link(Target::Unrouted, How::All)],
        Outcome::Deliver => {
            let sum = route.arms().map(|(_, weight)| u32::from(weight)).sum();
            let all = route.consumers().map(|id| link(consumer(id), How::All));
            let arms = route
                .arms()
                .map(|(id, weight)| link(consumer(id), How::Arm(weight.into(), sum)));
            let shares = route
                .shares()
                .map(|(id, ppm)| link(consumer(id), How::Mirror(ppm)));
            all.chain(arms).chain(shares).collect()
        }
    }
}
