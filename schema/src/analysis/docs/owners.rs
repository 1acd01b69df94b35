//! Who answers for what, and what should be cleared away.

use std::collections::BTreeMap;

use super::Page;
use super::markdown::{anchor, link, section, table, text};

/// What one owner answers for: links by kind.
#[derive(Default)]
pub struct Owned {
    consumers: Vec<String>,
    routes: Vec<String>,
    settings: Vec<String>,
}

/// The owners by name; the empty one is nobody.
pub fn all<D>(page: &Page<'_, D>) -> BTreeMap<String, Owned> {
    let mut owners = everything(page);
    owners.remove("");
    owners
}

fn everything<D>(page: &Page<'_, D>) -> BTreeMap<String, Owned> {
    let definition = &page.loaded.definition;
    let mut owners: BTreeMap<String, Owned> = BTreeMap::new();
    for (name, consumer) in &definition.consumers {
        let owned = owners.entry(consumer.owner.clone()).or_default();
        owned.consumers.push(link("consumer", name));
    }
    for (name, route) in &definition.routes {
        let owned = owners.entry(route.owner.clone()).or_default();
        owned.routes.push(link(kind(name), name));
    }
    for (path, setting) in &definition.settings {
        let owned = owners.entry(setting.owner.clone()).or_default();
        owned.settings.push(link("setting", path));
    }
    owners
}

fn kind(route: &str) -> &'static str {
    match routewright::name::is_pattern(route) {
        true => "pattern",
        false => "event",
    }
}

/// One row an owner, and one for what nobody is named for.
pub fn owners<D>(page: &Page<'_, D>) -> String {
    let mut owners = everything(page);
    let nobody = owners.remove("");
    if owners.is_empty() {
        return String::new();
    }
    let row = |name: String, owned: &Owned| {
        vec![
            name,
            owned.consumers.join(", "),
            owned.routes.join(", "),
            owned.settings.join(", "),
        ]
    };
    let mut rows: Vec<Vec<String>> = owners
        .iter()
        .map(|(name, owned)| {
            let place = format!("<a id=\"{}\"></a>{}", anchor("owner", name), text(name));
            row(place, owned)
        })
        .collect();
    rows.extend(nobody.map(|owned| row("*nobody is named*".to_owned(), &owned)));
    let head = ["Owner", "Consumers", "Routes", "Settings"];
    format!("{}\n{}", section("Owners"), table(&head, &rows))
}

/// How many entries [`leaving`] has.
pub fn leaving_count<D>(page: &Page<'_, D>) -> usize {
    entries(page).len()
}

/// What is deprecated, runs out or is switched off; what runs out first comes first.
pub fn leaving<D>(page: &Page<'_, D>) -> String {
    let entries = entries(page);
    if entries.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = entries.into_iter().map(|(_, row)| row).collect();
    let head = ["What", "Last good day", "Why", "Owner"];
    format!("{}\n{}", section("To clear away"), table(&head, &rows))
}

fn entries<D>(page: &Page<'_, D>) -> Vec<((bool, String), Vec<String>)> {
    let definition = &page.loaded.definition;
    let routes = definition.routes.iter().map(|(name, route)| {
        let mut why = Vec::new();
        if !route.deprecated.is_empty() {
            why.push(format!("deprecated: {}", text(&route.deprecated)));
        }
        if !route.enabled {
            why.push("disabled".to_owned());
        }
        (
            link(kind(name), name),
            &route.expires,
            why.join("<br>"),
            &route.owner,
        )
    });
    let settings = definition
        .settings
        .iter()
        .map(|(path, s)| (link("setting", path), &s.expires, String::new(), &s.owner));
    let mut entries: Vec<((bool, String), Vec<String>)> = routes
        .chain(settings)
        .filter(|(_, expires, why, _)| !expires.is_empty() || !why.is_empty())
        .map(|(what, expires, why, owner)| {
            let order = (expires.is_empty(), expires.clone());
            (order, vec![what, text(expires), why, text(owner)])
        })
        .collect();
    // Sorting is stable: of one day, by name.
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries
}
