//! Everything that is said of a definition that was loaded: what the runtime refuses,
//! and what is probably not meant.

use std::collections::HashSet;

use routewright::{Code, Image, Limits, Path, RouteTable, Scalar, Subject, Violation, Violations};

use crate::diagnostic::{Diagnostic, Report, Severity, Witness, did_you_mean};
use crate::load::Loaded;
use crate::lower::lower;
use crate::model::Definition;
use crate::resolve::Places;
use crate::rule;
use crate::source::Span;
use crate::value::{Date, shown};

mod half_pattern;
mod look_alike;
mod shadowed;
mod stray_blank;
mod twice;
mod unrouted;

/// Rivals, or settings of a rule, that one message shows.
const RELATED_MAX: usize = 4;

/// What to make of what is no outright error.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// The limits of the engines that the definition is for.
    pub limits: Limits,
    /// The day with which `expires` is compared.
    pub today: Date,
    /// What a past `expires` is: an error to `check`, a warning to `codegen`.
    pub expired: Severity,
    /// What an event is that nothing routes or drops: an error, or a warning with
    /// `--allow-unrouted`.
    pub unrouted: Severity,
}

impl CheckOptions {
    /// The strict ones of `check`.
    pub fn strict(today: Date) -> CheckOptions {
        CheckOptions {
            limits: Limits::DEFAULT,
            today,
            expired: Severity::Error,
            unrouted: Severity::Error,
        }
    }
}

/// What came of a check.
#[derive(Debug)]
pub struct Checked {
    /// The compiled table, if the runtime takes the definition.
    pub table: Option<RouteTable<Image>>,
    /// What there is to say, the warnings of loading included.
    pub report: Report,
}

/// Compiles a definition and says everything that there is to say of it.
pub fn check(loaded: &Loaded, options: &CheckOptions) -> Checked {
    let mut report = loaded.warnings.clone();
    tell_expired(loaded, options, &mut report);
    tell_deprecated(loaded, &mut report);
    half_pattern::tell(loaded, &mut report);
    look_alike::tell(loaded, &mut report);
    stray_blank::tell(loaded, &mut report);
    twice::tell(loaded, &mut report);
    let table = match lower(&loaded.definition, &options.limits) {
        Ok(table) => {
            unrouted::tell(loaded, &table, options.unrouted, &mut report);
            shadowed::tell(loaded, &table, &mut report);
            Some(table)
        }
        Err(violations) => {
            report.extend(diagnostics(&violations, &loaded.definition, &loaded.places));
            None
        }
    };
    Checked { table, report }
}

fn of(severity: Severity, code: &'static str, span: Option<Span>, message: String) -> Diagnostic {
    let span = span.unwrap_or_default();
    Diagnostic {
        severity,
        ..Diagnostic::error(code, span, message)
    }
}

fn tell_expired(loaded: &Loaded, options: &CheckOptions, report: &mut Report) {
    let routes = loaded
        .definition
        .routes
        .iter()
        .map(|(name, r)| ("route", Subject::Route(name.clone()), name, &r.expires));
    let settings = loaded
        .definition
        .settings
        .iter()
        .map(|(path, s)| ("setting", Subject::Setting(path.clone()), path, &s.expires));
    for (noun, subject, name, expires) in routes.chain(settings) {
        if Date::parse(expires).is_ok_and(|last| last < options.today) {
            let span = loaded.places.of(&Path::part(subject, "expires"));
            let message = format!(
                "the {noun} {} expired; its last day was {expires}",
                shown(name)
            );
            let hint = format!("delete the {noun}, or move the day");
            report.push(of(options.expired, "expired", span, message).hint(hint));
        }
    }
}

fn tell_deprecated(loaded: &Loaded, report: &mut Report) {
    let routes = loaded
        .definition
        .routes
        .iter()
        .filter(|(_, route)| route.enabled && !route.deprecated.is_empty());
    for (name, route) in routes {
        let span = loaded
            .places
            .of(&Path::part(Subject::Route(name.clone()), "deprecated"));
        let message = format!(
            "the route {} is deprecated: {}",
            shown(name),
            route.deprecated
        );
        report.push(of(Severity::Warning, "deprecated", span, message));
    }
}

/// What the runtime refuses, shown where it stands. The same at the same place is told
/// once: a fault of `defaults` is one of every route.
pub fn diagnostics(violations: &Violations, definition: &Definition, places: &Places) -> Report {
    let mut report = Report::new();
    let mut told = HashSet::new();
    for violation in violations.list() {
        let span = places.of(&violation.path);
        if told.insert((span, violation.code, violation.message.as_str())) {
            report.push(diagnostic(violation, span, definition, places));
        }
    }
    report.count_more_errors(violations.count() - violations.list().len());
    report
}

