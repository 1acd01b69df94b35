//! The figures of an engine.

use std::time::Duration;

use routewright::{Catalog, Now, Status};

use crate::engine::Engine;
use crate::follow::Link;
use crate::metrics::{Kind, Page, Updates};

/// The page. `rate` is what configuration has allocated, in bytes, and per second.
pub fn page<C: Catalog>(
    engine: &Engine<C>,
    link: Option<&Link>,
    rate: Option<(u64, f64)>,
    now: Now,
) -> String {
    let status = engine.cell.status_at(now);
    let mut page = Page::default();
    served(&mut page, &status);
    if let Some(link) = link {
        followed(&mut page, link);
    }
    became(&mut page, engine, link);
    if let Some((bytes, rate)) = rate {
        page.counter(
            "routewright_config_allocated_bytes_total",
            "Bytes that configuration allocated, as the host counts them.",
            bytes,
        );
        page.gauge(
            "config_allocation_rate_bytes_per_second",
            "Bytes per second that configuration allocates, over the last 10 seconds or more.",
            rate,
        );
    }
    kept(&mut page, engine);
    page.into_text()
}

fn served<C: Catalog>(page: &mut Page, status: &Status<C>) {
    page.gauge(
        "routewright_serving_version",
        "The version that is served; 0 is the baseline.",
        status.table.version(),
    );
    page.gauge(
        "routewright_accepted_version",
        "The highest version ever accepted.",
        status.accepted,
    );
    let image = status.table.raw().digest().to_string();
    let pushed = status.serving().map(|kept| kept.push_digest.to_string());
    page.family(
        "routewright_serving_info",
        Kind::Gauge,
        "What is served, by its digests and where it came from; always 1.",
    )
    .sample(
        &[
            ("image_digest", &image),
            ("push_digest", pushed.as_deref().unwrap_or_default()),
            ("source", super::standing::source(status)),
        ],
        1,
    );
    if let Some(latest) = &status.latest {
        page.gauge(
            "static_mesh_last_update_timestamp",
            "When what is served last changed, in seconds since the Unix epoch; absent until it does.",
            seconds(latest.at),
        );
    }
    page.gauge(
        "routewright_quarantined_images",
        "Images that are refused unless forced.",
        status.quarantined.len(),
    );
}

fn followed(page: &mut Page, link: &Link) {
    let link = link.status();
    page.gauge(
        "config_staleness_seconds",
        "For how long it has not been known whether what is served is what should be.",
        seconds(link.staleness),
    );
    page.gauge(
        "routewright_control_connected",
        "1 while a control plane answers.",
        u8::from(link.connected),
    );
    page.gauge(
        "routewright_control_revision",
        "The newest decision that a control plane told.",
        link.revision,
    );
}

fn became<C: Catalog>(page: &mut Page, engine: &Engine<C>, link: Option<&Link>) {
    let ways: Vec<(&str, &Updates)> = [("push", &*engine.pushes)]
        .into_iter()
        .chain(link.map(|link| ("control_plane", link.updates())))
        .collect();
    let mut family = page.family(
        "routewright_updates_accepted_total",
        Kind::Counter,
        "Updates that were taken, by the way they came.",
    );
    for (via, updates) in &ways {
        family.sample(&[("via", via)], updates.accepted());
    }
    let mut family = page.family(
        "routewright_updates_refused_total",
        Kind::Counter,
        "Updates that were refused, by the way they came and their first reason.",
    );
    for (via, updates) in &ways {
        for (code, count) in updates.refused().read() {
            family.sample(&[("via", via), ("code", &code)], count);
        }
    }
    let mut family = page.family(
        "routewright_apply_duration_seconds",
        Kind::Histogram,
        "Time to decode, decide and serve an update that was taken, and to keep it if overrides are kept.",
    );
    for (via, updates) in &ways {
        family.histogram(&[("via", via)], updates.took());
    }
}

fn kept<C: Catalog>(page: &mut Page, engine: &Engine<C>) {
    let Some(kept) = engine.persistence() else {
        return;
    };
    page.gauge(
        "routewright_persisted_version",
        "The version that would be served after a restart; 0 is the baseline.",
        kept.version,
    );
    page.gauge(
        "routewright_persistence_failing",
        "1 while what is served would not outlive a restart.",
        u8::from(!kept.fault.is_empty()),
    );
    page.gauge(
        "routewright_held",
        "1 while somebody holds the engine on its baseline by the file BASELINE.",
        u8::from(engine.held()),
    );
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}
