//! What a picture shows of a map: boxes of names with the same answer on one side, consumers
//! by kind on the other, and one edge for each pair of them.

use std::collections::BTreeSet;

use super::fold::{self, Part};
use super::group::Title;
use super::map::{Change, Consumer, Map, SourceKind};
use super::text::{count, visible};

mod ends;
mod lines;

pub(super) use ends::Index;

/// How many rows a side may have before things are folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Of events and patterns.
    pub sources: usize,
    /// How many edges there may be.
    pub edges: usize,
    /// Of consumers.
    pub consumers: usize,
}

impl Room {
    /// Nothing is folded.
    pub const ALL: Room = Room {
        sources: usize::MAX,
        edges: usize::MAX,
        consumers: usize::MAX,
    };

    /// So many rows of events, and as many edges and consumers as look well beside them.
    pub fn rows(rows: usize) -> Room {
        Room {
            sources: rows,
            edges: rows.saturating_mul(2),
            consumers: rows / 2 + 1,
        }
    }
}

/// So many consumers keep a node of their own in any case.
const FEW_CONSUMERS: usize = 8;

impl Default for Room {
    fn default() -> Room {
        Room::rows(90)
    }
}

/// A map as it is drawn.
#[derive(Clone, Debug)]
pub struct View {
    /// What is shown.
    pub title: String,
    /// How much of it there is.
    pub summary: String,
    /// Whether it compares two tables.
    pub compared: bool,
    /// The left side.
    pub groups: Vec<Group>,
    /// The right side.
    pub kinds: Vec<Kind>,
    /// From boxes to nodes, each counted over all groups or kinds; by box, then by node.
    pub edges: Vec<Edge>,
    /// Names and consumers that do not have a row of their own.
    pub folded: usize,
}

/// Names with a common prefix.
#[derive(Clone, Debug)]
pub struct Group {
    /// The prefix; empty: its one line says it.
    pub title: String,
    /// By what answers, then by name.
    pub boxes: Vec<Cell>,
}

/// Names with the same answer.
#[derive(Clone, Debug)]
pub struct Cell {
    /// A name each, or one for all.
    pub lines: Vec<Line>,
    /// How many names these are.
    pub names: usize,
}

/// One line of a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// A name, or how many of them.
    pub text: String,
    /// What else is worth a word.
    pub note: String,
    /// All that is known.
    pub tip: String,
    /// What it is.
    pub look: Look,
    /// Whether it should no longer be used.
    pub deprecated: bool,
    /// Against the old table.
    pub change: Change,
}

/// What a line stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Look {
    /// An event with a route of its own.
    Event,
    /// A pattern.
    Pattern,
    /// An event that the pattern above answers for.
    Below,
    /// An event that something shown elsewhere answers for.
    Via,
    /// Whatever nothing else matches.
    Fallback,
    /// A route that is switched off.
    Off,
    /// Many names.
    Folded,
}

/// Consumers of one kind, or what is no consumer.
#[derive(Clone, Debug)]
pub struct Kind {
    /// `kafka`, `grpc`, ..; `nobody`.
    pub title: String,
    /// By name.
    pub nodes: Vec<Node>,
}

/// One end of edges.
#[derive(Clone, Debug)]
pub struct Node {
    /// The consumer's name, or why nobody gets it.
    pub text: String,
    /// All that is known.
    pub tip: String,
    /// What it is.
    pub end: End,
    /// Whether nothing goes there.
    pub unfed: bool,
    /// Against the old table.
    pub change: Change,
}

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A consumer, or several.
    Consumer,
    /// Dropped.
    Drop,
    /// Nothing says where to.
    Unrouted,
}

/// From a box to a node.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The box.
    pub from: usize,
    /// The node.
    pub to: usize,
    /// How many of the names of the box go there.
    pub names: usize,
    /// How it is drawn.
    pub stroke: Stroke,
    /// A share, or how many of the names go there; mostly empty.
    pub label: String,
    /// All that is known.
    pub tip: String,
    /// Against the old table.
    pub change: Change,
}

/// How an edge is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stroke {
    /// All of the events.
    Whole,
    /// An arm of a split.
    Arm,
    /// A copy.
    Mirror,
    /// To nobody.
    Lost,
}

