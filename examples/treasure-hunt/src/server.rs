//! The override service beside the work: gRPC on this thread, events on another.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use routewright::Now;
use routewright_control::Engine;
use routewright_control::follow::{Follower, Link};
use routewright_control::store::{Probation, Store};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::{Options, ROUTES, counters};

/// How it stands with the control plane that it follows, if it does.
pub static LINK: OnceLock<Link> = OnceLock::new();

/// Serves `RouteService` (with health and reflection) until `work` has ended. Says on
/// standard output where it listens before the work begins.
pub fn run(
    options: &Options,
    work: impl FnOnce() -> io::Result<()> + Send + 'static,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut engine = Engine::new(&ROUTES).counters(counters::read);
    let mut kept = None;
    if let Some(folder) = &options.keep {
        let (store, boot) = Store::boot(folder, Probation::default(), &ROUTES, Now::read())?;
        for note in &boot.notes {
            eprintln!("{note}");
        }
        kept = Some(store.clone());
        engine = engine.store(store);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listen = &options.listen;
        let address: SocketAddr = listen
            .parse()
            .map_err(|_| format!("`{listen}` is no address, such as 127.0.0.1:4600"))?;
        // Answers are small; without this they would wait for the peer's acknowledgement.
        let incoming = TcpIncoming::bind(address)
            .map_err(|e| format!("cannot listen on {listen}: {e}"))?
            .with_nodelay(Some(true));
        let hello = serde_json::json!({ "listening": incoming.local_addr()?.to_string() });
        writeln!(io::stdout(), "{hello}")?;

        let (done, ended) = tokio::sync::oneshot::channel();
        let worker = std::thread::spawn(move || {
            let result = work();
            // If nobody listens any more, the server has failed, and says so itself.
            let _ = done.send(());
            result
        });
        // Leases end by themselves, because somebody looks at the clock.
        tokio::spawn(engine.clone().tick(Duration::from_millis(100)));

        if !options.follow.is_empty() {
            tokio::spawn(follower(options, kept.clone()).run());
        }

        let server = Server::builder()
            .add_routes(engine.routes())
            .serve_with_incoming(incoming);
        tokio::select! {
            served = server => served?,
            // The work is over; whoever is still connected has nothing left to steer.
            _ = ended => worker.join().map_err(|_| "the worker panicked")??,
            // The worker waits for a line that nobody may ever send.
            asked = asked_to_stop() => asked?,
        }
        // In order, so that what is new goes on with its probation the next time.
        if let Some(store) = kept {
            store.close()?;
        }
        Ok(())
    })
}

/// Takes what a control plane says, for as long as the process lives.
fn follower(options: &Options, kept: Option<Store>) -> Follower<crate::routes::Catalog> {
    let mut follower = Follower::new(&ROUTES, &options.follow);
    if let Some(name) = &options.name {
        follower = follower.name(name);
    }
    for (name, value) in &options.labels {
        follower = follower.label(name, value);
    }
    if let Some(store) = kept {
        follower = follower.store(store);
    }
    LINK.get_or_init(|| follower.link());
    follower
}

/// Ctrl-C, or what a supervisor sends.
async fn asked_to_stop() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        asked = tokio::signal::ctrl_c() => asked,
        _ = terminate.recv() => Ok(()),
    }
}
