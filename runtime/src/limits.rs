//! How much of everything is accepted. One table for the compiler, the engine
//! and the control plane, so that none of them is laxer than another.

use std::time::Duration;

use crate::guard::Guard;

/// Bytes of an event name or pattern.
pub const NAME_BYTES_MAX: usize = 128;
/// Segments of an event name or pattern.
pub const NAME_SEGMENTS_MAX: usize = 16;
/// Consumers that a catalog may declare.
pub const CONSUMERS_MAX: usize = 4_096;
/// Bytes of the name of a consumer or of the dotted path of a setting.
pub const IDENT_BYTES_MAX: usize = 128;
/// Settings that a catalog may declare.
pub const SETTINGS_MAX: usize = 16_384;
/// Values of one enum setting.
pub const ENUM_VALUES_MAX: usize = 256;
/// Columns of one table setting.
pub const COLUMNS_MAX: usize = 32;
/// Rules that a catalog may declare.
pub const RULES_MAX: usize = 1_024;
/// Nodes of one rule.
pub const RULE_NODES_MAX: usize = 64;
/// Depth of one rule.
pub const RULE_DEPTH_MAX: usize = 16;
/// Different shapes of patterns (which segments are literal, and how many).
pub const SHAPES_MAX: usize = 32;
/// Different policies (timeout, retries, retry delay, priority together).
pub const POLICIES_MAX: usize = 65_535;
/// Sum of the weights of a split.
pub const SPLIT_WEIGHT_MAX: u32 = 65_535;
/// Attempts after the first.
pub const RETRIES_MAX: u32 = 100;
/// A whole share, in parts per million.
pub const SHARE_PPM_MAX: u32 = 1_000_000;
/// Bytes of an owner.
pub const OWNER_BYTES_MAX: usize = 128;
/// Bytes of a reason (of a push, a lease or a drop).
pub const REASON_BYTES_MAX: usize = 1_024;
/// Bytes of the id of a walk.
pub const RAMP_ID_BYTES_MAX: usize = 128;
/// Steps of a walk.
pub const RAMP_STEPS_MAX: u32 = 1_000;
/// Length of a bake window.
pub const BAKE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// Events, or deliveries, of which a guard may take a share; of fewer it says nothing.
pub const GUARD_EVENTS_MIN: u64 = 100;
/// Images that a cell refuses because the process ended while they were new.
pub const QUARANTINED_MAX: usize = 64;
/// How far above the accepted version a new one may be.
pub const VERSION_JUMP_MAX: u64 = 1 << 32;
/// Bytes of a name or value that a refusal shows; the rest is `...`.
pub const SHOWN_BYTES_MAX: usize = 128;
/// Violations that a refusal lists; the rest is counted.
pub const VIOLATIONS_MAX: usize = 64;

/// The limits that a host may narrow or widen for its own engine. The numbers of
/// [`Limits::DEFAULT`] are the ones that `check` uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a push.
    pub push_bytes_max: usize,
    /// Routes of a definition or push, patterns included.
    pub routes_max: usize,
    /// Consumers of one route: `to`, `split` and `mirror` together.
    pub route_consumers_max: usize,
    /// Bytes of one string value.
    pub string_bytes_max: usize,
    /// Elements of one list; cells of one table.
    pub cells_max: usize,
    /// Bytes of an image.
    pub image_bytes_max: usize,
    /// Generations that are kept for a rollback, the serving one included.
    pub generations_max: usize,
    /// Share of the served routes, in percent, that may go away without
    /// `allow_removals`.
    pub removals_percent_max: usize,
    /// Number of served routes that may always go away.
    pub removals_free: usize,
    /// What is watched after every publish, beside what the push itself asks for.
    pub guard: Guard,
}

impl Limits {
    /// The limits of `check`, and of an engine whose host says nothing.
    pub const DEFAULT: Limits = Limits {
        push_bytes_max: 8 << 20,
        routes_max: 131_072,
        route_consumers_max: 256,
        string_bytes_max: 64 << 10,
        cells_max: 65_536,
        image_bytes_max: 64 << 20,
        generations_max: 8,
        removals_percent_max: 20,
        removals_free: 5,
        guard: Guard {
            bake: Duration::from_secs(60),
            allocation_bytes_per_second_max: Some(1_000),
            ..Guard::NONE
        },
    };
}

impl Default for Limits {
    fn default() -> Self {
        Limits::DEFAULT
    }
}
