//! Where everything of a picture is: two columns of boxes, and curves between them.
//!
//! Nothing overlaps by construction. Columns are as wide as their widest text, measured
//! generously; a box is as high as its lines or as the ports of its edges, whichever needs
//! more; labels stand in a column of their own, each in the height of its port. Only curves
//! cross each other, and the nodes are put near to what leads to them so that fewer do.

use super::text::{columns, cut};
use super::view::{End, Look, View};

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
/// How far events stand in below their pattern.
const INDENT: f64 = 14.0;
const PORT: f64 = 6.0;
/// Of a box with many edges.
const PORT_CLOSE: f64 = 4.0;
/// More edges of a box are many.
const MANY: usize = 8;
const PORT_LABELLED: f64 = 14.0;
/// With more labels at one box, they are in the tips only.
const LABELS_MOST: usize = 6;
const NODE: f64 = 26.0;
const NODE_MOST: f64 = 120.0;

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

/// The boxes of names.
struct Left {
    groups: Vec<(Rect, Text)>,
    cells: Vec<(Rect, Vec<LineAt>)>,
    /// The height that the ports of each box need.
    need: Vec<f64>,
    /// Whether the labels of a box are shown.
    labelled: Vec<bool>,
    right: f64,
    bottom: f64,
}

impl Left {
    fn new(view: &View) -> Left {
        let mut labels = vec![0; view.cells().count()];
        let mut plain = labels.clone();
        for edge in &view.edges {
            match edge.label.is_empty() {
                true => plain[edge.from] += 1,
                false => labels[edge.from] += 1,
            }
        }
        let labelled: Vec<bool> = labels.iter().map(|n| *n <= LABELS_MOST).collect();
        let need = labels.iter().zip(&plain).map(|(labels, plain)| {
            let (labels, plain) = match *labels <= LABELS_MOST {
                true => (*labels, *plain),
                false => (0, labels + plain),
            };
            labels as f64 * PORT_LABELLED + plain as f64 * port(labels + plain)
        });
        Left {
            need: need.collect(),
            labelled,
            groups: Vec::new(),
            cells: Vec::new(),
            right: MARGIN,
            bottom: HEAD,
        }
    }

    fn labels<'v>(&'v self, view: &'v View) -> impl Iterator<Item = String> + 'v {
        let shown = view.edges.iter().filter(|edge| self.labelled[edge.from]);
        shown.map(|edge| cut(&edge.label, NOTE_MOST))
    }

    fn stack(&mut self, view: &View) {
        let lines = || view.cells().flat_map(|cell| &cell.lines);
        let widest = lines().map(|line| {
            let (text, note) = texts(line);
            let note = if note.text.is_empty() {
                0.0
            } else {
                note.at.w + 14.0
            };
            indent(line.look) + SIGN + text.at.w + note
        });
        let titles = view
            .groups
            .iter()
            .map(|g| width(&cut(&g.title, TEXT_MOST), EM));
        let inner = widest.chain(titles).fold(160.0, f64::max) + 2.0 * PAD;
        let outer = inner + 2.0 * SEAM;
        self.right = MARGIN + outer;
        let mut y = HEAD;
        let mut framed = true;
        for group in &view.groups {
            // Groups of one line, which have no frame, stand as close as boxes of a group.
            y += match (self.groups.is_empty(), framed || !group.title.is_empty()) {
                (true, _) => 0.0,
                (false, true) => GAP,
                (false, false) => SEAM,
            };
            framed = !group.title.is_empty();
            let top = y;
            let title = Text::at(MARGIN + PAD + SEAM, y + 4.0, &group.title, TEXT_MOST, EM);
            y += if framed { LINE + SEAM } else { 0.0 };
            for cell in &group.boxes {
                let need = self.need[self.cells.len()];
                let high = (cell.lines.len() as f64 * LINE).max(need);
                let rect = Rect {
                    x: MARGIN + SEAM,
                    y,
                    w: inner,
                    h: high + 4.0,
                };
                let first = y + 2.0 + (high - cell.lines.len() as f64 * LINE) / 2.0;
                let lines = cell.lines.iter().enumerate();
                let lines = lines.map(|(at, line)| place(line, &rect, first + at as f64 * LINE));
                self.cells.push((rect, lines.collect()));
                y += rect.h + SEAM;
            }
            if !framed {
                y -= SEAM;
            }
            let rect = Rect {
                x: MARGIN,
                y: top,
                w: outer,
                h: y - top,
            };
            self.groups.push((rect, title));
        }
        self.bottom = y;
    }
}

/// The height of a port without a label at a box with so many edges.
fn port(edges: usize) -> f64 {
    if edges > MANY { PORT_CLOSE } else { PORT }
}

fn indent(look: Look) -> f64 {
    if look == Look::Below { INDENT } else { 0.0 }
}

fn texts(line: &super::view::Line) -> (Text, Text) {
    let most = match line.look {
        Look::Folded => FOLDED_MOST,
        _ => TEXT_MOST,
    };
    (
        Text::at(0.0, 0.0, &line.text, most, EM),
        Text::at(0.0, 0.0, &line.note, NOTE_MOST, EM_SMALL),
    )
}

fn place(line: &super::view::Line, cell: &Rect, y: f64) -> LineAt {
    let (mut text, mut note) = texts(line);
    text.to(cell.x + PAD + SIGN + indent(line.look), y);
    note.to(cell.right() - PAD - note.at.w, y);
    LineAt {
        row: Rect {
            x: cell.x,
            y,
            w: cell.w,
            h: LINE,
        },
        text,
        note: (!note.text.is_empty()).then_some(note),
    }
}

