//! `bake`: the override that is live, written into the YAML of the definitions, so that
//! nothing lives only in a running process.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::SystemTime;

use routewright_schema::analysis;
use routewright_schema::check::{CheckOptions, check};
use routewright_schema::diagnostic::{Diagnostic, Report, Severity};
use routewright_schema::edit::{Edited, Refused, edit};
use routewright_schema::load::Loaded;
use routewright_schema::value::Date;

use crate::cli::Format;
use crate::project::{self, Definitions};
use crate::remote::Engine;
use crate::report::{self, Done, Failure, count};
use crate::write;
use tell::Baked;

mod served;
mod tell;

#[derive(clap::Args)]
#[command(after_help = "Example:
  cargo xtask bake --dry-run                     # the edit, as a diff
  cargo xtask bake && cargo xtask codegen        # then review, commit, deploy
  cargo xtask bake routes --map override.json    # a RouteMap that was kept

Only lines that must change are touched; what is removed takes the comments directly above it along,
and they are shown. `version` of the definitions is raised by one: it counts their edits, and has
nothing to do with the versions of pushes.")]
pub struct Args {
    #[command(flatten)]
    definitions: Definitions,
    /// Bake this image instead of what an engine serves
    #[arg(long, value_name = "FILE", conflicts_with = "map")]
    image: Option<PathBuf>,
    /// Bake this RouteMap (JSON, else bytes) instead of what an engine serves
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Print the edit as a diff, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Write nothing if a test of the definitions or `check` would fail afterwards, or if the
    /// definitions changed the same thing since the engine was built
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    engine: Engine,
}

/// Exit code 0 if it was edited or there is nothing to do, 1 if it cannot be done.
pub fn run(args: &Args) -> Done {
    let project = project::one(&args.definitions)?;
    let (loaded, compiled) = project.compile_tested()?;
    let served = served::find(args, &loaded, &compiled)?;
    let format = args.engine.format;
    let table = match &served.table {
        Ok(table) => table,
        Err(why) => {
            tell::nothing(format, &served, why);
            return Ok(());
        }
    };
    let edited = edit(&loaded, table).map_err(|refused| {
        tell::notes(&served);
        failure(&served.what, refused)
    })?;
    if edited.files.is_empty() {
        tell::nothing(format, &served, served::SAID);
        return Ok(());
    }
    let (complaints, errors) = complaints(&loaded, &edited);
    let baked = Baked {
        before: &loaded,
        edited: &edited,
        served: &served,
        failing: failing(&edited),
        dry_run: args.dry_run,
    };
    if args.strict {
        strict(&baked, &complaints, errors)?;
    }
    if !args.dry_run {
        let files: Vec<write::Replacement> = edited
            .files
            .iter()
            .map(|file| write::Replacement::of(&loaded, &edited, *file))
            .collect();
        write::replace(&files)
            .map_err(|error| Failure::Bad(format!("{error}\nnothing was written")))?;
    }
    match format {
        Format::Json => baked.json(&complaints),
        Format::Text => {
            baked.text();
            report::show(&complaints, &edited.loaded.sources);
        }
    }
    Ok(())
}

/// What `check` finds in the edited definitions and did not find before, as warnings, and
/// how many of them it would refuse. None keeps an engine from serving them; one does.
fn complaints(before: &Loaded, edited: &Edited) -> (Report, usize) {
    let options = CheckOptions::strict(Date::of(SystemTime::now()));
    let old = check(before, &options).report;
    let known: HashSet<&str> = old.sorted().iter().map(|d| d.message.as_str()).collect();
    let (mut out, mut errors) = (Report::new(), 0);
    for diagnostic in check(&edited.loaded, &options).report.sorted() {
        if !known.contains(diagnostic.message.as_str()) {
            errors += usize::from(diagnostic.severity == Severity::Error);
            out.push(Diagnostic {
                severity: Severity::Warning,
                ..diagnostic.clone()
            });
        }
    }
    (out, errors)
}

/// The definitions' own tests that do not hold after the edit: where, and why.
fn failing(edited: &Edited) -> Vec<(String, String)> {
    let loaded = &edited.loaded;
    let given = analysis::test::Given::now();
    let verdicts = analysis::test::run(loaded, &edited.table, &given).into_iter();
    verdicts
        .filter(|verdict| !verdict.failures.is_empty())
        .map(|verdict| {
            let place = loaded
                .places
                .test(verdict.index)
                .map_or(String::new(), |span| {
                    let (line, _) = loaded.sources.line_column(span);
                    format!("{}:{line}", loaded.sources.name(span.file))
                });
            let failures: Vec<String> = verdict.failures.iter().map(ToString::to_string).collect();
            let why = format!("{}: {}", verdict.about, failures.join("; "));
            (place, why)
        })
        .collect()
}

fn strict(baked: &Baked<'_>, complaints: &Report, errors: usize) -> Done {
    let mut lines = Vec::new();
    for name in &baked.served.conflicts {
        lines.push(format!("  {name} was changed in the definitions as well"));
    }
    let failing = baked.failing.iter();
    lines.extend(failing.map(|(place, why)| format!("  {place}: {why}")));
    if lines.len() + errors == 0 {
        return Ok(());
    }
    report::show(complaints, &baked.edited.loaded.sources);
    let reasons = count(lines.len() + errors, "reason");
    lines.insert(
        0,
        format!("nothing was written: {reasons} not to (--strict)"),
    );
    Err(Failure::Bad(lines.join("\n")))
}

/// Why nothing was edited, for people.
fn failure(what: &str, refused: Refused) -> Failure {
    let list =
        |lines: Vec<String>| -> String { lines.iter().map(|line| format!("\n  {line}")).collect() };
    Failure::Bad(match refused {
        Refused::Elsewhere(needed) => format!(
            "only YAML can be edited; nothing was written. Do this by hand, or `cargo xtask convert` the files to YAML first:{}",
            list(
                needed
                    .into_iter()
                    .map(|(file, what)| format!("{file}: {what}"))
                    .collect()
            )
        ),
        Refused::Unsayable(why) => format!(
            "the definitions cannot say what {what} says; nothing was written{}",
            list(why)
        ),
        Refused::Odd(file, line) => format!(
            "{file}:{line}: this is laid out in a way that cannot be edited here; nothing was written. Write it as `key: value`, or edit it by hand"
        ),
        Refused::Broken(broken) => {
            report::show(&broken.1, &broken.0);
            format!(
                "the edited definitions (shown above) would not be good; nothing was written. What {what} says, the definition language cannot say"
            )
        }
        Refused::Differs(names) => format!(
            "the edited definitions would not say what {what} says of this; nothing was written (this is a fault of `bake`; please report it){}",
            list(names)
        ),
    })
}
