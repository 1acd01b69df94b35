//! The edited texts, read again: they must say what was wanted, and nothing else may
//! be different.

use std::collections::BTreeMap;

use routewright::Limits;

use super::wanted::{Wanted, same, whole};
use super::{Edited, Lost, Refused};
use crate::check;
use crate::diagnostic::Report;
use crate::format::yaml;
use crate::load::Loaded;
use crate::lower::lower;
use crate::model::{Definition, Fallback, Policy, Route};
use crate::resolve;
use crate::source::{FileId, Sources, Span};

/// Reads the texts with some of them replaced.
pub(super) fn reload(before: &Loaded, texts: &BTreeMap<FileId, String>) -> Result<Loaded, Refused> {
    let mut sources = before.sources.clone();
    for (file, text) in texts {
        sources.replace(*file, text.clone());
    }
    let mut report = Report::new();
    let (mut drafts, mut complete) = (before.places.drafts().to_vec(), true);
    for draft in drafts
        .iter_mut()
        .filter(|draft| texts.contains_key(&draft.file))
    {
        let read = yaml::read(draft.file, &sources, &mut report);
        *draft = read.draft;
        complete &= read.complete;
    }
    match resolve::resolve(drafts, complete, &sources, &mut report) {
        Some(resolved) => Ok(Loaded {
            definition: resolved.definition,
            tests: resolved.tests,
            places: resolved.places,
            sources,
            warnings: report,
            files: before.files.clone(),
            messages: before.messages.clone(),
        }),
        None => Err(Refused::Broken(Box::new((sources, report)))),
    }
}

/// Compiles what was read again, after comparing it with what was wanted.
pub(super) fn prove(before: &Loaded, after: Loaded, wanted: &Wanted) -> Result<Edited, Refused> {
    let differences = wanted.differences(&Wanted::now(&after.definition));
    if !differences.is_empty() {
        return Err(Refused::Differs(differences));
    }
    if normal(&after.definition) != normal(&expected(&before.definition, wanted)) {
        let what = "something that the override does not touch".to_owned();
        return Err(Refused::Differs(vec![what]));
    }
    match lower(&after.definition, &Limits::DEFAULT) {
        Ok(table) => Ok(Edited {
            table,
            loaded: after,
            files: Vec::new(),
            changes: Vec::new(),
            lost: Vec::new(),
        }),
        Err(violations) => {
            let report = check::diagnostics(&violations, &after.definition, &after.places);
            Err(Refused::Broken(Box::new((after.sources, report))))
        }
    }
}

/// What the definition has to be, in all that it says.
fn expected(before: &Definition, wanted: &Wanted) -> Definition {
    let mut out = before.clone();
    out.version = before.version.saturating_add(1);
    out.routes
        .retain(|name, route| !route.enabled || wanted.routes.contains_key(name));
    for (name, wanted) in &wanted.routes {
        if !routewright::name::is_pattern(name) {
            out.events.insert(name.clone());
        }
        let route = out.routes.entry(name.clone()).or_insert_with(|| Route {
            target: wanted.target.clone(),
            policy: Policy::default(),
            rank: 0,
            enabled: true,
            doc: String::new(),
            owner: String::new(),
            deprecated: String::new(),
            expires: String::new(),
        });
        route.target = wanted.target.clone();
        route.policy = wanted.policy;
        route.rank = wanted.rank;
        route.enabled = true;
    }
    out.fallback = wanted.fallback.as_ref().map(|wanted| Fallback {
        target: wanted.target.clone(),
        policy: wanted.policy,
    });
    for (name, value) in &wanted.settings {
        if let Some(setting) = out.settings.get_mut(name)
            && !same(&setting.default, value)
        {
            setting.default = value.clone();
        }
    }
    out
}

/// The same definition with every policy whole.
fn normal(definition: &Definition) -> Definition {
    let mut out = definition.clone();
    for route in out.routes.values_mut() {
        route.policy = whole(&route.policy);
    }
    if let Some(fallback) = &mut out.fallback {
        fallback.policy = whole(&fallback.policy);
    }
    out
}

/// Comments that stood in a text and stand there no more.
pub(super) fn lost(
    file: FileId,
    sources: &Sources,
    before: &[(usize, &str)],
    after: &[(usize, &str)],
) -> Vec<Lost> {
    let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, text) in after {
        *kept.entry(text).or_default() += 1;
    }
    let mut out = Vec::new();
    for (at, text) in before {
        match kept.get_mut(text).filter(|count| **count > 0) {
            Some(count) => *count -= 1,
            None => {
                let start = *at as u32;
                let span = Span {
                    file,
                    start,
                    end: start + text.len() as u32,
                };
                out.push(Lost {
                    line: sources.line_column(span).0,
                    file,
                    text: (*text).to_owned(),
                });
            }
        }
    }
    out
}
