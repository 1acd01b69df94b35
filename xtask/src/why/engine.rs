//! In what an engine serves and keeps, or in what a control plane ever pushed.

use std::collections::BTreeSet;

use prost::Message as _;
use routewright::{Digest, Limits, RouteTable, Stamp};
use routewright_control::client::BlockingClient;
use routewright_schema::pb::{
    Decision, Generation, GetFleetResponse, ListVersionsRequest, RouteMap,
};

use super::{Found, Rule, in_table, place};
use crate::project::{self, Definitions};
use crate::remote::{connect, failure};
use crate::report::Failure;

/// Decisions of one answer: each brings what was pushed.
const PAGE: u32 = 8;

/// A table that gave a stamp.
struct Source {
    image: Vec<u8>,
    baseline: Vec<u8>,
    /// What it was pushed as; `None`: it is the baseline.
    pushed: Option<Generation>,
}

pub fn search(url: &str, definitions: &Definitions, stamp: Stamp) -> Result<Answer, Failure> {
    let mut client = connect(url)?;
    let (source, builds) = match client.fleet() {
        Ok(fleet) => (of_history(url, &mut client, stamp)?, builds(&fleet)),
        Err(fault) if fault.is_unimplemented() => (of_engine(url, &mut client, stamp)?, None),
        Err(fault) => return Err(failure(url, &fault)),
    };
    let found = match source {
        Some(source) => found(url, definitions, stamp, &source)?,
        None => None,
    };
    let note = builds.map(|builds| {
        format!(
            "its engines were compiled with {builds} baselines; this is over the one that most of them have"
        )
    });
    Ok(Answer { found, note })
}

/// What came of a search.
pub struct Answer {
    pub found: Option<Found>,
    /// What the search left out.
    pub note: Option<String>,
}

/// In what an engine keeps.
fn of_engine(
    url: &str,
    client: &mut BlockingClient,
    stamp: Stamp,
) -> Result<Option<Source>, Failure> {
    let status = client.status().map_err(|e| failure(url, &e))?;
    let is_of =
        |bytes: &[u8]| <[u8; 16]>::try_from(bytes).is_ok_and(|bytes| stamp.is_of(Digest(bytes)));
    let mut kept = status.generations.into_iter();
    let kept = kept.find(|g| is_of(&g.image_digest));
    let version = match &kept {
        Some(kept) => kept.version,
        None if is_of(&status.baseline_digest) => 0,
        None => return Ok(None),
    };
    let answer = client.kept(version, true).map_err(|e| failure(url, &e))?;
    Ok(Some(Source {
        image: answer.image,
        baseline: answer.baseline_image,
        pushed: kept,
    }))
}

/// In how many builds engines are there that are connected, if that is more than one: a stamp
/// of the others is not found by what most of them have.
fn builds(fleet: &GetFleetResponse) -> Option<usize> {
    let connected = fleet.engines.iter().filter(|engine| engine.connected);
    let builds: BTreeSet<&[u8]> = connected.map(|e| &e.baseline_digest[..]).collect();
    (builds.len() > 1).then_some(builds.len())
}

/// In all that was pushed to a control plane, newest first: what engines make of it is built
/// here, over the baseline that most of them have.
fn of_history(
    url: &str,
    client: &mut BlockingClient,
    stamp: Stamp,
) -> Result<Option<Source>, Failure> {
    let image = client.get(true).map_err(|e| failure(url, &e))?;
    let image = image.baseline_image;
    let baseline = open(url, &image)?;
    if stamp.is_of(baseline.digest()) {
        return Ok(Some(Source {
            baseline: image.clone(),
            image,
            pushed: None,
        }));
    }
    let mut seen = BTreeSet::new();
    let mut request = ListVersionsRequest {
        before: 0,
        limit: PAGE,
        with_bytes: true,
    };
    loop {
        let page = client.versions(request).map_err(|e| failure(url, &e))?;
        for decision in page.decisions {
            request.before = decision.revision;
            if decision.route_map.is_empty() || !seen.insert(decision.push_digest.clone()) {
                continue;
            }
            // Some were pushed to engines of another baseline.
            let table = baseline.overridden(&decision.route_map, &Limits::DEFAULT);
            if let Ok(table) = table
                && stamp.is_of(table.digest())
            {
                let image = table.as_image().to_vec();
                return Ok(Some(Source {
                    image,
                    pushed: Some(generation(decision)),
                    baseline: baseline.as_image().to_vec(),
                }));
            }
        }
        if !page.more || request.before <= 1 {
            return Ok(None);
        }
    }
}

/// A decision, as an engine that keeps its version tells it.
fn generation(decision: Decision) -> Generation {
    let map = RouteMap::decode(&decision.route_map[..]).unwrap_or_default();
    Generation {
        version: decision.version,
        reason: map.reason,
        owner: map.lease.map(|lease| lease.owner).unwrap_or_default(),
        force_reason: map.force.map(|force| force.reason).unwrap_or_default(),
        published_ms: decision.published_ms,
        ..Generation::default()
    }
}

fn open<'a>(url: &str, image: &'a [u8]) -> Result<RouteTable<&'a [u8]>, Failure> {
    RouteTable::open(image)
        .map_err(|e| Failure::Bad(format!("{url} sent an image that cannot be read: {e}")))
}

/// The rule of a stamp, in the table that gave it.
fn found(
    url: &str,
    definitions: &Definitions,
    stamp: Stamp,
    source: &Source,
) -> Result<Option<Found>, Failure> {
    let (table, baseline) = (open(url, &source.image)?, open(url, &source.baseline)?);
    let Some(mut found) = in_table(&table, stamp) else {
        return Ok(None);
    };
    let (new, old) = match &found.rule {
        Rule::Route(name) => (table.own(name), baseline.own(name)),
        Rule::Fallback => (table.fallback(), baseline.fallback()),
        Rule::Nothing => (None, None),
    };
    let changed = match (new, old) {
        (Some(new), Some(old)) => !new.same_as(&old),
        (new, _) => new.is_some(),
    };
    found.table = match &source.pushed {
        None => format!("the baseline of {url}"),
        Some(pushed) => {
            let part = |before: &str, text: &str| match text {
                "" => String::new(),
                text => format!("{before}{text}"),
            };
            format!(
                "version {} of {url}{}{}{}",
                pushed.version,
                part(": ", &pushed.reason),
                part(", held by ", &pushed.owner),
                part(", forced: ", &pushed.force_reason)
            )
        }
    };
    if let (true, Some(pushed)) = (changed, &source.pushed) {
        found.place = Some(format!("pushed with version {}", pushed.version));
        found.owner.clone_from(&pushed.owner);
        return Ok(Some(found));
    }
    // It was compiled in; if it was from these definitions, they know where it stands.
    for project in project::at_hand(definitions)? {
        let (loaded, compiled) = project.compile()?;
        if compiled.digest() == baseline.digest() {
            (found.place, found.owner) = place(&loaded, &found.rule);
        }
    }
    Ok(Some(found))
}
