//! The verbs that talk to a control plane, over a real socket: what is pushed comes to all of
//! its engines, or to none, and whoever pushed is told which.

mod common;
#[path = "common/engine.rs"]
mod engine;
#[path = "common/fleet.rs"]
mod fleet;

use std::process::Command;
use std::time::Duration;

use common::{Folder, Ran};
use fleet::{Cell, Fleet, until};
use routewright_control::client::BlockingClient;
use routewright_control::plane::Config;
use routewright_schema::pb::{
    Decision, EngineOutcome, Fact, ListVersionsRequest, Refusal, Violation,
};
use routewright_tests::fixture;

fn quick() -> Config {
    Config {
        bake: Duration::from_millis(300),
        answer_within: Duration::from_secs(20),
        regroup: Duration::from_millis(300),
        ..Config::default()
    }
}

struct Play {
    folder: Folder,
    fleet: Fleet,
    cells: Vec<&'static Cell>,
}

impl Play {
    /// A control plane with three engines in two zones.
    fn new(name: &str) -> Play {
        let folder = Folder::new(name);
        let fleet = Fleet::start(folder.path(), quick());
        let zones = [("eu-1", "eu"), ("eu-2", "eu"), ("us-1", "us")];
        let cells = zones.map(|(name, zone)| fleet.engine(name, zone));
        fleet.ready(3);
        Play {
            folder,
            fleet,
            cells: cells.to_vec(),
        }
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.folder
            .run(&[args, &["--url", &self.fleet.url()]].concat())
    }

    fn serve(&self, version: u64, rate: f64) -> bool {
        self.cells.iter().all(|cell| {
            let table = cell.load();
            table.version() == version && fixture::settings(&table).spawn_rate() == rate
        })
    }
}

#[test]
fn a_push_waits_for_all_engines() {
    let play = Play::new("fleet-push");
    let out = play.run(&["push", "--set", "spawn_rate=0.4", "--reason", "more chests"]);
    let out = out.good();
    assert!(
        out.starts_with(
            "version 1 goes to 3 engines (revision 1)\n  setting spawn_rate: 0.3 -> 0.4\n  digest "
        ) && out.contains("\nstage 1 of 2  1 serves it; the next stage in ")
            && out.ends_with("\nversion 1: 3 engines serve it\n"),
        "{out}"
    );
    assert!(play.serve(1, 0.4), "when it returns, all serve it");

    // Amended: what is lent stays lent.
    let lent = ["--owner", "ops", "--ttl", "1h", "--stages", "100%"];
    play.run(&[&["push", "--set", "motto=dig"], &lent[..]].concat())
        .good();
    let json = play
        .run(&[
            "push",
            "--set",
            "spawn_rate=0.5",
            "--stage-bake",
            "0s",
            "--format",
            "json",
        ])
        .json();
    assert_eq!(json["applied"]["engines"], 3);
    assert_eq!(json["applied"]["revision"], 3);
    let rollout = &json["rollout"];
    assert_eq!(
        (
            &rollout["state"],
            &rollout["version"],
            &rollout["serving_version"]
        ),
        (&"done".into(), &3.into(), &3.into()),
        "{json}"
    );
    assert_eq!(rollout["stages"], serde_json::json!(["1", "100%"]));
    assert_eq!(rollout["bake_ms"], 0);
    let engines = rollout["engines"].as_array().unwrap();
    assert!(engines.len() == 3 && engines.iter().all(|e| e["outcome"] == "ack"));
    assert!(play.serve(3, 0.5));
    let status = play.run(&["status"]).good();
    for part in [
        "serving   version 3 (12 events and patterns, 10 with a route of their own)\n",
        "held by   ops; ends in ",
        "by a push at ",
        "engines   3 of 3 in step",
    ] {
        assert!(status.contains(part), "{part}: {status}");
    }
    let json = play.run(&["status", "--format", "json"]).json();
    assert_eq!(json["fleet"]["in_step"], 3);

    // Back by the same road, and by its own choice without waiting.
    let dry = play.run(&["rollback", "--dry-run"]).good();
    assert!(
        dry.starts_with("version 2 would go to 3 engines, and each would take it (dry run"),
        "{dry}"
    );
    let out = play
        .run(&["rollback", "--to", "1", "--reason", "too many"])
        .good();
    assert!(out.ends_with("version 1: 3 engines serve it\n"), "{out}");
    assert!(play.serve(1, 0.4));
    let out = play.run(&["rollback", "--to", "0", "--detach"]).good();
    assert!(
        out.starts_with("the baseline goes to 3 engines (revision 5)\n")
            && out.contains("`cargo xtask rollout 5 --url http://"),
        "{out}"
    );
    let out = play.run(&["rollout", "5"]).good();
    assert!(out.ends_with("the baseline: 3 engines serve it\n"), "{out}");
    assert!(play.serve(0, 0.3));
    // One that ended long ago, and one that never was.
    let out = play.run(&["rollout", "1"]).good();
    assert_eq!(out, "version 1: 3 engines serve it\n");
    assert!(
        play.run(&["rollout", "77"])
            .bad(1)
            .contains("no revision 77")
    );
}

