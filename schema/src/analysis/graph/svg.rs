//! A view as SVG: no script, no font, nothing fetched. Light or dark as the reader has it.

mod legend;

use std::fmt::Write;

use super::layout::{EdgeAt, Layout, LineAt, Rect, SIGN, Text, layout};
use super::map::Change;
use super::text::visible;
use super::view::{Edge, End, Line, Look, Node, Stroke, View};

const STYLE: &str = include_str!("svg.css");
const STYLE_DARK: &str = include_str!("svg.dark.css");
/// Colours of edges, one a consumer from top to bottom, then again.
const COLOURS: usize = 10;

/// The view as a picture.
pub fn svg(view: &View) -> String {
    let layout = layout(view);
    let legend = legend::legend(view, &layout);
    let (width, height) = (layout.width.ceil(), (layout.height + legend.height).ceil());
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{}</title>\n<style>\n{STYLE}\
         @media (prefers-color-scheme:dark){{\n{STYLE_DARK}}}\n</style>\n\
         <rect class=\"bg\" width=\"{width}\" height=\"{height}\"/>\n",
        escape(&view.title),
    );
    text(&mut out, &layout.title, "title", 17.0);
    text(&mut out, &layout.summary, "muted", 15.0);
    // A group of one line is its own frame.
    let framed = layout
        .groups
        .iter()
        .filter(|(_, title)| !title.text.is_empty());
    for (rect, title) in framed.chain(&layout.kinds) {
        shape(&mut out, "group", rect, 8.0);
        text(&mut out, title, "head", 14.0);
    }
    edges(&mut out, view, &layout);
    for (cell, (rect, lines)) in view.cells().zip(&layout.cells) {
        shape(&mut out, "cell", rect, 5.0);
        for (line, at) in cell.lines.iter().zip(lines) {
            self::line(&mut out, line, at, rect);
        }
    }
    for (at, (node, (rect, name))) in view.nodes().zip(&layout.nodes).enumerate() {
        self::node(&mut out, node, rect, name, colour(view, &layout, at));
    }
    out.push_str(&legend.text);
    out.push_str("</svg>\n");
    out
}

/// In text and in attributes.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        for c in visible(line).chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                c => out.push(c),
            }
        }
    }
    out
}

