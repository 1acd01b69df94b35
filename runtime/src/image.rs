//! Bytes of an image, linked or built.

use std::sync::Arc;

use crate::layout::ALIGN;

/// Wraps a linked image so that it begins at a cache line:
/// `static IMAGE: Aligned<[u8; N]> = Aligned(*include_bytes!("routes.img"));`
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Aligned<T>(pub T);

/// Bytes of an image: linked, or built in memory and shared. Cloning copies none.
#[derive(Clone, Debug)]
pub struct Image(Bytes);

#[derive(Clone, Debug)]
enum Bytes {
    Linked(&'static [u8]),
    Built(Arc<Buffer>),
}

#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    start: usize,
}

/// An image that is being written, beginning at a cache line.
pub(crate) struct Draft {
    buffer: Arc<Buffer>,
}

impl Draft {
    /// Begins one with room for so many bytes, in place of `spare` if nobody else
    /// holds that.
    pub fn new(spare: Option<Image>, room: usize) -> Draft {
        let spare = spare.and_then(|image| match image.0 {
            Bytes::Built(mut buffer) => Arc::get_mut(&mut buffer)
                .is_some_and(|buffer| fits(buffer.bytes.capacity(), room))
                .then_some(buffer),
            Bytes::Linked(_) => None,
        });
        let mut draft = Draft {
            buffer: spare.unwrap_or_default(),
        };
        if let Some(Buffer { bytes, start }) = Arc::get_mut(&mut draft.buffer) {
            bytes.clear();
            bytes.reserve_exact(room + ALIGN);
            // The address is only looked at; `Vec` gives no way to ask for an alignment.
            *start = bytes.as_ptr().align_offset(ALIGN).min(ALIGN);
            bytes.resize(*start, 0);
        }
        draft
    }

    /// Appends bytes. Beyond the room that was asked for, the image moves, and begins
    /// wherever it then does.
    pub fn extend(&mut self, more: &[u8]) {
        if let Some(buffer) = Arc::get_mut(&mut self.buffer) {
            buffer.bytes.extend_from_slice(more);
        }
    }

    /// Appends that many zeros.
    pub fn zeros(&mut self, count: usize) {
        if let Some(buffer) = Arc::get_mut(&mut self.buffer) {
            buffer.bytes.resize(buffer.bytes.len() + count, 0);
        }
    }

    /// What was written.
    pub fn bytes(&mut self) -> &mut [u8] {
        let buffer = Arc::get_mut(&mut self.buffer);
        buffer.map_or(&mut [], |b| &mut b.bytes[b.start..])
    }

    /// The image, to be shared.
    pub fn finish(self) -> Image {
        Image(Bytes::Built(self.buffer))
    }
}

/// Whether spare room serves for so many bytes. What was once very large is given back.
pub(crate) fn fits(spare: usize, bytes: usize) -> bool {
    spare / 4 <= bytes + SMALL
}

/// Bytes that are not worth giving back.
pub(crate) const SMALL: usize = 64 << 10;

impl Image {
    /// The image that is part of the binary.
    pub const fn linked(bytes: &'static [u8]) -> Image {
        Image(Bytes::Linked(bytes))
    }

    /// An image of these bytes, which begin at a cache line.
    pub(crate) fn copy(bytes: &[u8]) -> Image {
        let mut image = Draft::new(None, bytes.len());
        image.extend(bytes);
        image.finish()
    }

    /// How many hold a built image; a linked one is held for ever.
    pub(crate) fn holders(&self) -> usize {
        match &self.0 {
            Bytes::Linked(_) => usize::MAX,
            Bytes::Built(buffer) => Arc::strong_count(buffer),
        }
    }
}

impl AsRef<[u8]> for Image {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        match &self.0 {
            Bytes::Linked(bytes) => bytes,
            Bytes::Built(buffer) => buffer.bytes.get(buffer.start..).unwrap_or(&[]),
        }
    }
}

impl From<&[u8]> for Image {
    fn from(bytes: &[u8]) -> Image {
        Image::copy(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_that_is_much_too_large_is_given_back() {
        let capacity = |mut draft: Draft| Arc::get_mut(&mut draft.buffer).unwrap().bytes.capacity();
        let image = || Image::copy(&vec![1; 4 << 20]);
        assert!(capacity(Draft::new(Some(image()), 2 << 20)) >= 4 << 20);
        assert!(capacity(Draft::new(Some(image()), 10)) < 1_000);
        // Somebody still reads this one.
        let held = image();
        let mut draft = Draft::new(Some(held.clone()), 2 << 20);
        draft.extend(&[2; 10]);
        assert_eq!((draft.bytes()[0], held.as_ref()[0]), (2, 1));
    }
}
