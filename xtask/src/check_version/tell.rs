//! What was found, for people and for programs.

use routewright_schema::analysis::version::Verdict;
use serde_json::json;

use super::{Args, Found, short, visible};
use crate::git::{Base, Repo};
use crate::report::{note, say, say_json};
use crate::term::Style;

/// What is compared, where it is not just the base.
pub fn fork(args: &Args, repo: &Repo, base: &Base) {
    match &base.fork {
        _ if base.is_ancestor() => {}
        Some(fork) => note!(
            "note: {} went on since {}, where this branch left it: the content is compared with that, the version with both",
            args.base,
            short(fork)
        ),
        None => note!(
            "note: {} and this have no commit in common{}: compared as they are",
            args.base,
            repo.shallow_hint()
        ),
    }
}

impl Found {
    /// Notes and what is wrong on standard error, what is good on standard output.
    pub fn tell(&self, args: &Args, base: &Base) {
        for note in &self.notes {
            note!("note: {note}");
        }
        let (name, rev) = (&visible(&self.project.name), &args.base);
        let good = Style::Good.paint("good");
        let (Some(verdict), Some(version)) = (self.verdict, self.version()) else {
            return say(format_args!("{name}: {good}: deleted since {rev}"));
        };
        let place = self
            .place()
            .map_or(String::new(), |place| format!("{place}: "));
        let wrong = match verdict {
            Verdict::New => {
                return say(format_args!(
                    "{name}: {good}: new since {rev}, version {version}"
                ));
            }
            Verdict::Unchanged => {
                return say(format_args!(
                    "{name}: {good}: unchanged since {rev}, version {version}"
                ));
            }
            Verdict::Raised(from) => {
                return say(format_args!(
                    "{name}: {good}: changed since {rev}, version {version} is above {from}"
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
                "{name}: {}: {place}version {version} is now {needed}; next: cargo xtask codegen",
                Style::Good.paint("fixed")
            ));
        }
        note!("error: {wrong}");
        let hint = match base.is_ancestor() || version > needed {
            true => "",
            false => " (or merge it, and look again)",
        };
        note!("next: write `version: {needed}`{hint}, or let `--fix` do it");
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

/// One value; docs/check-version.md says what is in it.
pub fn json(args: &Args, base: Option<&Base>, found: &[Found]) {
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
