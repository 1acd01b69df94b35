//! Whatever holds routes, by one text of the command line: definitions, a revision of
//! them, an image, a compiled service, a live engine.

use std::fs;
use std::path::{Path, PathBuf};

use routewright::{MAGIC, RouteTable};
use routewright_schema::load::Loaded;

use crate::git::Repo;
use crate::project::{self, Definitions, Table};
use crate::report::Failure;

/// How an artefact is named, for help texts.
pub const FORMS: &str = "a folder or file with definitions, REV:PATH of git, an image (*.img), a service's binary, or \
                         http://HOST:PORT of an engine";

/// A table, and what is known of where it comes from.
pub struct Artefact {
    /// What messages call it.
    pub name: String,
    /// What it answers.
    pub table: RouteTable<Vec<u8>>,
    /// The definitions that it was compiled from, if they are at hand.
    pub loaded: Option<Loaded>,
}

/// Bytes of a binary that are read.
const BINARY_BYTES_MAX: u64 = 2 << 30;
/// Where an image says how long it is.
const LENGTH_AT: std::ops::Range<usize> = 12..16;

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
                _ => bytes(text, path),
            };
        }
        if let Some((rev, inside)) = text.split_once(':') {
            let asked = [PathBuf::from(inside)];
            let exported = Repo::here()?.export(rev, &[&asked, includes].concat())?;
            let paths = exported.paths(&asked);
            if paths.is_empty() {
                return Err(Failure::Bad(format!("{rev} has no {inside}")));
            }
            return definitions(text.to_owned(), paths, exported.paths(includes));
        }
        Err(Failure::Bad(format!(
            "{text}: there is no such thing; name {FORMS}"
        )))
    }

    /// What a picture calls it: the package, if that is known.
    pub fn title(&self) -> String {
        match &self.loaded {
            Some(loaded) => {
                let definition = &loaded.definition;
                format!("{} version {}", definition.package, definition.version)
            }
            None => self.name.clone(),
        }
    }

    /// Definitions that were compiled.
    ///
    /// # Errors
    /// None, unless the compiler has a fault.
    pub fn compiled(name: String, loaded: Loaded, table: &Table) -> Result<Artefact, Failure> {
        let table = opened(&name, table.as_image().to_vec())?;
        let loaded = Some(loaded);
        Ok(Artefact {
            name,
            table,
            loaded,
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

/// An image, or a file with one in it.
fn bytes(text: &str, path: &Path) -> Result<Artefact, Failure> {
    let bad = |what: String| Failure::Bad(format!("{text}: {what}"));
    let size = fs::metadata(path).map_err(|e| bad(e.to_string()))?.len();
    if size > BINARY_BYTES_MAX {
        return Err(bad(format!(
            "it has {size} bytes; at most {BINARY_BYTES_MAX} are read"
        )));
    }
    let bytes = fs::read(path).map_err(|e| bad(e.to_string()))?;
    let mut found = within(&bytes);
    let table = match (found.len(), bytes.starts_with(&MAGIC)) {
        // Of an image, say what is wrong with it.
        (0, true) => opened(text, bytes)?,
        (0, false) => {
            return Err(bad(format!("there is no image in it; name {FORMS}")));
        }
        (1, _) => found.remove(0),
        (n, _) => {
            let digests: Vec<String> = found.iter().map(|t| t.digest().to_string()).collect();
            return Err(bad(format!(
                "{n} different images are in it: {}",
                digests.join(", ")
            )));
        }
    };
    Ok(Artefact {
        name: text.to_owned(),
        table,
        loaded: None,
    })
}

/// The different images in a file: where the magic stands, as long as they say, and sound.
fn within(bytes: &[u8]) -> Vec<RouteTable<Vec<u8>>> {
    let mut found: Vec<RouteTable<Vec<u8>>> = Vec::new();
    let mut from = 0;
    while let Some(at) = bytes[from..].windows(MAGIC.len()).position(|w| w == MAGIC) {
        let image = &bytes[from + at..];
        from += at + MAGIC.len();
        let Some(Ok(length)) = image.get(LENGTH_AT).map(<[u8; 4]>::try_from) else {
            continue;
        };
        let image = image.get(..u32::from_le_bytes(length) as usize);
        let Some(Ok(table)) = image.map(|image| RouteTable::open(image.to_vec())) else {
            continue;
        };
        if !found.iter().any(|known| known.digest() == table.digest()) {
            found.push(table);
        }
    }
    found
}

#[cfg(feature = "net")]
fn live(url: &str) -> Result<Artefact, Failure> {
    use routewright_control::client::BlockingClient;

    use crate::remote::failure;

    let mut client = BlockingClient::connect(url).map_err(|e| failure(url, &e))?;
    let answer = client.get(false).map_err(|e| failure(url, &e))?;
    let name = match answer.serving_version {
        0 => format!("{url}, the baseline"),
        version => format!("{url}, version {version}"),
    };
    Ok(Artefact {
        name,
        table: opened(url, answer.image)?,
        loaded: None,
    })
}

#[cfg(not(feature = "net"))]
fn live(url: &str) -> Result<Artefact, Failure> {
    Err(Failure::Usage(format!(
        "{url}: this tool was built without the network"
    )))
}
