//! What is counted of those who are turned away, in handshakes and after them.

use routewright_control::tls::Tls;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::certificates::{Ca, Says};
use crate::plane::{Plane, ask, lent, map, push, rate, trusting, until};

const RULES: &str = "allow:
- { who: spiffe://test/reader, read: true }
- { who: spiffe://test/rates, push: { settings: [spawn_rate] } }
- { who: spiffe://test/web-1, watch: web-1 }
";

const ME: &str = "spiffe://test/reader";

/// Waits until this figure has that value.
async fn counted(plane: &Plane, figure: &str, value: u64) {
    let began = std::time::Instant::now();
    while plane.figure(figure).await != Some(value) {
        let page = plane.figures().await;
        let late = began.elapsed() > crate::plane::PATIENCE;
        assert!(!late, "{figure} is not {value}: {page}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

/// Who comes, and as what that counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handshakes_that_fail_are_counted_by_why() {
    let (ours, clients, foreign) = (Ca::new("ours"), Ca::new("clients"), Ca::new("foreign"));
    // Like the real one, but for its key.
    let forger = Ca::new("clients");
    let (gone, me) = (clients.issues_to(ME), clients.issues_to(ME));
    let lists = clients.revokes(&[&gone], 2100);
    let server = ours.issues_localhost();
    let plane = Plane::with_lists("strangers", &server, &clients.pem(), &lists, RULES).await;
    let expired = clients.issues(Says {
        uris: &[ME],
        expired: true,
        ..Says::default()
    });
    let rows: &[(&str, Tls)] = &[
        ("no_certificate", Tls::new().ca_pem(ours.pem())),
        ("unknown_ca", trusting(&ours, &foreign.issues_to(ME))),
        ("unknown_ca", trusting(&ours, &forger.issues_to(ME))),
        ("expired", trusting(&ours, &expired)),
        ("revoked", trusting(&ours, &gone)),
    ];
    let figure =
        |reason: &str| format!("routewright_handshakes_failed_total{{reason=\"{reason}\"}}");
    for (reason, tls) in rows {
        let before = plane.figure(&figure(reason)).await.unwrap();
        ask(&plane.url(), tls).await.expect_err(reason);
        // A client may have tried again.
        until_counted(&plane, &figure(reason), before + 1).await;
    }
    let mut plain = TcpStream::connect(plane.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    plain.shutdown().await.unwrap();
    counted(&plane, &figure("not_tls"), 1).await;
    // Somebody who only looks whether the port is open, and somebody who says nothing.
    drop(TcpStream::connect(plane.address).await.unwrap());
    let _silent = TcpStream::connect(plane.address).await.unwrap();
    counted(&plane, &figure("timeout"), 1).await;
    for reason in ["other", "revocation_unknown"] {
        assert_eq!(plane.figure(&figure(reason)).await, Some(0), "{reason}");
    }

    // They are among what was turned away, by their address.
    let denied = plane.denied(&trusting(&ours, &me)).await;
    let tls: Vec<_> = denied.iter().filter(|(_, rpc, _)| rpc == "(TLS)").collect();
    // Alike ones share a row.
    assert_eq!(tls.len(), 6, "{denied:#?}");
    let from = ["127.0.0.1", "::1"].map(|from| format!("{from}, handshake failed"));
    assert!(tls.iter().all(|(who, ..)| from.contains(who)), "{tls:#?}");
    let whys = ["no certificate", "--client-ca", "expired", "--client-crl"];
    for why in whys {
        assert!(tls.iter().any(|(.., w)| w.contains(why)), "{tls:#?}");
    }
}

async fn until_counted(plane: &Plane, figure: &str, least: u64) {
    let began = std::time::Instant::now();
    while plane.figure(figure).await.unwrap() < least {
        assert!(began.elapsed() < crate::plane::PATIENCE, "{figure}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

/// Calls, and as what those count that are turned away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_are_turned_away_are_counted_by_call_and_why() {
    let (ours, clients) = (Ca::new("ours"), Ca::new("clients"));
    let plane = Plane::secure("denied", &ours.issues_localhost(), &clients, RULES).await;
    let tls = |who: &str| trusting(&ours, &clients.issues_to(&format!("spiffe://test/{who}")));
    plane.engine("web-1", &tls("web-1")).await;
    let figure = |rpc: &str, reason: &str| {
        format!("routewright_calls_denied_total{{rpc=\"{rpc}\",reason=\"{reason}\"}}")
    };
    let denied = async |rpc: &str, reason: &str| plane.figure(&figure(rpc, reason)).await;
    assert!(
        !plane
            .figures()
            .await
            .contains("routewright_calls_denied_total{")
    );

    ask(&plane.url(), &tls("nobody")).await.unwrap_err();
    assert_eq!(denied("GetRouteMap", "role").await, Some(1));
    let two = clients.issues(Says {
        uris: &["spiffe://test/a", "spiffe://test/b"],
        ..Says::default()
    });
    ask(&plane.url(), &trusting(&ours, &two)).await.unwrap_err();
    assert_eq!(denied("GetRouteMap", "bad_certificate").await, Some(1));

    // Too far, also if only to see whether it would do.
    let mut rates = plane.client(&tls("rates")).await;
    push(&mut rates, &rate(map(1), 0.5)).await.unwrap();
    plane.settled().await;
    let forced = crate::plane::forced(rate(map(2), 0.4));
    push(&mut rates, &forced).await.unwrap_err();
    let other = crate::plane::route(rate(map(2), 0.5), "map.loaded");
    let bytes = routewright_schema::route_map::encode(&other);
    rates.push(bytes, true).await.unwrap();
    assert_eq!(denied("UpdateRouteMap", "change").await, Some(2));
    // Refused for another reason.
    push(&mut rates, &lent(rate(map(2), 0.01)))
        .await
        .unwrap_err();
    assert_eq!(denied("UpdateRouteMap", "change").await, Some(2));

    let (_, link) = plane.stranger("web-2", &tls("web-1"));
    until("it is told why", || link.status().trouble.contains("web-2")).await;
    assert!(denied("WatchRouteMap", "engine_name").await >= Some(1));
    // A name from outside is no label.
    let page = plane.figures().await;
    assert!(!page.contains("web-") && !page.contains("spiffe"), "{page}");
}

/// Two engines of one name take turns.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_that_displace_each_other_are_counted() {
    let (ours, clients) = (Ca::new("ours"), Ca::new("clients"));
    let plane = Plane::secure("displaced", &ours.issues_localhost(), &clients, RULES).await;
    let tls = trusting(&ours, &clients.issues_to("spiffe://test/web-1"));
    let figure = "routewright_engine_streams_closed_total{reason=\"displaced\"}";
    plane.engine("web-1", &tls).await;
    assert_eq!(plane.figure(figure).await, Some(0));
    let _twin = plane.stranger("web-1", &tls);
    until_counted(&plane, figure, 3).await;
}
