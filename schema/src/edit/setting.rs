//! The `default` of a setting.

use routewright::Scalar;

use super::items::Ops;
use super::page::Page;
use super::tree::{Item, Node, Shape};
use super::{list, spell};
use crate::model::Value;

/// Brings a default that is written to another value.
pub(super) fn change(page: &mut Page<'_>, default: &Item, old: &Value, new: &Value) {
    match (old, new) {
        (_, Value::One(new)) => {
            let text = spell::scalar(new, &default.value);
            page.replace_value(&default.value, default.colon, &text);
        }
        (Value::List(old), Value::List(new)) => {
            let texts =
                |list: &[Scalar<String>]| list.iter().map(Scalar::to_string).collect::<Vec<_>>();
            list::change(page, default, &texts(old), &texts(new), &|at, like| {
                element(&new[at], like)
            });
        }
        (Value::Table(old), Value::Table(new)) => rows(page, default, old, new),
        _ => page.replace_value(&default.value, default.colon, &whole(new)),
    }
}

/// Rows that stay are not touched; of one that changes, only the cells that do.
fn rows(page: &mut Page<'_>, default: &Item, old: &[Row], new: &[Row]) {
    let texts = |rows: &[Row]| -> Vec<String> {
        rows.iter().map(|row| format!("{:?}", cells(row))).collect()
    };
    let node = &default.value;
    let spell = |at: usize, like: &Node| row(&new[at], like);
    let (old_texts, new_texts) = (texts(old), texts(new));
    let mut ops = list::ops(node, &old_texts, &new_texts, &spell);
    // Which new row each changed one becomes is known from its text.
    for (at, text) in std::mem::take(&mut ops.replace) {
        let item = &node.items()[at];
        let becomes = new.iter().find(|row| self::row(row, &item.value) == text);
        match becomes.filter(|row| item.value.is_flow() && row.len() == item.value.items().len()) {
            Some(row) => in_row(page, item, &old[at], row),
            None => drop(ops.replace.insert(at, text)),
        }
    }
    page.change(node, default.colon, ops);
}

type Row = Vec<Scalar<String>>;

fn cells(row: &Row) -> Vec<String> {
    row.iter().map(Scalar::to_string).collect()
}

fn in_row(page: &mut Page<'_>, item: &Item, old: &Row, new: &Row) {
    let mut ops = Ops::default();
    let items = item.value.items();
    for (at, (cell, (old, new))) in items.iter().zip(old.iter().zip(new)).enumerate() {
        if old.to_string() != new.to_string() {
            ops.replace.insert(at, element(new, &cell.value));
        }
    }
    page.change(&item.value, item.colon, ops);
}

/// A row in brackets; each cell in the style of the one in its column.
fn row(new: &Row, like: &Node) -> String {
    let items = like.items();
    let cells = new
        .iter()
        .enumerate()
        .map(|(at, cell)| match items.get(at) {
            Some(old) => element(cell, &old.value),
            None => spell::plain(cell),
        });
    format!("[{}]", cells.collect::<Vec<_>>().join(", "))
}

fn element(new: &Scalar<String>, like: &Node) -> String {
    match like.shape {
        Shape::Scalar { .. } => spell::scalar(new, like),
        _ => spell::plain(new),
    }
}

/// A value where none stands yet.
pub(super) fn whole(value: &Value) -> String {
    let list = |list: &[Scalar<String>]| {
        let all: Vec<String> = list.iter().map(spell::plain).collect();
        format!("[{}]", all.join(", "))
    };
    match value {
        Value::One(one) => spell::plain(one),
        Value::List(elements) => list(elements),
        Value::Table(rows) => {
            let all: Vec<String> = rows.iter().map(|row| list(row)).collect();
            format!("[{}]", all.join(", "))
        }
    }
}
