//! The same question asked of tables of several sizes, in both shapes.

use crate::harness::Measured;
use crate::keys::Shape;
use crate::plot::Plot;
use crate::report::{Goal, Table, figure};

/// What was measured, by number of names and shape.
#[derive(Default)]
pub struct BySize(Vec<(usize, Shape, Measured)>);

impl BySize {
    /// Adds a size.
    pub fn add(&mut self, names: usize, shape: Shape, measured: Measured) {
        self.0.push((names, shape, measured));
    }

    /// All of it.
    pub fn tables(&self) -> impl Iterator<Item = Table> {
        self.0.iter().map(|(.., measured)| measured.table())
    }

    /// How many times longer `of` takes than `than`, by number of names.
    fn ratios(&self, shape: Shape, of: &str, than: &str) -> impl Iterator<Item = (usize, f64)> {
        let of_shape = self.0.iter().filter(move |(_, s, _)| *s == shape);
        of_shape.map(move |(names, _, measured)| (*names, measured.ratio(of, than)))
    }

    /// `of` takes at least `limit` times as long as `than`, at each of these sizes; told of
    /// the size where it is nearest to failing.
    pub fn at_least(
        &self,
        sizes: &[usize],
        shape: Shape,
        of: &str,
        than: &str,
        limit: f64,
    ) -> Goal {
        let ratios = self.ratios(shape, of, than);
        let worst = ratios
            .filter(|(names, _)| sizes.contains(names))
            .min_by(|a, b| a.1.total_cmp(&b.1));
        let (names, ratio) = worst.unwrap_or((0, f64::NAN));
        Goal::at_least(what(of, than, shape, names), limit, ratio)
    }

    /// `of` takes at most `limit` times as long as `than`, likewise.
    pub fn at_most(&self, sizes: &[usize], shape: Shape, of: &str, than: &str, limit: f64) -> Goal {
        let ratios = self.ratios(shape, of, than);
        let worst = ratios
            .filter(|(names, _)| sizes.contains(names))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        let (names, ratio) = worst.unwrap_or((0, f64::NAN));
        Goal::at_most(what(of, than, shape, names), limit, ratio)
    }

    /// The medians of these contenders against the number of names.
    pub fn plot(&self, title: &str, shape: Shape, contenders: &[&str]) -> Plot {
        let line = |name: &&str| {
            let of_shape = self.0.iter().filter(|(_, s, _)| *s == shape);
            let points = of_shape.map(|(names, _, m)| (*names as f64, m.spread(name).median));
            ((*name).to_owned(), points.collect())
        };
        Plot {
            title: format!("{title}, {}", shape.as_str()),
            lines: contenders.iter().map(line).collect(),
        }
    }
}

fn what(of: &str, than: &str, shape: Shape, names: usize) -> String {
    let names = figure(names as f64);
    format!("{of} / {than}, {} ({names} names)", shape.as_str())
}
