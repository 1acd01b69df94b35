//! The version alone.

use std::collections::BTreeMap;

use routewright::Limits;

use super::page::Page;
use super::tree::Odd;
use super::{Edited, Refused, prove, spell};
use crate::check;
use crate::load::Loaded;
use crate::lower::lower;
use crate::source::Span;

/// Edits definitions so that they have this version, and say the same. Nothing is written.
///
/// # Errors
/// It stands in a text that is not YAML, or that is laid out as nothing here can edit.
pub fn set_version(loaded: &Loaded, version: u64) -> Result<Edited, Refused> {
    let span = loaded.places.version().unwrap_or_default();
    let name = loaded.sources.name(span.file).to_owned();
    if ![".yaml", ".yml"].iter().any(|end| name.ends_with(end)) {
        let what = format!("set `version` to {version}");
        return Err(Refused::Elsewhere(vec![(name, what)]));
    }
    let odd = |Odd(at): Odd| {
        let start = at as u32;
        let at = Span {
            start,
            end: start,
            ..span
        };
        Refused::Odd(name.clone(), loaded.sources.line_column(at).0)
    };
    let mut page = Page::open(span.file, &loaded.sources).map_err(odd)?;
    let root = page.root.clone();
    let Some(item) = root.entry("version") else {
        return Err(odd(Odd(span.start as usize)));
    };
    let text = spell::number(&version.to_string(), &item.value);
    page.replace_value(&item.value, item.colon, &text);
    let texts = BTreeMap::from([(span.file, page.patched())]);
    let after = prove::reload(loaded, &texts)?;
    let mut expected = loaded.definition.clone();
    expected.version = version;
    if after.definition != expected {
        return Err(Refused::Differs(vec!["the version".to_owned()]));
    }
    match lower(&after.definition, &Limits::DEFAULT) {
        Ok(table) => Ok(Edited {
            loaded: after,
            table,
            files: vec![span.file],
            changes: Vec::new(),
            lost: Vec::new(),
        }),
        Err(violations) => {
            let report = check::diagnostics(&violations, &after.definition, &after.places);
            Err(Refused::Broken(Box::new((after.sources, report))))
        }
    }
}
