//! Collects what a table will hold. The one way to an image: `Builder::finish`.

use std::borrow::Cow;

use crate::catalog::{CatalogSpec, CatalogView};
use crate::error::{Code, Path, Subject, Violation, Violations};
use crate::layout::{section, u32_at};
use crate::limits::{Limits, REASON_BYTES_MAX, RETRIES_MAX, SHARE_PPM_MAX, SPLIT_WEIGHT_MAX};
use crate::name;
use crate::route::Policy;
use crate::table::{Keys, RouteTable, View};
use crate::workshop::{Mark, Own, Plain, Workshop};

/// Where an event goes, by position of the consumers in the catalog (which sorts
/// them by name).
#[derive(Clone, Copy, Debug, Default)]
pub struct RouteSpec<'s> {
    /// All of these, in order.
    pub to: &'s [u16],
    /// One of these; each with its weight.
    pub split: &'s [(u16, u32)],
    /// Copies; each with its share in parts per million.
    pub mirror: &'s [(u16, u32)],
    /// Nobody, for this reason.
    pub drop: Option<&'s str>,
    /// How to deliver.
    pub policy: Policy,
    /// Attempts after the first, if they may not fit a [`Policy`].
    pub retries: u32,
    /// Of a pattern.
    pub rank: i32,
}

impl RouteSpec<'_> {
    /// Attempts after the first, wherever they are given.
    pub(crate) fn attempts(&self) -> u32 {
        self.retries.max(self.policy.retries.into())
    }
}

/// Makes tables. All problems are collected, and told by [`finish`](Builder::finish).
pub struct Builder<'a> {
    pub(crate) limits: Limits,
    pub(crate) catalog: Cow<'a, [u8]>,
    pub(crate) base: Option<View<'a>>,
    pub(crate) spec: CatalogSpec<'a>,
    /// Own routes of names that the base does not hold.
    pub(crate) added: Vec<(&'a str, Own)>,
    pub(crate) fallback: Own,
    /// The push, of which the workshop knows where the values of settings stand.
    pub(crate) push: &'a [u8],
    pub(crate) problems: Violations,
    /// The own route of each ordinal of the base (without one: of each event), and
    /// what those routes refer to.
    pub(crate) shop: Workshop,
    names: Keys<'a>,
    /// The ordinal that the next route probably has: encoders sort by name.
    next: u32,
}

impl<'a> Builder<'a> {
    /// From nothing but a catalog: a table without routes, whose settings have their
    /// defaults.
    pub fn new(mut spec: CatalogSpec<'a>, limits: Limits) -> Builder<'a> {
        let mut problems = Violations::new();
        spec.check(&mut problems);
        // A catalog with a fault gives no image; encoding it would only be work.
        let catalog = if problems.count() == 0 {
            spec.encode()
        } else {
            CatalogSpec::default().encode()
        };
        let mut shop = Workshop::default();
        shop.clear(spec.events.len(), spec.settings.len());
        Builder {
            limits,
            catalog: Cow::Owned(catalog),
            base: None,
            spec,
            added: Vec::new(),
            fallback: Own::default(),
            push: &[],
            problems,
            shop,
            names: Keys::default(),
            next: 0,
        }
    }

    /// For a complete map: the catalog and defaults of the base, none of its routes.
    pub fn replacing<D: AsRef<[u8]>>(base: &'a RouteTable<D>, limits: Limits) -> Builder<'a> {
        Builder::replacing_in(base, limits, Workshop::default())
    }

    /// For an overlay: all that the base holds, to be changed.
    pub fn overlaying<D: AsRef<[u8]>>(base: &'a RouteTable<D>, limits: Limits) -> Builder<'a> {
        Builder::overlaying_in(base, limits, Workshop::default())
    }

    /// [`replacing`](Self::replacing) in a workshop that was used before.
    pub(crate) fn replacing_in<D: AsRef<[u8]>>(
        base: &'a RouteTable<D>,
        limits: Limits,
        mut shop: Workshop,
    ) -> Builder<'a> {
        let base = base.view();
        let catalog = base.header.section(base.image, section::CATALOG);
        let names = base.header.names + base.header.patterns;
        shop.clear(names as usize, CatalogView::new(catalog).settings());
        Builder {
            limits,
            catalog: Cow::Borrowed(catalog),
            base: Some(base),
            spec: CatalogSpec::default(),
            added: Vec::new(),
            fallback: Own::default(),
            push: &[],
            problems: Violations::new(),
            shop,
            names: base.keys(),
            next: 0,
        }
    }

    /// [`overlaying`](Self::overlaying) in a workshop that was used before.
    pub(crate) fn overlaying_in<D: AsRef<[u8]>>(
        base: &'a RouteTable<D>,
        limits: Limits,
        shop: Workshop,
    ) -> Builder<'a> {
        let mut builder = Builder::replacing_in(base, limits, shop);
        builder.shop.take(base.view());
        builder.fallback = builder.shop.fallback(base.view());
        builder
    }

    /// The catalog that routes and values are matched with.
    pub fn catalog(&self) -> CatalogView<'_> {
        CatalogView::new(&self.catalog)
    }

