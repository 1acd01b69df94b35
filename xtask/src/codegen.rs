//! `codegen`: definitions into Rust and a lookup table; `--check`: were they?

use std::path::PathBuf;

use routewright_codegen::files;
use serde_json::json;

use crate::cli::Format;
use crate::project::{self, Definitions, Project};
use crate::report::{self, Done, Failure, count, note, say, say_json};
use crate::shell::quoted;

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  cargo xtask codegen\n  cargo xtask codegen routes --out src/generated\n  cargo xtask codegen --check      # in CI: fails if anything is stale, changes nothing"
)]
pub struct Args {
    #[command(flatten)]
    definitions: Definitions,
    /// The folder to write to [default: `out` of the package's metadata]
    #[arg(long)]
    out: Option<PathBuf>,
    /// Write nothing; fail if what is there is not what would be written
    #[arg(long)]
    check: bool,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Exit code 1 if a definition is bad, or if `--check` finds a difference or nothing
/// to compare.
pub fn run(args: &Args) -> Done {
    if args.out.is_some() && args.definitions.paths.is_empty() {
        return Err(Failure::Usage(
            "`--out` needs the paths of the definitions as well".into(),
        ));
    }
    let mut results = Vec::new();
    let mut stale = 0;
    for project in project::find(&args.definitions, args.out.as_ref())? {
        let Some(out) = &project.out else {
            if args.definitions.paths.is_empty() {
                if args.format == Format::Text {
                    say(format_args!(
                        "{}: no `out`; its build.rs generates",
                        project.name
                    ));
                }
                continue;
            }
            return Err(Failure::Usage(format!(
                "{}: where to? Give `--out DIR`",
                project.name
            )));
        };
        let (result, differences) = one(&project, out, args)?;
        stale += differences;
        results.push(result);
    }
    if args.format == Format::Json {
        say_json(&json!({ "check": args.check, "stale": stale, "projects": results }));
    }
    match stale {
        0 if args.check && results.is_empty() => Err(Failure::Bad(
            "there was nothing to compare: no package of this workspace has an `out`".into(),
        )),
        0 => Ok(()),
        n => {
            let cure = match args.definitions.paths.is_empty() {
                true => "cargo xtask codegen".to_owned(),
                false => {
                    let paths: Vec<String> = args
                        .definitions
                        .paths
                        .iter()
                        .map(|p| quoted(&p.display().to_string()))
                        .collect();
                    let out = args.out.as_ref().map_or(String::new(), |o| {
                        format!(" --out {}", quoted(&o.display().to_string()))
                    });
                    format!("cargo xtask codegen {}{out}", paths.join(" "))
                }
            };
            Err(Failure::Bad(format!(
                "{} stale; run `{cure}` and commit what it writes",
                count(n, "generated file")
            )))
        }
    }
}

/// Writes or checks one project: what to report, and how many files differ.
fn one(
    project: &Project,
    out: &PathBuf,
    args: &Args,
) -> Result<(serde_json::Value, usize), Failure> {
    let generated = routewright_codegen::from_paths(&project.definitions, &project.options())
        .map_err(|failure| {
            if let Some((sources, report)) = failure.report() {
                report::show(report, sources);
                return Failure::told();
            }
            Failure::Bad(format!("{}: {failure}", project.name))
        })?;
    report::show(&generated.warnings, &generated.sources);
    let names: Vec<&String> = generated.files.keys().collect();
    let bad = |e: std::io::Error| Failure::Bad(format!("{}: {e}", out.display()));
    let text = args.format == Format::Text;
    let label = format!("{} -> {}", project.name, out.display());
    if args.check {
        let differences = files::check(&generated.files, out)
            .map_err(|e| Failure::Bad(format!("{}: {e}", out.display())))?;
        for difference in differences.iter().filter(|_| text) {
            note!("stale: {}: {difference}", out.display());
        }
        if text && differences.is_empty() {
            say(format_args!(
                "{label}: {} up to date",
                count(names.len(), "file")
            ));
        }
        let said: Vec<String> = differences.iter().map(ToString::to_string).collect();
        return Ok((
            json!({ "project": project.name, "out": out, "files": names, "stale": said }),
            differences.len(),
        ));
    }
    let written = files::write(&generated.files, out).map_err(bad)?;
    if text {
        let unchanged = names.len() - written.len().min(names.len());
        say(format_args!(
            "{label}: {} written, {unchanged} unchanged",
            count(written.len(), "file")
        ));
    }
    Ok((
        json!({ "project": project.name, "out": out, "files": names, "written": written }),
        0,
    ))
}
