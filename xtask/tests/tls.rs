//! What the verbs that talk to an engine say of TLS before they connect, and when the other
//! side speaks another language.

mod common;
#[path = "common/engine.rs"]
mod engine;

use common::Folder;
use engine::{Cell, engine};
use routewright_tests::fixture;

const CA: &str = "-----BEGIN CERTIFICATE-----\nMIIBeDCCAR+gAwIBAgIUVaYkjp2UhWqtaj/JqFKSO0Lho1cwCgYIKoZIzj0EAwIw\n-----END CERTIFICATE-----\n";

/// Arguments, and part of what is told.
#[test]
fn what_does_not_go_together() {
    static CELL: Cell = Cell::new(&fixture::TABLE);
    let http = engine(&CELL);
    let https = http.replace("http", "https");
    let folder = Folder::new("tls");
    folder.write("ca.pem", CA);
    let rows: &[(&[&str], i32, &str)] = &[
        (
            &["status", "--url", &https],
            1,
            "say which CA issued its certificate (--tls-ca",
        ),
        (
            &["status", "--url", &http, "--tls-ca", "ca.pem"],
            1,
            "write https://",
        ),
        (
            &["status", "--url", &https, "--tls-ca", "none.pem"],
            1,
            "none.pem: ",
        ),
        (
            &[
                "status",
                "--url",
                &https,
                "--tls-ca",
                "ca.pem",
                "--tls-cert",
                "a",
            ],
            2,
            "--tls-key",
        ),
        (
            &[
                "rollback", "--to", "0", "--url", &https, "--tls-ca", "ca.pem",
            ],
            1,
            "does not speak TLS: write http://",
        ),
        (&["diff", &https, &http], 1, "say which CA"),
        (
            &["status", "--url", "ftp://localhost:4600"],
            2,
            "write http://HOST:PORT, or https://HOST:PORT for TLS",
        ),
        (
            &["status", "--url", "http://127.0.0.1:1"],
            1,
            "start the service, or say where it listens (--url, or ROUTEWRIGHT_URL)",
        ),
        // It watches by a connection of its own.
        (
            &["rollout", "1", "--url", &https],
            1,
            "say which CA issued its certificate (--tls-ca",
        ),
        (
            &["rollout", "1", "--url", &https, "--tls-ca", "ca.pem"],
            1,
            "does not speak TLS: write http://",
        ),
    ];
    for (args, code, expected) in rows {
        let ran = folder.run(args);
        let told = ran.bad(*code);
        assert!(told.contains(expected), "{args:?}: {told}");
    }
}
