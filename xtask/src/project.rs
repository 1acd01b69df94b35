//! Which definitions are meant: paths on the command line, or the packages of this
//! workspace that say so.
//!
//! ```toml
//! [package.metadata.routewright]
//! definitions = ["routes"]     # files and folders, from the package's folder
//! out = "src/generated"        # where codegen writes; absent: a build.rs does
//! include = ["../proto"]       # where imports of .proto files are found as well
//! payloads = false             # no structs of the messages of .proto files
//! schema = "routes/routewright.schema.json"    # where `schema` writes, for editors
//! ```

use std::path::{Path, PathBuf};
use std::process::Command;

use routewright_codegen::Options;
use routewright_schema::check;
use routewright_schema::diagnostic::Report;
use routewright_schema::load::{self, Loaded};
use routewright_schema::source::Sources;

use crate::report::{self, Failure};

/// Definitions on the command line.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Definitions {
    /// Files and folders with definitions [default: those of this workspace]
    pub paths: Vec<PathBuf>,
    /// Where imports of `.proto` files are found, beside the folders of PATHS
    #[arg(long = "include", short = 'I', value_name = "DIR", requires = "paths")]
    pub includes: Vec<PathBuf>,
}

/// A set of definitions, and where its code goes.
#[derive(Clone, Debug)]
pub struct Project {
    /// The package's name; of paths on the command line, the first path.
    pub name: String,
    /// Files and folders with definitions.
    pub definitions: Vec<PathBuf>,
    /// Folders in which imports are found as well.
    pub includes: Vec<PathBuf>,
    /// Whether messages become structs.
    pub payloads: bool,
    /// Where the generated files are.
    pub out: Option<PathBuf>,
    /// Where the JSON Schema for editors is.
    pub schema: Option<PathBuf>,
}

/// The projects that a verb is about.
pub fn find(given: &Definitions, out: Option<&PathBuf>) -> Result<Vec<Project>, Failure> {
    if let Some(first) = given.paths.first() {
        let name = first.display().to_string();
        return Ok(vec![Project {
            name,
            definitions: given.paths.iter().map(|path| named(path)).collect(),
            includes: given.includes.clone(),
            payloads: true,
            out: out.cloned(),
            schema: None,
        }]);
    }
    if out.is_some() {
        return Err(Failure::Usage(
            "`--out` needs the paths of the definitions as well".into(),
        ));
    }
    let projects = of_workspace(None)?;
    match projects.is_empty() {
        false => Ok(projects),
        true => Err(Failure::Usage(
            "no definitions: name their paths, or add to the Cargo.toml of the service\n\n    \
             [package.metadata.routewright]\n    definitions = [\"routes\"]\n    out = \"src/generated\""
                .into(),
        )),
    }
}

/// The projects that a verb may be about, which asks elsewhere as well: none, if none are named
/// and there is no workspace here.
pub fn at_hand(given: &Definitions) -> Result<Vec<Project>, Failure> {
    match find(given, None) {
        Err(_) if given.paths.is_empty() => Ok(Vec::new()),
        found => found,
    }
}

/// The one project that a verb is about.
pub fn one(given: &Definitions) -> Result<Project, Failure> {
    let mut projects = find(given, None)?;
    match projects.len() {
        1 => Ok(projects.remove(0)),
        _ => {
            let names: Vec<String> = projects
                .iter()
                .flat_map(|p| &p.definitions)
                .map(|p| p.display().to_string())
                .collect();
            Err(Failure::Usage(format!(
                "which definitions? Name their path: {}",
                names.join(", ")
            )))
        }
    }
}

