//! A view in the language of Graphviz.

use std::fmt::Write;

use super::map::Change;
use super::text::{cut, visible};
use super::view::{End, Line, Look, Stroke, View};

const NAME_MOST: usize = 48;

/// The view as a directed graph.
pub fn dot(view: &View) -> String {
    let mut out = String::from("digraph routes {\n");
    let _ = writeln!(
        out,
        "  graph [rankdir=LR, ranksep=2.5, nodesep=0.08, fontname=\"monospace\", label={}, labelloc=t]\n  \
         node [shape=box, style=rounded, fontname=\"monospace\", fontsize=10, height=0.2, margin=\"0.1,0.04\"]\n  \
         edge [fontname=\"monospace\", fontsize=8, arrowsize=0.6, color=\"#57606a\"]",
        quoted(&format!("{}\n{}", view.title, view.summary), "\\n"),
    );
    let mut cells = 0;
    for (at, group) in view.groups.iter().enumerate() {
        cluster(&mut out, &format!("g{at}"), &group.title);
        for cell in &group.boxes {
            let lines: Vec<String> = cell.lines.iter().map(line).collect();
            let tips: Vec<&str> = cell.lines.iter().map(|line| line.tip.as_str()).collect();
            let _ = writeln!(
                out,
                "    e{cells} [label={}, tooltip={}{}]",
                quoted(&format!("{}\n", lines.join("\n")), "\\l"),
                quoted(&tips.join("\n\n"), "\\n"),
                look(&cell.lines)
            );
            cells += 1;
        }
        out.push_str("  }\n");
    }
    let mut nodes = 0;
    for (at, kind) in view.kinds.iter().enumerate() {
        cluster(&mut out, &format!("k{at}"), &kind.title);
        for node in &kind.nodes {
            let shape = match (node.end, node.unfed) {
                (End::Consumer, false) => "",
                (End::Consumer, true) => ", style=\"rounded,dashed\"",
                (End::Drop | End::Unrouted, _) => ", shape=plaintext, fontcolor=\"#57606a\"",
            };
            let _ = writeln!(
                out,
                "    c{nodes} [label={}, tooltip={}{shape}{}]",
                quoted(&cut(&node.text, NAME_MOST), "\\n"),
                quoted(&node.tip, "\\n"),
                colour(node.change)
            );
            nodes += 1;
        }
        out.push_str("  }\n");
    }
    for edge in &view.edges {
        let stroke = match edge.stroke {
            Stroke::Whole | Stroke::Arm => "",
            Stroke::Mirror => ", style=dashed",
            Stroke::Lost => ", style=dotted, arrowhead=tee",
        };
        let label = match edge.label.as_str() {
            "" => String::new(),
            label => format!("taillabel={}, ", quoted(label, "\\n")),
        };
        let _ = writeln!(
            out,
            "  e{} -> c{} [{label}tooltip={}{stroke}{}]",
            edge.from,
            edge.to,
            quoted(&edge.tip, "\\n"),
            colour(edge.change)
        );
    }
    legend(&mut out, view);
    out.push_str("}\n");
    out
}

/// What the colours of a comparison mean: those that occur. Two meanings may have one colour.
fn legend(out: &mut String, view: &View) {
    let mut meanings: Vec<(&str, Vec<&str>)> = Vec::new();
    for change in view.changes() {
        match meanings.last_mut() {
            Some((last, words)) if *last == colour(change) => words.push(change.meaning()),
            _ => meanings.push((colour(change), vec![change.meaning()])),
        }
    }
    if meanings.is_empty() {
        return;
    }
    cluster(out, "legend", "what the colours mean");
    for (at, (colour, words)) in meanings.iter().enumerate() {
        let words = quoted(&words.join("\n"), "\\n");
        let _ = writeln!(out, "    l{at} [label={words}{colour}]");
    }
    out.push_str("  }\n");
}

fn cluster(out: &mut String, id: &str, title: &str) {
    let _ = writeln!(
        out,
        "  subgraph cluster_{id} {{\n    label={}; labeljust=l; color=\"#d0d7de\"; fontsize=11",
        quoted(title, "\\n")
    );
}

fn line(line: &Line) -> String {
    let before = if line.look == Look::Below {
        "  \u{2514} "
    } else {
        ""
    };
    let note = match line.note.as_str() {
        "" => String::new(),
        note => format!("  ({note})"),
    };
    format!("{before}{}{note}", cut(&line.text, NAME_MOST + 16))
}

/// What distinguishes a box.
fn look(lines: &[Line]) -> String {
    let Some(first) = lines.first() else {
        return String::new();
    };
    let style = match first.look {
        Look::Pattern => ", style=\"rounded,dashed\", color=\"#8250df\"",
        Look::Via => ", style=\"rounded,dashed\", fontcolor=\"#57606a\"",
        Look::Off => ", style=\"rounded,dotted\", fontcolor=\"#8c959f\"",
        Look::Fallback => ", shape=diamond, style=solid",
        Look::Folded => ", shape=folder, style=solid",
        Look::Event | Look::Below => "",
    };
    let old = match lines.iter().all(|line| line.deprecated) {
        true => ", fontcolor=\"#9a6700\"",
        false => "",
    };
    format!("{style}{old}{}", colour(first.change))
}

fn colour(change: Change) -> &'static str {
    match change {
        Change::Same => "",
        Change::Added => ", color=\"#1a7f37\", fontcolor=\"#1a7f37\", penwidth=2",
        Change::Removed => ", color=\"#cf222e\", fontcolor=\"#cf222e\", penwidth=2",
        Change::Moved | Change::Policy => ", color=\"#bf8700\", fontcolor=\"#9a6700\", penwidth=2",
    }
}

/// A string of the language; a line ends with `end`. Graphviz reads `&lt;` as HTML does,
/// and `\N` as the name of a node.
fn quoted(text: &str, end: &str) -> String {
    let mut out = String::from("\"");
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push_str(end);
        }
        for c in visible(line).chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '&' => out.push_str("&amp;"),
                c => out.push(c),
            }
        }
    }
    out.push('"');
    out
}
