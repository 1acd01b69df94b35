//! `explain EVENT`: where an event goes, and why.

use routewright_schema::analysis::explain::{Explanation, explain};
use routewright_schema::load::Loaded;
use serde_json::json;

use crate::cli::Format;
use crate::project::{self, Definitions};
use crate::report::{Done, Failure, say, say_json};

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  cargo xtask explain treasure.item.found\n  cargo xtask explain player.left routes --format json"
)]
pub struct Args {
    /// The name of the event; it need not be declared
    event: String,
    #[command(flatten)]
    definitions: Definitions,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Exit code 1 if nothing answers for the event.
pub fn run(args: &Args) -> Done {
    let (loaded, table) = project::one(&args.definitions)?.compile()?;
    let answer = explain(&table, &args.event);
    let spelled = routewright_codegen::spelling(&loaded.definition, &args.event);
    match args.format {
        Format::Text => print(&answer, spelled, &loaded),
        Format::Json => {
            let mut json = to_json(&answer, &loaded);
            json["rust"] = spelled.map(|name| format!("Event::{name}")).into();
            say_json(&json);
        }
    }
    match answer.answer.as_str() {
        "nothing" | "unrouted" => Err(Failure::told()),
        _ => Ok(()),
    }
}

fn print(answer: &Explanation, spelled: Option<String>, loaded: &Loaded) {
    let declared = if answer.declared {
        ""
    } else {
        "  (not declared)"
    };
    say(format_args!("{}{declared}", answer.event));
    say(format_args!("  goes to  {}", answer.answer));
    if let Some(name) = spelled {
        say(format_args!("  in Rust  `Event::{name}`"));
    }
    if let Some(message) = loaded.messages.payloads.get(&answer.event) {
        say(format_args!("  payload  `{message}`"));
    }
    let place = place(answer, loaded).map_or(String::new(), |p| format!("  {p}"));
    match &answer.rule {
        Some(rule) => say(format_args!("  rule     `{rule}`{place}")),
        None if answer.fallback => say(format_args!("  rule     fallback{place}")),
        None => {}
    }
    say(format_args!("  because  {}", answer.why));
    for (pattern, why) in &answer.lost {
        let place = loaded
            .places
            .route(pattern)
            .map_or(String::new(), |span| format!("  {}", at(loaded, span)));
        say(format_args!("  lost     `{pattern}`{place}: {why}"));
    }
}

fn place(answer: &Explanation, loaded: &Loaded) -> Option<String> {
    let span = match &answer.rule {
        Some(rule) => loaded.places.route(rule),
        None if answer.fallback => loaded.places.fallback(),
        None => None,
    };
    span.map(|span| at(loaded, span))
}

fn at(loaded: &Loaded, span: routewright_schema::source::Span) -> String {
    let (line, column) = loaded.sources.line_column(span);
    format!("{}:{line}:{column}", loaded.sources.name(span.file))
}

fn to_json(answer: &Explanation, loaded: &Loaded) -> serde_json::Value {
    let lost: Vec<_> = answer
        .lost
        .iter()
        .map(|(pattern, why)| {
            let place = loaded.places.route(pattern).map(|span| at(loaded, span));
            json!({ "rule": pattern, "why": why, "place": place })
        })
        .collect();
    json!({
        "event": answer.event,
        "payload": loaded.messages.payloads.get(&answer.event),
        "declared": answer.declared,
        "answer": answer.answer,
        "rule": answer.rule,
        "fallback": answer.fallback,
        "why": answer.why,
        "place": place(answer, loaded),
        "lost": lost,
    })
}
