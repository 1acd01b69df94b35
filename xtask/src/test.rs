//! `test`: the tests that stand in the definitions, and in the test files beside them.

mod tell;

use routewright_schema::analysis::coverage::{Coverage, coverage};
use routewright_schema::analysis::test::{self, Given, Verdict};
use routewright_schema::load::Loaded;
use routewright_schema::value::Moment;

use crate::cli::Format;
use crate::clock;
use crate::project::{self, Definitions, Table};
use crate::report::{Done, Failure, count, say};

#[derive(clap::Args)]
#[command(after_help = "Example:
  cargo xtask test
  cargo xtask test routes more.test.yaml --format json
  cargo xtask test --filter player. --coverage
  cargo xtask test --coverage --fail-under 90                 # for CI
  cargo xtask test --at 2027-06-01                            # what will be past its last day?

Tests stand under `tests:` of definitions, and in `*.test.yaml` files beside them, which have nothing
else. Generated code runs the former as `#[test]`s; test files are run here alone, and other verbs
pass over them. docs/testing.md has all that a test can expect.")]
pub struct Args {
    #[command(flatten)]
    definitions: Definitions,
    /// Only tests that have this in their event, their setting, or their place
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Say which routes, patterns and fallbacks no test looks at
    #[arg(long)]
    coverage: bool,
    /// Fail if less than this is covered
    #[arg(long, value_name = "PERCENT", requires = "coverage", value_parser = percent)]
    fail_under: Option<f64>,
    /// The time at which `expired` is asked, for tests that give none: a day, a time in RFC 3339,
    /// or +2h [default: now]
    #[arg(long, value_name = clock::TIME, value_parser = clock::moment)]
    at: Option<Moment>,
    /// What keys of `shares` are drawn from, for tests that give nothing
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn percent(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.trim_end_matches('%').parse().ok();
    let good = number.filter(|percent| (0.0..=100.0).contains(percent));
    good.ok_or_else(|| "it is a number from 0 to 100".to_owned())
}

/// What was run of one project.
struct Ran {
    name: String,
    loaded: Loaded,
    table: Table,
    verdicts: Vec<Verdict>,
    /// Tests that the filter left out.
    left_out: usize,
    coverage: Option<Coverage>,
}

/// Exit code 1 if a test fails, if none was run, or if too little is covered.
pub fn run(args: &Args) -> Done {
    let given = Given {
        at: args.at.unwrap_or_else(Moment::now),
        seed: args.seed,
    };
    let mut all = Vec::new();
    for project in project::find(&args.definitions, None)? {
        let (loaded, table) = project.compile_tested()?;
        all.push(Ran::of(project.name, loaded, table, args, &given));
    }
    match args.format {
        Format::Json => tell::json(&all, &given, args.at.is_some()),
        Format::Text => {
            all.iter().for_each(tell::failures);
            say(tell::summary(&all));
            all.iter().for_each(tell::coverage);
        }
    }
    verdict(&all, args)
}

impl Ran {
    fn of(name: String, loaded: Loaded, table: Table, args: &Args, given: &Given) -> Ran {
        let chosen: Vec<_> = loaded
            .tests()
            .enumerate()
            .filter(|(index, test)| match &args.filter {
                Some(filter) => {
                    test.about().contains(filter) || place(&loaded, *index).contains(filter)
                }
                None => true,
            })
            .collect();
        let left_out = loaded.tests().count() - chosen.len();
        let run = chosen.iter();
        let verdicts = run
            .map(|(index, test)| test::one(*index, test, &loaded, &table, given))
            .collect();
        let coverage = args
            .coverage
            .then(|| coverage(&loaded.definition, &table, chosen.into_iter()));
        Ran {
            name,
            verdicts,
            left_out,
            coverage,
            loaded,
            table,
        }
    }

    fn failed(&self) -> usize {
        let failed = self.verdicts.iter().filter(|v| !v.failures.is_empty());
        failed.count()
    }
}

/// Where the test at that position stands.
fn place(loaded: &Loaded, index: usize) -> String {
    let span = loaded.places.test(index);
    span.map_or(String::new(), |span| loaded.sources.place(span))
}

fn verdict(all: &[Ran], args: &Args) -> Done {
    let ran: usize = all.iter().map(|ran| ran.verdicts.len()).sum();
    let left_out: usize = all.iter().map(|ran| ran.left_out).sum();
    if let (0, Some(filter)) = (ran, &args.filter)
        && left_out > 0
    {
        return Err(Failure::Bad(format!(
            "no test has {filter:?} in its event, setting or place; without `--filter` there are {left_out}"
        )));
    }
    if ran == 0 {
        return Err(Failure::Bad(
            "there are no tests; add a `tests:` list to the definitions, or a `*.test.yaml` file"
                .into(),
        ));
    }
    let failed: usize = all.iter().map(Ran::failed).sum();
    let mut reasons = Vec::new();
    if failed > 0 {
        reasons.push(format!("{} failed", count(failed, "test")));
    }
    let under = args.fail_under.unwrap_or(0.0);
    let short = all
        .iter()
        .filter_map(|ran| Some((ran, ran.coverage.as_ref()?)));
    for (ran, coverage) in short.filter(|(_, coverage)| coverage.percent() < under) {
        reasons.push(format!(
            "{}: {} covered, which is under {under}%",
            ran.name,
            coverage.percent_text()
        ));
    }
    match reasons.is_empty() {
        true => Ok(()),
        false => Err(Failure::Bad(reasons.join("; "))),
    }
}
