//! Where a linked image is from: a note behind it, for whoever has the binary alone.
//!
//! An image depends on its definition and on nothing else. What is known besides stands
//! behind it, in one `static` with it: no linker parts the two, and who has found the
//! image knows where to look. Lines of text, then zeros, [`NOTE_BYTES`] in all:
//!
//! ```text
//! routewright note 1
//! image dca23d683d06f9fb8149a942a5707fe7    the digest of the image before it
//! package treasure_hunt
//! version 12
//! revision 1d7f50d9c1-dirty                 only if the build was told one
//! ```
//!
//! A word, a blank, a value of visible ASCII, a line feed; in this order.

use crate::hash::Digest;
use crate::limits::IDENT_BYTES_MAX;

/// Bytes of a note.
pub const NOTE_BYTES: usize = 384;
/// Longest revision of a note: two hashes of 256 bits, or what `git describe` says.
pub const REVISION_BYTES_MAX: usize = 128;

const MAGIC: &[u8] = b"routewright note 1\n";
/// What a revision ends with whose files had been changed; as `git describe` has it.
const DIRTY: &str = "-dirty";

/// A linked image, and the note behind it.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Noted<const BYTES: usize> {
    /// The image.
    pub image: [u8; BYTES],
    note: [u8; NOTE_BYTES],
}

impl<const BYTES: usize> Noted<BYTES> {
    /// Of generated code; `revision` is what the build was told, an empty one is none.
    ///
    /// # Panics
    /// At compile time (it is for statics): if the revision is longer than
    /// [`REVISION_BYTES_MAX`], or is not visible ASCII, or if no definition has such a
    /// package.
    pub const fn new(
        image: [u8; BYTES],
        digest: u128,
        package: &str,
        version: u64,
        revision: Option<&str>,
    ) -> Noted<BYTES> {
        let mut writer = Writer {
            note: [0; NOTE_BYTES],
            at: 0,
        };
        writer.text(MAGIC);
        writer.text(b"image ");
        writer.number(digest, 16, 32);
        assert!(
            package.len() <= IDENT_BYTES_MAX && is_visible(package.as_bytes()),
            "no definition has such a package"
        );
        writer.text(b"\npackage ");
        writer.text(package.as_bytes());
        writer.text(b"\nversion ");
        writer.number(version as u128, 10, 1);
        if let Some(revision) = revision
            && !revision.is_empty()
        {
            assert!(
                revision.len() <= REVISION_BYTES_MAX && is_visible(revision.as_bytes()),
                "the environment variable ROUTEWRIGHT_REVISION must be at most 128 visible \
                 characters of ASCII, such as `git describe --always --dirty --abbrev=40` prints"
            );
            writer.text(b"\nrevision ");
            writer.text(revision.as_bytes());
        }
        writer.text(b"\n");
        Noted {
            image,
            note: writer.note,
        }
    }

    /// The bytes behind the image.
    pub fn note(&self) -> &[u8; NOTE_BYTES] {
        &self.note
    }
}

/// What a note says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Note<'a> {
    /// Package of the definition.
    pub package: &'a str,
    /// Its version.
    pub version: u64,
    /// The revision that the binary was built from, if the build was told.
    pub revision: Option<&'a str>,
}

impl<'a> Note<'a> {
    /// Reads the note of an image with that digest from what follows the image in a
    /// file. `None`: there is none, it is of another image, or it is damaged.
    pub fn behind(image: Digest, rest: &'a [u8]) -> Option<Note<'a>> {
        let (note, _) = rest.split_at_checked(NOTE_BYTES)?;
        let text = note.strip_prefix(MAGIC)?;
        let end = text.iter().position(|byte| *byte == 0)?;
        let (text, zeros) = text.split_at(end);
        if zeros.iter().any(|byte| *byte != 0) {
            return None;
        }
        let mut lines = std::str::from_utf8(text)
            .ok()?
            .strip_suffix('\n')?
            .split('\n');
        let mut value = |word: &str| -> Option<Option<&'a str>> {
            let Some(line) = lines.next() else {
                return Some(None);
            };
            let value = line.strip_prefix(word)?.strip_prefix(' ')?;
            (!value.is_empty() && is_visible(value.as_bytes())).then_some(Some(value))
        };
        let (digest, package) = (value("image")??, value("package")??);
        let (version, revision) = (value("version")??, value("revision")?);
        if lines.next().is_some() || digest != image.to_string() {
            return None;
        }
        Some(Note {
            package,
            version: version.parse().ok()?,
            revision,
        })
    }

    /// Whether files had been changed since the revision; `None`: it is not known.
    pub fn dirty(&self) -> Option<bool> {
        self.revision.map(|revision| revision.ends_with(DIRTY))
    }

    /// The revision without the mark that tells [`dirty`](Note::dirty).
    pub fn commit(&self) -> Option<&'a str> {
        let revision = self.revision?;
        Some(revision.strip_suffix(DIRTY).unwrap_or(revision))
    }
}

const fn is_visible(text: &[u8]) -> bool {
    let mut at = 0;
    while at < text.len() {
        if !text[at].is_ascii_graphic() {
            return false;
        }
        at += 1;
    }
    true
}

/// Writes at compile time, where there is no `fmt`.
struct Writer {
    note: [u8; NOTE_BYTES],
    at: usize,
}

impl Writer {
    const fn text(&mut self, text: &[u8]) {
        let mut from = 0;
        while from < text.len() {
            self.note[self.at] = text[from];
            (self.at, from) = (self.at + 1, from + 1);
        }
    }

    /// In a base up to 16, with at least so many digits.
    const fn number(&mut self, number: u128, base: u128, digits: usize) {
        if digits > 1 || number >= base {
            self.number(number / base, base, digits.saturating_sub(1));
        }
        self.text(&[b"0123456789abcdef"[(number % base) as usize]]);
    }
}

// All that a note can have fits, with a zero behind it.
const _: () = assert!(
    MAGIC.len()
        + "image \n".len()
        + 32
        + "package \n".len()
        + IDENT_BYTES_MAX
        + "version \n".len()
        + 20
        + "revision \n".len()
        + REVISION_BYTES_MAX
        < NOTE_BYTES
);

#[cfg(test)]
mod tests;
