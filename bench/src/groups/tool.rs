//! The tool on large definitions: CPU time and memory of `check`, `codegen` and `explain`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::checkout::{Scratch, tool, yaml};
use crate::child::Cost;
use crate::harness::Options;
use crate::names::names;
use crate::report::{Goal, Row, Section, Spread, Table};

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const MIB: f64 = (1 << 20) as f64;

/// Each verb on each size, in turn.
pub fn run(options: Options) -> Section {
    let mut section = Section::new("tool");
    section.notes.push(
        "The optimised tool on one YAML file of generated names, each route with two consumers, a \
         timeout and retries. CPU time (user and system) and peak resident memory of the whole \
         process. The ratio is the time over that of 1,000 routes."
            .to_owned(),
    );
    let tool = tool("release");
    let scratch = Scratch::new("tool");
    let sizes = if options.quick {
        &SIZES[..2]
    } else {
        &SIZES[..]
    };
    for count in sizes {
        scratch.write(&format!("{count}.yaml"), &yaml(*count));
    }
    let rounds = if options.quick { 3 } else { 9 };
    for verb in ["check", "codegen", "explain"] {
        let mut costs = vec![Vec::new(); sizes.len()];
        for _ in 0..rounds {
            for (size, costs) in sizes.iter().zip(&mut costs) {
                // So that all of it is written each time.
                let _ = fs::remove_dir_all(out(&scratch, *size));
                costs.push(Cost::of(&command(&tool, verb, &scratch, *size)));
            }
        }
        section.tables.push(table(verb, sizes, &costs));
        if verb == "codegen" {
            goals(&mut section, sizes, &costs);
        }
    }
    section
}

fn command(tool: &Path, verb: &str, scratch: &Scratch, count: usize) -> Command {
    let mut command = Command::new(tool);
    command.arg(verb);
    let definition = scratch.path(&format!("{count}.yaml"));
    match verb {
        "explain" => command.arg(&names(count).0[count / 2]).arg(definition),
        "codegen" => command
            .arg(definition)
            .arg("--out")
            .arg(out(scratch, count)),
        _ => command.arg(definition),
    };
    command
}

fn out(scratch: &Scratch, count: usize) -> PathBuf {
    scratch.path(&format!("out-{count}"))
}

fn table(verb: &str, sizes: &[usize], costs: &[Vec<Cost>]) -> Table {
    let mut table = Table::new(format!("`{verb}`, by routes"));
    table.columns = ["peak MiB", "us a route"].map(str::to_owned).to_vec();
    let first = cpu(&costs[0]).median;
    for (size, costs) in sizes.iter().zip(costs) {
        let cpu = cpu(costs);
        table.rows.push(Row {
            contender: format!("{size} routes"),
            ratio: Some(cpu.median / first),
            more: vec![peak(costs) / MIB, cpu.median / 1e3 / *size as f64],
            time_ns: Some(cpu),
        });
    }
    table
}

fn goals(section: &mut Section, sizes: &[usize], costs: &[Vec<Cost>]) {
    let of = |size| {
        let at = sizes.iter().position(|s| *s == size)?;
        Some((cpu(&costs[at]).median / 1e9, peak(&costs[at]) / MIB))
    };
    let Some((time, memory)) = of(10_000) else {
        return;
    };
    section.goals.extend([
        Goal::at_most("codegen of 10k routes from YAML (s)", 1.0, time),
        Goal::at_most("codegen of 10k routes from YAML (MiB)", 150.0, memory),
    ]);
    // Ten times the routes; what is linear leaves its caches on the way.
    if let Some((more_time, more_memory)) = of(100_000) {
        section.goals.extend([
            Goal::at_most(
                "codegen of 100k over 10k routes, time",
                15.0,
                more_time / time,
            ),
            Goal::at_most(
                "codegen of 100k over 10k routes, memory",
                11.0,
                more_memory / memory,
            ),
        ]);
    }
}

/// In nanoseconds.
fn cpu(costs: &[Cost]) -> Spread {
    Spread::of(costs.iter().map(|cost| cost.cpu * 1e9))
}

/// In bytes.
fn peak(costs: &[Cost]) -> f64 {
    Spread::of(costs.iter().map(|cost| cost.peak)).median
}
