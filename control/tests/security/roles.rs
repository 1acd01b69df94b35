//! Every call of the protocol, and who may make it.

use prost::Message;
use prost_types::FileDescriptorSet;
use routewright_control::serve::{ROLES, name_in};
use routewright_schema::format::message::DESCRIPTORS;
use tonic::Code;
use tonic::client::Grpc;
use tonic::transport::Channel;
use tonic_prost::ProstCodec;

use crate::certificates::{Ca, Says};
use crate::plane::{Plane, trusting};

const RULES: &str = "allow:
- { who: spiffe://test/reader, read: true }
- { who: spiffe://test/engine, watch: same }
- { who: spiffe://test/pusher, push: everything }
";
const WHO: [&str; 4] = ["reader", "engine", "pusher", "nobody"];

/// Every call, and whether each of `WHO` may make it.
const CALLS: &[(&str, [bool; 4])] = &[
    ("RouteService/UpdateRouteMap", [false, false, true, false]),
    ("RouteService/RollbackRouteMap", [false, false, true, false]),
    ("RouteService/GetRouteMap", [true, false, true, false]),
    ("RouteService/GetStatus", [true, false, true, false]),
    ("FleetService/WatchRouteMap", [false, true, false, false]),
    ("FleetService/ListVersions", [true, false, true, false]),
    ("FleetService/GetFleet", [true, false, true, false]),
    ("FleetService/WatchRollout", [true, false, true, false]),
    ("FleetService/ListDenied", [true, false, true, false]),
    // What is not in the protocol is nobody's.
    ("RouteService/DropEverything", [false, false, false, false]),
];

/// The paths of all calls of the protocol.
fn paths() -> Vec<String> {
    let set = FileDescriptorSet::decode(DESCRIPTORS).unwrap();
    let mut paths = Vec::new();
    for file in set.file.iter().filter(|f| f.package() == "routewright.v1") {
        for service in &file.service {
            for method in &service.method {
                paths.push(format!(
                    "/routewright.v1.{}/{}",
                    service.name(),
                    method.name()
                ));
            }
        }
    }
    paths.sort();
    paths
}

#[test]
fn every_call_has_a_role_and_a_row_here() {
    let mut roles: Vec<&str> = ROLES.iter().map(|(path, _)| *path).collect();
    roles.sort_unstable();
    assert_eq!(paths(), roles);
    let mut rows: Vec<String> = CALLS.iter().map(|(call, _)| path(call)).collect();
    rows.pop();
    rows.sort();
    assert_eq!(paths(), rows);
}

fn path(call: &str) -> String {
    format!("/routewright.v1.{call}")
}

/// Makes a call with an empty message; the code of its status.
async fn call(channel: Channel, path: &str) -> Code {
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.unwrap();
    let codec = ProstCodec::<(), ()>::default();
    let request = tonic::Request::new(tokio_stream::once(()));
    let answer = grpc.streaming(request, path.parse().unwrap(), codec).await;
    match answer {
        Ok(mut answer) => match answer.get_mut().message().await {
            Ok(_) => Code::Ok,
            Err(status) => status.code(),
        },
        Err(status) => status.code(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_by_everybody() {
    let (ours, clients) = (Ca::new("ours"), Ca::new("clients"));
    let plane = Plane::secure("roles", &ours.issues_localhost(), &clients, RULES).await;
    for (at, who) in WHO.iter().enumerate() {
        let held = clients.issues_to(&format!("spiffe://test/{who}"));
        let endpoint = trusting(&ours, &held).endpoint(&plane.url()).unwrap();
        let channel = endpoint.connect().await.unwrap();
        for (call, may) in CALLS {
            let code = self::call(channel.clone(), &path(call)).await;
            let turned_away = [Code::PermissionDenied, Code::Unauthenticated].contains(&code);
            assert_eq!(!turned_away, may[at], "{who} {call}: {code:?}");
        }
    }
    // All of that is remembered, with what is alike counted.
    let reader = trusting(&ours, &clients.issues_to("spiffe://test/reader"));
    let denied = plane.denied(&reader).await;
    let expected: usize = CALLS
        .iter()
        .map(|(_, may)| may.iter().filter(|m| !**m).count())
        .sum();
    assert_eq!(denied.len(), expected, "{denied:#?}");
    let (who, rpc, why) = &denied[0];
    assert_eq!(
        (who.as_str(), rpc.as_str()),
        ("spiffe://test/nobody", "DropEverything")
    );
    assert_eq!(why, "there is no rule for this call");
}

/// Where there are rules and no certificates, nobody may anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_certificate_rules_let_nobody_in() {
    let everybody = "allow: [{ who: '*', read: true, watch: any, push: everything }]";
    let plane = Plane::plain("no-certificate", Some(everybody)).await;
    let channel = Channel::from_shared(plane.url())
        .unwrap()
        .connect()
        .await
        .unwrap();
    for (call, _) in CALLS {
        let code = self::call(channel.clone(), &path(call)).await;
        let expected = match *call {
            "RouteService/DropEverything" => Code::PermissionDenied,
            _ => Code::Unauthenticated,
        };
        assert_eq!(code, expected, "{call}");
    }
}

/// Certificates, and the name that rules are asked for; or why there is none.
#[test]
fn one_name_a_certificate() {
    let says = Says::default;
    let rows: &[(Says<'_>, Result<&str, &str>)] = &[
        (
            Says {
                uris: &["spiffe://a/b"],
                ..says()
            },
            Ok("spiffe://a/b"),
        ),
        (
            Says {
                hosts: &["Web-1.Example"],
                ..says()
            },
            Ok("web-1.example"),
        ),
        (
            Says {
                common_names: &["alice"],
                ..says()
            },
            Ok("alice"),
        ),
        // The first kind counts, whatever the others say.
        (
            Says {
                uris: &["spiffe://a/b"],
                hosts: &["x", "y"],
                common_names: &["root"],
                ..says()
            },
            Ok("spiffe://a/b"),
        ),
        (
            Says {
                hosts: &["x"],
                common_names: &["root"],
                ..says()
            },
            Ok("x"),
        ),
        (
            Says {
                uris: &["spiffe://a/b", "spiffe://a/c"],
                ..says()
            },
            Err("several URIs"),
        ),
        (
            Says {
                hosts: &["x", "y"],
                ..says()
            },
            Err("several DNS names"),
        ),
        (
            Says {
                hosts: &["*.example"],
                ..says()
            },
            Err("holds a `*`"),
        ),
        (
            Says {
                common_names: &["spiffe://a/b"],
                ..says()
            },
            Err("holds a `*` or `/`"),
        ),
        (
            Says {
                common_names: &["a\u{202E}b"],
                ..says()
            },
            Err("cannot be seen"),
        ),
        (
            Says {
                uris: &["urn:x"],
                ..says()
            },
            Err("no URI with `://`"),
        ),
        // An address of a letter must not be taken over by a common name.
        (
            Says {
                emails: &["a@b.c"],
                common_names: &["root"],
                ..says()
            },
            Err("no URI or DNS name"),
        ),
        (says(), Err("names nobody")),
    ];
    let ca = Ca::new("ca");
    for (says, expected) in rows {
        let held = ca.issues(says.clone());
        let name = name_in(&held.der);
        match (&name, expected) {
            (Ok(name), Ok(expected)) => assert_eq!(name, expected),
            (Err(why), Err(expected)) => assert!(why.contains(expected), "{why}"),
            _ => panic!("{name:?}, not {expected:?}"),
        }
    }
    assert!(name_in(b"no certificate").is_err());
}
