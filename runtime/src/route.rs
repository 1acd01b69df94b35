//! What a lookup answers, before a catalog gives it types: consumers by position.

use std::time::Duration;

use crate::catalog::CatalogView;
use crate::layout::{
    FALLBACK, HEADER_BYTES, Header, KEY, KEY_INLINE_BYTES, KEY_SPILLED_BYTES, LIST_HEAD_BYTES,
    POLICY_BYTES, SLOT_BYTES, flag, section, u32_at, u64_at,
};
use crate::pick::Draw;

/// Importance of a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Priority {
    /// May wait.
    Low = 1,
    /// As usual.
    #[default]
    Normal = 2,
    /// Ahead of the others.
    High = 3,
}

impl Priority {
    /// The word of the definition language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
        }
    }
}

/// How a delivery is to be made. The host acts on it; the table only tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Policy {
    /// Longest time for one attempt.
    pub timeout: Option<Duration>,
    /// Attempts after the first.
    pub retries: u8,
    /// Pause before an attempt after the first.
    pub retry_delay: Option<Duration>,
    /// Importance.
    pub priority: Priority,
}

impl Policy {
    pub(crate) fn write(&self) -> [u8; POLICY_BYTES] {
        let ns =
            |d: Option<Duration>| d.map_or(0, |d| u64::try_from(d.as_nanos()).unwrap_or(u64::MAX));
        let mut out = [0; POLICY_BYTES];
        out[..8].copy_from_slice(&ns(self.timeout).to_le_bytes());
        out[8..16].copy_from_slice(&ns(self.retry_delay).to_le_bytes());
        out[16] = self.retries;
        out[17] = self.priority as u8;
        out
    }

    pub(crate) fn read(bytes: &[u8; POLICY_BYTES]) -> Policy {
        let time = |ns| (ns != 0).then(|| Duration::from_nanos(ns));
        Policy {
            timeout: time(u64_at(bytes, 0)),
            retry_delay: time(u64_at(bytes, 8)),
            retries: bytes[16],
            priority: match bytes[17] {
                1 => Priority::Low,
                3 => Priority::High,
                _ => Priority::Normal,
            },
        }
    }
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome<'a> {
    /// It goes to the route's consumers.
    Deliver,
    /// It goes to nobody, for this reason.
    Drop(&'a str),
    /// The event is declared, and nothing says where it goes.
    Unrouted,
}

/// Where the answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A route of this very name.
    Own,
    /// A pattern.
    Pattern,
    /// The fallback.
    Fallback,
    /// Nothing: the event is unrouted.
    Nothing,
}

pub(crate) type Slot = [u8; SLOT_BYTES];

/// The answer for one event name. `Copy`, and as cheap as three pointers.
#[derive(Clone, Copy)]
pub struct RawRoute<'a> {
    pub(crate) image: &'a [u8],
    pub(crate) header: &'a Header,
    pub(crate) slot: &'a Slot,
    /// The name that was asked for; empty: the one of the slot.
    pub(crate) asked: &'a str,
}

