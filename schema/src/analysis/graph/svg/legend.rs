//! The legend: what the marks of a picture mean, those that occur in it.

use std::fmt::Write;

use super::super::layout::{Layout, Rect, Text};
use super::super::map::Change;
use super::super::text::columns;
use super::super::view::{Line, Look, Stroke, View};
use super::{n, shape, sign, text};

/// What the marks mean: those that occur.
pub struct Legend {
    pub text: String,
    pub height: f64,
}

/// The legend of a view, below its picture.
pub fn legend(view: &View, layout: &Layout) -> Legend {
    let mut legend = Legend {
        text: String::new(),
        height: 0.0,
    };
    let lines = || view.cells().flat_map(|cell| &cell.lines);
    let looks = [
        (Look::Pattern, "pattern"),
        (Look::Below, "by the pattern above it"),
        (Look::Via, "by what stands beside it"),
        (Look::Off, "switched off"),
        (Look::Folded, "many names; --rows 0 or --only show each"),
    ];
    let looks = looks
        .iter()
        .filter(|(look, _)| lines().any(|line| line.look == *look && line.change == Change::Same));
    let strokes = [
        (Stroke::Arm, "50%", "one of a split, by key"),
        (Stroke::Mirror, "", "copy"),
        (Stroke::Lost, "", "to nobody"),
    ];
    let strokes = strokes
        .iter()
        .filter(|(stroke, ..)| view.edges.iter().any(|edge| edge.stroke == *stroke));
    let sample = |look, change| Line {
        text: String::new(),
        note: String::new(),
        tip: String::new(),
        look,
        deprecated: false,
        change,
    };
    let (mut x, mut y) = (24.0, layout.legend + 8.0);
    let mut entry = |said: &str, draw: &mut dyn FnMut(&mut String, f64, f64)| {
        let wide = 30.0 + columns(said) as f64 * 6.4 + 14.0;
        if x > 24.0 && x + wide > layout.width {
            (x, y) = (24.0, y + 20.0);
        }
        draw(&mut legend.text, x, y);
        let at = Rect {
            x: x + 30.0,
            y: y - 10.0,
            ..Rect::default()
        };
        let said = Text {
            text: said.to_owned(),
            at,
        };
        text(&mut legend.text, &said, "small muted", 13.5);
        x += wide;
        legend.height = y + 24.0 - layout.legend;
    };
    for (look, said) in looks {
        let class = if *look == Look::Pattern { "p" } else { "" };
        entry(said, &mut |out, x, y| {
            let _ = writeln!(out, "<g class=\"{class}\">");
            sign(out, &sample(*look, Change::Same), x + 10.0, y);
            out.push_str("</g>\n");
        });
    }
    for change in view.changes() {
        entry(change.meaning(), &mut |out, x, y| {
            let _ = writeln!(out, "<g class=\"{}\">", change.as_str());
            let row = Rect {
                x,
                y: y - 8.0,
                w: 22.0,
                h: 16.0,
            };
            shape(out, "row", &row, 3.0);
            sign(out, &sample(Look::Event, change), x + 11.0, y);
            out.push_str("</g>\n");
        });
    }
    for (stroke, label, said) in strokes {
        let class = match stroke {
            Stroke::Mirror => "mirror",
            Stroke::Lost => "lost",
            Stroke::Whole | Stroke::Arm => "",
        };
        entry(said, &mut |out, x, y| {
            if label.is_empty() {
                let _ = writeln!(
                    out,
                    "<g class=\"e\"><path class=\"{class}\" d=\"M{} {}h22\"/></g>",
                    n(x),
                    n(y)
                );
            } else {
                let _ = writeln!(
                    out,
                    "<text class=\"small\" x=\"{}\" y=\"{}\">{label}</text>",
                    n(x + 2.0),
                    n(y + 3.5)
                );
            }
        });
    }
    legend
}
