//! ```text
//! counts                      lists the scenarios
//! counts SCENARIO TIMES       prepares the scenario once, and runs it so many times
//! counts flame SCENARIO FILE  draws where it spends its time
//! ```

mod flame;
mod svg;

use std::path::Path;
use std::process::ExitCode;

use routewright_counts::{ALL, Scenario};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        [] => {
            ALL.iter()
                .for_each(|scenario| println!("{}", scenario.name));
            Ok(())
        }
        ["flame", name, file] => named(name).and_then(|it| draw(it, Path::new(file))),
        [name, times] => named(name).and_then(|it| run(it, times)),
        _ => Err("usage: counts [SCENARIO TIMES | flame SCENARIO FILE]".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn named(name: &str) -> Result<&'static Scenario, String> {
    let found = ALL.iter().find(|scenario| scenario.name == name);
    found.ok_or_else(|| format!("there is no scenario `{name}`"))
}

fn run(scenario: &Scenario, times: &str) -> Result<(), String> {
    let times = times.parse().map_err(|e| format!("{times}: {e}"))?;
    (scenario.prepare)()(times);
    Ok(())
}

/// The samples stay beside the picture, for other tools.
fn draw(scenario: &Scenario, file: &Path) -> Result<(), String> {
    let data = file.with_extension("perf");
    let tree = flame::sample(scenario, &data)?;
    let title = format!("{}: {} samples", scenario.name, tree.samples);
    std::fs::write(file, svg::draw(&title, &tree))
        .map_err(|e| format!("{}: {e}", file.display()))?;
    println!("{title} in {}", data.display());
    println!("drawn in {}", file.display());
    Ok(())
}
