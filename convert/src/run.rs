//! The whole way: documents and a mapping to a definition, and a report on both.

use std::collections::BTreeSet;

use routewright::Limits;
use routewright_schema::format::yaml_write;
use routewright_schema::load::load_text;
use routewright_schema::lower::lower;
use routewright_schema::model::Definition;

use crate::account::{Account, Class};
use crate::document::Corpus;
use crate::evaluate::{Evaluator, Failed, Input};
use crate::item::{Item, Named};
use crate::mapping::Mapping;
use crate::merge::{self, Merged};
use crate::prove::{self, Proof};
use crate::report::{Counts, Failure, Finding, Report};
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

/// Converts all documents of `corpus` into the definition `package`.
pub fn convert(corpus: &Corpus, mapping: &Mapping<'_>, package: &str) -> Conversion {
    let trace = Trace::new(corpus.nodes.len());
    let mut results = Results::default();
    evaluate(corpus, mapping, &trace, &mut results);
    let merged = merge::merge(package, &results.items, corpus, &trace);
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
    let mut failures = results.failures;
    failures.extend(corpus.faults.iter().map(|fault| Failure {
        place: corpus.place(fault.span),
        message: fault.message.clone(),
    }));
    let (definition, proof) = match read_back(&merged, &results.items) {
        Ok(Some((definition, proof))) => (Some(definition), proof),
        Ok(None) => (None, Proof::default()),
        Err(message) => {
            let place = package.to_owned();
            failures.push(Failure { place, message });
            (None, Proof::default())
        }
    };
    let find = |nodes: Vec<u32>, why: &str| {
        let found = nodes.into_iter().map(|node| Finding::of(corpus, node, why));
        found.collect::<Vec<_>>()
    };
    let report = Report {
        counts: Counts::of(corpus, &account, &merged.definition, plain.len()),
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
        cannot: cannot
            .into_iter()
            .map(|(about, why)| Finding::about(corpus, &trace, &about, &why))
            .collect(),
        quirks: corpus
            .quirks
            .iter()
            .map(|quirk| Finding {
                place: corpus.place(quirk.span),
                text: corpus.shown(quirk.span),
                why: format!("{}: {}", quirk.kind.as_str(), quirk.kind.meaning()),
            })
            .collect(),
        renamed: changed(&merged),
        failures,
        proof,
    };
    Conversion { definition, report }
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

fn evaluate(corpus: &Corpus, mapping: &Mapping<'_>, trace: &Trace, results: &mut Results) {
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
                results.items.push(item);
                results.from.push(value.deep(trace));
            }
            Err(fault) => {
                results.failed.push(fault.from);
                results.failures.push(Failure {
                    place: place(fault.from),
                    message: fault.message,
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
    fn account(
        &self,
        merged: &Merged,
        trace: &Trace,
        account: &mut Account,
    ) -> Vec<(Named, String)> {
        let refused: BTreeSet<usize> = merged.problems.iter().map(|problem| problem.item).collect();
        let mut converted = Vec::new();
        let mut cannot: Vec<(Named, String)> = Vec::new();
        for (at, (item, from)) in self.items.iter().zip(&self.from).enumerate() {
            match item {
                Item::Ignore(_) => {}
                Item::Cannot(why, about) => {
                    account.put(trace, &[*from], Class::Cannot);
                    cannot.push((about.clone(), why.clone()));
                }
                _ if refused.contains(&at) => {}
                _ => converted.push(*from),
            }
        }
        for problem in &merged.problems {
            account.put(trace, &[self.from[problem.item]], Class::Cannot);
            cannot.push((problem.about.clone(), problem.message.clone()));
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

/// Documents of which nothing was converted, and nothing failed.
fn without_routes(corpus: &Corpus, account: &Account, failed: &[NodeId]) -> Vec<usize> {
    let found = |node| matches!(account.class(node), Class::Converted | Class::Cannot);
    let documents = corpus.documents.iter().enumerate();
    let plain = documents.filter(|(_, document)| {
        let next = failed.partition_point(|node| *node < document.nodes.start);
        let fails = failed
            .get(next)
            .is_some_and(|node| document.nodes.contains(node));
        !fails && !document.nodes.clone().any(found)
    });
    plain.map(|(at, _)| at).collect()
}

/// Writes the definition, reads what was written, compiles it and asks both sides.
fn read_back(merged: &Merged, items: &[Item]) -> Result<Option<(Definition, Proof)>, String> {
    let definition = &merged.definition;
    if definition.routes.is_empty()
        && definition.settings.is_empty()
        && definition.fallback.is_none()
    {
        return Ok(None);
    }
    let text = yaml_write::write(definition);
    let loaded = load_text("converted.yaml", &text).map_err(|(sources, report)| {
        format!("the result is refused:\n{}", report.render(&sources, false))
    })?;
    let table = lower(&loaded.definition, &Limits::DEFAULT).map_err(|violations| {
        let report =
            routewright_schema::check::diagnostics(&violations, &loaded.definition, &loaded.places);
        format!(
            "the result is refused:\n{}",
            report.render(&loaded.sources, false)
        )
    })?;
    // An item that was refused is told as such, and is no question.
    let refused: BTreeSet<usize> = merged.problems.iter().map(|problem| problem.item).collect();
    let asked: Vec<Item> = items
        .iter()
        .enumerate()
        .filter(|(at, _)| !refused.contains(at))
        .map(|(_, item)| item.clone())
        .collect();
    let proof = prove::prove(&asked, &merged.consumers, &table);
    Ok(Some((loaded.definition, proof)))
}

/// Legal name, original name; only of those that differ.
fn changed(merged: &Merged) -> Vec<(String, String)> {
    let all = merged.consumers.iter().chain(&merged.settings);
    let changed = all.filter(|(original, legal)| original != legal);
    changed
        .map(|(original, legal)| (legal.clone(), original.clone()))
        .collect()
}
