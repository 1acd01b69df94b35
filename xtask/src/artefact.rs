//! Whatever holds routes, by one text of the command line: definitions, a revision of
//! them, an image, a compiled service, a live engine.

mod within;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use routewright::{MAGIC, RouteTable};
use routewright_schema::load::Loaded;

use crate::git::Repo;
use crate::project::{self, Definitions, Table};
use crate::report::Failure;

pub use within::Origin;

/// How an artefact is named, for help texts.
pub const FORMS: &str = "a folder or file with definitions, REV:PATH of git, an image (*.img), a service's binary \
                         (BINARY#DIGEST if it has several images), or http://HOST:PORT of an engine";

/// A table, and what is known of where it comes from.
pub struct Artefact {
    /// What messages call it.
    pub name: String,
    /// What it answers.
    pub table: RouteTable<Vec<u8>>,
    /// The definitions that it was compiled from, if they are at hand.
    pub loaded: Option<Loaded>,
    /// What it was read from.
    pub kind: Kind,
    /// What it was compiled from, if that is known.
    pub origins: BTreeSet<Origin>,
}

/// What an artefact is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Definitions,
    Image,
    Binary,
    #[cfg_attr(
        not(feature = "net"),
        allow(dead_code, reason = "nothing talks to one")
    )]
    Engine,
}

impl Kind {
    /// Its word, for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Definitions => "definitions",
            Kind::Image => "image",
            Kind::Binary => "binary",
            Kind::Engine => "engine",
        }
    }
}

/// Bytes of a binary that are read.
const BINARY_BYTES_MAX: u64 = 2 << 30;

impl Artefact {
    /// Opens what `text` names.
    ///
    /// # Errors
    /// It is nothing of that kind, or cannot be read.
    pub fn open(text: &str) -> Result<Artefact, Failure> {
        Artefact::open_including(text, &[])
    }

    /// As [`Artefact::open`]; imports of `.proto` files are found beneath `includes` as well:
    /// of a revision, as they were there.
    ///
    /// # Errors
    /// It is nothing of that kind, or cannot be read.
    pub fn open_including(text: &str, includes: &[PathBuf]) -> Result<Artefact, Failure> {
        if text.starts_with("http://") || text.starts_with("https://") {
            return live(text);
        }
        let path = Path::new(text);
        if path.is_dir() {
            return definitions(text.to_owned(), vec![path.to_owned()], includes.to_vec());
        }
        if path.is_file() {
            let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
            return match extension {
                "yaml" | "yml" | "proto" | "binpb" | "json" => {
                    definitions(text.to_owned(), vec![path.to_owned()], includes.to_vec())
                }
                _ => bytes(text, path, ""),
            };
        }
        if let Some((file, digest)) = text.rsplit_once('#')
            && Path::new(file).is_file()
        {
            return bytes(file, Path::new(file), digest);
        }
        if let Some((rev, inside)) = text.split_once(':') {
            let asked = [PathBuf::from(inside)];
            let exported = Repo::here()?.export(rev, &[&asked, includes].concat())?;
            let paths = exported.paths(&asked);
            if paths.is_empty() {
                return Err(Failure::Bad(format!(
                    "{rev} has no `{inside}`, seen from the current folder"
                )));
            }
            return definitions(text.to_owned(), paths, exported.paths(includes));
        }
        Err(Failure::Bad(format!(
            "{text}: there is no such thing; name {FORMS}"
        )))
    }

    /// What a picture calls it: the package, if that is known.
    pub fn title(&self) -> String {
        match self.origins.first() {
            Some(origin) => format!("{} version {}", origin.package, origin.version),
            None => self.name.clone(),
        }
    }

