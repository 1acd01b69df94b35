//! SIGKILL to engines that keep their override on disk, while somebody pushes.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use routewright::Now;
use routewright_control::follow::Follower;
use routewright_control::store::{Note, Probation, Store};
use routewright_tests::tools::note;

use crate::dice::Dice;
use crate::engines;
use crate::people::{People, code, map};
use crate::process::{Process, place};
use crate::{PATIENCE, rounds, until};

/// Says who it is to the process that plays an engine.
const ENGINE: &str = "ROUTEWRIGHT_FAULTS_ENGINE";
const ENGINES: usize = 3;
/// A life, at most.
const LIFE: Duration = Duration::from_millis(150);

/// Not a test, but the program of an engine; it is called by the test below.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the program of an engine"]
async fn engine() {
    let text = std::env::var(ENGINE).expect("it is called by a test");
    let [name, url, folder] = text.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{text}");
    };
    let cell = engines::cell();
    let (store, boot) = Store::boot(folder, Probation::NONE, cell, Now::read()).unwrap();
    // Files that were being written when it died are all that it may find.
    let odd = |note: &&Note| !matches!(note, Note::Unfinished { .. });
    assert_eq!(boot.notes.iter().find(odd), None);
    println!("\nSERVES {}", cell.status().table.version());
    cell.on_change(|changed| println!("\nSERVES {}", changed.after));
    tokio::spawn(Follower::new(cell, [url]).name(name).store(store).run());
    loop {
        if !engines::routes(cell) {
            println!("\nUNROUTED");
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// What an engine has told over all of its lives.
#[derive(Default)]
struct Told {
    versions: Vec<u64>,
    unrouted: bool,
}

struct Engine {
    name: String,
    folder: PathBuf,
    child: Child,
    told: Arc<Mutex<Told>>,
}

impl Engine {
    fn start(name: &str, url: &str, folder: &Path) -> Engine {
        let told = Arc::default();
        Engine {
            child: life(name, url, folder, &told),
            name: name.to_owned(),
            folder: folder.to_owned(),
            told,
        }
    }

    fn die(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn version(&self) -> Option<u64> {
        self.told.lock().unwrap().versions.last().copied()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _it_may_be_dead = self.child.kill();
        let _ = self.child.wait();
    }
}

fn life(name: &str, url: &str, folder: &Path, told: &Arc<Mutex<Told>>) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["kill_engine::engine", "--exact", "--ignored", "--nocapture"])
        .env(ENGINE, format!("{name} {url} {}", folder.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (lines, told) = (
        BufReader::new(child.stdout.take().unwrap()).lines(),
        told.clone(),
    );
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let mut told = told.lock().unwrap();
            match line.strip_prefix("SERVES ") {
                Some(version) => told.versions.extend(version.parse::<u64>()),
                None => told.unrouted |= line == "UNROUTED",
            }
        }
    });
    child
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_is_killed_serves_what_it_acknowledged() {
    let rounds = rounds("ROUTEWRIGHT_ENGINE_KILLS", 20);
    let began = Instant::now();
    let (mut dice, ledger) = (Dice::new(), place("kill-engine"));
    let plane = Process::start(&ledger);
    let url = plane.url();
    let mut engines: Vec<Engine> = (0..ENGINES)
        .map(|at| {
            let folder = ledger.with_file_name(format!("store-{at}"));
            Engine::start(&format!("engine-{at}"), &url, &folder)
        })
        .collect();
    until("all engines serve", || {
        engines.iter().all(|e| e.version().is_some())
    })
    .await;

    let ends = Arc::new(AtomicBool::new(false));
    let pusher = tokio::spawn(push_on(url.clone(), ends.clone()));
    let mut people = People::at(&url).await.unwrap();
    let mut killed_in = [0; ENGINES];
    for round in 0..rounds {
        tokio::time::sleep(dice.pause(LIFE)).await;
        // Twice in one rollout would be a reason to take it back, and should be.
        let (at, fleet) = loop {
            let at = dice.below(ENGINES as u64) as usize;
            let fleet = people.fleet().await;
            if fleet.revision > killed_in[at] + 1 {
                killed_in[at] = fleet.revision;
                break (at, fleet);
            }
            assert!(began.elapsed() < PATIENCE * (round + 1));
            tokio::time::sleep(Duration::from_millis(1)).await;
        };
        let engine = &mut engines[at];
        let known = fleet.engines.iter().find(|state| state.name == engine.name);
        let acknowledged = known
            .and_then(|state| state.serving.as_ref())
            .map_or(0, |s| s.version);
        engine.die();
        let lives = engine.told.lock().unwrap().versions.len();
        engine.child = life(&engine.name, &url, &engine.folder, &engine.told);
        let told = engine.told.clone();
        until("it lives again", || {
            told.lock().unwrap().versions.len() > lives
        })
        .await;
        let booted = told.lock().unwrap().versions[lives];
        assert!(
            booted >= acknowledged,
            "round {round}: {} begins with {booted}, and had acknowledged {acknowledged}",
            engine.name
        );
    }
    ends.store(true, Ordering::Relaxed);
    let (pushes, last) = pusher.await.unwrap();
    until("all engines serve the last version", || {
        engines.iter().all(|engine| engine.version() == Some(last))
    })
    .await;
    for engine in &engines {
        let told = engine.told.lock().unwrap();
        assert!(!told.unrouted, "{}", engine.name);
        assert!(
            told.versions.is_sorted(),
            "{}: {:?}",
            engine.name,
            told.versions
        );
    }
    for decision in people.history().await {
        assert_eq!(
            (decision.kind.as_str(), decision.state.as_str()),
            ("push", "done"),
            "{decision:?}"
        );
    }
    note(&format!(
        "faults: engines killed {rounds} times in {:.0} s, under {pushes} pushes",
        began.elapsed().as_secs_f64()
    ));
}

/// Pushes until told to end; how many, and the last.
async fn push_on(url: String, ends: Arc<AtomicBool>) -> (u64, u64) {
    let mut people = People::at(&url).await.unwrap();
    let (mut next, began) = (1, Instant::now());
    while !ends.load(Ordering::Relaxed) || next == 1 {
        match people.push(&map(next, next)).await.unwrap() {
            Ok(applied) => {
                assert_eq!(people.end_of(applied.revision).await.state, "done");
                next += 1;
            }
            Err(refusal) => {
                assert!(
                    ["rollout_in_progress", "not_ready"].contains(&code(&refusal)),
                    "{refusal:?}"
                );
                assert!(next > 1 || began.elapsed() < PATIENCE);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }
    (next - 1, next - 1)
}
