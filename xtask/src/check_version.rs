//! `check-version --base REV`: the version of definitions is raised if their content
//! changed, and only then.

use routewright_schema::analysis::version::{Verdict, judge};
use routewright_schema::load::Loaded;

use crate::cli::Format;
use crate::git::{Base, Repo};
use crate::project::{self, Definitions, Project};
use crate::report::{Done, Failure, say};

mod fix;
mod past;
mod tell;

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
            Format::Json => tell::json(args, None, &[]),
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
        Format::Json => tell::json(args, Some(&base), &found),
        Format::Text => {
            tell::fork(args, &repo, &base);
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
    let loaded = past::now(args, repo, project)?;
    let now = match &loaded {
        Some(loaded) => Some(past::said(loaded)?),
        None => None,
    };
    let mut past = |commit: &str| past::past(args, repo, commit, project, &mut notes);
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
            verdict @ Verdict::Needless(_) => {
                verdict.after(&past::between(repo, base, project)?, now)
            }
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
