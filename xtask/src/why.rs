//! `why STAMP`: which route decided, where it stands, and who answers for it.
//!
//! A stamp names a table by its digest and a route in it by position. The table is looked
//! for where one may still be: what the definitions compile to, what was generated and
//! committed, and, if an engine is named, what it serves and keeps; of a control plane, all that
//! was ever pushed.

#[cfg(feature = "net")]
mod engine;

use std::path::Path;

use routewright::{RouteTable, Stamp, Stamped};
use routewright_schema::analysis::words;
use routewright_schema::load::Loaded;
use serde_json::json;

use crate::cli::Format;
use crate::project::{self, Definitions};
use crate::report::{Done, Failure, say, say_json};

#[derive(clap::Args)]
#[command(after_help = "Example:
  cargo xtask why dca23d683d000020
  cargo xtask why dca23d683d000020 --image target/deployed/routes.img
  cargo xtask why 7f00aa5512000003 --url http://127.0.0.1:4600

A stamp is what `route.stamp()` gives; a service writes it beside what it did with an event.")]
pub struct Args {
    /// 16 hex digits
    stamp: String,
    #[command(flatten)]
    definitions: Definitions,
    /// An image to look in, with the `routes.src` beside it
    #[arg(long, value_name = "FILE")]
    image: Option<std::path::PathBuf>,
    /// An engine to ask, which may have been given other routes; or its control plane
    #[cfg(feature = "net")]
    #[arg(long, env = "ROUTEWRIGHT_URL")]
    url: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What decided.
enum Rule {
    /// The route of that event or pattern.
    Route(String),
    Fallback,
    /// None; the event was unrouted.
    Nothing,
}

/// What was found.
struct Found {
    rule: Rule,
    /// What becomes of its events, in words.
    answer: String,
    /// The table, in words.
    table: String,
    /// `file:line`.
    place: Option<String>,
    owner: String,
    /// What the search left out.
    note: Option<String>,
}

/// Exit code 1 if no table is found that gave the stamp.
pub fn run(args: &Args) -> Done {
    let stamp: Stamp = args
        .stamp
        .parse()
        .map_err(|e| Failure::Usage(format!("{}: {e}", args.stamp)))?;
    let mut looked = Vec::new();
    let found = search(args, stamp, &mut looked)?;
    let Some(found) = found else {
        return Err(Failure::Bad(format!(
            "no table is known whose digest begins with {}; looked at {}; name the image that the service was built with (--image){}",
            &stamp.to_string()[..10],
            looked.join(", "),
            if cfg!(feature = "net") {
                ", or an engine (--url)"
            } else {
                ""
            }
        )));
    };
    match args.format {
        Format::Text => print(stamp, &found),
        Format::Json => say_json(&json!({
            "stamp": stamp.to_string(),
            "rule": match &found.rule {
                Rule::Route(name) => Some(name),
                Rule::Fallback | Rule::Nothing => None,
            },
            "fallback": matches!(found.rule, Rule::Fallback),
            "answer": found.answer,
            "table": found.table,
            "place": found.place,
            "owner": found.owner,
            "note": found.note,
        })),
    }
    Ok(())
}

fn print(stamp: Stamp, found: &Found) {
    say(stamp);
    let place = found
        .place
        .as_ref()
        .map_or(String::new(), |p| format!("  {p}"));
    match &found.rule {
        Rule::Route(name) => say(format_args!("  rule     `{name}`{place}")),
        Rule::Fallback => say(format_args!("  rule     fallback{place}")),
        Rule::Nothing => say("  rule     none; the event was unrouted"),
    }
    say(format_args!("  goes to  {}", found.answer));
    if !found.owner.is_empty() {
        say(format_args!("  owner    {}", found.owner));
    }
    say(format_args!("  table    {}", found.table));
    if let Some(note) = &found.note {
        say(format_args!("  note     {note}"));
    }
}

fn search(args: &Args, stamp: Stamp, looked: &mut Vec<String>) -> Result<Option<Found>, Failure> {
    if let Some(file) = &args.image {
        looked.push(file.display().to_string());
        let found = in_file(file, stamp)?;
        return found
            .map(Some)
            .ok_or_else(|| Failure::Bad(format!("{} did not give this stamp", file.display())));
    }
    #[cfg(feature = "net")]
    if let Some(url) = &args.url {
        let answer = engine::search(url, &args.definitions, stamp)?;
        looked.push(match &answer.note {
            Some(note) => format!("{url} ({note})"),
            None => url.clone(),
        });
        if let Some(mut found) = answer.found {
            found.note = answer.note;
            return Ok(Some(found));
        }
    }
    let projects = match looked.is_empty() {
        true => project::find(&args.definitions, None)?,
        false => project::at_hand(&args.definitions)?,
    };
    for project in projects {
        looked.push(format!("the definitions of {}", project.name));
        let (loaded, table) = project.compile()?;
        if let Some(mut found) = in_table(&table, stamp) {
            found.table = format!(
                "{} version {}, compiled from these definitions",
                loaded.definition.package, loaded.definition.version
            );
            (found.place, found.owner) = place(&loaded, &found.rule);
            return Ok(Some(found));
        }
        // The definitions may have changed since they were generated.
        let generated = project.out.map(|out| out.join("routes.img"));
        if let Some(image) = generated.filter(|image| image.is_file()) {
            looked.push(image.display().to_string());
            if let Some(found) = in_file(&image, stamp)? {
                return Ok(Some(found));
            }
        }
    }
    Ok(None)
}

/// Where a rule of these definitions stands, and who answers for it.
fn place(loaded: &Loaded, rule: &Rule) -> (Option<String>, String) {
    let (span, owner) = match rule {
        Rule::Route(name) => {
            let route = loaded.definition.routes.get(name);
            (loaded.places.route(name), route.map(|r| r.owner.clone()))
        }
        Rule::Fallback => (loaded.places.fallback(), None),
        Rule::Nothing => (None, None),
    };
    let place = span.map(|span| {
        let (line, column) = loaded.sources.line_column(span);
        format!("{}:{line}:{column}", loaded.sources.name(span.file))
    });
    (place, owner.unwrap_or_default())
}

fn in_table<D: AsRef<[u8]>>(table: &RouteTable<D>, stamp: Stamp) -> Option<Found> {
    let (rule, answer) = match table.stamped(stamp)? {
        Stamped::Route(route) => (Rule::Route(route.name().to_owned()), words::route(&route)),
        Stamped::Fallback => {
            let answer = table.fallback().map(|route| words::route(&route));
            (Rule::Fallback, answer.unwrap_or_default())
        }
        Stamped::Nothing => (Rule::Nothing, "nobody".to_owned()),
    };
    Some(Found {
        rule,
        answer,
        table: String::new(),
        place: None,
        owner: String::new(),
        note: None,
    })
}

/// In an image on disk, with what `routes.src` beside it says.
fn in_file(file: &Path, stamp: Stamp) -> Result<Option<Found>, Failure> {
    let fail = |what: String| Failure::Bad(format!("{}: {what}", file.display()));
    let bytes = std::fs::read(file).map_err(|e| fail(e.to_string()))?;
    let table = RouteTable::open(bytes).map_err(|e| fail(e.to_string()))?;
    let Some(mut found) = in_table(&table, stamp) else {
        return Ok(None);
    };
    let digest = table.digest().to_string();
    found.table = format!("{} (image {digest})", file.display());
    let beside = file.with_extension("src");
    let text = std::fs::read_to_string(beside).unwrap_or_default();
    let mut lines = text.lines().map(|line| {
        let mut fields = line.split('\t').map(str::to_owned);
        std::array::from_fn::<String, 6, _>(|_| fields.next().unwrap_or_default())
    });
    // It says nothing of another image.
    if !lines.any(|[kind, name, ..]| kind == "image" && name == digest) {
        return Ok(Some(found));
    }
    let (kind, name) = match &found.rule {
        Rule::Route(name) => ("route", name.as_str()),
        Rule::Fallback => ("fallback", ""),
        Rule::Nothing => return Ok(Some(found)),
    };
    if let Some([.., place, _, owner, _]) = lines.find(|line| line[0] == kind && line[1] == name) {
        found.place = Some(place).filter(|place| place != "-");
        found.owner = owner;
    }
    Ok(Some(found))
}
