//! `serve`: the process of a control plane, from its arguments to its end.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use routewright_control::plane::{Config, Stages};
use routewright_control::serve::{Access, Allow, Control, Files, Renewal, Tls};
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::log;

/// How long streams may take to end when the process does.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often engines are asked whether they live. They ask every 10 seconds themselves; both
/// together were measured to be 2.5 MB a day at 10 here as well, and 2.2 at 20
/// (`cargo xtask bench control`).
const ALIVE_EVERY: Duration = Duration::from_secs(30);
/// Streams of one connection, which may be a proxy's; and calls of it that are not answered
/// yet, each of which may hold a message.
const STREAMS_MAX: u32 = 4_096;
const CALLS_MAX: usize = 32;
/// Between two looks at certificates and rules.
const RENEW_EVERY: Duration = Duration::from_secs(5);

#[derive(clap::Args)]
#[command(after_help = "Example:
  routewright-control serve --ledger /var/lib/routewright/ledger.redb
  routewright-control serve --ledger ledger.redb --listen 127.0.0.1:4700 --stages 1,10%,100% --bake 30
  routewright-control serve --ledger ledger.redb --http 127.0.0.1:4701 --log-format json
  routewright-control serve --ledger ledger.redb --listen 0.0.0.0:4700 --tls-cert server.pem \\
      --tls-key server.key --client-ca clients.pem --allow allow.yaml

Who may do what: on loopback, whoever is on this machine may do everything. With --client-ca,
whoever has a certificate may do what --allow says for its name, and nothing else (docs/security.md).
Certificates, revocation lists and rules that change on disk are taken up within seconds; SIGHUP: at once.

Engines follow it by `follow(&ROUTES, [\"http://127.0.0.1:4700\"])`; people push by
`cargo xtask push --url http://127.0.0.1:4700`.")]
pub struct Serve {
    /// The file that remembers every decision; made if it is missing
    #[arg(long, env = "ROUTEWRIGHT_LEDGER")]
    ledger: PathBuf,
    /// Where engines and people come; only on loopback without TLS
    #[arg(long, default_value = "127.0.0.1:4700")]
    listen: SocketAddr,
    /// Listen beyond loopback without TLS: whoever reaches the port may push
    #[arg(long)]
    insecure: bool,
    /// Speak TLS with this certificate (PEM, with those between it and its CA)
    #[arg(long, requires = "tls_key", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// Its private key (PEM)
    #[arg(long, requires = "tls_cert", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Let in only whoever has a certificate of this CA (PEM), and by --allow
    #[arg(long, requires_all = ["tls_cert", "allow"], value_name = "FILE")]
    client_ca: Option<PathBuf>,
    /// Let in nobody whose certificate is in one of these revocation lists (PEM, one of each CA)
    #[arg(long, requires = "client_ca", value_name = "FILE")]
    client_crl: Option<PathBuf>,
    /// Rules of who may push, watch and read, by the name in the certificate (YAML)
    #[arg(long, requires = "client_ca", value_name = "FILE")]
    allow: Option<PathBuf>,
    /// How many engines are told at once, unless a push says otherwise
    #[arg(long, value_delimiter = ',', default_value = "1,100%")]
    stages: Vec<String>,
    /// How long a stage must do well before the next, in seconds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(..=86_400))]
    bake: u64,
    /// How long engines may take to come back after a start, before a rollout that was
    /// interrupted goes on, in seconds
    #[arg(long, default_value = "5", value_parser = seconds)]
    regroup: Duration,
    /// Where /metrics, /healthz, /readyz and /status are served, such as 127.0.0.1:4701;
    /// nowhere unless given. They change nothing, but whoever reaches the port may read
    #[arg(long, env = "ROUTEWRIGHT_HTTP", value_name = "ADDRESS")]
    http: Option<SocketAddr>,
    #[command(flatten)]
    log: log::Args,
}

