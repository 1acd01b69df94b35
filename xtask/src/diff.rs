//! `diff OLD NEW`: what a change really moves.

use std::collections::BTreeMap;
use std::path::PathBuf;

use routewright_schema::analysis::diff::{Class, Diff, Setting, diff};
use routewright_schema::analysis::words;
use serde_json::json;

use crate::artefact::{Artefact, FORMS};
use crate::cli::Format;
use crate::report::{Done, Failure, count, say, say_file, say_json};
use crate::term::Style;

#[derive(clap::Args)]
#[command(after_help = format!("Example:
  cargo xtask diff HEAD:routes routes
  cargo xtask diff routes http://127.0.0.1:4600
  cargo xtask diff target/release/service routes --traffic counts.txt

OLD and NEW are {FORMS}.
Exit code 0: equal, for every name there is. 1: different, or one of them cannot be read."))]
pub struct Args {
    /// What it was
    old: String,
    /// What it is to be
    new: String,
    /// Markdown, for a comment on a change
    #[arg(long, conflicts_with = "format")]
    markdown: bool,
    /// Names of events with their counts, a line each (`order.placed 1200`): tells how much moves
    #[arg(long, value_name = "FILE")]
    traffic: Option<PathBuf>,
    /// Where imports of `.proto` files are found, beside the folders of OLD and NEW
    #[arg(long = "include", short = 'I', value_name = "DIR")]
    includes: Vec<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How much of what happens is answered otherwise.
struct Traffic {
    all: u64,
    moved: u64,
    /// By name; the names that move most.
    most: Vec<(String, u64)>,
}

/// Names of traffic that are shown.
const SHOWN_MAX: usize = 10;

/// Exit code 1 if something differs.
pub fn run(args: &Args) -> Done {
    let open = |text: &String| Artefact::open_including(text, &args.includes);
    let (old, new) = (open(&args.old)?, open(&args.new)?);
    let found = diff(&old.table, &new.table).map_err(Failure::Bad)?;
    let traffic = match &args.traffic {
        Some(path) => Some(traffic(path, &old, &new)?),
        None => None,
    };
    match (args.format, args.markdown) {
        (Format::Json, _) => say_json(&to_json(&found, traffic.as_ref())),
        (_, true) => markdown(&old, &new, &found, traffic.as_ref()),
        _ => text(&old, &new, &found, traffic.as_ref()),
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(Failure::told()),
    }
}

fn text(old: &Artefact, new: &Artefact, found: &Diff, traffic: Option<&Traffic>) {
    say(format_args!("{} -> {}", old.name, new.name));
    for Class {
        name,
        witness,
        before,
        after,
        what,
    } in &found.classes
    {
        let such = if name == witness {
            String::new()
        } else {
            format!(", such as {witness}")
        };
        let what = Style::Odd.paint(format_args!("{:<11}", what.as_str()));
        say(format_args!("  {what} {name}{such}"));
        say(format_args!("              {}", Style::Bad.paint(before)));
        say(format_args!("           -> {}", Style::Good.paint(after)));
    }
    for setting in &found.settings {
        say(format_args!(
            "  {}     {}: {}",
            Style::Odd.paint("setting"),
            setting.path,
            moved(setting)
        ));
    }
    if let Some(Traffic { all, moved, most }) = traffic {
        say(format_args!(
            "  traffic     {moved} of {all} events ({}) are answered otherwise",
            share(*moved, *all)
        ));
        for (name, n) in most {
            say(format_args!("              {n} {name}"));
        }
    }
    let asked = count(found.asked, "name");
    match (found.is_empty(), found.classes.len(), found.settings.len()) {
        (true, ..) => say(format_args!(
            "{}: {asked} stand for all there are, and each is answered alike; so are all settings",
            Style::Good.paint("equal")
        )),
        (_, classes, settings) => {
            let classes = match classes {
                0 => None,
                1 => Some("1 class of names".to_owned()),
                n => Some(format!("{n} classes of names")),
            };
            let settings = (settings > 0).then(|| count(settings, "setting"));
            let what: Vec<String> = classes.into_iter().chain(settings).collect();
            say(format_args!(
                "{}: {}",
                Style::Odd.paint("different"),
                what.join(" and ")
            ));
        }
    }
}

fn markdown(old: &Artefact, new: &Artefact, found: &Diff, traffic: Option<&Traffic>) {
    let cell = |text: &str| {
        text.replace('\\', "\\\\")
            .replace('|', "\\|")
            .replace('`', "\\`")
            .replace(['\n', '\r'], " ")
    };
    say_file(format_args!(
        "**Routes: {} \u{2192} {}**\n",
        cell(&old.name),
        cell(&new.name)
    ));
    if found.is_empty() {
        say_file(format_args!(
            "No event goes elsewhere and no setting moves ({} names stand for all there are).",
            found.asked
        ));
        return;
    }
    if !found.classes.is_empty() {
        say_file("| events | before | after | changes |\n|---|---|---|---|");
        for class in &found.classes {
            let such = if class.name == class.witness {
                String::new()
            } else {
                format!(", such as {}", cell(&class.witness))
            };
            say_file(format_args!(
                "| {}{such} | {} | {} | {} |",
                cell(&class.name),
                cell(&class.before),
                cell(&class.after),
                class.what.as_str()
            ));
        }
    }
    if !found.settings.is_empty() {
        say_file("\n| setting | change |\n|---|---|");
        for setting in &found.settings {
            say_file(format_args!(
                "| {} | {} |",
                cell(&setting.path),
                cell(&moved(setting))
            ));
        }
    }
    if let Some(Traffic { all, moved, .. }) = traffic {
        say_file(format_args!(
            "\n{moved} of {all} events ({}) are answered otherwise.",
            share(*moved, *all)
        ));
    }
}

/// `0.3 -> 0.9 (3.00x)`.
fn moved(setting: &Setting) -> String {
    let factor = setting.factor.map(|factor| format!(" ({factor:.2}x)"));
    let or = |value: &Option<String>, none: &str| value.clone().unwrap_or_else(|| none.to_owned());
    let (before, after) = (or(&setting.before, "(none)"), or(&setting.after, "(none)"));
    format!("{before} -> {after}{}", factor.unwrap_or_default())
}

fn share(part: u64, of: u64) -> String {
    match of {
        0 => "none".to_owned(),
        of => format!("{:.1} %", part as f64 * 100.0 / of as f64),
    }
}

fn to_json(found: &Diff, traffic: Option<&Traffic>) -> serde_json::Value {
    let classes: Vec<_> = found
        .classes
        .iter()
        .map(|class| {
            json!({
                "events": class.name, "witness": class.witness, "what": class.what.as_str(),
                "before": class.before, "after": class.after,
            })
        })
        .collect();
    let settings: Vec<_> = found.settings.iter().map(|setting| json!({
        "setting": setting.path, "before": setting.before, "after": setting.after, "factor": setting.factor,
    })).collect();
    json!({
        "equal": found.is_empty(),
        "asked": found.asked,
        "classes": classes,
        "settings": settings,
        "traffic": traffic.map(|traffic| json!({
            "all": traffic.all, "moved": traffic.moved,
            "most": traffic.most.iter().map(|(name, n)| json!({ "event": name, "count": n })).collect::<Vec<_>>(),
        })),
    })
}

/// What of the traffic is answered otherwise.
fn traffic(path: &PathBuf, old: &Artefact, new: &Artefact) -> Result<Traffic, Failure> {
    let bad = |what: String| Failure::Bad(format!("{}{what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| bad(format!(": {e}")))?;
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (at, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let (name, n) = line
            .trim()
            .rsplit_once(char::is_whitespace)
            .unwrap_or((line.trim(), "1"));
        let n: u64 = n.parse().map_err(|_| {
            bad(format!(
                ":{}: {n:?} is no count; write `NAME COUNT`",
                at + 1
            ))
        })?;
        let sum = counts.entry(name.trim()).or_default();
        *sum = sum.saturating_add(n);
    }
    let said = |artefact: &Artefact, name: &str| {
        artefact
            .table
            .find(name)
            .map_or_else(|| "unrouted".to_owned(), |route| words::route(&route))
    };
    let mut most: Vec<(String, u64)> = Vec::new();
    let (mut all, mut moved) = (0_u64, 0_u64);
    for (name, n) in counts {
        all = all.saturating_add(n);
        if said(old, name) != said(new, name) {
            moved = moved.saturating_add(n);
            most.push((name.to_owned(), n));
        }
    }
    most.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    most.truncate(SHOWN_MAX);
    Ok(Traffic { all, moved, most })
}
