//! Collects what a table will hold. The one way to an image: `Builder::finish`.

use std::borrow::Cow;

use crate::catalog::{CatalogSpec, CatalogView};
use crate::decode::WireValue;
use crate::error::{Code, Path, Subject, Violation, Violations};
use crate::layout::{LIST_HEAD_BYTES, POLICY_BYTES, flag, section};
use crate::limits::{
    Limits, POLICIES_MAX, REASON_BYTES_MAX, RETRIES_MAX, SHARE_PPM_MAX, SPLIT_WEIGHT_MAX,
};
use crate::name;
use crate::route::{self, Policy, RawRoute};
use crate::table::{RouteTable, View};

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

/// Makes tables. All problems are collected, and told by [`finish`](Builder::finish).
pub struct Builder<'a> {
    pub(crate) limits: Limits,
    pub(crate) catalog: Cow<'a, [u8]>,
    pub(crate) base: Option<View<'a>>,
    pub(crate) spec: CatalogSpec<'a>,
    /// Own route of each ordinal of the base (without one: of each event).
    pub(crate) own: Vec<Option<u32>>,
    /// Own routes of names that the base does not hold.
    pub(crate) added: Vec<u32>,
    pub(crate) routes: Vec<Own<'a>>,
    /// Routes from here on were added since the start, not taken from the base.
    first_new: usize,
    /// Records of the routes that were added.
    pub(crate) arena: Vec<u8>,
    pub(crate) fallback: Option<Own<'a>>,
    /// What a push says of settings; absent: the baseline's value.
    pub(crate) values: Vec<Option<WireValue<'a>>>,
    pub(crate) problems: Violations,
}

/// A route as the image will hold it.
#[derive(Clone, Copy)]
pub(crate) struct Own<'a> {
    pub name: &'a str,
    pub record: Record<'a>,
    pub outcome: u8,
    pub policy: [u8; POLICY_BYTES],
    pub rank: i32,
}

