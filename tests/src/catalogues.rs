//! Definitions over names that nobody here chose.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use routewright::{Digest, Priority, name};
use routewright_schema::model::{
    Consumer, ConsumerKind, Definition, Fallback, Policy, Route, Target,
};

/// A list of names.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// The file's name.
    pub name: String,
    /// The names that the language takes.
    pub names: Vec<String>,
    /// Those that it does not, and why.
    pub refused: Vec<(String, String)>,
}

/// All of `tests/catalogues`, sorted.
pub fn all() -> Vec<Catalogue> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
        .collect();
    files.sort();
    files.iter().map(|file| catalogue(file)).collect()
}

fn catalogue(file: &Path) -> Catalogue {
    let text = fs::read_to_string(file).expect("a text");
    let (mut names, mut refused) = (Vec::new(), Vec::new());
    for line in text.lines().filter(|line| !line.is_empty()) {
        match name::check_event(line) {
            Ok(()) => names.push(line.to_owned()),
            Err(fault) => refused.push((line.to_owned(), fault.to_string())),
        }
    }
    names.sort();
    names.dedup();
    let name = file.file_stem().and_then(|stem| stem.to_str());
    Catalogue {
        name: name.expect("a name in UTF-8").to_owned(),
        names,
        refused,
    }
}

/// A definition that routes the names in every way there is: what becomes of a name is
/// drawn from its hash, and the first segments that many names share have patterns.
pub fn definition(catalogue: &Catalogue) -> Definition {
    let consumers = ["audit", "billing", "cold-store", "search", "shadow"];
    let consumer = |kind| Consumer {
        kind,
        address: String::new(),
        doc: String::new(),
        owner: String::new(),
    };
    let mut definition = Definition {
        package: format!("catalogues.{}", catalogue.name),
        version: 1,
        consumers: consumers
            .map(|name| (name.to_owned(), consumer(ConsumerKind::Local)))
            .into(),
        events: catalogue.names.iter().cloned().collect(),
        ..Definition::default()
    };
    let pick =
        |hash: u64, shift: u32| consumers[(hash >> shift) as usize % consumers.len()].to_owned();
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    for name in &catalogue.names {
        if let Some((first, _)) = name.split_once('.') {
            *groups.entry(first).or_default() += 1;
        }
        let hash = hash(name);
        let mut target = Target::default();
        match hash % 8 {
            // Declared; a pattern or the fallback may answer.
            0 | 1 => continue,
            2 => target.drop = Some(format!("not {}", pick(hash, 8))),
            3 => {
                target.split.insert(pick(hash, 8), 95);
                target.split.insert("shadow".to_owned(), 5);
            }
            4 => {
                target.to = vec![pick(hash, 8)];
                target.mirror.insert("shadow".to_owned(), 10_000);
            }
            _ => {
                target.to = vec![pick(hash, 8), pick(hash, 16)];
                target.to.dedup();
            }
        }
        let policy = Policy {
            timeout_ns: (hash & 0x100 != 0).then_some(250_000_000),
            retries: (hash & 0x200 != 0).then_some(2),
            priority: (hash & 0x400 != 0).then_some(Priority::High),
            ..Policy::default()
        };
        definition
            .routes
            .insert(name.clone(), route(target, policy));
    }
    // The largest groups; their patterns are of two shapes.
    let mut groups: Vec<(usize, &str)> = groups.into_iter().map(|(g, n)| (n, g)).collect();
    groups.sort_by(|a, b| b.cmp(a));
    for (at, (_, first)) in groups.iter().filter(|(n, _)| *n > 1).take(20).enumerate() {
        for rest in ["*", "**"] {
            let target = Target {
                to: vec![consumers[at % consumers.len()].to_owned()],
                ..Target::default()
            };
            definition
                .routes
                .insert(format!("{first}.{rest}"), route(target, Policy::default()));
        }
    }
    if hash(&catalogue.name).is_multiple_of(2) {
        definition.fallback = Some(Fallback {
            target: Target {
                to: vec!["audit".to_owned()],
                ..Target::default()
            },
            policy: Policy::default(),
        });
    }
    definition
}

fn hash(name: &str) -> u64 {
    let digits = Digest::of(name.as_bytes()).to_string();
    u64::from_str_radix(digits.get(..16).unwrap_or("0"), 16).unwrap_or(0)
}

fn route(target: Target, policy: Policy) -> Route {
    Route {
        target,
        policy,
        rank: 0,
        enabled: true,
        doc: String::new(),
        owner: String::new(),
        deprecated: String::new(),
        expires: String::new(),
    }
}
