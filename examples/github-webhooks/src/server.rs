//! Two ports: one for GitHub, and one for us, which never faces the internet: overrides
//! over gRPC, and `GET /ledger`.

use std::error::Error;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use routewright_control::Engine;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::budget::Budget;
use crate::http::Http;
use crate::ledger::Ledger;
use crate::options::Options;
use crate::routes;
use crate::signature::Secrets;
use crate::tally::{Kind, Tally};
use crate::{ROUTES, webhook};

/// How often somebody looks for leases that have ended.
const TICK: Duration = Duration::from_millis(100);

/// What all requests share.
pub struct Service {
    /// What requests are signed with.
    pub secrets: Secrets,
    /// The memory that webhooks may fill.
    pub budget: Arc<Budget>,
    /// The consumer in this process.
    pub ledger: Ledger,
    /// The consumers elsewhere.
    pub http: Http,
    /// What became of deliveries.
    pub tally: Tally,
}

/// Serves until a signal comes, then finishes what was accepted.
#[tokio::main]
pub async fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let service = Arc::new(Service {
        secrets: options.secrets,
        budget: Arc::default(),
        ledger: Ledger::default(),
        http: Http::new(options.addresses),
        tally: Tally::default(),
    });
    let cannot = |address: &str, fault: &dyn Error| format!("cannot listen on {address}: {fault}");
    let listener = TcpListener::bind(&options.listen)
        .await
        .map_err(|fault| cannot(&options.listen, &fault))?;
    let control = TcpListener::bind(&options.control)
        .await
        .map_err(|fault| cannot(&options.control, &fault))?;
    let hello = json!({
        "webhooks": listener.local_addr()?.to_string(),
        "control": control.local_addr()?.to_string(),
    });
    writeln!(io::stdout(), "{hello}")?;

    let (stop, stopped) = oneshot::channel::<()>();
    let webhooks = Router::new()
        .route("/webhook", post(webhook::receive))
        .with_state(Arc::clone(&service));
    let webhooks = axum::serve(listener, webhooks).with_graceful_shutdown(async {
        // An error is a sender that was dropped, which is what is waited for.
        let _ = stopped.await;
    });
    let mut webhooks = tokio::spawn(webhooks.into_future());
    // Leases end by themselves, because somebody looks at the clock.
    tokio::spawn(Engine::new(&ROUTES).tick(TICK));
    tokio::select! {
        ended = serve_control(control, Arc::clone(&service)) => return Ok(ended?),
        ended = &mut webhooks => return Ok(ended??),
        asked = asked_to_stop() => asked?,
    }

    drop(stop);
    let grace = routes::settings(&ROUTES.load()).delivery().deadline();
    let finished = timeout(grace, async {
        let ended = webhooks.await;
        while !service.budget.is_unused() {
            sleep(Duration::from_millis(10)).await;
        }
        ended
    });
    match finished.await {
        Ok(ended) => Ok(ended??),
        Err(_) => Err("some deliveries could not be finished".into()),
    }
}

/// The port for us.
async fn serve_control(
    listener: TcpListener,
    service: Arc<Service>,
) -> Result<(), tonic::transport::Error> {
    let ledger = Router::new()
        .route("/ledger", get(ledger))
        .with_state(service);
    let mut all = Engine::new(&ROUTES).routes();
    let grpc = std::mem::take(all.axum_router_mut());
    *all.axum_router_mut() = grpc.merge(ledger);
    Server::builder()
        // `curl` for the ledger; gRPC itself is HTTP/2.
        .accept_http1(true)
        .add_routes(all)
        // Answers are small; otherwise they wait for the peer's acknowledgement.
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
        .await
}

/// `GET /ledger`.
async fn ledger(State(service): State<Arc<Service>>) -> Json<Value> {
    Json(json!({
        "version": ROUTES.load().version(),
        "ledger": service.ledger.to_json(),
        "deliveries": service.tally.to_json(Kind::Delivery),
        "mirrors": service.tally.to_json(Kind::Mirror),
    }))
}

/// Ctrl-C, or what a supervisor sends.
async fn asked_to_stop() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            asked = tokio::signal::ctrl_c() => asked,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
