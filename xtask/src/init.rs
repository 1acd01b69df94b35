//! `init DIR`: a new service from nothing, that builds and passes its own tests.

use std::fs;
use std::path::{Path, PathBuf};

use routewright_codegen::{Options, files};

use crate::report::{Done, Failure, say};

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  cargo xtask init ../my-service\n  cd ../my-service && cargo test && cargo run"
)]
pub struct Args {
    /// The folder to make; it must not exist, or be empty
    dir: PathBuf,
    /// The name of the package [default: the folder's]
    #[arg(long)]
    name: Option<String>,
}

/// What a new service consists of: path, content. `{name}`, `{module}` and `{checkout}`
/// are filled in.
const TEMPLATE: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../template/Cargo.toml.in")),
    (
        ".cargo/config.toml",
        include_str!("../template/config.toml.in"),
    ),
    (".gitignore", "/target\n"),
    (".gitattributes", "*.img binary\n"),
    (
        ".github/workflows/ci.yml",
        include_str!("../template/ci.yml.in"),
    ),
    (
        ".githooks/pre-commit",
        include_str!("../template/pre-commit.in"),
    ),
    ("README.md", include_str!("../template/README.md.in")),
    (
        "routes/routes.yaml",
        include_str!("../template/routes.yaml.in"),
    ),
    ("src/main.rs", include_str!("../template/main.rs.in")),
    (
        "xtask/Cargo.toml",
        include_str!("../template/xtask.Cargo.toml.in"),
    ),
    (
        "xtask/src/main.rs",
        include_str!("../template/xtask.main.rs.in"),
    ),
];

/// The checkout that this tool was built from; a new service depends on it by path.
const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Never writes into a folder that holds anything.
pub fn run(args: &Args) -> Done {
    let dir = &args.dir;
    let name = match &args.name {
        Some(name) => name.clone(),
        None => dir
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default(),
    };
    check_name(&name)?;
    if fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::Bad(format!(
            "{} is not empty; name a new folder",
            dir.display()
        )));
    }
    let checkout = fs::canonicalize(CHECKOUT)
        .map_err(|e| Failure::Bad(format!("the Routewright checkout {CHECKOUT} is gone: {e}")))?;
    let module = name.replace('-', "_");
    for (path, content) in TEMPLATE {
        let content = content
            .replace("{name}", &name)
            .replace("{module}", &module)
            .replace("{checkout}", &toml_text(&checkout));
        write(&dir.join(path), content.as_bytes())?;
    }
    executable(&dir.join(".githooks/pre-commit"))?;
    let definitions = [dir.join("routes")];
    let generated = routewright_codegen::from_paths(&definitions, &Options::default())
        .map_err(|e| Failure::Bad(format!("the template is broken: {e}")))?;
    let out = dir.join("src/generated");
    files::write(&generated.files, &out)
        .map_err(|e| Failure::Bad(format!("{}: {e}", out.display())))?;
    let loaded = routewright_schema::load::load(&definitions)
        .map_err(|_| Failure::Bad("the template is broken".into()))?;
    let schema = crate::schema::written(&loaded.definition);
    write(
        &dir.join("routes/routewright.schema.json"),
        schema.as_bytes(),
    )?;
    say(format_args!("made {}", dir.display()));
    say("");
    say("  routes/routes.yaml   where events go, and settings: edit this");
    say("                       your editor completes and explains it (YAML language server)");
    say("  src/generated/       what codegen made of it: commit this");
    say("  src/main.rs          a service that looks up and delivers");
    say("");
    say(format_args!(
        "next:  cd {} && cargo test && echo 'order.placed 42' | cargo run",
        dir.display()
    ));
    Ok(())
}

fn check_name(name: &str) -> Result<(), Failure> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    match name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(good) {
        true => Ok(()),
        false => Err(Failure::Usage(format!(
            "`{name}` is no name for a package; use --name with a-z, 0-9, `-`, `_`"
        ))),
    }
}

/// A path as it may stand between double quotes in TOML.
fn toml_text(path: &Path) -> String {
    path.display()
        .to_string()
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
}

fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let bad = |e: std::io::Error| Failure::Bad(format!("{}: {e}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(bad)?;
    }
    fs::write(path, content).map_err(bad)
}

/// Git runs no hook that is not.
fn executable(path: &Path) -> Result<(), Failure> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    }
    let _ = path;
    Ok(())
}
