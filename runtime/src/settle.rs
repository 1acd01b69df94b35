//! The VALUES section: what a push or the baseline says of each setting, checked
//! against its declaration.

use crate::builder::Builder;
use crate::catalog::{SettingView, order};
use crate::cell_bytes::{self, Cell};
use crate::error::{Code, Path, Subject, Violation, Violations, shown};
use crate::layout::CELL_BYTES;
use crate::scalar::{Form, Scalar};

/// Writes the cells of all settings, and strings behind what `text` already holds.
pub(crate) fn values(
    builder: &Builder<'_>,
    cells: &mut Vec<u8>,
    text: &mut Vec<u8>,
) -> Result<(), Violations> {
    let catalog = builder.catalog();
    let count = catalog.settings();
    // Cells of a long list take more room than all else, so that it is not left to grow.
    cells.reserve_exact((count + elements(builder)) * CELL_BYTES);
    cells.resize(count * CELL_BYTES, 0);
    let mut out = Out {
        problems: Violations::new(),
        cells,
        text,
        string_bytes_max: builder.limits.string_bytes_max,
        cells_max: builder.limits.cells_max,
    };
    for at in 0..count {
        let Some(setting) = catalog.setting(at) else {
            continue;
        };
        match (builder.pushed(at), builder.base) {
            (Some(value), _) => {
                if let Some(found) = value.form_mismatch(setting.form) {
                    out.wrong_form(&setting, found);
                    continue;
                }
                out.put(at, &setting, value.scalars());
            }
            (None, Some(base)) => out.put(at, &setting, base.values().scalars(at)),
            (None, None) => {
                let default = builder
                    .spec
                    .settings
                    .get(at)
                    .map_or(&[][..], |s| &s.default);
                out.put(at, &setting, default.iter().copied());
            }
        }
    }
    out.problems.or(())
}

/// How many elements and cells all lists and tables have together.
fn elements(builder: &Builder<'_>) -> usize {
    let catalog = builder.catalog();
    let lists = (0..catalog.settings()).filter(|at| {
        let setting = catalog.setting(*at);
        setting.is_some_and(|setting| setting.form != Form::One)
    });
    lists
        .map(|at| {
            let count = match (builder.pushed(at), builder.base) {
                (Some(value), _) => value.scalars().count(),
                (None, Some(base)) => base.values().scalars(at).count(),
                (None, None) => builder.spec.settings.get(at).map_or(0, |s| s.default.len()),
            };
            count.min(builder.limits.cells_max)
        })
        .sum()
}

struct Out<'t> {
    problems: Violations,
    cells: &'t mut Vec<u8>,
    text: &'t mut Vec<u8>,
    string_bytes_max: usize,
    cells_max: usize,
}

