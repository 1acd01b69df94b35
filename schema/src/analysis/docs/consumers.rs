//! Consumers: how each is reached, and what feeds it.

use std::collections::BTreeMap;

use super::Page;
use super::events::also;
use super::markdown::{anchor, code, link, place, section, section_link, text};
use crate::analysis::graph::{How, Source, SourceKind, Target, Way};
use crate::analysis::words;

/// What feeds a consumer: all of it, as an arm, as a copy.
#[derive(Default)]
struct Fed {
    all: Vec<String>,
    arms: Vec<String>,
    copies: Vec<String>,
}

/// One heading a consumer.
pub fn consumers<D: AsRef<[u8]>>(page: &Page<'_, D>) -> String {
    let fed = fed(page);
    let mut out = String::new();
    for consumer in &page.map.consumers {
        out.push_str(&format!("\n### {}\n\n", place("consumer", &consumer.name)));
        let kind = consumer.kind.map_or("", |kind| kind.as_str());
        let mut facts = vec![
            format!("{kind} {}", code(&consumer.address))
                .trim()
                .to_owned(),
        ];
        if !consumer.owner.is_empty() {
            let anchor = anchor("owner", &consumer.owner);
            facts.push(format!("owner [{}](#{anchor})", text(&consumer.owner)));
        }
        if !consumer.doc.is_empty() {
            facts.push(text(&consumer.doc));
        }
        out.push_str(&format!("{}\n\n", facts.join("; ")));
        match fed.get(consumer.name.as_str()) {
            None => out.push_str("**Nothing feeds it.**\n"),
            Some(fed) => out.push_str(&fed.list()),
        }
    }
    match out.is_empty() {
        true => out,
        false => section("Consumers") + &out,
    }
}

/// By consumer. Events that a pattern answers for are not listed beside the pattern.
fn fed<'p, D>(page: &'p Page<'_, D>) -> BTreeMap<&'p str, Fed> {
    let mut fed: BTreeMap<&str, Fed> = BTreeMap::new();
    for source in page.map.sources.iter().filter(|s| s.way == Way::Own) {
        let name = named(source) + &also(page, source);
        for end in &source.links {
            let Target::Consumer(consumer) = &end.to else {
                continue;
            };
            let fed = fed.entry(consumer).or_default();
            match end.how {
                How::All => fed.all.push(name.clone()),
                How::Arm(weight, sum) => fed.arms.push(format!("{name} {weight} of {sum}")),
                How::Mirror(ppm) => fed.copies.push(format!("{name} {}", words::share(ppm))),
            }
        }
    }
    fed
}

fn named(source: &Source) -> String {
    match source.kind {
        SourceKind::Event => link("event", &source.name),
        SourceKind::Pattern => link("pattern", &source.name),
        SourceKind::Fallback => section_link("Fallback", "fallback"),
    }
}

impl Fed {
    fn list(&self) -> String {
        let parts = [
            ("Gets", &self.all),
            ("Gets a share of", &self.arms),
            ("Gets copies of", &self.copies),
        ];
        let parts = parts.iter().filter(|(_, names)| !names.is_empty());
        parts
            .map(|(what, names)| format!("- {what}: {}\n", names.join(", ")))
            .collect()
    }
}
