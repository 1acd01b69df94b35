//! Somebody who may change one setting, and never by force.
//!
//! Whether what they may not change stayed as it was is asked of tables that are built here,
//! of what was pushed; what decides about pushes is asked nothing.

use std::time::Duration;

use routewright::{Digest, Image, Limits, Now, RouteCell, RouteTable, Saved, Untyped};
use routewright_schema::pb::RouteMap;

use prost::Message;

use crate::maps::EVENTS;

/// What they may change.
pub const THEIRS: &str = "rate";

/// Whether they may change that.
pub fn may(kind: &str, name: &str, forced: bool) -> bool {
    !forced && kind == "setting" && name == THEIRS
}

/// What a push says beside its version.
pub fn read(push: Option<&[u8]>) -> RouteMap {
    push.map_or_else(RouteMap::default, |bytes| RouteMap::decode(bytes).unwrap())
}

/// Pushes, and what they end in: the baseline, where one is lent.
pub fn with_ends<'p>(pushes: impl IntoIterator<Item = Option<&'p [u8]>>) -> Vec<Option<&'p [u8]>> {
    let mut all: Vec<Option<&[u8]>> = pushes.into_iter().collect();
    if all.iter().any(|push| read(*push).lease.is_some()) {
        all.push(None);
    }
    all
}

/// All that an engine of this build would serve by that push and that is not theirs, in words;
/// `None`: it cannot take it.
pub fn not_theirs(image: &RouteTable<Image>, push: Option<&[u8]>, forced: bool) -> Option<String> {
    let cell: RouteCell<Untyped> = RouteCell::open(image.as_image(), Limits::DEFAULT).unwrap();
    let zero = Duration::ZERO;
    let saved = Saved {
        accepted: read(push).version,
        accepted_digest: push.map(Digest::of).unwrap_or_default(),
        serving: push,
        published: zero,
    };
    let begin = Now {
        monotonic: zero,
        wall: zero,
    };
    let restored = cell.restore(&saved, begin).ok()?;
    let table = restored.after.raw();
    let (catalog, values) = (table.catalog(), table.values());
    let mut words = Vec::new();
    for at in 0..catalog.settings() {
        let name = catalog.setting(at).map(|setting| setting.name);
        if forced || name != Some(THEIRS) {
            words.push(format!("{name:?} = {:?}", values.scalar(at)));
        }
    }
    for event in EVENTS.iter().chain(&["four", ""]) {
        let to: Option<Vec<u16>> = table.find(event).map(|route| route.consumers().collect());
        words.push(format!("{event:?} -> {to:?}"));
    }
    Some(words.join(", "))
}
