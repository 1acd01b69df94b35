//! The proposal as a file: what was seen first, then the program, then the rest.

use std::fmt::Write as _;

use super::candidate::Kind;
use super::evidence::SURE;
use super::quote;
use super::shape::{Shapes, Step};
use super::shipped::Fit;
use super::{Block, Proposal, program, rest};

/// Kinds of documents that are listed.
const GROUPS_MAX: usize = 20;
/// Candidates that are shown as comments.
const UNSURE_MAX: usize = 10;

/// The whole file.
pub(super) fn write(shapes: &Shapes<'_>, blocks: &[Block<'_>], proposal: &Proposal) -> String {
    let mut text = head(shapes, proposal);
    documents(shapes, &mut text);
    text.push('\n');
    let (sure, unsure): (Vec<_>, Vec<_>) = blocks
        .iter()
        .partition(|block| block.candidate.evidence.is_sure());
    let pieces: Vec<String> = sure
        .iter()
        .enumerate()
        .map(|(at, block)| piece(shapes, at + 1, block))
        .collect();
    let mut below = String::new();
    for (at, block) in unsure.iter().take(UNSURE_MAX).enumerate() {
        below.push_str(&piece(shapes, sure.len() + at + 1, block));
        below.push('\n');
    }
    if unsure.len() > UNSURE_MAX {
        let _ = writeln!(
            below,
            "# And {} more that look less like routes.\n",
            unsure.len() - UNSURE_MAX
        );
    }
    below.push_str(&rest::lines(shapes, blocks));
    let shown = sure.iter().chain(unsure.iter().take(UNSURE_MAX));
    let code = shown.map(|block| block.routes.as_str());
    text + &program::program(pieces.iter().map(String::as_str), code, &below)
}

fn head(shapes: &Shapes<'_>, proposal: &Proposal) -> String {
    let counts = &proposal.report.counts;
    let corpus = shapes.corpus;
    let leaves = counts.converted + counts.ignored + counts.cannot + counts.unexplained;
    let mut text = String::new();
    let sum = format!(
        "{} in {}, {leaves} leaves",
        many(corpus.documents.len(), "document"),
        many(corpus.files, "file")
    );
    let _ = writeln!(
        text,
        "# A proposal for {sum}. Read it, edit it, and run it with `--from` and the name of this file."
    );
    for fit in &proposal.fits {
        let _ = writeln!(text, "#\n# A mapping for this ships: {}.", fits(fit));
    }
    let _ = writeln!(text, "#\n# {}", verdict(proposal));
    text
}

/// What a shipped mapping does.
fn fits(fit: &Fit) -> String {
    let leaves = fit.leaves;
    format!(
        "`--from {}` finds {} in {}: of {} leaves there, {} are converted, {} ignored for a \
         reason, {} cannot be expressed, {} stay unexplained",
        fit.name,
        match (fit.routes, fit.settings) {
            (0, settings) => many(settings, "setting"),
            (routes, _) => many(routes, "rule"),
        },
        many(fit.documents, "document"),
        leaves.all,
        leaves.converted,
        leaves.ignored,
        leaves.cannot,
        leaves.unexplained()
    )
}

/// What the proposal comes to, in a sentence.
fn verdict(proposal: &Proposal) -> String {
    let counts = &proposal.report.counts;
    if proposal.sure > 0 {
        let made = format!(
            "{} ({} of event and consumer); {} converted, {} that cannot be expressed, {} unexplained",
            many(counts.routes, "route"),
            many(counts.pairs, "pair"),
            many(counts.converted, "leaf"),
            counts.cannot,
            counts.unexplained,
        );
        let without = match counts.documents_without_routes {
            0 => String::new(),
            documents => format!(", and {} without routes", many(documents, "document")),
        };
        let further = match proposal.unsure {
            0 => String::new(),
            unsure => format!(" {} less sure: as comments.", many(unsure, "shape")),
        };
        return format!(
            "As it stands, it reads {} as routes: {made}{without}.{further}",
            many(proposal.sure, "shape")
        );
    }
    if let Some(fit) = proposal.fits.first() {
        return format!(
            "Take `--from {}`: looked at without it, nothing here is surely routes.",
            fit.name
        );
    }
    let unsure = match proposal.unsure {
        0 => "Nothing here looks like routes.".to_owned(),
        unsure => format!(
            "Nothing here is surely routes; {} that might be stand below as comments.",
            many(unsure, "shape")
        ),
    };
    match proposal.settings {
        Some(settings) => format!(
            "{unsure} It looks like plain settings ({} of {} are no text): try `--from settings`.",
            settings.typed, settings.all
        ),
        None => unsure,
    }
}