#[test]
fn what_one_engine_would_refuse_comes_to_none() {
    let play = Play::new("fleet-refusal");
    let err = play.run(&["push", "--set", "spawn_rate=0.9"]).bad(1);
    assert!(
        err.contains("refused; nothing was changed\n  eu-1, eu-2, us-1: settings.spawn_rate: 0.9 is too far from"),
        "{err}"
    );
    let json = play
        .run(&["push", "--set", "spawn_rate=0.9", "--format", "json"])
        .json();
    assert_eq!(
        json["refusal"]["violations"][0]["engine"],
        "eu-1, eu-2, us-1"
    );
    assert!(play.serve(0, 0.3));
    let err = play
        .run(&["push", "--set", "motto=dig", "--stages", "1,half"])
        .bad(1);
    assert!(err.contains("`half` is no stage"), "{err}");
    let err = play
        .run(&["push", "--set", "motto=dig", "--stage-bake", "5"])
        .bad(2);
    assert!(
        err.contains("--stage-bake: the duration `5` has no unit; write "),
        "{err}"
    );
    assert_eq!(play.run(&["log"]).good(), "nothing was decided yet\n");

    // By walking, each step is a rollout.
    let walk = ["push", "--set", "spawn_rate=0.9", "--set", "decay=9s"];
    let more = ["--ramp", "--every", "1ms", "--stage-bake", "10ms"];
    let out = play.run(&[&walk[..], &more].concat()).good();
    assert!(
        out.contains("step 2 of 2\n") && out.ends_with("version 2: 3 engines serve it\n"),
        "{out}"
    );
    assert!(play.serve(2, 0.9));

    let out = play.run(&["fleet", "--label", "zone=eu"]).good();
    assert!(
        out.contains("  eu-1    version 2  in step") && out.ends_with("2 engines, all in step\n"),
        "{out}"
    );
    let out = play.run(&["fleet", "--label", "zone=mars"]).good();
    assert!(out.ends_with("\nno engine is like that\n"), "{out}");
    assert!(
        play.run(&["fleet", "--label", "zone"])
            .bad(2)
            .contains("NAME=VALUE")
    );
}

/// What no pre-flight can know.
#[test]
fn an_engine_that_refuses_after_all_takes_it_back() {
    let play = Play::new("fleet-revert");
    play.fleet
        .odd_engine("zz-1", Some("settings.motto: not in this house"));
    play.fleet.ready(4);
    let err = play
        .run(&["push", "--set", "spawn_rate=0.4", "--stages", "100%"])
        .bad(1);
    for part in [
        "error: version 1 was taken back: zz-1 refused: settings.motto: not in this house\n",
        "  zz-1 (nack): settings.motto: not in this house\n",
        "  the baseline goes on serving\n",
    ] {
        assert!(err.contains(part), "{part}: {err}");
    }
    until("all are back", || play.serve(0, 0.3));
    let ran = play.run(&["rollout", "1", "--format", "json"]);
    assert_eq!(ran.code, 1);
    let json = ran.json();
    assert_eq!(json["rollout"]["state"], "reverted");
    assert_eq!(json["rollout"]["serving_version"], 0);
    let log = play.run(&["log"]).good();
    assert!(
        log.contains("reverted  127.0.0.1, no certificate; taken back: zz-1 refused: settings.motto: not in this house\n"),
        "{log}"
    );
}

