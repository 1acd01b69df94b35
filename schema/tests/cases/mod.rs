//! The definitions that are refused: files and folders of `reject/`, in any spelling,
//! and those that are too large, or too little text, to be kept as files.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::path::{Path, PathBuf};

use routewright_schema::check::{CheckOptions, check};
use routewright_schema::diagnostic::Report;
use routewright_schema::load::load_tested;
use routewright_schema::source::Sources;
use routewright_schema::value::Date;

mod generated;
mod generated_proto;

/// A definition, and the name of its snapshot. `many-*` has several faults, `warn-*` a
/// warning only, any other exactly one error.
#[derive(Debug)]
pub struct Case {
    pub name: String,
    pub path: PathBuf,
}

/// All of them; the generated ones are files as long as this lives.
pub struct Cases {
    pub list: Vec<Case>,
    folder: PathBuf,
}

impl Cases {
    pub fn new(test: &str) -> Cases {
        let folder = format!("reject-{test}-{}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        let mut list: Vec<Case> = std::fs::read_dir("tests/reject")
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| Case {
                name: name(&path),
                path,
            })
            .collect();
        list.sort_by(|a, b| a.name.cmp(&b.name));
        let tables = [
            ("yaml", generated::TABLE),
            ("proto", generated_proto::TABLE),
        ];
        for (end, table) in tables {
            let folder = folder.join(end);
            std::fs::create_dir_all(&folder).unwrap();
            for (case, make) in table {
                let path = folder.join(format!("{case}.{end}"));
                std::fs::write(&path, make()).unwrap();
                let name = name(&path);
                list.push(Case { name, path });
            }
        }
        Cases { list, folder }
    }

    /// A report that does not depend on where the generated files are.
    pub fn render(&self, sources: &Sources, report: &Report) -> String {
        let mut words = report.render(sources, false);
        for end in ["yaml", "proto"] {
            let folder = self.folder.join(end).display().to_string();
            words = words.replace(&folder, "generated");
        }
        words
    }
}

impl Drop for Cases {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// `x.yaml` and the folder `x` are `x`; `x.proto` keeps its end, as the same in another
/// spelling.
fn name(path: &Path) -> String {
    let name = path.file_name().unwrap().to_str().unwrap();
    name.strip_suffix(".yaml").unwrap_or(name).to_owned()
}

/// Everything that there is to say of a definition.
pub fn refused(path: &Path) -> (Sources, Report) {
    let loaded = match load_tested(&[path.to_owned()], &[]) {
        Ok(loaded) => loaded,
        Err(refused) => return refused,
    };
    let options = CheckOptions::strict(Date::new(2026, 6, 1).unwrap());
    (loaded.sources.clone(), check(&loaded, &options).report)
}
