//! YAML of another tool, by a mapping.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use routewright_convert::document::{Corpus, collect};
use routewright_convert::mapping::Mapping;
use routewright_convert::report::Report;
use routewright_convert::run::{Stage, convert_telling};
use routewright_convert::{mappings, names};

use super::{Args, Spelling, give};
use crate::report::{Done, Failure, note};

#[derive(clap::Args)]
pub struct Foreign {
    /// Read YAML of another tool: the name of a shipped mapping, or a file with one (*.jq)
    #[arg(long, value_name = "DIALECT|MAPPING", requires = "paths")]
    pub from: Option<String>,
    /// The package of the definition [default: the name of the mapping]
    #[arg(long, requires = "from")]
    package: Option<String>,
    /// Where to write the whole report, as JSON; `-` is standard output
    #[arg(long, value_name = "FILE", requires = "from")]
    report: Option<PathBuf>,
    /// Exit with 0 although nothing explains some of the input
    #[arg(long, requires = "from")]
    allow_unexplained: bool,
    /// A document in which the mapping finds nothing is an error, unless it is ignored for a reason
    #[arg(long, requires = "from")]
    strict: bool,
}

/// The definition goes where it was asked for, what became of the input to standard error.
pub fn run(from: &str, to: Spelling, args: &Args) -> Done {
    if args.foreign.report.as_deref() == Some(Path::new("-")) && args.out.is_none() {
        let why = "`--report -` and the definition both want standard output; say `--out FOLDER`";
        return Err(Failure::Usage(why.to_owned()));
    }
    let (name, text) = mapping(from)?;
    let mapping = Mapping::parse(from, &text).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Failure::Bad(lines.join("\nerror: "))
    })?;
    let package = args.foreign.package.clone().unwrap_or_else(|| {
        let legal = names::settings([name.as_str()]);
        legal[&name].replace('.', "_")
    });
    let start = Instant::now();
    let mut bar = Bar::new();
    let corpus = read(&args.definitions.paths, &mut bar)?;
    let conversion = convert_telling(&corpus, &mapping, &package, &mut |stage, at, of| {
        let what = match stage {
            Stage::Mapping => "results of the mapping",
            Stage::Proving => "names asked",
        };
        bar.show(what, at, of);
    });
    bar.clear();
    let report = &conversion.report;
    note!("{}", report.to_string().trim_end());
    note!("{}", cost(start.elapsed()));
    if let Some(path) = &args.foreign.report {
        let text = format!("{:#}\n", report.to_json());
        give((path != Path::new("-")).then_some(path), text.as_bytes())?;
    }
    let verdict = verdict(report, &args.foreign);
    let Some(definition) = &conversion.definition else {
        return verdict;
    };
    match (&args.out, &verdict) {
        (None, _) if report.is_sound() => give(None, &to.write(definition))?,
        (Some(folder), Ok(())) => {
            fs::create_dir_all(folder)
                .map_err(|e| Failure::Bad(format!("{}: {e}", folder.display())))?;
            let path = folder.join(package.as_str()).with_extension(to.extension());
            give(Some(&path), &to.write(definition))?;
            let path = path.display();
            note!("wrote       {path}; `cargo xtask check {path}` reads it as a service would");
        }
        _ => note!("wrote       nothing"),
    }
    verdict
}

/// Whether that is good enough, and if not, what to do.
fn verdict(report: &Report, asked: &Foreign) -> Done {
    let (leaves, names) = (report.unexplained.len(), report.lost_keys.len());
    let differences = report.proof.differences.len();
    if !report.failures.is_empty() {
        let n = report.failures.len();
        return Err(Failure::Bad(format!("{n} failed, which the report names")));
    }
    if differences > 0 {
        return Err(Failure::Bad(format!(
            "the result answers {differences} names otherwise than the original; do not use it"
        )));
    }
    if !asked.allow_unexplained && leaves + names > 0 {
        let unexplained = match leaves {
            0 => None,
            1 => Some("1 leaf is unexplained".to_owned()),
            n => Some(format!("{n} leaves are unexplained")),
        };
        let lost = match names {
            0 => None,
            1 => Some("1 name is lost".to_owned()),
            n => Some(format!("{n} names are lost")),
        };
        let what: Vec<String> = unexplained.into_iter().chain(lost).collect();
        return Err(Failure::Bad(format!(
            "{}: let the mapping convert them, or say why not with `{{ignore: .., why: ..}}` or \
             `{{cannot: .., why: ..}}`; `--allow-unexplained` lets it pass",
            what.join(" and ")
        )));
    }
    if asked.strict && report.counts.documents_without_routes > 0 {
        let n = report.counts.documents_without_routes;
        return Err(Failure::Bad(format!(
            "the mapping finds nothing in {n} of {} documents (`--strict`); if that is meant, let it say why: \
             `{{ignore: ., why: ..}}`",
            report.counts.documents
        )));
    }
    Ok(())
}

/// The files, with their count on the bar.
pub(super) fn read(paths: &[PathBuf], bar: &mut Bar) -> Result<Corpus, Failure> {
    let corpus = collect(paths, &mut |at, of| bar.show("reading files", at, of));
    corpus.map_err(|unreadable| {
        let path = unreadable.path.display();
        Failure::Bad(format!("{path}: {}", unreadable.fault))
    })
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

/// What it took, as far as this system tells.
fn cost(time: Duration) -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
    let peak = peak.and_then(|kib| kib.trim().parse::<u64>().ok());
    let memory = peak.map_or_else(String::new, |kib| {
        format!(", {:.1} MB of memory at most", kib as f64 * 1_024.0 / 1e6)
    });
    format!("took        {:.2} s{memory}", time.as_secs_f64())
}

/// A line that says how far it is, on terminals only.
pub(super) struct Bar {
    shown: bool,
    next: Instant,
}

impl Bar {
    pub(super) fn new() -> Bar {
        let wait = Duration::from_millis(300);
        Bar {
            shown: std::io::stderr().is_terminal(),
            next: Instant::now() + wait,
        }
    }

    /// `of` is 0 if nobody knows.
    pub(super) fn show(&mut self, what: &str, at: usize, of: usize) {
        if !self.shown || Instant::now() < self.next {
            return;
        }
        self.next = Instant::now() + Duration::from_millis(100);
        match of {
            0 => eprint!("\r\x1b[K{at} {what}"),
            of => {
                const WIDTH: usize = 24;
                let done = "#".repeat(at * WIDTH / of);
                eprint!("\r\x1b[K[{done:<WIDTH$}] {at} of {of} {what}");
            }
        }
        // A line that cannot be shown is none to fail for.
        let _ = std::io::stderr().flush();
    }

    pub(super) fn clear(&self) {
        if self.shown {
            eprint!("\r\x1b[K");
        }
    }
}
