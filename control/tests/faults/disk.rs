//! A ledger that cannot be written, and one that two want to write.

use routewright_schema::pb::{
    RouteMap, Scalar, ScalarList, SettingValue, scalar::Kind, setting_value::Value,
};

use crate::engines::{self, Engine, Watch};
use crate::people::{People, code, map};
use crate::process::{self, Process, place};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_control_plane_on_a_ledger_refuses_to_start() {
    let ledger = place("two");
    let first = Process::start(&ledger);
    let second = process::ends(&ledger);
    let said = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert!(said.starts_with("error: "), "{said}");
    assert!(
        said.contains("ledger.redb: another control plane keeps its ledger here"),
        "{said}"
    );
    // It has not even listened.
    assert_eq!(second.stdout, b"");
    let mut people = People::at(&first.url()).await.unwrap();
    assert_eq!(people.bring(&map(1, 1)).await.state, "done");
}

/// A push that a ledger has no room for without growing.
pub fn large(version: u64) -> RouteMap {
    let delay = |nanos: u64| Scalar {
        kind: Some(Kind::DurationNs(1_000_000_000 + nanos)),
    };
    let list = ScalarList {
        elements: (0..60_000).map(delay).collect(),
    };
    let mut push = map(version, version);
    push.settings.push(SettingValue {
        name: "delays".to_owned(),
        value: Some(Value::List(list)),
    });
    push
}

/// A process that may write no further into any file meets what a full disk is to it: a
/// write that fails.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_pushes_and_nothing_else() {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let ledger = place("full");
    let serve = process::command(&ledger, "127.0.0.1:0");
    // Without the signal, which would end it; what is ignored stays so over an exec.
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]);
    shell.arg(serve.get_program()).args(serve.get_args());
    let plane = Process::of(&mut shell);
    let pid = Pid::from_raw(i32::try_from(plane.id()).unwrap());
    let room = |bytes: Option<u64>| {
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        prlimit(pid, Resource::Fsize, limit).unwrap();
    };
    let url = plane.url();
    let mut all = Engine::fleet(2, &url).await;
    let watch = Watch::over(&all);
    let mut people = People::at(&url).await.unwrap();
    people.bring(&map(1, 1)).await;

    let length = std::fs::metadata(&ledger).unwrap().len();
    room(Some(length));
    let mut serving = 1;
    while let Ok(applied) = people.push(&large(serving + 1)).await.unwrap() {
        // What the file has room for.
        people.end_of(applied.revision).await;
        serving += 1;
        assert!(serving < 10, "the limit does not hold");
    }
    let next = serving + 1;
    for _ in 0..3 {
        let refusal = people.push(&large(next)).await.unwrap();
        let refusal = refusal.expect_err("there is no room");
        assert_eq!(code(&refusal), "not_recorded", "{refusal:?}");
        assert!(refusal.message.contains("File too large"), "{refusal:?}");
        assert_eq!(refusal.serving_version, serving);
    }
    // Who comes now is brought to what was decided before, and who asks is answered.
    all.push(Engine::start("late", &url));
    engines::in_step(&all).await;
    assert!(all.iter().all(|engine| engine.version() == serving));
    let log = people.log(1).await;
    assert_eq!(log[0].version, serving);

    room(None);
    assert_eq!(people.bring(&large(next)).await.acknowledged, 3);
    watch.end();
    for engine in &all {
        assert_eq!(engine.version(), next);
        engine.only_rose();
    }
    // It is on disk.
    let address = plane.address.clone();
    plane.kill();
    let again = Process::again(&ledger, &address);
    let mut people = People::at(&again.url()).await.unwrap();
    assert_eq!(people.log(1).await[0].version, next);
}
