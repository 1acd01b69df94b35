//! `--fix`: the version that is needed, written and proved.

use routewright_schema::edit::{Refused, set_version};
use routewright_schema::load::Loaded;

use super::Found;
use crate::report::{Done, Failure};
use crate::write;

impl Found {
    /// Sets the version that is needed.
    pub fn fix(&mut self) -> Done {
        let (Some(needed), Some(loaded)) = (self.needed(), &self.loaded) else {
            return Ok(());
        };
        let files = match set_version(loaded, needed) {
            Ok(edited) => {
                let of = |file: &u32| write::Replacement::of(loaded, &edited, *file);
                edited.files.iter().map(of).collect()
            }
            Err(Refused::Elsewhere(_)) => vec![self.digits(loaded, needed)?],
            Err(Refused::Odd(..)) => return Err(self.by_hand(needed)),
            Err(_) => return Err(self.fault(needed)),
        };
        replace(&files)?;
        // YAML was proved before; this way is for all, and for what others do meanwhile.
        let mut expected = loaded.definition.clone();
        expected.version = needed;
        match self.project.load() {
            Ok(after) if after.definition == expected => {
                self.fixed = true;
                Ok(())
            }
            _ => {
                let back = files.into_iter().map(write::Replacement::back);
                replace(&back.collect::<Vec<_>>())?;
                Err(self.fault(needed))
            }
        }
    }

    /// Other digits in the place of the version, in a text that is no YAML.
    fn digits(&self, loaded: &Loaded, needed: u64) -> Result<write::Replacement, Failure> {
        let span = loaded.places.version().unwrap_or_default();
        let path = loaded.files[span.file as usize].clone();
        let before = loaded.sources.text(span.file).to_owned();
        let place = span.start as usize..span.end as usize;
        let digits = loaded.definition.version.to_string();
        // Bytes are shown as a text that stands in no file.
        if path.extension().is_some_and(|end| end == "binpb")
            || before.get(place.clone()) != Some(&digits)
        {
            return Err(self.by_hand(needed));
        }
        let mut after = before.clone();
        after.replace_range(place, &needed.to_string());
        Ok(write::Replacement {
            path,
            before,
            after,
        })
    }

    fn by_hand(&self, needed: u64) -> Failure {
        Failure::Bad(format!(
            "{}: this version cannot be edited here; write {needed} by hand",
            self.place().unwrap_or_default(),
        ))
    }

    fn fault(&self, needed: u64) -> Failure {
        Failure::Bad(format!(
            "{}: with version {needed} the definitions would not say the same; all files are as they were (this is a fault of `check-version`; please report it)",
            self.project.name
        ))
    }
}

fn replace(files: &[write::Replacement]) -> Done {
    write::replace(files).map_err(|error| Failure::Bad(format!("{error}\nnothing was written")))
}
