//! The right side: consumers by kind, and those ends that are no consumer.
//!
//! If there is room for fewer nodes, those stay that the most names lead to, and the rest
//! of each kind is one node.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::map::{Change, How, Link, Map, Target};
use super::super::text::{count, percent, visible};
use super::{Edge, End, Kind, Node, Stroke, about, said};
use crate::analysis::words;
use crate::model::ConsumerKind;

/// Reasons for dropping that have a node of their own.
const REASONS: usize = 8;
/// Names that a tip lists.
const LISTED: usize = 40;

/// The nodes, and which target is which.
pub struct Ends {
    pub kinds: Vec<Kind>,
    pub index: Index,
    /// Targets without a node of their own.
    pub folded: usize,
}

/// Targets -> nodes.
pub struct Index(HashMap<Target, usize>);

/// What is known of a target before it has a node.
struct Candidate {
    target: Target,
    /// The place of its kind among kinds.
    kind: usize,
    /// Whether the new table changes what goes there; how many names do.
    fed: (bool, usize),
}

/// The right side of a picture with so many nodes.
pub fn ends(map: &Map, room: usize) -> Ends {
    let candidates = candidates(map);
    let stays = staying(&candidates, room);
    let mut ends = Ends {
        kinds: Vec::new(),
        index: Index(HashMap::new()),
        folded: 0,
    };
    let mut at = 0;
    let kinds: BTreeSet<usize> = candidates.iter().map(|c| c.kind).collect();
    for kind in kinds {
        let of_kind = || {
            candidates
                .iter()
                .enumerate()
                .filter(|(_, c)| c.kind == kind)
        };
        let mut nodes = Vec::new();
        for (_, candidate) in of_kind().filter(|(i, _)| stays[*i]) {
            ends.index.0.insert(candidate.target.clone(), at);
            nodes.push(node(map, candidate));
            at += 1;
        }
        let rest: Vec<&Candidate> = of_kind()
            .filter(|(i, _)| !stays[*i])
            .map(|(_, c)| c)
            .collect();
        if let Some(node) = together(map, &rest) {
            for candidate in &rest {
                ends.index.0.insert(candidate.target.clone(), at);
            }
            ends.folded += rest.len() - 1;
            nodes.push(node);
            at += 1;
        }
        ends.kinds.push(Kind {
            title: title(kind),
            nodes,
        });
    }
    ends
}

const UNKNOWN: usize = ConsumerKind::ALL.len();
const NOBODY: usize = UNKNOWN + 1;

fn title(kind: usize) -> String {
    match ConsumerKind::ALL.get(kind) {
        Some(kind) => kind.as_str().to_owned(),
        None if kind == UNKNOWN => "consumers".to_owned(),
        None => "nobody".to_owned(),
    }
}

fn candidates(map: &Map) -> Vec<Candidate> {
    let mut fed: BTreeMap<&Target, (bool, usize)> = BTreeMap::new();
    for link in map.sources.iter().flat_map(|s| &s.links) {
        let (changed, names) = fed.entry(&link.to).or_default();
        *changed |= link.change != Change::Same;
        *names += 1;
    }
    let consumers = map.consumers.iter().map(|consumer| {
        let target = Target::Consumer(consumer.name.clone());
        let (changed, names) = fed.get(&target).copied().unwrap_or_default();
        let kind = |kind: &ConsumerKind| ConsumerKind::ALL.iter().position(|k| k == kind);
        Candidate {
            target,
            kind: consumer.kind.as_ref().and_then(kind).unwrap_or(UNKNOWN),
            fed: (changed || consumer.change != Change::Same, names),
        }
    });
    let nobody = fed
        .iter()
        .filter(|(target, _)| !matches!(target, Target::Consumer(_)));
    let nobody = nobody.map(|(target, fed)| Candidate {
        target: (*target).clone(),
        kind: NOBODY,
        fed: *fed,
    });
    consumers.chain(nobody).collect()
}

/// Which candidates have a node of their own.
fn staying(candidates: &[Candidate], room: usize) -> Vec<bool> {
    let mut stays = vec![true; candidates.len()];
    let mut best: Vec<usize> = (0..candidates.len()).collect();
    // Sorting is stable: of equals, those that come first by name.
    best.sort_by_key(|at| {
        let (changed, names) = candidates[*at].fed;
        (!changed, usize::MAX - names)
    });
    let (reasons, consumers): (Vec<usize>, Vec<usize>) =
        best.iter().partition(|at| candidates[**at].kind == NOBODY);
    let most = match room {
        usize::MAX => usize::MAX,
        _ => REASONS.min(room),
    };
    for (places, room) in [(consumers, room), (reasons, most)] {
        // One that would be alone in a folded node may as well stay.
        for at in places.into_iter().skip(room) {
            stays[at] = false;
        }
    }
    for kind in 0..=NOBODY {
        let gone = |at: &usize| candidates[*at].kind == kind && !stays[*at];
        let mut gone = (0..candidates.len()).filter(gone);
        if let (Some(alone), None) = (gone.next(), gone.next()) {
            stays[alone] = true;
        }
    }
    stays
}

