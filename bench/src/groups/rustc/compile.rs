//! CPU time and peak memory of a cold compile.

use super::sources::Style;
use std::fs;

use super::{Crates, INCREMENTAL, Profile, STYLES, folder, library};
use crate::child::Cost;
use crate::harness::Options;
use crate::report::{Goal, Row, Section, Spread, Table};

pub fn run(crates: &Crates, options: Options, section: &mut Section) {
    section.notes.push(
        "A library crate that holds all routes and nothing else, compiled by one call of rustc: \
         user and system time of the process. Ours is the whole generated output: enums of events \
         and consumers with their names, and the image. The others hold a route's consumers, \
         timeout and retries in structs, by name, and no enum of events."
            .to_owned(),
    );
    for profile in [Profile::Dev, Profile::Incremental, Profile::Release] {
        one(crates, profile, if options.quick { 3 } else { 11 }, section);
    }
}

fn one(crates: &Crates, profile: Profile, rounds: usize, section: &mut Section) {
    let libraries = STYLES.map(|style| (style, library(style, profile)));
    let mut commands = vec![(
        "empty crate".to_owned(),
        crates.rustc("empty", "lib", profile).0,
    )];
    for (style, count) in crates.all() {
        let (mut rustc, _) = crates.rustc(&folder(style, count), "lib", profile);
        let found = libraries.iter().find(|(of, _)| *of == style);
        rustc.args(found.iter().flat_map(|(_, arguments)| arguments));
        commands.push((format!("{count}: {}", style.name()), rustc));
    }
    let mut costs = vec![Vec::new(); commands.len()];
    for _ in 0..rounds {
        for ((_, command), costs) in commands.iter().zip(&mut costs) {
            // Cold: nothing may be skipped.
            let _ = fs::remove_dir_all(crates.scratch.path(INCREMENTAL));
            costs.push(Cost::of(command));
        }
    }

    let mut table = Table::new(format!("CPU time of rustc, {}", profile.name()));
    table.columns = ["over empty, ms", "peak MiB"].map(str::to_owned).to_vec();
    let empty = median(&costs[0], |cost| cost.cpu);
    for ((name, _), costs) in commands.into_iter().zip(&costs) {
        let over = 1e3 * (median(costs, |cost| cost.cpu) - empty);
        let peak = median(costs, |cost| cost.peak) / f64::from(1 << 20);
        table.rows.push(Row {
            contender: name,
            time_ns: Some(Spread::of(costs.iter().map(|cost| cost.cpu * 1e9))),
            ratio: Some(median(costs, |cost| cost.cpu) / empty),
            more: vec![over, peak],
        });
    }
    for ((style, count), costs) in crates.all().zip(&costs[1..]) {
        let limit = match count {
            1_000 => 0.1,
            10_000 => 0.7,
            _ => continue,
        };
        if style == Style::Ours {
            let what = format!(
                "rustc, {count} names over an empty crate, {} (s)",
                profile.name()
            );
            let over = median(costs, |cost| cost.cpu) - empty;
            section.goals.push(Goal::at_most(what, limit, over));
        }
    }
    section.tables.push(table);
}

fn median(costs: &[Cost], part: impl Fn(&Cost) -> f64) -> f64 {
    Spread::of(costs.iter().map(part)).median
}
