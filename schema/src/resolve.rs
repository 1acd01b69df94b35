//! Drafts of all files -> one definition.
//!
//! Decided here is what needs the text: which names are declared, how values are
//! spelled, what may stand once. What is allowed *semantically* (ranges, precedence,
//! ties, weights, limits, rules that hold) is decided by `routewright` when the
//! definition is lowered, and told with the help of [`Places`].

use std::collections::{HashMap, HashSet};

use routewright::{Code, name};

use crate::diagnostic::{Diagnostic, Report, one_of};
use crate::draft::Draft;
use crate::model::{Definition, Test};
use crate::rule;
use crate::source::{Sources, Span, Text};
use crate::value::{self, ValueFault, shown};

mod consumers;
mod expect;
mod places;
mod policy;
mod routes;
mod settings;

pub use places::Places;

/// Makes a definition of all files together. All problems go to `report`; a
/// definition comes out if there was no error, earlier ones included.
///
/// `complete`: every file was read wholly. If not, nothing is said of what is absent.
pub fn resolve(
    mut drafts: Vec<Draft>,
    complete: bool,
    sources: &Sources,
    report: &mut Report,
) -> Option<Resolved> {
    // So that the tests of the definition come first, wherever test files stand.
    drafts.sort_by_key(|draft| draft.only_tests);
    let (defining, testing) = drafts.split_at(drafts.partition_point(|d| !d.only_tests));
    let mut resolver = Resolver {
        sources,
        report,
        complete,
        consumers: HashMap::new(),
        settings: HashSet::new(),
        meant: HashSet::new(),
        definition: Definition::default(),
    };
    resolver.header(defining);
    resolver.consumers(defining);
    resolver.events(defining);
    resolver.routes(defining);
    resolver.fallback(defining);
    resolver.settings(defining);
    resolver.rules(defining);
    resolver.definition.tests = resolver.tests(defining);
    resolver.tested_packages(testing);
    let tests = resolver.tests(testing);
    let definition = resolver.definition;
    if report.errors() > 0 || !complete {
        return None;
    }
    let places = Places::new(drafts);
    consumers::tell_unused(&definition, &places, report);
    Some(Resolved {
        definition,
        tests,
        places,
    })
}

/// What drafts mean together.
#[derive(Debug)]
pub struct Resolved {
    /// The definition.
    pub definition: Definition,
    /// The tests of test files, which are no part of it.
    pub tests: Vec<Test>,
    /// Where everything stands.
    pub places: Places,
}

struct Resolver<'d, 'r> {
    sources: &'r Sources,
    report: &'r mut Report,
    complete: bool,
    /// Declared names, also of those that have a fault.
    consumers: HashMap<&'d str, Span>,
    settings: HashSet<&'d str>,
    /// What was probably meant by names that are not allowed. They were told; that nothing of
    /// the right name is declared follows from it.
    meant: HashSet<String>,
    definition: Definition,
}

