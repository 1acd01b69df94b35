//! Own routes on their way from a push into an image, and the room for them, which
//! the next push uses again.

use crate::builder::RouteSpec;
use crate::image::Image;
use crate::layout::{LIST_HEAD_BYTES, POLICY_BYTES, flag, section, u32_at};
use crate::limits::{REASON_BYTES_MAX, RETRIES_MAX};
use crate::records::Records;
use crate::route::{self, Policy, Slot};
use crate::table::View;
use crate::wire::varint;

/// The own route of one name.
#[derive(Clone, Copy, Default)]
pub(crate) struct Own {
    /// Where its record is: in LISTS of the base, or in the arena.
    record: u32,
    /// Where its policy is, among the policies of the workshop.
    policy: u32,
    pub rank: i32,
    /// As in the flags of a slot; unrouted: there is no such route.
    pub outcome: u8,
    pub mark: Mark,
}

/// Who speaks of a name.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Only the base, if anybody does.
    #[default]
    Base,
    /// The push sets it.
    Set,
    /// The push removes it.
    Removed,
}

impl Own {
    pub const REMOVED: Own = Own {
        record: 0,
        policy: 0,
        rank: 0,
        outcome: flag::UNROUTED,
        mark: Mark::Removed,
    };

    #[inline]
    pub fn is_some(&self) -> bool {
        self.outcome != flag::UNROUTED
    }
}

/// A pushed route that has a name, a `to` and perhaps a policy or rank, and nothing
/// else.
pub(crate) struct Plain<'a> {
    pub name: &'a [u8],
    /// Varints: positions among the consumers of the push.
    pub to: &'a [u8],
    pub timeout_ns: u64,
    pub retry_delay_ns: u64,
    pub retries: u64,
    pub priority: u8,
    pub rank: i32,
}

/// What is collected for an image. Cleared, it keeps its room.
#[derive(Default)]
pub(crate) struct Workshop {
    /// By ordinal.
    pub own: Vec<Own>,
    /// Records of the routes that are not the base's.
    arena: Vec<u8>,
    policies: Records,
    last_policy: ([u8; POLICY_BYTES], u32),
    /// Position in the catalog of each consumer of the push; `None`: it has none.
    pub ids: Vec<Option<u16>>,
    answers: Answers,
    /// Bytes of LISTS of the base, if routes of the base are taken over.
    base_lists: usize,
    /// An image that nobody reads any more, whose bytes the next one takes.
    pub spare: Option<Image>,
}

/// LISTS and POLICIES as they will be, each distinct record once, in the order of
/// first use; and where what was collected is in them.
#[derive(Default)]
struct Answers {
    lists: Records,
    /// The new number of each policy, and the old places in the order of the new.
    numbers: Vec<u16>,
    policies: Vec<u32>,
    /// The new place of each record of the base, by its old one.
    moved: Vec<u32>,
}

const NOWHERE: u32 = u32::MAX;
const UNUSED: u16 = u16::MAX;

impl Workshop {
    /// Makes it ready for so many names.
    pub fn clear(&mut self, names: usize) {
        self.own.clear();
        self.own.resize(names, Own::default());
        self.arena.clear();
        self.policies.clear();
        let none = Policy::default().write();
        self.last_policy = (none, self.policies.put(&none));
        self.ids.clear();
        self.base_lists = 0;
        self.answers.lists.clear();
        self.answers.numbers.clear();
        self.answers.policies.clear();
        // "None given" is always the first.
        self.answers.numbers.push(0);
        self.answers.policies.push(self.last_policy.1);
        self.answers.moved.clear();
    }

    /// Takes over all own routes of the base.
    pub fn take(&mut self, base: View<'_>) {
        self.base_lists = base.header.section(base.image, section::LISTS).len();
        for ordinal in 0..self.own.len() {
            if let Some(slot) = route::slot_of(base.image, base.header, ordinal as u32)
                && slot[1] & flag::SOURCE == flag::OWN
            {
                self.own[ordinal] = self.of_base(base, slot);
            }
        }
    }

    /// What a slot of the base says.
    pub fn of_base(&mut self, base: View<'_>, slot: &Slot) -> Own {
        let pattern = slot[1] & flag::IS_PATTERN != 0;
        Own {
            record: u32_at(slot, 8),
            policy: self.policy(route::policy_bytes(base.image, base.header, slot)),
            rank: if pattern { u32_at(slot, 12) as i32 } else { 0 },
            outcome: slot[1] & flag::OUTCOME,
            mark: Mark::Base,
        }
    }

    /// Neighbours often share their policy, so the table is often not asked.
    #[inline]
    fn policy(&mut self, policy: [u8; POLICY_BYTES]) -> u32 {
        if policy != self.last_policy.0 {
            self.last_policy = (policy, self.policies.put(&policy));
        }
        self.last_policy.1
    }

    /// Encodes a route.
    pub fn write(&mut self, spec: &RouteSpec<'_>) -> Own {
        let record = self.arena.len() as u32;
        let outcome = match spec.drop {
            Some(reason) => {
                let bytes = reason.len().min(REASON_BYTES_MAX);
                self.arena.extend_from_slice(&(bytes as u16).to_le_bytes());
                self.arena.extend_from_slice(&reason.as_bytes()[..bytes]);
                flag::DROP
            }
            None => {
                self.write_deliver(spec);
                flag::DELIVER
            }
        };
        let policy = Policy {
            retries: spec.attempts().min(RETRIES_MAX) as u8,
            ..spec.policy
        };
        Own {
            record,
            policy: self.policy(policy.write()),
            rank: spec.rank,
            outcome,
            mark: Mark::Set,
        }
    }

