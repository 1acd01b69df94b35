//! `inspect`: where a compiled service is from, and what a state of a store holds; from the
//! file alone.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use common::{Folder, Ran};
use routewright::Limits;
use routewright_control::store::Cause;
use routewright_control::store::file::{Serving, Standing, State, Trial};
use routewright_schema::pb::{Force, Lease, Mode, RouteMap, SettingValue};
use routewright_schema::route_map;
use routewright_tests::fixture;

fn definition(package: &str, version: u64) -> String {
    format!(
        "version: {version}\npackage: {package}\nconsumers: {{ {package}: {{ local: true }} }}\n\
         routes: {{ {package}.*: {{ to: {package} }} }}\n"
    )
}

/// A service with two tables, built as people ship it: optimised over all crates, without
/// symbols. Linkers drop what nothing refers to, and a note is such a thing.
struct Service(Folder);

impl Service {
    fn new() -> Service {
        let folder = Folder::new("inspect-service");
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let runtime = crates.join("runtime");
        folder.write(
            "Cargo.toml",
            &format!(
                "[workspace]\n[package]\nname = \"inspected\"\nversion = \"0.1.0\"\n\
                 edition = \"2024\"\n[dependencies]\nroutewright = {{ path = {runtime:?} }}\n\
                 [profile.release]\nlto = \"fat\"\ncodegen-units = 1\nstrip = \"symbols\"\n"
            ),
        );
        // Ours, so that nothing is fetched.
        folder.write(
            "Cargo.lock",
            &fs::read_to_string(crates.join("Cargo.lock")).unwrap(),
        );
        folder.write(
            "src/main.rs",
            "mod orders { include!(\"orders/routes.rs\"); }\n\
             mod stock { include!(\"stock/routes.rs\"); }\n\
             fn main() {\n\
             \u{20}   let name = std::env::args().nth(1).unwrap_or_default();\n\
             \u{20}   let both = (orders::TABLE.find(&name).is_some(), stock::TABLE.find(&name).is_some());\n\
             \u{20}   println!(\"{both:?}\");\n}\n",
        );
        for (package, version) in [("orders", 3), ("stock", 12)] {
            let file = format!("{package}.yaml");
            folder.write(&file, &definition(package, version));
            let out = format!("src/{package}");
            folder.run(&["codegen", &file, "--out", &out]).good();
        }
        Service(folder)
    }

    /// Builds it, and gives the binary's path.
    fn build(&self, revision: Option<&str>) -> Ran {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("inspect-target");
        let mut command = Command::new(env!("CARGO"));
        command
            .args(["build", "--quiet", "--release", "--offline"])
            .current_dir(self.0.path())
            .env("CARGO_TARGET_DIR", &target)
            .env("CARGO_TERM_COLOR", "never")
            .env_remove("ROUTEWRIGHT_REVISION");
        command.envs(revision.map(|revision| ("ROUTEWRIGHT_REVISION", revision)));
        let ran = Ran::of(command.output().unwrap());
        if ran.code == 0 {
            let name = format!("inspected{}", std::env::consts::EXE_SUFFIX);
            let binary = self.0.path().join("service");
            fs::copy(target.join("release").join(name), binary).unwrap();
        }
        ran
    }

