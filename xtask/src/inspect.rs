//! `inspect FILE`: what is in an image, a service, an engine or a state of a store, from
//! itself alone. `docs/inspect.md` is for users.

#[cfg(feature = "net")]
mod state;

use std::collections::BTreeSet;

use routewright_schema::analysis::contents::Contents;
use serde_json::{Value, json};

use crate::artefact::{Artefact, FORMS, Kind, Origin};
use crate::cli::Format;
use crate::report::{Done, say, say_json};
use crate::term::Style;

#[derive(clap::Args)]
#[command(after_help = format!("Example:
  cargo xtask inspect target/release/service
  cargo xtask inspect target/release/service --format json | jq -r '.origins[].revision'
  cargo xtask inspect src/generated/routes.img
  cargo xtask inspect state/00000000000000000042-00000000000000000017.state --baseline target/release/service

What can be looked into: {FORMS}; and a state that the store of a service keeps (*.state).
A service tells its revision if ROUTEWRIGHT_REVISION was set when it was built:
  ROUTEWRIGHT_REVISION=$(git describe --always --dirty --abbrev=40) cargo build --release
The fields of the JSON are in docs/inspect.md."))]
pub struct Args {
    /// What to look into
    artefact: String,
    /// Of a state: what it lies over, to show the routes that come of both
    #[arg(long, value_name = "ARTEFACT")]
    baseline: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Exit code 1 if it cannot be read.
pub fn run(args: &Args) -> Done {
    #[cfg(feature = "net")]
    if let Some(state) = state::read(&args.artefact)? {
        return state::run(
            &args.artefact,
            &state,
            args.baseline.as_deref(),
            args.format,
        );
    }
    if args.baseline.is_some() {
        return Err(crate::report::Failure::Usage(
            "`--baseline` goes with a state of a store (*.state)".into(),
        ));
    }
    let artefact = Artefact::open(&args.artefact)?;
    let contents = Contents::of(&artefact.table);
    match args.format {
        Format::Json => say_json(&to_json(&artefact, &contents)),
        Format::Text => {
            let mut facts = origin_lines(artefact.kind, &artefact.origins);
            facts.extend(contents.head());
            print(&artefact.name, &facts, &contents.lines());
        }
    }
    Ok(())
}

/// What there is to say of where it is from.
fn origin_lines(kind: Kind, origins: &BTreeSet<Origin>) -> Vec<(&'static str, String)> {
    const TELL: &str = "set ROUTEWRIGHT_REVISION when it is built";
    let mut out = Vec::new();
    for origin in origins {
        let package = format!("{}, version {}", origin.package, origin.version);
        out.push(("package", package));
        match (kind, &origin.revision) {
            (_, Some(revision)) => {
                let dirty = match origin.dirty {
                    Some(true) => ", and files that were changed since",
                    _ => "",
                };
                out.push(("revision", format!("{revision}{dirty}")));
            }
            (Kind::Binary, None) => out.push(("revision", format!("not recorded; {TELL}"))),
            (_, None) => {}
        }
    }
    let none = match kind {
        _ if !origins.is_empty() => return out,
        Kind::Image => "not in an image, which depends on the definitions alone; a binary tells",
        Kind::Binary => "not recorded; generate its code with this release",
        Kind::Engine => "not told by an engine; its binary tells",
        Kind::Definitions => return out,
    };
    vec![("package", none.to_owned())]
}

fn to_json(artefact: &Artefact, contents: &Contents) -> Value {
    let origins = artefact.origins.iter().map(|origin| {
        json!({
            "package": origin.package,
            "version": origin.version,
            "revision": origin.revision,
            "dirty": origin.dirty,
        })
    });
    let mut json = contents.json();
    json.insert("name".to_owned(), json!(artefact.name));
    json.insert("kind".to_owned(), json!(artefact.kind.as_str()));
    json.insert("origins".to_owned(), origins.collect());
    Value::Object(json)
}

/// A name, labelled facts, and what follows.
fn print(name: &str, facts: &[(&'static str, String)], lines: &[String]) {
    say(Style::Strong.paint(name));
    for (label, text) in facts {
        let label = Style::Faint.paint(format_args!("{label:<9}"));
        say(format_args!("  {label} {text}"));
    }
    lines.iter().for_each(say);
}
