//! Consumers that are reached by HTTP: the body as GitHub sent it, POSTed with the
//! headers that say what it is, within the policy of its route.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::decide::How;
use crate::routes::Consumer;
use crate::webhook::{DELIVERY, EVENT, SIGNATURE, Webhook};

/// Requests to one consumer at a time. The others wait for their turn, so one that
/// hangs does not use up the file descriptors of all.
const AT_ONCE: usize = 64;

/// How long a connection is kept that nothing uses.
const IDLE: Duration = Duration::from_secs(30);

/// All of them, and the connections to them.
pub struct Http {
    client: Client<HttpConnector, Full<Bytes>>,
    consumers: BTreeMap<Consumer, (Uri, Semaphore)>,
}

/// Why an attempt was in vain.
enum Fault {
    Answer(StatusCode),
    NoAnswer(String),
    Timeout,
}

impl Http {
    /// Consumers at these addresses.
    pub fn new(addresses: BTreeMap<Consumer, Uri>) -> Http {
        Http {
            client: Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(IDLE)
                .build(HttpConnector::new()),
            consumers: addresses
                .into_iter()
                .map(|(consumer, address)| (consumer, (address, Semaphore::new(AT_ONCE))))
                .collect(),
        }
    }

    /// Delivers, as often as it takes and the policy allows; counts the attempts.
    pub async fn deliver(
        &self,
        to: Consumer,
        webhook: &Webhook,
        how: &How,
        attempts: &mut u32,
    ) -> Result<(), String> {
        let (address, turns) = self.consumers.get(&to).ok_or("it has no address")?;
        let mut last = None;
        let all = async {
            loop {
                // Never closed, so never an error; and not held during the pause.
                let turn = turns.acquire().await;
                *attempts += 1;
                let request = request(address, to, webhook, how);
                let fault = match timeout(how.timeout, self.post(request?)).await {
                    Ok(Ok(())) => return Ok(()),
                    Ok(Err(fault)) => fault,
                    Err(_) => Fault::Timeout,
                };
                drop(turn);
                if *attempts > u32::from(how.retries) || !fault.passes(how) {
                    return Err(fault.to_string());
                }
                last = Some(fault);
                sleep(how.retry_delay).await;
            }
        };
        let ended = timeout(how.deadline, all).await;
        ended.unwrap_or_else(|_| {
            let fault = last.map_or(String::new(), |fault| format!("; {fault}"));
            Err(format!("out of time{fault}"))
        })
    }

    /// One attempt. What stands in the body of an answer interests nobody.
    async fn post(&self, request: Request<Full<Bytes>>) -> Result<(), Fault> {
        match self.client.request(request).await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(Fault::Answer(answer.status())),
            Err(fault) => Err(Fault::NoAnswer(chain(&fault))),
        }
    }
}

/// GitHub's own headers, so that a consumer needs to know nothing but GitHub, and can
/// check the signature for itself; the name that was routed and its priority on top.
fn request(
    address: &Uri,
    to: Consumer,
    webhook: &Webhook,
    how: &How,
) -> Result<Request<Full<Bytes>>, String> {
    let mut request = Request::new(Full::new(webhook.body.clone()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = address.clone();
    let headers = request.headers_mut();
    for name in [header::CONTENT_TYPE, EVENT, DELIVERY, SIGNATURE] {
        if let Some(value) = webhook.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    let event = HeaderValue::from_str(&webhook.name).map_err(|e| e.to_string())?;
    headers.insert("routewright-event", event);
    headers.insert(
        "routewright-consumer",
        HeaderValue::from_static(to.as_str()),
    );
    let priority = HeaderValue::from_static(how.priority.as_str());
    headers.insert("routewright-priority", priority);
    Ok(request)
}

impl Fault {
    /// Whether it may pass by itself.
    fn passes(&self, how: &How) -> bool {
        match self {
            Fault::Answer(status) => how.retry_statuses.contains(&status.as_u16().into()),
            Fault::NoAnswer(_) | Fault::Timeout => true,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Answer(status) => write!(f, "it answered {status}"),
            Fault::NoAnswer(why) => f.write_str(why),
            Fault::Timeout => f.write_str("no answer in time"),
        }
    }
}

/// An error with its causes.
fn chain(fault: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(fault), |fault| fault.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
