//! Whether the version of definitions tells what became of their content: raised if it
//! changed, and only then.
//!
//! The content is what a service can notice: the image (routes, fallback, settings with
//! their bounds, rules, the names of events and consumers), the addresses of consumers and
//! the package. Not comments, order, layout, names of files and other spellings of the same;
//! nor `doc`, `owner`, `deprecated`, `expires` and `tests`, which no service reads: who
//! mends a description deploys nothing, and two such changes should merge without a conflict
//! over a number. A payload is no part of a definition either.

use std::cmp::max;

use routewright::{Image, Limits, RouteTable, Violations};

use crate::lower::lower;
use crate::model::{ConsumerKind, Definition};

/// What a service can notice of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    package: String,
    addresses: Vec<(ConsumerKind, String)>,
    image: Vec<u8>,
}

impl Content {
    /// Of a definition. Equal content is equal bytes, whatever its spelling.
    ///
    /// # Errors
    /// It cannot be compiled.
    pub fn of(definition: &Definition) -> Result<Content, Violations> {
        let mut definition = definition.clone();
        // All of them must hold, in any order.
        definition.rules.sort();
        definition.rules.dedup();
        let table: RouteTable<Image> = lower(&definition, &Limits::DEFAULT)?;
        let consumers = definition.consumers.into_values();
        Ok(Content {
            package: definition.package,
            addresses: consumers.map(|c| (c.kind, c.address)).collect(),
            image: table.as_image().to_vec(),
        })
    }
}

/// A definition at some point of its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its version.
    pub version: u64,
    /// What it said.
    pub content: Content,
}

/// Whether a version is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There was none before.
    New,
    /// The content is the same, and so is the version.
    Unchanged,
    /// The content changed, and the version is above this one.
    Raised(u64),
    /// The content changed, and the version is not above this one.
    Low(u64),
    /// The content is that of this other version.
    Needless(u64),
}

impl Verdict {
    /// The version that it would have to be; `None`: it is right.
    pub fn needed(self) -> Option<u64> {
        match self {
            Verdict::Low(above) => Some(above.saturating_add(1)),
            Verdict::Needless(version) => Some(version),
            Verdict::New | Verdict::Unchanged | Verdict::Raised(_) => None,
        }
    }

    /// The same, knowing what was said in between: a change that was taken back, each of
    /// the two with a version of its own, is not raised for nothing.
    pub fn after(self, between: &[Said], now: &Said) -> Verdict {
        let Verdict::Needless(was) = self else {
            return self;
        };
        let other = |said: &&Said| said.content != now.content && said.version >= was;
        match between.iter().filter(other).map(|said| said.version).max() {
            Some(above) if now.version > above => Verdict::Raised(above),
            _ => self,
        }
    }
}

