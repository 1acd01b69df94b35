//! The full check of an image: after it, every read finds what it expects.

use crate::catalog::CatalogView;
use crate::cell_bytes::Cell;
use crate::layout::{POLICY_BYTES, SHAPE_BYTES, flag, section, u32_at};
use crate::name;
use crate::pattern::Shape;
use crate::route::{self, Slot};
use crate::rules;
use crate::scalar::Form;
use crate::table::View;
use crate::values::cell_is_valid;

type Fault = &'static str;

/// Checks everything that [`Header::parse`](crate::layout::Header::parse) leaves open.
pub(crate) fn verify(view: View<'_>) -> Result<(), Fault> {
    catalog(view.catalog())?;
    shapes(view)?;
    names(view)?;
    if let Some(fallback) = route::fallback(view.image) {
        answer(view, fallback)?;
    }
    values(view)
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
    let mut last = None;
    for bytes in shapes {
        let shape = Shape::read(bytes);
        ensure(
            shape.write() == *bytes && shape.segments <= 16,
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

fn names(view: View<'_>) -> Result<(), Fault> {
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
    let mut last = "";
    for ordinal in 0..total {
        let slot = route::slot_of(view.image, header, ordinal).ok_or("an ordinal has no slot")?;
        ensure(
            u32_at(slot, 4) == ordinal,
            "a slot has another ordinal than leads to it",
        )?;
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
        ensure(u32_at(found, 4) == ordinal, "two slots hold the same name")?;
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
        answer(view, slot)?;
    }
    ensure(own == header.routes, "the number of routes is wrong")
}

/// The answer of a slot: outcome, source, record, policy.
fn answer(view: View<'_>, slot: &Slot) -> Result<(), Fault> {
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
    let policy = usize::from(u16::from_le_bytes([slot[2], slot[3]]));
    let policies = view
        .header
        .section(view.image, section::POLICIES)
        .as_chunks::<POLICY_BYTES>()
        .0;
    ensure(policy < policies.len(), "a slot has no policy")?;
    if source == flag::PATTERN {
        let via = u32_at(slot, 12);
        let total = view.header.names + view.header.patterns;
        ensure(
            (view.header.names..total).contains(&via),
            "a slot inherits from no pattern",
        )?;
    }
    let lists = view.header.section(view.image, section::LISTS);
    let record = lists
        .get(u32_at(slot, 8) as usize..)
        .ok_or("a slot has no record")?;
    match outcome {
        flag::DELIVER => {
            let (to, arms, mirrors) = route::parts(record).ok_or("a record is cut off")?;
            let consumers = view.catalog().consumers();
            let known = |[a, b]: [u8; 2]| usize::from(u16::from_le_bytes([a, b])) < consumers;
            let good = to.iter().all(|c| known(*c))
                && arms
                    .iter()
                    .all(|a| known([a[0], a[1]]) && (a[2], a[3]) != (0, 0))
                && mirrors.iter().all(|m| known([m[0], m[1]]));
            ensure(
                good && (!to.is_empty() || !arms.is_empty()),
                "a record names no consumer",
            )
        }
        flag::DROP => {
            let (head, rest) = record
                .split_first_chunk::<2>()
                .ok_or("a record is cut off")?;
            let reason = rest
                .get(..u16::from_le_bytes(*head).into())
                .ok_or("a record is cut off")?;
            std::str::from_utf8(reason)
                .map(|_| ())
                .map_err(|_| "a reason is not UTF-8")
        }
        _ => Ok(()),
    }
}

fn values(view: View<'_>) -> Result<(), Fault> {
    let catalog = view.catalog();
    let values = view.values();
    let text = view.header.section(view.image, section::TEXT);
    ensure(
        values.cells().len() >= catalog.settings(),
        "a setting has no value",
    )?;
    for at in 0..catalog.settings() {
        let setting = catalog.setting(at).ok_or("a setting is not readable")?;
        let cells: &[Cell] = values.value_cells(at, &setting);
        let expected = match setting.form {
            Form::One => 1,
            _ => values.declared_len(at).saturating_mul(setting.width()),
        };
        ensure(cells.len() == expected, "a value is cut off")?;
        for (i, cell) in cells.iter().enumerate() {
            let kind = setting
                .cell_kind(i % setting.width().max(1))
                .ok_or("a column has no type")?;
            ensure(
                cell_is_valid(kind, cell, text, &setting),
                "a value is not of its setting's type",
            )?;
        }
    }
    Ok(())
}