    /// Adds a problem that was found on the way here.
    pub(crate) fn problem(&mut self, violation: Violation) {
        self.problems.push(violation);
    }

    /// Adds a route, or replaces the base's.
    pub fn route(&mut self, name: &'a str, spec: &RouteSpec<'_>) {
        let subject = || Subject::Route(name.to_owned());
        let ordinal = self.ordinal(name.as_bytes());
        // What the base holds was checked when it was made.
        if ordinal.is_none()
            && let Err(fault) = name::check_route(name)
        {
            self.problem(fault.at(Path::of(subject())));
            return;
        }
        if spec.rank != 0 && !name::is_pattern(name) {
            let message = "only a pattern has a `rank`; an exact name always wins";
            let path = Path::part(subject(), "rank");
            self.problem(Violation::new(path, Code::RankWithoutPattern, message));
        }
        self.check(&subject, spec);
        let own = self.shop.write(spec);
        let Some(ordinal) = ordinal else {
            return self.added.push((name, own));
        };
        let fault = match self.shop.own[ordinal].mark {
            Mark::Set => "the route stands twice",
            Mark::Removed => BOTH,
            Mark::Base => {
                self.shop.own[ordinal] = own;
                return;
            }
        };
        self.problem(Violation::new(Path::of(subject()), Code::Duplicate, fault));
    }

    /// Adds a route that only delivers to all of some consumers, if nothing at all is
    /// unusual about it: the base holds its name, and no check has anything to say.
    /// `false`: nothing was done, [`route`](Self::route) is to decide.
    #[inline]
    pub(crate) fn plain_route(&mut self, plain: &Plain<'_>) -> bool {
        let Some(ordinal) = self.ordinal(plain.name) else {
            return false;
        };
        let max = self.limits.route_consumers_max.min(usize::from(u16::MAX));
        if self.shop.own[ordinal].mark != Mark::Base {
            return false;
        }
        let own = self.shop.write_plain(plain, max);
        self.shop.own[ordinal] = own.unwrap_or(self.shop.own[ordinal]);
        own.is_some()
    }

    /// Sets the fallback.
    pub fn fallback(&mut self, spec: &RouteSpec<'_>) {
        if !spec.mirror.is_empty() {
            let path = Path::part(Subject::Fallback, "mirror");
            self.problem(Violation::new(
                path,
                Code::WrongMode,
                "the fallback has no mirror",
            ));
        }
        self.check(&|| Subject::Fallback, spec);
        if self.fallback.mark == Mark::Removed {
            self.problem(Violation::new(
                Path::of(Subject::Fallback),
                Code::Duplicate,
                BOTH_FALLBACK,
            ));
        }
        self.fallback = self.shop.write(spec);
    }

    /// Takes the base's fallback away.
    pub(crate) fn clear_fallback(&mut self) {
        let (code, message) = match self.fallback.mark {
            Mark::Base if self.fallback.is_some() => {
                self.fallback = Own::REMOVED;
                return;
            }
            Mark::Set => (Code::Duplicate, BOTH_FALLBACK),
            _ => (Code::UnknownRoute, "there is no fallback to clear"),
        };
        let path = Path::part(Subject::Map, "clear_fallback");
        self.problem(Violation::new(path, code, message));
    }

    /// Takes the base's route of that name away.
    pub(crate) fn remove(&mut self, name: &str) {
        let path = || Path::of(Subject::Removal(name.to_owned()));
        let ordinal = self.ordinal(name.as_bytes());
        let (code, message) = match ordinal.map(|at| (at, self.shop.own[at])) {
            Some((at, own)) if own.mark == Mark::Base && own.is_some() => {
                self.shop.own[at] = Own::REMOVED;
                return;
            }
            Some((_, own)) if own.mark == Mark::Set => (Code::Duplicate, BOTH),
            Some((_, own)) if own.mark == Mark::Removed => {
                (Code::Duplicate, "the removal stands twice")
            }
            _ => (Code::UnknownRoute, "the baseline has no route of this name"),
        };
        self.problem(Violation::new(path(), code, message));
    }

    #[inline]
    fn ordinal(&mut self, name: &[u8]) -> Option<usize> {
        let Some(base) = self.base else {
            let events = &self.spec.events;
            return events
                .binary_search_by(|event| event.as_bytes().cmp(name))
                .ok();
        };
        let expected = self.names.key_of(self.next);
        if expected.is_some_and(|key| key == name && !name.is_empty()) {
            self.next += 1;
            return Some(self.next as usize - 1);
        }
        // A linked image is not verified before it is used.
        let ordinal = u32_at(base.key(name)?, 4) as usize;
        self.shop.own.get(ordinal)?;
        self.next = ordinal as u32 + 1;
        Some(ordinal)
    }

