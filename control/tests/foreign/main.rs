//! Clients and protobuf of other people, against a real server: what the committed
//! `.proto` files, reflection and health promise to those who have none of our code.
//!
//! They come from their registries (`routewright_tests::tools`); where a registry is out
//! of reach, a line says what was left out.

mod client;
mod writer;

use std::net::SocketAddr;
use std::path::Path;

use routewright::RouteCell;
use routewright_tests::fixture;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;

type Cell = RouteCell<fixture::Catalog>;

/// Where tools are kept between runs.
fn cache() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// A file beside this one.
fn beside(name: &str) -> String {
    format!("{}/tests/foreign/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the committed `.proto` files.
fn protos() -> String {
    format!("{}/../schema/proto", env!("CARGO_MANIFEST_DIR"))
}

/// An engine on loopback: its cell, and where it listens.
fn engine(runtime: &Runtime) -> (&'static Cell, SocketAddr) {
    let cell: &'static Cell = Box::leak(Box::new(RouteCell::new(&fixture::TABLE)));
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::builder().add_routes(routewright_control::Engine::new(cell).routes());
    runtime.spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    (cell, address)
}
