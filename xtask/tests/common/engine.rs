//! An engine to talk to, over a real socket.

use routewright_tests::fixture;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

/// What it serves from.
pub type Cell = routewright::RouteCell<fixture::Catalog>;

/// Serves the cell; returns its address.
pub fn engine(cell: &'static Cell) -> String {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let guard = runtime.enter();
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap())
        .unwrap()
        .with_nodelay(Some(true));
    let url = format!("http://{}", incoming.local_addr().unwrap());
    runtime.spawn(
        Server::builder()
            .add_routes(routewright_control::Engine::new(cell).routes())
            .serve_with_incoming(incoming),
    );
    drop(guard);
    // It lives as long as the process; nothing else ends it.
    std::mem::forget(runtime);
    url
}
