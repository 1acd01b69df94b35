//! YAML of another tool, by a mapping.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use routewright_convert::document::{Corpus, collect};
use routewright_convert::mapping::Mapping;
use routewright_convert::run::convert;
use routewright_convert::{mappings, names};

use super::{Args, give};
use crate::report::{Done, Failure};

#[derive(clap::Args)]
pub struct Foreign {
    /// Read YAML of another tool: the name of a shipped mapping, or a file with one (*.jq)
    #[arg(long, value_name = "DIALECT|MAPPING", requires = "paths")]
    pub from: Option<String>,
    /// The package of the definition [default: the name of the mapping]
    #[arg(long, requires = "from")]
    package: Option<String>,
    /// Where to write the whole report, as JSON
    #[arg(long, value_name = "FILE", requires = "from")]
    report: Option<PathBuf>,
    /// Exit with 0 although nothing explains some of the input
    #[arg(long, requires = "from")]
    allow_unexplained: bool,
}

/// The definition goes where it was asked for, what became of the input to standard error.
pub fn run(from: &str, args: &Args) -> Done {
    let (name, text) = mapping(from)?;
    let mapping = Mapping::parse(from, &text).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Failure::Bad(lines.join("\nerror: "))
    })?;
    let package = args.foreign.package.clone().unwrap_or_else(|| {
        let legal = names::settings([name.as_str()]);
        legal[&name].replace('.', "_")
    });
    let conversion = convert(&read(&args.definitions.paths)?, &mapping, &package);
    let report = &conversion.report;
    eprint!("{report}");
    if let Some(path) = &args.foreign.report {
        give(Some(path), format!("{:#}\n", report.to_json()).as_bytes())?;
    }
    if let Some(definition) = &conversion.definition {
        let file = |folder: &PathBuf| {
            fs::create_dir_all(folder)
                .map_err(|e| Failure::Bad(format!("{}: {e}", folder.display())))?;
            Ok::<_, Failure>(
                folder
                    .join(package.as_str())
                    .with_extension(args.to.extension()),
            )
        };
        let path = args.out.as_ref().map(file).transpose()?;
        give(path.as_deref(), &args.to.write(definition))?;
    }
    let good = match args.foreign.allow_unexplained {
        true => report.is_sound(),
        false => report.is_complete(),
    };
    if good { Ok(()) } else { Err(Failure::told()) }
}

/// The name and text of a mapping: a shipped one, or that of a file.
fn mapping(from: &str) -> Result<(String, String), Failure> {
    if let Some(text) = mappings::find(from) {
        return Ok((from.to_owned(), text.to_owned()));
    }
    let path = Path::new(from);
    let text = fs::read_to_string(path).map_err(|e| {
        let shipped: Vec<&str> = mappings::SHIPPED.iter().map(|(name, _)| *name).collect();
        let list = shipped.join(", ");
        Failure::Usage(format!(
            "`--from {from}`: {e}; there are the mappings {list}, or name a file with one"
        ))
    })?;
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    Ok((stem.unwrap_or("converted").to_owned(), text))
}

fn read(paths: &[PathBuf]) -> Result<Corpus, Failure> {
    let shown = std::io::stderr().is_terminal();
    let corpus = collect(paths, &mut |at, of| {
        if shown && (at % 16 == 0 || at == of) {
            let end = if at == of { "\r\x1b[K" } else { "" };
            eprint!("\rreading {at} of {of} files{end}");
            // A line that cannot be shown is none to fail for.
            let _ = std::io::stderr().flush();
        }
    });
    corpus.map_err(|unreadable| {
        Failure::Bad(format!(
            "{}: {}",
            unreadable.path.display(),
            unreadable.fault
        ))
    })
}
