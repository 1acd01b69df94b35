//! All changes of one edit: which file, which entry, in which order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use routewright::Limits;

use super::items::Ops;
use super::page::Page;
use super::place::Kin;
use super::tree::{Item, Node, Odd};
use super::wanted::{Wanted, same};
use super::{Edited, Refused, changes, place, prove, route, setting};
use crate::check;
use crate::load::Loaded;
use crate::lower::lower;
use crate::model::{Policy, Value};
use crate::source::{FileId, Span};
use crate::value::shown;

pub(super) fn edit(loaded: &Loaded, now: &Wanted, wanted: &Wanted) -> Result<Edited, Refused> {
    let before = lower(&loaded.definition, &Limits::DEFAULT).map_err(|violations| {
        let report = check::diagnostics(&violations, &loaded.definition, &loaded.places);
        Refused::Broken(Box::new((loaded.sources.clone(), report)))
    })?;
    let disabled = |name: &String| {
        loaded
            .definition
            .routes
            .get(name)
            .is_some_and(|r| !r.enabled)
    };
    let enabled = wanted.routes.keys().any(disabled);
    if now.differences(wanted).is_empty() && !enabled {
        return Ok(Edited {
            loaded: loaded.clone(),
            table: before,
            files: Vec::new(),
            changes: Vec::new(),
            lost: Vec::new(),
        });
    }
    let mut work = Work::new(loaded);
    work.unsayable(wanted);
    work.routes(now, wanted);
    work.fallback(now, wanted);
    work.settings(now, wanted);
    work.version();
    let texts = work.finish()?;
    let after = prove::reload(loaded, &texts)?;
    let mut edited = prove::prove(loaded, after, wanted)?;
    edited.changes = changes::changes(loaded, &before, &edited, now, wanted);
    for (file, text) in &texts {
        edited.files.push(*file);
        edited.lost.extend(changes::lost(loaded, *file, text));
    }
    Ok(edited)
}

mod routes;

