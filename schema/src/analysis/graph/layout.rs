//! Where everything of a picture is: two columns of boxes, and curves between them.
//!
//! Nothing overlaps by construction. Columns are as wide as their widest text, measured
//! generously; a box is as high as its lines or as the ports of its edges, whichever needs
//! more; labels stand in a column of their own, each in the height of its port. Only curves
//! cross each other, and the nodes are put near to what leads to them so that fewer do.

mod left;
mod right;

use super::text::{columns, cut};
use super::view::View;

use left::{Left, port};
use right::Right;

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Rect {
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    pub fn middle(&self) -> f64 {
        self.y + self.h / 2.0
    }
}

/// A text and its place; `text` is cut so that it fits.
#[derive(Clone, Debug)]
pub struct Text {
    pub text: String,
    pub at: Rect,
}

/// A line of a box.
#[derive(Clone, Debug)]
pub struct LineAt {
    /// The whole line, from edge to edge of its box.
    pub row: Rect,
    pub text: Text,
    pub note: Option<Text>,
}

/// The place of an edge.
#[derive(Clone, Debug)]
pub struct EdgeAt {
    pub from: (f64, f64),
    pub label: Option<Text>,
    /// Where it begins to bend.
    pub bend: f64,
    pub to: (f64, f64),
}

/// All places.
#[derive(Clone, Debug)]
pub struct Layout {
    pub width: f64,
    pub height: f64,
    pub title: Text,
    pub summary: Text,
    /// Each with its title; an empty one is not drawn.
    pub groups: Vec<(Rect, Text)>,
    pub cells: Vec<(Rect, Vec<LineAt>)>,
    pub kinds: Vec<(Rect, Text)>,
    pub nodes: Vec<(Rect, Text)>,
    pub edges: Vec<EdgeAt>,
    /// Nodes from top to bottom.
    pub order: Vec<usize>,
    /// The top of the legend.
    pub legend: f64,
}

/// The width of one column of text of each size: wider than in any usual font.
const EM: f64 = 7.5;
const EM_SMALL: f64 = 6.4;
const EM_LARGE: f64 = 11.0;

const MARGIN: f64 = 24.0;
const HEAD: f64 = 84.0;
const LINE: f64 = 20.0;
const PAD: f64 = 8.0;
const GAP: f64 = 14.0;
/// Between boxes of a group.
const SEAM: f64 = 6.0;
/// The sign before a name.
pub const SIGN: f64 = 18.0;
const PORT_LABELLED: f64 = 14.0;

const TEXT_MOST: usize = 48;
const FOLDED_MOST: usize = 64;
const NOTE_MOST: usize = 30;
const TITLE_MOST: usize = 60;

/// Lays a view out.
pub fn layout(view: &View) -> Layout {
    let mut left = Left::new(view);
    left.stack(view);
    let ports = ports(view, &left);
    let mut right = Right::new(view);
    let labels = left.labels(view).map(|text| width(&text, EM_SMALL) + 12.0);
    let bend = left.right + labels.fold(10.0, f64::max);
    let gap = (160.0 + 3.0 * view.edges.len() as f64).clamp(220.0, 420.0);
    right.stack(view, &left, bend + gap, left.bottom);
    let edges = ports.place(view, &left, &right, bend);

    let title = Text::at(MARGIN, MARGIN, &view.title, TITLE_MOST, EM_LARGE);
    let summary = Text::at(MARGIN, MARGIN + 22.0, &view.summary, 120, EM);
    let widest = right.right.max(title.at.right()).max(summary.at.right());
    let legend = left.bottom.max(right.bottom) + GAP;
    Layout {
        width: widest.max(480.0) + MARGIN,
        height: legend,
        title,
        summary,
        groups: left.groups,
        cells: left.cells,
        kinds: right.kinds,
        nodes: right.nodes,
        edges,
        order: right.order,
        legend,
    }
}

fn width(text: &str, em: f64) -> f64 {
    columns(text) as f64 * em
}

impl Text {
    fn at(x: f64, y: f64, text: &str, most: usize, em: f64) -> Text {
        let text = cut(text, most);
        let at = Rect {
            x,
            y,
            w: width(&text, em),
            h: LINE,
        };
        Text { text, at }
    }

    fn to(&mut self, x: f64, y: f64) {
        (self.at.x, self.at.y) = (x, y);
    }
}

/// The edges of each box and of each node, in the order of their ports.
struct Ports {
    of_cell: Vec<Vec<usize>>,
    of_node: Vec<Vec<usize>>,
}

fn ports(view: &View, left: &Left) -> Ports {
    let mut of_cell = vec![Vec::new(); left.cells.len()];
    let mut of_node = vec![Vec::new(); view.nodes().count()];
    for (at, edge) in view.edges.iter().enumerate() {
        of_cell[edge.from].push(at);
        of_node[edge.to].push(at);
    }
    Ports { of_cell, of_node }
}

impl Ports {
    fn place(mut self, view: &View, left: &Left, right: &Right, bend: f64) -> Vec<EdgeAt> {
        let nowhere = EdgeAt {
            from: (0.0, 0.0),
            label: None,
            bend,
            to: (0.0, 0.0),
        };
        let mut places = vec![nowhere; view.edges.len()];
        for (cell, edges) in self.of_cell.iter_mut().enumerate() {
            let node = |edge: &usize| right.nodes[view.edges[*edge].to].0.y;
            edges.sort_by(|a, b| node(a).total_cmp(&node(b)).then(a.cmp(b)));
            let rect = left.cells[cell].0;
            let mut y = rect.middle() - left.need[cell] / 2.0;
            let plain = port(edges.len());
            for at in edges.iter() {
                let edge = &view.edges[*at];
                let shown = left.labelled[cell] && !edge.label.is_empty();
                let high = if shown { PORT_LABELLED } else { plain };
                places[*at].from = (rect.right(), y + high / 2.0);
                places[*at].label = shown.then(|| {
                    let mut label = Text::at(left.right + 6.0, y, &edge.label, NOTE_MOST, EM_SMALL);
                    label.at.h = high;
                    label
                });
                y += high;
            }
        }
        for (node, edges) in self.of_node.iter_mut().enumerate() {
            let from = |edge: &usize| places[*edge].from.1;
            edges.sort_by(|a, b| from(a).total_cmp(&from(b)).then(a.cmp(b)));
            let rect = right.nodes[node].0;
            let step = (rect.h - 8.0) / edges.len().max(1) as f64;
            for (nth, at) in edges.iter().enumerate() {
                places[*at].to = (rect.x, rect.y + 4.0 + (nth as f64 + 0.5) * step);
            }
        }
        places
    }
}
