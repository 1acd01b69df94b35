//! `test`: the tests that stand in the definitions.

use routewright_schema::analysis;
use serde_json::json;

use crate::cli::Format;
use crate::project::{self, Definitions};
use crate::report::{Done, Failure, count, say, say_json};

#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask test\n  cargo xtask test routes --format json")]
pub struct Args {
    #[command(flatten)]
    definitions: Definitions,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Exit code 1 if a test fails, or if there is none.
pub fn run(args: &Args) -> Done {
    let (mut failed, mut all) = (0, Vec::new());
    for project in project::find(&args.definitions, None)? {
        let (loaded, table) = project.compile()?;
        for verdict in analysis::test::run(&loaded.definition, &table) {
            failed += usize::from(!verdict.failures.is_empty());
            let place = loaded
                .places
                .test(verdict.index)
                .map_or(String::new(), |span| {
                    let (line, column) = loaded.sources.line_column(span);
                    format!("{}:{line}:{column}", loaded.sources.name(span.file))
                });
            if args.format == Format::Text && !verdict.failures.is_empty() {
                say(format_args!("FAILED {} ({place})", verdict.about));
                verdict
                    .failures
                    .iter()
                    .for_each(|f| say(format_args!("  {f}")));
            }
            all.push(
                json!({ "about": verdict.about, "place": place, "failures": verdict.failures }),
            );
        }
    }
    let passed = all.len() - failed;
    match args.format {
        Format::Json => say_json(&json!({ "passed": passed, "failed": failed, "tests": all })),
        Format::Text => say(format_args!("{passed} passed, {failed} failed")),
    }
    match (all.is_empty(), failed) {
        (true, _) => Err(Failure::Bad(
            "there are no tests; add a `tests:` list to the definitions".into(),
        )),
        (_, 0) => Ok(()),
        (_, n) => Err(Failure::Bad(format!("{} failed", count(n, "test")))),
    }
}
