//! A cell: 16 bytes that hold one scalar, in VALUES and in CATALOG.

use crate::layout::CELL_BYTES;
use crate::scalar::{Kind, Scalar};

/// The bytes of a cell.
pub(crate) type Cell = [u8; CELL_BYTES];

/// A cell of two 64-bit halves.
pub(crate) fn pair(a: u64, b: u64) -> Cell {
    let mut cell = [0; CELL_BYTES];
    cell[..8].copy_from_slice(&a.to_le_bytes());
    cell[8..].copy_from_slice(&b.to_le_bytes());
    cell
}

/// The first half of a cell.
#[inline]
pub(crate) fn first(cell: &Cell) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *cell;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// The second half.
#[inline]
pub(crate) fn second(cell: &Cell) -> u64 {
    let [.., a, b, c, d, e, f, g, h] = *cell;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// The two 32-bit numbers of the first half.
#[inline]
pub(crate) fn halves(cell: &Cell) -> (u32, u32) {
    let value = first(cell);
    (value as u32, (value >> 32) as u32)
}

/// Writes a scalar. `text` keeps a string and says where; `word` gives the position
/// of an enum's value.
pub(crate) fn write(
    scalar: Scalar<&str>,
    text: impl FnOnce(&str) -> u32,
    word: impl FnOnce(&str) -> u32,
) -> Cell {
    match scalar {
        Scalar::Bool(v) => pair(v.into(), 0),
        Scalar::Int(v) => pair(v as u64, 0),
        // Both zeros are equal, so they have one spelling.
        Scalar::Float(v) | Scalar::Percent(v) => pair((v + 0.0).to_bits(), 0),
        Scalar::Duration(v) | Scalar::Size(v) => pair(v, 0),
        Scalar::Timestamp(s, n) => pair(s as u64, n.into()),
        Scalar::String(v) => pair(u64::from(text(v)) | (v.len() as u64) << 32, 0),
        Scalar::Enum(v) => pair(word(v).into(), 0),
    }
}

/// Reads a scalar. `None`: the bytes do not fit the kind.
pub(crate) fn read<'a>(
    kind: Kind,
    cell: &Cell,
    text: &'a [u8],
    word: impl FnOnce(u32) -> Option<&'a str>,
) -> Option<Scalar<&'a str>> {
    let value = first(cell);
    Some(match kind {
        Kind::Bool => Scalar::Bool(value != 0),
        Kind::Int => Scalar::Int(value as i64),
        Kind::Float => Scalar::Float(f64::from_bits(value)),
        Kind::Percent => Scalar::Percent(f64::from_bits(value)),
        Kind::Duration => Scalar::Duration(value),
        Kind::Size => Scalar::Size(value),
        Kind::Timestamp => Scalar::Timestamp(value as i64, second(cell) as u32),
        Kind::String => {
            let (at, bytes) = halves(cell);
            Scalar::String(text_at(text, at, bytes)?)
        }
        Kind::Enum => Scalar::Enum(word(value as u32)?),
    })
}

/// A piece of a text section.
#[inline]
pub(crate) fn text_at(text: &[u8], at: u32, bytes: u32) -> Option<&str> {
    let end = (at as usize).checked_add(bytes as usize)?;
    std::str::from_utf8(text.get(at as usize..end)?).ok()
}
