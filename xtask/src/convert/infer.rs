//! A mapping proposed for YAML of an unknown shape.

use std::path::{Path, PathBuf};

use routewright_convert::infer::infer_telling;

use super::foreign::{Bar, read};
use super::give;
use crate::report::{Done, Failure, note};
use crate::shell::quoted;

/// The proposal goes where it was asked for, what it comes to and what to do next to
/// standard error. A tree without routes is no failure.
pub fn run(paths: &[PathBuf], out: Option<&Path>) -> Done {
    if let Some(out) = out.filter(|out| out.exists()) {
        return Err(Failure::Bad(format!(
            "{}: the file is there already, and may have been edited; name another one for the proposal",
            out.display()
        )));
    }
    let mut bar = Bar::new();
    let corpus = read(paths, &mut bar)?;
    bar.clear();
    for fault in &corpus.faults {
        note!(
            "left out    {}: {}",
            corpus.place(fault.span),
            fault.message
        );
    }
    if corpus.documents.is_empty() {
        let failure = match corpus.faults.is_empty() {
            true => "there is no YAML (*.yaml, *.yml) to look at".to_owned(),
            false => String::new(),
        };
        return Err(Failure::Bad(failure));
    }
    let proposal = infer_telling(&corpus, &mut |what, at, of| bar.show(what, at, of));
    bar.clear();
    give(out, proposal.text.as_bytes())?;
    note!("{}", proposal.to_string().trim_end());
    let list: Vec<String> = paths
        .iter()
        .map(|path| quoted(&path.display().to_string()))
        .collect();
    if let Some(out) = out.filter(|_| proposal.sure + proposal.unsure > 0) {
        note!(
            "next        read {out}, edit it, then: cargo xtask convert {} --from {out} --to yaml",
            list.join(" "),
            out = quoted(&out.display().to_string())
        );
    }
    Ok(())
}
