//! A map as JSON: everything that it holds, nothing folded. Keys keep their meaning; new ones
//! may come.
//!
//! ```text
//! title, compared
//! sources[]    name, kind (event, pattern, fallback), answer (in words), links[]
//!              via (a pattern, or `fallback`), doc, owner, payload, deprecated, expires, disabled
//! links[]      consumer, or drop (the reason), or unrouted; weight and of, of a split; mirror
//! consumers[]  name, kind (kafka, ..), address, doc, owner
//! ```
//!
//! Of a comparison, sources, links and consumers have `change` (same, added, removed, moved,
//! policy); sources `was` (the old answer) and links `was_weight`, `was_of`, `was_mirror`.

use serde_json::{Value, json};

use super::map::{Consumer, How, Link, Map, Source, Target, Way};
use crate::analysis::words;

/// The map for programs. A key whose value would say nothing is left out.
pub fn json(map: &Map, title: &str) -> Value {
    let sources: Vec<Value> = map
        .sources
        .iter()
        .map(|s| source(s, map.compared))
        .collect();
    let consumers = map.consumers.iter().map(|c| consumer(c, map.compared));
    json!({
        "title": title,
        "compared": map.compared,
        "sources": sources,
        "consumers": consumers.collect::<Vec<Value>>(),
    })
}

fn source(source: &Source, compared: bool) -> Value {
    let mut value = json!({
        "name": source.name,
        "kind": source.kind.as_str(),
        "answer": source.answer,
        "links": source.links.iter().map(|l| link(l, compared)).collect::<Vec<Value>>(),
    });
    match &source.way {
        Way::Pattern(pattern) => value["via"] = pattern.as_str().into(),
        Way::Fallback => value["via"] = "fallback".into(),
        Way::Own | Way::Nothing => {}
    }
    for (key, text) in [
        ("doc", &source.doc),
        ("owner", &source.owner),
        ("payload", &source.payload),
        ("deprecated", &source.deprecated),
        ("expires", &source.expires),
    ] {
        put(&mut value, key, text);
    }
    if source.disabled {
        value["disabled"] = true.into();
    }
    if compared {
        value["change"] = source.change.as_str().into();
        if let Some(was) = &source.was {
            value["was"] = was.as_str().into();
        }
    }
    value
}

fn link(link: &Link, compared: bool) -> Value {
    let mut value = match &link.to {
        Target::Consumer(name) => json!({ "consumer": name }),
        Target::Drop(reason) => json!({ "drop": reason }),
        Target::Unrouted => json!({ "unrouted": true }),
    };
    how(&mut value, "", link.how);
    if compared {
        value["change"] = link.change.as_str().into();
        if let Some(was) = link.was {
            how(&mut value, "was_", was);
        }
    }
    value
}

fn how(value: &mut Value, before: &str, how: How) {
    match how {
        How::All => {}
        How::Arm(weight, sum) => {
            value[format!("{before}weight")] = weight.into();
            value[format!("{before}of")] = sum.into();
        }
        How::Mirror(ppm) => value[format!("{before}mirror")] = words::share(ppm).into(),
    }
}

fn consumer(consumer: &Consumer, compared: bool) -> Value {
    let mut value = json!({ "name": consumer.name });
    put(&mut value, "kind", consumer.kind.map_or("", |k| k.as_str()));
    put(&mut value, "address", &consumer.address);
    put(&mut value, "doc", &consumer.doc);
    put(&mut value, "owner", &consumer.owner);
    if compared {
        value["change"] = consumer.change.as_str().into();
    }
    value
}

fn put(value: &mut Value, key: &str, text: &str) {
    if !text.is_empty() {
        value[key] = text.into();
    }
}
