//! What a change of tables really moves.
//!
//! Names are not compared one by one, but by the class of names that two tables cannot tell
//! apart. A name meets some patterns of both tables; what these share is one pattern again
//! (`crate::pattern`), and whatever else meets just the same patterns is answered alike.
//! So the patterns that some of them share, each with a name that meets it and nothing more
//! specific, and the exact names of both, stand for every name there is: no difference
//! among them is none at all.

use std::collections::BTreeSet;

use routewright::name::is_pattern;
use routewright::{Outcome, RouteTable, Scalar};

use crate::analysis::words;
use crate::pattern::{Above, TooMany, by_length, class, close};

/// Patterns that those of both tables may share.
const CLASSES_MAX: usize = 50_000;

/// What differs between two tables.
#[derive(Clone, Debug, Default)]
pub struct Diff {
    /// Classes of names that are answered differently, by their names.
    pub classes: Vec<Class>,
    /// Settings whose values differ, by their paths.
    pub settings: Vec<Setting>,
    /// Names that were asked: one a class and length, and every exact name.
    pub asked: usize,
}

/// Names that are answered alike by each table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// The event, or the pattern that they meet and nothing more specific.
    pub name: String,
    /// One of them.
    pub witness: String,
    /// What the old table makes of it.
    pub before: String,
    /// What the new one does.
    pub after: String,
    /// What of it differs.
    pub what: What,
}

/// What of an answer differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Who gets it.
    Destination,
    /// The same consumers, by other weights or shares.
    Share,
    /// Only how.
    Policy,
}

impl What {
    /// The word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            What::Destination => "destination",
            What::Share => "share",
            What::Policy => "policy",
        }
    }
}

/// A setting that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its path.
    pub path: String,
    /// Its old value; `None`: it is new.
    pub before: Option<String>,
    /// Its new value; `None`: it is gone.
    pub after: Option<String>,
    /// The new value by the old one, if both are numbers above 0 of one kind.
    pub factor: Option<f64>,
}

impl Diff {
    /// Whether both tables answer everything alike.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty() && self.settings.is_empty()
    }
}

/// Compares two tables.
///
/// # Errors
/// Their patterns overlap in too many ways to say.
pub fn diff<D: AsRef<[u8]>, E: AsRef<[u8]>>(
    old: &RouteTable<D>,
    new: &RouteTable<E>,
) -> Result<Diff, String> {
    let mut diff = Diff::default();
    let mut exact = BTreeSet::new();
    // What no pattern meets is what meets `**` alone.
    let mut names = BTreeSet::from(["**".to_owned()]);
    let mut patterns = BTreeSet::new();
    known(old, &mut exact, &mut patterns);
    known(new, &mut exact, &mut patterns);
    names.extend(patterns);
    close(&mut names, CLASSES_MAX).map_err(|TooMany { patterns }| {
        format!("the {patterns} patterns of both overlap in more than {CLASSES_MAX} ways")
    })?;
    let (patterns, shared): (BTreeSet<String>, BTreeSet<String>) =
        names.into_iter().partition(|name| is_pattern(name));
    exact.extend(shared);
    for name in &exact {
        diff.asked += 1;
        diff.classes.extend(compare(old, new, name, name));
    }
    let mut above = Above::default();
    for pattern in &patterns {
        above.entry(pattern, || ());
    }
    let word = fresh(exact.iter().chain(&patterns));
    for pattern in &patterns {
        // For each length, a name that meets it and agrees with no literal but its own. If
        // something more specific meets it, that one stands for it.
        let mut seen = BTreeSet::new();
        for form in by_length(pattern) {
            let best = above.of(&form).map(|(name, ())| name);
            let best = best.max_by_key(|name| (class(name), name.split('.').count()));
            if best.as_deref() != Some(pattern) {
                continue;
            }
            diff.asked += 1;
            let found = compare(old, new, pattern, &form.replace('*', &word));
            diff.classes.extend(
                found.filter(|found| seen.insert((found.before.clone(), found.after.clone()))),
            );
        }
    }
    diff.settings = settings(old, new);
    Ok(diff)
}

/// Exact names and patterns of a table.
fn known<D: AsRef<[u8]>>(
    table: &RouteTable<D>,
    exact: &mut BTreeSet<String>,
    patterns: &mut BTreeSet<String>,
) {
    for entry in table.entries() {
        let name = entry.route.name().to_owned();
        match entry.is_pattern {
            true => patterns.insert(name),
            false => exact.insert(name),
        };
    }
}

