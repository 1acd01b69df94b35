//! The part of an image that depends on names alone: the slots with their keys, the
//! pilots, the order, the shapes.
//!
//! Most pushes speak of just the names that the baseline holds. Then all of it is the
//! baseline's, and is copied; only another set of names is placed anew. Both ways give
//! the same bytes, because placing depends on the names alone.

use crate::builder::Builder;
use crate::error::{Code, Path, Subject, Violation, Violations};
use crate::hash;
use crate::image::Draft;
use crate::index::{self, Placement};
use crate::layout::{
    FALLBACK, FORMAT, HEADER_BYTES, KEY, KEY_INLINE_BYTES, KEY_SPILLED_BYTES, MAGIC, POLICY_BYTES,
    SHAPE_BYTES, SLOT_BYTES, flag, section, u32_at,
};
use crate::name;
use crate::pattern::Shape;
use crate::route::{self, Slot};
use crate::table::View;
use crate::workshop::Own;

pub(super) struct Frame<'a> {
    fingerprint: u64,
    seed: u64,
    events: usize,
    /// Names that are no patterns.
    exact: usize,
    total: usize,
    slots: usize,
    buckets: usize,
    shapes: usize,
    names: Names<'a>,
}

enum Names<'a> {
    /// Just those of the base, each of whose patterns goes on having a route; and how
    /// many bytes of its TEXT are keys.
    OfBase(View<'a>, usize),
    New {
        names: Vec<&'a str>,
        placement: Placement,
        shapes: Vec<u8>,
    },
}

