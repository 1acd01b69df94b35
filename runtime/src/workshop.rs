//! Own routes on their way from a push into an image, and the room for them, which
//! the next push uses again.

use crate::builder::RouteSpec;
use crate::decode::plain_policy;
use crate::image::{self, Image};
use crate::layout::{KEY, LIST_HEAD_BYTES, flag, section, u32_at};
use crate::limits::{REASON_BYTES_MAX, RETRIES_MAX};
use crate::memo::Memo;
use crate::records::Records;
use crate::route::{self, Policy, Slot};
use crate::table::View;
use crate::wire::varint;

/// The own route of one name.
#[derive(Clone, Copy, Default)]
pub(crate) struct Own {
    /// Its record for LISTS, and its policy: numbers of the workshop.
    list: u32,
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
        list: 0,
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

/// A pushed route that has a name, a `to` and perhaps a policy, and nothing else.
pub(crate) struct Plain<'a> {
    pub name: &'a [u8],
    /// Varints: positions among the consumers of the push.
    pub to: &'a [u8],
    /// The fields of the policy.
    pub policy: &'a [u8],
}

/// What is collected for an image. Cleared, it keeps its room.
#[derive(Default)]
pub(crate) struct Workshop {
    /// By ordinal.
    pub own: Vec<Own>,
    /// Position in the catalog of each consumer of the push; `None`: it has none.
    pub ids: Vec<Option<u16>>,
    /// By setting: where in the push its value begins and ends; (0, 0): it has none.
    pub values: Vec<(u32, u32)>,
    lists: Records,
    policies: Records,
    /// The lists of the `to`, and the policies of the fields, that came last.
    seen_lists: Memo,
    seen_policies: Memo,
    /// A route that is being read, and a record that is being written.
    pub targets: Targets,
    record: Vec<u8>,
    /// By their places in the base: the numbers of its records.
    base_lists: Vec<u32>,
    answers: Answers,
    /// VALUES and TEXT as they will be.
    pub cells: Vec<u8>,
    pub text: Vec<u8>,
    /// New first bytes of slots whose events inherit.
    pub inherited: Vec<(u32, [u8; KEY])>,
    /// Whether the names are just the base's.
    pub same_names: bool,
    /// An image that nobody reads any more, whose bytes the next one takes.
    pub spare: Option<Image>,
}

/// Where a route goes, by position in the catalog.
#[derive(Default)]
pub(crate) struct Targets {
    pub to: Vec<u16>,
    pub split: Vec<(u16, u32)>,
    pub mirror: Vec<(u16, u32)>,
}

/// LISTS and POLICIES as they will be, in the order of first use, whatever the order
/// of the push was.
#[derive(Default)]
struct Answers {
    /// By number in the workshop: the place in LISTS.
    list_places: Vec<u32>,
    lists: Vec<u8>,
    /// By number in the workshop: the number in POLICIES, and the reverse.
    policy_numbers: Vec<u32>,
    policies: Vec<u32>,
}

/// Not yet used.
const NOWHERE: u32 = u32::MAX;

impl Workshop {
    /// Makes it ready for so many names and settings.
    pub fn clear(&mut self, names: usize, settings: usize) {
        self.own.clear();
        self.own.resize(names, Own::default());
        self.ids.clear();
        self.values.clear();
        self.values.resize(settings, (0, 0));
        self.lists.clear();
        self.policies.clear();
        self.policies.put(&Policy::default().write());
        self.seen_lists.forget(names);
        self.seen_policies.forget(names);
        self.cells.clear();
        self.text.clear();
    }

    /// Gives back room that a long list of values left, which is several times as large as
    /// in the push: beside the image and a copy of the push it would be too much.
    pub fn give_back(&mut self) {
        if self.cells.capacity() > image::SMALL {
            self.cells = Vec::new();
        }
    }

    /// Takes over all own routes of the base.
    pub fn take(&mut self, base: View<'_>) {
        let lists = base.header.section(base.image, section::LISTS);
        self.base_lists.clear();
        self.base_lists.resize(lists.len() + 1, NOWHERE);
        for ordinal in 0..self.own.len() {
            let slot = route::slot_of(base.image, base.header, ordinal as u32);
            let Some(slot) = slot.filter(|slot| slot[1] & flag::SOURCE == flag::OWN) else {
                continue;
            };
            let place = u32_at(slot, 8) as usize;
            let list = match self.base_lists.get(place) {
                Some(list) if *list != NOWHERE => *list,
                _ => self.lists.put(route::record(lists, slot)),
            };
            if let Some(known) = self.base_lists.get_mut(place) {
                *known = list;
            }
            self.own[ordinal] = self.of_base(base, slot, list);
        }
    }

    /// The base's fallback.
    pub fn fallback(&mut self, base: View<'_>) -> Own {
        let Some(slot) = route::fallback(base.image) else {
            return Own::default();
        };
        let lists = base.header.section(base.image, section::LISTS);
        let list = self.lists.put(route::record(lists, slot));
        self.of_base(base, slot, list)
    }

    fn of_base(&mut self, base: View<'_>, slot: &Slot, list: u32) -> Own {
        let policies = &mut self.policies;
        // By its number in the base, which no field of a push begins like.
        let policy = self.seen_policies.get(&[0, slot[2], slot[3]], || {
            Some(policies.put(&route::policy_bytes(base.image, base.header, slot)))
        });
        let pattern = slot[1] & flag::IS_PATTERN != 0;
        Own {
            list,
            policy: policy.unwrap_or(0),
            rank: if pattern { u32_at(slot, 12) as i32 } else { 0 },
            outcome: slot[1] & flag::OUTCOME,
            mark: Mark::Base,
        }
    }

