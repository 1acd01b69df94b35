//! Puts results into `bench/README.md`, between two markers, and beside it.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use crate::plot;
use crate::report::Report;

const BEGIN: &str = "<!-- results: written by `cargo xtask bench --readme` -->\n";
const END: &str = "<!-- end of results -->";

/// Writes `README.md`, `cost.svg` and `results.json` of this folder. If only some groups were
/// measured, the others stay as they are.
pub fn write(report: Report, all: bool) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let report = &match all {
        true => report,
        false => merged(
            serde_json::from_slice(&fs::read(folder.join("results.json"))?)?,
            report,
        )?,
    };
    let file = folder.join("README.md");
    let text = fs::read_to_string(&file)?;
    let parts = text
        .split_once(BEGIN)
        .and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) =
        parts.ok_or_else(|| io::Error::other("README.md has lost its markers"))?;
    fs::write(
        file,
        format!("{before}{BEGIN}{}{END}{after}", results(report)),
    )?;
    let plots: Vec<_> = report.sections.iter().flat_map(|s| &s.plots).collect();
    fs::write(folder.join("cost.svg"), plot::svg(&plots))?;
    fs::write(folder.join("results.json"), report.json())
}

/// Results with those of a later run of some groups, which say so: their revision is another.
fn merged(mut old: Report, new: Report) -> io::Result<Report> {
    let of = |report: &Report, what: &str| {
        let fact = report.machine.iter().find(|(name, _)| name == what);
        fact.map_or_else(String::new, |(_, fact)| fact.clone())
    };
    for what in ["processor", "cores", "compiler"] {
        let (before, now) = (of(&old, what), of(&new, what));
        if before != now {
            return Err(io::Error::other(format!(
                "the results were measured with the {what} {before}, not {now}; measure all groups"
            )));
        }
    }
    let apart = format!("Measured by itself, at revision {}.", of(&new, "revision"));
    for mut section in new.sections {
        section.notes.push(apart.clone());
        match old.sections.iter_mut().find(|s| s.name == section.name) {
            Some(known) => *known = section,
            None => old.sections.push(section),
        }
    }
    Ok(old)
}

fn results(report: &Report) -> String {
    let mut out = String::from("\n## Machine\n\n");
    for (what, fact) in &report.machine {
        let _ = writeln!(out, "- {what}: {fact}");
    }
    let _ = writeln!(out, "\n## Goals\n\n{}", report.goals(true));
    out.push_str("![cost against the number of names](cost.svg)\n\n");
    for section in &report.sections {
        out.push_str(&section.render(true));
    }
    out
}
