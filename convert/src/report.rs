//! What is told of a conversion, for people and for machines.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use routewright_schema::diagnostic::without_passwords;
use routewright_schema::model::Definition;
use routewright_schema::source::FileId;
use serde_json::json;

use crate::account::{Account, Class};
use crate::document::{Corpus, NodeKind};
use crate::item::Named;
use crate::observe::Observed;
use crate::prove::Proof;
use crate::trace::{NodeId, Trace};

/// Findings of one kind that are shown to people. The JSON has all of them.
const SHOWN_MAX: usize = 20;
/// Files without routes that are shown by name.
const NAMED_MAX: usize = 6;

/// What became of everything.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many.
    pub counts: Counts,
    /// Every file, in the order of reading, and what it turned out to be.
    pub files: Vec<(String, FileClass)>,
    /// Reason -> leaves that it explains.
    pub ignored: BTreeMap<String, usize>,
    /// Leaves on which no result depends.
    pub unexplained: Vec<Finding>,
    /// Keys on which no result depends, though something below them was converted.
    pub lost_keys: Vec<Finding>,
    /// What cannot be expressed.
    pub cannot: Vec<Finding>,
    /// What not every reader of YAML takes for the same.
    pub quirks: Vec<Finding>,
    /// Settings that became enums since few values were seen.
    pub enums: Vec<Observed>,
    /// Name in the result, name in the source.
    pub renamed: Vec<(String, String)>,
    /// What went wrong.
    pub failures: Vec<Failure>,
    /// The questions that were asked.
    pub proof: Proof,
}

/// What a file turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileClass {
    /// Something of it was converted.
    Converted,
    /// It means something, none of which can be expressed.
    Cannot,
    /// The mapping finds nothing in it.
    WithoutRoutes,
    /// The mapping says why nothing of it counts.
    Ignored,
    /// It holds nothing but comments.
    Empty,
    /// It could not be read, or the mapping failed on it.
    Failed,
}

impl FileClass {
    /// The word of the report.
    pub fn as_str(self) -> &'static str {
        match self {
            FileClass::Converted => "converted",
            FileClass::Cannot => "cannot be expressed",
            FileClass::WithoutRoutes => "without routes",
            FileClass::Ignored => "ignored for a reason",
            FileClass::Empty => "empty",
            FileClass::Failed => "failed",
        }
    }

    /// The class of each file. `plain` has the documents without routes, `failed` the files
    /// with a failure.
    pub(crate) fn all(
        corpus: &Corpus,
        account: &Account,
        plain: &[usize],
        failed: &BTreeSet<FileId>,
    ) -> Vec<(String, FileClass)> {
        let mut best: BTreeMap<FileId, Option<FileClass>> =
            corpus.sources.ids().map(|file| (file, None)).collect();
        for (at, document) in corpus.documents.iter().enumerate() {
            let has = |class| {
                document
                    .nodes
                    .clone()
                    .any(|node| account.class(node) == class)
            };
            let class = match () {
                () if has(Class::Converted) => FileClass::Converted,
                () if has(Class::Cannot) => FileClass::Cannot,
                () if plain.binary_search(&at).is_ok() => FileClass::WithoutRoutes,
                () => FileClass::Ignored,
            };
            let of_file = best.entry(document.file).or_default();
            *of_file = Some(of_file.map_or(class, |old| old.min(class)));
        }
        let class = |file, class: Option<FileClass>| match failed.contains(&file) {
            true => FileClass::Failed,
            false => class.unwrap_or(FileClass::Empty),
        };
        let all = best.into_iter();
        all.map(|(file, best)| (corpus.sources.name(file).to_owned(), class(file, best)))
            .collect()
    }
}

/// How many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files that were read.
    pub files: usize,
    /// Their documents.
    pub documents: usize,
    /// Documents that the mapping has nothing to say of.
    pub documents_without_routes: usize,
    /// Leaves that a result depends on.
    pub converted: usize,
    /// Leaves that a rule explains.
    pub ignored: usize,
    /// Leaves that cannot be expressed.
    pub cannot: usize,
    /// Leaves that nothing explains.
    pub unexplained: usize,
    /// Routes of the result, with patterns.
    pub routes: usize,
    /// Distinct events.
    pub events: usize,
    /// (Event or pattern, consumer) pairs.
    pub pairs: usize,
    /// Consumers.
    pub consumers: usize,
    /// Settings.
    pub settings: usize,
}

/// A place, and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `file:line:column`.
    pub place: String,
    /// What stands there.
    pub text: String,
    /// What is to be said.
    pub why: String,
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `file:line:column`.
    pub place: String,
    /// Why.
    pub message: String,
}

