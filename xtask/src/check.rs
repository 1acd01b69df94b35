//! `check`: everything that is wrong with definitions, and with what was generated.

use std::time::SystemTime;

use clap::ValueEnum;
use routewright_schema::check::{CheckOptions, check};
use routewright_schema::diagnostic::{Report, Run, Severity, github, json, sarif};
use routewright_schema::source::Sources;
use routewright_schema::value::Date;
use routewright_schema::{analysis, load};

use crate::project::{self, Definitions, Project};
use crate::report::{self, Done, Failure, count, say, say_json, say_json_line};
use crate::term::Style;

mod watch;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask check
  cargo xtask check routes/*.yaml --format sarif > routewright.sarif
  cargo xtask check --watch                    # again whenever a definition is saved; Ctrl-C ends it")]
pub struct Args {
    #[command(flatten)]
    definitions: Definitions,
    /// Only warn of declared events that are neither routed nor dropped
    #[arg(long)]
    allow_unrouted: bool,
    /// Check again whenever a definition is saved, until Ctrl-C
    #[arg(long)]
    watch: bool,
    /// For whom; docs/diagnostics.md describes each
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs; one value on standard output
    Json,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
    /// Workflow commands of GitHub Actions
    Github,
}

/// What was found in one project.
struct Found {
    name: String,
    sources: Sources,
    report: Report,
    /// Of what is good.
    summary: String,
}

/// Exit code 1 if there is an error in any of them.
pub fn run(args: &Args) -> Done {
    let projects = project::find(&args.definitions, None)?;
    if args.watch {
        return watch::run(&projects, args);
    }
    let found: Vec<Found> = projects.iter().map(|project| one(project, args)).collect();
    print(&found, args);
    match found.iter().all(|found| found.report.errors() == 0) {
        true => Ok(()),
        false => Err(Failure::told()),
    }
}

fn print(found: &[Found], args: &Args) {
    let runs: Vec<Run<'_>> = found.iter().map(Found::run).collect();
    match args.format {
        Format::Json if args.watch => say_json_line(&json(&runs)),
        Format::Json => say_json(&json(&runs)),
        Format::Sarif => say_json(&sarif(&runs)),
        Format::Github => github(&runs).lines().for_each(say),
        Format::Text => {}
    }
    if matches!(args.format, Format::Text | Format::Github) {
        found.iter().for_each(|found| tell(found, args.format));
    }
}

fn one(project: &Project, args: &Args) -> Found {
    let mut options = CheckOptions::strict(Date::of(SystemTime::now()));
    if args.allow_unrouted {
        options.unrouted = Severity::Warning;
    }
    let (sources, report, summary) =
        match load::load_tested(&project.definitions, &project.includes) {
            Ok(loaded) => {
                let checked = check(&loaded, &options);
                let summary = summary(&loaded, checked.table.as_ref());
                (loaded.sources, checked.report, summary)
            }
            Err((sources, report)) => (sources, report, String::new()),
        };
    Found {
        name: project.name.clone(),
        sources,
        report,
        summary,
    }
}

impl Found {
    fn run(&self) -> Run<'_> {
        Run {
            name: &self.name,
            report: &self.report,
            sources: &self.sources,
        }
    }
}

fn tell(found: &Found, format: Format) {
    if format == Format::Text {
        report::show(&found.report, &found.sources);
    }
    if found.report.errors() == 0 {
        let warnings = match found.report.warnings() {
            0 => String::new(),
            n => Style::Odd.paint(format_args!(" ({})", count(n, "warning"))),
        };
        say(format_args!(
            "{}: {}{warnings}: {}",
            found.name,
            Style::Good.paint("good"),
            found.summary
        ));
    }
}

fn summary(loaded: &load::Loaded, table: Option<&project::Table>) -> String {
    let definition = &loaded.definition;
    let tests = match table {
        Some(table) => {
            let verdicts = analysis::test::run(loaded, table, &analysis::test::Given::now());
            let failed = verdicts.iter().filter(|v| !v.failures.is_empty()).count();
            match failed {
                0 if verdicts.is_empty() => count(0, "test"),
                0 => format!("{} (all pass)", count(verdicts.len(), "test")),
                n => format!(
                    "{}, {}: see `cargo xtask test`",
                    count(verdicts.len(), "test"),
                    Style::Bad.paint(format_args!("{n} of them FAIL"))
                ),
            }
        }
        None => count(loaded.tests().count(), "test"),
    };
    [
        count(definition.events.len(), "event"),
        count(definition.routes.len(), "route"),
        count(definition.consumers.len(), "consumer"),
        count(definition.settings.len(), "setting"),
        count(definition.rules.len(), "rule"),
        tests,
    ]
    .join(", ")
}
