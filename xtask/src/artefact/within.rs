//! The images in a file that holds other things as well: a compiled service. Found by
//! their magic, as long as they say, and sound; each with the notes behind it.

use std::collections::BTreeSet;

use routewright::{MAGIC, Note, RouteTable};

/// Where an image says how long it is.
const LENGTH_AT: std::ops::Range<usize> = 12..16;
/// How often the bytes of a file may be read for images that turn out to be none, all
/// together: a file that is made of magic takes no longer than that.
const READ_MAX: usize = 8;

/// An image in a file.
pub struct Found {
    /// Its table.
    pub table: RouteTable<Vec<u8>>,
    /// Where it is from. More than one only if the same image was linked under several
    /// names; none if it was not linked by generated code.
    pub origins: BTreeSet<Origin>,
}

/// What the note behind an image says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Package of the definitions.
    pub package: String,
    /// Their version.
    pub version: u64,
    /// What the binary was built from; `None`: the build was not told.
    pub revision: Option<String>,
    /// Whether files had been changed since that revision.
    pub dirty: Option<bool>,
}

impl Origin {
    fn of(note: &Note<'_>) -> Origin {
        Origin {
            package: note.package.to_owned(),
            version: note.version,
            revision: note.commit().map(str::to_owned),
            dirty: note.dirty(),
        }
    }
}

/// The different images in these bytes, in their order.
pub fn images(bytes: &[u8]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let (mut rest, mut left) = (bytes, bytes.len().saturating_mul(READ_MAX));
    while let Some(at) = rest.windows(MAGIC.len()).position(|w| w == MAGIC) {
        rest = &rest[at..];
        let Some(table) = image(rest, &mut left) else {
            rest = &rest[MAGIC.len()..];
            continue;
        };
        rest = &rest[table.as_image().len()..];
        let origin = Note::behind(table.digest(), rest).map(|note| Origin::of(&note));
        match found
            .iter_mut()
            .find(|f| f.table.digest() == table.digest())
        {
            Some(known) => known.origins.extend(origin),
            None => found.push(Found {
                table,
                origins: origin.into_iter().collect(),
            }),
        }
    }
    found
}

/// The image that begins here.
fn image(bytes: &[u8], left: &mut usize) -> Option<RouteTable<Vec<u8>>> {
    let length: [u8; 4] = bytes.get(LENGTH_AT)?.try_into().ok()?;
    let image = bytes.get(..u32::from_le_bytes(length) as usize)?;
    *left = left.checked_sub(image.len())?;
    RouteTable::open(image.to_vec()).ok()
}

#[cfg(test)]
mod tests;
