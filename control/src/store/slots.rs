//! Which files stay: the newest state, the last good one, and a good one before it that
//! serves something else.

use routewright::Digest;

use super::file::{Standing, State};
use super::folder::Name;

/// What is remembered of a file that is in the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    name: Name,
    content: Content,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Kept(Kept),
    /// No store has any use for it.
    Damaged,
    /// Perhaps another process can read it, and perhaps it is none of ours.
    Unread,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kept {
    good: bool,
    /// What serves, and over which baseline.
    image: Option<Digest>,
    baseline: Digest,
}

/// The files of a folder.
#[derive(Debug, Default)]
pub struct Slots {
    /// Oldest first.
    slots: Vec<Slot>,
}

impl Slots {
    /// Adds a file that is durable.
    pub fn add(&mut self, state: &State) {
        self.insert(
            state.name(),
            Content::Kept(Kept {
                good: state.standing == Standing::Good,
                image: state.serving.as_ref().map(|s| s.image),
                baseline: state.baseline,
            }),
        );
    }

    /// Adds a file that is damaged. It goes when there is a newer one.
    pub fn add_damaged(&mut self, name: Name) {
        self.insert(name, Content::Damaged);
    }

    /// Adds a file that could not be read. It stays, and takes the room of no other.
    pub fn add_unread(&mut self, name: Name) {
        self.insert(name, Content::Unread);
    }

    fn insert(&mut self, name: Name, content: Content) {
        self.slots.push(Slot { name, content });
        self.slots.sort_unstable_by_key(|slot| slot.name);
    }

    /// The highest number that was ever seen.
    pub fn newest(&self) -> u64 {
        self.slots.last().map_or(0, |slot| slot.name.sequence)
    }

    /// The highest mark of versions in any name.
    pub fn mark(&self) -> u64 {
        let marks = self.slots.iter().map(|slot| slot.name.accepted);
        marks.max().unwrap_or_default()
    }

    /// Whether this image, over this baseline, has passed a probation.
    pub fn proven(&self, image: Digest, baseline: Digest) -> bool {
        let proof = Content::Kept(Kept {
            good: true,
            image: Some(image),
            baseline,
        });
        self.slots.iter().any(|slot| slot.content == proof)
    }

    /// Forgets the files that are older than the newest whole one and that no slot needs,
    /// and returns their names. They may only be removed when that one is durable.
    pub fn supersede(&mut self) -> Vec<Name> {
        let whole = |slot: &&Slot| matches!(slot.content, Content::Kept(_));
        let Some(newest) = self.slots.iter().rev().find(whole).map(|slot| slot.name) else {
            return Vec::new();
        };
        let mut goods: Vec<Kept> = Vec::new();
        let mut gone = Vec::new();
        for slot in self.slots.iter().rev() {
            let stays = match slot.content {
                Content::Kept(kept) => {
                    let next_good = kept.good && goods.len() < 2 && !goods.contains(&kept);
                    if next_good {
                        goods.push(kept);
                    }
                    next_good || slot.name == newest
                }
                // Its name may know of a version that nothing else does.
                Content::Damaged => slot.name > newest,
                Content::Unread => true,
            };
            if !stays {
                gone.push(slot.name);
            }
        }
        self.slots.retain(|slot| !gone.contains(&slot.name));
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(sequence: u64, good: bool, image: u8) -> State {
        let mut state = crate::store::file::tests::trial();
        state.sequence = sequence;
        state.standing = match good {
            true => Standing::Good,
            false => state.standing,
        };
        if let Some(serving) = &mut state.serving {
            serving.image = Digest([image; 16]);
        }
        state
    }

    /// What is written one after the other (`t` on trial, `g` good, and an image), and
    /// the numbers of the files that are left in the end.
    const HISTORIES: &[(&str, &[u64])] = &[
        ("", &[]),
        ("t1", &[1]),
        ("t1 g1", &[2]),
        ("g1 t2", &[1, 2]),
        ("g1 t2 t3", &[1, 3]),
        ("g1 t2 g2", &[1, 3]),
        ("g1 g2 t3", &[1, 2, 3]),
        ("g1 g2 t3 g3", &[2, 4]),
        // The same again does not push out what is different.
        ("g1 g2 g2 g2", &[1, 4]),
        ("g1 g2 t3 g2", &[1, 4]),
        // Back and forth.
        ("g1 g2 g1", &[2, 3]),
        // Damaged files go once there is a newer one, and count for nothing.
        ("g1 x g2", &[1, 3]),
        ("g1 g2 x", &[1, 2, 3]),
        ("x x", &[1, 2]),
        ("g1 x x t2", &[1, 4]),
        // What cannot be read stays beside the three.
        ("g1 u t2 t3", &[1, 2, 4]),
        ("u g1 g2 t3", &[1, 2, 3, 4]),
    ];

    #[test]
    fn three_files_stay_at_most() {
        for (history, left) in HISTORIES {
            let mut slots = Slots::default();
            for (at, word) in history.split_whitespace().enumerate() {
                let sequence = at as u64 + 1;
                let name = Name {
                    sequence,
                    accepted: 0,
                };
                match word.split_at(1) {
                    ("x", _) => slots.add_damaged(name),
                    ("u", _) => slots.add_unread(name),
                    (kind, image) => {
                        slots.add(&state(sequence, kind == "g", image.parse().unwrap()));
                        slots.supersede();
                    }
                }
            }
            slots.supersede();
            let stay: Vec<u64> = slots.slots.iter().map(|slot| slot.name.sequence).collect();
            assert_eq!(&stay, left, "{history}");
        }
    }

    #[test]
    fn only_a_good_file_over_the_same_baseline_is_proof() {
        let (image, other) = (Digest([5; 16]), Digest([6; 16]));
        let mut slots = Slots::default();
        slots.add(&state(1, false, 5));
        let baseline = state(1, false, 5).baseline;
        assert!(!slots.proven(image, baseline));
        slots.add(&state(2, true, 5));
        assert!(slots.proven(image, baseline));
        assert!(!slots.proven(other, baseline));
        assert!(!slots.proven(image, other));
    }
}
