//! From a change of one line to a service that can be started.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::checkout::{Scratch, cargo, root, tool};
use crate::child::Cost;
use crate::harness::Options;
use crate::report::{Row, Section, Spread, Table};

/// What is changed, and to what and back.
const DEFINITION: (&str, &str, &str) = ("routes/routes.yaml", "timeout: 250ms", "timeout: 251ms");
const OWN_CODE: (&str, &str, &str) = ("src/main.rs", "fn main()", "fn  main()");

pub fn run(options: Options, section: &mut Section) {
    section.notes.push(
        "The wait is that of a person: seconds on the wall, of codegen with the tool as `cargo \
         xtask` builds it and of `cargo build` in the profile dev, for examples/treasure-hunt. \
         Beside it the same for a line of its own code, of which no step is ours."
            .to_owned(),
    );
    let service = Service::new();
    service.build();
    let rounds = if options.quick { 3 } else { 9 };
    let (mut codegen, mut after, mut own) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        service.change(DEFINITION);
        codegen.push(service.codegen());
        after.push(service.build());
        service.change(OWN_CODE);
        own.push(service.build());
    }
    let mut table = Table::new("a line changed, until the service is rebuilt (wall)");
    table.columns = ["CPU s", "peak MiB"].map(str::to_owned).to_vec();
    let both: Vec<Cost> = codegen.iter().zip(&after).map(|(a, b)| sum(a, b)).collect();
    let first = wall(&own).median;
    for (name, costs) in [
        ("own code: cargo build", &own),
        ("definition: codegen and cargo build", &both),
        ("- of that, codegen", &codegen),
    ] {
        let wall = wall(costs);
        table.rows.push(Row {
            contender: name.to_owned(),
            ratio: Some(wall.median / first),
            time_ns: Some(wall),
            more: vec![
                Spread::of(costs.iter().map(|cost| cost.cpu)).median,
                Spread::of(costs.iter().map(|cost| cost.peak)).median / f64::from(1 << 20),
            ],
        });
    }
    section.tables.push(table);
}

fn wall(costs: &[Cost]) -> Spread {
    Spread::of(costs.iter().map(|cost| cost.wall * 1e9))
}

/// Of one after the other.
fn sum(a: &Cost, b: &Cost) -> Cost {
    Cost {
        cpu: a.cpu + b.cpu,
        wall: a.wall + b.wall,
        peak: a.peak.max(b.peak),
    }
}

/// A copy of the example in a workspace of its own, so that nothing here is changed.
struct Service {
    scratch: Scratch,
    tool: PathBuf,
}

impl Service {
    fn new() -> Service {
        let (scratch, root) = (Scratch::new("rebuild"), root());
        copy(
            &root.join("examples/treasure-hunt"),
            &scratch.path("service"),
        );
        let text = |path: &Path| fs::read_to_string(path).expect("a file of the checkout");
        let absolute = format!("path = \"{}/", root.display());
        let mut workspace = text(&root.join("Cargo.toml")).replace("path = \"", &absolute);
        if let Some(members) = workspace.lines().find(|line| line.starts_with("members")) {
            workspace = workspace.replace(members, "members = [\"service\"]");
        }
        scratch.write("Cargo.toml", &workspace);
        let package = text(&scratch.path("service/Cargo.toml"));
        scratch.write(
            "service/Cargo.toml",
            &package.replace("path = \"../../", &absolute),
        );
        scratch.write("Cargo.lock", &text(&root.join("Cargo.lock")));
        Service {
            scratch,
            tool: tool("dev"),
        }
    }

    /// Does the change, or takes it back.
    fn change(&self, (file, one, other): (&str, &str, &str)) {
        let path = self.scratch.path("service").join(file);
        let text = fs::read_to_string(&path).expect("it was copied");
        let (from, to) = if text.contains(one) {
            (one, other)
        } else {
            (other, one)
        };
        assert!(
            text.contains(from),
            "{file} has changed; what is there to change?"
        );
        fs::write(&path, text.replacen(from, to, 1)).expect("written");
    }

    fn codegen(&self) -> Cost {
        Cost::of(
            Command::new(&self.tool)
                .arg("codegen")
                .current_dir(self.scratch.path("")),
        )
    }

    fn build(&self) -> Cost {
        let target = root().join("bench/target/rebuild");
        Cost::of(
            cargo()
                .args(["build", "--offline", "--package=treasure-hunt"])
                .env("CARGO_TARGET_DIR", target)
                .env_remove("CARGO_INCREMENTAL")
                .current_dir(self.scratch.path("")),
        )
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder of the checkout") {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, to).expect("copied");
        }
    }
}
