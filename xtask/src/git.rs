//! What stood in files at a revision of git: read with the `git` binary, put into a folder
//! of its own. The working tree and the index are never touched.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::report::Failure;

/// Files of a revision, in a folder that goes away with this.
#[derive(Debug)]
pub struct Exported {
    folder: PathBuf,
    /// What was asked for, and where it is in the folder; without what the revision does
    /// not have.
    paths: Vec<(PathBuf, PathBuf)>,
}

impl Exported {
    /// The folder, which stands for the top of the repository.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where these paths are now; without those that the revision does not have.
    pub fn paths(&self, asked: &[PathBuf]) -> Vec<PathBuf> {
        let of = |asked: &PathBuf| self.paths.iter().find(|(path, _)| path == asked);
        asked
            .iter()
            .filter_map(of)
            .map(|(_, path)| path.clone())
            .collect()
    }
}

impl Drop for Exported {
    fn drop(&mut self) {
        // Nobody can do more about it, and it lies among temporary files.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The repository around the current folder.
#[derive(Clone, Debug)]
pub struct Repo {
    top: PathBuf,
}

/// A commit, and how it relates to what is checked out.
#[derive(Clone, Debug)]
pub struct Base {
    /// The whole id.
    pub commit: String,
    /// What both come from: the commit itself, unless it went on meanwhile.
    pub fork: Option<String>,
}

impl Base {
    /// Whether it is a part of what is checked out.
    pub fn is_ancestor(&self) -> bool {
        self.fork.as_ref() == Some(&self.commit)
    }
}

impl Repo {
    /// # Errors
    /// There is none, or no git.
    pub fn here() -> Result<Repo, Failure> {
        let top = git(Path::new("."), &["rev-parse", "--show-toplevel"])?;
        let top = PathBuf::from(top.trim_end_matches(['\r', '\n']));
        // As the paths are that are compared with it.
        Ok(Repo {
            top: fs::canonicalize(&top)?,
        })
    }

    /// What a command prints, its last line break taken off.
    fn git(&self, args: &[&str]) -> Result<String, Failure> {
        Ok(git(&self.top, args)?.trim_end().to_owned())
    }

    /// The id that a revision means, as a `commit` or a `tree`.
    fn id(&self, rev: &str, kind: &str) -> Result<String, Failure> {
        let spelled = format!("{rev}^{{{kind}}}");
        let args = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &spelled,
        ];
        self.git(&args).map_err(|_| {
            let hint = match self.shallow_hint() {
                "" if rev.starts_with("origin/") => {
                    " (`git fetch origin` brings it; before the first push, compare with HEAD)"
                }
                hint => hint,
            };
            Failure::Bad(format!("git knows no {kind} {rev:?}{hint}"))
        })
    }

    /// What to do about history that is not here; empty: all of it is.
    pub fn shallow_hint(&self) -> &'static str {
        match self.git(&["rev-parse", "--is-shallow-repository"]) {
            Ok(said) if said == "true" => {
                " (this clone is shallow: fetch the whole history, in GitHub Actions with `fetch-depth: 0`)"
            }
            _ => "",
        }
    }

    /// A revision, and where what is checked out (or about to be merged) left it.
    ///
    /// # Errors
    /// There is no such commit.
    pub fn base(&self, rev: &str) -> Result<Base, Failure> {
        let commit = self.id(rev, "commit")?;
        // During a merge the other side is what is checked out as well.
        let heads: Vec<String> = ["HEAD", "MERGE_HEAD"]
            .iter()
            .filter_map(|head| self.id(head, "commit").ok())
            .collect();
        let forks = heads
            .iter()
            .filter_map(|head| self.git(&["merge-base", &commit, head]).ok());
        let forks: Vec<String> = forks.collect();
        let within = forks.contains(&commit);
        Ok(Base {
            fork: match within {
                true => Some(commit.clone()),
                false => forks.into_iter().next(),
            },
            commit,
        })
    }

