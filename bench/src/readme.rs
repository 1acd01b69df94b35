//! Puts results into `bench/README.md`, between two markers, and beside it.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use crate::plot;
use crate::report::Report;

const BEGIN: &str = "<!-- results: written by `cargo xtask bench --readme` -->\n";
const END: &str = "<!-- end of results -->";

/// Writes `README.md`, `cost.svg` and `results.json` of this folder.
pub fn write(report: &Report) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
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

fn results(report: &Report) -> String {
    let mut out = String::from("\n");
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
