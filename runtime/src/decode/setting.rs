//! Values of settings: checked for shape when they come, read when all are settled.

use super::Push;
use super::fields::{Seen, once, unknown_field};
use super::value::WireValue;
use crate::builder::Builder;
use crate::error::{Code, Path, Subject, Violation, Violations, shown};
use crate::scalar::Form;
use crate::wire::Fields;

impl<'a> Push<'a> {
    /// Checks the shape of a value, which ends there in the push; it is read when all
    /// values are settled.
    pub(super) fn setting(
        &self,
        message: &'a [u8],
        end: usize,
        builder: &mut Builder<'a>,
    ) -> Result<(), Violations> {
        let mut name = "";
        let mut value: Option<WireValue<'a>> = None;
        let mut values = 0;
        let mut seen = Seen::default();
        let mut fields = Fields::of(message);
        while let Some((number, raw)) = fields.next()? {
            once(&mut seen, number)?;
            match number {
                1 => name = raw.str()?,
                2..=4 => {
                    values += 1;
                    value = Some(WireValue::read(number, raw.bytes()?)?);
                }
                _ => return Err(unknown_field("settings", number)),
            }
        }
        let path = || Path::of(Subject::Setting(name.to_owned()));
        let Some(at) = builder.catalog().setting_index(name) else {
            let code = self.unknown(builder, Code::UnknownSetting);
            let message = format!("this engine has no setting `{}`", shown(name));
            builder.problem(Violation::new(path(), code, message));
            return Ok(());
        };
        let Some(value) = value.filter(|_| values == 1) else {
            builder.problem(Violation::new(
                path(),
                Code::Missing,
                "a setting needs exactly one value",
            ));
            return Ok(());
        };
        let columns = builder.catalog().setting(at).map_or(0, |s| s.columns());
        if value.form == Form::Table && columns > 0 && !value.rows_have(columns) {
            let message = format!("each row needs {columns} cells");
            builder.problem(Violation::new(path(), Code::WrongType, message));
            return Ok(());
        }
        let place = ((end - message.len()) as u32, end as u32);
        if std::mem::replace(&mut builder.shop.values[at], place).1 != 0 {
            builder.problem(Violation::new(
                path(),
                Code::Duplicate,
                "the setting stands twice",
            ));
        }
        Ok(())
    }
}

impl<'a> Builder<'a> {
    /// What the push says of a setting; `None`: the baseline's value is meant.
    pub(crate) fn pushed(&self, setting: usize) -> Option<WireValue<'a>> {
        let (start, end) = *self.shop.values.get(setting)?;
        let mut fields = Fields::of(self.push.get(start as usize..end as usize)?);
        // It was read before, so nothing is wrong with it.
        while let Ok(Some((number, raw))) = fields.next() {
            if matches!(number, 2..=4) {
                return WireValue::read(number, raw.bytes().ok()?).ok();
            }
        }
        None
    }
}
