//! What was counted before, in `baseline.json`, and what is counted now.

use std::fmt::Write as _;
use std::process::Command;
use std::{env, fs};

use routewright_counts::ALL;
use routewright_tests::tools::{note, said};
use serde_json::{Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/baseline.json");
const BLESS: &str = "ROUTEWRIGHT_BLESS=1 cargo test -p routewright-counts";

/// How far a count may move, in percent: what is laid out elsewhere is not slower.
const TOLERANCE: f64 = 2.0;
/// How far one may be blessed without a new number: allocators are not quite the same from
/// run to run, and a change should show only what it changed.
const NOISE: f64 = 0.1;

/// What is counted of one run of a scenario.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "each test counts something else")]
pub enum Count {
    Instructions,
    Allocations,
    Bytes,
}

impl Count {
    fn name(self) -> &'static str {
        match self {
            Count::Instructions => "instructions",
            Count::Allocations => "allocations",
            Count::Bytes => "bytes",
        }
    }
}

/// The committed file, and what differs from it.
pub struct Baseline {
    counts: Value,
    blessing: bool,
    worse: String,
    better: String,
}

impl Baseline {
    pub fn read() -> Baseline {
        let text = fs::read_to_string(FILE).unwrap_or_else(|_| "{}".to_owned());
        Baseline {
            counts: serde_json::from_str(&text).expect("baseline.json is JSON"),
            blessing: env::var_os("ROUTEWRIGHT_BLESS").is_some_and(|v| v == "1"),
            worse: String::new(),
            better: String::new(),
        }
    }

    /// Instructions are those of one compiler for one processor.
    ///
    /// # Errors
    /// That they were counted with another than this one's.
    #[allow(dead_code, reason = "allocations are the same everywhere")]
    pub fn fits_here(&mut self) -> Result<(), String> {
        let here = said(Command::new("rustc").arg("-vV"))?;
        let here = String::from_utf8_lossy(&here);
        let part = |key| here.lines().find_map(|line| line.strip_prefix(key));
        let (release, host) = (part("release: "), part("host: "));
        let here = format!("{} {}", release.unwrap_or("?"), host.unwrap_or("?"));
        if self.blessing {
            self.counts["rustc"] = json!(here);
        }
        match &self.counts["rustc"] {
            Value::String(rustc) if *rustc == here => Ok(()),
            rustc => Err(format!("counted with {rustc}, this is {here}; {BLESS}")),
        }
    }

    /// One run of the scenario took so many.
    pub fn found(&mut self, scenario: &str, count: Count, now: u64) {
        let name = count.name();
        let entry = &mut self.counts["scenarios"][scenario][name];
        let before = entry.as_u64();
        let percent = match before {
            Some(before) => 100.0 * (now as f64 - before as f64) / (before as f64).max(1.0),
            None => f64::INFINITY,
        };
        if self.blessing && percent.abs() > NOISE {
            *entry = json!(now);
        }
        let to = match percent {
            p if p > TOLERANCE => &mut self.worse,
            p if p < -TOLERANCE => &mut self.better,
            _ => return,
        };
        let before = before.map_or("-".to_owned(), |before| before.to_string());
        let _ = writeln!(
            to,
            "  {scenario:16} {name:12} {before:>9} -> {now:>9} {percent:>+7.1} %"
        );
    }

    /// Writes the file anew if it is to be blessed, or fails if anything became worse.
    pub fn settle(self) {
        let Baseline {
            counts,
            blessing,
            worse,
            better,
        } = self;
        if blessing {
            fs::write(FILE, render(&counts)).expect("to write baseline.json");
            note(&format!("blessed; what moved:\n{worse}{better}"));
            return;
        }
        if !better.is_empty() {
            note(&format!(
                "less than counts/baseline.json says; keep it: {BLESS}\n{better}"
            ));
        }
        assert!(
            worse.is_empty(),
            "more than counts/baseline.json says (if that is right: {BLESS}):\n{worse}"
        );
    }
}

/// A line for each scenario, in their order, so that a change can be read.
fn render(counts: &Value) -> String {
    let mut text = format!(
        "{{\n  \"rustc\": {},\n  \"scenarios\": {{\n",
        counts["rustc"]
    );
    for (at, scenario) in ALL.iter().enumerate() {
        let end = if at + 1 == ALL.len() { "" } else { "," };
        let name = format!("\"{}\":", scenario.name);
        let counts = &counts["scenarios"][scenario.name];
        let [instructions, allocations, bytes] =
            [Count::Instructions, Count::Allocations, Count::Bytes].map(|count| {
                let (name, count) = (count.name(), counts[count.name()].to_string());
                format!("\"{name}\": {count:>7}")
            });
        let _ = writeln!(
            text,
            "    {name:18} {{ {instructions}, {allocations}, {bytes} }}{end}"
        );
    }
    text + "  }\n}\n"
}
