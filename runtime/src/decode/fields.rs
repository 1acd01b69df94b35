//! What the messages of a push have in common: names of fields, and fields that may
//! stand once.

use crate::error::{Code, Path, Subject, Violation, Violations};

/// A violation of a part of the map itself.
pub(super) fn map(part: &'static str, code: Code, message: impl Into<String>) -> Violation {
    Violation::new(Path::part(Subject::Map, part), code, message)
}

/// Which singular fields stood already.
#[derive(Default)]
pub(super) struct Seen(u32);

impl Seen {
    pub fn first(&mut self, number: u32) -> bool {
        let bit = 1u32.checked_shl(number).unwrap_or(0);
        let new = self.0 & bit == 0;
        self.0 |= bit;
        new
    }
}

/// Refuses a field that stood already.
pub(super) fn once(seen: &mut Seen, number: u32) -> Result<(), Violations> {
    match seen.first(number) {
        true => Ok(()),
        false => {
            let message = format!("field {number} of a nested message stands twice");
            Err(map("", Code::DuplicateField, message).into())
        }
    }
}

/// A field that is not in the messages of this release.
pub(super) fn unknown_field(part: &'static str, number: u32) -> Violations {
    let message =
        format!("field {number} is not known to this engine; it may be too old for this push");
    map(part, Code::UnknownField, message)
        .count("field", number as usize)
        .into()
}

/// The name of a field of `RouteMap`.
pub(super) fn field_name(number: u32) -> &'static str {
    const NAMES: [&str; 17] = [
        "",
        "mode",
        "version",
        "catalog",
        "reason",
        "lease",
        "force",
        "allow_removals",
        "expected_serving",
        "ramp",
        "guard",
        "consumers",
        "routes",
        "removals",
        "settings",
        "fallback",
        "clear_fallback",
    ];
    NAMES.get(number as usize).copied().unwrap_or("")
}
