//! Certificates that a CA has revoked: before they come, and while they are in.

use routewright_control::serve::{Files, Tls};

use crate::certificates::Ca;
use crate::plane::{Plane, ask, folder, map, push, rate, trusting, until};

const RULES: &str =
    "allow: [{ who: 'spiffe://test/*', read: true, watch: same, push: everything }]";

const FAILING: &str = "routewright_renewal_failing{what=\"revocations\"}";

/// Lists, and what is wrong with them; with none of these does it start.
#[test]
fn lists_that_are_of_no_use() {
    let folder = folder("lists");
    let (ours, clients, more) = (Ca::new("ours"), Ca::new("clients"), Ca::new("more"));
    let server = ours.issues_localhost();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("server.pem", &server.cert);
    write("server.key", &server.key);
    write("clients.pem", &(clients.pem() + &more.pem()));
    let (one, two) = (clients.revokes(&[], 2100), more.revokes(&[], 2100));
    let garbage = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
    let rows: &[(String, Option<&str>)] = &[
        (String::new(), Some("no revocation list in PEM")),
        (clients.pem(), Some("no revocation list in PEM")),
        (garbage.to_owned(), Some("cannot be read")),
        (format!("{one}{garbage}"), Some("cannot be read")),
        (
            one.clone(),
            Some("there is no list that `CN=more` has signed"),
        ),
        (
            format!("{one}{}", Ca::new("more").revokes(&[], 2100)),
            Some("there is no list that `CN=more` has signed"),
        ),
        (
            format!("{two}{}", clients.revokes(&[], 2021)),
            Some("the list of `CN=clients` was to be replaced by 2021-01-01"),
        ),
        (format!("{one}{two}"), None),
    ];
    let open = || {
        Tls::open(Files {
            cert: folder.join("server.pem"),
            key: folder.join("server.key"),
            client_ca: Some(folder.join("clients.pem")),
            client_crl: Some(folder.join("revoked.pem")),
        })
    };
    let fault = open().err().unwrap();
    assert!(fault.contains("revoked.pem: No such file"), "{fault}");
    for (lists, expected) in rows {
        write("revoked.pem", lists);
        match (open().err(), expected) {
            (None, None) => {}
            (Some(why), Some(expected)) => {
                assert!(
                    why.contains("revoked.pem: ") && why.contains(expected),
                    "{why}"
                );
            }
            (why, expected) => panic!("{why:?}, not {expected:?}"),
        }
    }
}

/// Who is revoked is out: their streams end, and so do their calls, also by a connection that
/// is open. All others stay.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_revoked_is_out_at_once() {
    let (ours, clients) = (Ca::new("ours"), Ca::new("clients"));
    let none = clients.revokes(&[], 2100);
    let server = ours.issues_localhost();
    let mut plane = Plane::with_lists("revoked", &server, &clients.pem(), &none, RULES).await;
    let (good, bad) = (
        clients.issues_to("spiffe://test/good"),
        clients.issues_to("spiffe://test/bad"),
    );
    let (as_good, as_bad) = (trusting(&ours, &good), trusting(&ours, &bad));
    let (cell, stays) = plane.engine("good", &as_good).await;
    let (_, ends) = plane.engine("bad", &as_bad).await;
    let (mut client, mut stolen) = (plane.client(&as_good).await, plane.client(&as_bad).await);
    push(&mut stolen, &rate(map(1), 0.5)).await.unwrap();
    plane.settled().await;

    let file = plane.folder.join("revoked.pem");
    let list = clients.revokes(&[&bad], 2100);
    std::fs::write(&file, &list).unwrap();
    let control = plane.control.clone();
    plane.renewal.look(&control);
    until("its stream ends", || !ends.status().connected).await;
    let fault = push_fault(&mut stolen).await;
    assert!(fault.contains("your certificate is revoked"), "{fault}");
    // By the alert, or only by a guess: the connection may end before the alert is read.
    let fault = ask(&plane.url(), &as_bad).await.unwrap_err();
    assert!(fault.contains("is revoked"), "{fault}");
    let closed = "routewright_engine_streams_closed_total{reason=\"revoked\"}";
    assert_eq!(plane.figure(closed).await, Some(1));
    let denied = "routewright_calls_denied_total{rpc=\"UpdateRouteMap\",reason=\"revoked\"}";
    assert_eq!(plane.figure(denied).await, Some(1));

    // What cannot be used changes nothing, whatever is wrong with it; and is told.
    let forged = Ca::new("clients").revokes(&[], 2100);
    let stale = clients.revokes(&[], 2021);
    for wrong in ["nothing", stale.as_str(), forged.as_str()] {
        std::fs::write(&file, wrong).unwrap();
        plane.renewal.look(&control);
        assert_eq!(plane.figure(FAILING).await, Some(1), "{wrong}");
        assert!(ask(&plane.url(), &as_bad).await.is_err(), "{wrong}");
        ask(&plane.url(), &as_good).await.unwrap();
    }
    // And it keeps no renewed certificate out.
    let renewed = Ca::new("renewed");
    let server = renewed.issues_localhost();
    std::fs::write(plane.folder.join("server.pem"), &server.cert).unwrap();
    std::fs::write(plane.folder.join("server.key"), &server.key).unwrap();
    plane.renewal.look(&control);
    ask(&plane.url(), &trusting(&renewed, &good)).await.unwrap();
    assert!(ask(&plane.url(), &trusting(&renewed, &bad)).await.is_err());

    std::fs::write(&file, &list).unwrap();
    plane.renewal.look(&control);
    assert_eq!(plane.figure(FAILING).await, Some(0));
    assert!(stays.status().connected);
    push(&mut client, &rate(map(2), 0.6)).await.unwrap();
    until("it was told", || cell.status().table.version() == 2).await;
}

/// What is said of a push of whoever may not call at all.
async fn push_fault(client: &mut routewright_control::client::Client) -> String {
    let bytes = routewright_schema::route_map::encode(&rate(map(2), 0.4));
    let fault = client.push(bytes, false).await.unwrap_err();
    crate::plane::told("https://localhost", &fault)
}
