//! `schema`: the JSON Schema by which editors complete, explain and check definitions in
//! YAML, with the names of this project.

use std::path::{Path, PathBuf};

use routewright_schema::analysis::json_schema::json_schema;
use serde_json::json;

use crate::cli::Format;
use crate::project::{self, Definitions, Project};
use crate::report::{Done, Failure, say, say_file, say_json};

#[derive(clap::Args)]
#[command(after_help = "Example:
  cargo xtask schema                                       # writes the files that Cargo.toml names
  cargo xtask schema routes --out routes/routewright.schema.json
  cargo xtask schema --check                               # for CI

The file is named in the metadata of the package:

  [package.metadata.routewright]
  schema = \"routes/routewright.schema.json\"

An editor with the YAML language server reads it because of a line at the top of a definition, with
the path as seen from that definition:

  # yaml-language-server: $schema=routewright.schema.json")]
pub struct Args {
    #[command(flatten)]
    definitions: Definitions,
    /// The file to write [default: the one that Cargo.toml names, else standard output]
    #[arg(long)]
    out: Option<PathBuf>,
    /// Write nothing, and fail if the file is not what would be written
    #[arg(long)]
    check: bool,
    /// How the outcome is told; the schema itself is JSON in any case
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What is to be in a file, and what is.
struct Written {
    name: String,
    file: PathBuf,
    state: &'static str,
}

/// Exit code 1 if `--check` finds a file that is not fresh.
pub fn run(args: &Args) -> Done {
    let projects = match (&args.out, args.definitions.paths.is_empty()) {
        (Some(_), true) => vec![project::one(&args.definitions)?],
        _ => project::find(&args.definitions, None)?,
    };
    let file = |project: &Project| args.out.clone().or_else(|| project.schema.clone());
    if projects.iter().all(|project| file(project).is_none()) {
        return print(args, &projects);
    }
    let mut written = Vec::new();
    for project in &projects {
        if let Some(file) = file(project) {
            written.push(one(project, file, args.check)?);
        }
    }
    tell(args.format, &written);
    let stale = written
        .iter()
        .find(|w| matches!(w.state, "stale" | "missing"));
    match stale {
        None => Ok(()),
        Some(_) if args.format == Format::Json => Err(Failure::told()),
        Some(stale) => Err(Failure::Bad(format!(
            "{} is {}: run `cargo xtask schema`, and commit it",
            stale.file.display(),
            stale.state
        ))),
    }
}

/// To standard output, as there is no file.
fn print(args: &Args, projects: &[Project]) -> Done {
    if args.check {
        return Err(Failure::Usage(
            "which file? Name it with `--out`, or as `schema` in [package.metadata.routewright]"
                .into(),
        ));
    }
    let [project] = projects else {
        return Err(Failure::Usage(
            "there are several definitions: name the paths of one".into(),
        ));
    };
    say_file(text(project)?.trim_end());
    Ok(())
}

fn text(project: &Project) -> Result<String, Failure> {
    let (loaded, _) = project.compile()?;
    Ok(written(&loaded.definition))
}

/// The file, with a line break at its end.
pub fn written(definition: &routewright_schema::model::Definition) -> String {
    format!("{:#}\n", json_schema(definition))
}

fn one(project: &Project, file: PathBuf, check: bool) -> Result<Written, Failure> {
    let text = text(project)?;
    let there = std::fs::read_to_string(&file).ok();
    let same = there.as_ref() == Some(&text);
    let state = match (check, same, there) {
        (true, true, _) => "fresh",
        (true, false, Some(_)) => "stale",
        (true, false, None) => "missing",
        (false, true, _) => "unchanged",
        (false, false, _) => {
            write(&file, &text)?;
            "written"
        }
    };
    let name = project.name.clone();
    Ok(Written { name, file, state })
}

fn write(file: &Path, text: &str) -> Done {
    std::fs::write(file, text).map_err(|e| Failure::Bad(format!("{}: {e}", file.display())))
}

fn tell(format: Format, written: &[Written]) {
    match format {
        Format::Json => {
            let files = written.iter().map(|w| {
                json!({ "project": w.name, "file": w.file.display().to_string(), "state": w.state })
            });
            say_json(&json!({ "files": files.collect::<Vec<_>>() }));
        }
        Format::Text => {
            for w in written
                .iter()
                .filter(|w| !matches!(w.state, "stale" | "missing"))
            {
                say(format_args!(
                    "{}: {} ({})",
                    w.name,
                    w.file.display(),
                    w.state
                ));
            }
        }
    }
}
