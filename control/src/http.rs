//! Pages for people and machines that watch: `/metrics`, `/healthz`, `/readyz`, `/status`.
//!
//! Whoever can reach the port may ask, and most of them are not ours. So all that one can
//! take is bounded: connections, bytes and number of headers, time for them, time for an
//! answer, time of a connection; a body is never read. Pages only tell; none changes anything.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::metrics;

/// Bytes of the head of a request.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// Lines of it.
const HEADERS_MAX: usize = 64;
/// Time for an answer to be made.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// After a connection could not be taken (no file descriptors, say).
const BREATHER: Duration = Duration::from_millis(100);

/// What a stranger can take.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    /// Connections at once. Whoever comes then waits for one to end.
    connections: usize,
    /// Time for the head of a request, from the moment one may be sent.
    head: Duration,
    /// Time of a connection, before it is asked to end.
    connection: Duration,
    /// And until it is ended.
    end: Duration,
}

const BOUNDS: Bounds = Bounds {
    connections: 64,
    head: Duration::from_secs(10),
    connection: Duration::from_secs(60),
    end: Duration::from_secs(5),
};

/// What there is to be told. A future that is dropped must leave nothing behind.
pub(crate) trait Pages: Send + Sync + 'static {
    /// Figures, as Prometheus reads them; `None`: whoever knows has ended.
    fn metrics(&self) -> impl Future<Output = Option<String>> + Send;
    /// How it stands, as JSON.
    fn status(&self) -> impl Future<Output = Option<serde_json::Value>> + Send;
    /// Whether it is alive; what is not should be started again.
    fn alive(&self) -> bool;
    /// Whether it can do its work.
    fn ready(&self) -> impl Future<Output = bool> + Send;
}

/// The pages, to be served alone by [`serve`] or merged into a router of the host's.
pub(crate) fn router<P: Pages>(pages: P) -> Router {
    Router::new()
        .route("/metrics", get(metrics_page::<P>))
        .route("/healthz", get(alive_page::<P>))
        .route("/readyz", get(ready_page::<P>))
        .route("/status", get(status_page::<P>))
        .with_state(Arc::new(pages))
}

async fn metrics_page<P: Pages>(State(pages): State<Arc<P>>) -> Response {
    match in_time(pages.metrics()).await.flatten() {
        Some(text) => page(metrics::CONTENT_TYPE, text),
        None => unavailable(),
    }
}

async fn status_page<P: Pages>(State(pages): State<Arc<P>>) -> Response {
    match in_time(pages.status()).await.flatten() {
        Some(status) => page("application/json", shown(&status)),
        None => unavailable(),
    }
}

async fn alive_page<P: Pages>(State(pages): State<Arc<P>>) -> Response {
    match pages.alive() {
        true => "ok\n".into_response(),
        false => unavailable(),
    }
}

async fn ready_page<P: Pages>(State(pages): State<Arc<P>>) -> Response {
    match in_time(pages.ready()).await {
        Some(true) => "ready\n".into_response(),
        Some(false) | None => unavailable(),
    }
}

async fn in_time<T>(answer: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(ANSWER_WITHIN, answer).await.ok()
}

fn page(kind: &'static str, text: String) -> Response {
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // Words of others are in it; nobody should take it for a page of ours.
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (headers, text).into_response()
}

fn unavailable() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "not now\n").into_response()
}

/// JSON for people too: what a terminal would obey is written as `\u....`.
fn shown(value: &serde_json::Value) -> String {
    let json = format!("{value:#}\n");
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || routewright::name::printable(c) {
            text.push(c);
            continue;
        }
        // Only texts have such, and there an escape says the same.
        for unit in c.encode_utf16(&mut [0; 2]) {
            text.push_str(&format!("\\u{unit:04x}"));
        }
    }
    text
}

/// Serves pages on a port of their own, for ever. To be spawned.
pub async fn serve(listener: TcpListener, pages: Router) {
    within(BOUNDS, listener, pages).await;
}

async fn within(bounds: Bounds, listener: TcpListener, pages: Router) {
    let free = Arc::new(Semaphore::new(bounds.connections));
    loop {
        // Room first: who is not taken waits in the queue of the system, which is bounded.
        let Ok(room) = free.clone().acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(BREATHER).await;
            continue;
        };
        let pages = pages.clone();
        tokio::spawn(async move {
            connection(bounds, stream, pages).await;
            drop(room);
        });
    }
}

async fn connection(bounds: Bounds, stream: TcpStream, pages: Router) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(pages));
    let mut connection = std::pin::pin!(connection);
    // How it ended is no concern of ours.
    let ended = tokio::time::timeout(bounds.connection, connection.as_mut());
    if ended.await.is_err() {
        connection.as_mut().graceful_shutdown();
        let _ended = tokio::time::timeout(bounds.end, connection).await;
    }
}

#[cfg(test)]
mod tests;
