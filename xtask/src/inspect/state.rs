//! A state that `control::store` keeps: what a service served, who asked for it, and what
//! it lies over.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use prost::Message as _;
use routewright::{Digest, Limits, Scalar};
use routewright_control::store::Cause;
use routewright_control::store::file::{FILE_BYTES_MAX, MAGIC, Serving, Standing, State};
use routewright_schema::analysis::contents::{Contents, visible};
use routewright_schema::pb::{Mode, RouteMap};
use serde_json::{Value, json};

use super::print;
use crate::artefact::Artefact;
use crate::cli::Format;
use crate::remote::generation;
use crate::report::{Done, Failure, count, say_json};

/// The state in that file; `None`: it is no such file.
pub fn read(text: &str) -> Result<Option<State>, Failure> {
    let path = Path::new(text);
    if !path.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path)?;
    (&file).take(MAGIC.len() as u64).read_to_end(&mut bytes)?;
    if bytes != MAGIC {
        return Ok(None);
    }
    // One byte more than there can be, so that too many are told of.
    (&file)
        .take(FILE_BYTES_MAX as u64)
        .read_to_end(&mut bytes)?;
    let state = State::decode(&bytes);
    state
        .map(Some)
        .map_err(|damage| Failure::Bad(format!("{text}: a state of a store, but {damage}")))
}

/// Shows it; with what it lies over, also the routes that come of both.
pub fn run(name: &str, state: &State, baseline: Option<&str>, format: Format) -> Done {
    let push = state.serving.as_ref().map(Push::of).transpose();
    let push = push.map_err(|fault| Failure::Bad(format!("{name}: {fault}")))?;
    let over = baseline.map(|text| over(text, state)).transpose()?;
    if format == Format::Json {
        say_json(&to_json(name, state, push.as_ref(), over.as_ref()));
        return Ok(());
    }
    let mut facts = facts(state, push.as_ref());
    let lines = match &over {
        Some(over) => {
            facts.push(("over", over.relation.clone()));
            over.contents.lines()
        }
        None => push.as_ref().map_or_else(Vec::new, Push::lines),
    };
    print(name, &facts, &lines);
    Ok(())
}

/// What was pushed, and when.
struct Push<'a> {
    serving: &'a Serving,
    map: RouteMap,
}

impl Push<'_> {
    fn of(serving: &Serving) -> Result<Push<'_>, String> {
        let map = RouteMap::decode(&serving.push[..])
            .map_err(|e| format!("the push in it cannot be read: {e}"))?;
        Ok(Push { serving, map })
    }

    fn mode(&self) -> &'static str {
        match self.map.mode() {
            Mode::Overlay => "overlay",
            _ => "complete",
        }
    }

    /// When its lease ends, since 1970.
    fn ends(&self) -> Option<Duration> {
        let lease = self.map.lease.as_ref()?;
        let ttl = Duration::from_millis(lease.ttl_ms);
        Some(self.serving.published.saturating_add(ttl))
    }

    fn routes(&self) -> Vec<&str> {
        self.map.routes.iter().map(|r| r.name.as_str()).collect()
    }

    fn settings(&self) -> Vec<&str> {
        self.map.settings.iter().map(|s| s.name.as_str()).collect()
    }

    /// What it names; what becomes of it needs the baseline.
    fn lines(&self) -> Vec<String> {
        let removals = self.map.removals.iter().map(String::as_str).collect();
        let blocks = [
            ("routes that it sets", self.routes()),
            ("routes that it takes away", removals),
            ("settings that it sets", self.settings()),
        ];
        let mut out = Vec::new();
        for (title, names) in blocks {
            if !names.is_empty() {
                out.extend([String::new(), title.to_owned()]);
                out.extend(names.iter().map(|name| format!("  {}", visible(name))));
            }
        }
        if out.is_empty() {
            return out;
        }
        out.push(String::new());
        out.push("`--baseline ARTEFACT` shows where events go with it".to_owned());
        out
    }
}

/// What comes of a state over something.
struct Over {
    relation: String,
    /// Whether it is the baseline that the state was made over.
    same: bool,
    contents: Contents,
}

fn over(text: &str, state: &State) -> Result<Over, Failure> {
    let artefact = Artefact::open(text)?;
    let table = &artefact.table;
    let same = table.digest() == state.baseline;
    let baseline = match same {
        true => format!("{text}, which is its baseline"),
        false => format!(
            "{text} (digest {}), which is not its baseline: a service with it makes the override anew",
            table.digest()
        ),
    };
    let Some(serving) = &state.serving else {
        let (relation, contents) = (baseline, Contents::of(table));
        return Ok(Over {
            relation,
            same,
            contents,
        });
    };
    let limits = Limits::DEFAULT;
    let made = table
        .overridden(&serving.push, &limits)
        .map_err(|violations| {
            Failure::Bad(format!(
                "over {baseline}, the override is refused\n{violations}"
            ))
        })?;
    if same && made.digest() != serving.image {
        return Err(Failure::Bad(format!(
            "over {baseline}, the override gives the image {}, not {}: it was made by another release",
            made.digest(),
            serving.image
        )));
    }
    Ok(Over {
        relation: baseline,
        same,
        contents: Contents::of(&made),
    })
}