/// A segment that no name and no pattern has.
fn fresh<'n>(names: impl Iterator<Item = &'n String>) -> String {
    let used: BTreeSet<&str> = names.flat_map(|name| name.split('.')).collect();
    let mut word = "x".to_owned();
    while used.contains(word.as_str()) {
        word.push('x');
    }
    word
}

/// What a name is answered; nobody is nobody, whether the name is known or not.
struct Answer {
    text: String,
    consumers: BTreeSet<String>,
    target: String,
}

fn answer<D: AsRef<[u8]>>(table: &RouteTable<D>, name: &str) -> Answer {
    let route = table
        .find(name)
        .filter(|r| r.outcome() != Outcome::Unrouted);
    let Some(route) = route else {
        return Answer {
            text: "nobody".to_owned(),
            consumers: BTreeSet::new(),
            target: "nobody".to_owned(),
        };
    };
    let text = words::route(&route);
    let name = |id: u16| {
        route
            .catalog()
            .consumer(id.into())
            .unwrap_or("?")
            .to_owned()
    };
    let arms = route.arms().map(|(id, _)| name(id));
    let shares = route.shares().map(|(id, _)| format!("copy {}", name(id)));
    let mut consumers: BTreeSet<String> = route
        .consumers()
        .map(name)
        .chain(arms)
        .chain(shares)
        .collect();
    if let Outcome::Drop(reason) = route.outcome() {
        consumers.insert(format!("drop: {reason}"));
    }
    let policy = format!(" ({})", words::policy(&route.policy()));
    let target = text.strip_suffix(&policy).unwrap_or(&text).to_owned();
    Answer {
        text,
        consumers,
        target,
    }
}

fn compare<D: AsRef<[u8]>, E: AsRef<[u8]>>(
    old: &RouteTable<D>,
    new: &RouteTable<E>,
    name: &str,
    witness: &str,
) -> Option<Class> {
    let (before, after) = (answer(old, witness), answer(new, witness));
    let what = match () {
        () if before.text == after.text => return None,
        () if before.consumers != after.consumers => What::Destination,
        () if before.target != after.target => What::Share,
        () => What::Policy,
    };
    Some(Class {
        name: name.to_owned(),
        witness: witness.to_owned(),
        before: before.text,
        after: after.text,
        what,
    })
}

fn settings<D: AsRef<[u8]>, E: AsRef<[u8]>>(
    old: &RouteTable<D>,
    new: &RouteTable<E>,
) -> Vec<Setting> {
    let (olds, news) = (values(old), values(new));
    let paths: BTreeSet<&String> = olds.iter().chain(&news).map(|(path, ..)| path).collect();
    let mut settings = Vec::new();
    for path in paths {
        let of = |list: &[Valued]| list.iter().find(|(own, ..)| own == path).cloned();
        let (before, after) = (of(&olds), of(&news));
        let text = |value: &Option<Valued>| value.as_ref().map(|(_, text, _)| text.clone());
        if text(&before) == text(&after) {
            continue;
        }
        let number = |value: &Option<Valued>| value.as_ref().and_then(|(.., number)| *number);
        let factor = match (number(&before), number(&after)) {
            (Some((kind, old)), Some((same, new))) if kind == same && old > 0.0 && new > 0.0 => {
                Some(new / old)
            }
            _ => None,
        };
        settings.push(Setting {
            path: path.clone(),
            before: text(&before),
            after: text(&after),
            factor,
        });
    }
    settings
}

/// Path, value in words, and its kind and number if it is one.
type Valued = (String, String, Option<(routewright::Kind, f64)>);

fn values<D: AsRef<[u8]>>(table: &RouteTable<D>) -> Vec<Valued> {
    let catalog = table.catalog();
    let of = |at| {
        let setting = catalog.setting(at)?;
        let text = words::value(setting.form, setting.columns(), table.values().scalars(at));
        let scalar = table.values().scalar(at);
        let number = scalar.as_ref().and_then(number);
        Some((
            setting.name.to_owned(),
            text,
            number.map(|n| (setting.kind, n)),
        ))
    };
    (0..catalog.settings()).filter_map(of).collect()
}

fn number(scalar: &Scalar<&str>) -> Option<f64> {
    match scalar {
        Scalar::Int(n) => Some(*n as f64),
        Scalar::Float(n) | Scalar::Percent(n) => Some(*n),
        Scalar::Duration(n) | Scalar::Size(n) => Some(*n as f64),
        _ => None,
    }
}
