//! What a conversion costs: `cargo run --release -p routewright-convert --example measure --
//! MAPPING PATH..`, or `-- --routes N` for a tree of that many routes that is made up.

use std::path::{Path, PathBuf};
use std::time::Instant;

use routewright_convert::document::collect;
use routewright_convert::mapping::Mapping;
use routewright_convert::mappings::SHIPPED;
use routewright_convert::run::convert;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [first, rest @ ..] = args.as_slice() else {
        panic!("MAPPING PATH.., or --routes N");
    };
    let made = std::env::temp_dir().join(format!("routewright-measure-{}", std::process::id()));
    let (name, paths) = match first.as_str() {
        "--routes" => {
            let count = rest[0].parse().expect("a number of routes");
            tree(&made, count);
            ("symfony-messenger", vec![made.clone()])
        }
        name => (name, rest.iter().map(PathBuf::from).collect()),
    };
    let shipped = SHIPPED.iter().find(|(shipped, _)| *shipped == name);
    let (name, text) = shipped.expect("the name of a shipped mapping");
    let mapping = Mapping::parse(name, text).expect("a mapping");
    let start = Instant::now();
    let corpus = collect(&paths, &mut |_, _| {}).expect("readable paths");
    let read = start.elapsed();
    let report = convert(&corpus, &mapping, "measured").report;
    println!(
        "{} leaves, {} routes, {} faults; read {} ms, all {} ms; {}",
        corpus.leaves(),
        report.counts.routes,
        corpus.faults.len(),
        read.as_millis(),
        start.elapsed().as_millis(),
        peak(),
    );
    for fault in &corpus.faults {
        println!("{}: {}", corpus.place(fault.span), fault.message);
    }
    if made.exists() {
        std::fs::remove_dir_all(made).expect("what was made can be removed");
    }
}

/// A thousand routes a file.
fn tree(folder: &Path, routes: usize) {
    std::fs::create_dir_all(folder).expect("a folder");
    for first in (0..routes).step_by(1000) {
        let mut text = "framework:\n  messenger:\n    routing:\n".to_owned();
        for route in first..routes.min(first + 1000) {
            text += &format!("      App\\Event{route}: [queue{}, audit]\n", route % 50);
        }
        let file = folder.join(format!("{first:08}.yaml"));
        std::fs::write(file, text).expect("a file");
    }
}

/// The most memory that the process had, as the system says.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.map_or_else(String::new, |line| {
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    })
}