fn node(map: &Map, candidate: &Candidate) -> Node {
    match &candidate.target {
        Target::Consumer(name) => {
            let found = map
                .consumers
                .binary_search_by(|c| c.name.as_str().cmp(name));
            let consumer = found.ok().map(|at| &map.consumers[at]);
            Node {
                text: visible(name),
                tip: consumer.map_or_else(|| visible(name), about),
                end: End::Consumer,
                unfed: candidate.fed.1 == 0,
                change: consumer.map_or(Change::Same, |c| c.change),
            }
        }
        Target::Drop(reason) => Node {
            text: match reason.as_str() {
                "" => "dropped".to_owned(),
                _ => format!("drop: {}", visible(reason)),
            },
            tip: format!("dropped: {}", visible(reason)),
            end: End::Drop,
            unfed: false,
            change: Change::Same,
        },
        Target::Unrouted => Node {
            text: "unrouted".to_owned(),
            tip: "declared, and no route, pattern or fallback answers".to_owned(),
            end: End::Unrouted,
            unfed: false,
            change: Change::Same,
        },
    }
}

/// One node for all of these.
fn together(map: &Map, rest: &[&Candidate]) -> Option<Node> {
    let first = rest.first()?;
    let nodes: Vec<Node> = rest.iter().map(|candidate| node(map, candidate)).collect();
    let mut tip: Vec<String> = nodes.iter().take(LISTED).map(|n| n.text.clone()).collect();
    if nodes.len() > LISTED {
        tip.push(format!("and {} more", nodes.len() - LISTED));
    }
    let noun = match first.kind {
        NOBODY => "more reason",
        _ => "more consumer",
    };
    Some(Node {
        text: count(rest.len(), noun),
        tip: tip.join("\n"),
        end: match first.kind {
            NOBODY => End::Drop,
            _ => End::Consumer,
        },
        unfed: rest.iter().all(|c| c.fed.1 == 0),
        change: Change::Same,
    })
}

/// What goes from one box to one node.
#[derive(Default)]
struct Sum {
    /// Names that have such a link.
    names: usize,
    last: Option<usize>,
    labels: BTreeSet<String>,
}

impl Index {
    /// What makes links of one box one edge: the node, how it is drawn, what changes.
    pub fn edge(&self, link: &Link) -> Option<(usize, Stroke, Change)> {
        let to = self.0.get(&link.to)?;
        Some((*to, stroke(link), link.change))
    }

    /// The edges of a box with these members.
    pub fn edges(&self, map: &Map, members: &[usize], from: usize) -> Vec<Edge> {
        let mut sums: BTreeMap<(usize, Stroke, Change), Sum> = BTreeMap::new();
        for at in members {
            for link in &map.sources[*at].links {
                let Some(edge) = self.edge(link) else {
                    continue;
                };
                let sum = sums.entry(edge).or_default();
                // Several of its links may lead to one folded node.
                if sum.last != Some(*at) {
                    sum.last = Some(*at);
                    sum.names += 1;
                }
                sum.labels.insert(label(link));
            }
        }
        let edge = |((to, stroke, change), sum): ((usize, Stroke, Change), Sum)| Edge {
            from,
            to,
            names: sum.names,
            stroke,
            label: sum.label(members.len()),
            tip: sum.tip(map, members, stroke, change),
            change,
        };
        sums.into_iter().map(edge).collect()
    }
}

impl Sum {
    fn label(&self, of: usize) -> String {
        if self.names < of {
            return format!("{} of {of}", self.names);
        }
        match self.labels.len() {
            1 => self.labels.first().cloned().unwrap_or_default(),
            _ => String::new(),
        }
    }

    fn tip(&self, map: &Map, members: &[usize], stroke: Stroke, change: Change) -> String {
        let who = match members {
            [one] => visible(&map.sources[*one].name),
            _ => format!("{} of {}", self.names, count(members.len(), "name")),
        };
        let what = match stroke {
            Stroke::Whole => "all",
            Stroke::Arm => "split",
            Stroke::Mirror => "mirror",
            Stroke::Lost => "nobody",
        };
        let labels: Vec<&str> = self
            .labels
            .iter()
            .map(String::as_str)
            .filter(|l| !l.is_empty())
            .collect();
        let mut told = vec![
            who,
            format!("{what} {}", labels.join(", "))
                .trim_end()
                .to_owned(),
        ];
        if change != Change::Same {
            told.extend(said("", change.as_str()));
        }
        told.join("\n")
    }
}

fn stroke(link: &Link) -> Stroke {
    match (&link.to, link.how) {
        (Target::Drop(_) | Target::Unrouted, _) => Stroke::Lost,
        (_, How::All) => Stroke::Whole,
        (_, How::Arm(..)) => Stroke::Arm,
        (_, How::Mirror(_)) => Stroke::Mirror,
    }
}

fn label(link: &Link) -> String {
    let share = |how: How| match how {
        How::All => String::new(),
        How::Arm(weight, sum) => percent(weight, sum),
        How::Mirror(ppm) => format!("copy {}", words::share(ppm)),
    };
    match link.was {
        Some(was) => format!("{} \u{2192} {}", share(was), share(link.how)),
        None if link.how == How::Mirror(1_000_000) => "copy".to_owned(),
        None => share(link.how),
    }
}
