//! Strangers at the port.

use super::*;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const PATIENCE: Duration = Duration::from_secs(20);

struct Sample;

impl Pages for Sample {
    async fn metrics(&self) -> Option<String> {
        // More than any buffer of a socket.
        Some("# a line\n".repeat(4 << 20))
    }

    async fn status(&self) -> Option<serde_json::Value> {
        None
    }

    fn alive(&self) -> bool {
        true
    }

    async fn ready(&self) -> bool {
        false
    }
}

async fn start(bounds: Bounds) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(within(bounds, listener, router(Sample)));
    address
}

/// What comes back for these bytes until the other side ends the connection.
async fn said(address: std::net::SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // It may have had enough before all is written.
    let _cut_off = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    let _reset_or_not = read.expect("the connection ends");
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn strangers_get_an_answer_or_none_and_go() {
    let address = start(BOUNDS).await;
    let end = "Connection: close\r\n\r\n";
    let long = "a".repeat(HEAD_BYTES_MAX);
    let many = "a: b\r\n".repeat(HEADERS_MAX + 1);
    let rows = [
        (format!("GET /healthz HTTP/1.1\r\n{end}"), "200"),
        (format!("HEAD /healthz HTTP/1.1\r\n{end}"), "200"),
        (format!("GET /readyz HTTP/1.1\r\n{end}"), "503"),
        (format!("GET /status HTTP/1.1\r\n{end}"), "503"),
        (format!("GET / HTTP/1.1\r\n{end}"), "404"),
        (format!("GET /../status HTTP/1.1\r\n{end}"), "404"),
        (format!("POST /status HTTP/1.1\r\n{end}"), "405"),
        (format!("DELETE /metrics HTTP/1.1\r\n{end}"), "405"),
        // A body that never comes, of a size that nobody has.
        (
            format!("GET /healthz HTTP/1.1\r\nContent-Length: 99999999999\r\n{end}"),
            "200",
        ),
        (format!("GET /healthz HTTP/1.1\r\n{many}{end}"), "431"),
        (
            format!("GET /healthz HTTP/1.1\r\na: {long}\r\n{end}"),
            "431",
        ),
        (format!("GET /{long} HTTP/1.1\r\n{end}"), "431"),
        (
            "\u{16}\u{3}\u{1}hello, is this TLS?\r\n\r\n".to_owned(),
            "400",
        ),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), ""),
    ];
    for (request, status) in rows {
        let answer = said(address, request.as_bytes()).await;
        let first = answer.lines().next().unwrap_or_default();
        let told = first.split(' ').nth(1).unwrap_or_default();
        let shown: String = request.chars().take(60).collect();
        assert_eq!(told, status, "{shown:?}: {first}");
    }
}

/// 2 connections, little time.
const SHORT: Bounds = Bounds {
    connections: 2,
    head: Duration::from_millis(300),
    connection: Duration::from_millis(600),
    end: Duration::from_millis(200),
};

#[tokio::test]
async fn whoever_dawdles_is_cut_off_and_others_get_their_turn() {
    let address = start(SHORT).await;
    // Each of them would hold a place for ever: one says nothing, one never ends its head,
    // two do not read what they asked for.
    let mut dawdlers = Vec::new();
    for bytes in [
        "",
        "GET /healthz HTTP/1.1\r\nwait: for it",
        "GET /metrics HTTP/1.1\r\n\r\n",
        "GET /metrics HTTP/1.1\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        dawdlers.push(stream);
    }
    let began = Instant::now();
    let request = b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n";
    let answer = said(address, request).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // The first two go by `head`, the others by `connection` and `end`.
    let waited = began.elapsed();
    let least = SHORT.connection + SHORT.end;
    assert!(waited >= least, "there was room before: {waited:?}");
    drop(dawdlers);
}

#[test]
fn json_shows_nothing_that_a_terminal_obeys() {
    let value = serde_json::json!({ "why": "a\u{1b}[2Jb\u{9b}c\u{202e}d\u{7f}\u{E0041}é\n" });
    let text = shown(&value);
    assert_eq!(
        text,
        "{\n  \"why\": \"a\\u001b[2Jb\\u009bc\\u202ed\\u007f\\udb40\\udc41é\\n\"\n}\n"
    );
    let back: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(back, value);
}
