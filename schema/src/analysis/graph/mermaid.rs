//! A view as a Mermaid flowchart, which GitHub and others draw from Markdown.
//!
//! Mermaid refuses more than 50,000 characters and 500 edges, so [`mermaid`] is told how to
//! make a smaller view, and asks for one until it fits.

use std::fmt::Write;

use super::map::{Change, Map};
use super::text::cut;
use super::view::{End, Line, Look, Room, Stroke, View};

/// Characters that Mermaid takes (`maxTextSize`).
const TEXT_MOST: usize = 50_000;
/// Edges that it takes (`maxEdges`).
const EDGES_MOST: usize = 500;
const NAME_MOST: usize = 48;

/// A name stays on its line, and boxes stand close.
const HEAD: &str = "---
config:
  flowchart:
    wrappingWidth: 600
    nodeSpacing: 16
    subGraphTitleMargin:
      bottom: 12
    rankSpacing: 160
---
flowchart LR
";

/// The map as a flowchart with at most so much on it as there is room, and as Mermaid takes.
/// The second value is the view that was drawn.
pub fn mermaid(map: &Map, title: &str, room: Room) -> (String, View) {
    let mut room = room;
    loop {
        let view = View::new(map, title, room);
        let text = write(&view);
        let fits = text.chars().count() <= TEXT_MOST && view.edges.len() <= EDGES_MOST;
        if fits || room.sources <= 1 {
            return (text, view);
        }
        // No name is shorter than a few characters, so far more rows never fit.
        let rows = room.sources.min(TEXT_MOST / 32).min(map.sources.len() * 2);
        room = Room::rows(rows / 2);
    }
}

fn write(view: &View) -> String {
    let mut out = String::from(HEAD);
    let _ = writeln!(out, "  accTitle: {}", label(&view.title));
    let mut cells = 0;
    let mut classes: Vec<(String, &str)> = Vec::new();
    for (at, group) in view.groups.iter().enumerate() {
        let _ = writeln!(out, "  subgraph g{at}[\"{}\"]", title(&group.title));
        for cell in &group.boxes {
            let lines: Vec<String> = cell.lines.iter().map(self::line).collect();
            let _ = writeln!(out, "    e{cells}[\"{}\"]", lines.join("<br/>"));
            if let Some(class) = class(&cell.lines) {
                classes.push((format!("e{cells}"), class));
            }
            cells += 1;
        }
        out.push_str("  end\n");
    }
    let mut nodes = 0;
    for (at, kind) in view.kinds.iter().enumerate() {
        let _ = writeln!(out, "  subgraph k{at}[\"{}\"]", title(&kind.title));
        for node in &kind.nodes {
            let text = label(&cut(&node.text, NAME_MOST));
            let _ = match node.end {
                End::Consumer => writeln!(out, "    c{nodes}([\"{text}\"])"),
                End::Drop | End::Unrouted => writeln!(out, "    c{nodes}[/\"{text}\"/]"),
            };
            match (node.change, node.end, node.unfed) {
                (Change::Same, End::Consumer, false) => {}
                (Change::Same, ..) => classes.push((format!("c{nodes}"), "off")),
                (change, ..) => classes.push((format!("c{nodes}"), change.as_str())),
            }
            nodes += 1;
        }
        out.push_str("  end\n");
    }
    for edge in &view.edges {
        let arrow = match edge.stroke {
            Stroke::Whole | Stroke::Arm => "-->",
            Stroke::Mirror => "-.->",
            Stroke::Lost => "-.-x",
        };
        let said = match edge.label.as_str() {
            "" => String::new(),
            said => format!("|\"{}\"|", label(said)),
        };
        let _ = writeln!(out, "  e{} {arrow}{said} c{}", edge.from, edge.to);
    }
    classes.extend(legend(&mut out, view));
    style(&mut out, view, &classes);
    out
}

/// What the colours of a comparison mean: those that occur.
fn legend(out: &mut String, view: &View) -> Vec<(String, &'static str)> {
    let changes = view.changes();
    if changes.is_empty() {
        return Vec::new();
    }
    out.push_str("  subgraph legend[\"what the colours mean\"]\n");
    let mut classes = Vec::new();
    for (at, change) in changes.into_iter().enumerate() {
        let _ = writeln!(out, "    l{at}[\"{}\"]", label(change.meaning()));
        classes.push((format!("l{at}"), change.as_str()));
    }
    out.push_str("  end\n");
    classes
}

fn style(out: &mut String, view: &View, classes: &[(String, &str)]) {
    // Colours that can be read on light and on dark alike.
    for (class, look) in [
        (
            "pattern",
            "stroke:#8250df,stroke-width:2px,stroke-dasharray:5 3",
        ),
        ("off", "stroke-dasharray:2 3,opacity:0.7"),
        ("deprecated", "stroke:#bf8700,stroke-width:2px"),
        ("added", "fill:#1a7f37,color:#fff"),
        ("removed", "fill:#cf222e,color:#fff,stroke-dasharray:5 3"),
        ("moved", "fill:#9a6700,color:#fff"),
        ("policy", "stroke:#9a6700,stroke-width:2px"),
    ] {
        let of: Vec<&str> = classes
            .iter()
            .filter(|(_, c)| *c == class)
            .map(|(id, _)| id.as_str())
            .collect();
        if !of.is_empty() {
            let _ = writeln!(out, "  classDef {class} {look}");
            let _ = writeln!(out, "  class {} {class}", of.join(","));
        }
    }
    for (change, colour) in [
        (Change::Added, "#1a7f37"),
        (Change::Removed, "#cf222e"),
        (Change::Moved, "#bf8700"),
    ] {
        let edges = view.edges.iter().enumerate();
        let of: Vec<String> = edges
            .filter(|(_, edge)| edge.change == change)
            .map(|(at, _)| at.to_string())
            .collect();
        if !of.is_empty() {
            let _ = writeln!(
                out,
                "  linkStyle {} stroke:{colour},stroke-width:2.5px",
                of.join(",")
            );
        }
    }
}

/// The names of a box and what it is; the most unusual of them decides.
fn class(lines: &[Line]) -> Option<&'static str> {
    let first = lines.first()?;
    match first.change {
        Change::Same => {}
        change => return Some(change.as_str()),
    }
    if lines.iter().all(|line| line.deprecated) {
        return Some("deprecated");
    }
    match first.look {
        Look::Pattern => Some("pattern"),
        Look::Via | Look::Off => Some("off"),
        _ => None,
    }
}

fn line(line: &Line) -> String {
    let text = label(&cut(&line.text, NAME_MOST + 16));
    let text = match line.look {
        Look::Below => format!("\u{2514}\u{a0}{text}"),
        _ => text,
    };
    match line.note.as_str() {
        "" => text,
        note => format!("{text} ({})", label(note)),
    }
}

/// A group that is one line needs a title all the same; a blank will do.
fn title(text: &str) -> String {
    match text {
        "" => " ".to_owned(),
        text => label(text),
    }
}

/// As text in quotes. Whatever could mean something to Mermaid, to Markdown or to HTML is
/// written as `#42;`, and so is a beginning that Markdown could take for a list.
fn label(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        let plain = c.is_alphanumeric()
            || !c.is_ascii()
            || at > 0 && matches!(c, ' ' | '.' | ',' | '-' | '/' | ':' | '(' | ')');
        match plain && !(at == 0 && c.is_numeric()) {
            true => out.push(c),
            false => {
                let _ = write!(out, "#{};", u32::from(c));
            }
        }
    }
    out
}
