//! `check-version --base REV`: the version of definitions is raised if their content
//! changed, and only then.

use std::path::PathBuf;

use routewright_schema::analysis::version::{Content, Said, Verdict, judge};
use routewright_schema::edit::{Refused, set_version};
use routewright_schema::load::{self, Loaded};
use serde_json::json;

use crate::cli::Format;
use crate::git::{Base, Exported, Repo};
use crate::project::{self, Definitions, Project};
use crate::report::{self, Done, Failure, say, say_json};
use crate::write;

/// In how many commits we look for a definition that can be read, or that says something
/// else.
const COMMITS_MAX: usize = 64;

#[derive(clap::Args)]
#[command(after_help = "Example:
  cargo xtask check-version --base origin/main
  cargo xtask check-version --base origin/main --fix       # sets the version that is right
  cargo xtask check-version --base HEAD^ --format json     # after a merge

Content is what a service can notice: routes, fallback, settings, rules, names, addresses, package.
Comments, order, layout, names of files, doc, owner, deprecated, expires and tests are not.

If REV went on since this branch left it, the content is compared with where they parted, and the
version must be above that of REV as well. docs/check-version.md has the hook and the lines for CI.")]
pub struct Args {
    #[command(flatten)]
    definitions: Definitions,
    /// What to compare with, such as the branch that this is to be merged into
    #[arg(long, value_name = "REV")]
    base: String,
    /// Look at what is staged, not at the files: for a pre-commit hook
    #[arg(long, conflicts_with = "fix")]
    staged: bool,
    /// Write the version that is right into the definitions
    #[arg(long)]
    fix: bool,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What was found of one project.
struct Found {
    project: Project,
    /// Now; none: deleted.
    loaded: Option<Loaded>,
    verdict: Option<Verdict>,
    notes: Vec<String>,
    /// Whether the version was set to what is needed.
    fixed: bool,
}

/// Exit code 1 if a version is wrong, and was not put right.
pub fn run(args: &Args) -> Done {
    let projects = project::find(&args.definitions, None)?;
    // What CI names as the commit before the first push of a branch.
    if args.base.len() >= 40 && args.base.bytes().all(|b| b == b'0') {
        match args.format {
            Format::Json => tell_json(args, None, &[]),
            Format::Text => say("good: the base is no commit: nothing to compare with"),
        }
        return Ok(());
    }
    let repo = Repo::here()?;
    let base = repo.base(&args.base)?;
    let mut found = Vec::new();
    for project in &projects {
        found.push(one(args, &repo, &base, project)?);
    }
    if args.fix {
        found.iter_mut().try_for_each(Found::fix)?;
    }
    match args.format {
        Format::Json => tell_json(args, Some(&base), &found),
        Format::Text => {
            match &base.fork {
                _ if base.is_ancestor() => {}
                Some(fork) => eprintln!(
                    "note: {} went on since {}, where this branch left it: the content is compared with that, the version with both",
                    args.base,
                    short(fork)
                ),
                None => eprintln!(
                    "note: {} and this have no commit in common{}: compared as they are",
                    args.base,
                    repo.shallow_hint()
                ),
            }
            found.iter().for_each(|found| found.tell(args, &base));
        }
    }
    match found.iter().all(Found::is_good) {
        true => Ok(()),
        false => Err(Failure::told()),
    }
}

fn one(args: &Args, repo: &Repo, base: &Base, project: &Project) -> Result<Found, Failure> {
    let mut notes = Vec::new();
    let loaded = now(args, repo, project)?;
    let now = match &loaded {
        Some(loaded) => Some(said(loaded)?),
        None => None,
    };
    let mut past = |commit: &str| past(args, repo, commit, project, &mut notes);
    let fork = base.fork.as_deref().map(&mut past).transpose()?.flatten();
    let tip = match base.is_ancestor() {
        true => fork.clone(),
        false => past(&base.commit)?,
    };
    if now.is_none() && fork.is_none() && tip.is_none() {
        return Err(Failure::Bad(format!(
            "{}: there is no definition, neither now nor at {}",
            project.name, args.base
        )));
    }
    notes.dedup();
    let verdict = match &now {
        None => None,
        Some(now) => Some(match judge(now, fork.as_ref(), tip.as_ref()) {
            verdict @ Verdict::Needless(_) => verdict.after(&between(repo, base, project)?, now),
            verdict => verdict,
        }),
    };
    Ok(Found {
        project: project.clone(),
        verdict,
        loaded,
        notes,
        fixed: false,
    })
}

/// What the definitions say now; none: they are gone.
fn now(args: &Args, repo: &Repo, project: &Project) -> Result<Option<Loaded>, Failure> {
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

fn said(loaded: &Loaded) -> Result<Said, Failure> {
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
fn past(
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
fn between(repo: &Repo, base: &Base, project: &Project) -> Result<Vec<Said>, Failure> {
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

/// As people quote commits.
fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

/// The name of a file is somebody else's: nothing in it is obeyed by a terminal.
fn visible(name: &str) -> String {
    let visible = |c: char| match routewright::name::printable(c) {
        true => c,
        false => '\u{fffd}',
    };
    name.chars().map(visible).collect()
}

fn replace(files: &[write::Replacement]) -> Done {
    write::replace(files).map_err(|error| Failure::Bad(format!("{error}\nnothing was written")))
}

impl Found {
    fn is_good(&self) -> bool {
        self.fixed || self.needed().is_none()
    }

    fn needed(&self) -> Option<u64> {
        self.verdict.and_then(Verdict::needed)
    }

    fn version(&self) -> Option<u64> {
        self.loaded.as_ref().map(|loaded| loaded.definition.version)
    }

    /// Where the version stands.
    fn place(&self) -> Option<String> {
        let loaded = self.loaded.as_ref()?;
        let span = loaded.places.version()?;
        let (line, _) = loaded.sources.line_column(span);
        Some(format!(
            "{}:{line}",
            visible(loaded.sources.name(span.file))
        ))
    }

    /// Sets the version that is needed.
    fn fix(&mut self) -> Done {
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

    /// Notes and what is wrong on standard error, what is good on standard output.
    fn tell(&self, args: &Args, base: &Base) {
        for note in &self.notes {
            eprintln!("note: {note}");
        }
        let (name, rev) = (&visible(&self.project.name), &args.base);
        let (Some(verdict), Some(version)) = (self.verdict, self.version()) else {
            return say(format_args!("{name}: good: deleted since {rev}"));
        };
        let place = self
            .place()
            .map_or(String::new(), |place| format!("{place}: "));
        let wrong = match verdict {
            Verdict::New => {
                return say(format_args!(
                    "{name}: good: new since {rev}, version {version}"
                ));
            }
            Verdict::Unchanged => {
                return say(format_args!(
                    "{name}: good: unchanged since {rev}, version {version}"
                ));
            }
            Verdict::Raised(from) => {
                return say(format_args!(
                    "{name}: good: changed since {rev}, version {version} is above {from}"
                ));
            }
            Verdict::Low(above) => format!(
                "{place}the definitions changed since {rev}, so their version must be above {above}; it is {version}"
            ),
            Verdict::Needless(was) => format!(
                "{place}nothing that a service can notice changed since {rev}, so the version stays {was}; it is {version}"
            ),
        };
        let needed = verdict.needed().unwrap_or(version);
        if self.fixed {
            return say(format_args!(
                "{name}: fixed: {place}version {version} is now {needed}; next: cargo xtask codegen"
            ));
        }
        eprintln!("error: {wrong}");
        let hint = match base.is_ancestor() || version > needed {
            true => "",
            false => " (or merge it, and look again)",
        };
        eprintln!("next: write `version: {needed}`{hint}, or let `--fix` do it");
    }

    fn json(&self) -> serde_json::Value {
        let state = match self.verdict {
            None => "deleted",
            Some(Verdict::New) => "new",
            Some(Verdict::Unchanged) => "unchanged",
            Some(Verdict::Raised(_)) => "raised",
            Some(Verdict::Low(_)) => "too_low",
            Some(Verdict::Needless(_)) => "needless",
        };
        json!({
            "project": self.project.name,
            "state": state,
            "version": self.version(),
            "needed": self.needed(),
            "place": self.place(),
            "fixed": self.fixed,
            "notes": self.notes,
        })
    }
}

fn tell_json(args: &Args, base: Option<&Base>, found: &[Found]) {
    say_json(&json!({
        "base": {
            "revision": args.base,
            "commit": base.map(|base| &base.commit),
            "fork": base.and_then(|base| base.fork.as_ref()),
        },
        "good": found.iter().all(Found::is_good),
        "projects": found.iter().map(Found::json).collect::<Vec<_>>(),
    }));
}
