//! The whole way: documents and a mapping to a definition, and a report on both.

use std::collections::BTreeSet;

use routewright_schema::diagnostic::without_passwords;
use routewright_schema::model::Definition;
use routewright_schema::source::FileId;

use crate::account::{Account, Class};
use crate::admit::{Admitted, admit};
use crate::document::{Corpus, NodeKind};
use crate::evaluate::{Evaluator, Failed, Input};
use crate::item::{Item, Named};
use crate::mapping::Mapping;
use crate::merge::Merged;
use crate::prove::{self, Proof};
use crate::report::{Counts, Failure, FileClass, Finding, Report};
use crate::rules::Fate;
use crate::trace::{NodeId, Origin, Trace};

/// What came of it.
#[derive(Debug)]
pub struct Conversion {
    /// The definition, as it is read back from the text that was written. `None`: there is
    /// nothing to define, or it would be refused; the report says which.
    pub definition: Option<Definition>,
    /// What was found, and what became of it.
    pub report: Report,
}

/// What takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The mapping is run on documents.
    Mapping,
    /// Original and result are asked names.
    Proving,
}

/// Is told of a stage how much of it is done, and of how much; 0: nobody knows.
pub type Progress<'p> = &'p mut dyn FnMut(Stage, usize, usize);

/// Converts all documents of `corpus` into the definition `package`.
pub fn convert(corpus: &Corpus, mapping: &Mapping<'_>, package: &str) -> Conversion {
    convert_telling(corpus, mapping, package, &mut |_, _, _| {})
}

/// As [`convert`], and tells of its progress.
pub fn convert_telling(
    corpus: &Corpus,
    mapping: &Mapping<'_>,
    package: &str,
    progress: Progress<'_>,
) -> Conversion {
    let trace = Trace::new(corpus.nodes.len());
    let mut results = Results::default();
    evaluate(corpus, mapping, &trace, &mut results, progress);
    let Admitted {
        merged,
        result,
        fault,
    } = admit(package, &results.items, corpus, &trace);
    let mut account = Account::new(corpus.nodes.len());
    let cannot = results.account(&merged, &trace, &mut account);
    let plain = without_routes(
        corpus,
        &account,
        &trace.nodes(results.failed.iter().copied()),
    );
    for at in &plain {
        account.ignore(
            corpus.documents[*at].nodes.clone(),
            "the document has no routes",
        );
    }
    let nodes = trace.nodes(results.failed.iter().copied());
    let in_mapping = nodes
        .iter()
        .map(|node| corpus.nodes[*node as usize].span.file);
    let in_yaml = corpus.faults.iter().map(|fault| fault.span.file);
    let failed_files: BTreeSet<FileId> = in_mapping.chain(in_yaml).collect();
    let mut failures = results.failures;
    failures.extend(corpus.faults.iter().map(|fault| Failure {
        place: corpus.place(fault.span),
        message: fault.message.clone(),
    }));
    failures.extend(fault.map(|message| {
        let place = package.to_owned();
        Failure { place, message }
    }));
    let (definition, proof) = match result {
        Some((definition, table)) => {
            let proof = prove::prove(&results.items, &merged, &table, &mut |at, of| {
                progress(Stage::Proving, at, of);
            });
            (Some(definition), proof)
        }
        None => (None, Proof::default()),
    };
    let find = |nodes: Vec<u32>, why: &str| {
        let found = nodes.into_iter().map(|node| Finding::of(corpus, node, why));
        found.collect::<Vec<_>>()
    };
    let report = Report {
        counts: Counts::of(corpus, &account, &merged.definition, plain.len()),
        files: FileClass::all(corpus, &account, &plain, &failed_files),
        ignored: account
            .reasons(corpus)
            .into_iter()
            .map(|(why, leaves)| (why.to_owned(), leaves))
            .collect(),
        unexplained: find(
            account.leaves(corpus, Class::Unexplained),
            "no result depends on it",
        ),
        lost_keys: find(account.lost_keys(corpus), "no result depends on this name"),
        cannot: once(cannot, corpus, &trace),
        enums: merged.enums.clone(),
        quirks: corpus
            .quirks
            .iter()
            .map(|quirk| Finding {
                place: corpus.place(quirk.span),
                text: without_passwords(&corpus.shown(quirk.span)).into_owned(),
                why: format!("{}: {}", quirk.kind.as_str(), quirk.kind.meaning()),
            })
            .collect(),
        renamed: changed(&merged),
        failures,
        proof,
    };
    Conversion { definition, report }
}

/// What cannot be expressed.
struct Told {
    about: Named,
    /// All that it is made of.
    from: Origin,
    why: String,
}

#[derive(Default)]
struct Results {
    items: Vec<Item>,
    /// All that each item depends on.
    from: Vec<Origin>,
    failures: Vec<Failure>,
    /// What was looked at when the mapping failed.
    failed: Vec<Origin>,
}