    /// Definitions that were compiled.
    ///
    /// # Errors
    /// None, unless the compiler has a fault.
    pub fn compiled(name: String, loaded: Loaded, table: &Table) -> Result<Artefact, Failure> {
        let table = opened(&name, table.as_image().to_vec())?;
        let origin = Origin {
            package: loaded.definition.package.clone(),
            version: loaded.definition.version,
            revision: None,
            dirty: None,
        };
        Ok(Artefact {
            name,
            table,
            loaded: Some(loaded),
            kind: Kind::Definitions,
            origins: BTreeSet::from([origin]),
        })
    }
}

fn definitions(
    name: String,
    paths: Vec<PathBuf>,
    includes: Vec<PathBuf>,
) -> Result<Artefact, Failure> {
    let definitions = Definitions { paths, includes };
    let (loaded, table) = project::one(&definitions)?.compile()?;
    let version = format!(
        "{name}, {} version {}",
        loaded.definition.package, loaded.definition.version
    );
    Artefact::compiled(version, loaded, &table)
}

fn opened(text: &str, image: Vec<u8>) -> Result<RouteTable<Vec<u8>>, Failure> {
    RouteTable::open(image).map_err(|e| Failure::Bad(format!("{text}: {e}")))
}

/// An image, or a file with one in it; of several, the one with that digest.
fn bytes(text: &str, path: &Path, digest: &str) -> Result<Artefact, Failure> {
    let bad = |what: String| Failure::Bad(format!("{text}: {what}"));
    let size = fs::metadata(path).map_err(|e| bad(e.to_string()))?.len();
    if size > BINARY_BYTES_MAX {
        return Err(bad(format!(
            "it has {size} bytes; at most {BINARY_BYTES_MAX} are read"
        )));
    }
    let bytes = fs::read(path).map_err(|e| bad(e.to_string()))?;
    let is_image = bytes.starts_with(&MAGIC);
    let mut found = within::images(&bytes);
    let all: Vec<String> = found.iter().map(|found| line(text, found)).collect();
    let all = all.join("\n  ");
    let count = found.len();
    found.retain(|found| found.table.digest().to_string().starts_with(digest));
    let (table, origins) = match (found.pop(), found.is_empty()) {
        (Some(one), true) => (one.table, one.origins),
        // Of an image, say what is wrong with it.
        (None, _) if count == 0 && is_image => (opened(text, bytes)?, BTreeSet::new()),
        (None, _) if count == 0 => {
            return Err(bad(format!("there is no image in it; name {FORMS}")));
        }
        (None, _) => return Err(bad(format!("no image in it begins so; name one:\n  {all}"))),
        (Some(_), false) => {
            return Err(bad(format!(
                "{count} different images are in it; name one:\n  {all}"
            )));
        }
    };
    Ok(Artefact {
        name: text.to_owned(),
        kind: match is_image {
            true => Kind::Image,
            false => Kind::Binary,
        },
        table,
        loaded: None,
        origins,
    })
}

/// One of several images, as it is named.
fn line(text: &str, found: &within::Found) -> String {
    let digest = found.table.digest();
    match found.origins.first() {
        Some(origin) => {
            let Origin {
                package, version, ..
            } = origin;
            format!("{text}#{digest}  {package} version {version}")
        }
        None => format!("{text}#{digest}"),
    }
}

#[cfg(feature = "net")]
fn live(url: &str) -> Result<Artefact, Failure> {
    use crate::remote::{connect, failure};

    let mut client = connect(url)?;
    let answer = client.get(false).map_err(|e| failure(url, &e))?;
    let name = match answer.serving_version {
        0 => format!("{url}, the baseline"),
        version => format!("{url}, version {version}"),
    };
    Ok(Artefact {
        name,
        table: opened(url, answer.image)?,
        loaded: None,
        kind: Kind::Engine,
        origins: BTreeSet::new(),
    })
}

#[cfg(not(feature = "net"))]
fn live(url: &str) -> Result<Artefact, Failure> {
    Err(Failure::Usage(format!(
        "{url}: this tool was built without the network"
    )))
}
