//! What is pushed by chance, and the builds that it is for.

use routewright::{Digest, Image, Limits, RouteCell, RouteTable, Untyped};
use routewright_schema::{load, lower, pb, route_map};

use crate::restricted;
use crate::world::World;

const DEFINITION: &str = "
version: 1
package: simulated
consumers: { a: { local: true }, b: { local: true } }
routes: { one: { to: a }, two: { to: b }, 'three.*': { to: a } }
fallback: { to: b }
settings:
  rate: { type: float, default: 0.5, min: 0, max: 1 }
  pace: { type: duration, default: 8s, min: 1s, max_step: 2x }
";

/// Another build, whose catalog has more.
const NEWER: &str = "
version: 2
package: simulated
consumers: { a: { local: true }, b: { local: true }, c: { local: true } }
routes: { one: { to: a }, two: { to: b }, four: { to: c }, 'three.*': { to: a } }
fallback: { to: b }
settings:
  rate: { type: float, default: 0.4, min: 0, max: 1 }
  pace: { type: duration, default: 8s, min: 1s, max_step: 2x }
";

/// Events that every table must answer with somebody, whatever happens.
pub const EVENTS: [&str; 4] = ["one", "two", "three.x", "else"];

/// The version that engines may have from somebody else, before the first of this control plane.
pub const OWN: u64 = 7;

/// What the builds were compiled with.
pub fn images() -> [RouteTable<Image>; 2] {
    [DEFINITION, NEWER].map(|text| {
        let loaded = load::load_text("simulated.yaml", text).unwrap_or_else(|_| panic!("{text}"));
        lower::lower(&loaded.definition, &Limits::DEFAULT).unwrap()
    })
}

fn float(rate: f64) -> Option<pb::setting_value::Value> {
    scalar(pb::scalar::Kind::FloatValue(rate))
}

fn scalar(kind: pb::scalar::Kind) -> Option<pb::setting_value::Value> {
    let scalar = pb::Scalar { kind: Some(kind) };
    Some(pb::setting_value::Value::Scalar(scalar))
}

/// What somebody else pushed to an engine.
pub fn own() -> Vec<u8> {
    route_map::encode(&pb::RouteMap {
        mode: pb::Mode::Overlay.into(),
        version: OWN,
        settings: vec![pb::SettingValue {
            name: restricted::THEIRS.to_owned(),
            value: float(0.45),
        }],
        ..pb::RouteMap::default()
    })
}

impl World {
    pub fn next_map(&mut self) -> Vec<u8> {
        let rate = self.random.below(120) as f64 / 100.0;
        let mut map = pb::RouteMap {
            mode: pb::Mode::Overlay.into(),
            version: self.version + 1,
            settings: vec![pb::SettingValue {
                name: "rate".to_owned(),
                value: float(rate),
            }],
            ..pb::RouteMap::default()
        };
        if self.random.one_in(4) {
            let seconds = 1 + self.random.below(20);
            map.settings.push(pb::SettingValue {
                name: "pace".to_owned(),
                value: scalar(pb::scalar::Kind::DurationNs(seconds * 1_000_000_000)),
            });
        }
        if self.random.one_in(3) {
            map.consumers.push("b".to_owned());
            map.routes.push(pb::ResolvedRoute {
                name: "one".to_owned(),
                to: vec![0],
                ..pb::ResolvedRoute::default()
            });
        }
        if self.random.one_in(5) {
            map.lease = Some(pb::Lease {
                owner: "somebody".to_owned(),
                reason: String::new(),
                ttl_ms: 1 + self.random.below(3_000),
            });
        }
        if self.random.one_in(3) {
            map.guard = Some(pb::Guard {
                bake_ms: 50 + self.random.below(20_000),
                unrouted_ppm_max: Some(1),
                ..pb::Guard::default()
            });
        }
        if self.random.one_in(8) {
            // Only one of the builds knows it.
            map.removals.push("four".to_owned());
        }
        route_map::encode(&map)
    }

    /// The image that some engine would have after some push.
    pub fn next_image(&mut self, at: usize) -> Digest {
        let map = self.next_map();
        let now = self.now();
        let taken = self.engines[at].cell.dry_run_at(&map, now);
        taken.map_or(Digest::default(), |taken| taken.after.raw().digest())
    }

    /// The image that some engine would have after the newest push.
    pub fn newest_image(&self, at: usize) -> Digest {
        let bytes = self.bytes_of(self.version).map(<[u8]>::to_vec);
        let cell = RouteCell::<Untyped>::open(
            self.images[self.engines[at].build].as_image(),
            Limits::DEFAULT,
        );
        let taken = cell
            .unwrap()
            .dry_run_at(&bytes.unwrap_or_default(), self.now());
        taken.map_or(Digest::default(), |taken| taken.after.raw().digest())
    }

    /// What is served, with another rate; now and then by force.
    pub fn next_rate(&mut self) -> Vec<u8> {
        let rate = self.random.below(100) as f64 / 100.0;
        let served = self.plane.as_ref().map_or(0, |plane| plane.settled().0);
        let mut map = restricted::read(self.bytes_of(served));
        map.set_mode(pb::Mode::Overlay);
        map.version = self.version + 1;
        map.settings
            .retain(|setting| setting.name != restricted::THEIRS);
        map.settings.push(pb::SettingValue {
            name: restricted::THEIRS.to_owned(),
            value: float(rate),
        });
        map.force = self.random.one_in(8).then(|| pb::Force {
            reason: "by chance".to_owned(),
        });
        route_map::encode(&map)
    }
}