fn evaluate(
    corpus: &Corpus,
    mapping: &Mapping<'_>,
    trace: &Trace,
    results: &mut Results,
    progress: Progress<'_>,
) {
    let inputs = corpus.documents.iter().map(|document| Input {
        file: corpus.sources.name(document.file).into(),
        value: document.root.clone(),
    });
    let evaluator = Evaluator::new(mapping, trace, inputs);
    let place = |from| match trace.nodes([from]).first() {
        Some(node) => corpus.place(corpus.nodes[*node as usize].span),
        None => mapping.name.to_owned(),
    };
    evaluator.run(&mut |result| match result {
        Ok(value) => match Item::read(&value, trace) {
            Ok(item) => {
                progress(Stage::Mapping, results.items.len(), 0);
                results.items.push(item);
                results.from.push(value.deep(trace));
            }
            Err(fault) => {
                results.failed.push(value.deep(trace));
                let found = Finding::about(corpus, trace, &fault.about, "");
                let text = match found.text.as_str() {
                    "" => String::new(),
                    text => format!("`{text}`: "),
                };
                results.failures.push(Failure {
                    place: found.place,
                    message: format!("{text}{}", fault.message),
                });
            }
        },
        Err(Failed {
            message,
            place: at,
            from,
        }) => {
            results.failed.push(from);
            results.failures.push(Failure {
                place: place(from),
                message: format!("{message} ({at})"),
            });
        }
    });
}

impl Results {
    /// Gives every leaf that an item depends on its class; what cannot be expressed, and
    /// why.
    fn account(&self, merged: &Merged, trace: &Trace, account: &mut Account) -> Vec<Told> {
        let refused = merged.refused();
        let mut converted = Vec::new();
        let mut cannot: Vec<Told> = Vec::new();
        for (at, (item, from)) in self.items.iter().zip(&self.from).enumerate() {
            match item {
                Item::Ignore(_) => {}
                Item::Cannot(why, about) => {
                    account.put(trace, &[*from], Class::Cannot);
                    cannot.push(Told {
                        about: about.clone(),
                        from: *from,
                        why: why.clone(),
                    });
                }
                _ if refused.contains(&at) => {}
                _ => converted.push(*from),
            }
        }
        for (at, fate) in &merged.fates {
            let why = match fate {
                Fate::Refused(why) => {
                    account.put(trace, &[self.from[*at]], Class::Cannot);
                    format!("left out: {why}")
                }
                Fate::Partly(why) | Fate::Dead(why) => why.clone(),
            };
            let about = merged.about.get(at).cloned();
            let mut about = about.unwrap_or_else(|| self.items[*at].name());
            // A name that the mapping made up stands nowhere; what the item is made of does.
            if trace.nodes([about.from]).is_empty() {
                about.from = self.from[*at];
            }
            cannot.push(Told {
                about,
                from: self.from[*at],
                why,
            });
        }
        account.put(trace, &converted, Class::Converted);
        for (item, from) in self.items.iter().zip(&self.from) {
            if let Item::Ignore(why) = item {
                account.ignore(trace.nodes([*from]), why);
            }
        }
        cannot
    }
}

/// Documents of which nothing was converted, nothing failed, and not all was ignored by the
/// mapping.
fn without_routes(corpus: &Corpus, account: &Account, failed: &[NodeId]) -> Vec<usize> {
    let found = |node| matches!(account.class(node), Class::Converted | Class::Cannot);
    let open = |node: NodeId| {
        let leaf = corpus.nodes[node as usize].kind == NodeKind::Leaf;
        leaf && account.class(node) == Class::Unexplained
    };
    let documents = corpus.documents.iter().enumerate();
    let plain = documents.filter(|(_, document)| {
        let next = failed.partition_point(|node| *node < document.nodes.start);
        let fails = failed
            .get(next)
            .is_some_and(|node| document.nodes.contains(node));
        !fails && !document.nodes.clone().any(found) && document.nodes.clone().any(open)
    });
    plain.map(|(at, _)| at).collect()
}

/// What is told several times of just the same nodes, once.
fn once(told: Vec<Told>, corpus: &Corpus, trace: &Trace) -> Vec<Finding> {
    let mut known = BTreeSet::new();
    let mut list = Vec::new();
    for Told { about, from, why } in told {
        let nodes = trace.nodes([from]);
        let finding = Finding::about(corpus, trace, &about, &why);
        if known.insert((nodes, finding.text.clone(), why)) {
            list.push(finding);
        }
    }
    list
}

/// Legal name, original name; only of those that differ.
fn changed(merged: &Merged) -> Vec<(String, String)> {
    let all = merged.consumers.iter().chain(&merged.settings);
    let changed = all.filter(|(original, legal)| original != legal);
    changed
        .map(|(original, legal)| (legal.clone(), original.clone()))
        .collect()
}
