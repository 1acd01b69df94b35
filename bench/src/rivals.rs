//! What one would take instead: maps from names to routes.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};

use ptr_hash::{PtrHash, PtrHashParams, bucket_fn, hash::NoHash};

use crate::definition::plan;

/// A route as one would write it down.
#[derive(Clone, Debug)]
#[expect(
    dead_code,
    reason = "held as a service would; the bench only asks for the event"
)]
pub struct Route {
    /// Position of the event.
    pub event: u32,
    /// Longest time for one attempt, in nanoseconds.
    pub timeout_ns: u64,
    /// The consumers.
    pub to: Box<[u16]>,
}

impl Route {
    /// The route of the event at that position.
    pub fn at(event: usize) -> Route {
        let plan = plan(event);
        Route {
            event: event as u32,
            timeout_ns: plan.timeout.as_nanos() as u64,
            to: plan.to.into(),
        }
    }
}

/// The map that most would take, with one hasher or the other.
pub type Map<S> = HashMap<String, Route, S>;

/// A map of these names.
pub fn map<S: BuildHasher + Default>(names: &[&str]) -> Map<S> {
    let routes = names.iter().enumerate();
    routes
        .map(|(at, name)| ((*name).to_owned(), Route::at(at)))
        .collect()
}

/// phf's map. `phf_codegen` would print it, to be compiled; what it prints is built here
/// from the same generator, so that 100,000 names need not pass through rustc.
pub fn phf(names: &'static [&'static str]) -> phf::Map<&'static str, Route> {
    let state = phf_generator::generate_hash(names);
    let entries: Vec<(&'static str, Route)> = state
        .map
        .iter()
        .map(|at| (names[*at], Route::at(*at)))
        .collect();
    phf::Map {
        key: state.key,
        disps: state.disps.leak(),
        entries: entries.leak(),
    }
}

/// ptr_hash over hashes of the names, with the routes beside it. It answers for any name,
/// so the name is compared.
pub struct PtrHashMap {
    index: PtrHash<u64, bucket_fn::Linear, Vec<u32>, NoHash, Vec<u8>>,
    routes: Vec<(&'static str, Route)>,
}

impl PtrHashMap {
    /// A map of these names.
    pub fn new(names: &'static [&'static str]) -> PtrHashMap {
        let hashes: Vec<u64> = names
            .iter()
            .map(|name| quick_hash(name.as_bytes()))
            .collect();
        let index = PtrHash::new(&hashes, PtrHashParams::default_fast());
        let mut routes: Vec<(&'static str, Route)> = vec![("", Route::at(0)); names.len()];
        for (at, (name, hash)) in names.iter().zip(&hashes).enumerate() {
            routes[index.index(hash)] = (name, Route::at(at));
        }
        PtrHashMap { index, routes }
    }

    /// The route of that name.
    #[inline]
    pub fn get(&self, name: &str) -> Option<&Route> {
        let (known, route) = self
            .routes
            .get(self.index.index(&quick_hash(name.as_bytes())))?;
        (*known == name).then_some(route)
    }
}

/// The quickest good hash there is for these names: foldhash with a fixed seed.
#[inline]
pub fn quick_hash(bytes: &[u8]) -> u64 {
    let mut hasher = foldhash::fast::FixedState::with_seed(0).build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

/// Sorted names, and their routes in the same order.
pub struct Sorted {
    names: Vec<String>,
    routes: Vec<Route>,
}

impl Sorted {
    /// Of these sorted names.
    pub fn new(names: &[&str]) -> Sorted {
        Sorted {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            routes: (0..names.len()).map(Route::at).collect(),
        }
    }

    /// The route of that name.
    #[inline]
    pub fn get(&self, name: &str) -> Option<&Route> {
        let at = self
            .names
            .binary_search_by(|known| known.as_str().cmp(name))
            .ok()?;
        self.routes.get(at)
    }
}