/// Until it is asked to stop.
pub fn run(args: &Serve) -> Result<(), Box<dyn Error>> {
    if !args.listen.ip().is_loopback() && !args.insecure && args.client_ca.is_none() {
        let address = args.listen;
        let without = match args.tls_cert {
            None => "TLS",
            Some(_) => "--client-ca",
        };
        return Err(format!(
            "{address} can be reached from other machines, and without {without} whoever reaches it may push; listen on 127.0.0.1, give --tls-cert, --tls-key, --client-ca and --allow, or say --insecure"
        )
        .into());
    }
    let _until_the_end = log::start(&args.log)?;
    let config = Config {
        stages: Stages::parse(&args.stages).map_err(|why| format!("--stages: {why}"))?,
        bake: Duration::from_secs(args.bake),
        regroup: args.regroup,
        ..Config::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(serve(args, config))
}

async fn serve(args: &Serve, config: Config) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|fault| format!("{}: {fault}", args.listen))?;
    let (tls, allow, access) = security(args)?;
    let control = Control::start(&args.ledger, config)?.access(access.clone());
    // For whoever started it on ports that the system chose.
    println!("listening on {}", listener.local_addr()?);
    if let Some(address) = args.http {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|fault| format!("--http {address}: {fault}"))?;
        println!("metrics on http://{}/metrics", listener.local_addr()?);
        tokio::spawn(routewright_control::http::serve(listener, control.pages()));
    }
    match &args.allow {
        Some(rules) => tracing::info!(?rules, "access by certificate and rules"),
        None => tracing::info!("access: whoever reaches it may do everything"),
    }
    renew(Renewal::new(tls.clone(), allow, access), control.clone())?;
    let (stopping, running) = (control.clone(), control.clone());
    let stopped = Arc::new(tokio::sync::Notify::new());
    let stop_asked = stopped.clone();
    let server = Server::builder()
        .http2_keepalive_interval(Some(ALIVE_EVERY))
        .http2_keepalive_timeout(Some(Duration::from_secs(5)))
        .max_concurrent_streams(STREAMS_MAX)
        .concurrency_limit_per_connection(CALLS_MAX)
        .add_routes(control.routes());
    let stop = async move {
        tokio::select! {
            () = asked_to_stop() => {}
            () = running.failed() => {}
        }
        stopping.stop(PATIENCE).await;
        stop_asked.notify_one();
    };
    // A stream that nobody reads would never end.
    let patience = async {
        stopped.notified().await;
        tokio::time::sleep(PATIENCE).await;
    };
    let served = async {
        match tls {
            None => {
                // Here, because a server sets nothing on sockets that it is given: without it, an
                // answer waits for the other side's delayed ACK, some 40 ms.
                let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
                server.serve_with_incoming_shutdown(incoming, stop).await
            }
            Some(tls) => {
                let incoming = tls.incoming(listener, &control);
                server.serve_with_incoming_shutdown(incoming, stop).await
            }
        }
    };
    tokio::select! {
        served = served => served?,
        () = patience => tracing::warn!("some streams did not end in time"),
    }
    // Whoever runs it starts it again; nothing that was acknowledged is lost.
    match control.has_failed() {
        true => Err("the control plane has failed; what stands above is a bug".into()),
        false => Ok(()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|fault| fault.to_string())
}

type Security = (Option<Arc<Tls>>, Option<Allow>, Arc<Access>);

/// What the arguments say of TLS and rules.
fn security(args: &Serve) -> Result<Security, Box<dyn Error>> {
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(cert), Some(key)) => Some(Arc::new(Tls::open(Files {
            cert: cert.clone(),
            key: key.clone(),
            client_ca: args.client_ca.clone(),
            client_crl: args.client_crl.clone(),
        })?)),
        _ => None,
    };
    let Some(path) = &args.allow else {
        return Ok((tls, None, Arc::new(Access::new(None))));
    };
    let (allow, rules) = Allow::open(path.clone())?;
    Ok((tls, Some(allow), Arc::new(Access::new(Some(rules)))))
}

/// Takes up what changes on disk, for as long as the process lives.
fn renew(renewal: Renewal, control: Control) -> Result<(), Box<dyn Error>> {
    let asked = Arc::new(tokio::sync::Notify::new());
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut hangups, asked) = (signal(SignalKind::hangup())?, asked.clone());
        tokio::spawn(async move {
            while hangups.recv().await.is_some() {
                asked.notify_one();
            }
        });
    }
    tokio::spawn(renewal.run(control, RENEW_EVERY, asked));
    Ok(())
}

/// Ctrl-C, or SIGTERM.
async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _either_way = interrupt.await;
}
