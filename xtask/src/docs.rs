//! `docs`: a definition as a Markdown page.

use std::path::{Path, PathBuf};

use routewright_schema::analysis;
use serde_json::json;

use crate::cli::Format;
use crate::project::{self, Definitions};
use crate::report::{Done, Failure, note, say, say_file, say_json};
use crate::term;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask docs --out ROUTES.md
  cargo xtask docs routes --out docs/routes.md --check   # in CI: exit code 1 if it is stale
  cargo xtask docs --out ROUTES.md --check --format json # the same, told to programs
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
    /// A page, or the same for programs; a FILE named *.md holds the page, and json is how
    /// --check answers
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    /// What is written, or compared.
    fn content(&self) -> Format {
        let extension = self.out.as_deref().and_then(Path::extension);
        let page = extension.is_some_and(|e| e.eq_ignore_ascii_case("md"));
        match page {
            true => Format::Text,
            false => self.format,
        }
    }
}

/// Exit code 1 if the definitions cannot be read, or the file is not fresh.
pub fn run(args: &Args) -> Done {
    let (loaded, table) = project::one(&args.definitions)?.compile()?;
    let page = match args.content() {
        Format::Text => analysis::docs::docs(&loaded, &table),
        Format::Json => {
            let value = analysis::docs::json(&loaded, &table);
            term::safe_json(&format!("{value:#}")) + "\n"
        }
    };
    match &args.out {
        None => say_file(page.trim_end_matches('\n')),
        Some(path) if args.check => return check(path, &page, args.format),
        Some(path) => {
            std::fs::write(path, page)
                .map_err(|e| Failure::Bad(format!("{}: {e}", path.display())))?;
            note!("{}: written", path.display());
        }
    }
    Ok(())
}

fn check(path: &Path, page: &str, format: Format) -> Done {
    let shown = path.display();
    let there = match std::fs::read_to_string(path) {
        Ok(there) => there,
        Err(e) => {
            return Err(Failure::Bad(format!(
                "{shown}: {e}; write it without --check"
            )));
        }
    };
    let stale = stale_from(&there, page);
    if format == Format::Json {
        say_json(&json!({
            "file": shown.to_string(),
            "fresh": stale.is_none(),
            "stale_from": stale,
        }));
        return stale.map_or(Ok(()), |_| Err(Failure::told()));
    }
    match stale {
        None => {
            say(format_args!("{shown}: fresh"));
            Ok(())
        }
        Some(line) => Err(Failure::Bad(format!(
            "{shown} is stale from line {line} on; write it again without --check"
        ))),
    }
}

/// The first line, from 1, that is not as it would be written.
fn stale_from(there: &str, page: &str) -> Option<usize> {
    // A checkout may have other ends of lines.
    let mut lines = there.lines().zip(page.lines());
    let first = lines.position(|(was, is)| was != is).or_else(|| {
        let (was, is) = (there.lines().count(), page.lines().count());
        (was != is).then_some(was.min(is))
    });
    first.map(|at| at + 1)
}