impl View {
    /// The map, in so much room. If the folded groups still have far too many edges, more of
    /// the consumers are folded as well.
    pub fn new(map: &Map, title: &str, room: Room) -> View {
        let mut room = room;
        loop {
            let view = View::of(map, title, room);
            let most = room.edges.saturating_add(room.edges / 2);
            if view.edges.len() <= most || room.consumers <= FEW_CONSUMERS {
                return view;
            }
            // As many fewer as there are too many edges, and never nearly as many as before.
            let consumers = room.consumers.min(map.consumers.len());
            let fewer = (consumers * most / view.edges.len()).min(consumers * 2 / 3);
            room.consumers = fewer.max(FEW_CONSUMERS);
        }
    }

    /// What a comparison has changed: what occurs in the picture, wherever it does.
    pub fn changes(&self) -> Vec<Change> {
        let lines = self.cells().flat_map(|cell| &cell.lines);
        let all = lines.map(|line| line.change);
        let all = all.chain(self.nodes().map(|node| node.change));
        let all = all.chain(self.edges.iter().map(|edge| edge.change));
        let all: BTreeSet<Change> = all.filter(|change| *change != Change::Same).collect();
        all.into_iter().collect()
    }

    fn of(map: &Map, title: &str, room: Room) -> View {
        let ends = ends::ends(map, room.consumers);
        let parts = fold::parts(map, &ends.index, room);
        let mut view = View {
            title: visible(title),
            summary: summary(map),
            compared: map.compared,
            groups: Vec::new(),
            kinds: ends.kinds,
            edges: Vec::new(),
            folded: ends.folded,
        };
        let mut cells = 0;
        for part in &parts {
            for bundle in &part.bundles {
                view.edges
                    .extend(ends.index.edges(map, &bundle.members, cells));
                cells += 1;
            }
            let boxes = part.bundles.iter().map(|b| lines::cell(map, part, b));
            let boxes: Vec<Cell> = boxes.collect();
            view.folded += boxes.iter().map(|b| b.names - b.lines.len()).sum::<usize>();
            view.groups.push(Group {
                title: match part.folded {
                    true => String::new(),
                    false => heading(&part.title),
                },
                boxes,
            });
        }
        view
    }

    /// The boxes of all groups, as edges count them.
    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.groups.iter().flat_map(|group| &group.boxes)
    }

    /// The nodes of all kinds, as edges count them.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.kinds.iter().flat_map(|kind| &kind.nodes)
    }
}

/// What stands above a group.
fn heading(title: &Title) -> String {
    match title {
        Title::Prefix(prefix) => visible(prefix),
        Title::Others => "others".to_owned(),
        Title::Any => "any prefix".to_owned(),
        Title::Fallback => "everything else".to_owned(),
    }
}

/// How the names of a part are spoken of when it is one line.
fn family(part: &Part) -> String {
    match &part.title {
        Title::Prefix(prefix) => format!("{}.*", visible(prefix)),
        other => heading(other),
    }
}

fn summary(map: &Map) -> String {
    let mut parts = vec![
        count(map.count(SourceKind::Event), "event"),
        count(map.count(SourceKind::Pattern), "pattern"),
        count(map.consumers.len(), "consumer"),
    ];
    if map.compared {
        let changes = [
            (Change::Added, "added"),
            (Change::Removed, "removed"),
            (Change::Moved, "moved"),
            (Change::Policy, "with another policy"),
        ];
        let of = |change| map.sources.iter().filter(|s| s.change == change).count();
        let told = changes.iter().filter(|(change, _)| of(*change) > 0);
        let told: Vec<String> = told.map(|(c, word)| format!("{} {word}", of(*c))).collect();
        parts.push(match told.is_empty() {
            true => "nothing changes".to_owned(),
            false => told.join(", "),
        });
    }
    parts.join(" \u{b7} ")
}

/// All that is known of a consumer.
fn about(consumer: &Consumer) -> String {
    let mut told = vec![visible(&consumer.name)];
    if let Some(kind) = consumer.kind {
        told.push(format!("{} {}", kind.as_str(), visible(&consumer.address)));
    }
    told.extend(said("", &consumer.doc));
    told.extend(said("owner: ", &consumer.owner));
    if consumer.change != Change::Same {
        told.push(consumer.change.as_str().to_owned());
    }
    told.join("\n")
}

/// A line of a tip, if there is something to tell.
fn said(what: &str, text: &str) -> Option<String> {
    (!text.is_empty()).then(|| format!("{what}{}", visible(text)))
}
