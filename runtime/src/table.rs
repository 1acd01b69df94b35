//! The one reader of images.

use crate::catalog::CatalogView;
use crate::hash::{self, Digest};
use crate::index;
use crate::layout::{
    Header, KEY, KEY_INLINE_BYTES, KEY_SPILLED_BYTES, SHAPE_BYTES, SLOT_BYTES, flag, section,
};
use crate::limits::NAME_BYTES_MAX;
use crate::pattern::{Segments, Shape};
use crate::route::{self, RawRoute, Slot};
use crate::values::Values;

/// A compiled table over any bytes: a linked image, a built one, a file's, a map's.
///
/// Opening checks the bytes once; a lookup then takes no lock, allocates nothing and
/// makes no system call.
#[derive(Clone, Debug)]
pub struct RouteTable<D> {
    data: D,
    header: Header,
}

/// Why some bytes are no table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenError(pub(crate) &'static str);

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not a route table: {}", self.0)
    }
}

impl std::error::Error for OpenError {}

impl<D: AsRef<[u8]>> RouteTable<D> {
    /// Opens an image and checks all of it: whatever it holds, no later read panics,
    /// leaves it, or meets a consumer, setting or name that is not there.
    pub fn open(data: D) -> Result<RouteTable<D>, OpenError> {
        let mut header = Header::parse(data.as_ref()).map_err(OpenError)?;
        header.digest = Digest::of(data.as_ref());
        let table = RouteTable { data, header };
        crate::verify::verify(table.view()).map_err(OpenError)?;
        Ok(table)
    }

    /// Takes an image whose header was read before, and holds its digest.
    pub(crate) const fn trusted(data: D, header: Header) -> RouteTable<D> {
        RouteTable { data, header }
    }

    #[inline]
    pub(crate) fn view(&self) -> View<'_> {
        View {
            image: self.data.as_ref(),
            header: &self.header,
        }
    }

    pub(crate) fn data(&self) -> &D {
        &self.data
    }

    /// Checks all of a table that was not opened: a linked one.
    pub fn verify(&self) -> Result<(), OpenError> {
        if self.header.digest != Digest::of(self.as_image()) {
            return Err(OpenError(
                "the image is not the one that the generated code names",
            ));
        }
        crate::verify::verify(self.view()).map_err(OpenError)
    }

    /// The image.
    pub fn as_image(&self) -> &[u8] {
        self.data.as_ref()
    }

    /// Digest of the effective content: of the image.
    pub fn digest(&self) -> Digest {
        self.header.digest
    }

    /// Fingerprint of the catalog.
    pub fn fingerprint(&self) -> u64 {
        self.header.fingerprint
    }

    /// The answer for a name: of its own route, of a pattern, of the fallback.
    /// `None`: the name is not declared and nothing answers for it.
    #[inline]
    pub fn find<'a>(&'a self, name: &'a str) -> Option<RawRoute<'a>> {
        self.view().find(name)
    }

    /// The route that the definition or push holds under exactly this name, which may
    /// be a pattern; inherited answers do not count.
    pub fn own(&self, name: &str) -> Option<RawRoute<'_>> {
        let view = self.view();
        view.key(name.as_bytes())
            .filter(|slot| slot[1] & flag::SOURCE == flag::OWN)
            .map(|slot| view.answer(slot))
    }

    /// All patterns that meet this name, the one that would answer first: the others
    /// lost to it. An exact route, if there is one, beats them all.
    pub fn patterns(&self, name: &str) -> Vec<RawRoute<'_>> {
        let view = self.view();
        view.patterns(name)
            .into_iter()
            .map(|slot| view.answer(slot))
            .collect()
    }

    /// The answer for the event at that position of the catalog.
    #[inline]
    pub fn at(&self, event: usize) -> Option<RawRoute<'_>> {
        if event >= self.header.events as usize {
            return None;
        }
        let view = self.view();
        route::slot_at(view.image, view.header, event).map(|slot| view.answer(slot))
    }

    /// The same, but unrouted where there is no such event.
    #[inline]
    pub(crate) fn at_or_nobody(&self, event: usize) -> RawRoute<'_> {
        self.at(event)
            .unwrap_or_else(|| self.view().answer(&NOBODY))
    }

    /// How many events the catalog declares.
    pub fn events(&self) -> usize {
        self.header.events as usize
    }

    /// How many routes of their own there are, patterns included.
    pub fn routes(&self) -> usize {
        self.header.routes as usize
    }

    /// All names with a slot: the catalog's events, then other names, then patterns,
    /// each part in the order of the names.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = Entry<'_>> {
        self.view().entries()
    }

    /// The answer for whatever nothing else matches.
    pub fn fallback(&self) -> Option<RawRoute<'_>> {
        self.view().fallback()
    }

    /// The catalog.
    pub fn catalog(&self) -> CatalogView<'_> {
        self.view().catalog()
    }

    /// The values of the settings.
    #[inline]
    pub fn values(&self) -> Values<'_> {
        self.view().values()
    }
}

