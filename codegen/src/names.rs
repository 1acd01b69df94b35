//! From names of the definition to names of Rust.
//!
//! An event, consumer or enum value becomes a variant in camel case:
//! `treasure.item.found` is `TreasureItemFound`, `pull_request.opened` is
//! `PullRequestOpened`. That can lose something, so:
//!
//! * A name that holds anything but words of a-z and digits, joined by single `.`, `_` or
//!   `-`, always carries six digits of its hash: `RS.EMPTY_COUNT` is
//!   `RsEmptyCount_3f0a12`.
//! * Of several names that differ in their joints alone, the one with most `.` (then most
//!   `_`, then the first in order) keeps the plain spelling; the others carry their hash.
//!
//! So a spelling stays when names come or go, but for one case: a name arrives that has a
//! better claim to the same plain spelling. The compiler then shows every use.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;
use proc_macro2::{Ident, Span};
use routewright::Digest;

/// The variants of these names, which are all different.
pub(crate) fn variants<'n>(names: impl IntoIterator<Item = &'n str>) -> BTreeMap<&'n str, Ident> {
    let mut claims: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut spelled = BTreeMap::new();
    for name in names {
        match plain(name) {
            Some(camel) => claims.entry(camel).or_default().push(name),
            None => {
                spelled.insert(
                    name,
                    suffixed(&ascii_ident(&name.to_upper_camel_case()), name),
                );
            }
        }
    }
    for (camel, mut names) in claims {
        let count = |name: &str, joint: char| name.matches(joint).count();
        names.sort_by_key(|name| (count(name, '-'), count(name, '_'), *name));
        for (at, name) in names.into_iter().enumerate() {
            let ident = if at == 0 {
                Ident::new(&camel, Span::call_site())
            } else {
                suffixed(&camel, name)
            };
            spelled.insert(name, ident);
        }
    }
    spelled
}

/// The plain spelling, if this name has one.
fn plain(name: &str) -> Option<String> {
    let word = |w: &str| {
        w.starts_with(|c: char| c.is_ascii_lowercase())
            && w.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let words: Vec<&str> = name.split(['.', '_', '-']).collect();
    let camel: String = words.iter().map(|w| w.to_upper_camel_case()).collect();
    (words.iter().all(|w| word(w)) && syn::parse_str::<Ident>(&camel).is_ok()).then_some(camel)
}

fn suffixed(stem: &str, name: &str) -> Ident {
    let digest = Digest::of(name.as_bytes()).0;
    let suffix = format!("{stem}_{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2]);
    Ident::new(&suffix, Span::call_site())
}

/// What of a text an identifier can hold, in ASCII, so that no look-alike gets in.
fn ascii_ident(text: &str) -> String {
    let kept: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    match kept.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => kept,
        false => format!("N{kept}"),
    }
}

/// The method of a setting, group or column. Keywords are raw identifiers, or get a `_`
/// where Rust has no raw form.
pub(crate) fn method(name: &str) -> Ident {
    match syn::parse_str::<Ident>(name) {
        Ok(ident) => ident,
        Err(_) if ["self", "super", "crate", "_"].contains(&name) => {
            Ident::new(&format!("{name}_"), Span::call_site())
        }
        Err(_) => Ident::new_raw(name, Span::call_site()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants() {
        for (name, spelled) in [
            ("treasure.item.found", "TreasureItemFound"),
            ("loot", "Loot"),
            ("push_request", "PushRequest"),
            ("ec2.started", "Ec2Started"),
        ] {
            assert_eq!(variants([name])[name].to_string(), spelled);
        }
    }

    #[test]
    fn names_never_meet() {
        let names = [
            "RS.EMPTY_COUNT",
            "RS_EMPTY.COUNT",
            "rs.empty.count",
            "rs_empty_count",
            "rs-empty-count",
            "rs.empty_count",
            "self",
            "Self",
            "*/",
            "a b",
            "a/b",
            "ø",
            "7up",
            "\"",
            "r#type",
            "type",
            "_",
            "--",
        ];
        let mut spelled: Vec<String> = variants(names).values().map(Ident::to_string).collect();
        assert_eq!(
            variants(names)["rs.empty.count"].to_string(),
            "RsEmptyCount"
        );
        spelled.sort();
        let before = spelled.len();
        spelled.dedup();
        assert_eq!(spelled.len(), before, "{spelled:?}");
    }

    #[test]
    fn methods() {
        for (name, spelled) in [
            ("spawn_rate", "spawn_rate"),
            ("type", "r#type"),
            ("self", "self_"),
            ("a1", "a1"),
        ] {
            assert_eq!(method(name).to_string(), spelled);
        }
    }
}
