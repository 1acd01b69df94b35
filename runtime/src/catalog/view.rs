//! The reader of the CATALOG section.

use std::time::Duration;

use super::{DIFFERENCE, FACTOR, HAS_MAX, HAS_MIN, LITERAL, LOAD, bound_kind};
use crate::cell_bytes::{self, Cell};
use crate::layout::{
    CATALOG_HEAD_BYTES, CELL_BYTES, COLUMN_BYTES, CONSUMER_BYTES, INSTR_BYTES, RULE_BYTES,
    SETTING_BYTES, WORD_BYTES, u32_at, u64_at,
};
use crate::rules::{Instr, Op};
use crate::scalar::{Form, Kind, Scalar};
use crate::setting::Step;

/// The catalog of a table.
#[derive(Clone, Copy, Debug)]
pub struct CatalogView<'a> {
    bytes: &'a [u8],
}

impl<'a> CatalogView<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> CatalogView<'a> {
        CatalogView { bytes }
    }

    fn count(self, at: usize) -> usize {
        match self.bytes.len() >= CATALOG_HEAD_BYTES {
            true => u32_at(self.bytes, 4 * at) as usize,
            false => 0,
        }
    }

    /// How many records of `bytes` bytes a part has: no more than there is room for,
    /// whatever a catalog says that was not checked.
    fn records(self, part: usize, bytes: usize) -> usize {
        self.count(part).min(self.bytes.len() / bytes)
    }

    /// Record `at` of part `part`, of `N` bytes.
    fn record<const N: usize>(self, part: usize, at: usize) -> Option<&'a [u8; N]> {
        const SIZES: [usize; 6] = [
            CONSUMER_BYTES,
            SETTING_BYTES,
            RULE_BYTES,
            COLUMN_BYTES,
            WORD_BYTES,
            INSTR_BYTES,
        ];
        if at >= self.count(part) {
            return None;
        }
        let before: usize = (0..part)
            .map(|p| self.count(p).saturating_mul(SIZES[p]))
            .fold(0, usize::saturating_add);
        let start = CATALOG_HEAD_BYTES
            .saturating_add(before)
            .saturating_add(at * N);
        self.bytes
            .get(start..start.checked_add(N)?)?
            .try_into()
            .ok()
    }

    /// Whether all parts are inside the bytes.
    pub(crate) fn is_whole(self) -> bool {
        let sizes = [
            CONSUMER_BYTES,
            SETTING_BYTES,
            RULE_BYTES,
            COLUMN_BYTES,
            WORD_BYTES,
            INSTR_BYTES,
        ];
        let parts = sizes
            .iter()
            .enumerate()
            .map(|(at, size)| self.count(at) as u64 * *size as u64);
        let text = CATALOG_HEAD_BYTES as u64 + parts.sum::<u64>();
        text == self.count(6) as u64 && text <= self.bytes.len() as u64
    }

    fn text(self) -> &'a [u8] {
        self.bytes.get(self.count(6)..).unwrap_or(&[])
    }

    fn text_of(self, record: &[u8]) -> Option<&'a str> {
        cell_bytes::text_at(self.text(), u32_at(record, 0), u32_at(record, 4))
    }

    /// How many consumers there are. They are sorted by name.
    pub fn consumers(self) -> usize {
        self.records(0, CONSUMER_BYTES)
    }

    /// The name of a consumer.
    #[inline]
    pub fn consumer(self, at: usize) -> Option<&'a str> {
        self.text_of(self.record::<CONSUMER_BYTES>(0, at)?)
    }

    /// The position of a consumer.
    pub fn consumer_index(self, name: &str) -> Option<usize> {
        search(self.consumers(), name, |at| self.consumer(at))
    }

    /// How many settings there are. They are sorted by path.
    pub fn settings(self) -> usize {
        self.records(1, SETTING_BYTES)
    }

    /// A setting.
    pub fn setting(self, at: usize) -> Option<SettingView<'a>> {
        let record = self.record::<SETTING_BYTES>(1, at)?;
        Some(SettingView {
            catalog: self,
            record,
            kind: Kind::from_u8(record[8])?,
            form: Form::from_u8(record[9])?,
            name: self.text_of(record)?,
        })
    }

    /// The position of a setting.
    pub fn setting_index(self, path: &str) -> Option<usize> {
        let name = |at| self.text_of(self.record::<SETTING_BYTES>(1, at)?);
        search(self.settings(), path, name)
    }

    /// How many rules there are.
    pub fn rules(self) -> usize {
        self.count(2)
    }

    /// The text of a rule.
    pub fn rule(self, at: usize) -> Option<&'a str> {
        self.text_of(self.record::<RULE_BYTES>(2, at)?)
    }

    /// The code of a rule, up to the first instruction that makes no sense. In place of
    /// that one stands a setting that does not exist: such a rule is not well formed, and
    /// never holds. (If the code just ended there, what is left could be a weaker rule.)
    pub(crate) fn code(self, at: usize) -> impl Iterator<Item = Instr<'a>> {
        let range = self.record::<RULE_BYTES>(2, at).map_or((0, 0), |r| {
            let first = u32_at(r, 8) as usize;
            (first, first.saturating_add(u32_at(r, 12) as usize))
        });
        let mut broken = false;
        (range.0..range.1).map_while(move |at| {
            if broken {
                return None;
            }
            let instr = self.instr(at);
            broken = instr.is_none();
            Some(instr.unwrap_or(Instr::Setting("")))
        })
    }

    fn instr(self, at: usize) -> Option<Instr<'a>> {
        let record = self.record::<INSTR_BYTES>(5, at)?;
        match record[0] {
            LITERAL => {
                let cell: &Cell = record[4..].try_into().ok()?;
                let kind = Kind::from_u8(record[1])?;
                Some(Instr::Literal(cell_bytes::read(
                    kind,
                    cell,
                    self.text(),
                    |_| None,
                )?))
            }
            LOAD => {
                let at = u16::from_le_bytes([record[2], record[3]]);
                Some(Instr::Setting(self.setting(at.into())?.name))
            }
            op => Some(Instr::Op(Op::from_u8(op)?)),
        }
    }
}

