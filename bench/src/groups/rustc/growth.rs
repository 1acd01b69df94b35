//! Bytes that routes add to a program.

use std::fs;

use super::sources::{Doing, Style};
use super::{Crates, Profile, folder, library};
use crate::child::Cost;
use crate::report::{Goal, Row, Section, Table};

pub fn run(crates: &Crates, section: &mut Section) {
    section.notes.push(
        "Growth is of a stripped release binary, over the same program without routes: the table \
         and all code that reads it, and where it takes pushes, that decodes, checks and builds. A \
         route more is what each beyond the smallest number adds."
            .to_owned(),
    );
    let empty = size(crates, "empty", "main", &[]);
    let mut table = Table::new("bytes of a stripped release binary");
    table.columns = ["growth, KB", "a route more, bytes"]
        .map(str::to_owned)
        .to_vec();
    for (style, doing, name) in [
        (Style::Ours, Doing::Lookups, "ours, lookups"),
        (Style::Ours, Doing::Pushes, "ours, lookups and pushes"),
        (Style::Phf, Doing::Lookups, Style::Phf.name()),
        (Style::Array, Doing::Lookups, Style::Array.name()),
    ] {
        let library = library(style, Profile::Release);
        let file = if doing == Doing::Pushes {
            "push"
        } else {
            "main"
        };
        let mut smallest: Option<(usize, f64)> = None;
        for count in &crates.sizes {
            let growth = size(crates, &folder(style, *count), file, &library) - empty;
            let more = smallest.map_or(f64::NAN, |(fewest, smallest)| {
                (growth - smallest) / (count - fewest) as f64
            });
            smallest = smallest.or(Some((*count, growth)));
            table.rows.push(Row {
                contender: format!("{count}: {name}"),
                time_ns: None,
                ratio: None,
                more: vec![growth / 1e3, more],
            });
            let limit = match count {
                30 => 100.0,
                1_000 => 300.0,
                _ => continue,
            };
            if style == Style::Ours {
                let what = format!("binary growth for {count} event types, {name} (KB)");
                section.goals.push(Goal::at_most(what, limit, growth / 1e3));
            }
        }
    }
    section.tables.push(table);
}

/// Bytes of the program, stripped.
fn size(crates: &Crates, name: &str, file: &str, library: &[String]) -> f64 {
    let (mut rustc, made) = crates.rustc(name, file, Profile::Release);
    Cost::of(rustc.arg("-Cstrip=symbols").args(library));
    fs::metadata(made).expect("rustc has made it").len() as f64
}
