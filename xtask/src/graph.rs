//! `graph`: the map of events and consumers, as a picture.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use routewright_schema::analysis::graph::{self, Map, Room, View};

use crate::artefact::Artefact;
use crate::project::{self, Definitions};
use crate::report::{Done, Failure, note, say_file};

#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("what").args(["paths", "diff"])))]
#[command(after_help = "Examples:
  cargo xtask graph --out routes.svg
  cargo xtask graph routes --to mermaid                          # for Markdown
  cargo xtask graph routes --to dot | dot -Tpdf > routes.pdf
  cargo xtask graph routes --only 'player.**' --out player.svg
  cargo xtask graph --diff ../main/routes routes --out diff.svg  # what changes, in colours

Names with the same answer share a box. Beyond --rows, boxes, then groups, become one line
with one edge to each consumer, the largest first; --only shows a part in full.")]
pub struct Args {
    /// Files and folders with definitions [default: those of this workspace]
    paths: Vec<PathBuf>,
    /// Where imports of `.proto` files are found, beside the folders of PATHS, OLD and NEW
    #[arg(long = "include", short = 'I', value_name = "DIR", requires = "what")]
    includes: Vec<PathBuf>,
    /// What to write [default: by the extension of --out, else svg]
    // The other verbs call it --format.
    #[arg(long, alias = "format", value_enum)]
    to: Option<Kind>,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Only the events of this name or pattern
    #[arg(long, value_name = "PATTERN")]
    only: Option<String>,
    /// Lines of events before some are folded; 0 folds nothing
    #[arg(long, value_name = "N", default_value_t = ROWS)]
    rows: usize,
    /// What NEW changes of OLD, in colours
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], conflicts_with = "paths")]
    diff: Option<Vec<String>>,
}

/// About two screens.
const ROWS: usize = 90;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A picture, light or dark as its reader has it
    Svg,
    /// A flowchart for Markdown
    Mermaid,
    /// For Graphviz
    Dot,
    /// The map for programs, nothing folded
    Json,
}

/// Exit code 1 if the definitions cannot be read, or `--only` meets nothing.
pub fn run(args: &Args) -> Done {
    let kind = kind(args)?;
    let (mut map, title) = match args.diff.as_deref() {
        Some([old, new]) => {
            let includes = &args.includes;
            let open = |text: &String| Artefact::open_including(text, includes);
            between(&open(old)?, &open(new)?)
        }
        _ => {
            let definitions = Definitions {
                paths: args.paths.clone(),
                includes: args.includes.clone(),
            };
            let (loaded, table) = project::one(&definitions)?.compile()?;
            let definition = &loaded.definition;
            let name = format!("{} version {}", definition.package, definition.version);
            of(&Artefact::compiled(name, loaded, &table)?)
        }
    };
    if let Some(pattern) = &args.only {
        routewright::name::check_route(pattern)
            .map_err(|fault| Failure::Usage(format!("--only {pattern}: {fault}")))?;
        map.only(pattern);
        if map.sources.is_empty() {
            return Err(Failure::Bad(format!(
                "no event and no pattern meets `{pattern}`; without --only, the map shows what there is"
            )));
        }
    }
    let room = match args.rows {
        0 => Room::ALL,
        rows => Room::rows(rows),
    };
    let (text, folded) = draw(kind, &map, &title, room);
    match &args.out {
        None => say_file(text.trim_end_matches('\n')),
        Some(path) => {
            std::fs::write(path, text)
                .map_err(|e| Failure::Bad(format!("{}: {e}", path.display())))?;
            tell(path, folded);
        }
    }
    Ok(())
}

/// What `--to` says, else what the name of the file says; a picture without either.
fn kind(args: &Args) -> Result<Kind, Failure> {
    let Some((path, extension)) = args.out.as_deref().and_then(|p| Some((p, p.extension()?)))
    else {
        return Ok(args.to.unwrap_or(Kind::Svg));
    };
    let by_name = match extension.to_str() {
        Some("svg") => Some(Kind::Svg),
        Some("mmd" | "mermaid") => Some(Kind::Mermaid),
        Some("dot" | "gv") => Some(Kind::Dot),
        Some("json") => Some(Kind::Json),
        _ => None,
    };
    args.to.or(by_name).ok_or_else(|| {
        Failure::Usage(format!(
            "{}: its name does not say what to write; name it *.svg, *.mmd, *.dot or *.json, or give --to",
            path.display()
        ))
    })
}

/// The text, and how many names and consumers have no line of their own.
fn draw(kind: Kind, map: &Map, title: &str, room: Room) -> (String, usize) {
    let view = || View::new(map, title, room);
    match kind {
        Kind::Svg => {
            let view = view();
            (graph::svg(&view), view.folded)
        }
        Kind::Dot => {
            let view = view();
            (graph::dot(&view), view.folded)
        }
        Kind::Mermaid => {
            let (text, view) = graph::mermaid(map, title, room);
            (text, view.folded)
        }
        Kind::Json => (format!("{:#}\n", graph::json(map, title)), 0),
    }
}

fn tell(path: &Path, folded: usize) {
    let path = path.display();
    match folded {
        0 => note!("{path}: written"),
        n => note!(
            "{path}: written; {n} names and consumers are folded into others: --rows 0 or --only 'PREFIX.**' shows them"
        ),
    }
}

fn of(side: &Artefact) -> (Map, String) {
    let mut map = Map::of(&side.table);
    if let Some(loaded) = &side.loaded {
        map.note(loaded);
        map.note_disabled(loaded);
    }
    (map, side.title())
}

fn between(old: &Artefact, new: &Artefact) -> (Map, String) {
    let mut map = Map::between(&old.table, &new.table);
    for side in [new, old] {
        if let Some(loaded) = &side.loaded {
            map.note(loaded);
        }
    }
    if let Some(loaded) = &new.loaded {
        map.note_disabled(loaded);
    }
    let title = match old.title() == new.title() {
        true => old.title(),
        false => format!("{} \u{2192} {}", old.title(), new.title()),
    };
    (map, title)
}
