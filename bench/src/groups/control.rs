//! The control plane: how long a push takes to come to engines, and what that costs.

mod boot;
mod engines;
mod idle;
mod people;
mod process;
mod stalled;

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use routewright::{Image, RouteTable};

use crate::checkout::Scratch;
use crate::definition;
use crate::harness::{Options, progress};
use crate::images::TABLE_10000;
use crate::live;
use crate::names::names;
use crate::report::{Goal, Row, Section, Table, figure};
use engines::Engine;
use idle::Traffic;
use people::Pusher;
use process::Process;

const MIB: f64 = (1 << 20) as f64;
/// Engines of a fleet, and how many of them stop reading.
const ENGINES: usize = 500;
const STALLED: usize = 50;
/// A memory disk, where there is one: what remains is not the disk's time.
const MEMORY: &str = "/dev/shm";

/// The group.
pub fn run(options: Options) -> Section {
    let mut section = Section::new("control");
    section.notes.push(
        "`routewright-control serve` as a process of its own; engines are followers over TCP on \
         loopback, each with a cell and a connection of its own, all in the process of the bench. \
         A push is a complete map in which one route is different, to all engines at once \
         (stages off). *Until ACK*: from before the push is sent until whoever pushed has been \
         told that the engine has acknowledged it. Nothing is sent before it is in the ledger, \
         so this waits for the disk once; *until done* waits for it a second time, for the end \
         of the rollout. What one write of 4 KiB with `fdatasync` takes on that disk is a row of \
         its own. With the ledger in memory, the rest remains. Memory is the resident memory of the control plane alone."
            .into(),
    );
    let bench = Bench {
        program: process::program(),
        scratch: Scratch::new("control"),
        memory: Path::new(MEMORY)
            .is_dir()
            .then(|| Scratch::within(MEMORY.as_ref(), "control")),
        options,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("threads");
    runtime.block_on(bench.latency(&mut section));
    runtime.block_on(bench.fleet(&mut section));
    runtime.block_on(bench.many(&mut section));
    runtime.block_on(bench.idle(&mut section));
    drop(runtime);
    let times = boot::time(&TABLE_10000, options);
    let mut table = Table::new("an engine starts with an override of 10,000 routes on disk");
    table.columns = ["p50 (ms)", "p99 (ms)"].map(str::to_owned).into();
    table.rows.push(row(
        "`Store::boot`",
        &[part(&times, 0.5), part(&times, 0.99)],
    ));
    section.tables.push(table);
    let what = "engine starts from disk, 10,000 routes, p99 (ms)";
    section
        .goals
        .push(Goal::at_most(what, 100.0, part(&times, 0.99)));
    progress("");
    section
}

struct Bench {
    program: PathBuf,
    scratch: Scratch,
    memory: Option<Scratch>,
    options: Options,
}

impl Bench {
    /// From a push until it is known that an engine has it.
    async fn latency(&self, section: &mut Section) {
        let mut table = Table::new("a push to one engine");
        table.columns = ["p50 (ms)", "p99 (ms)", "slowest (ms)"]
            .map(str::to_owned)
            .into();
        let disk = sync_times(&self.scratch, self.pushes(2_000));
        let folders = [
            ("on disk", Some(&self.scratch)),
            ("in memory", self.memory.as_ref()),
        ];
        for (routes, limit) in [(30, 1.0), (1_000, 3.0)] {
            for (place, folder) in folders {
                let Some(folder) = folder else { continue };
                let title = format!("{} routes, ledger {place}", figure(routes as f64));
                progress(&title);
                let (times, ends) = self.until_ack(routes, folder).await;
                let reached = part(&times, 0.99);
                let mut goal =
                    Goal::at_most(format!("push until ACK, {title}, p99 (ms)"), limit, reached);
                if place == "on disk" {
                    goal.possible = Some(figure(part(&disk, 0.5)));
                }
                section.goals.push(goal);
                for (what, times) in [("ACK", times), ("done", ends)] {
                    let of = [0.5, 0.99, 1.0].map(|share| part(&times, share));
                    table.rows.push(row(&format!("until {what}, {title}"), &of));
                }
            }
        }
        let fsync = [part(&disk, 0.5), part(&disk, 0.99), part(&disk, 1.0)];
        table
            .rows
            .push(row("(one write of 4 KiB to that disk)", &fsync));
        section.tables.push(table);
    }

    /// Until the engine's ACK is known, and until the end is.
    async fn until_ack(&self, routes: usize, folder: &Scratch) -> (Vec<f64>, Vec<f64>) {
        let baseline = baseline(routes);
        let plane = Process::start(
            &self.program,
            &folder.path(&format!("{routes}.redb")),
            "127.0.0.1:0",
        );
        let _engine = engines::start(1, &baseline, &plane.url()).await;
        let mut pusher = Pusher::new(&plane.url(), live::map_of(&baseline)).await;
        let (mut times, mut ends) = (Vec::new(), Vec::new());
        let warm = self.pushes(100);
        for at in 0..warm + self.pushes(2_000) {
            let push = pusher.next();
            let start = Instant::now();
            let revision = pusher.push(push).await;
            let (acknowledged, state) = pusher.follow(revision).await;
            let acknowledged = acknowledged.expect("the engine has it");
            if at >= warm {
                ends.push(start.elapsed().as_secs_f64() * 1e3);
                times.push(acknowledged.duration_since(start).as_secs_f64() * 1e3);
            }
            assert_eq!((state.acknowledged, state.engines), (1, 1), "{state:?}");
        }
        (times, ends)
    }

    /// Many engines: a push, a rollback, a restart, and some that stop reading.
    async fn fleet(&self, section: &mut Section) {
        let baseline = baseline(1_000);
        let ledger = self.scratch.path("fleet.redb");
        let plane = Process::start(&self.program, &ledger, "127.0.0.1:0");
        let (url, address) = (plane.url(), plane.address.clone());
        let all = figure(ENGINES as f64);
        progress(&format!("{all} engines"));
        let fleet = engines::start(ENGINES, &baseline, &url).await;
        let mut pusher = Pusher::new(&url, live::map_of(&baseline)).await;
        let (mut pushes, mut rollbacks) = (Vec::new(), Vec::new());
        for _ in 0..self.pushes(200) / 10 {
            let push = pusher.next();
            let start = Instant::now();
            let revision = pusher.push(push).await;
            pusher.end_of(revision).await;
            pushes.push(reached(&fleet, pusher.map.version, start));
            let start = Instant::now();
            let revision = pusher.roll_back().await;
            let state = pusher.end_of(revision).await;
            rollbacks.push(reached(&fleet, state.version, start));
        }
        let mut table = Table::new(format!(
            "{all} engines, 1,000 routes: engines that serve it, from before the push"
        ));
        table.columns = ["p50 (ms)", "p99 (ms)", "last (ms)"]
            .map(str::to_owned)
            .into();
        for (name, rounds) in [("push", &pushes), ("rollback", &rollbacks)] {
            // Of the median round; the slowest round for the goal.
            let of = |share| {
                rounds
                    .iter()
                    .map(|times| part(times, share))
                    .collect::<Vec<_>>()
            };
            table.rows.push(row(
                name,
                &[
                    part(&of(0.5), 0.5),
                    part(&of(0.99), 0.5),
                    part(&of(1.0), 0.5),
                ],
            ));
            let what = format!(
                "{name} to {all} engines, p99 of the engines, slowest of {} (s)",
                rounds.len()
            );
            section
                .goals
                .push(Goal::at_most(what, 1.0, part(&of(0.99), 1.0) / 1e3));
        }
        section.tables.push(table);
        let memory = plane.memory() / MIB;
        let what = format!("memory with {all} engines (MiB)");
        section.goals.push(Goal::at_most(what, 128.0, memory));

        let revision = {
            let push = pusher.next();
            pusher.push(push).await
        };
        pusher.end_of(revision).await;
        let plane = self
            .restart(section, plane, &fleet, &ledger, &address)
            .await;
        self.stall(section, &plane, &baseline, &fleet, pusher.map)
            .await;
    }

    /// Killed, and another one some seconds later; nothing has changed meanwhile.
    async fn restart(
        &self,
        section: &mut Section,
        plane: Process,
        fleet: &[Engine],
        ledger: &Path,
        address: &str,
    ) -> Process {
        engines::all(fleet, "in step", Engine::in_step).await;
        let updates = |fleet: &[Engine]| {
            let updated = fleet.iter().map(|engine| engine.link.status().offered);
            updated.collect::<Vec<_>>()
        };
        let before = updates(fleet);
        drop(plane);
        engines::all(fleet, "alone", |engine| !engine.link.status().connected).await;
        // So that pauses between attempts have grown.
        tokio::time::sleep(Duration::from_secs(8)).await;
        let start = Instant::now();
        let plane = Process::start(&self.program, ledger, address);
        let times = engines::all(fleet, "in step", Engine::in_step).await;
        let last = start.elapsed().as_secs_f64();
        let times: Vec<f64> = times.iter().map(Duration::as_secs_f64).collect();
        let again = updates(fleet)
            .iter()
            .zip(&before)
            .filter(|(a, b)| a != b)
            .count();
        let mut table = Table::new(format!(
            "{} engines come back to a control plane that was killed and, after 8 s, started again",
            figure(fleet.len() as f64)
        ));
        table.columns = ["p50 (s)", "p99 (s)", "last (s)", "were sent a map"]
            .map(str::to_owned)
            .into();
        table.rows.push(row(
            "NotModified was heard",
            &[part(&times, 0.5), part(&times, 0.99), last, again as f64],
        ));
        section.tables.push(table);
        section.goals.extend([
            Goal::at_most("all are back after a restart (s)", 10.0, last),
            Goal::at_most("of them were sent a map, whole or delta", 0.0, again as f64),
        ]);
        plane
    }

    /// Some streams are no longer read, while pushes go on.
    async fn stall(
        &self,
        section: &mut Section,
        plane: &Process,
        baseline: &RouteTable<Image>,
        fleet: &[Engine],
        map: routewright_schema::pb::RouteMap,
    ) {
        let title = format!("{STALLED} more streams that nobody reads");
        progress(&title);
        let mut pusher = Pusher::new(&plane.url(), map).await;
        let before = plane.memory();
        let stalled = stalled::open(STALLED, baseline, &plane.url()).await;
        let pushes = self.pushes(300);
        let mut most: f64 = 0.0;
        for _ in 0..pushes {
            let push = pusher.next();
            let revision = pusher.push(push).await;
            pusher.end_of(revision).await;
            most = most.max(plane.memory());
        }
        let state = pusher.fleet().await;
        let connected = state
            .engines
            .iter()
            .filter(|engine| engine.connected)
            .count();
        // Or it was not they that were measured.
        assert_eq!(connected, fleet.len() + stalled.len());
        let mut table = Table::new(format!(
            "{title}, beside {} that are, {pushes} pushes",
            figure(fleet.len() as f64)
        ));
        table.columns = ["before (MiB)", "most (MiB)", "growth (MiB)"]
            .map(str::to_owned)
            .into();
        let growth = (most - before) / MIB;
        table
            .rows
            .push(row("memory", &[before / MIB, most / MIB, growth]));
        section.tables.push(table);
        section.goals.push(Goal::at_most(
            format!("growth of memory by {title} (MiB)"),
            64.0,
            growth,
        ));
    }

    /// Memory over many pushes.
    async fn many(&self, section: &mut Section) {
        let pushes = self.pushes(10_000);
        let title = format!(
            "memory over {} pushes, 5 engines, 30 routes",
            figure(pushes as f64)
        );
        progress(&title);
        let baseline = baseline(30);
        let folder = self.memory.as_ref().unwrap_or(&self.scratch);
        let plane = Process::start(&self.program, &folder.path("many.redb"), "127.0.0.1:0");
        let _fleet = engines::start(5, &baseline, &plane.url()).await;
        let mut pusher = Pusher::new(&plane.url(), live::map_of(&baseline)).await;
        let (mut table, mut after) = (Table::new(title), Vec::new());
        table.columns = vec!["MiB".to_owned()];
        for at in 1..=pushes {
            let push = pusher.next();
            let revision = pusher.push(push).await;
            pusher.end_of(revision).await;
            if at % (pushes / 10) == 0 {
                let memory = plane.memory() / MIB;
                table
                    .rows
                    .push(row(&format!("after {}", figure(at as f64)), &[memory]));
                after.push(memory);
            }
        }
        // From when the ledger's cache is full.
        let warm = &after;
        let change = warm
            .iter()
            .map(|m| (m / warm[0] - 1.0).abs() * 100.0)
            .fold(0.0, f64::max);
        section.tables.push(table);
        let what = format!(
            "change of memory over {} pushes, after a tenth of them (%)",
            figure(pushes as f64)
        );
        section.goals.push(Goal::at_most(what, 2.0, change));
    }

    /// A connection on which nothing happens.
    async fn idle(&self, section: &mut Section) {
        let watched = Duration::from_secs(if self.options.quick { 12 } else { 120 });
        progress(&format!("idle for {watched:?}"));
        let plane = Process::start(
            &self.program,
            &self.scratch.path("idle.redb"),
            "127.0.0.1:0",
        );
        let (traffic, url) = Traffic::through(plane.address.clone()).await;
        let _engine = engines::start(1, &baseline(30), &url).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        traffic.clear();
        tokio::time::sleep(watched).await;
        let (content, wire) = traffic.bytes();
        let a_day = |bytes: usize| bytes as f64 * 86_400.0 / watched.as_secs_f64() / 1e6;
        let mut table = Table::new(format!(
            "an engine to which nothing happens, {watched:?} of it"
        ));
        table.columns = ["bytes", "MB a day"].map(str::to_owned).into();
        table
            .rows
            .push(row("HTTP/2", &[content as f64, a_day(content)]));
        table.rows.push(row(
            "with TCP/IP headers and ACKs",
            &[wire as f64, a_day(wire)],
        ));
        section.tables.push(table);
        section.goals.push(Goal::at_most(
            "idle traffic of an engine (MB a day)",
            2.1,
            a_day(wire),
        ));
    }

    fn pushes(&self, all: usize) -> usize {
        if self.options.quick { all / 10 } else { all }
    }
}

/// What engines of so many routes are compiled with.
fn baseline(routes: usize) -> RouteTable<Image> {
    definition::table(names(routes).0.iter().map(String::as_str))
}

/// After how many milliseconds each engine served that version.
fn reached(fleet: &[Engine], version: u64, start: Instant) -> Vec<f64> {
    let time = |engine: &Engine| {
        let (serves, since) = engine.serves();
        assert_eq!(serves, version, "{:?}", engine.link.status());
        since.duration_since(start).as_secs_f64() * 1e3
    };
    fleet.iter().map(time).collect()
}

/// What a disk takes to keep 4 KiB, in milliseconds.
fn sync_times(folder: &Scratch, rounds: usize) -> Vec<f64> {
    let mut file = File::create(folder.path("sync")).expect("a file");
    let mut time = || {
        file.write_all(&[1; 4_096]).expect("room");
        let start = Instant::now();
        file.sync_data().expect("a disk");
        start.elapsed().as_secs_f64() * 1e3
    };
    (0..rounds.min(300)).map(|_| time()).collect()
}

/// The value below which that share of the values lies.
fn part(values: &[f64], share: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let at = (values.len().saturating_sub(1)) as f64 * share;
    values.get(at.round() as usize).copied().unwrap_or(f64::NAN)
}

fn row(contender: &str, more: &[f64]) -> Row {
    Row {
        contender: contender.to_owned(),
        time_ns: None,
        ratio: None,
        more: more.to_vec(),
    }
}
