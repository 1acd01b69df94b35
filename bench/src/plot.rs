//! Cost against size, as an SVG without scripts, fonts or outside help.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// Lines over a logarithmic axis of sizes.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Plot {
    /// What is shown.
    pub title: String,
    /// One a contender: its name, and nanoseconds by size.
    pub lines: Vec<(String, Vec<(f64, f64)>)>,
}

const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 48.0;
const RIGHT: f64 = 190.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 40.0;

/// Told apart by those who do not see all colours (Okabe and Ito).
const COLORS: [&str; 8] = [
    "#D55E00", "#000000", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999",
];

/// The plots, two in a row.
pub fn svg(plots: &[&Plot]) -> String {
    let (width, height) = (WIDTH * 2.0, HEIGHT * plots.len().div_ceil(2) as f64);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    for (at, plot) in plots.iter().enumerate() {
        let (x, y) = (WIDTH * (at % 2) as f64, HEIGHT * (at / 2) as f64);
        let _ = writeln!(out, "<g transform=\"translate({x} {y})\">");
        one(&mut out, plot);
        out.push_str("</g>\n");
    }
    out + "</svg>\n"
}

fn one(out: &mut String, plot: &Plot) {
    let points = || plot.lines.iter().flat_map(|(_, points)| points);
    let sizes = |pick: fn(f64, f64) -> f64, from| points().map(|p| p.0.log10()).fold(from, pick);
    let (first, last) = (
        sizes(f64::min, f64::INFINITY),
        sizes(f64::max, f64::NEG_INFINITY),
    );
    let top = nice(points().map(|p| p.1).fold(1.0, f64::max));
    let (inner_width, inner_height) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    let x = |size: f64| LEFT + (size.log10() - first) / (last - first).max(1e-9) * inner_width;
    let y = |ns: f64| TOP + (1.0 - ns / top) * inner_height;

    text(out, LEFT, TOP - 14.0, "start", &plot.title);
    for step in 0..=4 {
        let ns = top * f64::from(step) / 4.0;
        let _ = writeln!(
            out,
            "<line x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{1:.1}\" y2=\"{1:.1}\" stroke=\"#ddd\"/>",
            LEFT + inner_width,
            y(ns)
        );
        text(out, LEFT - 6.0, y(ns) + 4.0, "end", &format!("{ns} ns"));
    }
    let mut marks: Vec<f64> = points().map(|p| p.0).collect();
    marks.sort_by(f64::total_cmp);
    marks.dedup();
    for size in marks {
        let label = crate::report::figure(size);
        text(out, x(size), HEIGHT - BOTTOM + 18.0, "middle", &label);
    }
    text(
        out,
        LEFT + inner_width / 2.0,
        HEIGHT - 6.0,
        "middle",
        "names",
    );

    let mut labels: Vec<(f64, &str, &str)> = Vec::new();
    for ((name, points), color) in plot.lines.iter().zip(COLORS.iter().cycle()) {
        let path: Vec<String> = points
            .iter()
            .map(|(size, ns)| format!("{:.1},{:.1}", x(*size), y(*ns)))
            .collect();
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>",
            path.join(" ")
        );
        let end = points.last().map_or(0.0, |(_, ns)| y(*ns));
        labels.push((end + 4.0, name, color));
    }
    // From the top down, each at least a line below the one before.
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free = f64::NEG_INFINITY;
    for (at, name, color) in labels {
        let at = at.max(free);
        free = at + 13.0;
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{at:.1}\" fill=\"{color}\">{}</text>",
            LEFT + inner_width + 6.0,
            escape(name)
        );
    }
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
        escape(text)
    );
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// A round number not below this one, whose quarters are round as well.
fn nice(value: f64) -> f64 {
    let magnitude = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 4.0, 6.0, 8.0, 10.0]
        .map(|step| step * magnitude)
        .into_iter()
        .find(|top| *top >= value)
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_has_its_points_where_the_axes_say() {
        let plot = Plot {
            title: "a < b".to_owned(),
            lines: vec![("ours".to_owned(), vec![(10.0, 0.0), (1_000.0, 8.0)])],
        };
        let drawn = svg(&[&plot]);
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let points = format!("points=\"{LEFT:.1},{bottom:.1} {right:.1},{TOP:.1}\"");
        assert!(drawn.contains(&points), "{drawn}");
        assert!(drawn.contains("a &lt; b"), "{drawn}");
    }
}
