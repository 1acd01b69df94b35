//! On what terms a push is made: lease, force, ramp, guard, and texts of people.

use std::time::Duration;

use super::fields::{Seen, map, once, unknown_field};
use crate::error::{Code, Violations};
use crate::guard::Guard;
use crate::lease::Lease;
use crate::limits::{
    BAKE_MAX, OWNER_BYTES_MAX, RAMP_ID_BYTES_MAX, RAMP_STEPS_MAX, REASON_BYTES_MAX, SHARE_PPM_MAX,
};
use crate::name;
use crate::status::Ramp;
use crate::wire::Fields;

/// Who holds an override, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WireLease<'a> {
    pub owner: &'a str,
    pub reason: &'a str,
    ttl_ms: u64,
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

    pub fn ttl(&self) -> Duration {
        Duration::from_millis(self.ttl_ms)
    }

    pub fn to_lease(self) -> Lease {
        Lease {
            owner: self.owner.to_owned(),
            reason: self.reason.to_owned(),
            ttl: self.ttl(),
        }
    }
}

/// Reads a `Force`: its reason.
pub(super) fn force<'a>(
    message: &'a [u8],
    problems: &mut Violations,
) -> Result<&'a str, Violations> {
    let mut reason = "";
    let mut seen = Seen::default();
    let mut fields = Fields::of(message);
    while let Some((number, raw)) = fields.next()? {
        once(&mut seen, number)?;
        match number {
            1 => reason = raw.str()?,
            _ => return Err(unknown_field("force", number)),
        }
    }
    if reason.trim().is_empty() {
        let message = "to force needs a reason, which is kept and shown";
        problems.push(map("force.reason", Code::Missing, message));
    }
    check_text("force.reason", reason, REASON_BYTES_MAX, problems);
    Ok(reason)
}

/// Reads a `Ramp`.
pub(super) fn ramp(message: &[u8], problems: &mut Violations) -> Result<Ramp, Violations> {
    let (mut id, mut step, mut steps) = ("", 0, 0);
    let mut seen = Seen::default();
    let mut fields = Fields::of(message);
    while let Some((number, raw)) = fields.next()? {
        once(&mut seen, number)?;
        match number {
            1 => id = raw.str()?,
            2 => step = raw.uint32()?,
            3 => steps = raw.uint32()?,
            _ => return Err(unknown_field("ramp", number)),
        }
    }
    if id.is_empty() {
        problems.push(map("ramp.id", Code::Missing, "a walk needs an id"));
    }
    check_text("ramp.id", id, RAMP_ID_BYTES_MAX, problems);
    if steps > RAMP_STEPS_MAX {
        let message = format!("{steps} steps are too many; at most {RAMP_STEPS_MAX} are allowed");
        let violation = map("ramp.steps", Code::Limit, message);
        problems.push(violation.limit(steps as usize, RAMP_STEPS_MAX as usize));
    }
    if step == 0 || step > steps {
        let message = format!("step {step} of {steps} is none; steps are counted from 1");
        problems.push(map("ramp.step", Code::Malformed, message));
    }
    Ok(Ramp {
        id: id.to_owned(),
        step,
        steps,
    })
}

/// Reads a `Guard`.
pub(super) fn guard(message: &[u8], problems: &mut Violations) -> Result<Guard, Violations> {
    let mut guard = Guard::NONE;
    let mut seen = Seen::default();
    let mut fields = Fields::of(message);
    while let Some((number, raw)) = fields.next()? {
        once(&mut seen, number)?;
        match number {
            1 => guard.bake = Duration::from_millis(raw.varint()?),
            2 => guard.unrouted_ppm_max = Some(raw.uint32()?),
            3 => guard.error_ppm_max = Some(raw.uint32()?),
            4 => guard.allocation_bytes_per_second_max = Some(raw.varint()?),
            _ => return Err(unknown_field("guard", number)),
        }
    }
    if guard.bake.is_zero() {
        let message = "a guard needs a bake window of at least 1 ms";
        problems.push(map("guard.bake_ms", Code::Missing, message));
    }
    if guard.bake > BAKE_MAX {
        let (value, max) = (guard.bake.as_millis(), BAKE_MAX.as_millis());
        let message = format!("a bake window of {value} ms is too long; at most {max} are allowed");
        let count = |n: u128| usize::try_from(n).unwrap_or(usize::MAX);
        let violation = map("guard.bake_ms", Code::Limit, message);
        problems.push(violation.limit(count(value), count(max)));
    }
    if !guard.limits_anything() {
        let message = "a guard needs a limit; without one it watches nothing";
        problems.push(map("guard", Code::Missing, message));
    }
    for (part, ppm) in [
        ("guard.unrouted_ppm_max", guard.unrouted_ppm_max),
        ("guard.error_ppm_max", guard.error_ppm_max),
    ] {
        if let Some(ppm) = ppm.filter(|ppm| *ppm > SHARE_PPM_MAX) {
            let message = format!("{ppm} parts per million are more than all of them");
            let violation = map(part, Code::Limit, message);
            problems.push(violation.limit(ppm as usize, SHARE_PPM_MAX as usize));
        }
    }
    Ok(guard)
}

/// Checks a text that a person wrote for others.
pub(super) fn check_text(part: &'static str, text: &str, max: usize, problems: &mut Violations) {
    if text.len() > max {
        let message = format!(
            "the text has {} bytes; at most {max} are allowed",
            text.len()
        );
        problems.push(map(part, Code::Limit, message).limit(text.len(), max));
    } else if !text.chars().all(name::printable) {
        problems.push(map(
            part,
            Code::BadName,
            "the text holds an invisible character",
        ));
    }
}