#[test]
fn the_history_is_told() {
    let play = Play::new("fleet-log");
    let push = |args: &[&str]| play.run(&[&["push", "--stages", "100%"], args].concat());
    push(&["--set", "spawn_rate=0.4", "--reason", "more chests"]).good();
    push(&["--set", "motto=dig", "--owner", "ops", "--ttl", "1h"]).good();
    let forged = "back\n9  forged \u{1b}[2J\u{202e}";
    play.run(&["rollback", "--reason", forged]).good();
    let out = play.run(&["log"]).good();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 3, "{out}");
    for (line, (begin, end)) in lines.iter().zip([
        (
            "3  20",
            "  rollback  version 1  done  127.0.0.1, no certificate: back9  forged [2J",
        ),
        (
            "2  20",
            "  push      version 2  done  127.0.0.1, no certificate",
        ),
        (
            "1  20",
            "  push      version 1  done  127.0.0.1, no certificate: more chests",
        ),
    ]) {
        assert!(line.starts_with(begin) && line.ends_with(end), "{line}");
    }
    let out = play.run(&["log", "-n", "1", "--long"]).good();
    assert!(
        out.contains("    outcome   3 engines serve it\n    stages    1,100%\n")
            && out.contains("    engine    us-1 ack at 20")
            && out.ends_with("the newest 1 decision; `-n 0` lists all\n"),
        "{out}"
    );
    let out = play
        .run(&["log", "--engine", "eu-2", "--since", "1h"])
        .good();
    assert!(out.contains("  ack") && out.lines().count() == 3, "{out}");
    for (none, told) in [
        (
            ["--engine", "eu-9"],
            "nothing was decided that `eu-9` answered to\n",
        ),
        (
            ["--since", "2100-01-01T00:00:00Z"],
            "nothing was decided since then\n",
        ),
    ] {
        let out = play.run(&[&["log"], &none[..]].concat()).good();
        assert_eq!(out, told);
    }
    assert!(
        play.run(&["log", "--since", "soon"])
            .bad(2)
            .contains("how long ago")
    );
    assert!(
        play.run(&["log", "--with-bytes"])
            .bad(2)
            .contains("--export")
    );

    // All of it, page after page: what was pushed can be pushed again.
    for n in 0..9 {
        push(&["--set", &format!("motto=dig {n}")]).good();
    }
    let out = play
        .run(&["log", "--export", "jsonl", "--with-bytes"])
        .good();
    let all: Vec<serde_json::Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let revisions: Vec<u64> = all
        .iter()
        .map(|d| d["revision"].as_u64().unwrap())
        .collect();
    assert_eq!(revisions, (1..=12).rev().collect::<Vec<_>>());
    let json = play.run(&["log", "--format", "json", "-n", "2"]).json();
    assert_eq!(json["more"], true);
    assert_eq!(json["decisions"].as_array().unwrap().len(), 2);
    assert!(json["decisions"][0].get("route_map").is_none());
    use base64::Engine as _;
    let oldest = all[11]["route_map"].as_str().unwrap();
    let bytes = base64::prelude::BASE64_STANDARD.decode(oldest).unwrap();
    let mut client = BlockingClient::connect(&play.fleet.url()).unwrap();
    let request = ListVersionsRequest {
        with_bytes: true,
        ..ListVersionsRequest::default()
    };
    let kept = client.versions(request).unwrap().decisions;
    let exported: Vec<Decision> = all.iter().map(restored).collect();
    assert_eq!(exported, kept, "nothing of the history is left out");
    let map = fixture::TABLE
        .raw()
        .overridden(&bytes, &routewright::Limits::DEFAULT);
    let digest = routewright::Digest::of(&bytes).to_string();
    assert_eq!(all[11]["push_digest"], digest);
    assert!(map.is_ok());
}