impl Finding {
    pub(crate) fn of(corpus: &Corpus, node: NodeId, why: &str) -> Finding {
        let span = corpus.nodes[node as usize].span;
        Finding {
            place: corpus.place(span),
            text: without_passwords(&corpus.shown(span)).into_owned(),
            why: why.to_owned(),
        }
    }

    /// At the node that says just that; else at the last leaf, since what comes before led
    /// there.
    pub(crate) fn about(corpus: &Corpus, trace: &Trace, about: &Named, why: &str) -> Finding {
        let nodes = trace.nodes([about.from]);
        let leaf = |node: &&NodeId| corpus.nodes[**node as usize].kind == NodeKind::Leaf;
        let says = |node: &&NodeId| corpus.scalar(**node) == about.text;
        let best = nodes.iter().rfind(says).or(nodes.iter().rfind(leaf));
        match best.or(nodes.last()) {
            Some(node) => Finding::of(corpus, *node, why),
            None => Finding {
                place: "the mapping".to_owned(),
                text: without_passwords(&about.text).into_owned(),
                why: why.to_owned(),
            },
        }
    }
}

impl Counts {
    pub(crate) fn of(
        corpus: &Corpus,
        account: &Account,
        definition: &Definition,
        documents_without_routes: usize,
    ) -> Counts {
        let leaves = |class| account.leaves(corpus, class).len();
        let targets = definition.routes.values().map(|route| &route.target);
        Counts {
            files: corpus.files,
            documents: corpus.documents.len(),
            documents_without_routes,
            converted: leaves(Class::Converted),
            ignored: leaves(Class::Ignored),
            cannot: leaves(Class::Cannot),
            unexplained: leaves(Class::Unexplained),
            routes: definition.routes.len(),
            events: definition.events.len(),
            pairs: targets
                .map(|target| target.to.len() + target.split.len())
                .sum(),
            consumers: definition.consumers.len(),
            settings: definition.settings.len(),
        }
    }

    /// Each with its name.
    pub fn named(&self) -> [(&'static str, usize); 12] {
        [
            ("files", self.files),
            ("documents", self.documents),
            ("documents_without_routes", self.documents_without_routes),
            ("converted", self.converted),
            ("ignored", self.ignored),
            ("cannot", self.cannot),
            ("unexplained", self.unexplained),
            ("routes", self.routes),
            ("events", self.events),
            ("pairs", self.pairs),
            ("consumers", self.consumers),
            ("settings", self.settings),
        ]
    }
}

impl Report {
    /// Whether nothing was lost without a word, and the result answers as the original.
    pub fn is_complete(&self) -> bool {
        self.is_sound() && self.unexplained.is_empty() && self.lost_keys.is_empty()
    }

    /// Whether all could be read, and the result answers as the original.
    pub fn is_sound(&self) -> bool {
        self.failures.is_empty() && self.proof.differences.is_empty()
    }