impl<'a> RawRoute<'a> {
    /// What becomes of the event.
    #[inline]
    pub fn outcome(&self) -> Outcome<'a> {
        match self.slot[1] & flag::OUTCOME {
            flag::DELIVER => Outcome::Deliver,
            flag::DROP => Outcome::Drop(self.reason()),
            _ => Outcome::Unrouted,
        }
    }

    fn reason(&self) -> &'a str {
        let record = self.record();
        let Some((head, rest)) = record.split_first_chunk::<2>() else {
            return "";
        };
        let bytes = u16::from_le_bytes(*head).into();
        rest.get(..bytes)
            .and_then(|r| std::str::from_utf8(r).ok())
            .unwrap_or("")
    }

    fn record(&self) -> &'a [u8] {
        let lists = self.header.section(self.image, section::LISTS);
        lists.get(u32_at(self.slot, 8) as usize..).unwrap_or(&[])
    }

    /// The three parts of a deliver record: `to`, arms, mirrors.
    #[inline]
    fn parts(&self) -> Parts<'a> {
        if self.slot[1] & flag::OUTCOME != flag::DELIVER {
            return (&[], &[], &[]);
        }
        parts(self.record()).unwrap_or((&[], &[], &[]))
    }

    /// Positions of the consumers that all get the event, in order.
    #[inline]
    pub fn consumers(&self) -> impl ExactSizeIterator<Item = u16> + use<'a> {
        self.parts().0.iter().map(|id| u16::from_le_bytes(*id))
    }

    /// The arms of the split (position of the consumer, weight), by consumer name.
    #[inline]
    pub fn arms(&self) -> impl ExactSizeIterator<Item = (u16, u16)> + use<'a> {
        self.parts()
            .1
            .iter()
            .map(|[a, b, c, d]| (u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d])))
    }

    /// The mirrors (position of the consumer, share in parts per million), by
    /// consumer name.
    #[inline]
    pub fn shares(&self) -> impl ExactSizeIterator<Item = (u16, u32)> + use<'a> {
        self.parts()
            .2
            .iter()
            .map(|m| (u16::from_le_bytes([m[0], m[1]]), u32_at(m, 4)))
    }

    /// The arm of the split for an event with this key; `None`: there is no split.
    pub fn pick(&self, key: &[u8]) -> Option<u16> {
        let catalog = self.catalog();
        let draw = Draw::split(self.name(), key);
        let mut best: Option<(u16, u64, u64)> = None;
        for (consumer, weight) in self.arms() {
            let distance = draw.distance(catalog.consumer(consumer.into()).unwrap_or(""));
            let weight = u64::from(weight);
            // distance / weight < best distance / best weight, without dividing
            if best.is_none_or(|(_, d, w)| distance * w < d * weight) {
                best = Some((consumer, distance, weight));
            }
        }
        best.map(|(consumer, ..)| consumer)
    }

    /// The mirrors that take a copy of an event with this key.
    pub fn mirrors(&self, key: &[u8]) -> impl Iterator<Item = u16> + use<'a> {
        let catalog = self.catalog();
        let draw = Draw::mirror(self.name(), key);
        self.shares()
            .filter(move |(id, share)| {
                draw.takes(catalog.consumer((*id).into()).unwrap_or(""), *share)
            })
            .map(|(id, _)| id)
    }

    /// How to deliver.
    #[inline]
    pub fn policy(&self) -> Policy {
        Policy::read(&policy_bytes(self.image, self.header, self.slot))
    }

    /// Where the answer comes from.
    pub fn origin(&self) -> Origin {
        match self.slot[1] & flag::SOURCE {
            flag::OWN if self.slot[1] & flag::IS_PATTERN != 0 && !self.asked.is_empty() => {
                Origin::Pattern
            }
            flag::OWN => Origin::Own,
            flag::PATTERN => Origin::Pattern,
            flag::FALLBACK => Origin::Fallback,
            _ => Origin::Nothing,
        }
    }

    /// Whether the table holds a route of this very slot's name or pattern.
    pub(crate) fn is_own(&self) -> bool {
        self.slot[1] & flag::SOURCE == flag::OWN
    }

    /// The ordinal of the name or pattern whose own route answers.
    pub(crate) fn decided_by(&self) -> u32 {
        match self.slot[1] & flag::SOURCE {
            flag::PATTERN => u32_at(self.slot, 12),
            _ => u32_at(self.slot, 4),
        }
    }

    /// The pattern that answers, if one does.
    pub fn via(&self) -> Option<&'a str> {
        match self.slot[1] & flag::SOURCE {
            flag::PATTERN => {
                let slot = slot_of(self.image, self.header, u32_at(self.slot, 12))?;
                Some(key(self.image, self.header, slot))
            }
            flag::OWN if self.origin() == Origin::Pattern => {
                Some(key(self.image, self.header, self.slot))
            }
            _ => None,
        }
    }

    /// The name that was asked for.
    #[inline]
    pub fn name(&self) -> &'a str {
        match self.asked {
            "" => key(self.image, self.header, self.slot),
            asked => asked,
        }
    }

    /// The position of the event in the catalog, if it is declared there.
    #[inline]
    pub fn event(&self) -> Option<usize> {
        let ordinal = u32_at(self.slot, 4);
        (self.slot[0] != 0 && ordinal < self.header.events).then_some(ordinal as usize)
    }

    /// The rank, if this is a pattern's own answer.
    pub fn rank(&self) -> i32 {
        match self.slot[1] & flag::IS_PATTERN {
            0 => 0,
            _ => u32_at(self.slot, 12) as i32,
        }
    }

    /// The catalog that names the consumers.
    pub fn catalog(&self) -> CatalogView<'a> {
        CatalogView::new(self.header.section(self.image, section::CATALOG))
    }

    /// Whether the same happens to an event with both: outcome, consumers by name,
    /// policy. Where the answers come from does not matter.
    pub fn same_as(&self, other: &RawRoute<'_>) -> bool {
        fn names<'n, T>(
            route: &RawRoute<'n>,
            list: impl Iterator<Item = (u16, T)>,
        ) -> impl Iterator<Item = (Option<&'n str>, T)> {
            let catalog = route.catalog();
            list.map(move |(id, x)| (catalog.consumer(id.into()), x))
        }
        self.outcome() == other.outcome()
            && self.policy() == other.policy()
            && names(self, self.consumers().map(|c| (c, ())))
                .eq(names(other, other.consumers().map(|c| (c, ()))))
            && names(self, self.arms()).eq(names(other, other.arms()))
            && names(self, self.shares()).eq(names(other, other.shares()))
    }
}

