//! Reading settings: by position, without a search, without an allocation.

use std::time::Duration;

use crate::catalog::{CatalogView, SettingView};
use crate::cell_bytes::{self, Cell};
use crate::layout::{CELL_BYTES, Header, section};
use crate::scalar::{Form, Kind, Scalar};

/// The values of a table's settings, by their position in the catalog. The kind that
/// is asked for must be the declared one; generated accessors see to that.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    cells: &'a [Cell],
    text: &'a [u8],
    catalog: CatalogView<'a>,
}

const ZERO: Cell = [0; CELL_BYTES];

impl<'a> Values<'a> {
    #[inline]
    pub(crate) fn of(image: &'a [u8], header: &Header) -> Values<'a> {
        Values {
            cells: header.section(image, section::VALUES).as_chunks().0,
            text: header.section(image, section::TEXT),
            catalog: CatalogView::new(header.section(image, section::CATALOG)),
        }
    }

    #[inline]
    fn cell(&self, at: usize) -> &'a Cell {
        self.cells.get(at).unwrap_or(&ZERO)
    }

    /// A bool.
    #[inline]
    pub fn bool(&self, setting: usize) -> bool {
        cell_bytes::first(self.cell(setting)) != 0
    }

    /// An int.
    #[inline]
    pub fn int(&self, setting: usize) -> i64 {
        cell_bytes::first(self.cell(setting)) as i64
    }

    /// A float, or a percent as a fraction.
    #[inline]
    pub fn float(&self, setting: usize) -> f64 {
        f64::from_bits(cell_bytes::first(self.cell(setting)))
    }

    /// A duration.
    #[inline]
    pub fn duration(&self, setting: usize) -> Duration {
        Duration::from_nanos(cell_bytes::first(self.cell(setting)))
    }

    /// A size in bytes.
    #[inline]
    pub fn size(&self, setting: usize) -> u64 {
        cell_bytes::first(self.cell(setting))
    }

    /// A point in time.
    #[inline]
    pub fn timestamp(&self, setting: usize) -> Timestamp {
        timestamp(self.cell(setting))
    }

    /// A string.
    #[inline]
    pub fn str(&self, setting: usize) -> &'a str {
        str(self.text, self.cell(setting))
    }

    /// The position of an enum's value.
    #[inline]
    pub fn word(&self, setting: usize) -> usize {
        cell_bytes::first(self.cell(setting)) as u32 as usize
    }

    /// The elements of a list.
    #[inline]
    pub fn list(&self, setting: usize) -> List<'a> {
        let (first, count) = cell_bytes::halves(self.cell(setting));
        let end = (first as usize).saturating_add(count as usize);
        List {
            cells: self.cells.get(first as usize..end).unwrap_or(&[]),
            text: self.text,
        }
    }

    /// The rows of a table with that many columns, each as a list of its cells.
    pub fn rows(
        &self,
        setting: usize,
        columns: usize,
    ) -> impl ExactSizeIterator<Item = List<'a>> + use<'a> {
        let (first, rows) = cell_bytes::halves(self.cell(setting));
        let end = (rows as usize)
            .saturating_mul(columns)
            .saturating_add(first as usize);
        let cells = self.cells.get(first as usize..end).unwrap_or(&[]);
        let text = self.text;
        cells
            .chunks_exact(columns.max(1))
            .map(move |cells| List { cells, text })
    }

    /// All scalars of a value, whatever its form: one; the elements; the cells, row
    /// by row.
    pub fn scalars(&self, setting: usize) -> impl Iterator<Item = Scalar<&'a str>> + use<'a> {
        let this = *self;
        let declared = self.catalog.setting(setting);
        let cells = declared.map_or(&[][..], |declared| this.value_cells(setting, &declared));
        cells.iter().enumerate().filter_map(move |(at, cell)| {
            let declared = declared?;
            let kind = declared.cell_kind(at % declared.width().max(1))?;
            cell_bytes::read(kind, cell, this.text, |word| declared.word(word))
        })
    }

    /// The cells of a value.
    pub(crate) fn value_cells(&self, setting: usize, declared: &SettingView<'_>) -> &'a [Cell] {
        match declared.form {
            Form::One => self.cells.get(setting..setting + 1).unwrap_or(&[]),
            Form::List | Form::Table => {
                let (first, count) = cell_bytes::halves(self.cell(setting));
                let end = (count as usize)
                    .saturating_mul(declared.width())
                    .saturating_add(first as usize);
                self.cells.get(first as usize..end).unwrap_or(&[])
            }
        }
    }

    /// The scalar of a setting, if it is one.
    pub fn scalar(&self, setting: usize) -> Option<Scalar<&'a str>> {
        (self.catalog.setting(setting)?.form == Form::One).then(|| self.scalars(setting).next())?
    }

    /// How many elements or rows a list or table says it has.
    pub(crate) fn cells(&self) -> &'a [Cell] {
        self.cells
    }
}

