//! What the verbs that talk to an engine, or a control plane, share.

mod hint;

use std::path::PathBuf;

use routewright_control::client::{BlockingClient, ClientError, Code};
use routewright_control::tls;
use routewright_schema::pb::{Applied, Refusal, Violation};
use serde_json::json;

use crate::cli::Format;
use crate::report::{Failure, count, say, say_json};

/// Where an engine listens unless told otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:4600";
/// What tells it otherwise.
const URL: &str = "ROUTEWRIGHT_URL";

/// Which engine, and how to print.
#[derive(clap::Args)]
pub struct Engine {
    /// Where the engine listens, or the control plane of many
    #[arg(long, env = URL, default_value = DEFAULT_URL, value_parser = whole)]
    pub url: String,
    #[command(flatten)]
    pub tls: Tls,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Whom to trust at an `https://` URL, and who we are.
#[derive(clap::Args)]
#[command(next_help_heading = "TLS, for https://")]
pub struct Tls {
    /// The CA that issued the certificate of the other side (PEM)
    #[arg(long, env = CA, value_name = "FILE")]
    tls_ca: Option<PathBuf>,
    /// Your certificate (PEM)
    #[arg(long, env = CERT, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key (PEM)
    #[arg(long, env = KEY, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// The name in the certificate of the other side, if the URL has another
    #[arg(long, env = NAME, value_name = "NAME")]
    tls_name: Option<String>,
}

const CA: &str = "ROUTEWRIGHT_TLS_CA";
const CERT: &str = "ROUTEWRIGHT_TLS_CERT";
const KEY: &str = "ROUTEWRIGHT_TLS_KEY";
const NAME: &str = "ROUTEWRIGHT_TLS_NAME";

impl Tls {
    /// For a client.
    pub fn options(&self) -> tls::Tls {
        let mut tls = tls::Tls::new();
        if let Some(ca) = &self.tls_ca {
            tls = tls.ca_file(ca);
        }
        if let (Some(cert), Some(key)) = (&self.tls_cert, &self.tls_key) {
            tls = tls.identity_files(cert, key);
        }
        if let Some(name) = &self.tls_name {
            tls = tls.server_name(name);
        }
        tls
    }

    fn connect(&self, url: &str) -> Result<BlockingClient, ClientError> {
        BlockingClient::connect_with(url, &self.options())
    }
}

/// A URL, also if only a host and a port were given.
fn whole(url: &str) -> Result<String, &'static str> {
    match url.split_once("://") {
        Some(("http" | "https", _)) => Ok(url.to_owned()),
        Some(_) => Err("write http://HOST:PORT, or https://HOST:PORT for TLS"),
        None => Ok(format!("http://{url}")),
    }
}

/// Connects to a URL that stands among other things to look at: there, only the environment
/// says how.
pub fn connect(url: &str) -> Result<BlockingClient, Failure> {
    let path = |name| std::env::var_os(name).map(PathBuf::from);
    let tls = match url.starts_with("https://") {
        true => Tls {
            tls_ca: path(CA),
            tls_cert: path(CERT),
            tls_key: path(KEY),
            tls_name: std::env::var(NAME).ok(),
        },
        false => return BlockingClient::connect(url).map_err(|e| failure(url, &e)),
    };
    tls.connect(url).map_err(|e| failure(url, &e))
}

impl Engine {
    /// Connects.
    pub fn connect(&self) -> Result<BlockingClient, Failure> {
        self.tls.connect(&self.url).map_err(|e| self.failure(&e))
    }

    /// Why a call did not reach the engine.
    pub fn failure(&self, error: &ClientError) -> Failure {
        failure(&self.url, error)
    }

    /// Why a call that only a control plane answers was not answered.
    pub fn fleet_failure(&self, error: &ClientError) -> Failure {
        match error.is_unimplemented() {
            true => Failure::Bad(format!(
                "{} is one engine, not a control plane; ask it by `{}`",
                self.url,
                self.line("status")
            )),
            false => self.failure(error),
        }
    }

    /// Prints what was taken.
    pub fn applied(&self, applied: &Applied) {
        if self.format == Format::Json {
            return say_json(&applied_json(applied));
        }
        let serving = generation(applied.serving_version);
        let engines = count(applied.engines as usize, "engine");
        say(
            match (applied.unchanged, applied.dry_run, applied.revision) {
                (true, ..) => format!("{serving} is serving already; nothing was done"),
                (_, true, _) if applied.engines > 0 => format!(
                    "{serving} would go to {engines}, and each would take it (dry run: nothing was changed)"
                ),
                (_, true, _) => {
                    format!("{serving} would be serving (dry run: nothing was changed)")
                }
                (_, false, 0) => format!("{serving} is serving"),
                (_, false, revision) => {
                    format!("{serving} goes to {engines} (revision {revision})")
                }
            },
        );
        for change in &applied.changes {
            let old = if change.before.is_empty() {
                "(nothing)"
            } else {
                &change.before
            };
            let new = if change.after.is_empty() {
                "(nothing)"
            } else {
                &change.after
            };
            let name = if change.name.is_empty() {
                String::new()
            } else {
                format!(" {}", change.name)
            };
            say(format_args!("  {}{name}: {old} -> {new}", change.kind));
        }
        match (applied.change_count as usize).saturating_sub(applied.changes.len()) {
            0 => {}
            more => say(format_args!("  and {} more", count(more, "change"))),
        }
        // A control plane's engines may have been compiled with different ones.
        if !applied.image_digest.is_empty() {
            say(format_args!("  digest {}", hex(&applied.image_digest)));
        }
        if !applied.not_kept.is_empty() {
            say(format_args!(
                "  NOT kept over a restart: {}",
                applied.not_kept
            ));
        }
    }