    /// Encodes a route.
    pub fn write(&mut self, spec: &RouteSpec<'_>) -> Own {
        self.record.clear();
        let outcome = match spec.drop {
            Some(reason) => {
                let bytes = reason.len().min(REASON_BYTES_MAX);
                self.record.extend_from_slice(&(bytes as u16).to_le_bytes());
                self.record.extend_from_slice(&reason.as_bytes()[..bytes]);
                flag::DROP
            }
            None => {
                write_deliver(&mut self.record, spec);
                flag::DELIVER
            }
        };
        let policy = Policy {
            retries: spec.attempts().min(RETRIES_MAX) as u8,
            ..spec.policy
        };
        Own {
            list: self.lists.put(&self.record),
            policy: self.policies.put(&policy.write()),
            rank: spec.rank,
            outcome,
            mark: Mark::Set,
        }
    }

    /// Encodes a plain route, unless any check would have something to say of it.
    #[inline]
    pub fn write_plain(&mut self, plain: &Plain<'_>, consumers_max: usize) -> Option<Own> {
        let Workshop {
            ids,
            lists,
            policies,
            record,
            ..
        } = self;
        let list = self.seen_lists.get(plain.to, || {
            write_to(record, plain.to, ids, consumers_max)?;
            Some(lists.put(record))
        })?;
        let policy = self.seen_policies.get(plain.policy, || {
            Some(policies.put(&plain_policy(plain.policy)?.write()))
        })?;
        Some(Own {
            list,
            policy,
            rank: 0,
            outcome: flag::DELIVER,
            mark: Mark::Set,
        })
    }

    /// Makes ready for answers.
    pub fn settle(&mut self) {
        let Answers {
            list_places,
            lists,
            policy_numbers,
            policies,
        } = &mut self.answers;
        list_places.clear();
        list_places.resize(self.lists.len(), NOWHERE);
        lists.clear();
        policy_numbers.clear();
        policy_numbers.resize(self.policies.len(), NOWHERE);
        // "None given" is always the first.
        policy_numbers[0] = 0;
        policies.clear();
        policies.push(0);
    }

    /// Writes what a route answers into a slot.
    #[inline]
    pub fn answer(&mut self, slot: &mut Slot, own: &Own) {
        let answers = &mut self.answers;
        let place = &mut answers.list_places[own.list as usize];
        if *place == NOWHERE {
            *place = answers.lists.len() as u32;
            answers.lists.extend_from_slice(self.lists.get(own.list));
        }
        let number = &mut answers.policy_numbers[own.policy as usize];
        if *number == NOWHERE {
            *number = answers.policies.len() as u32;
            answers.policies.push(own.policy);
        }
        slot[1] |= own.outcome;
        // The builder sees to it that there are not more policies than that.
        slot[2..4].copy_from_slice(&(*number as u16).to_le_bytes());
        slot[8..12].copy_from_slice(&place.to_le_bytes());
    }

    /// The most bytes that LISTS and POLICIES can have.
    pub fn answers_max(&self) -> usize {
        self.lists.bytes() + self.policies.bytes()
    }

    /// LISTS, after all answers were written.
    pub fn lists(&self) -> &[u8] {
        &self.answers.lists
    }

    /// POLICIES, one by one, after all answers were written.
    pub fn policies(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let used = self.answers.policies.iter();
        used.map(|number| self.policies.get(*number))
    }
}

fn write_deliver(record: &mut Vec<u8>, spec: &RouteSpec<'_>) {
    let counts = [spec.to.len(), spec.split.len(), spec.mirror.len(), 0];
    for count in counts {
        record.extend_from_slice(&(count as u16).to_le_bytes());
    }
    for id in spec.to {
        record.extend_from_slice(&id.to_le_bytes());
    }
    let at = record.len();
    for (id, weight) in spec.split {
        record.extend_from_slice(&id.to_le_bytes());
        record.extend_from_slice(&(*weight as u16).to_le_bytes());
    }
    let by_id = |record: &[u8]| u16::from_le_bytes([record[0], record[1]]);
    record[at..]
        .as_chunks_mut::<4>()
        .0
        .sort_unstable_by_key(|arm| by_id(arm));
    let at = record.len();
    for (id, share) in spec.mirror {
        record.extend_from_slice(&id.to_le_bytes());
        record.extend_from_slice(&[0, 0]);
        record.extend_from_slice(&share.to_le_bytes());
    }
    record[at..]
        .as_chunks_mut::<8>()
        .0
        .sort_unstable_by_key(|mirror| by_id(mirror));
}

/// Writes the record of consumers that all get an event, if each is known and stands
/// there once.
fn write_to(record: &mut Vec<u8>, mut to: &[u8], ids: &[Option<u16>], max: usize) -> Option<()> {
    record.clear();
    record.extend_from_slice(&[0; LIST_HEAD_BYTES]);
    let mut count = 0;
    while !to.is_empty() {
        let at = varint(&mut to).ok()?;
        let id = (*ids.get(usize::try_from(at).ok()?)?)?.to_le_bytes();
        let before = record[LIST_HEAD_BYTES..].as_chunks::<2>().0;
        if count == max || before.contains(&id) {
            return None;
        }
        record.extend_from_slice(&id);
        count += 1;
    }
    let count = u16::try_from(count).ok().filter(|count| *count > 0)?;
    record[..2].copy_from_slice(&count.to_le_bytes());
    Some(())
}