fn diagnostic(
    violation: &Violation,
    span: Option<Span>,
    definition: &Definition,
    places: &Places,
) -> Diagnostic {
    let message = match subject_words(&violation.path) {
        Some(subject) => format!("{subject}: {}", violation.message),
        None => violation.message.clone(),
    };
    let code = violation.code.as_str();
    let mut diagnostic = match span {
        Some(span) => Diagnostic::error(code, span, message),
        None => Diagnostic::global(code, message),
    };
    let text = |role: &'static str| {
        violation
            .facts
            .iter()
            .filter(move |f| f.name == role)
            .filter_map(|f| match &f.value {
                Scalar::String(text) => Some(text.as_str()),
                _ => None,
            })
    };
    for rival in text("rival").take(RELATED_MAX) {
        if let Some(place) = places.route(rival) {
            let label = match violation.code {
                Code::DeadPattern => "beats it",
                Code::Tie => "so does this",
                _ => "the other one",
            };
            diagnostic = diagnostic.also(place, label);
        }
    }
    let sibling = |part| Path {
        part,
        index: None,
        ..violation.path.clone()
    };
    match violation.code {
        Code::BelowMin | Code::AboveMax => {
            let part = if violation.code == Code::BelowMin {
                "min"
            } else {
                "max"
            };
            if let Some(place) = places.part(&sibling(part)) {
                diagnostic = diagnostic.also(place, format!("its `{part}`"));
            }
        }
        Code::BadSetting if violation.path.part == "min" => {
            if let Some(place) = places.part(&sibling("max")) {
                diagnostic = diagnostic.also(place, "its `max`");
            }
        }
        Code::DropWithTarget => {
            let to = ["to", "split", "mirror"].map(|part| places.part(&sibling(part)));
            if let Some(place) = to.into_iter().flatten().next() {
                diagnostic = diagnostic.also(place, "but here it goes somewhere");
            }
        }
        Code::Duplicate => {
            if let Some(place) = first_of(&violation.path, definition, places) {
                diagnostic = diagnostic.label("again here").also(place, "first here");
            }
        }
        Code::NotAValue => {
            let value = text("value").next().unwrap_or("");
            let setting = match &violation.path.subject {
                Subject::Setting(name) => definition.settings.get(name),
                _ => None,
            };
            let values = setting.iter().flat_map(|setting| &setting.values);
            if let Some(close) = did_you_mean(value, values.map(String::as_str)) {
                diagnostic = diagnostic.hint(format!("did you mean `{close}`?"));
            }
        }
        Code::Tie => {
            if let Some(event) = text("witness").next() {
                diagnostic = diagnostic.label(format!("meets {}", shown(event)));
                diagnostic = diagnostic.witness(Witness {
                    event: Some(event.to_owned()),
                    ..Witness::others(text("rival"))
                });
            }
        }
        Code::DeadPattern => {
            let others = Witness::others(text("rival"));
            diagnostic = diagnostic.hint("delete it, or give it a higher `rank`");
            diagnostic = match (text("witness").next(), text("winner").next()) {
                (Some(event), Some(winner)) => diagnostic
                    .label(format!("{} is answered by {}", shown(event), shown(winner)))
                    .witness(Witness {
                        event: Some(event.to_owned()),
                        answered_by: Some(winner.to_owned()),
                        ..others
                    }),
                _ => diagnostic.witness(others).hint("shorten it"),
            };
        }
        Code::RankWithoutPattern => diagnostic = diagnostic.hint("delete the `rank`"),
        Code::Rule => {
            if let Subject::Rule(at) = violation.path.subject {
                diagnostic = rule_settings(diagnostic, at, definition, places);
            }
        }
        _ => {}
    }
    diagnostic
}

/// Where the consumer that stands twice in `to` stands first.
fn first_of(path: &Path, definition: &Definition, places: &Places) -> Option<Span> {
    let target = match &path.subject {
        Subject::Route(name) => &definition.routes.get(name)?.target,
        Subject::Fallback => &definition.fallback.as_ref()?.target,
        _ => return None,
    };
    let again = target.to.get(path.index.filter(|_| path.part == "to")?)?;
    let first = target.to.iter().position(|name| name == again)?;
    places.part(&Path {
        index: Some(first),
        ..path.clone()
    })
}

/// Shows the values that a rule does not hold with.
fn rule_settings(
    mut diagnostic: Diagnostic,
    at: usize,
    definition: &Definition,
    places: &Places,
) -> Diagnostic {
    let Some(text) = definition.rules.get(at) else {
        return diagnostic;
    };
    let code = rule::compile(text, &|path| definition.settings.get(path)).unwrap_or_default();
    let mut shown = HashSet::new();
    for step in &code {
        let rule::Code::Setting(path) = step else {
            continue;
        };
        let place = places.of(&Path::part(Subject::Setting(path.clone()), "default"));
        if let Some(place) =
            place.filter(|_| shown.len() < RELATED_MAX && shown.insert(path.as_str()))
        {
            diagnostic = diagnostic.also(place, format!("`{path}`"));
        }
    }
    diagnostic.hint("change one of the values, or the rule")
}

/// "the route `x`", "`retries` of the route `x`"; nothing where the message says it.
fn subject_words(path: &Path) -> Option<String> {
    let subject = match &path.subject {
        Subject::Event(name) => format!("the event {}", shown(name)),
        Subject::Consumer(name) => format!("the consumer {}", shown(name)),
        Subject::Route(name) => format!("the route {}", shown(name)),
        Subject::Fallback => "the fallback".to_owned(),
        Subject::Setting(name) => format!("the setting {}", shown(name)),
        _ => return None,
    };
    Some(match path.part {
        "" => subject,
        part => format!("`{part}` of {subject}"),
    })
}