    /// For machines: everything.
    pub fn to_json(&self) -> serde_json::Value {
        let findings = |list: &[Finding]| {
            list.iter()
                .map(|f| json!({ "place": f.place, "text": f.text, "why": f.why }))
                .collect::<Vec<_>>()
        };
        json!({
            "counts": self.counts.named().into_iter().collect::<BTreeMap<_, _>>(),
            "files": self.files.iter().map(|(name, class)| json!({
                "file": name, "class": class.as_str(),
            })).collect::<Vec<_>>(),
            "ignored": self.ignored,
            "unexplained": findings(&self.unexplained),
            "lost_keys": findings(&self.lost_keys),
            "cannot": findings(&self.cannot),
            "quirks": findings(&self.quirks),
            "enums": self.enums.iter().map(|e| json!({
                "setting": e.setting, "values": e.values, "seen": e.seen,
            })).collect::<Vec<_>>(),
            "renamed": self.renamed.iter().map(|(name, was)| json!({ "name": name, "was": was })).collect::<Vec<_>>(),
            "failures": self.failures.iter().map(|f| json!({ "place": f.place, "message": f.message })).collect::<Vec<_>>(),
            "proof": {
                "questions": self.proof.questions,
                "differences": self.proof.differences.iter().map(|d| json!({
                    "event": d.event, "original": d.original, "table": d.table,
                })).collect::<Vec<_>>(),
            },
        })
    }
}

/// For people: what matters first.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = &self.counts;
        let without = match c.documents_without_routes {
            0 => String::new(),
            n => format!(" ({n} without routes)"),
        };
        let (files, documents) = (some(c.files, "file"), some(c.documents, "document"));
        writeln!(f, "read        {files}, {documents}{without}")?;
        let mut classes: BTreeMap<FileClass, usize> = BTreeMap::new();
        for (_, class) in &self.files {
            *classes.entry(*class).or_default() += 1;
        }
        let classes = classes
            .iter()
            .map(|(class, n)| format!("{n} {}", class.as_str()));
        writeln!(f, "files       {}", classes.collect::<Vec<_>>().join(", "))?;
        let plain = |(name, class): &(String, FileClass)| {
            (*class == FileClass::WithoutRoutes).then(|| name.clone())
        };
        let plain: Vec<String> = self.files.iter().filter_map(plain).collect();
        if !plain.is_empty() {
            let shown = plain
                .iter()
                .take(NAMED_MAX)
                .cloned()
                .collect::<Vec<_>>()
                .join(", ");
            let more = match plain.len().saturating_sub(NAMED_MAX) {
                0 => String::new(),
                n => format!(", and {n} more"),
            };
            writeln!(f, "no routes   {shown}{more}")?;
        }
        writeln!(
            f,
            "leaves      {} converted, {} ignored for a reason, {} that cannot be expressed, {} unexplained",
            c.converted, c.ignored, c.cannot, c.unexplained
        )?;
        match c.routes + c.settings {
            0 => writeln!(
                f,
                "result      no routes and no settings; if there should be some, look at what the mapping begins with"
            )?,
            _ => writeln!(
                f,
                "result      {}, {}, {}, {}, {}",
                some(c.routes, "route"),
                some(c.events, "event"),
                format_args!("{} of event and consumer", some(c.pairs, "pair")),
                some(c.consumers, "consumer"),
                some(c.settings, "setting")
            )?,
        }
        if self.proof.questions > 0 {
            let differ = self.proof.differences.len();
            let questions = some(self.proof.questions, "name");
            writeln!(
                f,
                "proof       {questions} asked of original and result, {differ} answered differently"
            )?;
        }
        for (why, leaves) in &self.ignored {
            let leaves = some(*leaves, "leaf");
            writeln!(f, "ignored     {leaves}: {why}")?;
        }
        for failure in self.failures.iter().take(SHOWN_MAX) {
            writeln!(f, "failed      {}: {}", failure.place, failure.message)?;
        }
        for difference in &self.proof.differences {
            let (event, original, table) =
                (&difference.event, &difference.original, &difference.table);
            writeln!(
                f,
                "differs     {event:?}\n    original: {original}\n    result:   {table}"
            )?;
        }
        list(f, "unexplained", &self.unexplained)?;
        list(f, "lost name", &self.lost_keys)?;
        list(f, "cannot", &self.cannot)?;
        for e in self.enums.iter().take(SHOWN_MAX) {
            let (setting, values) = (&e.setting, e.values.join(", "));
            let seen = match e.seen {
                1 => "as levels of logging are called".to_owned(),
                n => format!("as {n} settings of that name have them"),
            };
            writeln!(
                f,
                "enum        {setting}: {values}, {seen}; add what else is legal"
            )?;
        }
        match self.renamed.as_slice() {
            [] => {}
            [(name, was), rest @ ..] => {
                let more = match rest.len() {
                    0 => String::new(),
                    n => format!(", and {n} more: `--report FILE` has them all"),
                };
                writeln!(f, "renamed     `{was}` is `{name}` here{more}")?;
            }
        }
        list(f, "quirk", &self.quirks)
    }
}

/// `1 file`, `2 files`.
fn some(n: usize, what: &str) -> String {
    match (n, what) {
        (1, what) => format!("1 {what}"),
        (n, "leaf") => format!("{n} leaves"),
        (n, what) => format!("{n} {what}s"),
    }
}

/// Findings, one a line; those of the same text for the same reason, once.
fn list(f: &mut fmt::Formatter<'_>, kind: &str, findings: &[Finding]) -> fmt::Result {
    let mut lines: Vec<(&Finding, usize)> = Vec::new();
    let mut known: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for finding in findings {
        let at = *known
            .entry((&finding.text, &finding.why))
            .or_insert(lines.len());
        match lines.get_mut(at) {
            Some((_, times)) => *times += 1,
            None => lines.push((finding, 1)),
        }
    }
    for (finding, times) in lines.iter().take(SHOWN_MAX) {
        let Finding { place, text, why } = finding;
        let more = match times {
            1 => String::new(),
            n => format!(" (and at {})", some(n - 1, "further place")),
        };
        writeln!(f, "{kind:<11} {place}: `{text}`: {why}{more}")?;
    }
    match lines.len().saturating_sub(SHOWN_MAX) {
        0 => Ok(()),
        further => writeln!(
            f,
            "{kind:<11} and {further} more; `--report FILE` has them all"
        ),
    }
}
