//! `demo`: the whole way once, on real processes: a control plane, and three engines that
//! follow it while events flow through them.

mod engine;
mod plane;
mod programs;
mod show;
mod steps;

use std::path::PathBuf;
use std::time::Instant;

use routewright_codegen::files;
use routewright_schema::analysis;

use crate::project::{self, Project};
use crate::report::{Done, Failure, say};
use engine::Engine;
use plane::Plane;

/// What the engines are called.
const NAMES: [&str; 3] = ["hunt-1", "hunt-2", "hunt-3"];

#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask demo\n  cargo xtask demo --events 1000000")]
pub struct Args {
    /// Events that each engine decides at least: by the baseline, by an override, and with the
    /// control plane dead
    #[arg(long, default_value_t = 50_000)]
    events: u64,
}

/// The processes, and where they keep what they keep.
struct Fleet {
    plane: Plane,
    engines: Vec<Engine>,
    // Dropped last: they write there.
    _folder: Folder,
}

/// Exit code 1 if anything is not as it should be.
pub fn run(args: &Args) -> Done {
    check()?;
    let mut fleet = start()?;
    for engine in &mut fleet.engines {
        engine.wait_until(0, args.events)?;
    }
    say(format_args!(
        "3 stream    {} events in each of them, decided by the compiled baseline",
        show::thousands(args.events)
    ));
    steps::push(&mut fleet, args.events)?;
    steps::refuse(&mut fleet)?;
    steps::lend(&mut fleet)?;
    steps::kill(&mut fleet, args.events)?;
    steps::roll_back(&mut fleet)?;
    let ended = fleet.engines.into_iter().map(Engine::stop);
    let ended: Vec<_> = ended.collect::<Result<_, _>>()?;
    say("9 stop      the engines ended by themselves, exit code 0\n");
    show::ledgers(&NAMES, &ended)
}

/// Checks the example and its generated code.
fn check() -> Done {
    let project = Project::of_package(&programs::checkout(), "treasure-hunt")?;
    let (loaded, table) = project.compile_tested()?;
    let verdicts = analysis::test::run(&loaded, &table, &analysis::test::Given::now());
    if let Some(bad) = verdicts.iter().find(|v| !v.failures.is_empty()) {
        return Err(Failure::Bad(format!(
            "the example's own test of {} fails: {}",
            bad.about, bad.failures[0]
        )));
    }
    say(format_args!(
        "1 check     examples/treasure-hunt: {} events, {} routes, {} settings, {} rules; its {} tests pass",
        loaded.definition.events.len(),
        loaded.definition.routes.len(),
        loaded.definition.settings.len(),
        loaded.definition.rules.len(),
        verdicts.len()
    ));
    let out = project.out.clone().unwrap_or_default();
    let generated = routewright_codegen::from_paths(&project.definitions, &project.options())
        .map_err(|e| Failure::Bad(e.to_string()))?;
    let stale = files::check(&generated.files, &out)?;
    if let Some(difference) = stale.first() {
        return Err(Failure::Bad(format!(
            "{}: {difference}; run `cargo xtask codegen`",
            out.display()
        )));
    }
    say(format_args!(
        "            its generated code is fresh ({} files)",
        generated.files.len()
    ));
    Ok(())
}

fn start() -> Result<Fleet, Failure> {
    let programs = programs::build()?;
    let began = Instant::now();
    let folder = Folder::new()?;
    let mut plane = Plane::start(&programs.plane, &folder.0.join("ledger.redb"))?;
    let engines = NAMES.map(|name| {
        let keep = folder.0.join(name);
        Engine::start(&programs.engine, name, &plane.url(), &keep)
    });
    let engines: Vec<Engine> = engines.into_iter().collect::<Result<_, _>>()?;
    plane.wait_until("all engines are there", |fleet| {
        fleet.engines.iter().filter(|e| e.connected).count() == NAMES.len()
    })?;
    say(format_args!(
        "2 start     a control plane on {}; {} follow it: four processes, together after {} ms",
        plane.address(),
        NAMES.join(", "),
        began.elapsed().as_millis()
    ));
    Ok(Fleet {
        plane,
        engines,
        _folder: folder,
    })
}

/// A folder that goes away with the demo.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Folder, Failure> {
        let name = format!("routewright-demo-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path)?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _it_is_only_rubbish = std::fs::remove_dir_all(&self.0);
    }
}

/// The project of a package in a workspace that may not be the current one.
impl Project {
    fn of_package(checkout: &std::path::Path, package: &str) -> Result<Project, Failure> {
        let projects = project::of_workspace(Some(checkout))?;
        projects
            .into_iter()
            .find(|p| p.name == package)
            .ok_or_else(|| Failure::Bad(format!("{} has no package {package}", checkout.display())))
    }
}
