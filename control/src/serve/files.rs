//! Small files that are read again and again: certificates and rules.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use routewright_schema::access::Rules;

use super::access::Access;

/// Bytes of a file.
const BYTES_MAX: u64 = 4 << 20;

/// A file, if it is not too large.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let fault = |fault: std::io::Error| format!("{}: {fault}", path.display());
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(fault)?;
    let read = file.take(BYTES_MAX + 1).read_to_end(&mut bytes);
    match read.map_err(fault)? as u64 {
        0..=BYTES_MAX => Ok(bytes),
        _ => Err(format!(
            "{}: more than {} MiB",
            path.display(),
            BYTES_MAX >> 20
        )),
    }
}

/// The file of rules.
#[derive(Debug)]
pub struct Allow {
    path: PathBuf,
    last: Vec<u8>,
}

impl Allow {
    /// Reads it.
    ///
    /// # Errors
    /// In words, with places: what is wrong with it.
    pub fn open(path: PathBuf) -> Result<(Allow, Rules), String> {
        let last = read(&path)?;
        let rules = rules(&path, &last)?;
        Ok((Allow { path, last }, rules))
    }

    /// Reads it again; says whether it holds something new, which then is in force.
    ///
    /// # Errors
    /// What is wrong with it. What was there before goes on.
    pub fn refresh(&mut self, access: &Access) -> Result<bool, String> {
        let bytes = read(&self.path)?;
        if bytes == self.last {
            return Ok(false);
        }
        access.replace(rules(&self.path, &bytes)?);
        self.last = bytes;
        Ok(true)
    }
}

fn rules(path: &Path, bytes: &[u8]) -> Result<Rules, String> {
    let name = path.display().to_string();
    let text = std::str::from_utf8(bytes).map_err(|fault| format!("{name}: {fault}"))?;
    Rules::read(&name, text).map_err(|(sources, report)| report.render(&sources, false))
}
