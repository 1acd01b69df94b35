//! The full check of an image: after it, every read finds what it expects.

use crate::catalog::CatalogView;
use crate::cell_bytes::{Cell, halves};
use crate::hash;
use crate::layout::{
    KEY, KEY_INLINE_BYTES, KEY_SPILLED_BYTES, LIST_HEAD_BYTES, SHAPE_BYTES, flag, section, u32_at,
};
use crate::limits::{NAME_SEGMENTS_MAX, SHAPES_MAX};
use crate::name;
use crate::pattern::Shape;
use crate::route::{self, Slot};
use crate::rules;
use crate::scalar::{Form, Kind};
use crate::table::View;
use crate::values::cell_is_valid;

type Fault = &'static str;

/// Checks everything that [`Header::parse`](crate::layout::Header::parse) leaves open.
///
/// Takes time in proportion to the image, whatever it holds: records, cells and texts
/// must stand one behind the other as they are written, so none is looked at for more
/// than one of those that refer to it.
pub(crate) fn verify(view: View<'_>) -> Result<(), Fault> {
    catalog(view.catalog())?;
    shapes(view)?;
    let keys = names(view)?;
    let events = (0..view.header.events).map_while(|at| Some(view.by_ordinal(at)?.name()));
    let catalog = view.header.section(view.image, section::CATALOG);
    ensure(
        hash::fingerprint(events, catalog) == view.header.fingerprint,
        "the fingerprint is not that of the catalog",
    )?;
    Records::of(view).all()?;
    values(view, keys)
}

fn ensure(good: bool, fault: Fault) -> Result<(), Fault> {
    if good { Ok(()) } else { Err(fault) }
}

fn catalog(catalog: CatalogView<'_>) -> Result<(), Fault> {
    ensure(catalog.is_whole(), "the catalog is cut off")?;
    let mut last = "";
    for at in 0..catalog.consumers() {
        let name = catalog.consumer(at).ok_or("a consumer has no name")?;
        ensure(name > last, "the consumers are not in order")?;
        last = name;
    }
    last = "";
    for at in 0..catalog.settings() {
        let setting = catalog.setting(at).ok_or("a setting is not readable")?;
        ensure(setting.name > last, "the settings are not in order")?;
        last = setting.name;
        let items = setting.words().count()
            + (0..setting.columns())
                .map_while(|c| setting.column(c))
                .count();
        ensure(
            items == setting.items_declared(),
            "a setting's words or columns are not readable",
        )?;
    }
    for at in 0..catalog.rules() {
        catalog.rule(at).ok_or("a rule has no text")?;
        let kind = |path: &str| {
            let setting = catalog.setting(catalog.setting_index(path)?)?;
            (setting.form == Form::One).then_some(setting.kind)
        };
        rules::check(catalog.code(at), kind)
            .map_err(|_| "the code of a rule is not well formed")?;
    }
    Ok(())
}

fn shapes(view: View<'_>) -> Result<(), Fault> {
    let shapes = view
        .header
        .section(view.image, section::SHAPES)
        .as_chunks::<SHAPE_BYTES>()
        .0;
    ensure(shapes.len() <= SHAPES_MAX, "there are too many shapes")?;
    let mut last = None;
    for bytes in shapes {
        let shape = Shape::read(bytes);
        ensure(
            shape.write() == *bytes
                && usize::from(shape.segments) <= NAME_SEGMENTS_MAX
                && u32::from(shape.mask) >> shape.segments == 0,
            "a shape is not well formed",
        )?;
        ensure(
            last.is_none_or(|l| l < shape.order()),
            "the shapes are not in order",
        )?;
        last = Some(shape.order());
    }
    Ok(())
}