    fn check(&mut self, subject: &impl Fn() -> Subject, spec: &RouteSpec<'_>) {
        let problem = |part, code, message: String| {
            Violation::new(Path::part(subject(), part), code, message)
        };
        let targets = spec.to.len() + spec.split.len();
        match spec.drop {
            Some(_) if targets + spec.mirror.len() > 0 => self.problem(problem(
                "drop",
                Code::DropWithTarget,
                "`drop` means nobody; it cannot stand beside `to`, `split` or `mirror`".into(),
            )),
            Some(reason) if reason.len() > REASON_BYTES_MAX => {
                let message = format!(
                    "the reason has {} bytes; at most {REASON_BYTES_MAX} are allowed",
                    reason.len()
                );
                let violation = problem("drop", Code::Limit, message);
                self.problem(violation.limit(reason.len(), REASON_BYTES_MAX));
            }
            Some(reason) if !reason.chars().all(name::printable) => self.problem(problem(
                "drop",
                Code::BadName,
                "the reason holds an invisible character".into(),
            )),
            None if targets == 0 => {
                let message = "a route needs `to`, `split` or `drop`".to_owned();
                self.problem(Violation::new(Path::of(subject()), Code::NoTarget, message));
            }
            _ => {}
        }
        let count = targets + spec.mirror.len();
        // A host may allow more, but a record counts in 16 bits.
        let max = self.limits.route_consumers_max.min(usize::from(u16::MAX));
        if count > max {
            let message = format!("it names {count} consumers; at most {max} are allowed");
            let violation = Violation::new(Path::of(subject()), Code::Limit, message);
            self.problem(violation.limit(count, max));
            return;
        }
        self.check_parts(subject, spec);
        let retries = spec.attempts();
        if retries > RETRIES_MAX {
            let message = format!("{retries} retries; at most {RETRIES_MAX} are allowed");
            let violation = problem("retries", Code::Limit, message);
            self.problem(violation.limit(retries as usize, RETRIES_MAX as usize));
        }
    }

    fn check_parts(&mut self, subject: &impl Fn() -> Subject, spec: &RouteSpec<'_>) {
        let item = |part, index, code, message: String| {
            Violation::new(Path::item(subject(), part, index), code, message)
        };
        for (part, at) in [
            ("to", repeated(spec.to, |id| *id)),
            ("split", repeated(spec.split, |arm| arm.0)),
            ("mirror", repeated(spec.mirror, |mirror| mirror.0)),
        ] {
            if let Some(at) = at {
                self.problem(item(
                    part,
                    at,
                    Code::Duplicate,
                    "this consumer stands twice".into(),
                ));
            }
        }
        let known = match self.base {
            Some(_) => self.catalog().consumers(),
            None => self.spec.consumers.len(),
        };
        let parts = [
            (
                "to",
                spec.to.iter().position(|id| usize::from(*id) >= known),
            ),
            (
                "split",
                spec.split
                    .iter()
                    .position(|arm| usize::from(arm.0) >= known),
            ),
            (
                "mirror",
                spec.mirror.iter().position(|m| usize::from(m.0) >= known),
            ),
        ];
        for (part, at) in parts {
            if let Some(at) = at {
                let message = format!("the catalog has {known} consumers, and not this one");
                self.problem(item(part, at, Code::UnknownConsumer, message));
            }
        }
        let sum: u64 = spec.split.iter().map(|arm| u64::from(arm.1)).sum();
        if let Some(at) = spec.split.iter().position(|arm| arm.1 == 0) {
            let message = "the weight is 0; give at least 1, or leave the consumer out".to_owned();
            self.problem(item("split", at, Code::BadWeight, message));
        } else if sum > SPLIT_WEIGHT_MAX.into() {
            let message =
                format!("the weights add up to {sum}; at most {SPLIT_WEIGHT_MAX} is allowed");
            let violation =
                Violation::new(Path::part(subject(), "split"), Code::BadWeight, message);
            self.problem(violation.limit(sum as usize, SPLIT_WEIGHT_MAX as usize));
        }
        if let Some(at) = spec
            .mirror
            .iter()
            .position(|m| m.1 == 0 || m.1 > SHARE_PPM_MAX)
        {
            let message =
                "a share must be above 0% and at most 100%, in steps of 0.0001%".to_owned();
            let violation = item("mirror", at, Code::BadShare, message);
            let share = spec.mirror[at].1;
            self.problem(violation.limit(share as usize, SHARE_PPM_MAX as usize));
        }
    }
}

/// The second position at which some value stands, if one stands twice. Lists are
/// short, so that looking back costs less than a set.
fn repeated<T>(list: &[T], id: impl Fn(&T) -> u16) -> Option<usize> {
    (1..list.len()).find(|at| list[..*at].iter().any(|other| id(other) == id(&list[*at])))
}

const BOTH_FALLBACK: &str = "the same map both sets and clears the fallback";
const BOTH: &str = "the same map both sets and removes this route";