/// A number without digits that no eye sees.
fn n(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

fn text(out: &mut String, text: &Text, class: &str, base: f64) {
    if !text.text.is_empty() {
        let (x, y) = (n(text.at.x), n(text.at.y + base));
        let said = escape(&text.text);
        let _ = match class {
            "" => writeln!(out, "<text x=\"{x}\" y=\"{y}\">{said}</text>"),
            _ => writeln!(
                out,
                "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{said}</text>"
            ),
        };
    }
}

fn shape(out: &mut String, class: &str, rect: &Rect, round: f64) {
    let (x, y, w, h) = (n(rect.x), n(rect.y), n(rect.w), n(rect.h));
    let _ = writeln!(
        out,
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{round}\"/>"
    );
}

/// The colour of what leads to a node.
fn colour(view: &View, layout: &Layout, node: usize) -> Option<usize> {
    let consumer = |at: &usize| {
        view.nodes()
            .nth(*at)
            .is_some_and(|n| n.end == End::Consumer)
    };
    if view.compared || !consumer(&node) {
        return None;
    }
    let above = layout.order.iter().take_while(|at| **at != node);
    Some(above.filter(|at| consumer(at)).count() % COLOURS)
}

fn edges(out: &mut String, view: &View, layout: &Layout) {
    let colours: Vec<Option<usize>> = (0..layout.nodes.len())
        .map(|node| colour(view, layout, node))
        .collect();
    let names: Vec<usize> = view.cells().map(|cell| cell.names).collect();
    let mut order: Vec<usize> = (0..view.edges.len()).collect();
    // What changes lies above what does not.
    order.sort_by_key(|at| view.edges[*at].change != Change::Same);
    for at in order {
        let edge = &view.edges[at];
        let mut class = match (view.compared, colours[edge.to]) {
            (true, _) => format!("e {}", edge.change.as_str()),
            (false, Some(colour)) => format!("e c{colour}"),
            (false, None) => "e".to_owned(),
        };
        // Few of many names: there, but not in the way.
        if edge.names * 4 < names[edge.from] {
            class.push_str(" few");
        }
        curve(out, edge, &layout.edges[at], &class);
    }
}

fn curve(out: &mut String, edge: &Edge, at: &EdgeAt, class: &str) {
    let (x, y) = at.from;
    let (to_x, to_y) = at.to;
    let half = (to_x - at.bend) / 2.0;
    let mut path = format!("M{} {}", n(x), n(y));
    if let Some(label) = &at.label {
        let _ = write!(
            path,
            "H{}M{} {}",
            n(label.at.x - 3.0),
            n(label.at.right() + 3.0),
            n(y)
        );
    }
    let _ = write!(
        path,
        "H{}C{} {} {} {} {} {}",
        n(at.bend),
        n(at.bend + half),
        n(y),
        n(to_x - half),
        n(to_y),
        n(to_x),
        n(to_y)
    );
    let stroke = match edge.stroke {
        Stroke::Whole | Stroke::Arm => "",
        Stroke::Mirror => " class=\"mirror\"",
        Stroke::Lost => " class=\"lost\"",
    };
    // Wider with the number of names, and never so wide that it hides others.
    let wide = match edge.names {
        0..=3 => String::new(),
        _ => format!(
            " style=\"stroke-width:{}\"",
            n((edge.names as f64).log2().min(8.0) * 0.35 + 1.2)
        ),
    };
    let tip = escape(&edge.tip);
    let _ = writeln!(
        out,
        "<g class=\"{class}\"><title>{tip}</title><path{stroke}{wide} d=\"{path}\"/></g>"
    );
    if let Some(label) = &at.label {
        text(out, label, "small", 10.5);
    }
}

fn line(out: &mut String, line: &Line, at: &LineAt, cell: &Rect) {
    let mut class = line.change.as_str().to_owned();
    if line.look == Look::Pattern {
        class.push_str(" p");
    }
    let _ = writeln!(
        out,
        "<g class=\"{class}\"><title>{}</title>",
        escape(&line.tip)
    );
    let row = Rect {
        x: cell.x + 1.0,
        w: cell.w - 2.0,
        ..at.row
    };
    shape(out, "row", &row, 4.0);
    if line.look == Look::Pattern {
        let pill = Rect {
            x: at.text.at.x - SIGN - 2.0,
            y: at.row.y + 1.5,
            w: SIGN + at.text.at.w + 8.0,
            h: at.row.h - 3.0,
        };
        shape(out, "pattern", &pill, 8.0);
    }
    sign(out, line, at.text.at.x - SIGN + 6.0, at.row.middle());
    let look = match line.look {
        Look::Event => "",
        Look::Pattern => "em",
        Look::Below | Look::Via | Look::Off => "muted",
        Look::Fallback | Look::Folded => "head",
    };
    let old = if line.deprecated { "old" } else { "" };
    text(out, &at.text, format!("{look} {old}").trim(), 14.0);
    if let Some(note) = &at.note {
        text(out, note, "small muted", 13.5);
    }
    out.push_str("</g>\n");
}

/// The mark before a name: in a comparison what happens to it, else what it is.
fn sign(out: &mut String, line: &Line, x: f64, y: f64) {
    let (x, y) = (n(x), n(y));
    let changed = match line.change {
        Change::Same => None,
        Change::Added => Some(format!("M{} {y}h8m-4-4v8", x - 4.0)),
        Change::Removed => Some(format!("M{} {y}h8", x - 4.0)),
        Change::Moved => Some(format!("M{} {y}h8m-3-3l3 3l-3 3", x - 4.0)),
        Change::Policy => Some(format!("M{} {y}q2-4 4 0t4 0", x - 4.0)),
    };
    if let Some(path) = changed {
        let _ = writeln!(out, "<path class=\"sign open\" d=\"{path}\"/>");
        return;
    }
    let _ = match line.look {
        Look::Event => writeln!(
            out,
            "<circle class=\"sign\" cx=\"{x}\" cy=\"{y}\" r=\"2.7\"/>"
        ),
        Look::Below | Look::Via => {
            writeln!(
                out,
                "<circle class=\"sign open\" cx=\"{x}\" cy=\"{y}\" r=\"2.7\"/>"
            )
        }
        Look::Pattern => writeln!(
            out,
            "<path class=\"sign open\" d=\"M{x} {}v8m-3.5-6l7 4m0-4l-7 4\"/>",
            n(y - 4.0)
        ),
        Look::Fallback => writeln!(
            out,
            "<path class=\"sign\" d=\"M{x} {}l4 4l-4 4l-4-4z\"/>",
            n(y - 4.0)
        ),
        Look::Off => writeln!(
            out,
            "<path class=\"sign open\" d=\"M{} {}l6 6m0-6l-6 6\"/>",
            n(x - 3.0),
            n(y - 3.0)
        ),
        Look::Folded => writeln!(
            out,
            "<path class=\"sign open\" d=\"M{} {}h8m-8 3h8m-8 3h8\"/>",
            n(x - 4.0),
            n(y - 3.0)
        ),
    };
}

fn node(out: &mut String, node: &Node, rect: &Rect, name: &Text, colour: Option<usize>) {
    let _ = writeln!(
        out,
        "<g class=\"{}\"><title>{}</title>",
        node.change.as_str(),
        escape(&node.tip)
    );
    shape(out, "cell", rect, 5.0);
    let row = Rect {
        x: rect.x + 1.0,
        y: rect.y + 1.0,
        w: rect.w - 2.0,
        h: rect.h - 2.0,
    };
    shape(out, "row", &row, 4.0);
    let (x, y) = (n(rect.x + 12.0), n(rect.middle()));
    let _ = match (node.end, colour) {
        (End::Consumer, _) if node.unfed => {
            writeln!(
                out,
                "<circle class=\"sign open\" cx=\"{x}\" cy=\"{y}\" r=\"4\"/>"
            )
        }
        (End::Consumer, Some(colour)) => writeln!(
            out,
            "<g class=\"c{colour}\"><path d=\"M{} {y}h8\" stroke-width=\"8\"/></g>",
            n(x - 4.0)
        ),
        (End::Consumer, None) => {
            writeln!(
                out,
                "<circle class=\"sign\" cx=\"{x}\" cy=\"{y}\" r=\"4\"/>"
            )
        }
        (End::Drop | End::Unrouted, _) => writeln!(
            out,
            "<path class=\"sign open\" d=\"M{} {}l8 8m0-8l-8 8\"/>",
            n(x - 4.0),
            n(y - 4.0)
        ),
    };
    let class = if node.unfed || node.end != End::Consumer {
        "muted"
    } else {
        ""
    };
    text(out, name, class, 14.0);
    out.push_str("</g>\n");
}
