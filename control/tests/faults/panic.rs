//! The thread that decides fails: streams end, nobody is answered, and whoever runs the
//! control plane is told. The ledger is as it was.

use std::time::Duration;

use routewright_control::plane::Config;
use routewright_control::serve::Control;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;

use crate::PATIENCE;
use crate::engines::{self, Engine};
use crate::people::{People, map};
use crate::process::place;
use crate::until;

async fn start(ledger: &std::path::Path, address: &str) -> (Control, String) {
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let config = Config {
        regroup: Duration::from_millis(100),
        bake: Duration::ZERO,
        ..Config::default()
    };
    let control = Control::start(ledger, config).unwrap();
    let routes = control.routes();
    let failed = control.clone();
    tokio::spawn(async move {
        let listener = TcpListenerStream::new(listener);
        let server = Server::builder().add_routes(routes);
        let failed = async move { failed.failed().await };
        server
            .serve_with_incoming_shutdown(listener, failed)
            .await
            .unwrap();
    });
    (control, address)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plane_that_panics_ends_its_streams() {
    let ledger = place("panic");
    let (control, address) = start(&ledger, "127.0.0.1:0").await;
    let url = format!("http://{address}");
    let engines = Engine::fleet(2, &url).await;
    let mut people = People::at(&url).await.unwrap();
    people.bring(&map(1, 1)).await;
    assert!(!control.has_failed());

    let asked = control
        .handle()
        .ask(|_, _| -> () { panic!("on purpose, by a test") });
    assert_eq!(asked.await.unwrap_err().code(), tonic::Code::Unavailable);
    tokio::time::timeout(PATIENCE, control.failed())
        .await
        .expect("it says so");
    assert!(control.has_failed());
    until("engines know", || {
        engines.iter().all(|engine| !engine.in_step())
    })
    .await;
    assert!(people.push(&map(2, 2)).await.is_err());
    assert!(engines.iter().all(|engine| engine.version() == 1));

    // Another one over the same ledger, where the first was.
    let (again, _) = start(&ledger, &address).await;
    engines::in_step(&engines).await;
    let mut people = People::at(&url).await.unwrap();
    assert_eq!(people.fleet().await.version, 1);
    people.bring(&map(2, 2)).await;
    for engine in &engines {
        engine.only_rose();
    }
    again.stop(PATIENCE).await;
}
