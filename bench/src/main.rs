//! Measures Routewright side by side with what one would take instead.
//!
//! `cargo xtask bench [GROUP...] [--quick] [--json FILE] [--readme]`

mod background;
mod bound;
mod by_size;
mod checkout;
mod child;
mod clock;
mod definition;
mod groups;
mod harness;
mod images;
mod keys;
mod live;
mod machine;
mod names;
mod plot;
mod readme;
mod report;
mod rivals;

use std::io::Write as _;
use std::process::ExitCode;

use harness::Options;
use report::Report;

const USAGE: &str = "\
usage: cargo xtask bench [GROUP...] [--quick] [--json FILE] [--readme]

  GROUP        what to measure [default: all]
  --quick      few rounds and small tables: to see that it works
  --json FILE  write the results as JSON as well
  --readme     write the results into bench/README.md; not those of a quick run";

/// What the command line asks for.
#[derive(Default)]
struct Args {
    groups: Vec<String>,
    quick: bool,
    json: Option<String>,
    readme: bool,
}

impl Args {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Args>, String> {
        let mut args = Args::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--help" | "-h" => return Ok(None),
                "--quick" => args.quick = true,
                "--readme" => args.readme = true,
                "--json" => args.json = Some(words.next().ok_or("`--json` needs a file")?),
                flag if flag.starts_with('-') => return Err(format!("what is `{flag}`?")),
                group if groups::ALL.iter().any(|(name, _)| *name == group) => {
                    args.groups.push(word);
                }
                group => {
                    let all: Vec<&str> = groups::ALL.iter().map(|(name, _)| *name).collect();
                    return Err(format!("no group `{group}`; there are {}", all.join(", ")));
                }
            }
        }
        if args.readme && args.quick {
            return Err("`--readme` needs a whole run: no `--quick`".into());
        }
        Ok(Some(args))
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [child::VERB, command @ ..] = &words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return child::main(command);
    }
    let args = match Args::parse(words.into_iter()) {
        Ok(Some(args)) => args,
        Ok(None) => {
            say(USAGE);
            return ExitCode::SUCCESS;
        }
        Err(fault) => {
            eprintln!("error: {fault}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> std::io::Result<()> {
    let options = Options { quick: args.quick };
    let mut report = Report {
        machine: machine::describe(),
        sections: Vec::new(),
    };
    for (name, group) in groups::ALL {
        if args.groups.is_empty() || args.groups.iter().any(|asked| asked == name) {
            let section = group(options);
            say(&section.render(false));
            report.sections.push(section);
        }
    }
    say(&format!("=== goals\n\n{}", report.goals(false)));
    if let Some(file) = &args.json {
        std::fs::write(file, report.json())?;
    }
    if args.readme {
        readme::write(report, args.groups.is_empty())?;
    }
    Ok(())
}

/// Prints, and ends quietly when nobody reads any more (`| head`).
fn say(text: &str) {
    if writeln!(std::io::stdout(), "{text}").is_err() {
        std::process::exit(0);
    }
}
