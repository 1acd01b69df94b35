//! Watches a rollout until it has ended: over restarts of the control plane, and until
//! somebody presses Ctrl-C.

use std::time::{Duration, Instant};

use routewright_control::client::{Client, ClientError, Code};
use routewright_schema::pb::{ListVersionsRequest, RolloutState};

use super::progress::Progress;
use super::{Ended, again};
use crate::cli::Format;
use crate::remote::Engine;
use crate::report::Failure;

/// How long a control plane may be gone.
const GONE_MAX: Duration = Duration::from_secs(60);
/// Between two attempts to find it again.
const PAUSE: Duration = Duration::from_millis(500);

/// Why there is no end to tell of yet.
enum Cut {
    /// It will be there again; what happened, in words.
    Gone(String),
    /// Asking again gives the same.
    Failed(Failure),
}

/// What came of that revision, when it has ended; people see how it goes meanwhile.
/// `was_there`: the control plane has just answered, so if it does not now, it will again.
///
/// # Errors
/// It cannot be told: nobody is there, or there is no such revision.
pub fn until_end(engine: &Engine, revision: u64, was_there: bool) -> Result<Ended, Failure> {
    let mut progress = Progress::new(engine.format == Format::Text);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let ended = runtime.block_on(async {
        tokio::select! {
            ended = watch(engine, revision, was_there, &mut progress) => ended,
            pressed = tokio::signal::ctrl_c() => {
                pressed?;
                Err(detached(engine, revision))
            }
        }
    });
    progress.end();
    ended
}

fn detached(engine: &Engine, revision: u64) -> Failure {
    Failure::Bad(format!(
        "no longer watched; revision {revision} goes on\n  {} watches it again, `{}` ends it",
        again(engine, revision),
        engine.line("rollback")
    ))
}

async fn watch(
    engine: &Engine,
    revision: u64,
    was_there: bool,
    progress: &mut Progress,
) -> Result<Ended, Failure> {
    let mut contact = Contact {
        was_there,
        gone_since: None,
    };
    loop {
        let why = match once(engine, revision, progress, &mut contact).await {
            Ok(ended) => return Ok(ended),
            Err(Cut::Failed(failure)) => return Err(failure),
            Err(Cut::Gone(why)) if contact.was_there => why,
            Err(Cut::Gone(why)) => return Err(Failure::Bad(why)),
        };
        if contact.gone_since.is_none() {
            // Why, is told if it stays away.
            progress.aside(&format!(
                "{} is gone; its engines go on as they are\n  waiting for it to come back",
                engine.url
            ));
        }
        let since = *contact.gone_since.get_or_insert_with(Instant::now);
        if since.elapsed() > GONE_MAX {
            return Err(Failure::Bad(format!(
                "{why}\n  what it was doing goes on when it is back; {} watches that",
                again(engine, revision)
            )));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whether somebody was there, and since when nobody is.
struct Contact {
    was_there: bool,
    gone_since: Option<Instant>,
}

/// One connection.
async fn once(
    engine: &Engine,
    revision: u64,
    progress: &mut Progress,
    contact: &mut Contact,
) -> Result<Ended, Cut> {
    let cut = |fault: ClientError| cut(engine, &fault);
    let client = Client::connect_with(&engine.url, &engine.tls.options()).await;
    let mut client = client.map_err(cut)?;
    let mut last: Option<RolloutState> = None;
    match client.watch_rollout(revision).await {
        Ok(mut steps) => {
            *contact = Contact {
                was_there: true,
                gone_since: None,
            };
            while let Some(state) = steps.next().await.map_err(cut)? {
                if state.outcome.is_empty() {
                    progress.step(&state);
                }
                last = Some(state);
            }
        }
        // It has ended, and all that is left is the history.
        Err(fault) if fault.code() == Some(Code::NotFound) => {}
        Err(fault) => return Err(cut(fault)),
    }
    ended(engine, revision, &mut client, last).await
}

async fn ended(
    engine: &Engine,
    revision: u64,
    client: &mut Client,
    last: Option<RolloutState>,
) -> Result<Ended, Cut> {
    let cut = |fault: ClientError| cut(engine, &fault);
    let request = ListVersionsRequest {
        before: revision.saturating_add(1),
        limit: 1,
        with_bytes: false,
    };
    let page = client.versions(request).await.map_err(cut)?;
    let decision = page.decisions.into_iter().next();
    let Some(mut decision) = decision.filter(|decision| decision.revision == revision) else {
        return Err(Cut::Failed(Failure::Bad(format!(
            "{} knows of no revision {revision}; `{}` lists them",
            engine.url,
            engine.line("log")
        ))));
    };
    // What it said is what it did, also if its disk was full.
    if let Some(last) = last.filter(|last| !last.outcome.is_empty()) {
        (decision.state, decision.outcome) = (last.state, last.outcome);
    }
    if decision.state == "rolling out" {
        return Err(Cut::Gone(format!("{} ended the stream", engine.url)));
    }
    let serving = client.fleet().await.map_err(cut)?.version;
    Ok(Ended { decision, serving })
}

fn cut(engine: &Engine, fault: &ClientError) -> Cut {
    let asked_wrongly = [
        Code::Unimplemented,
        Code::InvalidArgument,
        Code::PermissionDenied,
        Code::Unauthenticated,
    ];
    match fault.code() {
        Some(code) if asked_wrongly.contains(&code) => Cut::Failed(engine.fleet_failure(fault)),
        _ => match engine.failure(fault) {
            Failure::Bad(why) | Failure::Usage(why) => Cut::Gone(why),
        },
    }
}
