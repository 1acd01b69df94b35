//! Who holds a pushed override, and texts of people.

use super::fields::{Seen, map, once, unknown_field};
use crate::error::{Code, Violations};
use crate::limits::{OWNER_BYTES_MAX, REASON_BYTES_MAX};
use crate::name;
use crate::wire::Fields;

/// Who holds an override, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WireLease<'a> {
    pub owner: &'a str,
    pub reason: &'a str,
    pub ttl_ms: u64,
}

impl<'a> WireLease<'a> {
    pub fn read(message: &'a [u8], problems: &mut Violations) -> Result<WireLease<'a>, Violations> {
        let mut lease = WireLease {
            owner: "",
            reason: "",
            ttl_ms: 0,
        };
        let mut seen = Seen::default();
        let mut fields = Fields::of(message);
        while let Some((number, raw)) = fields.next()? {
            once(&mut seen, number)?;
            match number {
                1 => lease.owner = raw.str()?,
                2 => lease.reason = raw.str()?,
                3 => lease.ttl_ms = raw.varint()?,
                _ => return Err(unknown_field("lease", number)),
            }
        }
        if lease.owner.is_empty() {
            problems.push(map("lease.owner", Code::Missing, "a lease needs an owner"));
        }
        if lease.ttl_ms == 0 {
            problems.push(map(
                "lease.ttl_ms",
                Code::Missing,
                "a lease needs a time to live of at least 1 ms",
            ));
        }
        check_text("lease.owner", lease.owner, OWNER_BYTES_MAX, problems);
        check_text("lease.reason", lease.reason, REASON_BYTES_MAX, problems);
        Ok(lease)
    }
}

/// Checks a text that a person wrote for others.
pub(super) fn check_text(part: &'static str, text: &str, max: usize, problems: &mut Violations) {
    if text.len() > max {
        let message = format!(
            "the text has {} bytes; at most {max} are allowed",
            text.len()
        );
        problems.push(
            map(part, Code::Limit, message)
                .count("value", text.len())
                .count("max", max),
        );
    } else if !text.chars().all(name::printable) {
        problems.push(map(
            part,
            Code::BadName,
            "the text holds an invisible character",
        ));
    }
}
