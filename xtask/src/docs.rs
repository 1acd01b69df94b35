//! `docs`: a definition as a Markdown page.

use std::path::{Path, PathBuf};

use routewright_schema::analysis;

use crate::cli::Format;
use crate::project::{self, Definitions};
use crate::report::{Done, Failure, note, say, say_file};
use crate::term;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask docs --out ROUTES.md
  cargo xtask docs routes --out docs/routes.md --check   # in CI: exit code 1 if it is stale
  cargo xtask docs --format json | jq '.settings[] | .path + \" = \" + .default'")]
pub struct Args {
    #[command(flatten)]
    definitions: Definitions,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write nothing; say whether FILE is what would be written
    #[arg(long, requires = "out")]
    check: bool,
    /// A page, or the same for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Exit code 1 if the definitions cannot be read, or the file is not fresh.
pub fn run(args: &Args) -> Done {
    let (loaded, table) = project::one(&args.definitions)?.compile()?;
    let page = match args.format {
        Format::Text => analysis::docs::docs(&loaded, &table),
        Format::Json => {
            let value = analysis::docs::json(&loaded, &table);
            term::safe_json(&format!("{value:#}")) + "\n"
        }
    };
    match &args.out {
        None => say_file(page.trim_end_matches('\n')),
        Some(path) if args.check => return check(path, &page),
        Some(path) => {
            std::fs::write(path, page)
                .map_err(|e| Failure::Bad(format!("{}: {e}", path.display())))?;
            note!("{}: written", path.display());
        }
    }
    Ok(())
}

fn check(path: &Path, page: &str) -> Done {
    let shown = path.display();
    let there = match std::fs::read_to_string(path) {
        Ok(there) => there,
        Err(e) => {
            return Err(Failure::Bad(format!(
                "{shown}: {e}; write it without --check"
            )));
        }
    };
    // A checkout may have other ends of lines.
    let mut lines = there.lines().zip(page.lines());
    let Some(first) = lines.position(|(was, is)| was != is).or_else(|| {
        let (was, is) = (there.lines().count(), page.lines().count());
        (was != is).then_some(was.min(is))
    }) else {
        say(format_args!("{shown}: fresh"));
        return Ok(());
    };
    Err(Failure::Bad(format!(
        "{shown} is stale from line {} on; write it again without --check",
        first + 1
    )))
}