    /// The commits before one, newest first, that changed something beneath these paths;
    /// of merges, only what they were merged into.
    ///
    /// # Errors
    /// A path is outside of the repository.
    pub fn before(
        &self,
        commit: &str,
        paths: &[PathBuf],
        most: usize,
    ) -> Result<Vec<String>, Failure> {
        self.commits(&["--first-parent", commit], paths, most)
    }

    /// The commits since one, newest first, that changed something beneath these paths.
    ///
    /// # Errors
    /// A path is outside of the repository.
    pub fn since(
        &self,
        commit: &str,
        paths: &[PathBuf],
        most: usize,
    ) -> Result<Vec<String>, Failure> {
        let range = format!("{commit}..HEAD");
        self.commits(&["--full-history", &range], paths, most)
    }

    fn commits(
        &self,
        which: &[&str],
        paths: &[PathBuf],
        most: usize,
    ) -> Result<Vec<String>, Failure> {
        let (most, paths) = (most.to_string(), self.inside(paths)?);
        let mut args = vec!["--literal-pathspecs", "rev-list", "-n", &most];
        args.extend(which);
        args.push("--");
        args.extend(paths.iter().map(String::as_str));
        Ok(self.git(&args)?.lines().map(str::to_owned).collect())
    }

    /// The tree of what is staged. (Git keeps it among its objects until it tidies up.)
    ///
    /// # Errors
    /// There are conflicts.
    pub fn staged(&self) -> Result<String, Failure> {
        self.git(&["write-tree"])
    }

    /// Where the files that are beneath these paths now were at a revision, if they were
    /// elsewhere. Git takes files for the same that are alike.
    ///
    /// # Errors
    /// A path is outside of the repository.
    pub fn renamed(
        &self,
        rev: &str,
        paths: &[PathBuf],
        staged: bool,
    ) -> Result<Vec<PathBuf>, Failure> {
        let inside = self.inside(paths)?;
        let mut args = vec![
            "diff",
            "--no-ext-diff",
            "--find-renames",
            "--diff-filter=R",
            "--name-status",
            "-z",
        ];
        args.extend(staged.then_some("--cached"));
        args.extend([rev, "--"]);
        let said = self.git(&args)?;
        let mut words = said.split('\0');
        let mut out = Vec::new();
        while let (Some(_), Some(old), Some(new)) = (words.next(), words.next(), words.next()) {
            if inside.iter().any(|path| Path::new(new).starts_with(path)) {
                out.push(self.top.join(old));
            }
        }
        Ok(out)
    }

