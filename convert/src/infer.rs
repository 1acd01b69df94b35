//! Looks at an unknown tree and proposes a mapping, with its evidence as comments.
//!
//! ```text
//! documents --groups--> those that are read alike --shape--> places (`.a.*[].b`)
//! places --refer--> names that are declared elsewhere
//! places --candidate--> records that may be routes, with points and reasons
//! candidates --program--> pieces of jq --trial--> those that run
//! ```
//!
//! What is sure enough is active in the proposal, what is less sure stands in it as a
//! comment. Nothing is ignored: leaves of which the proposal knows nothing stay
//! unexplained, and the report of a conversion shows them.

mod candidate;
mod dictionary;
mod evidence;
mod extra;
mod fields;
mod groups;
mod join;
mod keyed;
mod program;
mod quote;
mod reading;
mod refer;
mod rest;
mod routes;
mod shape;
mod shipped;
mod slot;
mod text;
mod trial;
mod words;

use std::collections::HashSet;

use crate::document::Corpus;
use crate::mapping::Mapping;
use crate::report::Report;
use crate::run::convert;

use candidate::{Candidate, Part, candidates};
use refer::Names;
use shape::{PlaceId, Shapes};
use trial::Trial;

pub use shipped::{Fit, Settings};
pub use trial::Leaves;

/// Shapes that are active. Each is tried on the whole tree.
const SURE_MAX: usize = 16;

/// Consumers that are declared elsewhere, and their place.
type Declared = (PlaceId, String);

/// A mapping for a tree, to be edited.
#[derive(Debug)]
pub struct Proposal {
    /// The program, with its evidence.
    pub text: String,
    /// Shapes that make routes of what is not told.
    pub sure: usize,
    /// Shapes that may be routes, as comments.
    pub unsure: usize,
    /// Shipped mappings that fit, the best first.
    pub fits: Vec<Fit>,
    /// Nothing looks like routes, but all like settings.
    pub settings: Option<Settings>,
    /// What the proposal makes of the tree as it is.
    pub report: Report,
}

/// A candidate, and its piece of the program.
struct Block<'c> {
    candidate: Candidate<'c>,
    routes: String,
    consumers: Option<Declared>,
}

/// Is told what is done, how much of it, and of how much.
pub type Progress<'p> = &'p mut dyn FnMut(&'static str, usize, usize);

/// Proposes a mapping for all documents of `corpus`.
pub fn infer(corpus: &Corpus) -> Proposal {
    infer_telling(corpus, &mut |_, _, _| {})
}

/// As [`infer`], and tells of its progress.
pub fn infer_telling(corpus: &Corpus, progress: Progress<'_>) -> Proposal {
    let groups = groups::groups(corpus);
    let shapes = Shapes::of(corpus, &groups);
    let names = Names::of(&shapes);
    let mut blocks: Vec<Block<'_>> = candidates(&shapes, &names)
        .into_iter()
        .map(|candidate| Block {
            routes: routes::routes(&shapes, &candidate),
            consumers: candidate
                .join
                .as_ref()
                .and_then(|join| Some((join.record, program::consumers(&shapes, join)?))),
            candidate,
        })
        .collect();
    each_leaf_once(&shapes, &mut blocks);
    let count = blocks.len();
    for (at, block) in blocks.iter_mut().enumerate() {
        progress("shapes tried", at, count);
        let why = &mut block.candidate.evidence;
        if why.is_sure()
            && let Err(fault) = tried(corpus, block.routes.as_str())
        {
            why.doubt(fault);
        }
    }
    declared_once(corpus, &mut blocks);
    let report = settle(corpus, &mut blocks);
    blocks.sort_by_key(|block| !block.candidate.evidence.is_sure());
    let sure = blocks
        .iter()
        .filter(|block| block.candidate.evidence.is_sure())
        .count();
    let mut proposal = Proposal {
        text: String::new(),
        sure,
        unsure: blocks.len() - sure,
        fits: shipped::fits(corpus, progress),
        settings: None,
        report,
    };
    if sure == 0 && proposal.fits.is_empty() {
        proposal.settings = shipped::settings(corpus);
    }
    proposal.text = text::write(&shapes, &blocks, &proposal);
    proposal
}

/// What one candidate uses, no other does: routes would be there twice.
fn each_leaf_once(shapes: &Shapes<'_>, blocks: &mut [Block<'_>]) {
    let mut used: HashSet<PlaceId> = HashSet::new();
    let mut sure = 0;
    for block in blocks {
        let candidate = &mut block.candidate;
        if !candidate.evidence.is_sure() {
            continue;
        }
        if sure == SURE_MAX {
            candidate
                .evidence
                .doubt(format!("{SURE_MAX} others look more like routes"));
            continue;
        }
        sure += 1;
        let parts = [&candidate.event, &candidate.to];
        let places: Vec<PlaceId> = parts
            .into_iter()
            .flat_map(|part| match part {
                Part::Key => vec![candidate.record],
                Part::Slot(slot) => slot.leaves.clone(),
            })
            .collect();
        match places.iter().find(|place| used.contains(place)) {
            Some(place) => candidate
                .evidence
                .doubt(format!("{} is used above", shapes.path(*place))),
            None => used.extend(places),
        }
    }
}

