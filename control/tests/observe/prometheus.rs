//! What Prometheus makes of it, and whether the manual has all of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use routewright::{Counters, Now};
use routewright_control::Engine;
use routewright_control::follow::Follower;
use routewright_control::observe::Observer;
use routewright_control::store::{Probation, Store};
use routewright_tests::tools::{self, Tally, Tool};

use super::fleet::{self, Plane};
use super::{cell, families, ok, serve};

fn cache() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// Both pages, with every family on them that there is.
async fn pages() -> [(&'static str, String); 2] {
    let plane = Plane::start("prometheus").await;
    fleet::engine("e0", &plane).await;
    plane.push(1, 0.5).await.unwrap();
    plane.settled().await;
    plane.push(2, 0.01).await.unwrap_err();

    let folder = cache().join("observe/store");
    let _there_or_not = std::fs::remove_dir_all(&folder);
    let cell = cell();
    let (store, _) = Store::boot(&folder, Probation::NONE, cell, Now::read()).unwrap();
    let bytes = Arc::new(AtomicU64::new(1));
    let engine = Engine::new(cell).store(store).counters(move || Counters {
        config_bytes: bytes.fetch_add(1, Ordering::Relaxed),
        ..Counters::default()
    });
    cell.publish(&routewright_schema::route_map::encode(&super::spawn_rate(
        1, 0.5,
    )))
    .unwrap();
    let link = Follower::new(cell, ["http://127.0.0.1:1"]).link();
    let engine = serve(Observer::new(engine).link(link).router()).await;
    // Two samples make a rate.
    ok(engine, "/metrics").await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    [
        ("engine", ok(engine, "/metrics").await),
        ("control plane", ok(plane.pages, "/metrics").await),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promtool_takes_the_figures_and_the_alerts() {
    let pages = pages().await;
    let mut tally = Tally::new("promtool on both pages of figures and the alert rules");
    if let Some(promtool) = tally.fetch(Tool::Promtool, cache()) {
        for (whose, page) in &pages {
            let said = fed(promtool.command().args(["check", "metrics"]), page);
            assert_eq!(said, "", "{whose}: {page}");
        }
        // It would object to a figure that nobody explains.
        let bare = "# TYPE routewright_bare_total counter\nroutewright_bare_total 1\n";
        let said = fed(promtool.command().args(["check", "metrics"]), bare);
        assert!(said.contains("no help text"), "{said}");

        let alerts = docs().join("alerts");
        for (verb, file) in [
            ("check", "routewright.rules.yml"),
            ("test", "routewright.test.yml"),
        ] {
            let mut command = promtool.command();
            let ran = command.current_dir(&alerts).args([verb, "rules", file]);
            let said = tools::said(ran).unwrap_or_else(|why| panic!("{why}"));
            let said = String::from_utf8(said).unwrap();
            assert!(said.contains("SUCCESS"), "{said}");
        }
    }
    tally.finish();
}

/// What a command says of this input.
fn fed(command: &mut Command, input: &str) -> String {
    use std::io::Write;
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8(said).unwrap()
}

/// The manual has a row for every family, and no other rows; alerts use only those.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_manual_has_every_figure_and_every_alert() {
    let [(_, engine), (_, control)] = pages().await;
    let there: BTreeSet<String> = &families(&engine) | &families(&control);
    let manual = std::fs::read_to_string(docs().join("observability.md")).unwrap();
    let rows = manual.lines().filter_map(|line| line.strip_prefix("| `"));
    let explained: BTreeSet<String> = rows
        .filter_map(|row| row.split(['`', '{']).next())
        .filter(|name| name.contains('_') && !name.contains(['.', ' ']) && is_figure(name))
        .map(str::to_owned)
        .collect();
    assert_eq!(explained, there);

    let rules = std::fs::read_to_string(docs().join("alerts/routewright.rules.yml")).unwrap();
    let exprs: String = expressions(&rules);
    let words = exprs.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let used: BTreeSet<&str> = words.filter(|word| is_figure(word)).collect();
    assert!(!used.is_empty());
    for figure in used {
        assert!(there.contains(figure), "an alert is about {figure}");
    }
    let alerts: Vec<&str> = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
        .collect();
    let tests = std::fs::read_to_string(docs().join("alerts/routewright.test.yml")).unwrap();
    for alert in alerts {
        assert!(manual.contains(&format!("\n### {alert}\n")), "{alert}");
        // One that stays silent, one that does not.
        let named = tests.matches(&format!("alertname: {alert}")).count();
        assert!(named >= 2, "{alert} is tested {named} times");
    }
}

fn is_figure(word: &str) -> bool {
    ["routewright_", "config_", "static_mesh_"]
        .iter()
        .any(|prefix| word.starts_with(prefix))
}

/// The lines of all `expr`.
fn expressions(rules: &str) -> String {
    let mut inside = false;
    let mut all = String::new();
    for line in rules.lines() {
        inside = match line.trim_start() {
            expr if expr.starts_with("expr:") => true,
            other if other.starts_with("or ") || other.starts_with("increase(") => inside,
            _ => false,
        };
        if inside {
            all.push_str(line);
            all.push('\n');
        }
    }
    all
}
