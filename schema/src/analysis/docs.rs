//! A definition as a Markdown page: every event, pattern, consumer and setting, where it
//! goes, who answers for it, and what should be cleared away.
//!
//! What the page says of routes is what the table answers. Its order is that of the names,
//! so that a change of the definition changes those lines that it is about.

mod consumers;
mod events;
mod json;
mod markdown;
mod owners;
mod settings;

use routewright::RouteTable;

use crate::analysis::graph::{Map, SourceKind, Way};
use crate::load::Loaded;

pub use json::json;
use markdown::{code, count, section_link};

/// What all sections are made of.
struct Page<'p, D> {
    loaded: &'p Loaded,
    table: &'p RouteTable<D>,
    map: Map,
}

/// The page. `table` is what the definition compiles to.
pub fn docs<D: AsRef<[u8]>>(loaded: &Loaded, table: &RouteTable<D>) -> String {
    let page = Page::of(loaded, table);
    let sections = [
        events::events(&page),
        events::patterns(&page),
        events::fallback(&page),
        consumers::consumers(&page),
        settings::settings(&page),
        settings::rules(&page),
        owners::owners(&page),
        owners::leaving(&page),
    ];
    let mut out = page.head();
    for section in sections.iter().filter(|s| !s.is_empty()) {
        out.push('\n');
        out.push_str(section);
    }
    out
}

impl<'p, D: AsRef<[u8]>> Page<'p, D> {
    fn of(loaded: &'p Loaded, table: &'p RouteTable<D>) -> Page<'p, D> {
        let mut map = Map::of(table);
        map.note(loaded);
        map.note_disabled(loaded);
        Page { loaded, table, map }
    }

    fn head(&self) -> String {
        let definition = &self.loaded.definition;
        let patterns = self.map.count(SourceKind::Pattern);
        let owners = owners::all(self).len();
        let leaving = owners::leaving_count(self);
        let fallback = definition.fallback.iter().count();
        let parts = [
            ("Events", definition.events.len(), "event"),
            ("Patterns", patterns, "pattern"),
            ("Fallback", fallback, "fallback"),
            ("Consumers", definition.consumers.len(), "consumer"),
            ("Settings", definition.settings.len(), "setting"),
            ("Rules", definition.rules.len(), "rule"),
            ("Owners", owners, "owner"),
        ];
        let parts = parts.iter().filter(|(_, n, _)| *n > 0);
        let mut parts: Vec<String> = parts
            .map(|(title, n, noun)| section_link(title, &count(*n, noun)))
            .collect();
        if leaving > 0 {
            parts.push(section_link(
                "To clear away",
                &format!("{leaving} to clear away"),
            ));
        }
        let tests = match definition.tests.len() {
            0 => String::new(),
            n => format!(
                " {} what it says.",
                match n {
                    1 => "1 test holds".to_owned(),
                    n => format!("{n} tests hold"),
                }
            ),
        };
        format!(
            "<!-- Written by `cargo xtask docs`. A change made here is lost. -->\n\n# {}\n\nVersion {}: {}.{tests}\n",
            code(&definition.package),
            definition.version,
            parts.join(", "),
        )
    }

    /// A link to what answers for a source.
    fn by(&self, way: &Way) -> String {
        match way {
            Way::Own => String::new(),
            Way::Pattern(pattern) => markdown::link("pattern", pattern),
            Way::Fallback => section_link("Fallback", "fallback"),
            Way::Nothing => "nothing".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
