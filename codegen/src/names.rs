//! From names of the definition to names of Rust, by the rules in `lib.rs`.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use routewright::Digest;
use routewright_schema::model::Definition;

/// Digits of a hash that a spelling carries.
const DIGITS: usize = 6;

/// The variants of these names, which are all different.
pub(crate) fn variants<'n>(names: impl IntoIterator<Item = &'n str>) -> BTreeMap<&'n str, Ident> {
    // Spelling without hash -> its names; `true`: it may stand alone.
    let mut claims: BTreeMap<(String, bool), Vec<&str>> = BTreeMap::new();
    for name in names {
        let claim = match plain(name) {
            Some(camel) => (camel, true),
            None => (ascii_ident(&name.to_upper_camel_case()), false),
        };
        claims.entry(claim).or_default().push(name);
    }
    let mut spelled: BTreeMap<String, Vec<(&str, &str)>> = BTreeMap::new();
    for ((stem, plain), names) in &claims {
        for name in names {
            let spelling = match (plain, names.len()) {
                (true, 1) => stem.clone(),
                _ => suffixed(stem, name, DIGITS),
            };
            spelled.entry(spelling).or_default().push((stem, name));
        }
    }
    let mut variants = BTreeMap::new();
    for (spelling, names) in &spelled {
        for (stem, name) in names {
            let ident = match names.len() {
                1 => Ident::new(spelling, Span::call_site()),
                _ => Ident::new(&suffixed(stem, name, usize::MAX), Span::call_site()),
            };
            variants.insert(*name, ident);
        }
    }
    variants
}

/// The variant of `Event` that an event of these definitions has, if it is declared.
pub fn spelling(definition: &Definition, event: &str) -> Option<String> {
    let events = definition.events.iter().map(String::as_str);
    variants(events).get(event).map(Ident::to_string)
}

/// Rivals that a message lists.
const RIVALS_MAX: usize = 4;

/// Plain spellings that several names would have, as constants of the enum that cannot be
/// used: whoever writes one, or wrote it before its rival arrived, is told by the
/// compiler what to write. (`cargo check` warns, because it evaluates no constants.)
pub(crate) fn contested(of: &str, spelled: &BTreeMap<&str, Ident>) -> TokenStream {
    let mut claims: BTreeMap<String, Vec<(&str, &Ident)>> = BTreeMap::new();
    for (name, ident) in spelled {
        if let Some(camel) = plain(name) {
            claims.entry(camel).or_default().push((name, ident));
        }
    }
    let of = Ident::new(of, Span::call_site());
    let consts = claims
        .iter()
        .filter(|(_, names)| names.len() > 1)
        .map(|(camel, names)| {
            let listed: Vec<String> = names
                .iter()
                .take(RIVALS_MAX)
                .map(|(name, ident)| format!("`{of}::{ident}` is {name:?}"))
                .collect();
            let more = match names.len().saturating_sub(RIVALS_MAX) {
                0 => String::new(),
                more => format!(", and {more} more"),
            };
            let text = format!(
                "{} names would be spelled `{of}::{camel}`; say which: {}{more}",
                names.len(),
                listed.join(", ")
            );
            let camel = Ident::new(camel, Span::call_site());
            quote! {
                #[doc(hidden)]
                #[deprecated(note = #text)]
                #[allow(non_upper_case_globals)]
                pub const #camel: #of = ::core::panic!("{}", #text);
            }
        });
    consts.collect()
}

/// The plain spelling, if this name has one.
fn plain(name: &str) -> Option<String> {
    let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric());
    let words: Vec<&str> = name.split(['.', '_', '-', '/', ':', ' ']).collect();
    let camel: String = words.iter().map(|w| w.to_upper_camel_case()).collect();
    // `Self` is a keyword; `ALL` is what the enums call the list of their values, and
    // `Err` what `FromStr` calls its error: rustc refuses a variant beside `Self::Err`.
    let free = !["Self", "ALL", "Err"].contains(&camel.as_str());
    let letter = name.starts_with(|c: char| c.is_ascii_alphabetic());
    (free && letter && words.iter().all(|w| word(w))).then_some(camel)
}