/// The consumers.
struct Right {
    kinds: Vec<(Rect, Text)>,
    nodes: Vec<(Rect, Text)>,
    /// How many edges end at each node.
    fed: Vec<usize>,
    order: Vec<usize>,
    right: f64,
    bottom: f64,
}

impl Right {
    fn new(view: &View) -> Right {
        let mut fed = vec![0; view.nodes().count()];
        for edge in &view.edges {
            fed[edge.to] += 1;
        }
        Right {
            kinds: Vec::new(),
            nodes: Vec::new(),
            fed,
            order: Vec::new(),
            right: 0.0,
            bottom: HEAD,
        }
    }

    fn node_height(&self, node: usize) -> f64 {
        (8.0 + self.fed[node] as f64 * 5.0).clamp(NODE, NODE_MOST)
    }

    fn stack(&mut self, view: &View, left: &Left, x: f64, left_bottom: f64) {
        let wanted = wanted(view, left, &self.fed);
        let texts: Vec<Text> = view
            .nodes()
            .map(|node| {
                let most = if node.end == End::Consumer {
                    TEXT_MOST
                } else {
                    FOLDED_MOST
                };
                Text::at(0.0, 0.0, &node.text, most, EM)
            })
            .collect();
        let titles = view.kinds.iter().map(|k| width(&k.title, EM));
        let names = texts.iter().map(|t| t.at.w + SIGN);
        let inner = titles.chain(names).fold(120.0, f64::max) + 2.0 * PAD;
        let outer = inner + 2.0 * SEAM;
        self.right = x + outer;
        let zero = (Rect::default(), Text::at(0.0, 0.0, "", 0, EM));
        self.nodes = vec![zero.clone(); texts.len()];
        self.kinds = vec![zero; view.kinds.len()];

        // Each kind, its nodes in the order of where they would like to be.
        let mut first = 0;
        let mut kinds: Vec<(usize, Vec<usize>, f64, f64)> = Vec::new();
        for (at, kind) in view.kinds.iter().enumerate() {
            let mut nodes: Vec<usize> = (first..first + kind.nodes.len()).collect();
            first += kind.nodes.len();
            nodes.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
            let high: f64 = nodes.iter().map(|n| self.node_height(*n) + SEAM).sum();
            let weight = |n: &usize| self.fed[*n].max(1) as f64;
            let weights: f64 = nodes.iter().map(weight).sum();
            let centre: f64 = nodes.iter().map(|n| wanted[*n] * weight(n)).sum();
            kinds.push((at, nodes, high + LINE + SEAM, centre / weights.max(1.0)));
        }
        kinds.sort_by(|a, b| a.3.total_cmp(&b.3));

        let tops = spread(&kinds, left_bottom);
        for ((at, nodes, high, _), top) in kinds.iter().zip(tops) {
            let rect = Rect {
                x,
                y: top,
                w: outer,
                h: *high,
            };
            let title = &view.kinds[*at].title;
            let title = Text::at(x + PAD + SEAM, top + 4.0, title, TEXT_MOST, EM);
            self.kinds[*at] = (rect, title);
            let mut y = top + LINE + SEAM;
            for node in nodes {
                let rect = Rect {
                    x: x + SEAM,
                    y,
                    w: inner,
                    h: self.node_height(*node),
                };
                let mut text = texts[*node].clone();
                text.to(rect.x + PAD + SIGN, rect.middle() - LINE / 2.0);
                self.nodes[*node] = (rect, text);
                self.order.push(*node);
                y += rect.h + SEAM;
            }
            self.bottom = self.bottom.max(rect.bottom());
        }
    }
}

/// The height at which each node would like to be: in the middle of what leads to it. What
/// nothing leads to goes to the end.
fn wanted(view: &View, left: &Left, fed: &[usize]) -> Vec<f64> {
    let mut sums = vec![0.0; fed.len()];
    for edge in &view.edges {
        sums[edge.to] += left.cells[edge.from].0.middle();
    }
    let wanted = sums.iter().zip(fed).map(|(sum, n)| match n {
        0 => left.bottom,
        n => sum / *n as f64,
    });
    wanted.collect()
}

/// The tops of boxes that keep their order and do not overlap. Where they would like to be
/// is often all in the middle, and the whole height would part the curves best: it is half
/// of both.
fn spread(kinds: &[(usize, Vec<usize>, f64, f64)], bottom: f64) -> Vec<f64> {
    let all: f64 = kinds.iter().map(|k| k.2 + GAP).sum::<f64>() - GAP;
    let slack = (bottom - HEAD - all).max(0.0) / (kinds.len() + 1) as f64;
    let mut tops = Vec::with_capacity(kinds.len());
    let (mut free, mut even) = (HEAD, HEAD + slack);
    for (_, _, high, centre) in kinds {
        let top = free.max((even + centre - high / 2.0) / 2.0);
        tops.push(top);
        free = top + high + GAP;
        even += high + GAP + slack;
    }
    let mut limit = bottom.max(HEAD + all);
    for (top, (_, _, high, _)) in tops.iter_mut().zip(kinds).rev() {
        *top = top.min(limit - high);
        limit = *top - GAP;
    }
    tops
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