pub(super) fn many(count: usize, what: &str) -> String {
    match (count, what) {
        (1, _) => format!("1 {what}"),
        (_, "leaf") => format!("{count} leaves"),
        _ => format!("{count} {what}s"),
    }
}

fn documents(shapes: &Shapes<'_>, text: &mut String) {
    let mut roots: Vec<_> = (0..shapes.places.len())
        .filter(|place| shapes.places[*place].step == Step::Root)
        .collect();
    roots.sort_by_key(|root| std::cmp::Reverse(shapes.places[*root].found.len()));
    let _ = writeln!(text, "#\n# Documents:");
    for root in roots.iter().take(GROUPS_MAX) {
        let place = &shapes.places[*root];
        let group = &shapes.groups[place.group];
        let what = match &group.kind {
            Some(kind) => {
                let versions: Vec<String> = group
                    .versions
                    .iter()
                    .map(|version| quote::shown(version))
                    .collect();
                let of = if versions.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", versions.join(", "))
                };
                format!("of kind {}{of}", quote::shown(kind))
            }
            None => contents(shapes, *root),
        };
        let _ = writeln!(
            text,
            "# {:>6} {what}: {}",
            place.found.len(),
            shapes.first(*root)
        );
    }
    if roots.len() > GROUPS_MAX {
        let _ = writeln!(text, "#        and {} kinds more", roots.len() - GROUPS_MAX);
    }
}

/// What documents without a kind have at their top.
fn contents(shapes: &Shapes<'_>, root: usize) -> String {
    const KEYS_MAX: usize = 6;
    let keys: Vec<String> = shapes
        .fields(root)
        .map(|(name, _)| quote::shown(name))
        .collect();
    let more = if keys.len() > KEYS_MAX { ", ..." } else { "" };
    match keys.as_slice() {
        [] if shapes.child(root, Step::Entry).is_some() => "with names as their keys".to_owned(),
        [] if shapes.child(root, Step::Item).is_some() => "with a list".to_owned(),
        [] => "with a value".to_owned(),
        keys => format!("with {}{more}", keys[..keys.len().min(KEYS_MAX)].join(", ")),
    }
}

/// A candidate with its evidence; as a comment, if it is not sure.
fn piece(shapes: &Shapes<'_>, number: usize, block: &Block<'_>) -> String {
    let candidate = &block.candidate;
    let place = &shapes.places[candidate.record];
    let path = shapes.path(candidate.record);
    let reads = match candidate.kind {
        Kind::Keyed => "is an event, and where it goes",
        Kind::Inverted => "is a consumer, and the events that it wants",
        Kind::Pair => "says what happens, and where it goes",
    };
    let why = &candidate.evidence;
    let may = if why.is_sure() { "" } else { "Perhaps: " };
    let points = match why.points < SURE {
        true => format!("{} of {SURE} points", why.points),
        false => many(why.points as usize, "point"),
    };
    let mut text = format!(
        "# {number}. {may}each of {path} {reads}: {} of them, first at {} ({points})\n",
        place.found.len(),
        shapes.first(candidate.record),
    );
    for (points, line) in &why.lines {
        let points = if *points > 0 {
            format!("+{points}")
        } else {
            "  ".to_owned()
        };
        let _ = writeln!(text, "#    {points} {line}");
    }
    for doubt in &why.doubts {
        let _ = writeln!(text, "#    not active: {doubt}");
    }
    match why.is_sure() {
        true => text.push_str(&block.routes),
        false => text.push_str(&commented(&block.routes)),
    }
    if let Some((_, consumers)) = &block.consumers {
        text.push_str(consumers);
    }
    text
}

fn commented(code: &str) -> String {
    code.lines().map(|line| format!("# {line}\n")).collect()
}

/// For people, beside the file.
impl std::fmt::Display for Proposal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counts = &self.report.counts;
        writeln!(
            f,
            "read        {}, {}",
            many(counts.files, "file"),
            many(counts.documents, "document")
        )?;
        for fit in &self.fits {
            writeln!(f, "ships       {}", fits(fit))?;
        }
        writeln!(f, "proposal    {}", verdict(self))
    }
}