/// Bytes of a record of LISTS: the base's, or a range of the arena.
#[derive(Clone, Copy)]
pub(crate) enum Record<'a> {
    Base(&'a [u8]),
    New(u32, u32),
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
        let (events, settings) = (spec.events.len(), spec.settings.len());
        Builder {
            limits,
            catalog: Cow::Owned(catalog),
            base: None,
            spec,
            own: vec![None; events],
            added: Vec::new(),
            routes: Vec::new(),
            first_new: 0,
            arena: Vec::new(),
            fallback: None,
            values: vec![None; settings],
            problems,
        }
    }

    /// For a complete map: the catalog and defaults of the base, none of its routes.
    pub fn replacing<D: AsRef<[u8]>>(base: &'a RouteTable<D>, limits: Limits) -> Builder<'a> {
        let base = base.view();
        let catalog = base.header.section(base.image, section::CATALOG);
        Builder {
            limits,
            catalog: Cow::Borrowed(catalog),
            base: Some(base),
            spec: CatalogSpec::default(),
            own: vec![None; (base.header.names + base.header.patterns) as usize],
            added: Vec::new(),
            routes: Vec::new(),
            first_new: 0,
            arena: Vec::new(),
            fallback: None,
            values: vec![None; CatalogView::new(catalog).settings()],
            problems: Violations::new(),
        }
    }

    /// For an overlay: all that the base holds, to be changed.
    pub fn overlaying<D: AsRef<[u8]>>(base: &'a RouteTable<D>, limits: Limits) -> Builder<'a> {
        let mut builder = Builder::replacing(base, limits);
        let view = base.view();
        builder.routes.reserve_exact(view.header.routes as usize);
        for (ordinal, entry) in view.entries().enumerate() {
            if entry.route.slot[1] & flag::SOURCE == flag::OWN {
                builder.own[ordinal] = Some(builder.routes.len() as u32);
                builder.routes.push(Own::of_base(entry.route));
            }
        }
        builder.fallback = view.fallback().map(Own::of_base);
        builder.first_new = builder.routes.len();
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

    /// Makes room for so many routes, whose records have so many bytes.
    pub(crate) fn reserve(&mut self, routes: usize, record_bytes: usize) {
        self.routes.reserve_exact(routes);
        self.arena.reserve_exact(record_bytes);
    }

    /// Adds a route, or replaces the base's.
    pub fn route(&mut self, name: &'a str, spec: &RouteSpec<'_>) {
        let subject = || Subject::Route(name.to_owned());
        if let Err(fault) = name::check_route(name) {
            self.problem(Violation::new(
                Path::of(subject()),
                Code::BadName,
                fault.to_string(),
            ));
            return;
        }
        if spec.rank != 0 && !name::is_pattern(name) {
            let message = "only a pattern has a `rank`; an exact name always wins";
            let path = Path::part(subject(), "rank");
            self.problem(Violation::new(path, Code::RankWithoutPattern, message));
        }
        let own = self.record(name, subject, spec);
        let at = self.routes.len() as u32;
        match self.ordinal(name) {
            Some(ordinal) => {
                let first_new = self.first_new as u32;
                if self.own[ordinal]
                    .replace(at)
                    .is_some_and(|old| old >= first_new)
                {
                    let message = "the route stands twice";
                    self.problem(Violation::new(
                        Path::of(subject()),
                        Code::Duplicate,
                        message,
                    ));
                }
            }
            None => self.added.push(at),
        }
        self.routes.push(own);
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
        self.fallback = Some(self.record("", || Subject::Fallback, spec));
    }

    /// Takes the base's fallback away.
    pub(crate) fn clear_fallback(&mut self) {
        if self.fallback.take().is_none() {
            let path = Path::part(Subject::Map, "clear_fallback");
            self.problem(Violation::new(
                path,
                Code::UnknownRoute,
                "there is no fallback to clear",
            ));
        }
    }

    /// Takes the base's route of that name away.
    pub(crate) fn remove(&mut self, name: &str) {
        let first_new = self.first_new as u32;
        let held = self
            .ordinal(name)
            .and_then(|ordinal| self.own[ordinal].take());
        let path = || Path::of(Subject::Removal(name.to_owned()));
        match held {
            Some(at) if at < first_new => {}
            Some(_) => {
                let message = "the same map both sets and removes this route";
                self.problem(Violation::new(path(), Code::Duplicate, message));
            }
            None => {
                let message = "the baseline has no route of this name";
                self.problem(Violation::new(path(), Code::UnknownRoute, message));
            }
        }
    }

    fn ordinal(&self, name: &str) -> Option<usize> {
        match self.base {
            Some(base) => base
                .key(name)
                .map(|slot| crate::layout::u32_at(slot, 4) as usize),
            None => self.spec.events.binary_search(&name).ok(),
        }
    }

    /// Checks a route by itself, and encodes it.
    fn record(
        &mut self,
        name: &'a str,
        subject: impl Fn() -> Subject,
        spec: &RouteSpec<'_>,
    ) -> Own<'a> {
        self.check(&subject, spec);
        let start = self.arena.len() as u32;
        let outcome = match spec.drop {
            Some(reason) => {
                let bytes = reason.len().min(REASON_BYTES_MAX);
                self.arena.extend_from_slice(&(bytes as u16).to_le_bytes());
                self.arena.extend_from_slice(&reason.as_bytes()[..bytes]);
                flag::DROP
            }
            None => {
                self.deliver_record(spec);
                flag::DELIVER
            }
        };
        let policy = Policy {
            retries: spec.retries.min(RETRIES_MAX) as u8,
            ..spec.policy
        };
        Own {
            name,
            record: Record::New(start, self.arena.len() as u32),
            outcome,
            policy: policy.write(),
            rank: spec.rank,
        }
    }

    fn deliver_record(&mut self, spec: &RouteSpec<'_>) {
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
                self.problem(problem("drop", Code::Limit, message));
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
            self.problem(violation.count("value", count).count("max", max));
            return;
        }
        self.check_parts(subject, spec);
        if spec.retries > RETRIES_MAX {
            let message = format!(
                "{} retries; at most {RETRIES_MAX} are allowed",
                spec.retries
            );
            let violation = problem("retries", Code::Limit, message);
            self.problem(
                violation
                    .count("value", spec.retries as usize)
                    .count("max", RETRIES_MAX as usize),
            );
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
        let sum: u64 = spec.split.iter().map(|arm| u64::from(arm.1)).sum();
        if let Some(at) = spec.split.iter().position(|arm| arm.1 == 0) {
            let message = "the weight is 0; give at least 1, or leave the consumer out".to_owned();
            self.problem(item("split", at, Code::BadWeight, message));
        } else if sum > SPLIT_WEIGHT_MAX.into() {
            let message =
                format!("the weights add up to {sum}; at most {SPLIT_WEIGHT_MAX} is allowed");
            let violation =
                Violation::new(Path::part(subject(), "split"), Code::BadWeight, message);
            self.problem(
                violation
                    .count("value", sum as usize)
                    .count("max", SPLIT_WEIGHT_MAX as usize),
            );
        }
        if let Some(at) = spec
            .mirror
            .iter()
            .position(|m| m.1 == 0 || m.1 > SHARE_PPM_MAX)
        {
            let message =
                "a share must be above 0% and at most 100%, in steps of 0.0001%".to_owned();
            self.problem(item("mirror", at, Code::BadShare, message));
        }
    }
}

/// The second position at which some value stands, if one stands twice. Lists are
/// short, so that looking back costs less than a set.
fn repeated<T>(list: &[T], id: impl Fn(&T) -> u16) -> Option<usize> {
    (1..list.len()).find(|at| list[..*at].iter().any(|other| id(other) == id(&list[*at])))
}

impl<'a> Own<'a> {
    fn of_base(route: RawRoute<'a>) -> Own<'a> {
        let lists = route.header.section(route.image, section::LISTS);
        let record = lists
            .get(crate::layout::u32_at(route.slot, 8) as usize..)
            .unwrap_or(&[]);
        let outcome = route.slot[1] & flag::OUTCOME;
        let bytes = match outcome {
            flag::DROP => record
                .first_chunk::<2>()
                .map_or(0, |n| 2 + usize::from(u16::from_le_bytes(*n))),
            _ => route::parts(record).map_or(0, |(to, arms, mirrors)| {
                LIST_HEAD_BYTES + 2 * to.len() + 4 * arms.len() + 8 * mirrors.len()
            }),
        };
        Own {
            name: if route.slot[0] == 0 { "" } else { route.name() },
            record: Record::Base(record.get(..bytes).unwrap_or(&[])),
            outcome,
            policy: route.policy().write(),
            rank: route.rank(),
        }
    }
}

const _: () = assert!(POLICIES_MAX <= u16::MAX as usize);