/// Compares a definition with what it came from (`fork`), and with where it is to go
/// (`base`), which is the same unless somebody changed that one meanwhile. Then its version
/// must be above both: two changes that are raised to the same number merge without a
/// conflict, and the result would differ from one of them by content only.
pub fn judge(now: &Said, fork: Option<&Said>, base: Option<&Said>) -> Verdict {
    // All that is new here is there already.
    if base == Some(now) || fork == Some(now) {
        return Verdict::Unchanged;
    }
    let same = |other: &&Said| other.content == now.content;
    if let Some(other) = fork.filter(same).or(base.filter(same)) {
        return Verdict::Needless(other.version);
    }
    let version = |said: Option<&Said>| said.map(|said| said.version);
    match max(version(fork), version(base)) {
        None => Verdict::New,
        Some(above) if now.version > above => Verdict::Raised(above),
        Some(above) => Verdict::Low(above),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::load_text;

    const TEXT: &str = "package: a.b\nversion: 1\nconsumers: { x: { kafka: t }, y: { local: true } }\n\
        events: [e.z]\ndefaults: { retries: 2 }\n\
        routes:\n  e.a: { to: x, timeout: 1s }\n  e.*: { split: { x: 1, y: 2 } }\n  e.off: { to: y, enabled: false }\n\
        fallback: { to: y }\n\
        settings: { n: { type: int, default: 2, min: 1, max: 9, max_step: 2x } }\n\
        rules: [\"n > 0\", \"n < 10\"]\ntests: [{ setting: n, is: 2 }]\n";

    fn content(text: &str) -> Content {
        let loaded = load_text("a.yaml", text)
            .unwrap_or_else(|(sources, report)| panic!("{}", report.render(&sources, false)));
        Content::of(&loaded.definition).unwrap()
    }

    /// Edits, and whether they change the content.
    #[test]
    fn content_is_what_a_service_can_notice() {
        let rows: &[(&str, &str, bool)] = &[
            ("version: 1", "version: 7", false),
            ("version: 1", "# a comment\nversion: \"1\"", false),
            (
                "{ to: x, timeout: 1s }",
                "{ timeout: 1000ms, to: [x] }",
                false,
            ),
            (
                "{ to: x, timeout: 1s }",
                "{ to: x, timeout: 1s, retries: 2 }",
                false,
            ),
            (
                "{ to: x, timeout: 1s }",
                "{ to: x, timeout: 1s, doc: why, owner: me, deprecated: old, expires: 2199-01-01 }",
                false,
            ),
            ("\"n > 0\", \"n < 10\"", "\"n < 10\", \"n > 0\"", false),
            ("is: 2", "is: 3", false),
            (
                "events: [e.z]\ndefaults: { retries: 2 }",
                "defaults: { retries: 2 }\nevents: [e.z]",
                false,
            ),
            (
                "{ to: y, enabled: false }",
                "{ to: x, enabled: false }",
                false,
            ),
            ("max_step: 2x", "max_step: 2x, doc: text, owner: me", false),
            ("kafka: t", "kafka: t, doc: text", false),
            ("package: a.b", "package: a.c", true),
            ("kafka: t", "kafka: u", true),
            ("kafka: t", "nats: t", true),
            ("events: [e.z]", "events: [e.y]", true),
            ("{ to: y, enabled: false }", "{ to: y }", true),
            ("to: x, timeout: 1s", "to: y, timeout: 1s", true),
            ("timeout: 1s", "timeout: 2s", true),
            ("retries: 2", "retries: 3", true),
            ("x: 1, y: 2", "x: 2, y: 2", true),
            ("fallback: { to: y }", "fallback: { drop: no }", true),
            ("default: 2", "default: 3", true),
            ("max: 9", "max: 8", true),
            ("max_step: 2x", "max_step: 3x", true),
            ("max_step: 2x", "max_step: 2x, cooldown: 1s", true),
            ("n < 10", "n < 11", true),
        ];
        let before = content(TEXT);
        for (old, new, changes) in rows {
            let text = TEXT.replacen(old, new, 1);
            assert_ne!(text, TEXT, "{old}");
            assert_eq!(content(&text) != before, *changes, "{old} -> {new}");
        }
    }

    #[test]
    fn verdicts() {
        let (one, two, three) = (
            content(TEXT),
            content(&TEXT.replace("1s", "2s")),
            content(&TEXT.replace("1s", "3s")),
        );
        let said = |content: &Content, version| Said {
            version,
            content: content.clone(),
        };
        let (a5, a6, b5, b6, c6, c7) = (
            &said(&one, 5),
            &said(&one, 6),
            &said(&two, 5),
            &said(&two, 6),
            &said(&three, 6),
            &said(&three, 7),
        );
        let rows: &[(&Said, Option<&Said>, Option<&Said>, Verdict)] = &[
            (a5, None, None, Verdict::New),
            (a5, Some(a5), Some(a5), Verdict::Unchanged),
            (b6, Some(a5), Some(a5), Verdict::Raised(5)),
            (b5, Some(a5), Some(a5), Verdict::Low(5)),
            // Raised for nothing, and lowered.
            (a6, Some(a5), Some(a5), Verdict::Needless(5)),
            (a5, Some(a6), Some(a6), Verdict::Needless(6)),
            // A revert that brought the old number back.
            (a5, Some(b6), Some(b6), Verdict::Low(6)),
            // The base went on; nothing is new here.
            (a5, Some(a5), Some(b6), Verdict::Unchanged),
            // Both raised to 6, by different changes.
            (c6, Some(a5), Some(b6), Verdict::Low(6)),
            (c7, Some(a5), Some(b6), Verdict::Raised(6)),
            // The same change is there already; or there under another number.
            (b6, Some(a5), Some(b6), Verdict::Unchanged),
            (b6, Some(a5), Some(b5), Verdict::Needless(5)),
            // Added on both sides.
            (b5, None, Some(a5), Verdict::Low(5)),
            (b6, None, Some(a5), Verdict::Raised(5)),
            // Deleted there.
            (b6, Some(a5), None, Verdict::Raised(5)),
        ];
        for (at, (now, fork, base, verdict)) in rows.iter().enumerate() {
            assert_eq!(judge(now, *fork, *base), *verdict, "row {at}");
        }

        let a7 = &said(&one, 7);
        let rows: &[(&Said, &[&Said], Verdict)] = &[
            (a7, &[], Verdict::Needless(5)),
            (a7, &[a6], Verdict::Needless(5)),
            (a7, &[b6], Verdict::Raised(6)),
            (a7, &[c7, b6], Verdict::Needless(5)),
            (a6, &[b6], Verdict::Needless(5)),
        ];
        for (at, (now, between, verdict)) in rows.iter().enumerate() {
            let between: Vec<Said> = between.iter().map(|said| (*said).clone()).collect();
            let found = judge(now, Some(a5), Some(a5)).after(&between, now);
            assert_eq!(found, *verdict, "history {at}");
        }
    }
}