/// A piece that fails on the tree, or finds nothing in it, is none.
fn tried(corpus: &Corpus, block: &str) -> Result<(), String> {
    let code = alone(block);
    let mapping = Mapping::parse("proposal", &code).map_err(|faults| match faults.first() {
        Some(fault) => format!("it is no program: {}", quote::plain(&fault.message)),
        None => "it is no program".to_owned(),
    })?;
    let report = convert(corpus, &mapping, "proposal").report;
    // Files that are no YAML are faults of the corpus, and come last.
    let own = report.failures.len().saturating_sub(corpus.faults.len());
    match (
        report.failures.first().filter(|_| own > 0),
        report.cannot.first(),
    ) {
        (Some(failure), _) => Err(format!(
            "it fails on this tree: {}",
            one_line(&failure.message)
        )),
        (None, _) if report.counts.routes > 0 => Ok(()),
        (None, Some(cannot)) => Err(format!(
            "none of its routes can be expressed: {}",
            one_line(&cannot.why)
        )),
        (None, None) => Err("it makes no routes of this tree".to_owned()),
    }
}

/// A message as a piece of a comment.
fn one_line(message: &str) -> String {
    let words: Vec<&str> = message.split_whitespace().collect();
    quote::plain(&words.join(" ").replace('`', "'"))
}

/// Consumers are declared once, by the first that refers to them.
fn declared_once(corpus: &Corpus, blocks: &mut [Block<'_>]) {
    let mut declared = HashSet::new();
    for block in blocks {
        let sure = block.candidate.evidence.is_sure();
        block.consumers.take_if(|(place, text)| {
            let fails = Trial::of(corpus, "proposal", &alone(text))
                .map_or(true, |trial| !trial.failures.is_empty());
            !sure || fails || !declared.insert(*place)
        });
    }
}

/// Converts with what is sure, until the result is sound: what is least sure goes first.
fn settle(corpus: &Corpus, blocks: &mut [Block<'_>]) -> Report {
    loop {
        let text = program::program(active(blocks), active(blocks), "");
        // Each piece was parsed when it was tried.
        let mapping = Mapping::parse("proposal", &text).expect("pieces that parse do so together");
        let report = convert(corpus, &mapping, "proposal").report;
        // Files that are no YAML are no fault of the proposal.
        let sound =
            report.failures.len() <= corpus.faults.len() && report.proof.differences.is_empty();
        let last = blocks
            .iter_mut()
            .rev()
            .find(|block| block.candidate.evidence.is_sure());
        match last.filter(|_| !sound) {
            None => return report,
            // What it says of consumers may hold a secret, which no result may.
            Some(Block {
                consumers: consumers @ Some(_),
                ..
            }) => *consumers = None,
            Some(block) => {
                let failure = report.failures.last();
                let failure = failure.map_or("answers differ", |failure| &failure.message);
                let why = format!("together with the others it fails: {}", one_line(failure));
                block.candidate.evidence.doubt(why);
            }
        }
    }
}

/// One piece as a program.
fn alone(code: &str) -> String {
    program::program([code], std::iter::once(code), "")
}

/// The code of what is sure.
fn active<'b>(blocks: &'b [Block<'_>]) -> impl Iterator<Item = &'b str> + Clone {
    let sure = blocks
        .iter()
        .filter(|block| block.candidate.evidence.is_sure());
    sure.flat_map(|block| {
        let consumers = block.consumers.iter().map(|(_, text)| text.as_str());
        std::iter::once(block.routes.as_str()).chain(consumers)
    })
}
