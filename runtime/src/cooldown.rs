//! Cooldowns: the shortest time between two moves of a setting.
//!
//! A move is a change of the value that is served, whatever made it: a push, a
//! rollback, the end of a lease. What a push may do is measured against the last one.

use std::time::Duration;

use crate::change::Change;
use crate::clock::Now;
use crate::error::{Code, Path, Subject, Violation, Violations};
use crate::image::Image;
use crate::scalar::Scalar;
use crate::table::RouteTable;

/// When each setting that has a cooldown moved last.
pub(crate) struct Cooldowns {
    list: Vec<Cooling>,
    known: bool,
}

struct Cooling {
    /// Position in the catalog.
    setting: usize,
    cooldown: Duration,
    moved: Option<Duration>,
}

impl Cooldowns {
    pub const fn new() -> Cooldowns {
        Cooldowns {
            list: Vec::new(),
            known: false,
        }
    }

    /// Looks for settings with a cooldown, once. All tables have one catalog.
    pub fn learn(&mut self, table: &RouteTable<Image>) {
        if std::mem::replace(&mut self.known, true) {
            return;
        }
        let catalog = table.catalog();
        self.list.extend((0..catalog.settings()).filter_map(|at| {
            let cooldown = catalog.setting(at)?.cooldown()?;
            Some(Cooling {
                setting: at,
                cooldown,
                moved: None,
            })
        }));
    }

    /// Refuses settings that would move too soon. The way home is always open.
    pub fn check(&self, change: &Change<'_>, now: Now, problems: &mut Violations) {
        let (served, next) = (change.served.values(), change.next.values());
        for cooling in &self.list {
            let at = cooling.setting;
            let Some(moved) = cooling.moved else { continue };
            let passed = now.monotonic.saturating_sub(moved);
            let Some(wait) = cooling
                .cooldown
                .checked_sub(passed)
                .filter(|w| !w.is_zero())
            else {
                continue;
            };
            let home = next.scalars(at).eq(change.baseline.values().scalars(at));
            if home || next.scalars(at).eq(served.scalars(at)) {
                continue;
            }
            let name = change.next.catalog().setting(at).map_or("", |s| s.name);
            let scalar =
                |d: Duration| Scalar::Duration(u64::try_from(d.as_nanos()).unwrap_or(u64::MAX));
            // Nobody waits for nanoseconds.
            let wait = Duration::from_millis(
                u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX),
            );
            let (passed, wait, cooldown) = (
                Duration::from_millis(u64::try_from(passed.as_millis()).unwrap_or(u64::MAX)),
                scalar(wait),
                scalar(cooling.cooldown),
            );
            let passed = scalar(passed);
            let message = format!(
                "it moved {passed} ago, and may move once in {cooldown}; push again in {wait}, or force it with a reason"
            );
            let path = Path::of(Subject::Setting(name.to_owned()));
            problems.push(
                Violation::new(path, Code::Cooldown, message)
                    .fact("moved", passed)
                    .fact("cooldown", cooldown)
                    .fact("wait", wait),
            );
        }
    }

    /// Notes what moves from one table to the next.
    pub fn note(&mut self, from: &RouteTable<Image>, to: &RouteTable<Image>, now: Now) {
        // What is restored at boot moves before anything was checked.
        self.learn(from);
        let (from, to) = (from.values(), to.values());
        for cooling in &mut self.list {
            if !from
                .scalars(cooling.setting)
                .eq(to.scalars(cooling.setting))
            {
                cooling.moved = Some(now.monotonic);
            }
        }
    }
}