fn search<'a>(count: usize, name: &str, at: impl Fn(usize) -> Option<&'a str>) -> Option<usize> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        match at(middle)?.cmp(name) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Equal => return Some(middle),
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

/// The declaration of a setting.
#[derive(Clone, Copy, Debug)]
pub struct SettingView<'a> {
    catalog: CatalogView<'a>,
    record: &'a [u8; SETTING_BYTES],
    /// Its dotted path.
    pub name: &'a str,
    /// The kind of the scalar or elements. (Of a table: not used.)
    pub kind: Kind,
    /// One, list or table.
    pub form: Form,
}

impl<'a> SettingView<'a> {
    fn bound(&self, flag: u8, at: usize) -> Option<Scalar<&'a str>> {
        let cell: &Cell = self.record[at..at + CELL_BYTES].try_into().ok()?;
        let kind = bound_kind(self.kind);
        (self.record[10] & flag != 0).then(|| cell_bytes::read(kind, cell, &[], |_| None))?
    }

    /// Smallest value, or length of a string, or element.
    pub fn min(&self) -> Option<Scalar<&'a str>> {
        self.bound(HAS_MIN, 24)
    }

    /// Largest, likewise.
    pub fn max(&self) -> Option<Scalar<&'a str>> {
        self.bound(HAS_MAX, 40)
    }

    /// How far one push may move it.
    pub fn step(&self) -> Option<Step> {
        let cell: &Cell = self.record[56..72].try_into().ok()?;
        if self.record[10] & FACTOR != 0 {
            return Some(Step::Factor(f64::from_bits(cell_bytes::first(cell))));
        }
        let kind = if self.kind == Kind::Timestamp {
            Kind::Duration
        } else {
            self.kind
        };
        if self.record[10] & DIFFERENCE == 0 || matches!(kind, Kind::String | Kind::Enum) {
            return None;
        }
        cell_bytes::read(kind, cell, &[], |_| None).map(Step::Difference)
    }

    /// Shortest time between two moves of it.
    pub fn cooldown(&self) -> Option<Duration> {
        let ns = u64_at(self.record, 72);
        (ns != 0).then(|| Duration::from_nanos(ns))
    }

    fn items(&self) -> (usize, usize) {
        (
            u32_at(self.record, 12) as usize,
            u32_at(self.record, 16) as usize,
        )
    }

    pub(crate) fn items_declared(&self) -> usize {
        self.items().1
    }

    /// The values of an enum, in order.
    pub fn words(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let count = if self.form == Form::Table {
            0
        } else {
            self.items().1
        };
        let this = *self;
        (0..count).map_while(move |at| this.word(at as u32))
    }

    /// A value of an enum.
    pub fn word(&self, at: u32) -> Option<&'a str> {
        let (first, count) = self.items();
        let record = self
            .catalog
            .record::<WORD_BYTES>(4, first.checked_add(at as usize)?)?;
        ((at as usize) < count).then(|| self.catalog.text_of(record))?
    }

    /// How many columns a table has.
    pub fn columns(&self) -> usize {
        if self.form == Form::Table {
            self.items().1
        } else {
            0
        }
    }

    /// A column of a table: its name and kind.
    pub fn column(&self, at: usize) -> Option<(&'a str, Kind)> {
        let (first, count) = self.items();
        let record = self
            .catalog
            .record::<COLUMN_BYTES>(3, first.checked_add(at)?)?;
        (at < count).then(|| Some((self.catalog.text_of(record)?, Kind::from_u8(record[8])?)))?
    }

    /// How many scalars one element or row has.
    pub(crate) fn width(&self) -> usize {
        if self.form == Form::Table {
            self.columns()
        } else {
            1
        }
    }

    /// The kind of the scalar at that position of a row.
    pub(crate) fn cell_kind(&self, at: usize) -> Option<Kind> {
        match self.form {
            Form::Table => self.column(at).map(|c| c.1),
            Form::One | Form::List => Some(self.kind),
        }
    }
}
