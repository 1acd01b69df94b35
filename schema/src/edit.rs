//! Edits the text of definitions so that they say what a table says, such as the one that
//! an engine serves. Only what differs is touched, so that comments, quotes, order and
//! layout stay as their author left them.
//!
//! Nothing is believed: the edited texts are read again, and must give exactly the old
//! definition with the wanted routes, values and fallback in it, and a version one higher.
//! (That version is the source's; versions of pushes count something else.)
//!
//! One idea a file: `wanted` (what to bring about), `tree` and `page` (a text and its
//! places), `items` (lists and maps), `list`, `route`, `policy`, `setting` (what to change
//! in them), `place` (where new entries go), `spell` (how values are written), `work` (all
//! of it together), `version` (that alone), `prove`, `changes` (what to tell).

use routewright::{Image, RouteTable};

use crate::diagnostic::Report;
use crate::load::Loaded;
use crate::route_map;
use crate::source::{FileId, Sources};

mod changes;
mod items;
mod list;
mod page;
mod place;
mod policy;
mod prove;
mod route;
mod setting;
mod spell;
mod tree;
mod version;
mod wanted;
mod work;

pub use version::set_version;

/// Definitions that were edited, in memory.
#[derive(Debug)]
pub struct Edited {
    /// What the edited texts say.
    pub loaded: Loaded,
    /// Compiled.
    pub table: RouteTable<Image>,
    /// The texts that are different now; none: there was nothing to do.
    pub files: Vec<FileId>,
    /// What is different now, but for the version.
    pub changes: Vec<Change>,
    /// Comments that went with what they belonged to.
    pub lost: Vec<Lost>,
}

/// One difference in what the definitions say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// `route`, `setting`, `fallback` or `event`.
    pub kind: &'static str,
    /// Its name; of the fallback, empty.
    pub name: String,
    /// In words; empty: it was not there.
    pub before: String,
    /// In words; empty: it is not there.
    pub after: String,
    /// The text.
    pub file: FileId,
    /// The line: in the new text, or in the old one if it is gone.
    pub line: usize,
}

/// A comment that stands no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The text.
    pub file: FileId,
    /// Its line before the edit.
    pub line: usize,
    /// The comment, with its `#`.
    pub text: String,
}

/// Why nothing was edited.
#[derive(Debug)]
pub enum Refused {
    /// This would have to change in texts that are not YAML: the file, and what to do.
    Elsewhere(Vec<(String, String)>),
    /// This the definitions cannot say, each in a sentence.
    Unsayable(Vec<String>),
    /// A text that is laid out as nothing here can edit: the file, and the line.
    Odd(String, usize),
    /// The edited texts would have these faults.
    Broken(Box<(Sources, Report)>),
    /// The edited texts would not say what is wanted of these.
    Differs(Vec<String>),
}

/// Edits definitions so that they say what a table says. Settings that it does not have
/// stay as they are. Nothing is written.
///
/// # Errors
/// It cannot be done, or cannot be done in YAML alone.
pub fn edit<D: AsRef<[u8]>>(loaded: &Loaded, served: &RouteTable<D>) -> Result<Edited, Refused> {
    let now = wanted::Wanted::now(&loaded.definition);
    let mut wanted =
        wanted::Wanted::of(&route_map::from_table(served, 0)).map_err(Refused::Unsayable)?;
    for (name, value) in &now.settings {
        wanted
            .settings
            .entry(name.clone())
            .or_insert_with(|| value.clone());
    }
    let edited = work::edit(loaded, &now, &wanted)?;
    // Of one catalog, what is said the same way is the same bytes.
    let comparable = edited.table.fingerprint() == served.fingerprint();
    match comparable && edited.table.as_image() != served.as_image() {
        true => Err(Refused::Differs(vec!["the image".to_owned()])),
        false => Ok(edited),
    }
}