/// Returns how many bytes of TEXT are keys.
fn names(view: View<'_>) -> Result<usize, Fault> {
    let header = view.header;
    let text = header.section(view.image, section::TEXT);
    let slots = header
        .section(view.image, section::SLOTS)
        .as_chunks::<64>()
        .0;
    let shapes: Vec<Shape> = header
        .section(view.image, section::SHAPES)
        .as_chunks::<SHAPE_BYTES>()
        .0
        .iter()
        .map(Shape::read)
        .collect();
    let total = header.names + header.patterns;
    let inhabited = slots.iter().filter(|s| s[0] != 0).count();
    ensure(
        inhabited == total as usize,
        "slots and names differ in number",
    )?;
    let mut own = 0;
    let mut long = 0;
    let mut last = "";
    for ordinal in 0..total {
        let slot = route::slot_of(view.image, header, ordinal).ok_or("an ordinal has no slot")?;
        ensure(
            u32_at(slot, 4) == ordinal,
            "a slot has another ordinal than leads to it",
        )?;
        if usize::from(slot[0]) > KEY_INLINE_BYTES {
            ensure(
                u32_at(slot, KEY + KEY_SPILLED_BYTES) as usize == long,
                "the long names do not stand one behind the other",
            )?;
            long += usize::from(slot[0]);
        }
        let key =
            std::str::from_utf8(route::key_bytes(text, slot)).map_err(|_| "a name is not UTF-8")?;
        let is_pattern = ordinal >= header.names;
        let well_formed = if is_pattern {
            name::check_route(key)
        } else {
            name::check_event(key)
        };
        ensure(
            well_formed.is_ok() && is_pattern == name::is_pattern(key),
            "a name is not allowed",
        )?;
        ensure(
            is_pattern == (slot[1] & flag::IS_PATTERN != 0),
            "a slot is wrong about being a pattern",
        )?;
        let found = view
            .key(key.as_bytes())
            .ok_or("a name is not found by its hash")?;
        ensure(std::ptr::eq(found, slot), "two slots hold the same name")?;
        if ordinal == header.events || ordinal == header.names {
            last = "";
        }
        ensure(key > last, "the names are not in order")?;
        last = key;
        if is_pattern {
            ensure(
                shapes.contains(&Shape::of(key)),
                "a pattern's shape is missing",
            )?;
            ensure(
                slot[1] & flag::SOURCE == flag::OWN,
                "a pattern has no route",
            )?;
        } else if ordinal >= header.events {
            ensure(
                slot[1] & flag::SOURCE == flag::OWN,
                "an undeclared name has no route",
            )?;
        }
        own += u32::from(slot[1] & flag::SOURCE == flag::OWN);
    }
    ensure(own == header.routes, "the number of routes is wrong")?;
    Ok(long)
}

/// The answers of all slots, and LISTS, which they refer to.
struct Records<'a> {
    view: View<'a>,
    lists: &'a [u8],
    consumers: usize,
    /// Where the record begins that was not referred to yet.
    next: usize,
    /// Where records begin that were, by outcome.
    known: [Vec<bool>; 2],
}

