//! `routewright-control serve`: a control plane as a process.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use routewright_control::plane::{Config, Stages};
use routewright_control::serve::Control;
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

/// How long streams may take to end when the process does.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Parser)]
#[command(
    name = "routewright-control",
    version,
    about = "Brings overrides to every engine"
)]
enum Command {
    /// Run a control plane
    Serve(Serve),
}

#[derive(clap::Args)]
#[command(after_help = "Example:
  routewright-control serve --ledger /var/lib/routewright/ledger.redb
  routewright-control serve --ledger ledger.redb --listen 127.0.0.1:4700 --stages 1,10%,100% --bake 30

Engines follow it by `follow(&ROUTES, [\"http://127.0.0.1:4700\"])`; people push by
`cargo xtask push --url http://127.0.0.1:4700`.")]
struct Serve {
    /// The file that remembers every decision; made if it is missing
    #[arg(long, env = "ROUTEWRIGHT_LEDGER")]
    ledger: PathBuf,
    /// Where engines and people come; only on loopback without TLS
    #[arg(long, default_value = "127.0.0.1:4700")]
    listen: SocketAddr,
    /// Listen beyond loopback without TLS: whoever reaches the port may push
    #[arg(long)]
    insecure: bool,
    /// How many engines are told at once, unless a push says otherwise
    #[arg(long, value_delimiter = ',', default_value = "1,100%")]
    stages: Vec<String>,
    /// How long a stage must do well before the next, in seconds
    #[arg(long, default_value_t = 10)]
    bake: u64,
    /// How long engines may take to come back after a start, before a rollout that was
    /// interrupted goes on, in seconds
    #[arg(long, default_value = "5", value_parser = seconds)]
    regroup: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|fault| fault.to_string())
}

fn main() -> ExitCode {
    let Command::Serve(args) = Command::parse();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("error: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Serve) -> Result<(), Box<dyn Error>> {
    if !args.listen.ip().is_loopback() && !args.insecure {
        let address = args.listen;
        return Err(format!(
            "{address} can be reached from other machines, and without TLS whoever reaches it may push; listen on 127.0.0.1, or say --insecure"
        )
        .into());
    }
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
    let control = Control::start(&args.ledger, config)?;
    // For whoever started it on a port that the system chose.
    println!("listening on {}", listener.local_addr()?);
    let (stopping, running) = (control.clone(), control.clone());
    // Here, because a server sets nothing on sockets that it is given: without it, an answer
    // waits for the other side's delayed ACK, some 40 ms.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(10)))
        .http2_keepalive_timeout(Some(Duration::from_secs(5)))
        .add_routes(control.routes())
        .serve_with_incoming_shutdown(incoming, async move {
            tokio::select! {
                () = asked_to_stop() => {}
                () = running.failed() => {}
            }
            stopping.stop(PATIENCE).await;
        })
        .await?;
    // Whoever runs it starts it again; nothing that was acknowledged is lost.
    match control.has_failed() {
        true => Err("the control plane has failed; what stands above is a bug".into()),
        false => Ok(()),
    }
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
