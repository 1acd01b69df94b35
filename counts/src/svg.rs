//! Draws a flame graph: width is time, and each function stands on the one that called
//! it. By hand, because the crate that everybody takes is under the CDDL.

use std::fmt::Write as _;

use crate::flame::Tree;

const WIDTH: f64 = 1_600.0;
const ROW: f64 = 18.0;
const MARGIN: f64 = 12.0;
/// Above the graph, for the title and the legend.
const HEAD: f64 = 64.0;
/// Width of a letter of the font.
const LETTER: f64 = 6.65;
/// Narrower ones are not drawn.
const NARROWEST: f64 = 0.4;

/// Whose a function is: what its name begins with or holds, what the legend says, and
/// its colour. The first that fits.
const OWNERS: &[(&str, &str, &str)] = &[
    ("routewright_counts", "the scenario", "#d9d9d9"),
    ("routewright", "routewright", "#f6a04d"),
    ("xxhash", "xxhash", "#f2d14b"),
    ("::", "Rust's library", "#a8cbe8"),
    ("", "C library, kernel", "#c9b3dd"),
];

/// The graph, as a file of its own.
pub fn draw(title: &str, tree: &Tree) -> String {
    let height = HEAD + ROW * tree.height() as f64 + MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"monospace\" font-size=\"11\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{MARGIN}\" y=\"24\" font-size=\"16\">{}</text>\n",
        escape(title)
    );
    let mut x = MARGIN;
    for (_, owner, colour) in OWNERS {
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"38\" width=\"12\" height=\"12\" fill=\"{colour}\"/>\
             <text x=\"{}\" y=\"48\">{owner}</text>",
            x + 17.0
        );
        x += 40.0 + LETTER * owner.len() as f64;
    }
    let mut drawing = Drawing {
        svg,
        all: tree.samples.max(1),
        bottom: height - MARGIN,
    };
    drawing.above(tree, MARGIN, 1);
    drawing.svg + "</svg>\n"
}

struct Drawing {
    svg: String,
    all: u64,
    bottom: f64,
}

impl Drawing {
    /// All that stand on one, from its left end.
    fn above(&mut self, tree: &Tree, mut x: f64, row: usize) {
        for (function, tree) in &tree.above {
            let share = tree.samples as f64 / self.all as f64;
            let width = share * (WIDTH - 2.0 * MARGIN);
            if width >= NARROWEST {
                self.function(function, tree.samples, (x, width), row);
                self.above(tree, x, row + 1);
            }
            x += width;
        }
    }

    fn function(&mut self, name: &str, samples: u64, (x, width): (f64, f64), row: usize) {
        let (_, _, colour) = owner(name);
        let y = self.bottom - ROW * row as f64;
        let percent = 100.0 * samples as f64 / self.all as f64;
        let _ = write!(
            self.svg,
            "<g><title>{}: {percent:.1} %, {samples} samples</title>\
             <rect x=\"{x:.2}\" y=\"{y}\" width=\"{width:.2}\" height=\"{ROW}\" rx=\"2\" \
             fill=\"{colour}\" stroke=\"white\"/>",
            escape(name)
        );
        let letters = ((width - 6.0) / LETTER).max(0.0) as usize;
        let label = format!("{} {percent:.1} %", short(name));
        let label: String = match short(name) {
            _ if label.len() <= letters => label,
            short if short.len() <= letters => short,
            short => short
                .chars()
                .take(letters.saturating_sub(1))
                .chain(['…'])
                .collect(),
        };
        if letters >= 4 {
            let (x, y) = (x + 4.0, y + ROW - 5.0);
            let _ = write!(
                self.svg,
                "<text x=\"{x:.2}\" y=\"{y}\">{}</text>",
                escape(&label)
            );
        }
        self.svg.push_str("</g>\n");
    }
}

/// `<A as core::cmp::Ord>::cmp` is the library's, whosever `A` is.
fn owner(name: &str) -> (&str, &str, &str) {
    let path = match name.rsplit_once(" as ") {
        Some((_, path)) if name.starts_with('<') => path,
        _ => name,
    };
    let fits = |mark: &str| path.starts_with(mark) || (mark == "::" && path.contains(mark));
    let found = OWNERS.iter().find(|(mark, _, _)| fits(mark));
    *found.expect("the last fits all")
}

/// The name with the last two parts of its path, and of each path within brackets the
/// last: `core::slice::cmp::<impl core::cmp::Ord for [T]>::cmp` is
/// `slice::cmp::<impl Ord for [T]>::cmp`.
fn short(name: &str) -> String {
    let (mut out, mut depth) = (String::new(), 0_usize);
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let in_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let end = rest.find(|c| !in_path(c)).unwrap_or(rest.len());
        if end == 0 {
            match first {
                '<' | '(' | '[' => depth += 1,
                '>' | ')' | ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (path, after) = rest.split_at(end);
        // `>::cmp` goes on where it is.
        let parts: Vec<&str> = path.split("::").collect();
        let keep = if depth > 0 { 1 } else { 2 };
        // An empty last part is the `::` before a bracket.
        let keep = keep + usize::from(parts.last() == Some(&""));
        out.push_str(&parts[parts.len().saturating_sub(keep)..].join("::"));
        rest = after;
    }
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_short_and_keep_their_owner() {
        for (name, becomes, whose) in [
            ("routewright::wire::varint", "wire::varint", "routewright"),
            (
                "core::slice::cmp::<impl core::cmp::Ord for [T]>::cmp",
                "slice::cmp::<impl Ord for [T]>::cmp",
                "Rust's library",
            ),
            (
                "routewright::cell::RouteCell<C>::decide",
                "cell::RouteCell<C>::decide",
                "routewright",
            ),
            (
                "<routewright::name::Name as core::cmp::Ord>::cmp",
                "<Name as Ord>::cmp",
                "Rust's library",
            ),
            ("<usize>::min", "<usize>::min", "Rust's library"),
            ("__memcmp_evex", "__memcmp_evex", "C library, kernel"),
        ] {
            assert_eq!(short(name), becomes);
            assert_eq!(owner(name).1, whose, "{name}");
        }
    }

    #[test]
    fn widths_are_shares() {
        let mut tree = Tree::default();
        for (name, samples) in [("a::<b>", 3), ("c", 1)] {
            tree.samples += samples;
            let above = std::collections::BTreeMap::new();
            tree.above.insert(name.to_owned(), Tree { samples, above });
        }
        let svg = draw("a & b", &tree);
        assert!(svg.contains(">a &amp; b</text>"), "{svg}");
        assert!(
            svg.contains("<title>a::&lt;b&gt;: 75.0 %, 3 samples</title>"),
            "{svg}"
        );
        let (all, narrow) = (WIDTH - 2.0 * MARGIN, (WIDTH - 2.0 * MARGIN) / 4.0);
        assert!(
            svg.contains(&format!("width=\"{:.2}\"", all - narrow)),
            "{svg}"
        );
        assert!(svg.contains(&format!("width=\"{narrow:.2}\"")), "{svg}");
    }
}
