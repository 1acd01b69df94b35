//! `explain EVENT`: where an event goes, and why; `explain --setting`: what a setting is, and
//! who set it.

mod setting;

use routewright_schema::analysis::explain::{Explanation, explain};
use routewright_schema::load::Loaded;
use serde_json::json;

use crate::artefact::Artefact;
use crate::cli::Format;
use crate::project::{self, Definitions};
use crate::report::{Done, Failure, say, say_json};

#[derive(clap::Args)]
#[command(after_help = "Example:
  cargo xtask explain treasure.item.found
  cargo xtask explain player.left routes --format json
  cargo xtask explain player.scored --key player-7            # the arm of a split
  cargo xtask explain player.scored --live http://127.0.0.1:4600
  cargo xtask explain --setting spawn.rate --live http://127.0.0.1:4600")]
pub struct Args {
    /// The name of the event; it need not be declared
    #[arg(required_unless_present = "setting")]
    event: Option<String>,
    #[command(flatten)]
    definitions: Definitions,
    /// A key: which arm of a split it picks
    #[arg(long, conflicts_with = "setting")]
    key: Option<String>,
    /// Not an event: the value of this setting, and who set it
    #[arg(long, value_name = "PATH")]
    setting: Option<String>,
    /// Ask this: an engine's URL, an image, a service's binary, REV:PATH
    #[arg(long, value_name = "URL")]
    live: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Exit code 1 if nothing answers for the event, or there is no such setting.
pub fn run(args: &Args) -> Done {
    let mut definitions = args.definitions.clone();
    if let Some(setting) = &args.setting {
        // Then the first word is a path as well.
        let first = args.event.iter().map(Into::into);
        definitions.paths = first.chain(definitions.paths).collect();
        return setting::run(setting, &asked(args.live.as_deref(), &definitions)?, args);
    }
    let event = args.event.as_deref().unwrap_or_default();
    let artefact = asked(args.live.as_deref(), &definitions)?;
    let answer = explain(&artefact.table, event);
    let loaded = artefact.loaded.as_ref();
    let spelled = loaded.and_then(|l| routewright_codegen::spelling(&l.definition, event));
    let picked = args.key.as_deref().map(|key| picked(&artefact, event, key));
    match args.format {
        Format::Text => {
            print(&answer, spelled, loaded);
            if let (Some(key), Some(picked)) = (&args.key, &picked) {
                let picked = picked.as_deref().unwrap_or("nothing: there is no split");
                say(format_args!("  key      {key:?} picks {picked}"));
            }
            if args.live.is_some() {
                say(format_args!(
                    "  asked    {}, digest {}",
                    artefact.name,
                    artefact.table.digest()
                ));
            }
        }
        Format::Json => {
            let mut json = to_json(&answer, loaded);
            json["rust"] = spelled.map(|name| format!("Event::{name}")).into();
            json["picked"] = picked.flatten().into();
            json["asked"] = artefact.name.clone().into();
            json["digest"] = artefact.table.digest().to_string().into();
            say_json(&json);
        }
    }
    match answer.answer.as_str() {
        "nothing" | "unrouted" => Err(Failure::told()),
        _ => Ok(()),
    }
}

/// What is asked: definitions, or what `--live` names.
fn asked(live: Option<&str>, definitions: &Definitions) -> Result<Artefact, Failure> {
    match live {
        Some(_) if !definitions.paths.is_empty() => Err(Failure::Usage(
            "`--live` is asked instead of definitions; name one of both".to_owned(),
        )),
        Some(live) => Artefact::open(live),
        None => {
            let project = project::one(definitions)?;
            let (loaded, table) = project.compile()?;
            Artefact::compiled(project.name, loaded, &table)
        }
    }
}

/// The consumer that a key picks, with its share of the split.
fn picked(artefact: &Artefact, event: &str, key: &str) -> Option<String> {
    let route = artefact.table.find(event)?;
    let id = route.pick(key.as_bytes())?;
    let of: u64 = route.arms().map(|(_, weight)| u64::from(weight)).sum();
    let weight = route.arms().find(|(arm, _)| *arm == id)?.1;
    let name = route.catalog().consumer(id.into())?.to_owned();
    Some(format!("{name} ({weight} of {of})"))
}

fn print(answer: &Explanation, spelled: Option<String>, loaded: Option<&Loaded>) {
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
    if let Some(message) = loaded.and_then(|l| l.messages.payloads.get(&answer.event)) {
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
        let place = loaded.and_then(|l| Some(at(l, l.places.route(pattern)?)));
        let place = place.map_or(String::new(), |place| format!("  {place}"));
        say(format_args!("  lost     `{pattern}`{place}: {why}"));
    }
}

fn place(answer: &Explanation, loaded: Option<&Loaded>) -> Option<String> {
    let loaded = loaded?;
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

fn to_json(answer: &Explanation, loaded: Option<&Loaded>) -> serde_json::Value {
    let lost: Vec<_> = answer
        .lost
        .iter()
        .map(|(pattern, why)| {
            let place = loaded.and_then(|l| Some(at(l, l.places.route(pattern)?)));
            json!({ "rule": pattern, "why": why, "place": place })
        })
        .collect();
    json!({
        "event": answer.event,
        "payload": loaded.and_then(|l| l.messages.payloads.get(&answer.event)),
        "declared": answer.declared,
        "answer": answer.answer,
        "rule": answer.rule,
        "fallback": answer.fallback,
        "why": answer.why,
        "place": place(answer, loaded),
        "lost": lost,
    })
}
