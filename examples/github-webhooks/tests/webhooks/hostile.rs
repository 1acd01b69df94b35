//! What no good client sends: each such request has its answer, and the next good one
//! is served as if nothing had been.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use routewright_schema::pb::{RouteMap, scalar::Kind};

use crate::consumer::{Act, Consumer};
use crate::payload;
use crate::service::{PATIENCE, SECRET, Service, github, request, sign};

/// A good one.
fn serves(service: &Service) {
    let answer = service.send("ping", payload!("ping"));
    assert_eq!(answer.status, 202, "{answer:?}");
}

#[test]
fn what_is_wrong_is_told() {
    let service = Service::start(&[]);
    let send = |event: &str, body: &[u8]| service.send(event, body);
    type Headers<'a> = Vec<(&'a str, &'a str)>;
    let with = |change: &dyn Fn(&mut Headers<'_>)| {
        let signature = sign(SECRET, payload!("ping"));
        let mut headers = github("ping", &signature);
        change(&mut headers);
        service.post(&headers, payload!("ping"))
    };
    let without = |name: &'static str| with(&|all| all.retain(|(n, _)| *n != name));
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let nested = b"{\"sender\":".repeat(100_000);
    let cases = [
        (without("X-GitHub-Event"), 400, "X-GitHub-Event is missing"),
        (
            with(&|all| all.push(("X-GitHub-Event", "push"))),
            400,
            "X-GitHub-Event is missing",
        ),
        (without("Content-Type"), 415, "application/json"),
        (with(&|all| all[2] = form), 415, "application/json"),
        (send("ping", b""), 400, "the payload cannot be read"),
        (
            send("ping", b"payload=%7B%7D"),
            400,
            "the payload cannot be read",
        ),
        (send("ping", b"[1,2]"), 400, "the payload cannot be read"),
        (
            send("ping", b"{\"zen\":\"\xff\xfe\"}"),
            400,
            "the payload cannot be read",
        ),
        (send("ping", &nested), 400, "the payload cannot be read"),
        (
            send("issues", br#"{"action":7}"#),
            400,
            "the payload cannot be read",
        ),
        (send("issues", br#"{"action":"../../**"}"#), 400, "`action`"),
        (send("issues", br#"{"action":"a\u0000"}"#), 400, "`action`"),
        (send("../issues", b"{}"), 400, "X-GitHub-Event is no name"),
        (
            send(&"x".repeat(4_000), b"{}"),
            400,
            "X-GitHub-Event is no name",
        ),
    ];
    for (answer, status, told) in cases {
        assert_eq!(answer.status, status, "{told}: {answer:?}");
        let error = answer.body["error"].as_str().unwrap_or_default();
        assert!(error.contains(told), "{told}: {answer:?}");
    }
    for (line, status) in [("GET /webhook", 405), ("POST /", 404), ("GET /ledger", 404)] {
        assert_eq!(
            service.raw(&request(line, &[], b"")).status,
            status,
            "{line}"
        );
    }
    serves(&service);
}

#[test]
fn bytes_that_are_no_request_harm_nobody() {
    let service = Service::start(&[]);
    let mut noise: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut random = || {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        noise
    };
    let good = request("POST /webhook", &github("ping", "sha256="), b"{}");
    for _ in 0..200 {
        // A good request with bytes changed, cut off somewhere.
        let mut bytes = good.clone();
        for _ in 0..random() % 16 {
            let at = random() as usize % bytes.len();
            bytes[at] = random() as u8;
        }
        bytes.truncate(random() as usize % (bytes.len() + 1));
        let mut stream = TcpStream::connect(service.webhooks).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // It may hang up before it has read all of that.
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(
            !answer.starts_with(b"HTTP/1.1 2"),
            "{}",
            bytes.escape_ascii()
        );
        assert!(
            !answer.starts_with(b"HTTP/1.1 5"),
            "{}",
            bytes.escape_ascii()
        );
    }
    serves(&service);
}

#[test]
fn bodies_are_bounded_by_a_setting() {
    let service = Service::start(&[]);
    // GitHub's own limit; announced alone, for nobody reads it.
    let announced = |bytes: &str| {
        let headers = [github("ping", "sha256="), vec![("Content-Length", bytes)]].concat();
        service.raw(&request("POST /webhook", &headers, b"")).status
    };
    assert_eq!(announced("25000001"), 413);
    assert_eq!(announced("9223372036854775807"), 413);

    service.push(
        &[("webhook.body_max", Kind::SizeBytes(4 << 10))],
        RouteMap::default(),
    );
    let sized = |bytes: usize| format!("{{\"zen\":\"{}\"}}", "z".repeat(bytes - 10)).into_bytes();
    assert_eq!(service.send("ping", &sized(4 << 10)).status, 202);
    assert_eq!(service.send("ping", &sized((4 << 10) + 1)).status, 413);
    // Nothing is announced here; it is counted while it comes.
    for (size, status) in [(4 << 10, 202), ((4 << 10) + 1, 413)] {
        let body = sized(size);
        let signature = sign(SECRET, &body);
        let chunked = [
            github("ping", &signature),
            vec![("Transfer-Encoding", "chunked")],
        ]
        .concat();
        let (one, two) = body.split_at(1_000);
        let mut chunks = Vec::new();
        for chunk in [one, two, b""] {
            chunks.extend(format!("{:x}\r\n", chunk.len()).bytes());
            chunks.extend(chunk);
            chunks.extend(b"\r\n");
        }
        let answer = service.raw(&request("POST /webhook", &chunked, &chunks));
        assert_eq!(answer.status, status, "{size}: {answer:?}");
    }
    serves(&service);
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let service = Service::start(&[]);
    let soon = Kind::DurationNs(100_000_000);
    service.push(&[("webhook.read_timeout", soon)], RouteMap::default());
    let headers = [github("ping", "sha256="), vec![("Content-Length", "100")]].concat();
    let began = Instant::now();
    let answer = service.raw(&request("POST /webhook", &headers, b"{"));
    assert_eq!(answer.status, 408, "{answer:?}");
    let took = began.elapsed();
    assert!((100..5_000).contains(&took.as_millis()), "{took:?}");
    serves(&service);
}

#[test]
fn memory_is_bounded_by_a_setting() {
    let ci = Consumer::start([Act::Late(Duration::from_secs(2))]);
    let service = Service::start(&[("ci", ci.address)]);
    // Room for one payload, and for two times what is counted beside each; not for both
    // payloads.
    let bounds = [
        ("webhook.body_max", 8 << 10),
        ("webhook.memory_max", 38 << 10),
    ]
    .map(|(name, bytes)| (name, Kind::SizeBytes(bytes)));
    service.push(&bounds, RouteMap::default());
    assert_eq!(service.send("push", payload!("push")).status, 202);
    ci.next();
    let refused = service.send("ping", payload!("ping"));
    assert_eq!(refused.status, 503, "{refused:?}");
    // It is free again when the consumer has answered.
    service.until("delivered", |l| l["deliveries"]["ci"]["delivered"] == 1);
    serves(&service);
}

#[test]
fn who_only_announces_a_body_takes_nothing_from_others() {
    let service = Service::start(&[]);
    // Room for two whole bodies, which five announce.
    let bounds = [
        ("webhook.body_max", 64 << 10),
        ("webhook.memory_max", 160 << 10),
    ]
    .map(|(name, bytes)| (name, Kind::SizeBytes(bytes)));
    service.push(&bounds, RouteMap::default());
    let announced = vec![("Content-Length", "65536"), ("Expect", "100-continue")];
    let head = [github("ping", "sha256="), announced].concat();
    let head = request("POST /webhook", &head, b"");
    let silent = [(); 5].map(|()| {
        let mut stream = TcpStream::connect(service.webhooks).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(&head).unwrap();
        // Said when somebody waits for the body.
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 100");
        stream
    });
    serves(&service);
    drop(silent);
}