/// A decision, from what `log --export jsonl --with-bytes` writes of it. Without `..`: what is
/// new in a decision belongs into the export.
fn restored(line: &serde_json::Value) -> Decision {
    use base64::Engine as _;
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let number = |value: &serde_json::Value| value.as_u64().unwrap();
    let list = |value: &serde_json::Value| value.as_array().unwrap().clone();
    let fact = |(name, fact): (&String, &serde_json::Value)| Fact {
        name: name.clone(),
        text: text(&fact["text"]),
        number: fact["number"].as_f64(),
    };
    let violation = |violation: &serde_json::Value| Violation {
        path: text(&violation["path"]),
        code: text(&violation["code"]),
        message: text(&violation["message"]),
        facts: violation["facts"]
            .as_object()
            .unwrap()
            .iter()
            .map(fact)
            .collect(),
        engine: text(&violation["engine"]),
    };
    let digest = text(&line["push_digest"]);
    let digest = (0..digest.len()).step_by(2);
    let digest = digest.map(|at| u8::from_str_radix(&text(&line["push_digest"])[at..at + 2], 16));
    let refusal = |refusal: &serde_json::Map<String, serde_json::Value>| Refusal {
        message: text(&refusal["message"]),
        violations: list(&refusal["violations"]).iter().map(violation).collect(),
        violation_count: refusal["violation_count"].as_u64().unwrap() as u32,
        serving_version: number(&refusal["serving_version"]),
        accepted_version: number(&refusal["accepted_version"]),
    };
    let engine = |engine: &serde_json::Value| EngineOutcome {
        name: text(&engine["name"]),
        outcome: text(&engine["outcome"]),
        reason: text(&engine["reason"]),
        at_ms: number(&engine["at_ms"]),
        refusal: engine["refusal"].as_object().map(refusal),
    };
    Decision {
        revision: number(&line["revision"]),
        kind: text(&line["kind"]),
        version: number(&line["version"]),
        push_digest: digest.map(Result::unwrap).collect(),
        who: text(&line["who"]),
        reason: text(&line["reason"]),
        at_ms: number(&line["at_ms"]),
        state: text(&line["state"]),
        outcome: text(&line["outcome"]),
        engines: list(&line["engines"]).iter().map(engine).collect(),
        route_map: base64::prelude::BASE64_STANDARD
            .decode(text(&line["route_map"]))
            .unwrap(),
        before_version: number(&line["before_version"]),
        published_ms: number(&line["published_ms"]),
        stages: list(&line["stages"]).iter().map(text).collect(),
        bake_ms: number(&line["bake_ms"]),
        all_vote: line["all_vote"].as_bool().unwrap(),
        unset: line["unset"].as_bool().unwrap(),
    }
}

#[test]
fn who_was_turned_away_is_told() {
    let folder = Folder::new("fleet-denied");
    let fleet = Fleet::start(folder.path(), quick());
    let url = fleet.url();
    let run = |args: &[&str]| folder.run(&[&["log", "--denied", "--url", &url], args].concat());
    assert_eq!(run(&[]).good(), "nobody was turned away yet\n");
    let why = "spiffe://shop/eve may not push; a rule must say so";
    fleet.denied("spiffe://shop/eve", "UpdateRouteMap", why, 3);
    fleet.denied("10.0.0.9\u{1b}[2J", "GetFleet", "no certificate", 1);
    let out = run(&[]).good();
    let lines: Vec<&str> = out.lines().collect();
    let [heads, newest, oldest] = lines[..] else {
        panic!("{out}");
    };
    assert!(heads.starts_with("last  ") && heads.ends_with("  call            times  why"));
    assert!(
        newest.contains("Z  10.0.0.9") && newest.ends_with("GetFleet            1  no certificate"),
        "{out}"
    );
    assert!(
        oldest.ends_with("  UpdateRouteMap      3  may not push; a rule must say so"),
        "{out}"
    );
    assert!(!out.contains('\u{1b}'));

    let out = run(&["-n", "1"]).good();
    assert!(
        out.lines().count() == 3
            && out.ends_with("the newest 1 attempt; `-n 0` lists up to 1000\n"),
        "{out}"
    );
    let json = run(&["--format", "json", "-n", "1"]).json();
    assert_eq!(json["more"], true);
    assert_eq!(json["attempts"][0]["rpc"], "GetFleet");
    let json = run(&["--format", "json"]).json();
    assert_eq!(json["more"], false);
    assert_eq!(json["attempts"][1]["count"], 3);
    let export = run(&["--export", "jsonl"]).good();
    let who: Vec<serde_json::Value> = export
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["who"].take())
        .collect();
    assert_eq!(who, ["10.0.0.9[2J", "spiffe://shop/eve"]);
    let out = run(&["--since", "2100-01-01T00:00:00Z"]).good();
    assert_eq!(out, "nobody was turned away since then\n");
    for decisions_only in ["--long", "--engine=eu-1", "--with-bytes"] {
        run(&[decisions_only]).bad(2);
    }
}