/// A point in time: seconds since the Unix epoch, and nanoseconds within that second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// 0 to 999,999,999.
    pub nanos: u32,
}

impl From<Timestamp> for std::time::SystemTime {
    /// Saturates at the epoch where the platform cannot say.
    fn from(at: Timestamp) -> Self {
        let epoch = std::time::UNIX_EPOCH;
        let whole = Duration::from_secs(at.seconds.unsigned_abs());
        let time = if at.seconds < 0 {
            epoch.checked_sub(whole)
        } else {
            epoch.checked_add(whole)
        };
        time.and_then(|t| t.checked_add(Duration::from_nanos(at.nanos.into())))
            .unwrap_or(epoch)
    }
}

#[inline]
fn timestamp(cell: &Cell) -> Timestamp {
    Timestamp {
        seconds: cell_bytes::first(cell) as i64,
        nanos: cell_bytes::second(cell) as u32,
    }
}

#[inline]
fn str<'a>(text: &'a [u8], cell: &Cell) -> &'a str {
    let (at, bytes) = cell_bytes::halves(cell);
    cell_bytes::text_at(text, at, bytes).unwrap_or("")
}

/// The elements of a list, or the cells of a row, by position. As in [`Values`], the
/// kind asked for must be the declared one; beyond the end all of them are zero.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    cells: &'a [Cell],
    text: &'a [u8],
}

impl<'a> List<'a> {
    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    #[inline]
    fn cell(&self, at: usize) -> &'a Cell {
        self.cells.get(at).unwrap_or(&ZERO)
    }

    /// A bool.
    #[inline]
    pub fn bool(&self, at: usize) -> bool {
        cell_bytes::first(self.cell(at)) != 0
    }

    /// An int.
    #[inline]
    pub fn int(&self, at: usize) -> i64 {
        cell_bytes::first(self.cell(at)) as i64
    }

    /// A float, or a percent as a fraction.
    #[inline]
    pub fn float(&self, at: usize) -> f64 {
        f64::from_bits(cell_bytes::first(self.cell(at)))
    }

    /// A duration.
    #[inline]
    pub fn duration(&self, at: usize) -> Duration {
        Duration::from_nanos(cell_bytes::first(self.cell(at)))
    }

    /// A size in bytes.
    #[inline]
    pub fn size(&self, at: usize) -> u64 {
        cell_bytes::first(self.cell(at))
    }

    /// A point in time.
    #[inline]
    pub fn timestamp(&self, at: usize) -> Timestamp {
        timestamp(self.cell(at))
    }

    /// A string.
    #[inline]
    pub fn str(&self, at: usize) -> &'a str {
        str(self.text, self.cell(at))
    }

    /// The position of an enum's value.
    #[inline]
    pub fn word(&self, at: usize) -> usize {
        cell_bytes::first(self.cell(at)) as u32 as usize
    }
}

/// Whether a cell holds what its kind allows; for `verify`.
pub(crate) fn cell_is_valid(
    kind: Kind,
    cell: &Cell,
    text: &[u8],
    declared: &SettingView<'_>,
) -> bool {
    let read = cell_bytes::read(kind, cell, text, |word| declared.word(word).map(|_| ""));
    match read {
        Some(Scalar::Float(v) | Scalar::Percent(v)) => v.is_finite(),
        Some(Scalar::Timestamp(_, nanos)) => nanos < 1_000_000_000,
        Some(_) => true,
        None => false,
    }
}
