//! What a tool tells that holds an engine on its baseline by hand, and lets it go: in words,
//! without network. What it does is [`crate::store::hold`].

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use prost::Message;
use routewright::Scalar;
use routewright_schema::analysis::contents::visible;
use routewright_schema::pb::RouteMap;

use crate::store::file::{Serving, Standing};
use crate::store::hold::{self, Look};

/// How long a running engine may take to look. It does so by [`Store::tick`], about once a
/// second.
///
/// [`Store::tick`]: crate::store::Store::tick
const OBEYED_WITHIN: Duration = Duration::from_secs(3);

/// An engine that is now held.
#[derive(Clone, Debug)]
pub struct Holding {
    /// Where it keeps its override.
    pub folder: PathBuf,
    /// The version that it served; 0 is the baseline.
    pub version: u64,
    /// How long it took to go to its baseline; `None`: it has not yet.
    pub took: Option<Duration>,
}

/// Holds an engine on its baseline, and waits a little to see it go there.
///
/// # Errors
/// See [`hold::hold`].
pub fn hold(folder: &Path, reason: &str) -> io::Result<Holding> {
    let version = hold::look(folder)?.version();
    hold::hold(folder, reason)?;
    Ok(Holding {
        folder: folder.to_owned(),
        version,
        took: hold::obeyed(folder, OBEYED_WITHIN)?,
    })
}

impl fmt::Display for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (folder, version) = (self.folder.display(), self.version);
        writeln!(f, "{folder} is held on its baseline, until it is released")?;
        match (version, self.took) {
            (0, _) => write!(
                f,
                "  no override was served there; none is taken from the engine's next look on, within a second or so"
            ),
            (_, Some(took)) => write!(
                f,
                "  its engine put version {version} aside after {}, and takes no push meanwhile",
                Left(took)
            ),
            (_, None) => write!(
                f,
                "  version {version} is still on disk after {}: no engine runs there, or it looks more seldom; one that starts serves its baseline",
                Left(OBEYED_WITHIN)
            ),
        }
    }
}

/// An engine that was let go.
#[derive(Clone, Debug)]
pub struct Released {
    /// Where it keeps its override.
    pub folder: PathBuf,
    /// Whether it had been held.
    pub was_held: bool,
}

/// Lets an engine go.
///
/// # Errors
/// See [`hold::release`].
pub fn release(folder: &Path) -> io::Result<Released> {
    Ok(Released {
        folder: folder.to_owned(),
        was_held: hold::release(folder)?,
    })
}

impl fmt::Display for Released {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = self.folder.display();
        match self.was_held {
            true => write!(
                f,
                "{folder} is released\n  its control plane brings back what all engines serve; without one, push again"
            ),
            false => write!(f, "{folder} was not held; nothing was done"),
        }
    }
}

/// What there is to see.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What the folder says.
    pub look: Look,
    /// When that was.
    pub at: SystemTime,
}

/// Looks.
///
/// # Errors
/// See [`hold::look`].
pub fn show(folder: &Path) -> io::Result<Shown> {
    Ok(Shown {
        look: hold::look(folder)?,
        at: SystemTime::now(),
    })
}

/// The lease of what is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalLease {
    /// Who holds it.
    pub owner: String,
    /// When it ends, by the wall clock. Its engine ends it, whatever else is dead.
    pub ends: SystemTime,
}

impl Shown {
    /// The lease of what is on disk, if it has one.
    pub fn lease(&self) -> Option<LocalLease> {
        let serving = self.look.newest.as_ref()?.serving.as_ref()?;
        let lease = RouteMap::decode(&serving.push[..]).ok()?.lease?;
        let ends = SystemTime::UNIX_EPOCH
            .checked_add(serving.published)?
            .checked_add(Duration::from_millis(lease.ttl_ms))?;
        Some(LocalLease {
            owner: lease.owner,
            ends,
        })
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ago = |since: SystemTime| Left(self.at.duration_since(since).unwrap_or_default());
        match &self.look.held {
            Some(held) if held.reason.is_empty() => {
                write!(f, "held      on its baseline, for {}", ago(held.since))?;
            }
            Some(held) => {
                let (time, reason) = (ago(held.since), visible(&held.reason));
                write!(f, "held      on its baseline, for {time}: {reason}")?;
            }
            None => write!(f, "held      no")?,
        }
        let Some(state) = &self.look.newest else {
            return write!(f, "\non disk   the baseline; no override was ever kept");
        };
        match &state.serving {
            None => write!(f, "\non disk   the baseline")?,
            Some(Serving { version, .. }) => write!(f, "\non disk   version {version}")?,
        }
        match state.standing {
            Standing::Trial(_) => write!(f, ", on probation")?,
            Standing::Good => {}
        }
        if !state.reason.is_empty() {
            write!(f, "\nbecause   {}", visible(&state.reason))?;
        }
        if let Some(lease) = self.lease() {
            let owner = visible(&lease.owner);
            match lease.ends.duration_since(self.at) {
                Ok(left) => write!(f, "\nlease     of {owner}; ends in {}", Left(left))?,
                Err(_) => write!(f, "\nlease     of {owner}; its time is over")?,
            }
        }
        write!(f, "\naccepted  {}", state.accepted)?;
        for image in &state.quarantined {
            write!(f, "\nrefused   image {image} unless forced")?;
        }
        for damaged in &self.look.damaged {
            write!(f, "\ndamaged   {}", visible(damaged))?;
        }
        Ok(())
    }
}

/// A time; nobody wants to know more than tenths of a second.
struct Left(Duration);

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = u64::try_from(self.0.as_millis().div_ceil(100)).unwrap_or(u64::MAX);
        Scalar::<&str>::Duration(tenths.saturating_mul(100_000_000)).fmt(f)
    }
}
