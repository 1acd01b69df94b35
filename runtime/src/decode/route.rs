//! One `ResolvedRoute` on its way to the builder.

use std::time::Duration;

use super::{Seen, map, once, unknown_field};
use crate::builder::{Builder, RouteSpec};
use crate::error::{Code, Path, Subject, Violation, Violations};
use crate::route::{Policy, Priority};
use crate::wire::{Fields, Malformed, Raw, varint, zigzag};
use crate::workshop::Plain;

/// One route on its way to the builder; used again for the next.
#[derive(Default)]
pub(super) struct Scratch<'a> {
    to: Vec<u16>,
    split: Vec<(u16, u32)>,
    mirror: Vec<(u16, u32)>,
    drop: Option<&'a str>,
    policy: Policy,
    retries: u32,
    rank: i32,
}

impl<'a> Scratch<'a> {
    pub fn spec(&self) -> RouteSpec<'_> {
        RouteSpec {
            to: &self.to,
            split: &self.split,
            mirror: &self.mirror,
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
        self.to.clear();
        self.split.clear();
        self.mirror.clear();
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
                        while !packed.is_empty() && self.to.len() <= max {
                            let at = Raw::Varint(varint(&mut packed)?).uint32()?;
                            self.to.extend(id(at));
                        }
                    }
                    raw => self.to.extend(id(raw.uint32()?)),
                },
                3 if self.split.len() <= max => {
                    let (at, weight) = pair(raw.bytes()?, "routes.split")?;
                    self.split.extend(id(at).map(|id| (id, weight)));
                }
                4 if self.mirror.len() <= max => {
                    let (at, share) = pair(raw.bytes()?, "routes.mirror")?;
                    self.mirror.extend(id(at).map(|id| (id, share)));
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

/// Reads a route that has its fields in the order of their numbers, each of them at
/// most once, and only those that most routes have. Others are not wrong, but for
/// [`Scratch::read`].
#[inline]
pub(super) fn plain(message: &[u8]) -> Option<Plain<'_>> {
    let mut rest = message;
    let name = short(&mut rest, 1)?;
    let to = short(&mut rest, 2)?;
    let mut number = |field: u8| match rest {
        [tag, tail @ ..] if *tag == field << 3 => {
            rest = tail;
            varint(&mut rest).ok()
        }
        _ => Some(0),
    };
    let plain = Plain {
        name,
        to,
        timeout_ns: number(6)?,
        retry_delay_ns: number(7)?,
        retries: number(8)?,
        priority: match number(9)? {
            0 | 2 => Priority::Normal,
            1 => Priority::Low,
            3 => Priority::High,
            _ => return None,
        } as u8,
        rank: i32::try_from(zigzag(number(10)?)).ok()?,
    };
    rest.is_empty().then_some(plain)
}

/// The bytes of a field with this number that has less than 128 of them.
#[inline]
fn short<'a>(rest: &mut &'a [u8], field: u8) -> Option<&'a [u8]> {
    let [tag, length @ 0..=0x7F, tail @ ..] = *rest else {
        return None;
    };
    let (bytes, tail) = tail.split_at_checked(usize::from(*length))?;
    *rest = tail;
    (*tag == field << 3 | 2).then_some(bytes)
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