impl std::fmt::Debug for RawRoute<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Route")
            .field("name", &self.name())
            .field("outcome", &self.outcome())
            .field("consumers", &self.consumers().collect::<Vec<_>>())
            .field("arms", &self.arms().collect::<Vec<_>>())
            .field("via", &self.via())
            .finish()
    }
}

/// `to`, arms and mirrors of a deliver record.
type Parts<'a> = (&'a [[u8; 2]], &'a [[u8; 4]], &'a [[u8; 8]]);

/// Cuts a deliver record.
pub(crate) fn parts(record: &[u8]) -> Option<Parts<'_>> {
    let (head, rest) = record.split_first_chunk::<LIST_HEAD_BYTES>()?;
    let count = |at: usize| usize::from(u16::from_le_bytes([head[at], head[at + 1]]));
    let (to, rest) = rest.split_at_checked(2 * count(0))?;
    let (arms, rest) = rest.split_at_checked(4 * count(2))?;
    let mirrors = rest.get(..8 * count(4))?;
    Some((to.as_chunks().0, arms.as_chunks().0, mirrors.as_chunks().0))
}

/// The record of a slot, which answers, among LISTS.
pub(crate) fn record<'b>(lists: &'b [u8], slot: &Slot) -> &'b [u8] {
    let rest = lists.get(u32_at(slot, 8) as usize..).unwrap_or(&[]);
    let bytes = match slot[1] & flag::OUTCOME {
        flag::DROP => rest
            .first_chunk::<2>()
            .map_or(0, |n| 2 + usize::from(u16::from_le_bytes(*n))),
        _ => parts(rest).map_or(0, |(to, arms, mirrors)| {
            LIST_HEAD_BYTES + 2 * to.len() + 4 * arms.len() + 8 * mirrors.len()
        }),
    };
    rest.get(..bytes).unwrap_or(&[])
}

/// The policy of a slot, as in POLICIES.
#[inline]
pub(crate) fn policy_bytes(image: &[u8], header: &Header, slot: &Slot) -> [u8; POLICY_BYTES] {
    let at = usize::from(u16::from_le_bytes([slot[2], slot[3]]));
    let policies = header.section(image, section::POLICIES).as_chunks().0;
    policies.get(at).copied().unwrap_or([0; POLICY_BYTES])
}

/// The slot of an ordinal.
#[inline]
pub(crate) fn slot_of<'a>(image: &'a [u8], header: &Header, ordinal: u32) -> Option<&'a Slot> {
    (ordinal < header.names + header.patterns).then(|| slot_at(image, header, ordinal as usize))?
}

/// The slot of an ordinal that exists.
#[inline]
pub(crate) fn slot_at<'a>(image: &'a [u8], header: &Header, ordinal: usize) -> Option<&'a Slot> {
    let order = header.at[section::ORDER] as usize + 4 * ordinal;
    let at = u32::from_le_bytes(*image.get(order..)?.first_chunk()?) as usize;
    slot_in(image, at)
}

/// The slot in that place.
#[inline]
pub(crate) fn slot_in(image: &[u8], at: usize) -> Option<&Slot> {
    let start = HEADER_BYTES + at * SLOT_BYTES;
    image.get(start..start + SLOT_BYTES)?.first_chunk()
}

/// The key of a slot.
#[inline]
pub(crate) fn key_bytes<'a>(text: &'a [u8], slot: &'a Slot) -> &'a [u8] {
    let bytes = usize::from(slot[0]);
    if bytes <= KEY_INLINE_BYTES {
        return &slot[KEY..KEY + bytes];
    }
    let at = u32_at(slot, KEY + KEY_SPILLED_BYTES) as usize;
    text.get(at..at.saturating_add(bytes)).unwrap_or(&[])
}

fn key<'a>(image: &'a [u8], header: &Header, slot: &'a Slot) -> &'a str {
    std::str::from_utf8(key_bytes(header.section(image, section::TEXT), slot)).unwrap_or("")
}

/// The fallback, as a slot.
#[inline]
pub(crate) fn fallback(image: &[u8]) -> Option<&Slot> {
    let slot = image.get(FALLBACK..)?.first_chunk::<SLOT_BYTES>()?;
    (slot[1] & flag::OUTCOME != flag::UNROUTED).then_some(slot)
}