    fn write_deliver(&mut self, spec: &RouteSpec<'_>) {
        let counts = [spec.to.len(), spec.split.len(), spec.mirror.len(), 0];
        for count in counts {
            self.arena.extend_from_slice(&(count as u16).to_le_bytes());
        }
        for id in spec.to {
            self.arena.extend_from_slice(&id.to_le_bytes());
        }
        let at = self.arena.len();
        for (id, weight) in spec.split {
            self.arena.extend_from_slice(&id.to_le_bytes());
            self.arena
                .extend_from_slice(&(*weight as u16).to_le_bytes());
        }
        let by_id = |record: &[u8]| u16::from_le_bytes([record[0], record[1]]);
        self.arena[at..]
            .as_chunks_mut::<4>()
            .0
            .sort_unstable_by_key(|arm| by_id(arm));
        let at = self.arena.len();
        for (id, share) in spec.mirror {
            self.arena.extend_from_slice(&id.to_le_bytes());
            self.arena.extend_from_slice(&[0, 0]);
            self.arena.extend_from_slice(&share.to_le_bytes());
        }
        self.arena[at..]
            .as_chunks_mut::<8>()
            .0
            .sort_unstable_by_key(|mirror| by_id(mirror));
    }

    /// Encodes a plain route, unless any check would have something to say of it.
    #[inline]
    pub fn write_plain(&mut self, plain: &Plain<'_>, consumers_max: usize) -> Option<Own> {
        let record = self.arena.len();
        if plain.retries > u64::from(RETRIES_MAX) {
            return None;
        }
        self.arena.extend_from_slice(&[0; LIST_HEAD_BYTES]);
        let Some(count) = self.write_to(record + LIST_HEAD_BYTES, plain.to, consumers_max) else {
            self.arena.truncate(record);
            return None;
        };
        self.arena[record..record + 2].copy_from_slice(&count.to_le_bytes());
        let mut policy = [0; POLICY_BYTES];
        policy[..8].copy_from_slice(&plain.timeout_ns.to_le_bytes());
        policy[8..16].copy_from_slice(&plain.retry_delay_ns.to_le_bytes());
        policy[16] = plain.retries as u8;
        policy[17] = plain.priority;
        Some(Own {
            record: record as u32,
            policy: self.policy(policy),
            rank: plain.rank,
            outcome: flag::DELIVER,
            mark: Mark::Set,
        })
    }

    /// Writes consumers from `start` on, each known and there once; tells how many.
    #[inline]
    fn write_to(&mut self, start: usize, mut to: &[u8], max: usize) -> Option<u16> {
        let mut count = 0;
        while !to.is_empty() {
            let at = varint(&mut to).ok()?;
            let id = (*self.ids.get(usize::try_from(at).ok()?)?)?.to_le_bytes();
            if count == max || self.arena[start..].as_chunks::<2>().0.contains(&id) {
                return None;
            }
            self.arena.extend_from_slice(&id);
            count += 1;
        }
        u16::try_from(count).ok().filter(|count| *count > 0)
    }

    /// Writes what a route answers into a slot. `base` is LISTS of the base.
    #[inline]
    pub fn answer(&mut self, slot: &mut Slot, own: &Own, base: &[u8]) {
        let answers = &mut self.answers;
        let list = match own.mark {
            Mark::Base => {
                if answers.moved.is_empty() {
                    answers.moved.resize(base.len() + 1, NOWHERE);
                }
                let moved = &mut answers.moved[own.record as usize];
                if *moved == NOWHERE {
                    *moved = answers.lists.put(record(base, own));
                }
                *moved
            }
            _ => answers.lists.put(record(&self.arena, own)),
        };
        let number = answers.number(own.policy);
        slot[1] |= own.outcome;
        slot[2..4].copy_from_slice(&number.to_le_bytes());
        slot[8..12].copy_from_slice(&list.to_le_bytes());
    }

    /// The most bytes that LISTS and POLICIES can have.
    pub fn answers_max(&self) -> usize {
        self.arena.len() + self.base_lists + self.policies.bytes().len()
    }

    /// LISTS, after all answers were written.
    pub fn lists(&self) -> &[u8] {
        self.answers.lists.bytes()
    }

    /// POLICIES, one by one, after all answers were written.
    pub fn policies(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let bytes = self.policies.bytes();
        let used = self.answers.policies.iter();
        used.map(|at| &bytes[*at as usize..*at as usize + POLICY_BYTES])
    }
}

impl Answers {
    /// The number of a policy. There are at most 65,535, which the builder sees to.
    #[inline]
    fn number(&mut self, policy: u32) -> u16 {
        let at = policy as usize / POLICY_BYTES;
        if at >= self.numbers.len() {
            self.numbers.resize(at + 1, UNUSED);
        }
        if self.numbers[at] == UNUSED {
            self.numbers[at] = self.policies.len().min(usize::from(UNUSED) - 1) as u16;
            self.policies.push(policy);
        }
        self.numbers[at]
    }
}

/// The record of a route among others.
#[inline]
fn record<'b>(records: &'b [u8], own: &Own) -> &'b [u8] {
    let rest = records.get(own.record as usize..).unwrap_or(&[]);
    let bytes = match own.outcome {
        flag::DROP => rest
            .first_chunk::<2>()
            .map_or(0, |n| 2 + usize::from(u16::from_le_bytes(*n))),
        _ => route::parts(rest).map_or(0, |(to, arms, mirrors)| {
            LIST_HEAD_BYTES + 2 * to.len() + 4 * arms.len() + 8 * mirrors.len()
        }),
    };
    rest.get(..bytes).unwrap_or(&[])
}
