//! People who push and roll back, some of whom may change little.

use routewright::{Digest, Now, Target};
use routewright_control::plane::{Back, Caller, How};

use crate::restricted;
use crate::world::World;

impl World {
    /// What a version is; `None`: the baseline.
    pub fn bytes_of(&self, version: u64) -> Option<&[u8]> {
        self.pushes.get(&version).map(Vec::as_slice)
    }

    /// Versions that engines may be told to serve now.
    fn served(&self, now: Now) -> Vec<u64> {
        let Some(plane) = &self.plane else {
            return Vec::new();
        };
        let rolling = plane.rolling_out(now).map(|rollout| rollout.version);
        std::iter::once(plane.settled().0).chain(rolling).collect()
    }

    /// Somebody who may change little was let go from what was served to this version: what is
    /// not theirs stays as it was, on every build.
    fn holds_what_is_not_theirs(&self, served: &[u64], to: u64, forced: bool) {
        let from = restricted::with_ends(served.iter().map(|version| self.bytes_of(*version)));
        let to = restricted::with_ends([self.bytes_of(to)]);
        for image in &self.images {
            let serve = |push: &Option<&[u8]>| restricted::not_theirs(image, *push, forced);
            for before in from.iter().filter_map(serve) {
                for after in to.iter().filter_map(serve) {
                    assert_eq!(before, after, "from {served:?}");
                }
            }
        }
    }

    /// Whether it is somebody who may change little who acts now, once leases that are over
    /// have ended.
    fn somebody_restricted(&mut self, now: Now) -> bool {
        if let Some(plane) = &mut self.plane {
            plane.tick(now);
        }
        self.random.one_in(4)
    }

    pub fn push(&mut self) {
        let now = self.now();
        let restricted = self.somebody_restricted(now);
        let served = self.served(now);
        let bytes = match restricted && !self.random.one_in(4) {
            true => self.next_rate(),
            false => self.next_map(),
        };
        let digest = Digest::of(&bytes);
        let Some(plane) = &mut self.plane else {
            return;
        };
        let caller = caller(restricted);
        let pushed = plane.push(&bytes, false, How::default(), &caller, now);
        match pushed {
            Ok(applied) => {
                assert!(applied.revision > 0);
                self.tally.pushes += 1;
                self.acknowledged.insert(self.version + 1, digest);
                self.version += 1;
                let forced = restricted::read(Some(&bytes)).force.is_some();
                self.pushes.insert(self.version, bytes);
                if self.random.one_in(5) {
                    self.bad = Some(self.version);
                }
                if restricted {
                    self.tally.restricted += 1;
                    self.holds_what_is_not_theirs(&served, self.version, forced);
                }
            }
            Err(refusal) => {
                assert!(!refusal.violations.is_empty());
                self.tally.refusals += 1;
                let forbidden = refusal.violations[0].code == "forbidden";
                assert!(restricted || !forbidden, "{refusal:?}");
                self.tally.forbidden += u32::from(forbidden);
                // Its number is used up by whoever counts the engines' marks.
                self.version = self.version.max(plane.accepted());
            }
        }
        self.carry_out();
    }

    pub fn roll_back(&mut self) {
        let now = self.now();
        let target = match self.random.below(3) {
            0 => Target::Previous,
            1 => Target::Version(0),
            _ => Target::Version(self.random.below(self.version + 1)),
        };
        let restricted = self.somebody_restricted(now);
        let served = self.served(now);
        let Some(plane) = &mut self.plane else {
            return;
        };
        let caller = caller(restricted);
        let back = Back {
            target,
            expected: None,
            reason: "by chance",
        };
        let back = plane.roll_back(&back, false, How::default(), &caller, now);
        if let Ok(applied) = &back {
            self.serves_nothing_condemned((applied.serving_version, &applied.push_digest));
            // Whoever asks for the baseline means all engines, whatever they were given.
            self.seen.settled |= target == Target::Version(0) && !applied.unchanged;
        }
        match back {
            Ok(applied) if restricted && !applied.unchanged => {
                self.tally.restricted += 1;
                self.holds_what_is_not_theirs(&served, applied.serving_version, false);
            }
            Ok(_) => {}
            Err(refusal) => {
                let forbidden = refusal.violations[0].code == "forbidden";
                assert!(restricted || !forbidden, "{refusal:?}");
                self.tally.forbidden += u32::from(forbidden);
            }
        }
        self.carry_out();
    }
}

/// Who may do everything, or little.
fn caller(restricted: bool) -> Caller<'static> {
    Caller {
        who: "simulation",
        may: restricted.then_some(&restricted::may),
    }
}
