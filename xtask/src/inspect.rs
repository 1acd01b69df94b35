//! `inspect FILE`: what is in an image, a service or an engine, from itself alone.

use routewright_schema::analysis::words;
use serde_json::json;

use crate::artefact::{Artefact, FORMS};
use crate::cli::Format;
use crate::report::{Done, count, say, say_json};
use crate::term::{Style, To};

#[derive(clap::Args)]
#[command(after_help = format!("Example:
  cargo xtask inspect target/release/service
  cargo xtask inspect src/generated/routes.img --format json

What can be looked into: {FORMS}."))]
pub struct Args {
    /// What to look into
    artefact: String,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Columns of names; what goes to longer ones stands further right.
const NAME_COLUMNS_MAX: usize = 48;

/// A name or pattern, and what becomes of it.
struct Line {
    name: String,
    is_pattern: bool,
    answer: String,
}

pub fn run(args: &Args) -> Done {
    let artefact = Artefact::open(&args.artefact)?;
    let table = &artefact.table;
    let catalog = table.catalog();
    let lines: Vec<Line> = table
        .entries()
        .map(|entry| Line {
            name: entry.route.name().to_owned(),
            is_pattern: entry.is_pattern,
            answer: words::route(&entry.route),
        })
        .collect();
    let fallback = table.fallback().map(|route| words::route(&route));
    let consumers: Vec<&str> = (0..catalog.consumers())
        .filter_map(|at| catalog.consumer(at))
        .collect();
    let settings: Vec<(String, String, String)> = (0..catalog.settings())
        .filter_map(|at| {
            let setting = catalog.setting(at)?;
            let value = words::value(setting.form, setting.columns(), table.values().scalars(at));
            Some((setting.name.to_owned(), setting.kind.to_string(), value))
        })
        .collect();
    let (digest, fingerprint) = (
        table.digest().to_string(),
        format!("{:016x}", table.fingerprint()),
    );
    if args.format == Format::Json {
        say_json(&json!({
            "name": artefact.name,
            "digest": digest,
            "catalog": fingerprint,
            "bytes": table.as_image().len(),
            "events": table.events(),
            "consumers": consumers,
            "routes": lines.iter().map(|line| json!({
                "name": line.name, "pattern": line.is_pattern, "answer": line.answer,
            })).collect::<Vec<_>>(),
            "fallback": fallback,
            "settings": settings.iter().map(|(name, kind, value)| json!({
                "setting": name, "type": kind, "value": value,
            })).collect::<Vec<_>>(),
        }));
        return Ok(());
    }
    say(Style::Strong.paint(&artefact.name));
    let label = |label: &str| Style::Faint.paint(format_args!("{label:<9}"));
    say(format_args!("{} {digest}", label("digest")));
    say(format_args!("{} {fingerprint}", label("catalog")));
    say(format_args!(
        "{} {}, {}, {}, {}; {} bytes",
        label("holds"),
        count(table.events(), "event"),
        count(table.routes(), "route"),
        count(consumers.len(), "consumer"),
        count(settings.len(), "setting"),
        table.as_image().len()
    ));
    let width = lines
        .iter()
        .map(|line| line.name.chars().count())
        .max()
        .unwrap_or(0)
        .min(To::Out.columns().map_or(NAME_COLUMNS_MAX, |columns| {
            NAME_COLUMNS_MAX.min(columns / 2)
        }));
    for line in &lines {
        say(format_args!("  {:<width$}  {}", line.name, line.answer));
    }
    if let Some(fallback) = fallback {
        say(format_args!("  {:<width$}  {fallback}", "(else)"));
    }
    for (name, kind, value) in &settings {
        say(format_args!("  {name}: {kind} = {value}"));
    }
    Ok(())
}