impl<'a> Records<'a> {
    fn of(view: View<'a>) -> Records<'a> {
        let lists = view.header.section(view.image, section::LISTS);
        Records {
            view,
            lists,
            consumers: view.catalog().consumers(),
            next: 0,
            known: [vec![false; lists.len()], vec![false; lists.len()]],
        }
    }

    /// Routes of their own refer to each record for the first time, the fallback last;
    /// what is inherited was there before.
    fn all(mut self) -> Result<(), Fault> {
        let view = self.view;
        let total = view.header.names + view.header.patterns;
        let slots = || (0..total).filter_map(|at| Some(view.by_ordinal(at)?.slot));
        let own = |slot: &&Slot| slot[1] & flag::SOURCE == flag::OWN;
        for slot in slots().filter(own) {
            self.answer(slot)?;
        }
        if let Some(fallback) = route::fallback(view.image) {
            ensure(
                fallback[0] == 0 && fallback[1] & flag::SOURCE == flag::FALLBACK,
                "the fallback is not marked as such",
            )?;
            self.answer(fallback)?;
        }
        let written = self.next;
        ensure(written == self.lists.len(), "a record belongs to no slot")?;
        for slot in slots().filter(|slot| !own(slot)) {
            self.answer(slot)?;
            self.inherited(slot)?;
        }
        ensure(
            self.next == written,
            "an inherited record belongs to no route",
        )
    }

    /// The answer of a slot: outcome, source, record, policy.
    fn answer(&mut self, slot: &Slot) -> Result<(), Fault> {
        let outcome = slot[1] & flag::OUTCOME;
        let source = slot[1] & flag::SOURCE;
        ensure(
            slot[1] >> 5 == 0 && outcome <= flag::DROP,
            "a slot has flags that mean nothing",
        )?;
        ensure(
            (outcome == flag::UNROUTED) == (source == 0),
            "a slot's outcome and source differ",
        )?;
        let header = self.view.header;
        let policy = u32::from(u16::from_le_bytes([slot[2], slot[3]]));
        ensure(policy < header.policies, "a slot has no policy")?;
        match outcome {
            flag::UNROUTED => Ok(()),
            _ => self.record(u32_at(slot, 8) as usize, outcome),
        }
    }

    /// An event without a route of its own answers as the pattern that meets it, else as
    /// the fallback: whoever asks by name gets what is found by position.
    fn inherited(&self, slot: &Slot) -> Result<(), Fault> {
        let pattern = self.view.pattern(self.view.answer(slot).name());
        let fallback = route::fallback(self.view.image);
        let inherits = |source| slot[1] & flag::SOURCE == source;
        let same = |from: &Slot| {
            slot[1] & flag::OUTCOME == from[1] & flag::OUTCOME
                && slot[2..4] == from[2..4]
                && slot[8..12] == from[8..12]
        };
        let good = match (pattern, fallback) {
            (Some(pattern), _) => {
                inherits(flag::PATTERN) && same(pattern) && u32_at(slot, 12) == u32_at(pattern, 4)
            }
            (None, Some(fallback)) => inherits(flag::FALLBACK) && same(fallback),
            (None, None) => inherits(0),
        };
        ensure(good, "an event inherits what nothing says")
    }

    fn record(&mut self, at: usize, outcome: u8) -> Result<(), Fault> {
        let [deliver, drop] = &self.known;
        let (this, other) = match outcome {
            flag::DELIVER => (deliver, drop),
            _ => (drop, deliver),
        };
        if this.get(at) == Some(&true) {
            return Ok(());
        }
        // The same bytes can be both: a list, and a reason.
        let before = other.get(at) == Some(&true);
        ensure(
            before || at == self.next,
            "the records do not stand one behind the other",
        )?;
        let bytes = self.read(at, outcome)?;
        if !before {
            self.next += bytes;
        }
        self.known[usize::from(outcome != flag::DELIVER)][at] = true;
        Ok(())
    }

    /// Reads a record, and returns how many bytes it has.
    fn read(&self, at: usize, outcome: u8) -> Result<usize, Fault> {
        let record = self.lists.get(at..).ok_or("a slot has no record")?;
        if outcome == flag::DROP {
            let (head, rest) = record
                .split_first_chunk::<2>()
                .ok_or("a record is cut off")?;
            let reason = rest
                .get(..u16::from_le_bytes(*head).into())
                .ok_or("a record is cut off")?;
            std::str::from_utf8(reason).map_err(|_| "a reason is not UTF-8")?;
            return Ok(2 + reason.len());
        }
        let (to, arms, mirrors) = route::parts(record).ok_or("a record is cut off")?;
        let known = |[a, b]: [u8; 2]| usize::from(u16::from_le_bytes([a, b])) < self.consumers;
        let good = to.iter().all(|c| known(*c))
            && arms
                .iter()
                .all(|a| known([a[0], a[1]]) && (a[2], a[3]) != (0, 0))
            && mirrors.iter().all(|m| known([m[0], m[1]]));
        ensure(
            good && (!to.is_empty() || !arms.is_empty()),
            "a record names no consumer",
        )?;
        Ok(LIST_HEAD_BYTES + 2 * to.len() + 4 * arms.len() + 8 * mirrors.len())
    }
}

/// `keys` are the bytes of TEXT with which strings do not begin.
fn values(view: View<'_>, keys: usize) -> Result<(), Fault> {
    let catalog = view.catalog();
    let values = view.values();
    let text = view.header.section(view.image, section::TEXT);
    ensure(
        values.cells().len() >= catalog.settings(),
        "a setting has no value",
    )?;
    // Where the next list or table, and the next string, must begin.
    let mut next_cell = catalog.settings();
    let mut next_text = keys;
    for at in 0..catalog.settings() {
        let setting = catalog.setting(at).ok_or("a setting is not readable")?;
        let cells: &[Cell] = values.value_cells(at, &setting);
        if setting.form == Form::One {
            ensure(cells.len() == 1, "a value is cut off")?;
        } else {
            let (first, count) = halves(&values.cells()[at]);
            let expected = (count as usize).saturating_mul(setting.width());
            ensure(cells.len() == expected, "a value is cut off")?;
            ensure(
                first as usize == next_cell,
                "the lists and tables do not stand one behind the other",
            )?;
            next_cell += cells.len();
        }
        for (i, cell) in cells.iter().enumerate() {
            let kind = setting
                .cell_kind(i % setting.width().max(1))
                .ok_or("a column has no type")?;
            if kind == Kind::String {
                let (at, bytes) = halves(cell);
                ensure(
                    at as usize == next_text,
                    "the strings do not stand one behind the other",
                )?;
                next_text += bytes as usize;
            }
            ensure(
                cell_is_valid(kind, cell, text, &setting),
                "a value is not of its setting's type",
            )?;
        }
    }
    ensure(
        next_cell == values.cells().len() && next_text == text.len(),
        "a cell or a text belongs to no setting",
    )
}
