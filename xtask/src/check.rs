//! `check`: everything that is wrong with definitions, and with what was generated.

use std::path::PathBuf;
use std::time::SystemTime;

use routewright_schema::check::{CheckOptions, check};
use routewright_schema::diagnostic::Severity;
use routewright_schema::value::Date;
use routewright_schema::{analysis, load};
use serde_json::json;

use crate::cli::Format;
use crate::project::{self, Project};
use crate::report::{self, Done, Failure, count, say, say_json};

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  cargo xtask check\n  cargo xtask check routes/*.yaml --format json"
)]
pub struct Args {
    /// Files and folders with definitions [default: those of this workspace]
    paths: Vec<PathBuf>,
    /// Only warn of declared events that are neither routed nor dropped
    #[arg(long)]
    allow_unrouted: bool,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Exit code 1 if there is an error in any of them.
pub fn run(args: &Args) -> Done {
    let mut errors = 0;
    let mut diagnostics = Vec::new();
    for project in project::find(&args.paths, None)? {
        errors += one(&project, args, &mut diagnostics);
    }
    if args.format == Format::Json {
        say_json(&json!({ "errors": errors, "diagnostics": diagnostics }));
    }
    match errors {
        0 => Ok(()),
        _ => Err(Failure::told()),
    }
}

/// Checks one project; returns how many errors it has.
fn one(project: &Project, args: &Args, diagnostics: &mut Vec<serde_json::Value>) -> usize {
    let mut options = CheckOptions::strict(Date::of(SystemTime::now()));
    if args.allow_unrouted {
        options.unrouted = Severity::Warning;
    }
    let (sources, report, summary) = match load::load(&project.definitions) {
        Ok(loaded) => {
            let checked = check(&loaded, &options);
            let summary = summary(&loaded, checked.table.as_ref());
            (loaded.sources, checked.report, summary)
        }
        Err((sources, report)) => (sources, report, String::new()),
    };
    match args.format {
        Format::Json => {
            let json = report.to_json(&sources);
            diagnostics.extend(
                json["diagnostics"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .cloned(),
            );
        }
        Format::Text => {
            report::show(&report, &sources);
            if report.errors() == 0 {
                let warnings = match report.warnings() {
                    0 => String::new(),
                    n => format!(" ({})", count(n, "warning")),
                };
                say(format_args!("{}: good{warnings}: {summary}", project.name));
            }
        }
    }
    report.errors()
}

fn summary(loaded: &load::Loaded, table: Option<&project::Table>) -> String {
    let definition = &loaded.definition;
    let tests = match table {
        Some(table) => {
            let verdicts = analysis::test::run(definition, table);
            let failed = verdicts.iter().filter(|v| !v.failures.is_empty()).count();
            match failed {
                0 => format!("{} (all pass)", count(verdicts.len(), "test")),
                n => format!(
                    "{}, {n} of them FAIL: see `cargo xtask test`",
                    count(verdicts.len(), "test")
                ),
            }
        }
        None => count(definition.tests.len(), "test"),
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