struct Work<'l> {
    loaded: &'l Loaded,
    pages: BTreeMap<FileId, Page<'l>>,
    /// YAML texts that cannot be edited.
    odd: HashMap<FileId, Odd>,
    /// The names in `routes` and `events`; no entry: there is no such section.
    kin: BTreeMap<(&'static str, FileId), Kin>,
    routes: BTreeMap<FileId, Ops>,
    events: BTreeMap<FileId, Ops>,
    top: BTreeMap<FileId, Ops>,
    /// Sections that are not there yet.
    sections: BTreeMap<(FileId, &'static str), Vec<String>>,
    elsewhere: Vec<(String, String)>,
    unsayable: Vec<String>,
    refused: Option<Refused>,
}

impl<'l> Work<'l> {
    fn new(loaded: &'l Loaded) -> Work<'l> {
        let (mut pages, mut odd) = (BTreeMap::new(), HashMap::new());
        for draft in loaded.places.drafts() {
            let name = loaded.sources.name(draft.file);
            if [".proto", ".json", ".binpb"]
                .iter()
                .any(|other| name.ends_with(other))
            {
                continue;
            }
            match Page::open(draft.file, &loaded.sources) {
                Ok(page) => drop(pages.insert(draft.file, page)),
                Err(place) => drop(odd.insert(draft.file, place)),
            }
        }
        let mut kin = BTreeMap::new();
        for (file, page) in &pages {
            for key in ["routes", "events"] {
                kin.extend(names(&page.root, key).map(|names| ((key, *file), Kin::new(names))));
            }
        }
        Work {
            loaded,
            pages,
            odd,
            kin,
            routes: BTreeMap::new(),
            events: BTreeMap::new(),
            top: BTreeMap::new(),
            sections: BTreeMap::new(),
            elsewhere: Vec::new(),
            unsayable: Vec::new(),
            refused: None,
        }
    }

    /// The root of a text that can be edited; else keeps in mind what would have to
    /// change there.
    fn root(&mut self, file: FileId, what: impl FnOnce() -> String) -> Option<Rc<Node>> {
        if let Some(page) = self.pages.get(&file) {
            return Some(page.root.clone());
        }
        let name = self.loaded.sources.name(file).to_owned();
        match self.odd.get(&file) {
            None => self.elsewhere.push((name, what())),
            Some(Odd(at)) => {
                let start = *at as u32;
                let span = Span {
                    file,
                    start,
                    end: start,
                };
                let line = self.loaded.sources.line_column(span).0;
                self.refused.get_or_insert(Refused::Odd(name, line));
            }
        }
        None
    }

    fn unsayable(&mut self, wanted: &Wanted) {
        for (name, value) in &wanted.settings {
            match self.loaded.definition.settings.get(name) {
                None => {
                    let fault = format!("the definitions have no setting {}", shown(name));
                    self.unsayable.push(fault);
                }
                Some(setting) if !is_of(value, setting) => self.unsayable.push(format!(
                    "the setting {} is of another type in the definitions than in the override",
                    shown(name)
                )),
                Some(_) => {}
            }
        }
        let consumers = &self.loaded.definition.consumers;
        let mut missing = BTreeSet::new();
        for route in wanted.routes.values().chain(&wanted.fallback) {
            let target = &route.target;
            let names = target
                .to
                .iter()
                .chain(target.split.keys())
                .chain(target.mirror.keys());
            missing.extend(names.filter(|name| !consumers.contains_key(*name)));
        }
        let missing = missing.into_iter();
        self.unsayable.extend(
            missing.map(|name| format!("the definitions have no consumer {}", shown(name))),
        );
    }

    fn fallback(&mut self, now: &Wanted, wanted: &Wanted) {
        let file = self.loaded.places.fallback().map(|span| span.file);
        match (&wanted.fallback, file) {
            (new, _) if *new == now.fallback => {}
            (Some(new), None) => {
                let Some(file) = self.main() else {
                    let none = "(no YAML file)".to_owned();
                    return self.elsewhere.push((none, "add the `fallback`".to_owned()));
                };
                let keys = route::fresh(new, &Policy::default());
                let text = place::entry(&self.pages[&file], "fallback", &keys, None);
                self.sections
                    .entry((file, "fallback"))
                    .or_default()
                    .push(text);
            }
            (new, Some(file)) => {
                let word = if new.is_some() { "change" } else { "delete" };
                let Some(root) = self.root(file, || format!("{word} the `fallback`")) else {
                    return;
                };
                match (new, root.position("fallback"), self.pages.get_mut(&file)) {
                    (Some(new), Some(at), Some(page)) => {
                        route::change(page, &root.items()[at], new, &Policy::default());
                    }
                    (None, at, _) => self.top.entry(file).or_default().drop.extend(at),
                    _ => {}
                }
            }
            (None, None) => {}
        }
    }

    fn settings(&mut self, now: &Wanted, wanted: &Wanted) {
        for (name, new) in &wanted.settings {
            let (Some(old), Some(span)) =
                (now.settings.get(name), self.loaded.places.setting(name))
            else {
                continue;
            };
            if same(old, new) {
                continue;
            }
            let what = || {
                let (name, value) = (shown(name), setting::whole(new));
                format!("set the `default` of the setting {name} to {value}")
            };
            let Some(root) = self.root(span.file, what) else {
                continue;
            };
            let groups = std::iter::once("settings")
                .chain(name.split('.'))
                .chain(["default"]);
            let mut found: Option<&Item> = None;
            for key in groups {
                found = match found {
                    None => root.entry(key),
                    Some(item) => item.value.entry(key),
                };
                if found.is_none() {
                    break;
                }
            }
            if let (Some(default), Some(page)) = (found, self.pages.get_mut(&span.file)) {
                setting::change(page, default, old, new);
            }
        }
    }

    fn version(&mut self) {
        let version = self.loaded.definition.version;
        let Some(next) = version
            .checked_add(1)
            .filter(|next| i64::try_from(*next).is_ok())
        else {
            let fault = format!("the `version` is {version}, and there is none above it");
            return self.unsayable.push(fault);
        };
        let Some(span) = self.loaded.places.version() else {
            return;
        };
        let what = || format!("set `version` to {next}");
        if let Some(root) = self.root(span.file, what)
            && let (Some(item), Some(page)) =
                (root.entry("version"), self.pages.get_mut(&span.file))
        {
            let text = super::spell::number(&next.to_string(), &item.value);
            page.replace_value(&item.value, item.colon, &text);
        }
    }

    /// The YAML text that new sections go to: that with the version, else the first.
    fn main(&self) -> Option<FileId> {
        let version = self.loaded.places.version().map(|span| span.file);
        let version = version.filter(|file| self.pages.contains_key(file));
        version.or_else(|| self.pages.keys().next().copied())
    }

    /// The edited texts.
    fn finish(mut self) -> Result<BTreeMap<FileId, String>, Refused> {
        if !self.unsayable.is_empty() {
            return Err(Refused::Unsayable(self.unsayable));
        }
        if !self.elsewhere.is_empty() {
            return Err(Refused::Elsewhere(self.elsewhere));
        }
        if let Some(refused) = self.refused {
            return Err(refused);
        }
        for ((file, key), items) in self.sections {
            let page = &self.pages[&file];
            let entry = match key {
                "fallback" => place::whole(page, &items.join("\n")),
                _ => place::section(page, key, &items),
            };
            self.top.entry(file).or_default().insert.push(entry);
        }
        for (key, all) in [("routes", self.routes), ("events", self.events)] {
            for (file, ops) in all {
                let Some(page) = self.pages.get_mut(&file) else {
                    continue;
                };
                let root = page.root.clone();
                if let Some(item) = root.entry(key) {
                    page.change_section(&root, item, ops);
                }
            }
        }
        for (file, ops) in self.top {
            if let Some(page) = self.pages.get_mut(&file) {
                let root = page.root.clone();
                page.change(&root, 0, ops);
            }
        }
        let patched = self.pages.into_iter().filter(|(_, page)| page.is_patched());
        Ok(patched.map(|(file, page)| (file, page.patched())).collect())
    }
}

/// The names in a section of a text.
fn names(root: &Node, key: &str) -> Option<Vec<String>> {
    let items = root.entry(key)?.value.items().iter();
    let name = |item: &Item| item.value.text().unwrap_or(&item.key).to_owned();
    Some(items.map(name).collect())
}

/// Whether a value is of the type of a setting.
fn is_of(value: &Value, setting: &crate::model::Setting) -> bool {
    use routewright::Form;
    match value {
        Value::One(one) => setting.form == Form::One && one.kind() == setting.kind,
        Value::List(list) => {
            setting.form == Form::List && list.iter().all(|one| one.kind() == setting.kind)
        }
        Value::Table(rows) => {
            let kinds = |row: &Vec<routewright::Scalar<String>>| {
                let columns = setting.columns.iter().map(|(_, kind)| *kind);
                row.iter().map(|cell| cell.kind()).eq(columns)
            };
            setting.form == Form::Table && rows.iter().all(kinds)
        }
    }
}
