//! What code for names that nobody here chose costs: from YAML to files, and what rustc
//! takes for them over a crate without them. Medians of five runs.
//!
//! ```text
//! cargo run --release -p routewright-tests --example catalogues
//! ```

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{env, fs};

use routewright_codegen::{Options, files, from_paths};
use routewright_schema::format::yaml_write;
use routewright_tests::catalogues;

const ROUNDS: usize = 5;

fn main() {
    let folder = env::temp_dir().join(format!("routewright-catalogues-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let library = library();
    fs::write(folder.join("empty.rs"), "").expect("to write");
    let empty = median(|| rustc(&folder.join("empty.rs"), &library));
    println!(
        "{:28} {:>7} {:>12} {:>16}",
        "catalogue", "names", "codegen ms", "rustc CPU ms"
    );
    for catalogue in catalogues::all() {
        let own = folder.join(&catalogue.name);
        fs::create_dir_all(&own).expect("a folder");
        let yaml = own.join("routes.yaml");
        let definition = catalogues::definition(&catalogue);
        fs::write(&yaml, yaml_write::write(&definition)).expect("to write");
        let codegen = median(|| {
            let start = Instant::now();
            let generated = from_paths(std::slice::from_ref(&yaml), &Options::default());
            let generated = generated.unwrap_or_else(|failure| panic!("{failure}"));
            files::write(&generated.files, &own).expect("to write");
            start.elapsed().as_secs_f64() * 1e3
        });
        let lib = "pub mod routes { include!(\"routes.rs\"); }\n";
        fs::write(own.join("lib.rs"), lib).expect("to write");
        let compile = median(|| rustc(&own.join("lib.rs"), &library)) - empty;
        println!(
            "{:28} {:>7} {codegen:>12.0} {compile:>+16.0}",
            catalogue.name,
            catalogue.names.len(),
        );
    }
    println!("an empty crate takes {empty:.0} ms of CPU");
    fs::remove_dir_all(&folder).expect("to remove what was made here");
}

fn median(mut run: impl FnMut() -> f64) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS).map(|_| run()).collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

/// CPU time of compiling a library, in milliseconds; whole, with code.
fn rustc(file: &Path, library: &Path) -> f64 {
    let before = children_ms();
    let mut reference = std::ffi::OsString::from("routewright=");
    reference.push(library);
    let status = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args([
            "--edition=2024",
            "--crate-type=rlib",
            "--crate-name=it",
            "--cap-lints=allow",
        ])
        .arg("--extern")
        .arg(reference)
        .arg("-L")
        .arg(library.with_file_name("deps"))
        .arg("-o")
        .arg(file.with_extension("rlib"))
        .arg(file)
        .status()
        .expect("rustc");
    assert!(status.success());
    children_ms() - before
}

/// CPU time of all children that have ended; user and system, in ticks of 10 ms.
fn children_ms() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit(") ").next().unwrap_or("");
    let fields: Vec<f64> = after_name
        .split(' ')
        .filter_map(|f| f.parse().ok())
        .collect();
    // The state is no number, so that fields begin with the parent: cutime and cstime are
    // the 16th and 17th of the whole line.
    10.0 * (fields[12] + fields[13])
}

/// The runtime, as cargo has built it.
fn library() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package=routewright"])
        .arg("--message-format=json-render-diagnostics")
        .output()
        .expect("cargo");
    let said = String::from_utf8_lossy(&output.stdout);
    said.lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "routewright")
        .find_map(|message| message["filenames"][0].as_str().map(PathBuf::from))
        .expect("the runtime")
}
