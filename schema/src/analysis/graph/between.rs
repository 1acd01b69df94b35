//! What one table makes of another: each name that either knows, asked of both.

use std::collections::BTreeMap;

use routewright::RouteTable;

use super::map::{Change, Consumer, Link, Map, Source, SourceKind, answer, ask, known, links};

impl Map {
    /// Everything that either table knows, and what the new one changes. A name that only
    /// one of them declares is asked of both: a pattern may answer for it.
    pub fn between<D: AsRef<[u8]>, E: AsRef<[u8]>>(
        old: &RouteTable<D>,
        new: &RouteTable<E>,
    ) -> Map {
        let (before, after) = (known(old), known(new));
        let sources = before.union(&after).filter_map(|key| {
            let (kind, name) = key;
            let change = match (before.contains(key), after.contains(key)) {
                (false, _) => Change::Added,
                (_, false) => Change::Removed,
                _ => difference(old, new, *kind, name),
            };
            join(ask(old, *kind, name), ask(new, *kind, name), change)
        });
        let sources = sources.collect();
        let mut consumers: BTreeMap<String, Consumer> = BTreeMap::new();
        for mut consumer in Map::of(new).consumers {
            if old.catalog().consumer_index(&consumer.name).is_none() {
                consumer.change = Change::Added;
            }
            consumers.insert(consumer.name.clone(), consumer);
        }
        for mut consumer in Map::of(old).consumers {
            consumer.change = Change::Removed;
            consumers.entry(consumer.name.clone()).or_insert(consumer);
        }
        Map {
            sources,
            consumers: consumers.into_values().collect(),
            compared: true,
        }
    }
}

fn difference<D: AsRef<[u8]>, E: AsRef<[u8]>>(
    old: &RouteTable<D>,
    new: &RouteTable<E>,
    kind: SourceKind,
    name: &str,
) -> Change {
    match (answer(old, kind, name), answer(new, kind, name)) {
        (Some(was), Some(is)) if was.same_as(&is) => Change::Same,
        (Some(was), Some(is)) if links(&was) == links(&is) => Change::Policy,
        _ => Change::Moved,
    }
}

/// One source of what both tables say of it.
fn join(old: Option<Source>, new: Option<Source>, change: Change) -> Option<Source> {
    let links = merged(
        old.as_ref().map_or(&[], |s| &s.links),
        new.as_ref().map_or(&[], |s| &s.links),
    );
    let before = old.as_ref().map(|s| s.answer.clone());
    let gone = new.is_none();
    let mut source = new.or(old)?;
    if gone {
        source.answer.clear();
    }
    source.was = before.filter(|was| *was != source.answer);
    source.links = links;
    source.change = change;
    Some(source)
}

fn merged(old: &[Link], new: &[Link]) -> Vec<Link> {
    let same = |a: &&Link, b: &Link| a.to == b.to && a.how.like(b.how);
    let mut links: Vec<Link> = new
        .iter()
        .map(|link| match old.iter().find(|was| same(was, link)) {
            Some(was) if was.how == link.how => link.clone(),
            Some(was) => Link {
                was: Some(was.how),
                change: Change::Moved,
                ..link.clone()
            },
            None => Link {
                change: Change::Added,
                ..link.clone()
            },
        })
        .collect();
    let gone = old
        .iter()
        .filter(|was| !new.iter().any(|link| same(was, link)));
    links.extend(gone.map(|was| Link {
        change: Change::Removed,
        ..was.clone()
    }));
    links
}