    /// Prints why not.
    pub fn refused(&self, refusal: &Refusal) -> Failure {
        if self.format == Format::Json {
            say_json(&json!({ "refusal": refusal_json(refusal) }));
            return Failure::told();
        }
        let mut lines = vec!["refused; nothing was changed".to_owned()];
        lines.extend(refusal.violations.iter().map(violation));
        let more = (refusal.violation_count as usize).saturating_sub(refusal.violations.len());
        if more > 0 {
            lines.push(format!("  and {more} more"));
        }
        if refusal.violations.iter().any(|v| v.code == "step") {
            lines.push(
                "  `push --ramp` walks there in allowed steps; `--force --reason TEXT` passes them"
                    .to_owned(),
            );
        }
        if refusal.violations.iter().any(|v| v.code == "stale_version") {
            let above = refusal.accepted_version.saturating_add(1);
            lines.push(format!(
                "  `push --version {above}` is above what was accepted"
            ));
        }
        lines.push(format!(
            "  {} goes on serving; accepted so far: {}",
            generation(refusal.serving_version),
            refusal.accepted_version
        ));
        Failure::Bad(lines.join("\n"))
    }
}

/// One reason, and who has it.
pub fn violation(violation: &Violation) -> String {
    let Violation {
        path,
        code,
        message,
        engine,
        ..
    } = violation;
    let of = match engine.as_str() {
        "" => String::new(),
        engine => format!("{engine}: "),
    };
    match path.as_str() {
        "" => format!("  {of}{message} [{code}]"),
        path => format!("  {of}{path}: {message} [{code}]"),
    }
}

/// Why a call did not reach an engine.
pub fn failure(url: &str, error: &ClientError) -> Failure {
    // With a cause, it is the connection that failed, whatever code that was given.
    if let ClientError::Call(status) = error
        && said_no(status.code())
        && std::error::Error::source(&**status).is_none()
    {
        return Failure::Bad(format!("{url}: {}", status.message()));
    }
    let mut message = format!("no answer from {url}: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !message.ends_with(&cause_text) {
            message.push_str(&format!(": {cause_text}"));
        }
        source = cause.source();
    }
    if let Some(hint) = error.hint(url) {
        message.push_str(&format!("\n  {hint}"));
    } else if let ClientError::Connect(_) = error {
        message.push_str(&format!(
            "; start the service, or say where it listens (--url, or {URL})"
        ));
    }
    Failure::Bad(message)
}

/// Whether a call that failed with this was understood, and answered in words for people.
fn said_no(code: Code) -> bool {
    matches!(
        code,
        Code::FailedPrecondition
            | Code::InvalidArgument
            | Code::NotFound
            | Code::PermissionDenied
            | Code::Unauthenticated
    )
}

/// A version in words.
pub fn generation(version: u64) -> String {
    match version {
        0 => "the baseline".to_owned(),
        version => format!("version {version}"),
    }
}

/// A digest.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// What was taken, for programs.
pub fn applied_json(applied: &Applied) -> serde_json::Value {
    let changes: Vec<_> = applied
        .changes
        .iter()
        .map(|c| json!({ "kind": c.kind, "name": c.name, "before": c.before, "after": c.after }))
        .collect();
    json!({ "applied": {
        "serving_version": applied.serving_version,
        "image_digest": hex(&applied.image_digest),
        "push_digest": hex(&applied.push_digest),
        "changes": changes,
        "change_count": applied.change_count,
        "unchanged": applied.unchanged,
        "dry_run": applied.dry_run,
        "apply_ns": applied.apply_ns,
        "not_kept": applied.not_kept,
        "revision": applied.revision,
        "engines": applied.engines,
    } })
}

/// A refusal, for programs.
pub fn refusal_json(refusal: &Refusal) -> serde_json::Value {
    let violations: Vec<_> = refusal
        .violations
        .iter()
        .map(|v| {
            let facts: serde_json::Map<_, _> = v
                .facts
                .iter()
                .map(|f| {
                    (
                        f.name.clone(),
                        json!({ "text": f.text, "number": f.number }),
                    )
                })
                .collect();
            json!({
                "path": v.path,
                "code": v.code,
                "message": v.message,
                "facts": facts,
                "engine": v.engine,
            })
        })
        .collect();
    json!({
        "message": refusal.message,
        "violations": violations,
        "violation_count": refusal.violation_count,
        "serving_version": refusal.serving_version,
        "accepted_version": refusal.accepted_version,
    })
}