/// The projects of the workspace around `folder`, or around the current one.
pub fn of_workspace(folder: Option<&Path>) -> Result<Vec<Project>, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--no-deps", "--format-version", "1"]);
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let output = command
        .output()
        .map_err(|e| Failure::Bad(format!("cargo metadata: {e}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim();
        let said = said.strip_prefix("error: ").unwrap_or(said);
        return Err(Failure::Bad(said.to_owned()));
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|e| Failure::Bad(format!("cargo metadata: {e}")))?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    packages
        .iter()
        .filter(|p| !p["metadata"]["routewright"].is_null())
        .map(of_package)
        .collect()
}

fn of_package(package: &serde_json::Value) -> Result<Project, Failure> {
    let name = package["name"].as_str().unwrap_or_default().to_owned();
    let said = &package["metadata"]["routewright"];
    let wrong = |what: &str| {
        Failure::Bad(format!(
            "[package.metadata.routewright] of `{name}`: {what}"
        ))
    };
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap_or_default());
    let folder = near(manifest.parent().unwrap_or(Path::new(".")));
    for key in said.as_object().into_iter().flat_map(|o| o.keys()) {
        if !["definitions", "out", "include", "payloads", "schema"].contains(&key.as_str()) {
            return Err(wrong(&format!(
                "unknown key `{key}`; there are `definitions`, `out`, `include`, `payloads` and `schema`"
            )));
        }
    }
    let paths = |key: &str| -> Option<Vec<PathBuf>> {
        let list = said[key].as_array()?.iter();
        list.map(|p| Some(folder.join(p.as_str()?))).collect()
    };
    let definitions = paths("definitions")
        .filter(|d| !d.is_empty())
        .ok_or_else(|| wrong("`definitions` must be a list of paths"))?;
    let includes = match &said["include"] {
        serde_json::Value::Null => Vec::new(),
        _ => paths("include").ok_or_else(|| wrong("`include` must be a list of paths"))?,
    };
    let payloads = match &said["payloads"] {
        serde_json::Value::Null => true,
        said => said
            .as_bool()
            .ok_or_else(|| wrong("`payloads` must be true or false"))?,
    };
    let path = |key: &str| match &said[key] {
        serde_json::Value::Null => Ok(None),
        path => match path.as_str() {
            Some(path) => Ok(Some(folder.join(path))),
            None => Err(wrong(&format!("`{key}` must be a path"))),
        },
    };
    let (out, schema) = (path("out")?, path("schema")?);
    Ok(Project {
        name,
        definitions,
        includes,
        payloads,
        out,
        schema,
    })
}

/// The path as seen from here, if it is beneath.
fn near(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here)
        .map_or(path.to_owned(), Path::to_owned)
}

/// A path of the command line: a whole one beneath this folder is shown as the others
/// are, so that machines find the file in their own checkout.
fn named(path: &Path) -> PathBuf {
    match near(path) {
        near if near.as_os_str().is_empty() => PathBuf::from("."),
        near => near,
    }
}

impl Project {
    /// How code is generated for it.
    pub fn options(&self) -> Options {
        let mut options = Options::default();
        options.includes.clone_from(&self.includes);
        options.payloads = self.payloads;
        options
    }

    /// Reads the definitions; shows what is wrong with them.
    pub fn load(&self) -> Result<Loaded, Failure> {
        load::load_including(&self.definitions, &self.includes).map_err(shown)
    }

    /// Reads and compiles the definitions with the test files beside them; shows what is
    /// wrong with them.
    pub fn compile_tested(&self) -> Result<(Loaded, Table), Failure> {
        let loaded = load::load_tested(&self.definitions, &self.includes);
        let loaded = loaded.map_err(shown)?;
        let table = lowered(&loaded)?;
        Ok((loaded, table))
    }

    /// Reads and compiles the definitions; shows what is wrong with them.
    pub fn compile(&self) -> Result<(Loaded, Table), Failure> {
        let loaded = self.load()?;
        let table = lowered(&loaded)?;
        Ok((loaded, table))
    }
}

fn shown((sources, report): (Sources, Report)) -> Failure {
    report::show(&report, &sources);
    Failure::told()
}

/// Compiles definitions; shows what is wrong with them.
pub fn lowered(loaded: &Loaded) -> Result<Table, Failure> {
    routewright_schema::lower::lower(&loaded.definition, &routewright::Limits::DEFAULT).map_err(
        |violations| {
            let report = check::diagnostics(&violations, &loaded.definition, &loaded.places);
            report::show(&report, &loaded.sources);
            Failure::told()
        },
    )
}

/// A compiled table.
pub type Table = routewright::RouteTable<routewright::Image>;
