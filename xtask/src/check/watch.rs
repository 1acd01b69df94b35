//! `check --watch`: again on every save.
//!
//! Files are looked at three times a second (their names, times and sizes) rather than by
//! the notices of the system: those need a crate and its own code for each platform, miss
//! what is saved on a network mount or in the folder of a container, and tell of one save in
//! up to five pieces. To look at the few files of a definition costs next to nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use routewright_schema::load;

use super::{Args, Format, one, print};
use crate::project::Project;
use crate::report::{Done, Failure, note};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(300);
/// For so long nothing may change before it is checked: an editor writes in pieces.
const QUIET: Duration = Duration::from_millis(100);
/// Looks after which something that never rests is checked all the same.
const LOOKS_MAX: usize = 20;

/// What is seen of a file: when it was written, and how long it is. `None`: it is gone.
type Seen = Option<(Option<SystemTime>, u64)>;
/// All files of all projects.
type Look = BTreeMap<PathBuf, Seen>;

/// Never ends but by a signal: Ctrl-C ends the process as any other, which shells show as
/// exit code 130. Which projects there are is asked once, at the beginning.
pub(super) fn run(projects: &[Project], args: &Args) -> Done {
    if !matches!(args.format, Format::Text | Format::Json) {
        return Err(Failure::Usage(
            "`--watch` writes text or json; sarif and github are of one run".into(),
        ));
    }
    let mut before = look(projects);
    let mut why = match before.len() {
        1 => "1 file".to_owned(),
        n => format!("{n} files"),
    };
    loop {
        note!("--- {}: {why}", time(SystemTime::now()));
        let found: Vec<_> = projects.iter().map(|project| one(project, args)).collect();
        print(&found, args);
        let now = loop {
            std::thread::sleep(PAUSE);
            let now = look(projects);
            if now != before {
                break quiet(projects, now);
            }
        };
        why = changed(&before, &now);
        before = now;
    }
}

/// The first look that is the same twice.
fn quiet(projects: &[Project], mut last: Look) -> Look {
    for _ in 0..LOOKS_MAX {
        std::thread::sleep(QUIET);
        let now = look(projects);
        if now == last {
            break;
        }
        last = now;
    }
    last
}

fn look(projects: &[Project]) -> Look {
    let paths = projects.iter().flat_map(|project| {
        let included = project.includes.iter().filter(|path| path.is_dir());
        let imported = included.flat_map(|path| load::found(std::slice::from_ref(path)));
        load::found(&project.definitions)
            .into_iter()
            .chain(imported)
    });
    let seen = |path: &PathBuf| {
        let meta = std::fs::metadata(path).ok()?;
        Some((meta.modified().ok(), meta.len()))
    };
    paths.map(|path| (path.clone(), seen(&path))).collect()
}

/// `routes/a.yaml changed`, `routes/b.yaml added, 3 more`.
fn changed(before: &Look, now: &Look) -> String {
    let there = |look: &Look, path: &PathBuf| look.get(path).is_some_and(Option::is_some);
    let paths: std::collections::BTreeSet<&PathBuf> = before.keys().chain(now.keys()).collect();
    let mut changed = paths
        .into_iter()
        .filter(|path| before.get(*path) != now.get(*path))
        .map(|path| match (there(before, path), there(now, path)) {
            (false, true) => format!("{} added", path.display()),
            (true, false) => format!("{} removed", path.display()),
            _ => format!("{} changed", path.display()),
        });
    let first = changed.next().unwrap_or_default();
    match changed.count() {
        0 => first,
        more => format!("{first}, {more} more"),
    }
}

/// The time of day, in UTC: the only one that needs no table of zones.
fn time(now: SystemTime) -> String {
    let since = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let second = since.as_secs() % 86_400;
    format!(
        "{:02}:{:02}:{:02} UTC",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings() {
        let look = |files: &[(&str, u64)]| -> Look {
            let seen = |size| (size > 0).then_some((None, size));
            files
                .iter()
                .map(|(path, size)| (PathBuf::from(path), seen(*size)))
                .collect()
        };
        for (before, now, words) in [
            (look(&[("a", 1)]), look(&[("a", 2)]), "a changed"),
            (look(&[("a", 1)]), look(&[("a", 1), ("b", 1)]), "b added"),
            (look(&[("a", 1), ("b", 1)]), look(&[("b", 1)]), "a removed"),
            (look(&[("a", 1)]), look(&[("a", 0)]), "a removed"),
            (look(&[("a", 0)]), look(&[("a", 1)]), "a added"),
            (
                look(&[("a", 1), ("c", 1)]),
                look(&[("a", 2), ("b", 1)]),
                "a changed, 2 more",
            ),
        ] {
            assert_eq!(changed(&before, &now), words);
        }
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * 3 + 3_661);
        assert_eq!(time(at), "01:01:01 UTC");
    }
}
