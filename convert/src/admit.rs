//! Items to a table, by way of the text that a service would have: merged, written, read
//! again and compiled.
//!
//! What the reader of definitions refuses is looked for entry by entry, and left out with
//! its reason, so that one bad entry does not lose all others.

use std::collections::BTreeMap;

use routewright::{Code, Image, Limits, RouteTable, Subject};
use routewright_schema::check::diagnostics;
use routewright_schema::diagnostic::Report;
use routewright_schema::format::yaml_write;
use routewright_schema::load::{Loaded, load_text};
use routewright_schema::lower::lower;
use routewright_schema::model::{Consumer, ConsumerKind, Definition};

use crate::document::Corpus;
use crate::item::Item;
use crate::merge::{self, Merged};
use crate::trace::Trace;

/// What items mean together, and what a service gets of it.
#[derive(Debug)]
pub struct Admitted {
    /// The items, merged.
    pub merged: Merged,
    /// The definition as it is read back, and its table. `None`: there is nothing to define.
    pub result: Option<(Definition, RouteTable<Image>)>,
    /// Why there is no result although there is something to define.
    pub fault: Option<String>,
}

/// Merges items into the definition `package`, and compiles it.
pub fn admit(package: &str, items: &[Item], corpus: &Corpus, trace: &Trace) -> Admitted {
    let merged = merge::merge(package, items, &BTreeMap::new(), corpus, trace);
    let refused = match compile(&merged) {
        Ok(result) => {
            return Admitted {
                merged,
                result,
                fault: None,
            };
        }
        Err(refused) => refused,
    };
    let left_out = culprits(items, &merged, &refused);
    if left_out.is_empty() {
        return Admitted {
            merged,
            result: None,
            fault: Some(refused.message),
        };
    }
    let merged = merge::merge(package, items, &left_out, corpus, trace);
    match compile(&merged) {
        Ok(result) => Admitted {
            merged,
            result,
            fault: None,
        },
        Err(refused) => Admitted {
            merged,
            result: None,
            fault: Some(refused.message),
        },
    }
}

/// A definition that is refused.
struct Refused {
    message: String,
    /// Entries that it is about, as far as the compiler says.
    about: Vec<(Subject, String)>,
}

fn compile(merged: &Merged) -> Result<Option<(Definition, RouteTable<Image>)>, Refused> {
    let definition = &merged.definition;
    if let Some(fault) = &merged.fault {
        return Err(Refused {
            message: fault.clone(),
            about: Vec::new(),
        });
    }
    if definition.routes.is_empty()
        && definition.settings.is_empty()
        && definition.fallback.is_none()
    {
        return Ok(None);
    }
    let loaded = read_back(definition)?;
    let table = lower(&loaded.definition, &Limits::DEFAULT).map_err(|violations| {
        let report = diagnostics(&violations, &loaded.definition, &loaded.places);
        let mut message = format!("the result is refused:\n{}", report.render(&loaded.sources, false));
        if violations.list().iter().any(|violation| violation.code == Code::Tie) {
            message.push_str(
                "help: the mapping can say which of several rules answer: `{match: \"first\"}`, `\"last\"` or `\"all\"`\n",
            );
        }
        let dead = violations.list().iter().filter(|v| v.code == Code::DeadPattern);
        let about = dead.map(|v| (v.path.subject.clone(), v.message.clone())).collect();
        Refused { message, about }
    })?;
    Ok(Some((loaded.definition, table)))
}

fn read_back(definition: &Definition) -> Result<Loaded, Refused> {
    load_text("converted.yaml", &yaml_write::write(definition)).map_err(|(sources, report)| {
        Refused {
            message: format!("the result is refused:\n{}", report.render(&sources, false)),
            about: Vec::new(),
        }
    })
}

/// Items that cannot stand in a definition even alone, and why.
fn culprits(items: &[Item], merged: &Merged, refused: &Refused) -> BTreeMap<usize, String> {
    let mut faults: BTreeMap<Subject, String> = refused.about.iter().cloned().collect();
    // Too many are too many, whatever each of them says.
    if merged.definition.routes.len() <= Limits::DEFAULT.routes_max {
        alone(&merged.definition, &mut |subject, why| {
            faults.entry(subject).or_insert(why);
        });
    }
    let subject = |item: &Item| match item {
        Item::Route(route) => Some(Subject::Route(merge::legal(route).ok()?)),
        Item::Consumer(consumer) => {
            let name = merged.consumers.get(&consumer.name.text)?;
            Some(Subject::Consumer(name.clone()))
        }
        Item::Setting(setting) => {
            let name = merged.settings.get(&setting.name.text)?;
            Some(Subject::Setting(name.clone()))
        }
        Item::Fallback(..) => Some(Subject::Fallback),
        Item::Match(_) | Item::Ignore(_) | Item::Cannot(..) => None,
    };
    let at_fault = |(at, item): (usize, &Item)| Some((at, faults.get(&subject(item)?)?.clone()));
    items.iter().enumerate().filter_map(at_fault).collect()
}

/// Tells of each entry that is refused in a definition of nothing else.
fn alone(definition: &Definition, tell: &mut dyn FnMut(Subject, String)) {
    let empty = Definition {
        package: definition.package.clone(),
        version: 1,
        ..Definition::default()
    };
    let mut ask = |subject: Subject, entry: Definition| {
        if let Err((_, report)) = load_text("entry.yaml", &yaml_write::write(&entry)) {
            tell(subject, words(&report));
        } else if let Err(violations) = lower(&entry, &Limits::DEFAULT) {
            let messages = violations.list().iter().map(|v| v.message.as_str());
            tell(subject, messages.collect::<Vec<_>>().join("; "));
        }
    };
    for (name, consumer) in &definition.consumers {
        let mut entry = empty.clone();
        entry.consumers.insert(name.clone(), consumer.clone());
        ask(Subject::Consumer(name.clone()), entry);
    }
    for (path, setting) in &definition.settings {
        let mut entry = empty.clone();
        entry.settings.insert(path.clone(), setting.clone());
        ask(Subject::Setting(path.clone()), entry);
    }
    for (name, route) in &definition.routes {
        let mut entry = empty.clone();
        let shares = route.target.split.keys().chain(route.target.mirror.keys());
        for consumer in route.target.to.iter().chain(shares) {
            let other = Consumer {
                kind: ConsumerKind::Other,
                address: "x".to_owned(),
                doc: String::new(),
                owner: String::new(),
            };
            entry.consumers.insert(consumer.clone(), other);
        }
        if !routewright::name::is_pattern(name) {
            entry.events.insert(name.clone());
        }
        entry.routes.insert(name.clone(), route.clone());
        ask(Subject::Route(name.clone()), entry);
    }
}

/// The messages of a report, without the text that they are about, which may hold what
/// should not be repeated.
fn words(report: &Report) -> String {
    let sorted = report.sorted();
    let words = sorted.iter().map(|fault| match &fault.hint {
        Some(hint) => format!("{}; {hint}", fault.message),
        None => fault.message.clone(),
    });
    words.collect::<Vec<_>>().join("; ")
}
