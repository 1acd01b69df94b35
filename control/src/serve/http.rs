//! A control plane to be watched.

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use routewright::Now;
use routewright_schema::pb::RolloutState;
use serde_json::{Value, json};

use super::actor::Handle;
use super::book::Book;
use super::meters::Facts;
use crate::fit::millis;
use crate::http::Pages;
use crate::metrics::Rejected;
use crate::observe::rejected;
use crate::plane::Plane;

/// The pages of a control plane.
pub struct Watched {
    handle: Handle,
}

impl Watched {
    pub fn new(handle: Handle) -> Watched {
        Watched { handle }
    }

    /// What the plane knows; `None`: it has ended.
    async fn facts(&self) -> Option<(Facts, Option<RolloutState>)> {
        self.handle.ask(facts).await.ok()
    }
}

fn facts(plane: &mut Plane<Book>, now: Now) -> (Facts, Option<RolloutState>) {
    let (version, digest) = plane.settled();
    let rollout = plane.rolling_out(now);
    let facts = Facts {
        census: plane.census(),
        revision: plane.revision(),
        version,
        push_digest: digest.to_vec(),
        accepted: plane.accepted(),
        rolling: rollout.is_some(),
    };
    (facts, rollout)
}

impl Pages for Watched {
    async fn metrics(&self) -> Option<String> {
        let (facts, _) = self.facts().await?;
        Some(self.handle.meters().page(&facts))
    }

    async fn status(&self) -> Option<Value> {
        let (facts, rollout) = self.facts().await?;
        let meters = self.handle.meters();
        meters.look(&facts.census);
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let skew = Some(meters.skew()).filter(|skew| *skew > Duration::ZERO);
        let mut refused: Vec<Rejected> = meters.pushes.rejected();
        refused.extend(meters.rollbacks.rejected());
        refused.sort_by_key(|rejected| std::cmp::Reverse(rejected.at));
        Some(json!({
            "state": rollout.as_ref().map_or("settled", |rollout| rollout.state.as_str()),
            "serving": {
                "version": facts.version,
                "revision": facts.revision,
                "push_digest": Some(hex(&facts.push_digest)).filter(|hex| !hex.is_empty()),
            },
            "offered": rollout.as_ref().map(offered),
            "rejected": refused.iter().map(rejected).collect::<Vec<Value>>(),
            "stale_since": skew.map(|skew| millis(now.saturating_sub(skew))),
            "engines": {
                "connected": facts.census.connected,
                "away": facts.census.away,
                "held": facts.census.held,
                "out_of_step": facts.census.out_of_step,
            },
        }))
    }

    fn alive(&self) -> bool {
        !self.handle.has_failed()
    }

    async fn ready(&self) -> bool {
        self.handle.ask(|_, _| ()).await.is_ok()
    }
}

fn offered(rollout: &RolloutState) -> Value {
    json!({
        "revision": rollout.revision,
        "version": rollout.version,
        "stage": rollout.stage,
        "stages": rollout.stages,
        "told": rollout.told,
        "acknowledged": rollout.acknowledged,
        "engines": rollout.engines,
        "waiting_for": rollout.waiting_for,
    })
}

/// Bytes as people compare them.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
