//! Lists of scalars: what stays is not touched.

use super::items::Ops;
use super::page::Page;
use super::tree::{Item, Node, Shape};

/// Pairs of positions that are compared at most.
const PAIRS_MAX: usize = 1 << 20;

/// Brings the list (or the one scalar) of an entry to other elements. `old` and `new`
/// are compared; `spell` writes one of the new in the style of an old one.
pub(super) fn change(
    page: &mut Page<'_>,
    item: &Item,
    old: &[String],
    new: &[String],
    spell: &dyn Fn(usize, &Node) -> String,
) {
    let node = &item.value;
    if let Shape::Scalar { .. } = node.shape {
        let all: Vec<String> = (0..new.len()).map(|at| spell(at, node)).collect();
        let text = match all.as_slice() {
            [one] => one.clone(),
            _ => format!("[{}]", all.join(", ")),
        };
        return page.replace_value(node, item.colon, &text);
    }
    let ops = ops(node, old, new, spell);
    page.change(node, item.colon, ops);
}

/// What takes one list to another.
pub(super) fn ops(
    node: &Node,
    old: &[String],
    new: &[String],
    spell: &dyn Fn(usize, &Node) -> String,
) -> Ops {
    let items = node.items();
    let none = Node {
        start: 0,
        end: 0,
        shape: Shape::List {
            items: Vec::new(),
            flow: true,
        },
    };
    let like = |at: usize| {
        items
            .get(at)
            .or(items.last())
            .map_or(&none, |item| &item.value)
    };
    let mut ops = Ops::default();
    let (mut before, mut next) = (0, 0);
    let mut gap = |before: usize, after: usize, from: usize, to: usize| {
        let paired = (after - before).min(to - from);
        for at in 0..paired {
            let text = spell(from + at, like(before + at));
            ops.replace.insert(before + at, text);
        }
        ops.drop.extend(before + paired..after);
        let anchor = (before + paired).checked_sub(1);
        for at in from + paired..to {
            ops.insert.push((anchor, spell(at, like(before + paired))));
        }
    };
    for (a, b) in kept(old, new) {
        gap(before, a, next, b);
        (before, next) = (a + 1, b + 1);
    }
    gap(before, old.len(), next, new.len());
    ops
}

/// Positions of what is in both lists, in order: a longest common subsequence.
fn kept(old: &[String], new: &[String]) -> Vec<(usize, usize)> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old[head..], &new[head..]);
    let tail = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (a, b) = (&a[..a.len() - tail], &b[..b.len() - tail]);
    let mut out: Vec<(usize, usize)> = (0..head).map(|at| (at, at)).collect();
    if a.len() * b.len() <= PAIRS_MAX {
        // The longest from each pair of positions to the ends.
        let width = b.len() + 1;
        let mut longest = vec![0_u32; (a.len() + 1) * width];
        for i in (0..a.len()).rev() {
            for j in (0..b.len()).rev() {
                longest[i * width + j] = match a[i] == b[j] {
                    true => longest[(i + 1) * width + j + 1] + 1,
                    false => longest[(i + 1) * width + j].max(longest[i * width + j + 1]),
                };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < a.len() && j < b.len() {
            if a[i] == b[j] {
                out.push((head + i, head + j));
                (i, j) = (i + 1, j + 1);
            } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
                i += 1;
            } else {
                j += 1;
            }
        }
    }
    out.extend((0..tail).map(|at| (old.len() - tail + at, new.len() - tail + at)));
    out
}
