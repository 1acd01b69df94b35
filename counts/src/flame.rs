//! Where a scenario spends its time: perf samples it, and this folds the samples.
//!
//! perf and not callgrind, because callgrind does not know inlined functions: a lookup
//! would be one box. The clock and not a counter of cycles, because virtual machines have
//! none.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use routewright_counts::Scenario;

/// A sample each millisecond, but in step with nothing.
const HERTZ: u64 = 997;
/// Time to sample for.
const TIME: Duration = Duration::from_secs(4);

/// Functions, each above the one that called it, with samples.
#[derive(Debug, Default, PartialEq)]
pub struct Tree {
    /// Taken in the function or in those above it.
    pub samples: u64,
    pub above: BTreeMap<String, Tree>,
}

impl Tree {
    fn add(&mut self, stack: &[&str]) {
        self.samples += 1;
        if let Some((function, rest)) = stack.split_first() {
            self.above
                .entry((*function).to_owned())
                .or_default()
                .add(rest);
        }
    }

    /// How many functions stand on each other.
    pub fn height(&self) -> usize {
        let above = self.above.values().map(|tree| 1 + tree.height());
        above.max().unwrap_or(0)
    }
}

/// Runs the scenario under perf.
///
/// # Errors
/// That perf is missing, or may not sample here.
pub fn sample(scenario: &Scenario, data: &Path) -> Result<Tree, String> {
    let own = std::env::current_exe().map_err(|e| e.to_string())?;
    perf(
        Command::new("perf")
            .args(["record", "--quiet", "--event=cpu-clock"])
            .arg(format!("--freq={HERTZ}"))
            // Of the stack, so much: frames have no pointers.
            .arg("--call-graph=dwarf,16384")
            .arg("--output")
            .arg(data)
            .arg(own)
            .args([scenario.name, &enough(scenario).to_string()]),
    )?;
    let text = perf(
        Command::new("perf")
            .args(["script", "--inline", "--fields=ip,sym", "--input"])
            .arg(data),
    )?;
    Ok(fold(&text))
}

/// How often the scenario must run to take [`TIME`].
fn enough(scenario: &Scenario) -> u64 {
    let mut run = (scenario.prepare)();
    let mut times = scenario.times;
    loop {
        let start = Instant::now();
        run(times);
        let took = start.elapsed();
        if took > TIME / 20 {
            return (times as f64 * TIME.as_secs_f64() / took.as_secs_f64()) as u64;
        }
        times *= 2;
    }
}

fn perf(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|e| format!("perf does not start ({e}); Debian has it in `linux-perf`"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("perf cannot sample here: {}", said.trim()))
}

/// Folds what `perf script` prints: a line for each function, innermost first, and an
/// empty one after each sample. What is below the scenario, and samples without it, are
/// the start of the process.
fn fold(text: &str) -> Tree {
    let mut tree = Tree::default();
    for sample in text.split("\n\n") {
        let mut stack: Vec<&str> = sample.lines().filter_map(function).collect();
        stack.reverse();
        let base = stack
            .iter()
            .position(|f| f.starts_with("routewright_counts::scenario::"));
        if let Some(base) = base {
            tree.add(&stack[base..]);
        }
    }
    tree
}

/// `   28d90 core::hint::black_box (inlined)`
fn function(line: &str) -> Option<&str> {
    let (_address, name) = line.trim().split_once(' ')?;
    Some(name.strip_suffix(" (inlined)").unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "
\t  3f4f4 core::cmp::eq (inlined)
\t  3f4f4 routewright::wire::varint
\t  2986e routewright_counts::scenario::apply::body
\t  27a1b main


\t  3f4f4 routewright::wire::varint
\t  2986e routewright_counts::scenario::apply::body
\t  27a1b main

\t  20ce7 munmap
\t  1ab77 _start
";

    #[test]
    fn samples_of_the_scenario_stand_on_each_other() {
        let tree = fold(SCRIPT);
        assert_eq!((tree.samples, tree.height()), (2, 3));
        let body = &tree.above["routewright_counts::scenario::apply::body"];
        let varint = &body.above["routewright::wire::varint"];
        assert_eq!((body.samples, varint.samples), (2, 2));
        assert_eq!(varint.above["core::cmp::eq"].samples, 1);
    }
}
