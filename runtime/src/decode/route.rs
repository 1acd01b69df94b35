//! One `ResolvedRoute` on its way to the builder.

use std::time::Duration;

use super::fields::{Seen, map, once, unknown_field};
use crate::builder::{Builder, RouteSpec};
use crate::error::{Code, Path, Subject, Violation, Violations};
use crate::limits::RETRIES_MAX;
use crate::route::{Policy, Priority};
use crate::wire::{Fields, Malformed, Raw, varint};
use crate::workshop::{Plain, Targets};

/// One route on its way to the builder; used again for the next.
#[derive(Default)]
pub(super) struct Scratch<'a> {
    pub targets: Targets,
    drop: Option<&'a str>,
    policy: Policy,
    retries: u32,
    rank: i32,
}

impl<'a> Scratch<'a> {
    pub fn spec(&self) -> RouteSpec<'_> {
        RouteSpec {
            to: &self.targets.to,
            split: &self.targets.split,
            mirror: &self.targets.mirror,
            drop: self.drop,
            policy: self.policy,
            retries: self.retries,
            rank: self.rank,
        }
    }

    /// Reads a `ResolvedRoute`; returns its name.
    pub fn read(
        &mut self,
        message: &'a [u8],
        builder: &mut Builder<'a>,
        fallback: bool,
    ) -> Result<&'a str, Violations> {
        let Targets { to, split, mirror } = &mut self.targets;
        to.clear();
        split.clear();
        mirror.clear();
        (self.drop, self.policy, self.retries, self.rank) = (None, Policy::default(), 0, 0);
        let max = builder.limits.route_consumers_max;
        let mut name = "";
        let mut seen = Seen::default();
        let mut bad_index = false;
        let ids = &builder.shop.ids;
        let mut id = |at: u32| match ids.get(at as usize) {
            Some(id) => *id,
            None => {
                bad_index = true;
                None
            }
        };
        let mut fields = Fields::of(message);
        while let Some((number, raw)) = fields.next()? {
            if !matches!(number, 2..=4) {
                once(&mut seen, number)?;
            }
            match number {
                1 => name = raw.str()?,
                // Packed or not: protobuf allows both for repeated numbers.
                2 => match raw {
                    Raw::Bytes(mut packed) => {
                        while !packed.is_empty() && to.len() <= max {
                            let at = Raw::Varint(varint(&mut packed)?).uint32()?;
                            to.extend(id(at));
                        }
                    }
                    raw => to.extend(id(raw.uint32()?)),
                },
                3 if split.len() <= max => {
                    let (at, weight) = pair(raw.bytes()?, "routes.split")?;
                    split.extend(id(at).map(|id| (id, weight)));
                }
                4 if mirror.len() <= max => {
                    let (at, share) = pair(raw.bytes()?, "routes.mirror")?;
                    mirror.extend(id(at).map(|id| (id, share)));
                }
                3 | 4 => {}
                5 => self.drop = Some(raw.str()?),
                6 => self.policy.timeout = time(raw.varint()?),
                7 => self.policy.retry_delay = time(raw.varint()?),
                8 => self.retries = raw.uint32()?,
                9 => self.policy.priority = priority(raw.varint()?)?,
                10 => {
                    let rank = raw.sint64()?;
                    self.rank = i32::try_from(rank).map_err(|_| Malformed {
                        what: "a rank is larger than 32 bits",
                    })?;
                }
                _ => return Err(unknown_field("routes", number)),
            }
        }
        let subject = || match fallback {
            true => Subject::Fallback,
            false => Subject::Route(name.to_owned()),
        };
        if bad_index {
            let message = format!(
                "a consumer's position is beyond the {} of the push",
                builder.shop.ids.len()
            );
            builder.problem(Violation::new(
                Path::of(subject()),
                Code::Malformed,
                message,
            ));
        }
        if fallback && !name.is_empty() {
            builder.problem(Violation::new(
                Path::of(subject()),
                Code::BadName,
                "the fallback has no name",
            ));
        }
        if fallback && self.rank != 0 {
            let message = "the fallback has no `rank`";
            builder.problem(Violation::new(
                Path::part(subject(), "rank"),
                Code::RankWithoutPattern,
                message,
            ));
        }
        Ok(name)
    }
}

/// Reads a route that begins with its name and `to`, and for the rest has only a
/// policy, as most have. Others are not wrong, but for [`Scratch::read`].
#[inline]
pub(super) fn plain(message: &[u8]) -> Option<Plain<'_>> {
    let mut fields = Fields::of(message);
    Some(Plain {
        name: fields.short(1)?,
        to: fields.short(2)?,
        policy: fields.rest(),
    })
}

/// Reads the fields of a policy that stand in the order of their numbers, each of them
/// at most once, and with nothing behind them.
pub(crate) fn plain_policy(fields: &[u8]) -> Option<Policy> {
    let mut fields = Fields::of(fields);
    let policy = Policy {
        timeout: time(fields.number(6).ok()?),
        retry_delay: time(fields.number(7).ok()?),
        retries: u8::try_from(fields.number(8).ok()?).ok()?,
        priority: priority(fields.number(9).ok()?).ok()?,
    };
    let good = fields.rest().is_empty() && u32::from(policy.retries) <= RETRIES_MAX;
    good.then_some(policy)
}

fn time(ns: u64) -> Option<Duration> {
    (ns != 0).then(|| Duration::from_nanos(ns))
}

fn priority(number: u64) -> Result<Priority, Violations> {
    match number {
        0 | 2 => Ok(Priority::Normal),
        1 => Ok(Priority::Low),
        3 => Ok(Priority::High),
        other => Err(map(
            "routes.priority",
            Code::UnknownField,
            format!("there is no priority {other}"),
        )
        .into()),
    }
}

/// A message of two numbers: position of a consumer, and its weight or share.
fn pair(message: &[u8], part: &'static str) -> Result<(u32, u32), Violations> {
    let (mut to, mut amount) = (0, 0);
    let mut seen = Seen::default();
    let mut fields = Fields::of(message);
    while let Some((number, raw)) = fields.next()? {
        once(&mut seen, number)?;
        match number {
            1 => to = raw.uint32()?,
            2 => amount = raw.uint32()?,
            _ => return Err(unknown_field(part, number)),
        }
    }
    Ok((to, amount))
}
