//! What the demo runs, built from the checkout that this tool was built from.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::report::Failure;

/// Paths of what was built.
pub struct Programs {
    /// The example: an engine.
    pub engine: PathBuf,
    /// The control plane.
    pub plane: PathBuf,
}

/// The checkout that this tool was built from.
pub fn checkout() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    path.canonicalize().unwrap_or(path)
}

/// Builds both, and says where they are.
pub fn build() -> Result<Programs, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let packages = [
        "--package",
        "treasure-hunt",
        "--package",
        "routewright-control",
    ];
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--bins"])
        .args(packages)
        .args(["--features", "routewright-control/serve"])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(checkout())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(Failure::Bad("the example does not build".to_owned()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let built: Vec<Value> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|m| m["reason"] == "compiler-artifact")
        .collect();
    let find = |name: &str| {
        let mut built = built.iter().filter(|m| m["target"]["name"] == name);
        let found = built.find_map(|m| m["executable"].as_str().map(PathBuf::from));
        found.ok_or_else(|| Failure::Bad(format!("cargo did not say where {name} is")))
    };
    Ok(Programs {
        engine: find("treasure-hunt")?,
        plane: find("routewright-control")?,
    })
}