impl<'a> Frame<'a> {
    /// That of the base, if the names are just its own.
    pub fn of_base(builder: &Builder<'a>) -> Option<Frame<'a>> {
        let base = builder.base?;
        let header = base.header;
        let routed = &builder.shop.own[header.events as usize..];
        let same = builder.added.is_empty() && routed.iter().all(Own::is_some);
        if !same {
            return None;
        }
        let long = long_keys(base)?;
        Some(Frame {
            fingerprint: header.fingerprint,
            seed: header.seed,
            events: header.events as usize,
            exact: header.names as usize,
            total: (header.names + header.patterns) as usize,
            slots: header.slots as usize,
            buckets: header.buckets as usize,
            shapes: header.shapes as usize,
            names: Names::OfBase(base, long),
        })
    }

    /// One for other names, not placed yet. The own routes of the builder are put in
    /// their order.
    pub fn new(builder: &mut Builder<'a>, problems: &mut Violations) -> Frame<'a> {
        let (mut named, events, exact) = named(builder, problems);
        let names: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
        builder.shop.own.clear();
        builder.shop.own.extend(named.drain(..).map(|(_, own)| own));
        let mut shapes: Vec<Shape> = names[exact..].iter().map(|n| Shape::of(n)).collect();
        shapes.sort_unstable_by_key(|shape| shape.order());
        shapes.dedup();
        let shapes: Vec<u8> = shapes.iter().flat_map(|shape| shape.write()).collect();
        let fingerprint = match builder.base {
            Some(base) => base.header.fingerprint,
            None => hash::fingerprint(builder.spec.events.iter().copied(), &builder.catalog),
        };
        Frame {
            fingerprint,
            seed: 0,
            events,
            exact,
            total: names.len(),
            slots: index::slots_for(names.len()),
            buckets: index::buckets_for(names.len()),
            shapes: shapes.len() / SHAPE_BYTES,
            names: Names::New {
                names,
                placement: Placement::default(),
                shapes,
            },
        }
    }

    /// Finds a seed under which every name gets a slot of its own.
    pub fn place(&mut self) -> Result<(), Violations> {
        let Names::New {
            names, placement, ..
        } = &mut self.names
        else {
            return Ok(());
        };
        let hashes: Vec<u64> = names.iter().map(|n| hash::key(n.as_bytes())).collect();
        for attempt in 0..index::ATTEMPTS {
            self.seed = index::seed(attempt);
            if let Some(placed) = index::place(&hashes, self.seed) {
                *placement = placed;
                return Ok(());
            }
        }
        let message = format!(
            "no seed of {} gives each of the names a place of its own",
            index::ATTEMPTS
        );
        Err(Violation::new(Path::of(Subject::Map), Code::NoSeed, message).into())
    }

    pub fn is_of_base(&self) -> bool {
        matches!(self.names, Names::OfBase(..))
    }

    /// How many bytes it has, the header included.
    pub fn bytes(&self) -> usize {
        HEADER_BYTES
            + self.slots * SLOT_BYTES
            + self.buckets
            + 4 * self.total
            + self.shapes * SHAPE_BYTES
    }

    /// All patterns with their ranks, unless they are the base's, which was checked.
    pub fn changed_patterns(&self, builder: &Builder<'_>) -> Vec<(&'a str, i32)> {
        let ranks = builder.shop.own[self.exact..].iter().map(|own| own.rank);
        match &self.names {
            Names::New { names, .. } => names[self.exact..].iter().copied().zip(ranks).collect(),
            Names::OfBase(base, _) => {
                let slots = (self.exact..self.total)
                    .filter_map(|at| route::slot_of(base.image, base.header, at as u32));
                let before = slots.clone().map(|slot| u32_at(slot, 12) as i32);
                if ranks.clone().eq(before) {
                    return Vec::new();
                }
                slots
                    .map(|slot| base.answer(slot).name())
                    .zip(ranks)
                    .collect()
            }
        }
    }

    /// Writes the long keys, with which TEXT begins.
    pub fn write_long_keys(&self, text: &mut Vec<u8>) {
        match &self.names {
            Names::New { names, .. } => {
                let long = names.iter().filter(|name| name.len() > KEY_INLINE_BYTES);
                long.for_each(|name| text.extend_from_slice(name.as_bytes()));
            }
            Names::OfBase(base, long) => {
                let keys = &base.header.section(base.image, section::TEXT)[..*long];
                text.extend_from_slice(keys);
            }
        }
    }

    /// Writes it, with a header that is still empty.
    pub fn write(&self, draft: &mut Draft) {
        let (names, placement, shapes) = match &self.names {
            Names::OfBase(base, _) => return draft.extend(&base.image[..self.bytes()]),
            Names::New {
                names,
                placement,
                shapes,
            } => (names, placement, shapes),
        };
        draft.zeros(HEADER_BYTES + self.slots * SLOT_BYTES);
        let slots = draft.bytes()[HEADER_BYTES..]
            .as_chunks_mut::<SLOT_BYTES>()
            .0;
        let mut text = 0;
        for (ordinal, (name, at)) in names.iter().zip(&placement.slots).enumerate() {
            let slot = &mut slots[*at as usize];
            write_key(slot, name.as_bytes(), &mut text);
            slot[4..8].copy_from_slice(&(ordinal as u32).to_le_bytes());
            if ordinal >= self.exact {
                slot[1] = flag::IS_PATTERN;
            }
        }
        draft.extend(&placement.pilots);
        for at in &placement.slots {
            draft.extend(&at.to_le_bytes());
        }
        draft.extend(shapes);
    }

    /// The slots, and the slot of each ordinal, of what follows the header.
    pub fn slots_and_order<'b>(&self, rest: &'b mut [u8]) -> (&'b mut [Slot], &'b [[u8; 4]]) {
        let (slots, rest) = rest.split_at_mut(self.slots * SLOT_BYTES);
        let order = &rest[self.buckets..][..4 * self.total];
        (slots.as_chunks_mut().0, order.as_chunks().0)
    }

    /// Writes all of the header but the fallback. `tail` are the lengths of the
    /// sections from POLICIES on.
    pub fn write_head(&self, image: &mut [u8], routes: usize, tail: &[usize; 5]) {
        let lengths = [
            self.slots * SLOT_BYTES,
            self.buckets,
            4 * self.total,
            self.shapes * SHAPE_BYTES,
        ];
        image[..8].copy_from_slice(&MAGIC);
        image[16..24].copy_from_slice(&self.fingerprint.to_le_bytes());
        image[24..32].copy_from_slice(&self.seed.to_le_bytes());
        let bytes = image.len();
        let mut put = |at: usize, value: usize| {
            image[at..at + 4].copy_from_slice(&(value as u32).to_le_bytes());
        };
        put(8, FORMAT as usize);
        put(12, bytes);
        put(32, self.events);
        put(36, self.exact);
        put(40, self.total - self.exact);
        put(44, self.slots);
        put(48, self.buckets);
        put(52, self.shapes);
        put(56, tail[0] / POLICY_BYTES);
        put(60, routes);
        let mut start = HEADER_BYTES;
        for (at, length) in lengths.iter().chain(tail).enumerate() {
            put(64 + 4 * at, start);
            start += length;
        }
    }
}

/// The slot of the fallback in a header.
pub(super) fn fallback(head: &mut [u8]) -> Option<&mut Slot> {
    head.get_mut(FALLBACK..)?.first_chunk_mut()
}

/// How many bytes of TEXT are keys, if they stand there as they are written here:
/// first, and in the order of the ordinals.
fn long_keys(base: View<'_>) -> Option<usize> {
    let text = base.header.section(base.image, section::TEXT);
    let mut long = 0;
    if text.is_empty() {
        return Some(long);
    }
    for ordinal in 0..base.header.names + base.header.patterns {
        let slot = route::slot_of(base.image, base.header, ordinal)?;
        if usize::from(slot[0]) > KEY_INLINE_BYTES {
            let at = u32_at(slot, KEY + KEY_SPILLED_BYTES) as usize;
            if at != long {
                return None;
            }
            long += usize::from(slot[0]);
        }
    }
    (long <= text.len()).then_some(long)
}

/// Every name that gets a slot and its own route, in the order of the ordinals; how
/// many of them are the catalog's, and how many are no patterns.
fn named<'a>(
    builder: &Builder<'a>,
    problems: &mut Violations,
) -> (Vec<(&'a str, Own)>, usize, usize) {
    let own = &builder.shop.own;
    let mut named: Vec<(&'a str, Own)> = Vec::with_capacity(own.len() + builder.added.len());
    match builder.base {
        Some(base) => {
            let names = base.entries().map(|entry| entry.route.name());
            named.extend(names.zip(own.iter().copied()));
        }
        None => named.extend(builder.spec.events.iter().copied().zip(own.iter().copied())),
    }
    let events = builder
        .base
        .map_or(own.len(), |base| base.header.events as usize);
    let mut exact = named.split_off(events);
    exact.retain(|(_, own)| own.is_some());
    exact.extend(&builder.added);
    let mut patterns: Vec<(&str, Own)> = exact
        .extract_if(.., |(name, _)| name::is_pattern(name))
        .collect();
    for part in [&mut exact, &mut patterns] {
        part.sort_unstable_by_key(|(name, _)| *name);
        for pair in part.windows(2) {
            if pair[0].0 == pair[1].0 {
                let path = Path::of(Subject::Route(pair[0].0.to_owned()));
                let message = "the route stands twice";
                problems.push(Violation::new(path, Code::Duplicate, message));
            }
        }
    }
    named.append(&mut exact);
    let exact = named.len();
    named.append(&mut patterns);
    (named, events, exact)
}

/// Writes a key into its slot; the whole of a long one is at `text`, which moves on.
fn write_key(slot: &mut Slot, key: &[u8], text: &mut u32) {
    slot[0] = key.len() as u8;
    if key.len() <= KEY_INLINE_BYTES {
        slot[KEY..KEY + key.len()].copy_from_slice(key);
        return;
    }
    slot[KEY..KEY + KEY_SPILLED_BYTES].copy_from_slice(&key[..KEY_SPILLED_BYTES]);
    slot[KEY + KEY_SPILLED_BYTES..].copy_from_slice(&text.to_le_bytes());
    *text += key.len() as u32;
}
