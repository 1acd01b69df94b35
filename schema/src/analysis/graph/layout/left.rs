//! The left column: names in boxes, boxes in groups.

use super::super::text::cut;
use super::super::view::{Line, Look, View};
use super::{
    EM, EM_SMALL, FOLDED_MOST, GAP, HEAD, LINE, LineAt, MARGIN, NOTE_MOST, PAD, PORT_LABELLED,
    Rect, SEAM, SIGN, TEXT_MOST, Text, width,
};

/// How far events stand in below their pattern.
const INDENT: f64 = 14.0;
const PORT: f64 = 6.0;
/// Of a box with many edges.
const PORT_CLOSE: f64 = 4.0;
/// More edges of a box are many.
const MANY: usize = 8;
/// With more labels at one box, they are in the tips only.
const LABELS_MOST: usize = 6;

/// The boxes of names.
pub struct Left {
    pub groups: Vec<(Rect, Text)>,
    pub cells: Vec<(Rect, Vec<LineAt>)>,
    /// The height that the ports of each box need.
    pub need: Vec<f64>,
    /// Whether the labels of a box are shown.
    pub labelled: Vec<bool>,
    pub right: f64,
    pub bottom: f64,
}

impl Left {
    pub fn new(view: &View) -> Left {
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

    pub fn labels<'v>(&'v self, view: &'v View) -> impl Iterator<Item = String> + 'v {
        let shown = view.edges.iter().filter(|edge| self.labelled[edge.from]);
        shown.map(|edge| cut(&edge.label, NOTE_MOST))
    }

    pub fn stack(&mut self, view: &View) {
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
pub fn port(edges: usize) -> f64 {
    if edges > MANY { PORT_CLOSE } else { PORT }
}

fn indent(look: Look) -> f64 {
    if look == Look::Below { INDENT } else { 0.0 }
}

fn texts(line: &Line) -> (Text, Text) {
    let most = match line.look {
        Look::Folded => FOLDED_MOST,
        _ => TEXT_MOST,
    };
    (
        Text::at(0.0, 0.0, &line.text, most, EM),
        Text::at(0.0, 0.0, &line.note, NOTE_MOST, EM_SMALL),
    )
}

fn place(line: &Line, cell: &Rect, y: f64) -> LineAt {
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
