//! `--live` and `--at`: what will serve at that time.

use routewright_schema::value::Moment;

use super::Asked;
use crate::artefact::Artefact;
use crate::report::Failure;

/// Asks what answers then. Definitions (`REV:PATH`) say themselves what ends; of an engine,
/// leases do.
pub fn asked(live: &str, at: Moment) -> Result<Asked, Failure> {
    if live.starts_with("http://") || live.starts_with("https://") {
        return engine(live, at);
    }
    let artefact = Artefact::open(live)?;
    let then = match artefact.loaded {
        Some(_) => None,
        None => Some("an image answers the same at any time; it knows no `expires`".to_owned()),
    };
    Ok(Asked {
        artefact,
        at,
        named: true,
        then,
        ended: false,
    })
}

/// What an engine serves then, if nobody pushes anything and no guard takes anything back.
#[cfg(feature = "net")]
fn engine(url: &str, at: Moment) -> Result<Asked, Failure> {
    use std::collections::BTreeSet;

    use routewright::RouteTable;

    use crate::artefact::Kind;
    use crate::remote::{connect, failure, generation};
    use crate::status::date;

    // A day that has begun is today, and not the past.
    if at.date() < Moment::now().date() {
        return Err(Failure::Usage(format!(
            "`--at {at}` is past, and an engine only knows what it serves now and later"
        )));
    }
    let mut client = connect(url)?;
    let status = client.status().map_err(|e| failure(url, &e))?;
    let served = client.get(true).map_err(|e| failure(url, &e))?;
    let serving = generation(served.serving_version);
    // The override may have changed between the two calls; its lease is then another's.
    let lease = status
        .lease
        .filter(|_| status.serving_version == served.serving_version);
    let (ended, then) = match &lease {
        Some(lease) => {
            let (owner, ends) = (&lease.owner, date(lease.ends_ms));
            match lease.ends_ms <= at.ms() {
                true => (
                    true,
                    format!(
                        "the lease of {owner} on {serving} has ended ({ends}), and the baseline serves"
                    ),
                ),
                false => (
                    false,
                    format!("{serving} still serves; the lease of {owner} ends {ends}"),
                ),
            }
        }
        None if served.serving_version == 0 => {
            (false, "the baseline serves, and has no end".to_owned())
        }
        None => (false, format!("{serving} still serves; it has no lease")),
    };
    let (of, image) = match ended {
        true => (generation(0), served.baseline_image),
        false => (serving, served.image),
    };
    let table = RouteTable::open(image).map_err(|e| Failure::Bad(format!("{url}: {e}")))?;
    Ok(Asked {
        artefact: Artefact {
            name: format!("{url}, {of}"),
            table,
            loaded: None,
            kind: Kind::Engine,
            origins: BTreeSet::new(),
        },
        at,
        named: true,
        then: Some(then),
        ended,
    })
}

#[cfg(not(feature = "net"))]
fn engine(url: &str, _: Moment) -> Result<Asked, Failure> {
    Err(Failure::Usage(format!(
        "{url}: this tool was built without the network"
    )))
}
