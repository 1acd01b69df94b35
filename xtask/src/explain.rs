//! `explain EVENT`: where an event goes, and why; `explain --setting`: what a setting is, and
//! who set it.

mod later;
mod setting;

use routewright_schema::analysis::explain::{Known, escaped, explain, near, to_json, to_lines};
use routewright_schema::value::Moment;

use crate::artefact::Artefact;
use crate::cli::Format;
use crate::clock;
use crate::project::{self, Definitions};
use crate::report::{Done, Failure, say, say_json};

#[derive(clap::Args)]
#[command(after_help = "Example:
  cargo xtask explain treasure.item.found
  cargo xtask explain player.left routes --format json
  cargo xtask explain player.scored --key player-7            # the arm of a split
  cargo xtask explain player.scored --live http://127.0.0.1:4600
  cargo xtask explain player.scored --live http://127.0.0.1:4600 --at +2h
  cargo xtask explain --setting spawn.rate --live http://127.0.0.1:4600

Two things depend on the time. A route or setting with `expires` has a last day: past it, it still
answers, and `check` fails. An override with a lease ends: then an engine serves its baseline again.")]
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
    /// What answers at this time: a day, a time in RFC 3339, or +2h [default: now]
    #[arg(long, value_name = clock::TIME, value_parser = clock::moment)]
    at: Option<Moment>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What is asked.
struct Asked {
    artefact: Artefact,
    /// The time.
    at: Moment,
    /// Whether `--at` names it; else it is now.
    named: bool,
    /// What that time changes, if it was named and an artefact without definitions is asked.
    then: Option<String>,
    /// Whether what serves then is what was compiled in, because a lease has ended.
    ended: bool,
}

/// Exit code 1 if nothing answers for the event, or there is no such setting.
pub fn run(args: &Args) -> Done {
    let mut definitions = args.definitions.clone();
    if let Some(setting) = &args.setting {
        // Then the first word is a path as well.
        let first = args.event.iter().map(Into::into);
        definitions.paths = first.chain(definitions.paths).collect();
        return setting::run(setting, &asked(args, &definitions)?, args);
    }
    event(
        args.event.as_deref().unwrap_or_default(),
        &asked(args, &definitions)?,
        args,
    )
}

fn event(event: &str, asked: &Asked, args: &Args) -> Done {
    let artefact = &asked.artefact;
    let answer = explain(&artefact.table, event);
    let loaded = artefact.loaded.as_ref();
    let rust = loaded.and_then(|l| routewright_codegen::spelling(&l.definition, event));
    let known = Known {
        loaded,
        at: asked.at,
        rust: rust.as_deref(),
    };
    let picked = args.key.as_deref().map(|key| picked(artefact, event, key));
    match args.format {
        Format::Text => {
            to_lines(&answer, &known).iter().for_each(say);
            let unknown = (!answer.declared).then_some(&artefact.table);
            if let Some(near) = unknown.and_then(|table| near(table, event)) {
                say(format_args!("  near     `{}` is declared", escaped(&near)));
            }
            if let (Some(key), Some(picked)) = (&args.key, &picked) {
                let picked = picked.as_deref().unwrap_or("nothing: there is no split");
                say(format_args!("  key      {key:?} picks {picked}"));
            }
            if args.live.is_some() {
                asked.tell();
            }
        }
        Format::Json => {
            let mut json = to_json(&answer, &known);
            json["picked"] = picked.flatten().into();
            asked.tell_json(&mut json);
            say_json(&json);
        }
    }
    match answer.answer.as_str() {
        "nothing" | "unrouted" => Err(Failure::told()),
        _ => Ok(()),
    }
}

impl Asked {
    /// Who was asked, and for when, for people.
    fn tell(&self) {
        if let Some(then) = &self.then {
            say(escaped(&format!("  at       {}: {then}", self.at)));
        }
        say(format_args!(
            "  asked    {}, digest {}",
            escaped(&self.artefact.name),
            self.artefact.table.digest()
        ));
    }

    fn tell_json(&self, json: &mut serde_json::Value) {
        json["at"] = self.named.then(|| self.at.to_string()).into();
        json["then"] = self.then.clone().into();
        json["asked"] = self.artefact.name.clone().into();
        json["digest"] = self.artefact.table.digest().to_string().into();
    }
}

/// What is asked: definitions, or what `--live` names.
fn asked(args: &Args, definitions: &Definitions) -> Result<Asked, Failure> {
    let of = |artefact| Asked {
        artefact,
        at: args.at.unwrap_or_else(Moment::now),
        named: args.at.is_some(),
        then: None,
        ended: false,
    };
    match (args.live.as_deref(), args.at) {
        (Some(_), _) if !definitions.paths.is_empty() => Err(Failure::Usage(
            "`--live` is asked instead of definitions; name one of both".to_owned(),
        )),
        (Some(live), Some(at)) => later::asked(live, at),
        (Some(live), None) => Artefact::open(live).map(of),
        (None, _) => {
            let project = project::one(definitions)?;
            let (loaded, table) = project.compile()?;
            Artefact::compiled(project.name, loaded, &table).map(of)
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