    /// What stood beneath these paths at a revision (a commit, a tree, or a name of one).
    ///
    /// # Errors
    /// There is no such revision, or a path is outside of the repository.
    pub fn export(&self, rev: &str, paths: &[PathBuf]) -> Result<Exported, Failure> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let tree = self.id(rev, "tree")?;
        let inside = self.inside(paths)?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("routewright-{}-{number}", std::process::id()));
        // Fails if somebody put one there: we write into no folder of others.
        fs::create_dir(&folder).map_err(|e| Failure::Bad(format!("{}: {e}", folder.display())))?;
        let mut exported = Exported {
            folder,
            paths: Vec::new(),
        };
        self.write(&tree, &inside, &exported.folder)?;
        let there = paths.iter().zip(&inside).map(|(asked, path)| {
            let path = match path.as_str() {
                "." => exported.folder.clone(),
                path => exported.folder.join(path),
            };
            (asked.clone(), path)
        });
        exported.paths = there.filter(|(_, path)| path.exists()).collect();
        Ok(exported)
    }

    /// Writes the files of a tree that are beneath these paths.
    fn write(&self, tree: &str, paths: &[String], folder: &Path) -> Result<(), Failure> {
        let mut args = vec!["--literal-pathspecs", "ls-tree", "-r", "-z", tree, "--"];
        args.extend(paths.iter().filter(|path| *path != ".").map(String::as_str));
        let said = self.git(&args)?;
        // `100644 blob ID\tPATH`; links and other repositories are left out.
        let entries = said.split('\0').filter_map(|entry| entry.split_once('\t'));
        let files: Vec<(&str, &str)> = entries
            .filter(|(what, _)| what.starts_with("100"))
            .filter_map(|(what, path)| Some((what.rsplit_once(' ')?.1, path)))
            // Git makes no others; somebody may have.
            .filter(|(_, path)| {
                Path::new(path)
                    .components()
                    .all(|c| matches!(c, Component::Normal(_)))
            })
            .collect();
        let mut child = Command::new("git")
            .args(["cat-file", "--batch"])
            .current_dir(&self.top)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| Failure::Bad(format!("git: {e}")))?;
        let (Some(mut asks), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::Bad("git: it has no input and output".into()));
        };
        let mut answers = BufReader::new(answers);
        let mut one = |id: &str, path: &str| -> std::io::Result<()> {
            writeln!(asks, "{id}")?;
            let mut head = String::new();
            answers.read_line(&mut head)?;
            let size = head
                .trim_end()
                .rsplit_once(' ')
                .and_then(|(_, size)| size.parse().ok());
            let size: usize = size.ok_or_else(|| std::io::Error::other(head.clone()))?;
            // The bytes, and a line break.
            let mut bytes = vec![0; size + 1];
            answers.read_exact(&mut bytes)?;
            let file = folder.join(path);
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(file, &bytes[..size])
        };
        let done = files.iter().try_for_each(|(id, path)| {
            one(id, path).map_err(|e| Failure::Bad(format!("git: {path}: {e}")))
        });
        drop(asks);
        child.wait()?;
        done
    }

    /// Paths as git calls them: from the top of the repository, with `/`.
    fn inside(&self, paths: &[PathBuf]) -> Result<Vec<String>, Failure> {
        let here = fs::canonicalize(".")?;
        let one = |path: &PathBuf| {
            let whole = whole(&here.join(path));
            let inner = whole.strip_prefix(&self.top).map_err(|_| {
                Failure::Bad(format!(
                    "{} is not in the repository {}",
                    path.display(),
                    self.top.display()
                ))
            })?;
            let parts: Option<Vec<&str>> = inner.iter().map(OsStr::to_str).collect();
            match parts {
                Some(parts) if parts.is_empty() => Ok(".".to_owned()),
                Some(parts) => Ok(parts.join("/")),
                None => Err(Failure::Bad(format!("{} is not UTF-8", path.display()))),
            }
        };
        paths.iter().map(one).collect()
    }
}

/// A path without `.`, `..` and links, also of what is not there any more.
fn whole(path: &Path) -> PathBuf {
    if let Ok(real) = fs::canonicalize(path) {
        return real;
    }
    match (path.parent(), path.components().next_back()) {
        (Some(parent), Some(Component::Normal(last))) => whole(parent).join(last),
        (Some(parent), Some(Component::ParentDir)) => whole(parent)
            .parent()
            .map_or_else(PathBuf::new, Path::to_owned),
        (Some(parent), _) => whole(parent),
        (None, _) => path.to_owned(),
    }
}

/// What git prints, run in a folder.
fn git(folder: &Path, args: &[&str]) -> Result<String, Failure> {
    let output = Command::new("git")
        .args(args)
        .current_dir(folder)
        // Messages are for people only where they are not read.
        .env("LC_ALL", "C")
        .output()
        .map_err(|e| Failure::Bad(format!("git: {e}; it is needed to read revisions")))?;
    match output.status.success() {
        true => String::from_utf8(output.stdout)
            .map_err(|_| Failure::Bad("git: a name in the repository is not UTF-8".into())),
        false => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(Failure::Bad(format!(
                "git: {}",
                said.trim().trim_start_matches("fatal: ")
            )))
        }
    }
}
