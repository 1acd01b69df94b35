//! The right column: consumers by kind, near to what leads to them.

use super::super::view::{End, View};
use super::left::Left;
use super::{EM, FOLDED_MOST, GAP, HEAD, LINE, PAD, Rect, SEAM, SIGN, TEXT_MOST, Text, width};

const NODE: f64 = 26.0;
const NODE_MOST: f64 = 120.0;

/// The consumers.
pub struct Right {
    pub kinds: Vec<(Rect, Text)>,
    pub nodes: Vec<(Rect, Text)>,
    /// How many edges end at each node.
    fed: Vec<usize>,
    pub order: Vec<usize>,
    pub right: f64,
    pub bottom: f64,
}

impl Right {
    pub fn new(view: &View) -> Right {
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

    pub fn stack(&mut self, view: &View, left: &Left, x: f64, left_bottom: f64) {
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
