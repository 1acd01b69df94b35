//! A request of GitHub, from its first byte to an answer.
//!
//! Whoever has not signed learns nothing but that: the body is bounded, read and checked
//! before anything in it is looked at.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use http_body_util::BodyExt;
use tokio::time::timeout;

use crate::answer::{Accepted, Refusal};
use crate::budget::Reservation;
use crate::decide::{Decision, Fate, decide};
use crate::payload::Payload;
use crate::routes::{self, Event};
use crate::server::Service;
use crate::{ROUTES, deliver};

/// The headers of GitHub that mean something to whoever gets the body.
pub const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");
pub const EVENT: HeaderName = HeaderName::from_static("x-github-event");
pub const DELIVERY: HeaderName = HeaderName::from_static("x-github-delivery");

/// A webhook that is being delivered.
#[derive(Debug)]
pub struct Webhook {
    /// Its name, as in the catalogue.
    pub name: String,
    /// The event, if it is in the catalogue.
    pub event: Option<Event>,
    /// What GitHub sent along; consumers get it as it is.
    pub headers: HeaderMap,
    /// What GitHub sent, byte for byte, so that its signature still holds.
    pub body: Bytes,
    /// Its memory, until the last consumer has it.
    pub _held: Reservation,
}

/// `POST /webhook`.
pub async fn receive(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Accepted, Refusal> {
    let (body, held) = read(&service, body).await?;
    let signature = headers.get(SIGNATURE).map_or(&b""[..], |h| h.as_bytes());
    if !service.secrets.signed(&body, signature) {
        return Err(Refusal::Unsigned);
    }
    let event = text(&headers, &EVENT)
        .ok_or_else(|| Refusal::Bad("X-GitHub-Event is missing, or there are two".into()))?;
    if !is_json(&headers) {
        return Err(Refusal::ContentType);
    }
    let payload = Payload::read(&body)
        .map_err(|fault| Refusal::Bad(format!("the payload cannot be read: {fault}")))?;
    let name = payload.name(event).map_err(|f| Refusal::Bad(f.into()))?;

    // One whole generation for this event: routes and settings together.
    let Decision {
        event,
        version,
        fate,
    } = decide(&ROUTES.load(), &name, payload.key().as_bytes());
    match fate {
        Fate::Deliver { to, mirrors, how } => {
            let accepted = Accepted::delivered(&name, version, &to, &mirrors);
            let webhook = Webhook {
                name,
                event,
                headers,
                body,
                _held: held,
            };
            deliver::start(&service, webhook, to, mirrors, how);
            Ok(accepted)
        }
        Fate::Drop(reason) => Ok(Accepted::dropped(&name, version, &reason)),
        Fate::Unrouted => Err(Refusal::Unrouted(name)),
    }
}

/// The whole body, within what settings allow at this moment.
async fn read(service: &Service, body: Body) -> Result<(Bytes, Reservation), Refusal> {
    let bounds = Bounds::now();
    // What Content-Length announces; hyper lets no more in.
    if body.size_hint().lower() > bounds.body {
        return Err(Refusal::TooLarge(bounds.body));
    }
    let mut held = service.budget.reserve(bounds.memory).ok_or(Refusal::Busy)?;
    let body = timeout(bounds.time, collect(body, &mut held, &bounds)).await;
    Ok((body.map_err(|_| Refusal::Slow)??, held))
}

/// The bytes, counted as they come.
async fn collect(
    mut body: Body,
    held: &mut Reservation,
    bounds: &Bounds,
) -> Result<Bytes, Refusal> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::Bad("the body broke off".into()))?;
        // Trailers say nothing to us.
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if (bytes.len() + data.len()) as u64 > bounds.body {
            return Err(Refusal::TooLarge(bounds.body));
        }
        if !held.grow(data.len() as u64, bounds.memory) {
            return Err(Refusal::Busy);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.into())
}

/// Settings, copied out: a table is not held while a request waits for its body.
struct Bounds {
    body: u64,
    memory: u64,
    time: Duration,
}

impl Bounds {
    fn now() -> Bounds {
        let table = ROUTES.load();
        let settings = routes::settings(&table).webhook();
        Bounds {
            body: settings.body_max(),
            memory: settings.memory_max(),
            time: settings.read_timeout(),
        }
    }
}

/// A header in plain text. Of two, none: whoever is next might believe the other one.
fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut all = headers.get_all(name).iter();
    let one = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(one)
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = text(headers, &header::CONTENT_TYPE).unwrap_or_default();
    let kind = value.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}
