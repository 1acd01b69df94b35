//! The tool in the hands of an author: each question of a large definition is one process,
//! and nobody waits longer than a second.

use std::path::Path;
use std::process::Command;

use crate::checkout::{Scratch, tool, yaml_with};
use crate::child::Cost;
use crate::harness::Options;
use crate::names::names;
use crate::report::{Goal, Row, Section, Spread, Table};

/// Exact names, patterns, and tests of a definition.
const WHOLE: (usize, usize, usize) = (9_000, 1_000, 1_000);
const QUICK: (usize, usize, usize) = (900, 100, 100);
/// Seconds that somebody waits for an answer.
const LIMIT: f64 = 1.0;
const MIB: f64 = (1 << 20) as f64;

/// Each verb in turn, as often as there are rounds.
pub fn run(options: Options) -> Section {
    let (exact, patterns, tests) = if options.quick { QUICK } else { WHOLE };
    let mut section = Section::new("authoring");
    section.notes.push(format!(
        "The optimised tool on one YAML file of {exact} generated names and {patterns} patterns \
         (prefixes, and such with a `*` in the middle that meet them and are told apart by \
         `rank`), with {tests} tests. The whole process, on the wall, from its start to its end; \
         none may take more than {LIMIT} s. `diff` compares it with itself in another text, which \
         is a proof that no name is answered otherwise, and with one where every tenth route and \
         every tenth pattern goes elsewhere."
    ));
    let tool = tool("release");
    let scratch = Scratch::new("authoring");
    let write = |name: &str, text: String| scratch.write(name, &text);
    let old = write("old.yaml", yaml_with(exact, patterns, tests, |_| false));
    let same = write(
        "same.yaml",
        format!(
            "# The same.\n{}",
            yaml_with(exact, patterns, tests, |_| false)
        ),
    );
    let new = write("new.yaml", yaml_with(exact, patterns, 0, |at| at % 10 == 0));
    let event = names(exact).0[exact / 2].clone();
    let verb = |words: &[&str], files: &[&Path]| {
        let mut command = Command::new(&tool);
        command.args(words).args(files);
        command
    };
    let asked = [
        ("`check`", 0, verb(&["check"], &[&old])),
        ("`explain`", 0, verb(&["explain", &event], &[&old])),
        ("`test`", 0, verb(&["test"], &[&old])),
        ("`diff`, equal", 0, verb(&["diff"], &[&old, &same])),
        ("`diff`, different", 1, verb(&["diff"], &[&old, &new])),
    ];
    let rounds = if options.quick { 3 } else { 15 };
    let mut costs = vec![Vec::new(); asked.len()];
    for _ in 0..rounds {
        for ((_, code, command), costs) in asked.iter().zip(&mut costs) {
            costs.push(Cost::ending(command, *code));
        }
    }
    let mut table = Table::new(format!(
        "{} routes, {patterns} of them patterns (at most {LIMIT} s each)",
        exact + patterns
    ));
    table.columns = ["CPU ms", "peak MiB"].map(str::to_owned).to_vec();
    for ((what, ..), costs) in asked.iter().zip(&costs) {
        let of = |pick: fn(&Cost) -> f64| Spread::of(costs.iter().map(pick));
        let wall = of(|cost| cost.wall * 1e9);
        table.rows.push(Row {
            contender: (*what).to_owned(),
            time_ns: Some(wall),
            ratio: None,
            more: vec![
                of(|cost| cost.cpu * 1e3).median,
                of(|cost| cost.peak).median / MIB,
            ],
        });
        if !options.quick {
            section.goals.push(Goal::at_most(
                format!("{what}: 10k routes, 1k of them patterns (s)"),
                LIMIT,
                wall.median / 1e9,
            ));
        }
    }
    section.tables.push(table);
    section
}
