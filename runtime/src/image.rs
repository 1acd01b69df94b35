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

#[derive(Debug)]
struct Buffer {
    bytes: Vec<u8>,
    start: usize,
}

impl Image {
    /// The image that is part of the binary.
    pub const fn linked(bytes: &'static [u8]) -> Image {
        Image(Bytes::Linked(bytes))
    }

    /// Concatenates the parts, beginning at a cache line.
    pub(crate) fn concat(parts: &[&[u8]]) -> Image {
        let length: usize = parts.iter().map(|p| p.len()).sum();
        let mut bytes: Vec<u8> = Vec::with_capacity(length + ALIGN);
        // The address is only looked at; `Vec` gives no way to ask for an alignment.
        let start = bytes.as_ptr().align_offset(ALIGN).min(ALIGN);
        bytes.resize(start, 0);
        for part in parts {
            bytes.extend_from_slice(part);
        }
        Image(Bytes::Built(Arc::new(Buffer { bytes, start })))
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
        Image::concat(&[bytes])
    }
}
