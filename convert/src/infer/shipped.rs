//! Whether the tree has a shape that ships, and whether it is plain settings.

use routewright_schema::value::{parse_duration, parse_size};

use crate::document::Corpus;
use crate::item::Item;
use crate::mappings::SHIPPED;
use crate::trace::NodeId;
use crate::value::Data;

use super::Progress;
use super::trial::{Leaves, Trial};

/// The mapping for anything, which therefore fits nothing in particular.
const SETTINGS: &str = "settings";
/// Of the leaves of the documents that it is for, how many a shape must explain.
const EXPLAINED_MIN: f64 = 0.5;
/// Of all settings, how many must have another type than text.
const TYPED_MIN: f64 = 0.25;

/// A shipped mapping that fits.
#[derive(Clone, Debug)]
pub struct Fit {
    /// Its name.
    pub name: &'static str,
    /// Rules that it finds: a route may be made of several.
    pub routes: usize,
    /// Settings that it finds.
    pub settings: usize,
    /// Documents that it is for.
    pub documents: usize,
    /// What became of the leaves of these.
    pub leaves: Leaves,
}

/// The shipped mappings that make routes or settings of it, the one that explains the most first.
pub fn fits(corpus: &Corpus, progress: Progress<'_>) -> Vec<Fit> {
    let shapes = SHIPPED.iter().filter(|(name, _)| *name != SETTINGS);
    let fits = shapes.enumerate().filter_map(|(at, (name, text))| {
        progress("shipped mappings tried", at, SHIPPED.len() - 1);
        let trial = Trial::of(corpus, name, text).ok()?;
        let documents = trial.touched(corpus);
        let nodes = documents.iter().flat_map(|document| document.nodes.clone());
        let leaves = trial.leaves(corpus, nodes);
        let explained = leaves.all - leaves.unexplained();
        let found = trial.routes + trial.settings.len();
        let fits = found > 0 && explained as f64 >= leaves.all as f64 * EXPLAINED_MIN;
        fits.then_some(Fit {
            name,
            routes: trial.routes,
            settings: trial.settings.len(),
            documents: documents.len(),
            leaves,
        })
    });
    let mut fits: Vec<Fit> = fits.collect();
    fits.sort_by_key(|fit| (std::cmp::Reverse(fit.leaves.converted), fit.name));
    fits
}

/// Plain settings.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many.
    pub all: usize,
    /// How many are no text.
    pub typed: usize,
}

/// Whether it looks like plain settings, for which another mapping ships.
pub fn settings(corpus: &Corpus) -> Option<Settings> {
    let text = crate::mappings::find(SETTINGS)?;
    let trial = Trial::of(corpus, SETTINGS, text).ok()?;
    let typed = |item: &&Item| match item {
        Item::Setting(setting) => match &setting.default.data {
            Data::Text(text) => parse_duration(text).is_ok() || parse_size(text).is_ok(),
            Data::Bool(_) | Data::Number(_) => true,
            _ => false,
        },
        _ => false,
    };
    let all = trial.settings.len();
    let typed = trial.settings.iter().filter(typed).count();
    let leaves = trial.leaves(corpus, 0..corpus.nodes.len() as NodeId);
    let most = leaves.converted as f64 >= leaves.all as f64 * EXPLAINED_MIN;
    let looks = all > 0 && most && typed as f64 >= all as f64 * TYPED_MIN;
    looks.then_some(Settings { all, typed })
}
