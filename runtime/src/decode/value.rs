//! One value of a setting: checked for shape, read when the image is written.

use super::fields::{Seen, map, once, unknown_field};
use crate::error::{Code, Violations};
use crate::scalar::{Form, Scalar};
use crate::wire::{Fields, Raw};

/// The value of a setting, checked for shape and still in its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WireValue<'a> {
    pub(super) form: Form,
    message: &'a [u8],
    /// Cells of each row, if they are all as wide as the first.
    width: Option<usize>,
}

impl<'a> WireValue<'a> {
    /// `number` is the field of `SettingValue` that holds it.
    pub(super) fn read(number: u32, message: &'a [u8]) -> Result<WireValue<'a>, Violations> {
        let mut width = None;
        let form = match number {
            2 => {
                scalar(message)?;
                Form::One
            }
            3 => {
                each(message, |element| scalar(element).map(|_| ()))?;
                Form::List
            }
            _ => {
                let mut even = true;
                each(message, |row| {
                    let mut cells = 0;
                    each(row, |cell| {
                        cells += 1;
                        scalar(cell).map(|_| ())
                    })?;
                    even &= *width.get_or_insert(cells) == cells;
                    Ok(())
                })?;
                width = width.filter(|_| even);
                Form::Table
            }
        };
        Ok(WireValue {
            form,
            message,
            width,
        })
    }

    /// The form that was found, if it is not this one.
    pub fn form_mismatch(&self, form: Form) -> Option<Form> {
        (self.form != form).then_some(self.form)
    }

    /// Whether every row has that many cells.
    pub(super) fn rows_have(&self, columns: usize) -> bool {
        self.message.is_empty() || self.width == Some(columns)
    }

    /// Its scalars: one; the elements; the cells, row by row.
    pub fn scalars(&self) -> impl Iterator<Item = Scalar<&'a str>> + use<'a> {
        let deep = match self.form {
            Form::One => 0,
            Form::List => 1,
            Form::Table => 2,
        };
        let mut stack = [Fields::of(&[]); 2];
        let mut single = None;
        match deep {
            0 => single = scalar(self.message).ok(),
            1 => stack[1] = Fields::of(self.message),
            _ => stack[0] = Fields::of(self.message),
        }
        std::iter::from_fn(move || {
            loop {
                if let Some(scalar) = single.take() {
                    return Some(scalar);
                }
                if let Ok(Some((_, Raw::Bytes(element)))) = stack[1].next() {
                    return scalar(element).ok();
                }
                match stack[0].next() {
                    Ok(Some((_, Raw::Bytes(row)))) => stack[1] = Fields::of(row),
                    _ => return None,
                }
            }
        })
    }
}

/// Calls `f` with each element of a message that is nothing but `repeated M x = 1`.
fn each<'a>(
    message: &'a [u8],
    mut f: impl FnMut(&'a [u8]) -> Result<(), Violations>,
) -> Result<(), Violations> {
    let mut fields = Fields::of(message);
    while let Some((number, raw)) = fields.next()? {
        match number {
            1 => f(raw.bytes()?)?,
            _ => return Err(unknown_field("settings", number)),
        }
    }
    Ok(())
}

/// Reads a `Scalar`.
fn scalar(message: &[u8]) -> Result<Scalar<&str>, Violations> {
    let mut fields = Fields::of(message);
    let Some((number, raw)) = fields.next()? else {
        return Err(map(
            "settings",
            Code::Missing,
            "a value is empty; a scalar says its kind",
        )
        .into());
    };
    let scalar = match number {
        1 => Scalar::Bool(raw.bool()?),
        2 => Scalar::Int(raw.sint64()?),
        3 => Scalar::Float(f64::from_bits(raw.fixed64()?)),
        4 => Scalar::Percent(f64::from_bits(raw.fixed64()?)),
        5 => Scalar::Duration(raw.varint()?),
        6 => Scalar::Size(raw.varint()?),
        7 => instant(raw.bytes()?)?,
        8 => Scalar::String(raw.str()?),
        9 => Scalar::Enum(raw.str()?),
        _ => return Err(unknown_field("settings", number)),
    };
    match fields.next()? {
        None => Ok(scalar),
        Some(_) => Err(map(
            "settings",
            Code::DuplicateField,
            "a scalar holds two values",
        )
        .into()),
    }
}

fn instant(message: &[u8]) -> Result<Scalar<&str>, Violations> {
    let (mut seconds, mut nanos) = (0, 0);
    let mut seen = Seen::default();
    let mut fields = Fields::of(message);
    while let Some((number, raw)) = fields.next()? {
        once(&mut seen, number)?;
        match number {
            1 => seconds = raw.sint64()?,
            2 => nanos = raw.uint32()?,
            _ => return Err(unknown_field("settings", number)),
        }
    }
    Ok(Scalar::Timestamp(seconds, nanos))
}
