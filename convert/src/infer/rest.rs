//! What the sure part of a proposal says nothing of: a line for each path at the top.

use std::fmt::Write;

use crate::document::NodeKind;
use crate::trace::{NodeId, Trace};

use super::program;
use super::quote;
use super::shape::{Found, PlaceId, Shapes, Step};
use super::text::many;
use super::trial::Trial;
use super::{Block, active};

/// Paths that are listed.
const SHOWN_MAX: usize = 60;
const HEAD: &str = "\
# What is left stays unexplained until a rule says something of it. What means nothing for\n\
# routes and settings is told so, with the reason:\n";

/// Comments that only need a reason to become rules.
pub(super) fn lines(shapes: &Shapes<'_>, blocks: &[Block<'_>]) -> String {
    let corpus = shapes.corpus;
    let code = program::program(active(blocks), active(blocks), "");
    let Ok(trial) = Trial::of(corpus, "proposal", &code) else {
        return String::new();
    };
    let trace = Trace::new(corpus.nodes.len());
    // An alias and a merge lead to leaves that stand elsewhere.
    let mut seen = vec![false; corpus.nodes.len()];
    let mut rest: Vec<(PlaceId, usize, NodeId)> = Vec::new();
    for place in tops(shapes) {
        let (mut count, mut first) = (0, None);
        for found in &shapes.places[place].found {
            for node in nodes(shapes, &trace, found) {
                let leaf = corpus.nodes[node as usize].kind == NodeKind::Leaf;
                if leaf
                    && trial.is_unexplained(node)
                    && !std::mem::replace(&mut seen[node as usize], true)
                {
                    count += 1;
                    first.get_or_insert(node);
                }
            }
        }
        rest.extend(first.map(|first| (place, count, first)));
    }
    let mut text = String::new();
    if !rest.is_empty() {
        text.push_str(HEAD);
    }
    for (place, count, first) in rest.iter().take(SHOWN_MAX) {
        let span = corpus.nodes[*first as usize].span;
        let (line, _) = corpus.sources.line_column(span);
        let file = quote::path(corpus.sources.name(span.file));
        let path = program::path(shapes, *place);
        let leaves = many(*count, "leaf");
        let _ = writeln!(
            text,
            "# ({path} | {{ ignore: ., why: \"TODO\" }}), # {leaves}, first at {file}:{line}"
        );
    }
    if let Some(further) = rest.get(SHOWN_MAX..).filter(|further| !further.is_empty()) {
        let leaves: usize = further.iter().map(|(_, count, _)| count).sum();
        let _ = writeln!(
            text,
            "# And {} more, with {leaves} leaves.",
            many(further.len(), "path")
        );
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// The fields of documents; of lists and dictionaries, those of what is in them.
fn tops(shapes: &Shapes<'_>) -> Vec<PlaceId> {
    let roots = (0..shapes.places.len()).filter(|place| shapes.places[*place].step == Step::Root);
    let mut tops = Vec::new();
    for root in roots {
        for child in &shapes.places[root].children {
            if !matches!(shapes.places[*child].step, Step::Field(_)) {
                tops.extend(&shapes.places[*child].children);
            }
            tops.push(*child);
        }
        tops.push(root);
    }
    tops
}

/// The nodes of a value, with its key.
fn nodes(shapes: &Shapes<'_>, trace: &Trace, found: &Found<'_>) -> std::ops::Range<NodeId> {
    let node = |origin| trace.nodes([origin]).first().copied();
    match found.key.and_then(|(_, key)| node(key)) {
        Some(key) => key..shapes.corpus.nodes[key as usize].end,
        None => node(found.value.from).map_or(0..0, |leaf| leaf..leaf + 1),
    }
}