/// What most engines were compiled with answers; that there are others is said.
#[test]
fn why_says_that_there_are_other_builds() {
    let play = Play::new("fleet-builds");
    let text = include_str!("../../tests/fixture/routes.yaml");
    play.folder.write("routes/routes.yaml", text);
    let stamp = fixture::TABLE.find("map.loaded").unwrap().stamp();
    let stamp = stamp.to_string();
    let note = "its engines were compiled with 2 baselines";
    for (others, told) in [(0, false), (1, true)] {
        if others > 0 {
            play.fleet.other_build("zz-1");
            let mut client = BlockingClient::connect(&play.fleet.url()).unwrap();
            until("it is there", || client.fleet().unwrap().engines.len() == 4);
        }
        let out = play.run(&["why", &stamp, "routes"]).good();
        assert_eq!(out.contains(note), told, "{out}");
        let json = play
            .run(&["why", &stamp, "routes", "--format", "json"])
            .json();
        assert_eq!(json["note"].is_string(), told, "{json}");
        let err = play.run(&["why", "00112233440000ff", "routes"]).bad(1);
        assert_eq!(err.contains(note), told, "{err}");
    }
}

#[test]
fn what_asks_one_engine_asks_a_control_plane_as_well() {
    let play = Play::new("fleet-questions");
    let text = include_str!("../../tests/fixture/routes.yaml");
    play.folder.write("routes/routes.yaml", text);
    let url = play.fleet.url();
    let push = |args: &[&str]| {
        play.run(&[&["push", "--stages", "100%"], args].concat())
            .good()
    };
    push(&["--remove", "player.*", "--reason", "event night"]);
    let stamp = |name: &str| play.cells[0].load().find(name).unwrap().stamp().to_string();
    let early = stamp("player.joined");
    push(&["--set", "spawn_rate=0.4"]);

    // A stamp of any version that was ever pushed.
    let out = play.run(&["why", &early, "routes"]).good();
    assert!(
        out.contains("rule     fallback")
            && out.contains("table    version 1 of http")
            && out.contains(": event night\n"),
        "{out}"
    );
    let out = play.run(&[
        "why",
        &fixture::TABLE
            .find("map.loaded")
            .unwrap()
            .stamp()
            .to_string(),
        "routes",
    ]);
    assert!(out.good().contains("the baseline of http"));

    let out = play
        .folder
        .run(&["explain", "player.joined", "--live", &url])
        .good();
    assert!(out.contains("fallback"), "{out}");
    let ran = play.folder.run(&["diff", "routes", &url]);
    assert!(ran.code == 1 && ran.out.contains("spawn_rate"), "{ran:?}");
    let out = play.run(&["bake", "routes", "--dry-run"]).good();
    assert!(out.contains("default: 0.4"), "{out}");
    assert!(
        play.folder
            .run(&["inspect", &url])
            .good()
            .contains("spawn_rate")
    );

    // And what only a control plane knows is not asked of an engine in vain.
    static CELL: engine::Cell = engine::Cell::new(&fixture::TABLE);
    let one = engine::engine(&CELL);
    for args in [&["fleet"][..], &["log"], &["rollout"], &["rollout", "3"]] {
        let err = play.folder.run(&[args, &["--url", &one]].concat()).bad(1);
        assert!(
            err.contains("is one engine, not a control plane"),
            "{args:?}: {err}"
        );
    }
    let staged = [
        "push", "--set", "motto=x", "--stages", "1,100%", "--url", &one,
    ];
    let err = play.folder.run(&staged).bad(1);
    assert!(err.contains("only a control plane rolls out"), "{err}");
    let nobody = play
        .folder
        .run(&["fleet", "--url", "http://127.0.0.1:1"])
        .bad(1);
    assert!(
        nobody.contains("no answer from http://127.0.0.1:1"),
        "{nobody}"
    );

    // Outside of a workspace, what is asked still answers.
    let nobody_knows = play.run(&["why", "00112233440000ff"]).bad(1);
    assert!(
        nobody_knows
            .contains("no table is known whose digest begins with 0011223344; looked at http"),
        "{nobody_knows}"
    );

    // Nobody was there yet.
    let empty = Fleet::start(
        &play.folder.write("empty/x", "").path().join("empty"),
        quick(),
    );
    let out = play.folder.run(&["fleet", "--url", &empty.url()]).good();
    assert_eq!(
        out,
        "the baseline is to be served (revision 0)\nno engine was ever here\n"
    );
    for args in [&["status"][..], &["push", "--set", "motto=x"]] {
        let err = play
            .folder
            .run(&[args, &["--url", &empty.url()]].concat())
            .bad(1);
        assert!(err.contains(": no engine was ever here"), "{err}");
    }
}