/// A borrowed table: what [`RouteTable`] does, whatever holds the bytes.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub image: &'a [u8],
    pub header: &'a Header,
}

impl<'a> View<'a> {
    #[inline]
    pub fn of(image: &'a [u8], header: &'a Header) -> View<'a> {
        View { image, header }
    }

    #[inline]
    pub fn find(self, name: &'a str) -> Option<RawRoute<'a>> {
        let slot = match self.exact(name.as_bytes()) {
            Some(slot) => slot,
            None => find_unknown(self.image, self.header, name)?,
        };
        Some(RawRoute {
            asked: name,
            ..self.answer(slot)
        })
    }

    #[inline]
    fn exact(self, name: &[u8]) -> Option<&'a Slot> {
        self.key(name)
            .filter(|slot| slot[1] & flag::IS_PATTERN == 0)
    }

    /// The slot with exactly this key, name or pattern.
    #[inline]
    pub fn key(self, key: &[u8]) -> Option<&'a Slot> {
        // The length goes first: a name that nothing can have is not even hashed.
        if key.is_empty() || key.len() > NAME_BYTES_MAX {
            return None;
        }
        let header = self.header;
        let hash = hash::key(key);
        let bucket = index::bucket(hash, header.buckets as usize);
        let pilot = *self
            .image
            .get(header.at[section::PILOTS] as usize + bucket)?;
        let slot = self.slot(index::slot(hash, header.seed, pilot, header.slots as usize))?;
        self.has_key(slot, key).then_some(slot)
    }

    /// The slot in that place.
    #[inline]
    pub fn slot(self, at: usize) -> Option<&'a Slot> {
        route::slot_in(self.image, at)
    }

    /// Whether a slot has this key.
    #[inline]
    fn has_key(self, slot: &Slot, key: &[u8]) -> bool {
        if usize::from(slot[0]) != key.len() {
            return false;
        }
        // By two halves that overlap: no call, and branches as in the hash before.
        let length = key.len();
        match (key.first_chunk::<16>(), key.last_chunk::<16>()) {
            (Some(first), Some(last)) if length <= 32 => {
                slot[KEY..KEY + 16] == *first && slot[KEY + length - 16..KEY + length] == *last
            }
            _ if length <= KEY_INLINE_BYTES => slot[KEY..KEY + length] == *key,
            _ => self.has_long_key(slot, key),
        }
    }

    #[cold]
    fn has_long_key(self, slot: &Slot, key: &[u8]) -> bool {
        let text = self.header.section(self.image, section::TEXT);
        key.starts_with(&slot[KEY..KEY + KEY_SPILLED_BYTES]) && route::key_bytes(text, slot) == key
    }

    /// The keys, to go through them one by one.
    pub fn keys(self) -> Keys<'a> {
        let section = |at| self.header.section(self.image, at);
        Keys {
            order: section(section::ORDER).as_chunks().0,
            slots: section(section::SLOTS).as_chunks().0,
            text: section(section::TEXT),
        }
    }

    #[inline]
    pub fn answer(self, slot: &'a Slot) -> RawRoute<'a> {
        RawRoute {
            image: self.image,
            header: self.header,
            slot,
            asked: "",
        }
    }

    #[inline]
    pub fn by_ordinal(self, ordinal: u32) -> Option<RawRoute<'a>> {
        route::slot_of(self.image, self.header, ordinal).map(|slot| self.answer(slot))
    }

    /// The slot of the pattern that answers for this name, if any meets it.
    pub fn pattern(self, name: &str) -> Option<&'a Slot> {
        let mut best: Option<(&Slot, (u32, bool))> = None;
        self.each_pattern(name, |slot, class| {
            // Shapes come most specific first, and only within a class does rank decide.
            if best.is_some_and(|(_, of_best)| of_best != class) {
                return false;
            }
            if best.is_none_or(|(of_best, _)| rank(slot) > rank(of_best)) {
                best = Some((slot, class));
            }
            true
        });
        best.map(|(slot, _)| slot)
    }

    /// All patterns that meet this name, the one that answers first.
    pub fn patterns(self, name: &str) -> Vec<&'a Slot> {
        let mut found = Vec::new();
        self.each_pattern(name, |slot, class| {
            found.push((class, std::cmp::Reverse(rank(slot)), slot));
            true
        });
        found.sort_unstable_by_key(|(class, rank, _)| (*class, *rank));
        found.into_iter().map(|(.., slot)| slot).collect()
    }

    /// Calls `found` with the pattern of each shape that meets this name, and its
    /// class, most specific class first, until it says stop (false).
    #[inline]
    fn each_pattern(self, name: &str, mut found: impl FnMut(&'a Slot, (u32, bool)) -> bool) {
        if self.header.shapes == 0 {
            return;
        }
        let Some(segments) = Segments::of(name) else {
            return;
        };
        let mut buffer = [0; NAME_BYTES_MAX + 4];
        let shapes = self.header.section(self.image, section::SHAPES);
        for shape in shapes.as_chunks::<SHAPE_BYTES>().0.iter().map(Shape::read) {
            if !shape.fits(segments.count) {
                continue;
            }
            let slot = self.key(segments.key(shape, &mut buffer));
            if let Some(slot) = slot.filter(|slot| slot[1] & flag::IS_PATTERN != 0)
                && !found(slot, shape.class())
            {
                return;
            }
        }
    }

    pub fn entries(self) -> impl ExactSizeIterator<Item = Entry<'a>> {
        let (names, patterns) = (self.header.names as usize, self.header.patterns as usize);
        (0..names + patterns).map(move |ordinal| Entry {
            route: self
                .by_ordinal(ordinal as u32)
                .unwrap_or_else(|| self.answer(&NOBODY)),
            is_pattern: ordinal >= names,
        })
    }

    pub fn fallback(self) -> Option<RawRoute<'a>> {
        route::fallback(self.image).map(|slot| self.answer(slot))
    }

    pub fn catalog(self) -> CatalogView<'a> {
        CatalogView::new(self.header.section(self.image, section::CATALOG))
    }

    #[inline]
    pub fn values(self) -> Values<'a> {
        Values::of(self.image, self.header)
    }
}