    fn digest(&self, package: &str) -> String {
        let image = format!("src/{package}/routes.img");
        let json = self.0.run(&["inspect", &image, "--format", "json"]).json();
        assert_eq!(json["kind"], "image");
        assert_eq!(json["origins"].as_array().map(Vec::len), Some(0));
        json["digest"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_shipped_service_tells_where_it_is_from() {
    let service = Service::new();
    let (orders, stock) = (service.digest("orders"), service.digest("stock"));
    service.build(Some("1d7f50d9c1a2-dirty")).good();
    let run = |args: &[&str]| service.0.run(args);

    // There are two, and both are named as they can be asked for.
    let said = run(&["inspect", "service"]).bad(1);
    assert!(
        said.starts_with("error: service: 2 different images are in it; name one:\n"),
        "{said}"
    );
    for (digest, text) in [(&orders, "orders version 3"), (&stock, "stock version 12")] {
        assert!(
            said.contains(&format!("  service#{digest}  {text}\n")),
            "{said}"
        );
    }
    let text = run(&["inspect", &format!("service#{}", &stock[..8])]).good();
    let expected = format!(
        "service\n  package   stock, version 12\n  revision  1d7f50d9c1a2, and files that were \
         changed since\n  digest    {stock}\n  catalog   "
    );
    assert!(text.starts_with(&expected), "{text}");
    assert!(text.ends_with("\nroutes\n  stock.*  stock\n"), "{text}");
    let json = run(&["inspect", &format!("service#{orders}"), "--format", "json"]).json();
    assert_eq!(json["kind"], "binary");
    assert_eq!(
        json["origins"],
        serde_json::json!([
            { "package": "orders", "version": 3, "revision": "1d7f50d9c1a2", "dirty": true }
        ])
    );
    // Every verb takes it, and the image is what it was.
    run(&["diff", &format!("service#{orders}"), "orders.yaml"]).good();
    let said = run(&["inspect", "service#ffff"]).bad(1);
    assert!(
        said.contains("no image in it begins so; name one:\n"),
        "{said}"
    );

    // Without a revision the same code is compiled, and it is said what to do.
    service.build(None).good();
    let text = run(&["inspect", &format!("service#{orders}")]).good();
    assert!(
        text.contains(
            "  package   orders, version 3\n  revision  not recorded; set ROUTEWRIGHT_REVISION when it is built\n"
        ),
        "{text}"
    );
    // A revision that would break out of its line stops the build, with words.
    let said = service.build(Some("1d7f\nrevision 2")).bad(101);
    assert!(
        said.contains("ROUTEWRIGHT_REVISION must be at most 128 visible"),
        "{said}"
    );
}

/// The program that runs this has generated code in it, unoptimised, as one of several
/// crates.
#[test]
fn a_debug_build_tells_as_well() {
    let own = std::env::current_exe().unwrap();
    let digest = fixture::TABLE.raw().digest().to_string();
    let folder = Folder::new("inspect-own");
    let asked = format!("{}#{digest}", own.display());
    let json = folder.run(&["inspect", &asked, "--format", "json"]).json();
    assert_eq!(json["origins"][0]["package"], "fixture", "{json:#}");
    assert_eq!(json["origins"][0]["version"], 7);
    assert_eq!(json["digest"], digest);
}

/// An override of the fixture: who holds it for how long, and with which words.
fn push(owner: &str) -> RouteMap {
    RouteMap {
        mode: Mode::Overlay.into(),
        version: 42,
        reason: "more chests".to_owned(),
        lease: Some(Lease {
            owner: owner.to_owned(),
            reason: "load test".to_owned(),
            ttl_ms: 7_200_000,
        }),
        removals: vec!["treasure.a".to_owned()],
        settings: vec![SettingValue {
            name: "spawn_rate".to_owned(),
            value: Some(route_map::value(&routewright_schema::model::Value::One(
                routewright::Scalar::Float(0.6),
            ))),
        }],
        ..RouteMap::default()
    }
}

fn state(map: &RouteMap) -> State {
    let bytes = route_map::encode(map);
    let baseline = fixture::TABLE.raw();
    // An engine takes no words that cannot be seen; a file can hold them all the same.
    let made = baseline.overridden(&bytes, &Limits::DEFAULT);
    State {
        sequence: 17,
        accepted: 43,
        accepted_digest: routewright::Digest::of(&bytes),
        baseline: baseline.digest(),
        fingerprint: baseline.fingerprint(),
        serving: Some(Serving {
            version: map.version,
            image: made.map_or(routewright::Digest([1; 16]), |made| made.digest()),
            published: Duration::from_secs(1_790_000_000),
            push: Arc::new(bytes),
        }),
        standing: Standing::Trial(Trial {
            closed: false,
            nanos: 12_000_000_000,
            lookups: 340,
        }),
        cause: Cause::Publish,
        reason: map.reason.clone(),
        quarantined: vec![routewright::Digest([0xc1; 16])],
    }
}

fn write(folder: &Folder, name: &str, state: &State) {
    fs::write(folder.path().join(name), state.encode().unwrap()).unwrap();
}

const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixture/routes.yaml");

#[test]
fn a_state_tells_who_holds_what() {
    let folder = Folder::new("inspect-state");
    let state = state(&push("ana"));
    write(&folder, "a.state", &state);
    let text = folder.run(&["inspect", "a.state"]).good();
    let image = state.serving.as_ref().unwrap().image;
    let expected = format!(
        "a.state
  serving   version 42, an overlay: 0 routes, 1 removal, 1 setting
  published 2026-09-21T14:13:20Z
  reason    more chests
  held by   ana, load test; ends at 2026-09-21T16:13:20Z
  cause     a push
  standing  on probation, 12s and 340 lookups before; its process runs, or died
  accepted  up to version 43
  digest    {image}
  baseline  {}
  catalog   {:016x}
  refused   image c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1, unless forced

routes that it takes away
  treasure.a

settings that it sets
  spawn_rate

`--baseline ARTEFACT` shows where events go with it
",
        state.baseline, state.fingerprint
    );
    assert_eq!(text, expected);

    let args = ["inspect", "a.state", "--baseline", BASELINE];
    let text = folder.run(&args).good();
    assert!(
        text.contains(&format!("  over      {BASELINE}, which is its baseline\n")),
        "{text}"
    );
    assert!(
        text.contains("  spawn_rate                  float       0.6\n"),
        "{text}"
    );
    assert!(text.contains("  treasure.a           audit\n"), "{text}");
    let json = folder
        .run(&[&args[..], &["--format", "json"]].concat())
        .json();
    assert_eq!(json["kind"], "state");
    assert_eq!(json["serving"]["version"], 42);
    assert_eq!(json["serving"]["digest"], image.to_string());
    assert_eq!(json["serving"]["lease"]["owner"], "ana");
    assert_eq!(json["serving"]["lease"]["ends_ms"], 1_790_007_200_000_u64);
    assert_eq!(json["cause"], "publish");
    assert_eq!(json["probation"]["lookups"], 340);
    assert_eq!(json["table"]["is_baseline"], true);
    assert_eq!(json["table"]["digest"], image.to_string());

    // Over a baseline that went on, the push is laid anew.
    let text = fs::read_to_string(BASELINE).unwrap();
    folder.write("next.yaml", &text.replace("default: 8s", "default: 9s"));
    let args = ["inspect", "a.state", "--baseline", "next.yaml"];
    let said = folder.run(&args).good();
    assert!(
        said.contains("which is not its baseline: a service with it makes the override anew"),
        "{said}"
    );
    assert!(
        said.contains("  decay                       duration    9s\n"),
        "{said}"
    );
    // One that it does not fit any more refuses it, with the path.
    folder.write(
        "gone.yaml",
        &text.replace("  treasure.a: { to: loot }\n", ""),
    );
    let args = ["inspect", "a.state", "--baseline", "gone.yaml"];
    let said = folder.run(&args).bad(1);
    assert!(
        said.contains("the override is refused\n") && said.contains("treasure.a"),
        "{said}"
    );
}

#[test]
fn the_baseline_serves_and_nothing_else_is_a_state() {
    let folder = Folder::new("inspect-state-none");
    let whole = State {
        serving: None,
        standing: Standing::Good,
        cause: Cause::Rollback,
        reason: "too many chests".to_owned(),
        quarantined: Vec::new(),
        ..state(&push("ana"))
    };
    write(&folder, "b.state", &whole);
    let text = folder.run(&["inspect", "b.state"]).good();
    let expected = "b.state\n  serving   the baseline\n  reason    too many chests\n  cause     a \
                    rollback\n  standing  good\n  accepted  up to version 43\n";
    assert!(text.starts_with(expected), "{text}");

    let mut bytes = whole.encode().unwrap();
    bytes[60] ^= 1;
    fs::write(folder.path().join("damaged.state"), &bytes).unwrap();
    fs::write(folder.path().join("cut.state"), &bytes[..40]).unwrap();
    folder.write("c.state", "something else");
    for (args, code, words) in [
        (
            &["damaged.state"][..],
            1,
            "a state of a store, but its bytes do not have its digest",
        ),
        (&["cut.state"], 1, "a state of a store, but 40 bytes, not"),
        (&["c.state"], 1, "there is no image in it"),
        (
            &["c.state", "--baseline", BASELINE],
            2,
            "goes with a state of a store",
        ),
        (
            &["b.state", "--baseline", "gone"],
            1,
            "there is no such thing",
        ),
    ] {
        let said = folder.run(&[&["inspect"], args].concat()).bad(code);
        assert!(said.contains(words), "{args:?}: {said}");
    }
}

/// What others wrote into a push is shown, and nothing of it is obeyed.
#[test]
fn words_of_others_stay_words() {
    let folder = Folder::new("inspect-words");
    let owner = "ana\u{1b}[2J\u{202e}\nreason    good";
    let map = RouteMap {
        force: Some(Force {
            reason: "now\u{7}".to_owned(),
        }),
        ..push(owner)
    };
    write(&folder, "a.state", &state(&map));
    let text = folder.run(&["inspect", "a.state"]).good();
    assert!(
        text.contains("  held by   ana\\u{1b}[2J\\u{202e} reason    good, load test; ends"),
        "{text}"
    );
    assert!(text.contains("  forced    now\\u{7}\n"), "{text}");
    let json = folder
        .run(&["inspect", "a.state", "--format", "json"])
        .json();
    assert_eq!(json["serving"]["lease"]["owner"], owner);

    // So it is with what a table holds: the text of a setting may be anything.
    let text = "a\u{1b}[31m\u{202e} b\nsettings\n  c";
    let definition = definition("orders", 3);
    folder.write(
        "a.yaml",
        &format!("{definition}settings: {{ motto: {{ type: string, default: {text:?} }} }}\n")
            .replace("\\u{1b}", "\\e")
            .replace("\\u{202e}", "\\u202E"),
    );
    let said = folder.run(&["inspect", "a.yaml"]).good();
    let line = "settings\n  motto  string  a\\u{1b}[31m\\u{202e} b settings   c\n";
    assert!(said.ends_with(line), "{said}");
    let json = folder
        .run(&["inspect", "a.yaml", "--format", "json"])
        .json();
    assert_eq!(json["settings"][0]["value"], text);
}
