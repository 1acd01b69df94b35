//! Names of consumers and settings made legal, so that no two become one, and so that
//! it can be undone: what was renamed, and from what, is in the report.
//!
//! Names of events are never changed: they arrive from outside.

use std::collections::{BTreeMap, BTreeSet};

use routewright::Digest;
use routewright::name::{check_consumer, check_setting};

/// Longest spelling that needs no hash.
const BYTES_MAX: usize = 48;

/// Original name -> legal name.
pub type Renamed = BTreeMap<String, String>;

/// Legal names for consumers. A name does not depend on the others, unless they would
/// be spelled alike: then each that is not legal already carries its hash.
pub fn consumers<'n>(originals: impl IntoIterator<Item = &'n str>) -> Renamed {
    legal(originals, '-')
}

/// Legal paths for settings.
pub fn settings<'n>(originals: impl IntoIterator<Item = &'n str>) -> Renamed {
    legal(originals, '_')
}

fn legal<'n>(originals: impl IntoIterator<Item = &'n str>, joint: char) -> Renamed {
    let originals: BTreeSet<&str> = originals.into_iter().collect();
    let spelled = |name: &str| match joint {
        '_' => name
            .split('.')
            .map(|part| spell(part, joint))
            .collect::<Vec<_>>()
            .join("."),
        _ => spell(name, joint),
    };
    let is_legal = |name: &str| match joint {
        '_' => check_setting(name).is_ok(),
        _ => check_consumer(name).is_ok(),
    };
    let mut rivals: BTreeMap<String, usize> = BTreeMap::new();
    for name in &originals {
        *rivals.entry(spelled(name)).or_default() += 1;
    }
    let name = |original: &str| {
        let spelling = spelled(original);
        if is_legal(original) {
            return original.to_owned();
        }
        if rivals[&spelling] == 1 && is_legal(&spelling) {
            return spelling;
        }
        // The groups of a setting stay what they are, if there is room for them.
        let hash = Digest::of(original.as_bytes()).to_string();
        let (groups, last) = match spelling.rsplit_once('.') {
            Some((groups, last)) if groups.len() < BYTES_MAX => (format!("{groups}."), last),
            _ => (String::new(), spelling.as_str()),
        };
        let room = BYTES_MAX.saturating_sub(groups.len()).max(1);
        let cut = last[..last.len().min(room)].trim_end_matches([joint, '.']);
        format!("{groups}{cut}{joint}{}", &hash[..8])
    };
    originals
        .iter()
        .map(|original| ((*original).to_owned(), name(original)))
        .collect()
}

/// `[a-z][a-z0-9_-]*`: camel case is parted, everything else becomes the joint.
fn spell(name: &str, joint: char) -> String {
    let mut spelled = String::new();
    let mut last = joint;
    for c in name.chars() {
        let next = match c {
            'a'..='z' | '0'..='9' | '_' => c,
            '-' if joint == '-' => c,
            'A'..='Z' => {
                if last.is_ascii_lowercase() || last.is_ascii_digit() {
                    spelled.push(joint);
                }
                c.to_ascii_lowercase()
            }
            _ if last == joint => continue,
            _ => joint,
        };
        spelled.push(next);
        last = if c.is_ascii_uppercase() { 'A' } else { next };
    }
    let trimmed = spelled.trim_end_matches(joint);
    let first = if joint == '-' { "c" } else { "s" };
    match trimmed.chars().next() {
        Some('a'..='z') => trimmed.to_owned(),
        None => first.to_owned(),
        Some(_) => format!("{first}{joint}{trimmed}"),
    }
}

#[cfg(test)]
mod tests {
    use routewright::name::{check_consumer, check_setting};

    use super::{consumers, settings};

    /// Name, and its spelling as a consumer.
    const SPELLED: &[(&str, &str)] = &[
        ("async", "async"),
        ("low_priority", "low_priority"),
        ("openstack-heat", "openstack-heat"),
        ("notifier://", "notifier"),
        ("TeamX", "team-x"),
        ("HTTPServer", "httpserver"),
        ("team X  mails", "team-x-mails"),
        ("4ever", "c-4ever"),
        ("", "c"),
        ("%env(X)%", "env-x"),
        ("\u{f8}st", "st"),
    ];

    #[test]
    fn consumers_are_spelled_plainly() {
        for (name, expected) in SPELLED {
            assert_eq!(consumers([*name])[*name], *expected);
        }
    }

    #[test]
    fn no_two_become_one() {
        let names = [
            "a-b",
            "a b",
            "a:b",
            "A-b",
            "a/b",
            &"x".repeat(200),
            &"X".repeat(200),
        ];
        for renamed in [consumers(names), settings(names)] {
            let distinct: std::collections::BTreeSet<_> = renamed.values().collect();
            assert_eq!(distinct.len(), names.len(), "{renamed:?}");
        }
        assert_eq!(consumers(names)["a-b"], "a-b", "a legal name stays");
        for name in consumers(names).values() {
            check_consumer(name).expect(name);
        }
        for name in settings(["a.b-c", "9.x", "A.B"]).values() {
            check_setting(name).expect(name);
        }
    }
}