/// What patterns and the fallback say of a name that has no slot. Its arguments are
/// those of a view one by one, which keeps them in registers.
#[cold]
#[inline(never)]
fn find_unknown<'a>(image: &'a [u8], header: &'a Header, name: &str) -> Option<&'a Slot> {
    if !header.catches {
        return None;
    }
    let view = View::of(image, header);
    view.pattern(name).or_else(|| route::fallback(image))
}

const NOBODY: Slot = [0; SLOT_BYTES];

/// A name that a table holds, and its answer.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The answer. Its name is the entry's.
    pub route: RawRoute<'a>,
    /// Whether the name is a pattern.
    pub is_pattern: bool,
}

/// The parts of an image that lead from ordinals to keys, cut once.
#[derive(Clone, Copy, Default)]
pub(crate) struct Keys<'a> {
    order: &'a [[u8; 4]],
    slots: &'a [Slot],
    text: &'a [u8],
}

impl<'a> Keys<'a> {
    /// The key of an ordinal.
    #[inline]
    pub fn key_of(&self, ordinal: u32) -> Option<&'a [u8]> {
        let at = u32::from_le_bytes(*self.order.get(ordinal as usize)?);
        Some(route::key_bytes(self.text, self.slots.get(at as usize)?))
    }
}

fn rank(slot: &Slot) -> i32 {
    crate::layout::u32_at(slot, 12) as i32
}
