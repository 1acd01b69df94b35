//! Routes that come, go and change, and the events that they declare.

use super::Work;
use crate::edit::tree::Item;
use crate::edit::wanted::{Route, Wanted};
use crate::edit::{place, policy, route};
use crate::format::yaml_write::quoted;
use crate::source::FileId;
use crate::value::shown;

impl Work<'_> {
    pub(super) fn routes(&mut self, now: &Wanted, wanted: &Wanted) {
        let definition = &self.loaded.definition;
        let mut undeclared = Vec::new();
        for (name, old) in &definition.routes {
            match wanted.routes.get(name) {
                Some(new) if !old.enabled || now.routes.get(name) != Some(new) => {
                    self.change_route(name, new);
                }
                None if old.enabled => undeclared.extend(self.remove_route(name)),
                _ => {}
            }
        }
        let new = || {
            wanted
                .routes
                .iter()
                .filter(|(name, _)| !definition.routes.contains_key(*name))
        };
        for (name, _) in new() {
            self.lift_event(name);
        }
        // Now it is known what stays, and where there are neighbours.
        for ((key, file), kin) in &mut self.kin {
            let all = if *key == "routes" {
                &self.routes
            } else {
                &self.events
            };
            all.get(file).into_iter().for_each(|ops| kin.forget(ops));
        }
        for (name, file) in undeclared {
            self.add_event(name, file);
        }
        for (name, route) in new() {
            self.add_route(name, route);
        }
    }

    /// The file of a route, and its entry there.
    fn route(&mut self, name: &str, what: &str) -> Option<(FileId, usize, Item)> {
        let file = self.loaded.places.drafted_route(name)?.0.file;
        let root = self.root(file, || format!("{what} the route {}", shown(name)))?;
        let at = self.kin.get(&("routes", file))?.position(name)?;
        let entry = root.entry("routes")?.value.items()[at].clone();
        Some((file, at, entry))
    }

    fn change_route(&mut self, name: &str, new: &Route) {
        if let Some((file, _, entry)) = self.route(name, "change")
            && let Some(page) = self.pages.get_mut(&file)
        {
            let defaults = policy::defaults(&page.root);
            route::change(page, &entry, new, &defaults);
        }
    }

    /// Gives back an event that is then declared nowhere.
    fn remove_route<'n>(&mut self, name: &'n str) -> Option<(&'n str, FileId)> {
        let (file, at, _) = self.route(name, "delete")?;
        self.routes.entry(file).or_default().drop.insert(at);
        let declared =
            routewright::name::is_pattern(name) || self.loaded.places.payload(name).is_some();
        (!declared).then_some((name, file))
    }

    /// A name that gets a route must not stand in `events` any more.
    fn lift_event(&mut self, name: &str) {
        let Some(file) = self.loaded.places.listed(name).map(|span| span.file) else {
            return;
        };
        let what = || format!("take {} out of `events`", shown(name));
        if self.root(file, what).is_some() {
            let kin = self.kin.get(&("events", file));
            let at = kin.and_then(|kin| kin.position(name));
            self.events.entry(file).or_default().lift.extend(at);
        }
    }

    /// The file in which a name fits best into a section.
    fn best(&self, key: &'static str, name: &str) -> Option<FileId> {
        let all = self.kin.range((key, 0)..=(key, FileId::MAX));
        let fit = all.map(|((_, file), kin)| (kin.fit(name), std::cmp::Reverse(*file)));
        fit.max().map(|(_, file)| file.0)
    }

    fn add_event(&mut self, name: &str, file: FileId) {
        let Some(file) = self.best("events", name) else {
            let section = self.sections.entry((file, "events")).or_default();
            return section.push(quoted(name));
        };
        let ops = self.events.entry(file).or_default();
        let at = self.kin[&("events", file)].neighbour(name);
        ops.insert.push((at, quoted(name)));
    }

    fn add_route(&mut self, name: &str, new: &Route) {
        let Some(file) = self.best("routes", name).or_else(|| self.main()) else {
            let none = "(no YAML file)".to_owned();
            return self
                .elsewhere
                .push((none, format!("add the route {}", shown(name))));
        };
        let Some(page) = self.pages.get(&file) else {
            return;
        };
        let root = page.root.clone();
        let keys = route::fresh(new, &policy::defaults(&root));
        let Some(routes) = root.entry("routes") else {
            let text = place::entry(page, name, &keys, None);
            return self
                .sections
                .entry((file, "routes"))
                .or_default()
                .push(text);
        };
        let ops = self.routes.entry(file).or_default();
        let at = self.kin[&("routes", file)].neighbour(name);
        let like = routes.value.items().get(at.unwrap_or(0));
        let like = like.filter(|_| routes.value.is_block());
        ops.insert.push((at, place::entry(page, name, &keys, like)));
    }
}
