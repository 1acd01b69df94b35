//! What definitions say now, and what they said at commits.

use std::path::PathBuf;

use routewright_schema::analysis::version::{Content, Said};
use routewright_schema::load::{self, Loaded};

use super::{Args, short};
use crate::git::{Base, Exported, Repo};
use crate::project::{self, Project};
use crate::report::{self, Failure};

/// In how many commits we look for a definition that can be read, or that says something
/// else.
const COMMITS_MAX: usize = 64;

/// What the definitions say now; none: they are gone.
pub fn now(args: &Args, repo: &Repo, project: &Project) -> Result<Option<Loaded>, Failure> {
    if !args.staged {
        let there = project.definitions.iter().any(|path| path.exists());
        return there.then(|| project.load()).transpose();
    }
    let exported = repo.export(&repo.staged()?, &everything(project))?;
    let staged = at(project, &project.definitions, &exported);
    if staged.definitions.is_empty() {
        return Ok(None);
    }
    let folder = exported.folder().display().to_string();
    match load::load_including(&staged.definitions, &staged.includes) {
        Ok(mut loaded) => {
            loaded.sources.within(&folder);
            Ok(Some(loaded))
        }
        Err((mut sources, report)) => {
            sources.within(&folder);
            report::show(&report, &sources);
            Err(Failure::told())
        }
    }
}

/// All that is read of a project.
fn everything(project: &Project) -> Vec<PathBuf> {
    [&project.definitions[..], &project.includes].concat()
}

/// The project at a revision, whose definitions were there.
fn at(project: &Project, definitions: &[PathBuf], exported: &Exported) -> Project {
    Project {
        definitions: exported.paths(definitions),
        includes: exported.paths(&project.includes),
        ..project.clone()
    }
}

pub fn said(loaded: &Loaded) -> Result<Said, Failure> {
    let version = loaded.definition.version;
    match Content::of(&loaded.definition) {
        Ok(content) => Ok(Said { version, content }),
        // Shows what is wrong.
        Err(_) => Err(project::lowered(loaded).err().unwrap_or_else(Failure::told)),
    }
}

/// What a commit says.
enum Past {
    Nothing,
    /// It has definitions, but they have a fault.
    Broken,
    Said(Said),
}

/// What the definitions said at a commit, or before it at the last one where they could be
/// read: who mends a broken definition is held to the version that it had.
pub fn past(
    args: &Args,
    repo: &Repo,
    commit: &str,
    project: &Project,
    notes: &mut Vec<String>,
) -> Result<Option<Said>, Failure> {
    let mut definitions = project.definitions.clone();
    let exported = repo.export(commit, &everything(project))?;
    if exported.paths(&definitions).is_empty() {
        definitions = repo.renamed(commit, &definitions, args.staged)?;
        if definitions.is_empty() {
            return Ok(None);
        }
        notes.push(format!(
            "{}: the files had other names at {}",
            project.name,
            short(commit)
        ));
    }
    drop(exported);
    match read(repo, commit, project, &definitions)? {
        Past::Said(said) => return Ok(Some(said)),
        Past::Nothing => return Ok(None),
        Past::Broken => {}
    }
    let broken = format!(
        "{}: the definitions at {} have a fault",
        project.name,
        short(commit)
    );
    for earlier in repo.before(commit, &definitions, COMMITS_MAX)? {
        if let Past::Said(said) = read(repo, &earlier, project, &definitions)? {
            notes.push(format!("{broken}: compared with {}", short(&earlier)));
            return Ok(Some(said));
        }
    }
    notes.push(format!(
        "{broken}, and so have those before them: nothing to compare with"
    ));
    Ok(None)
}

/// What was said since this branch left the base, in commits that can be read.
pub fn between(repo: &Repo, base: &Base, project: &Project) -> Result<Vec<Said>, Failure> {
    let mut out = Vec::new();
    let since = base.fork.as_ref().unwrap_or(&base.commit);
    for commit in repo.since(since, &project.definitions, COMMITS_MAX)? {
        if let Past::Said(said) = read(repo, &commit, project, &project.definitions)? {
            out.push(said);
        }
    }
    Ok(out)
}

fn read(
    repo: &Repo,
    commit: &str,
    project: &Project,
    definitions: &[PathBuf],
) -> Result<Past, Failure> {
    let exported = repo.export(commit, &[definitions, &project.includes].concat())?;
    let then = at(project, definitions, &exported);
    if then.definitions.is_empty() {
        return Ok(Past::Nothing);
    }
    Ok(
        match load::load_including(&then.definitions, &then.includes) {
            Ok(loaded) => match Content::of(&loaded.definition) {
                Ok(content) => Past::Said(Said {
                    version: loaded.definition.version,
                    content,
                }),
                Err(_) => Past::Broken,
            },
            // The folder was there, with other files.
            Err((_, report)) if report.sorted().iter().all(|d| d.code == "no_files") => {
                Past::Nothing
            }
            Err(_) => Past::Broken,
        },
    )
}