fn facts(state: &State, push: Option<&Push<'_>>) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    let mut fact = |label, text: String| {
        if !text.is_empty() {
            out.push((label, visible(&text)));
        }
    };
    match push {
        None => fact("serving", generation(0)),
        Some(push) => {
            let (map, serving) = (&push.map, push.serving);
            let kind = match map.mode() {
                Mode::Overlay => "an overlay",
                _ => "a complete map",
            };
            let mut parts = vec![count(map.routes.len(), "route")];
            if !map.removals.is_empty() {
                parts.push(count(map.removals.len(), "removal"));
            }
            parts.push(count(map.settings.len(), "setting"));
            let version = generation(serving.version);
            fact(
                "serving",
                format!("{version}, {kind}: {}", parts.join(", ")),
            );
            fact("published", date(serving.published));
        }
    }
    fact("reason", state.reason.clone());
    if let Some(push) = push {
        if let (Some(lease), Some(ends)) = (&push.map.lease, push.ends()) {
            let reason = match lease.reason.as_str() {
                "" => String::new(),
                reason => format!(", {reason}"),
            };
            fact(
                "held by",
                format!("{}{reason}; ends at {}", lease.owner, date(ends)),
            );
        }
        if let Some(force) = &push.map.force {
            fact("forced", force.reason.clone());
        }
    }
    fact("cause", cause(state.cause).1.to_owned());
    fact("standing", standing(&state.standing));
    let high = match state.accepted {
        0 => "nothing yet".to_owned(),
        version => format!("up to version {version}"),
    };
    fact("accepted", high);
    let digest = push.map_or(state.baseline, |push| push.serving.image);
    fact("digest", digest.to_string());
    fact("baseline", state.baseline.to_string());
    fact("catalog", format!("{:016x}", state.fingerprint));
    for image in &state.quarantined {
        fact("refused", format!("image {image}, unless forced"));
    }
    out
}

fn standing(standing: &Standing) -> String {
    match standing {
        Standing::Good => "good".to_owned(),
        Standing::Trial(trial) => {
            let time = Scalar::<&str>::Duration(trial.nanos);
            let end = match trial.closed {
                true => "; its process was closed",
                false => "; its process runs, or died",
            };
            format!(
                "on probation, {time} and {} lookups before{end}",
                trial.lookups
            )
        }
    }
}

/// What led to a state: its word for programs, and in a sentence.
fn cause(cause: Cause) -> (&'static str, &'static str) {
    match cause {
        Cause::Publish => ("publish", "a push"),
        Cause::Rollback => ("rollback", "a rollback"),
        Cause::Expiry => ("expiry", "the end of a lease"),
        Cause::Guard => ("guard", "a guard"),
        Cause::Crash => ("crash", "a process that died on probation"),
        Cause::KillSwitch => ("BASELINE", "the file BASELINE"),
        Cause::Dropped => ("dropped", "the override does not fit the service any more"),
        Cause::Rebuilt => ("rebuilt", "the same push over another baseline"),
        Cause::Other => ("other", "something else"),
    }
}

/// A moment, to the second.
fn date(at: Duration) -> String {
    match i64::try_from(at.as_secs()) {
        Ok(seconds) => Scalar::<&str>::Timestamp(seconds, 0).to_string(),
        Err(_) => "the end of time".to_owned(),
    }
}

fn to_json(name: &str, state: &State, push: Option<&Push<'_>>, over: Option<&Over>) -> Value {
    let hex = |digest: &Digest| digest.to_string();
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let serving = push.map(|push| {
        let lease = push.map.lease.as_ref().zip(push.ends()).map(|(lease, ends)| {
            json!({ "owner": lease.owner, "reason": lease.reason, "ends_ms": ms(ends) })
        });
        json!({
            "version": push.serving.version,
            "digest": hex(&push.serving.image),
            "mode": push.mode(),
            "published_ms": ms(push.serving.published),
            "lease": lease,
            "force_reason": push.map.force.as_ref().map(|force| &force.reason),
            "routes": push.routes(),
            "removals": push.map.removals,
            "settings": push.settings(),
        })
    });
    let probation = match &state.standing {
        Standing::Good => Value::Null,
        Standing::Trial(trial) => json!({
            "ms": trial.nanos / 1_000_000, "lookups": trial.lookups, "closed": trial.closed,
        }),
    };
    let over = over.map(|over| {
        let mut json = over.contents.json();
        json.insert("is_baseline".to_owned(), json!(over.same));
        json
    });
    json!({
        "name": name,
        "kind": "state",
        "sequence": state.sequence,
        "accepted_version": state.accepted,
        "serving": serving,
        "reason": state.reason,
        "cause": cause(state.cause).0,
        "probation": probation,
        "baseline": hex(&state.baseline),
        "catalog": format!("{:016x}", state.fingerprint),
        "quarantined": state.quarantined.iter().map(hex).collect::<Vec<_>>(),
        "table": over,
    })
}
