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

    /// How many times longer `of` takes than `than`, at each of these sizes that was
    /// measured.
    fn ratios(
        &self,
        sizes: &[usize],
        shape: Shape,
        of: &str,
        than: &str,
    ) -> impl Iterator<Item = (usize, f64, &Measured)> {
        let asked = self.0.iter();
        asked
            .filter(move |(names, s, _)| *s == shape && sizes.contains(names))
            .map(move |(names, _, measured)| (*names, measured.ratio(of, than), measured))
    }

    /// A rival takes at least `limit` times as long as we do, at each of these sizes; told
    /// of the size where that is nearest to failing, with what the bound would reach there.
    pub fn at_least(
        &self,
        sizes: &[usize],
        shape: Shape,
        [rival, ours, bound]: [&str; 3],
        limit: f64,
    ) -> Option<Goal> {
        let (names, ratio, measured) = self
            .ratios(sizes, shape, rival, ours)
            .min_by(|a, b| a.1.total_cmp(&b.1))?;
        let goal = Goal::at_least(what(rival, ours, shape, names), limit, ratio);
        Some(Goal {
            possible: Some(figure(measured.ratio(rival, bound))),
            ..goal
        })
    }

    /// `of` takes at most `limit` times as long as `than`, likewise.
    pub fn at_most(
        &self,
        sizes: &[usize],
        shape: Shape,
        [of, than]: [&str; 2],
        limit: f64,
    ) -> Option<Goal> {
        let (names, ratio, _) = self
            .ratios(sizes, shape, of, than)
            .max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(Goal::at_most(what(of, than, shape, names), limit, ratio))
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
