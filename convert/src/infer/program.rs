//! A mapping as a text: what its pieces have in common, and the steps to a place.

use super::join::{Join, What};
use super::quote::{field, string};
use super::shape::{PlaceId, Shapes, Step};

/// Helpers that a program begins with if it calls them.
const HELPERS: &[(&str, &str)] = &[
    (
        "each",
        "def each: if type == \"array\" then .[] else . end;",
    ),
    (
        "given",
        "def given: if type == \"array\" or type == \"object\" then length > 0 else . != null and . != \"\" end;",
    ),
    ("broker", "def broker: test(\"(^|[./])[#+]($|[./])\");"),
    (
        "regex",
        "def regex: test(\"^\\\\^|\\\\$$|\\\\\\\\[dw]|\\\\.\\\\+|\\\\|\");",
    ),
];
/// All documents, for joins across them.
const ALL: &str = "# All documents at once: names are declared in others than those that use them.\n\
                   [., inputs] as $all\n| $all[]\n|\n";

/// A whole program of such pieces. `code` is the code in them and in `below`, which stands
/// at their end, as far as it may call helpers. The last piece does nothing, so that a
/// comma ends each other one.
pub fn program<'b>(
    pieces: impl IntoIterator<Item = &'b str>,
    code: impl Iterator<Item = &'b str> + Clone,
    below: &str,
) -> String {
    let word = |c: char| !c.is_alphanumeric() && c != '$';
    let calls = |name: &str| {
        code.clone()
            .any(|code| code.split(word).any(|word| word == name))
    };
    let mut text = String::new();
    for (name, helper) in HELPERS {
        if calls(name) {
            text.push_str(helper);
            text.push('\n');
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    if calls("$all") {
        text.push_str(ALL);
    }
    for piece in pieces {
        text.push_str(piece);
        text.push('\n');
    }
    text.push_str(below);
    text.push_str("empty\n");
    text
}

/// The path of a place, from a document on.
pub fn path(shapes: &Shapes<'_>, place: PlaceId) -> String {
    walk(shapes, place, &|_| None).join(" | ")
}

/// What declares the consumers that a join leads to, if it does.
pub fn consumers(shapes: &Shapes<'_>, join: &Join<'_>) -> Option<String> {
    let What::Consumer(addresses) = &join.what else {
        return None;
    };
    let mut lines = walk(shapes, join.record, &|outer| match outer {
        true => None,
        false => Some("name"),
    });
    let by = join.by.map_or_else(|| "$name".to_owned(), field);
    let mut item = format!("consumer: {by}");
    if !addresses.is_empty() {
        let is_http = |text: &str| text.starts_with("http://") || text.starts_with("https://");
        let mut texts = addresses.iter().flat_map(|address| address.texts(shapes));
        let kind = if texts.all(|(text, _)| is_http(text)) {
            "http"
        } else {
            "other"
        };
        let paths: Vec<String> = addresses
            .iter()
            .map(|address| tried(&address.path))
            .collect();
        item.push_str(&format!(", {kind}: ([{} | strings][0])", paths.join(", ")));
    }
    if let Some(by) = join.by {
        lines.push(format!("select({}? | given)", field(by)));
    }
    lines.push(format!("{{ {item} }}"));
    Some(block(&lines))
}

pub(super) fn block(lines: &[String]) -> String {
    format!("({}),\n", lines.join("\n | "))
}

/// `.a?.b?`; without fields `.`
pub(super) fn tried(path: &[&str]) -> String {
    match path.is_empty() {
        true => ".".to_owned(),
        false => path.iter().map(|name| field(name) + "?").collect(),
    }
}

/// `.a.b`; without fields `.`
pub(super) fn plain(path: &[&str]) -> String {
    match path.is_empty() {
        true => ".".to_owned(),
        false => path.iter().map(|name| field(name)).collect(),
    }
}

/// The steps from a document to the records at a place. `bind` names the variable for the
/// key of an entry, of the place itself (false) and of those above it (true).
pub(super) fn walk(
    shapes: &Shapes<'_>,
    to: PlaceId,
    bind: &dyn Fn(bool) -> Option<&'static str>,
) -> Vec<String> {
    let (mut lines, mut here) = (Vec::new(), String::new());
    let mut outer = 0;
    let way = shapes.way(to);
    for (at, place) in way.iter().enumerate() {
        match shapes.places[*place].step {
            Step::Root => {
                if let Some(kind) = &shapes.groups[shapes.places[*place].group].kind {
                    lines.push(format!("select(.kind? == {})", string(kind)));
                }
            }
            Step::Field(name) => here.push_str(&(field(name) + "?")),
            Step::Item if here.is_empty() => here.push_str(".[]?"),
            Step::Item => here.push_str("[]?"),
            Step::Entry => {
                lines.extend((!here.is_empty()).then(|| std::mem::take(&mut here)));
                let last = at + 1 == way.len();
                match bind(!last) {
                    Some(name) => {
                        lines.push("objects | to_entries[]".to_owned());
                        let count = if outer > 0 && !last {
                            format!("_{}", outer + 1)
                        } else {
                            String::new()
                        };
                        lines.push(format!(".key as ${name}{count} | .value"));
                    }
                    None => lines.push("objects | .[]".to_owned()),
                }
                outer += usize::from(!last);
            }
        }
    }
    lines.extend((!here.is_empty()).then_some(here));
    if lines.is_empty() {
        lines.push(".".to_owned());
    }
    lines
}