impl Out<'_> {
    fn put<'s>(
        &mut self,
        at: usize,
        setting: &SettingView<'_>,
        mut scalars: impl Iterator<Item = Scalar<&'s str>>,
    ) {
        let first = self.cells.len() / CELL_BYTES;
        let width = setting.width().max(1);
        let mut count = 0;
        while let Some(scalar) = scalars.next() {
            let cell = self.cell(setting, count, scalar);
            match setting.form {
                Form::One => self.cells[at * CELL_BYTES..][..CELL_BYTES].copy_from_slice(&cell),
                Form::List | Form::Table => self.cells.extend_from_slice(&cell),
            }
            count += 1;
            if count == self.cells_max {
                count += scalars.by_ref().count();
            }
        }
        let path = || Path::of(Subject::Setting(setting.name.to_owned()));
        if count > self.cells_max {
            let max = self.cells_max;
            let message =
                format!("the value has {count} elements or cells; at most {max} are allowed");
            let violation = Violation::new(path(), Code::Limit, message);
            self.problems.push(violation.limit(count, max));
        }
        match setting.form {
            Form::One if count == 1 => {}
            Form::One => self.problems.push(Violation::new(
                path(),
                Code::WrongType,
                "the setting needs one value",
            )),
            Form::List | Form::Table => {
                if count % width != 0 {
                    let message = format!("each row needs {width} cells");
                    self.problems
                        .push(Violation::new(path(), Code::WrongType, message));
                }
                let head = first as u64 | ((count / width) as u64) << 32;
                let head = cell_bytes::pair(head, 0);
                self.cells[at * CELL_BYTES..][..CELL_BYTES].copy_from_slice(&head);
            }
        }
    }

    fn cell(&mut self, setting: &SettingView<'_>, at: usize, scalar: Scalar<&str>) -> Cell {
        if let Some(violation) = self.fault(setting, at, scalar) {
            self.problems.push(violation);
            return [0; CELL_BYTES];
        }
        let text = &mut *self.text;
        cell_bytes::write(
            scalar,
            |piece| {
                let at = text.len() as u32;
                text.extend_from_slice(piece.as_bytes());
                at
            },
            |word| setting.words().position(|w| w == word).unwrap_or(0) as u32,
        )
    }

    /// What is wrong with one scalar of a value.
    fn fault(
        &self,
        setting: &SettingView<'_>,
        at: usize,
        scalar: Scalar<&str>,
    ) -> Option<Violation> {
        let subject = || Subject::Setting(setting.name.to_owned());
        let path = || match setting.form {
            Form::One => Path::of(subject()),
            Form::List | Form::Table => Path::item(subject(), "", at),
        };
        let kind = setting.cell_kind(at % setting.width().max(1))?;
        if scalar.kind() != kind {
            let message = format!("it is a {}, but the setting is a {kind}", scalar.kind());
            let violation = Violation::new(path(), Code::WrongType, message);
            return Some(
                violation
                    .named("found", scalar.kind().as_str())
                    .named("expected", kind.as_str()),
            );
        }
        match scalar {
            Scalar::Float(v) | Scalar::Percent(v) if !v.is_finite() => {
                return Some(Violation::new(
                    path(),
                    Code::WrongType,
                    "it is not a finite number",
                ));
            }
            Scalar::Timestamp(_, nanos) if nanos >= 1_000_000_000 => {
                return Some(Violation::new(
                    path(),
                    Code::WrongType,
                    "nanoseconds must be below 1,000,000,000",
                ));
            }
            Scalar::String(v) if v.len() > self.string_bytes_max => {
                let max = self.string_bytes_max;
                let message = format!(
                    "the string has {} bytes; at most {max} are allowed",
                    v.len()
                );
                let violation = Violation::new(path(), Code::Limit, message);
                return Some(violation.limit(v.len(), max));
            }
            Scalar::Enum(v) if !setting.words().any(|w| w == v) => {
                let words = setting.words().collect::<Vec<_>>().join(", ");
                let words = shown(&words);
                let message = format!("`{}` is not one of its values: {words}", shown(v));
                let violation = Violation::new(path(), Code::NotAValue, message);
                return Some(violation.named("value", v).named("values", &words));
            }
            _ => {}
        }
        if setting.form == Form::Table {
            return None;
        }
        // A string is measured, everything else compared.
        let (measured, noun) = match scalar {
            Scalar::String(v) => (Scalar::Int(v.len() as i64), "its length "),
            other => (other, ""),
        };
        let out_of = |bound: Scalar<&str>, code, side, role| {
            let message = format!("{noun}{measured} is {side} `{role}` {bound}");
            let violation = Violation::new(path(), code, message);
            violation.fact("value", measured).fact(role, bound)
        };
        let below = setting
            .min()
            .filter(|min| order(measured, *min).is_some_and(|o| o.is_lt()));
        let above = setting
            .max()
            .filter(|max| order(measured, *max).is_some_and(|o| o.is_gt()));
        below
            .map(|min| out_of(min, Code::BelowMin, "below", "min"))
            .or_else(|| above.map(|max| out_of(max, Code::AboveMax, "above", "max")))
    }

    fn wrong_form(&mut self, setting: &SettingView<'_>, found: Form) {
        let word = |form| match form {
            Form::One => "scalar",
            Form::List => "list",
            Form::Table => "table",
        };
        let message = format!(
            "it is a {}, but the setting is a {}",
            word(found),
            word(setting.form)
        );
        let path = Path::of(Subject::Setting(setting.name.to_owned()));
        let violation = Violation::new(path, Code::WrongType, message);
        self.problems.push(
            violation
                .named("found", word(found))
                .named("expected", word(setting.form)),
        );
    }
}