/// A spelling with that many digits of the name's hash.
fn suffixed(stem: &str, name: &str, digits: usize) -> String {
    let digest = Digest::of(name.as_bytes()).to_string();
    format!("{stem}_{}", digest.get(..digits).unwrap_or(&digest))
}

/// What of a text an identifier can hold, in ASCII, so that no look-alike gets in.
fn ascii_ident(text: &str) -> String {
    let kept: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    match kept.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => kept,
        false => format!("N{kept}"),
    }
}

/// The method of a setting, group or column.
pub(crate) fn method(name: &str) -> Ident {
    match name {
        "self" | "super" | "crate" => Ident::new(&format!("_{name}"), Span::call_site()),
        // A keyword since edition 2024, which syn leaves to be a name.
        "gen" => Ident::new_raw(name, Span::call_site()),
        name => syn::parse_str::<Ident>(name)
            .unwrap_or_else(|_| Ident::new_raw(name, Span::call_site())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_spellings() {
        for (name, spelled) in [
            ("treasure.item.found", "TreasureItemFound"),
            ("loot", "Loot"),
            ("push_request", "PushRequest"),
            ("ec2.started", "Ec2Started"),
        ] {
            assert_eq!(variants([name])[name].to_string(), spelled);
        }
    }

    /// Whoever could be mixed up with another carries its hash, and so does what has
    /// no plain spelling; nobody else.
    #[test]
    fn hashes_where_needed() {
        for (names, hashed) in [
            (&["rs.empty_count", "rs.full"][..], &[][..]),
            (
                &["rs.empty_count", "rs.empty.count", "rs.full"],
                &["rs.empty_count", "rs.empty.count"],
            ),
            (&["RS.EMPTY_COUNT", "RS.FULL", "Foo/GetBar"], &[]),
            (
                &[
                    "RS.EMPTY_COUNT",
                    "RS_EMPTY.COUNT",
                    "rs.empty.count",
                    "RS.FULL",
                ],
                &["RS.EMPTY_COUNT", "RS_EMPTY.COUNT", "rs.empty.count"],
            ),
            (&["v1.0.3", "v1.03"], &["v1.0.3", "v1.03"]),
            (&["self", "a.l.l", "err", "a.l"], &["self", "a.l.l", "err"]),
            (
                &["a b", "a/b", "ø", "7up", "\"", "*/", "a__c", "r#type"],
                &["a b", "a/b", "ø", "7up", "\"", "*/", "a__c", "r#type"],
            ),
        ] {
            for (name, ident) in variants(names.iter().copied()) {
                let spelled = ident.to_string();
                assert_eq!(
                    spelled.contains('_'),
                    hashed.contains(&name),
                    "{name}: {spelled}"
                );
                assert!(
                    syn::parse_str::<Ident>(&spelled).is_ok(),
                    "{name}: {spelled}"
                );
            }
        }
        // Digits are of the name alone: a third rival changes nothing for two.
        for rivals in [
            &["RS.EMPTY_COUNT", "RS_EMPTY.COUNT"][..],
            &["RS.EMPTY_COUNT", "rs.empty.count", "RS-EMPTY COUNT"],
        ] {
            let spelled = variants(rivals.iter().copied());
            assert_eq!(spelled["RS.EMPTY_COUNT"], "RsEmptyCount_a1a2b3");
        }
    }

    /// So many names of one stem that six digits of some are the same.
    #[test]
    fn spellings_never_meet() {
        let names: Vec<String> = ('\u{4E00}'..'\u{9FFF}').map(String::from).collect();
        let spelled = variants(names.iter().map(String::as_str));
        let different: std::collections::BTreeSet<String> =
            spelled.values().map(Ident::to_string).collect();
        assert_eq!(different.len(), names.len());
        let lengths: std::collections::BTreeSet<usize> =
            different.iter().map(String::len).collect();
        assert_eq!(lengths, [2 + DIGITS, 2 + 32].into());
    }

    #[test]
    fn methods() {
        for (name, spelled) in [
            ("spawn_rate", "spawn_rate"),
            ("type", "r#type"),
            ("gen", "r#gen"),
            ("self", "_self"),
            ("self_", "self_"),
            ("a1", "a1"),
        ] {
            assert_eq!(method(name).to_string(), spelled);
        }
    }
}
