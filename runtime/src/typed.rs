//! Tables and routes with the names of one catalog: what generated code gives out.

use std::marker::PhantomData;

use crate::hash::Digest;
use crate::image::Image;
use crate::layout::Header;
use crate::route::{Origin, Outcome, Policy, RawRoute};
use crate::stamp::Stamp;
use crate::table::RouteTable;
use crate::values::Values;

/// A marker for what one binary was compiled with; implemented by generated code.
/// It keeps the events of one catalog away from the tables of another.
pub trait Catalog: Copy + Send + Sync + 'static {
    /// The declared events.
    type Event: Copy + Send + Sync + 'static;
    /// The declared consumers.
    type Consumer: Copy + Send + Sync + 'static;
    /// Fingerprint of the catalog, as in every image made for it.
    const FINGERPRINT: u64;
    /// The events by position.
    const EVENTS: &'static [Self::Event];
    /// The consumers by position.
    const CONSUMERS: &'static [Self::Consumer];
    /// The position of an event.
    fn index(event: Self::Event) -> usize;
    /// Whether an image of that fingerprint, with so many events, was made for it.
    fn fits(fingerprint: u64, events: usize) -> bool {
        fingerprint == Self::FINGERPRINT && events == Self::EVENTS.len()
    }
}

/// A text that is no name of the generated enum it was parsed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownName;

impl std::fmt::Display for UnknownName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no such name was declared when this was compiled")
    }
}

impl std::error::Error for UnknownName {}

/// A whole generation: routes and settings that belong together. Cloning shares.
pub struct Table<C> {
    raw: RouteTable<Image>,
    pub(crate) version: u64,
    catalog: PhantomData<fn() -> C>,
}

impl<C> Clone for Table<C> {
    fn clone(&self) -> Self {
        Table {
            raw: self.raw.clone(),
            version: self.version,
            catalog: PhantomData,
        }
    }
}

impl<C: Catalog> Table<C> {
    /// The table of a linked image. Its digest is taken on trust; the generated test
    /// reckons it again.
    ///
    /// # Panics
    /// At compile time (it is for statics): if the bytes are not a whole image of
    /// this format, made for this catalog. What the sections hold is checked by the
    /// generated test; lookups stay within them whatever they hold.
    pub const fn linked(image: &'static [u8], digest: u128) -> Table<C> {
        let mut header = match Header::parse(image) {
            Ok(header) => header,
            Err(fault) => panic!("{}", fault),
        };
        header.digest = Digest::from_u128(digest);
        assert!(
            header.fingerprint == C::FINGERPRINT,
            "the image was made for another catalog than the generated code; run codegen again"
        );
        assert!(
            header.events as usize == C::EVENTS.len(),
            "the image has other events than the generated code"
        );
        Table {
            raw: RouteTable::trusted(Image::linked(image), header),
            version: 0,
            catalog: PhantomData,
        }
    }

    /// A table that was built or opened elsewhere, say for a test; `None` if it was
    /// made for another catalog.
    pub fn new(raw: RouteTable<Image>, version: u64) -> Option<Table<C>> {
        C::fits(raw.fingerprint(), raw.events()).then_some(Table {
            raw,
            version,
            catalog: PhantomData,
        })
    }

    /// The answer for a name from outside; `None`: it is not declared, and nothing
    /// answers for it.
    #[inline]
    pub fn find<'a>(&'a self, name: &'a str) -> Option<Route<'a, C>> {
        self.raw.find(name).map(Route::new)
    }

    /// The answer for a declared event. There always is one.
    #[inline]
    pub fn get(&self, event: C::Event) -> Route<'_, C> {
        Route::new(self.raw.at_or_nobody(C::index(event)))
    }

    /// The values of the settings; generated accessors read them.
    #[inline]
    pub fn values(&self) -> Values<'_> {
        self.raw.values()
    }

    /// The version that was pushed; 0 is the compiled baseline.
    #[inline]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The same table without types, for tools.
    pub fn raw(&self) -> &RouteTable<Image> {
        &self.raw
    }

    pub(crate) fn holders(&self) -> usize {
        self.raw.data().holders()
    }
}

impl<C> std::fmt::Debug for Table<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table")
            .field("version", &self.version)
            .field("routes", &self.raw.routes())
            .finish()
    }
}

/// The answer for one event. `Copy`, and as cheap as a few pointers.
pub struct Route<'a, C> {
    raw: RawRoute<'a>,
    catalog: PhantomData<fn() -> C>,
}

impl<C> Clone for Route<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Route<'_, C> {}

impl<'a, C: Catalog> Route<'a, C> {
    #[inline]
    fn new(raw: RawRoute<'a>) -> Route<'a, C> {
        Route {
            raw,
            catalog: PhantomData,
        }
    }

    #[inline]
    fn consumer(at: u16) -> Option<C::Consumer> {
        C::CONSUMERS.get(usize::from(at)).copied()
    }

    /// What becomes of the event.
    #[inline]
    pub fn outcome(&self) -> Outcome<'a> {
        self.raw.outcome()
    }

    /// The consumers that all get the event, in order. (A split and mirrors come on
    /// top; see [`pick`](Self::pick) and [`mirrors`](Self::mirrors).)
    #[inline]
    pub fn consumers(&self) -> impl Iterator<Item = C::Consumer> + use<'a, C> {
        self.raw.consumers().filter_map(Self::consumer)
    }

    /// The arm of the split for an event with this key; `None`: there is no split.
    /// The same key always gets the same arm, and a changed weight moves no more
    /// keys than it must.
    #[inline]
    pub fn pick(&self, key: &[u8]) -> Option<C::Consumer> {
        self.raw.pick(key).and_then(Self::consumer)
    }

    /// The mirrors that take a copy of an event with this key.
    #[inline]
    pub fn mirrors(&self, key: &[u8]) -> impl Iterator<Item = C::Consumer> + use<'a, C> {
        self.raw.mirrors(key).filter_map(Self::consumer)
    }

    /// The arms of the split, with their weights.
    pub fn arms(&self) -> impl Iterator<Item = (C::Consumer, u16)> + use<'a, C> {
        self.raw
            .arms()
            .filter_map(|(at, weight)| Some((Self::consumer(at)?, weight)))
    }

    /// How to deliver.
    #[inline]
    pub fn policy(&self) -> Policy {
        self.raw.policy()
    }

    /// Where the answer comes from.
    pub fn origin(&self) -> Origin {
        self.raw.origin()
    }

    /// The pattern that answers, if one does.
    pub fn via(&self) -> Option<&'a str> {
        self.raw.via()
    }

    /// Which route of which table decided, in 64 bits, for logs and traces; see [`Stamp`].
    #[inline]
    pub fn stamp(&self) -> Stamp {
        self.raw.stamp()
    }

    /// The name of the event.
    #[inline]
    pub fn name(&self) -> &'a str {
        self.raw.name()
    }

    /// The event, if it is declared.
    #[inline]
    pub fn event(&self) -> Option<C::Event> {
        C::EVENTS.get(self.raw.event()?).copied()
    }

    /// The same route without types, for tools.
    pub fn raw(&self) -> RawRoute<'a> {
        self.raw
    }
}

impl<C> std::fmt::Debug for Route<'_, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.raw.fmt(f)
    }
}
