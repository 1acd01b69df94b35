//! Certificates that are wrong, and what whoever has them is told.

use routewright_control::tls::Tls;

use crate::certificates::{Ca, Says};
use crate::plane::{PATIENCE, Plane, ask, map, names, push, rate, trusting, until};

const RULES: &str =
    "allow: [{ who: 'spiffe://test/*', read: true, watch: same, push: everything }]";
const ME: &str = "spiffe://test/me";

/// Who comes with what, and all that they must be told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_told_with_what_to_do() {
    let (ours, clients, foreign) = (Ca::new("ours"), Ca::new("clients"), Ca::new("foreign"));
    let secure = Plane::secure("wrong", &ours.issues_localhost(), &clients, RULES).await;
    let old = ours.issues(Says {
        hosts: &["localhost"],
        expired: true,
        ..Says::default()
    });
    let expired = Plane::secure("wrong-expired", &old, &clients, RULES).await;
    let plain = Plane::plain("wrong-plain", None).await;
    let me = clients.issues_to(ME);
    let good = trusting(&ours, &me);
    let old_me = clients.issues(Says {
        uris: &[ME],
        expired: true,
        ..Says::default()
    });
    let (https, http) = (secure.url(), secure.url().replace("https", "http"));
    let by_address = https.replace("localhost", "127.0.0.1");
    let to_plain = plain.url().replace("http", "https");
    let rows: &[(&str, &str, Tls, &[&str])] = &[
        ("no CA", &https, Tls::new(), &["--tls-ca"]),
        (
            "http with certificates",
            &http,
            good.clone(),
            &["write https://"],
        ),
        (
            "wrong CA",
            &https,
            trusting(&foreign, &me),
            &["UnknownIssuer", "--tls-ca did not issue"],
        ),
        (
            "no certificate",
            &https,
            Tls::new().ca_pem(ours.pem()),
            &["asks who you are", "--tls-cert and --tls-key"],
        ),
        (
            "certificate of another CA",
            &https,
            trusting(&ours, &foreign.issues_to(ME)),
            &["your certificate", "(--client-ca)"],
        ),
        (
            "expired certificate",
            &https,
            trusting(&ours, &old_me),
            &["your certificate has expired"],
        ),
        (
            "expired server",
            &expired.url(),
            good.clone(),
            &["other side has expired"],
        ),
        (
            "other name",
            &by_address,
            good.clone(),
            &["is for another name", "--tls-name"],
        ),
        (
            "http to TLS",
            &http,
            Tls::new(),
            &["this port speaks TLS: use https://"],
        ),
        (
            "TLS to http",
            &to_plain,
            good.clone(),
            &["does not speak TLS: write http://"],
        ),
        (
            "no PEM",
            &https,
            Tls::new().ca_file("Cargo.toml").identity_pem("x", "y"),
            &["cannot be used"],
        ),
        (
            "no file",
            &https,
            Tls::new().ca_file("no-such-file"),
            &["no-such-file"],
        ),
    ];
    for (what, url, tls, expected) in rows {
        let fault = ask(url, tls).await.expect_err(what);
        for part in *expected {
            assert!(fault.contains(part), "{what}: {fault}");
        }
    }
    // And that it was not for another reason.
    let _engine = secure.engine("me", &good).await;
    ask(&https, &good).await.unwrap();
    ask(&by_address, &good.clone().server_name("localhost"))
        .await
        .unwrap();
}

/// An engine tells the same by its link.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_says_why_it_is_not_let_in() {
    let (ours, clients) = (Ca::new("ours"), Ca::new("clients"));
    let plane = Plane::secure("engine", &ours.issues_localhost(), &clients, RULES).await;
    let rows = [
        (Tls::new(), "--tls-ca"),
        (Tls::new().ca_pem(ours.pem()), "--tls-cert and --tls-key"),
        (
            trusting(&ours, &clients.issues_to("spiffe://else/me")),
            "may not watch",
        ),
        (
            trusting(&ours, &clients.issues_to("spiffe://test/you")),
            "as the engine \"me\"",
        ),
    ];
    for (tls, expected) in rows {
        let (_, link) = plane.stranger("me", &tls);
        until(expected, || link.status().trouble.contains(expected)).await;
        assert!(!link.status().connected);
    }
}

/// A certificate that was renewed, by another CA even, is taken up by both sides; connections
/// from before go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_are_renewed_as_it_runs() {
    let (ours, clients) = (Ca::new("ours"), Ca::new("clients"));
    let plane = Plane::secure("renewed", &ours.issues_localhost(), &clients, RULES).await;
    let tls = plane.tls.clone().unwrap();
    let me = clients.issues_to(ME);
    let before = trusting(&ours, &me);
    let (cell, link) = plane.engine("me", &before).await;
    let mut client = plane.client(&before).await;
    let mut fleet = plane.fleet(&before).await;
    assert!(!tls.refresh().unwrap());

    let (new_ours, new_clients) = (Ca::new("new"), Ca::new("new clients"));
    let server = new_ours.issues_localhost();
    std::fs::write(plane.folder.join("server.pem"), &server.cert).unwrap();
    // Half of it is no reason to stop.
    let fault = tls.refresh().unwrap_err();
    assert!(fault.contains("do not go together"), "{fault}");
    assert!(ask(&plane.url(), &before).await.is_ok());
    std::fs::write(plane.folder.join("server.key"), &server.key).unwrap();
    std::fs::write(plane.folder.join("clients.pem"), new_clients.pem()).unwrap();
    assert!(tls.refresh().unwrap());

    let after = trusting(&new_ours, &new_clients.issues_to(ME));
    ask(&plane.url(), &after).await.unwrap();
    assert!(ask(&plane.url(), &before).await.is_err());
    let stale = trusting(&new_ours, &me);
    let fault = ask(&plane.url(), &stale).await.unwrap_err();
    assert!(fault.contains("(--client-ca)"), "{fault}");
    // The streams from before live.
    push(&mut client, &rate(map(1), 0.5)).await.unwrap();
    until("it was told", || cell.status().table.version() == 1).await;
    assert!(link.status().connected);
    assert_eq!(names(&mut fleet).await, ["me"]);
}

/// Connections on which nothing comes keep nobody out, and are ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_begins_a_handshake_is_in_nobodys_way() {
    use tokio::io::AsyncReadExt;
    let (ours, clients) = (Ca::new("ours"), Ca::new("clients"));
    let plane = Plane::secure("silent", &ours.issues_localhost(), &clients, RULES).await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        let connected = tokio::net::TcpStream::connect(plane.address).await;
        silent.push(connected.unwrap());
    }
    let me = trusting(&ours, &clients.issues_to(ME));
    plane.engine("me", &me).await;
    for mut stream in silent {
        let ended = tokio::time::timeout(PATIENCE, stream.read(&mut [0])).await;
        assert_eq!(ended.expect("not ended").unwrap_or(0), 0);
    }
}