#[test]
fn ctrl_c_ends_the_watching_and_nothing_else() {
    let play = Play::new("fleet-detach");
    play.fleet.odd_engine("zz-1", None);
    play.fleet.ready(4);
    let url = play.fleet.url();
    let pushing = [
        "push",
        "--set",
        "spawn_rate=0.4",
        "--stages",
        "100%",
        "--url",
        &url,
    ];
    let pushing = play.folder.start(&pushing);
    until("three serve it", || play.serve(1, 0.4));
    // It is told of the signal by the runtime that watches; that has begun by then, or will.
    std::thread::sleep(Duration::from_millis(300));
    let pid = pushing.pid().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let err = pushing.ended().bad(1);
    assert!(
        err.contains("no longer watched; revision 1 goes on")
            && err.contains(&format!("`cargo xtask rollout 1 --url {url}`"))
            && err.contains(&format!("`cargo xtask rollback --url {url}`")),
        "{err}"
    );
    let fleet = play.run(&["fleet", "--connected"]);
    assert!(
        fleet.code == 1
            && fleet.out.starts_with(
                "the baseline is served; version 1 goes out: stage 1 of 1, 3 of 4 engines"
            ),
        "{fleet:?}"
    );
    let behind = fleet.out.lines().find(|line| line.starts_with("  zz-1"));
    let behind: Vec<&str> = behind.unwrap().split_whitespace().take(4).collect();
    assert_eq!(behind, ["zz-1", "the", "baseline", "behind"]);
    assert!(
        fleet.out.ends_with("4 engines, 1 not in step\n"),
        "{fleet:?}"
    );
    let json = play.run(&["fleet", "--format", "json"]).json();
    assert_eq!(
        (&json["not_in_step"], &json["rollout"]["waiting_for"]),
        (&1.into(), &serde_json::json!(["zz-1"]))
    );
    let err = play.run(&["push", "--set", "motto=x"]).bad(1);
    assert!(
        err.contains("is being rolled out") && err.contains("[rollout_in_progress]"),
        "{err}"
    );
    // As it said: a rollback ends it, and whoever watches it is told.
    let watching = play.folder.start(&["rollout", "--url", &url]);
    std::thread::sleep(Duration::from_millis(300));
    play.run(&["rollback", "--reason", "enough", "--detach"])
        .good();
    let err = watching.ended().bad(1);
    assert!(
        err.contains("version 1 was taken back: rolled back by ") && err.contains("enough"),
        "{err}"
    );
    until("all are back", || play.serve(0, 0.3));
}

#[test]
fn a_control_plane_that_restarts_is_waited_for() {
    let mut play = Play::new("fleet-restart");
    let url = play.fleet.url();
    let pushing = [
        "push",
        "--set",
        "spawn_rate=0.4",
        "--stage-bake",
        "2s",
        "--url",
        &url,
    ];
    let pushing = play.folder.start(&pushing);
    until("one serves it", || {
        play.cells.iter().any(|cell| cell.load().version() == 1)
    });
    play.fleet.stop();
    std::thread::sleep(Duration::from_millis(300));
    play.fleet.serve();
    let ran = pushing.ended();
    assert!(ran.err.contains("waiting for it to come back"), "{ran:?}");
    assert!(ran.good().ends_with("version 1: 3 engines serve it\n"));
    assert!(play.serve(1, 0.4));
}