impl<'d> Resolver<'d, '_> {
    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.report.push(Diagnostic::error(code, span, message));
    }

    /// What a reader of values says, or nothing and a message.
    fn value<T>(
        &mut self,
        text: &Text,
        read: impl FnOnce(&str) -> Result<T, ValueFault>,
    ) -> Option<T> {
        match read(&text.value) {
            Ok(value) => Some(value),
            Err(fault) => {
                let message = Diagnostic::error("bad_value", text.span, fault.message);
                self.report.push(message.maybe_hint(fault.hint));
                None
            }
        }
    }

    fn bool(&mut self, text: &Text) -> Option<bool> {
        self.value(text, value::parse_bool)
    }

    /// An integer that fits the type it goes to.
    fn int<T: TryFrom<i64>>(&mut self, text: &Text, range: &str) -> Option<T> {
        let number = self.value(text, value::parse_int)?;
        let fits = T::try_from(number).ok();
        if fits.is_none() {
            self.error(
                "bad_value",
                text.span,
                format!("{number} is out of range: {range}"),
            );
        }
        fits
    }

    /// Tells that a name is declared twice; `true` the first time.
    fn once(&mut self, seen: &mut HashMap<&'d str, Span>, text: &'d Text, noun: &str) -> bool {
        match seen.get(text.value.as_str()) {
            None => {
                seen.insert(&text.value, text.span);
                true
            }
            Some(rival) => {
                let message = format!("{noun} {} is declared twice", shown(&text.value));
                let fault = Diagnostic::error(Code::Duplicate.as_str(), text.span, message);
                self.report
                    .push(fault.label("again here").also(*rival, "first here"));
                false
            }
        }
    }

    fn good_name(
        &mut self,
        text: &Text,
        noun: &str,
        check: fn(&str) -> Result<(), name::NameFault>,
    ) -> bool {
        self.good_name_among(text, noun, check, |_| None)
    }

    /// As [`Resolver::good_name`]; if the name that was probably meant is declared as well,
    /// `declared` says where.
    fn good_name_among(
        &mut self,
        text: &Text,
        noun: &str,
        check: fn(&str) -> Result<(), name::NameFault>,
        declared: impl Fn(&str) -> Option<Span>,
    ) -> bool {
        let Err(fault) = check(&text.value) else {
            return true;
        };
        let likely = likely_identifier(&text.value, check);
        self.meant.extend(likely.clone());
        let twin = likely.as_ref().and_then(|likely| declared(likely));
        let message = format!("{noun} {} has no good name: {fault}", shown(&text.value));
        let hint = match fault {
            name::NameFault::NotAnIdentifier => likely.map(|likely| match twin {
                None => format!("write `{likely}`"),
                Some(_) => format!("delete it if `{likely}` is meant, else rename it"),
            }),
            name::NameFault::Wildcard => Some("only `routes` has patterns".to_owned()),
            name::NameFault::EmptySegment => Some("segments are separated by one `.`".to_owned()),
            name::NameFault::RestNotLast => {
                Some("`*` stands for one segment, `**` for all that follow".to_owned())
            }
            name::NameFault::Empty => Some("a name has at least one character".to_owned()),
            name::NameFault::TooLong(_) => Some("shorten it".to_owned()),
            name::NameFault::TooManySegments(_) => {
                Some("join some of the segments, such as with `_`".to_owned())
            }
            name::NameFault::BlankAtEnd => Some(format!("write {}", shown(text.value.trim()))),
            name::NameFault::Unprintable(..) => {
                Some("delete it; nobody can see it, or tell this name from another".to_owned())
            }
            _ => None,
        };
        let mut diagnostic =
            Diagnostic::error(Code::BadName.as_str(), text.span, message).maybe_hint(hint);
        if let Some(twin) = twin {
            diagnostic = diagnostic.also(twin, "this one is declared");
        }
        self.report.push(diagnostic);
        false
    }

    /// Whether that consumer is declared; else tells it.
    fn known_consumer(&mut self, text: &Text) -> bool {
        if self.consumers.contains_key(text.value.as_str()) {
            return true;
        }
        if self.complete && !self.meant.contains(&text.value) {
            let fault = Diagnostic::error(
                Code::UnknownConsumer.as_str(),
                text.span,
                format!("there is no consumer {}", shown(&text.value)),
            );
            // Comparing is not free: only for what will be shown.
            let hint = self.report.has_room().then(|| {
                let names: std::collections::BTreeSet<&str> =
                    self.consumers.keys().copied().collect();
                let words: Vec<&str> = text.value.split_whitespace().collect();
                if words.len() > 1 && words.iter().all(|word| names.contains(word)) {
                    return format!("separate them by commas: `[{}]`", words.join(", "));
                }
                one_of(&text.value, "declared are", names)
                    .unwrap_or_else(|| "declare it in `consumers`".to_owned())
            });
            self.report.push(fault.maybe_hint(hint));
        }
        false
    }

    /// `package` and `version`, each in exactly one file.
    fn header(&mut self, drafts: &'d [Draft]) {
        if let Some(package) = self.only(drafts, "package", |d| d.package.as_ref())
            && self.good_package(package)
        {
            self.definition.package.clone_from(&package.value);
        }
        if let Some(version) = self.only(drafts, "version", |d| d.version.as_ref())
            && let Some(number) = self.value(version, parse_version)
        {
            self.definition.version = number;
        }
    }

    /// Test files that say of which package they are: it is this one.
    fn tested_packages(&mut self, drafts: &'d [Draft]) {
        let package = self.definition.package.clone();
        for said in drafts.iter().filter_map(|draft| draft.package.as_ref()) {
            if said.value != package && !package.is_empty() {
                let message = format!(
                    "these are tests of the package {}, and not of {}",
                    shown(&said.value),
                    shown(&package)
                );
                let fault = Diagnostic::error("bad_test", said.span, message);
                self.report
                    .push(fault.hint("keep test files beside the definition that they are about"));
            }
        }
    }

    /// The one file that says it.
    fn only(
        &mut self,
        drafts: &'d [Draft],
        key: &str,
        get: impl Fn(&'d Draft) -> Option<&'d Text>,
    ) -> Option<&'d Text> {
        let mut given = drafts.iter().filter_map(get);
        let Some(first) = given.next() else {
            if self.complete {
                let example = if key == "version" {
                    "version: 1"
                } else {
                    "package: treasure"
                };
                let fault =
                    Diagnostic::global(Code::Missing.as_str(), format!("no file has a `{key}`"));
                self.report
                    .push(fault.hint(format!("write `{example}` in one of them")));
            }
            return None;
        };
        for again in given {
            let fault = Diagnostic::error(
                Code::Duplicate.as_str(),
                again.span,
                format!("`{key}` stands in two files"),
            );
            self.report.push(
                fault
                    .label("again here")
                    .also(first.span, "first here")
                    .hint("keep one; it speaks for all files"),
            );
        }
        Some(first)
    }

    fn good_package(&mut self, package: &Text) -> bool {
        let identifier = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        let good = package.value.len() <= routewright::limits::IDENT_BYTES_MAX
            && package.value.split('.').all(identifier);
        if !good {
            let message = format!("the package {} has no good name", shown(&package.value));
            let fault = Diagnostic::error(Code::BadName.as_str(), package.span, message);
            self.report.push(fault.hint("it is one or more identifiers with `.` between them, such as `shop.orders`, of at most 128 bytes"));
        }
        good
    }

    /// `rules`, compiled to see that they are well formed.
    fn rules(&mut self, drafts: &'d [Draft]) {
        for text in drafts.iter().flat_map(|d| &d.rules) {
            let settings = &self.definition.settings;
            let fault = match rule::compile(&text.value, &|path| settings.get(path)) {
                Ok(_) => {
                    self.definition.rules.push(text.value.clone());
                    continue;
                }
                Err(fault) => fault,
            };
            let mut hint = fault.hint;
            if let Some(path) = &fault.unknown {
                // It is declared but has a fault of its own, or may stand in a part
                // that could not be read.
                if self.settings.contains(path.as_str()) || !self.complete {
                    continue;
                }
                hint = self.setting_hint(path);
            }
            let code = match fault.unknown {
                Some(_) => Code::UnknownSetting,
                None => Code::BadRule,
            };
            let span = self.inside(text, fault.at);
            self.report
                .push(Diagnostic::error(code.as_str(), span, fault.message).maybe_hint(hint));
        }
    }

    fn setting_hint(&self, path: &str) -> Option<String> {
        let mut names: Vec<&str> = self.settings.iter().copied().collect();
        names.sort_unstable();
        one_of(path, "declared are", names)
    }

    /// A part of a text, if it stands in the source as it is; else all of it.
    fn inside(&self, text: &Text, part: std::ops::Range<usize>) -> Span {
        let span = text.span;
        let source = self.sources.text(span.file);
        let raw = source
            .get(span.start as usize..span.end as usize)
            .unwrap_or("");
        match raw.find(&text.value) {
            Some(at) => {
                let start = span.start + at as u32;
                Span {
                    start: start + part.start as u32,
                    end: start + part.end as u32,
                    ..span
                }
            }
            None => span,
        }
    }
}

fn parse_version(text: &str) -> Result<u64, ValueFault> {
    match value::parse_int(text)? {
        number @ 1.. => Ok(number as u64),
        _ => Err(
            ValueFault::new(format!("the version {} is below 1", shown(text)))
                .hint("versions begin at 1"),
        ),
    }
}

/// `foo_bar_baz` of `fooBar baz`, if that is a good name.
fn likely_identifier(text: &str, check: fn(&str) -> Result<(), name::NameFault>) -> Option<String> {
    let mut likely = String::new();
    let mut before = '_';
    for c in text.chars() {
        if c.is_ascii_uppercase() && before.is_ascii_lowercase() {
            likely.push('_');
        }
        likely.push(if c.is_ascii_alphanumeric() || c == '.' {
            c.to_ascii_lowercase()
        } else {
            '_'
        });
        before = c;
    }
    check(&likely).is_ok().then_some(likely)
}
