//! Takes up certificates and rules that change on disk.

use std::sync::Arc;
use std::time::Duration;

use super::access::Access;
use super::files::Allow;
use super::tls::Tls;

/// What may change on disk.
pub struct Renewal {
    /// Certificates.
    pub tls: Option<Arc<Tls>>,
    /// Rules, and where they are in force.
    pub allow: Option<(Allow, Arc<Access>)>,
}

impl Renewal {
    /// Looks for ever: every so often, and when asked to. What was taken up is logged, and
    /// once what could not be.
    pub async fn run(mut self, every: Duration, asked: Arc<tokio::sync::Notify>) {
        let (mut certificates, mut rules) = (Said::default(), Said::default());
        loop {
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                () = asked.notified() => {}
            }
            if let Some(tls) = &self.tls {
                certificates.say("certificates", tls.refresh());
            }
            if let Some((allow, access)) = &mut self.allow {
                rules.say("rules", allow.refresh(access));
            }
        }
    }
}

/// The fault that was told last.
#[derive(Default)]
struct Said(Option<String>);

impl Said {
    fn say(&mut self, what: &str, found: Result<bool, String>) {
        match found {
            Ok(new) => {
                self.0 = None;
                if new {
                    tracing::info!(what, "what changed on disk is in force");
                }
            }
            Err(why) if self.0.as_ref() == Some(&why) => {}
            Err(why) => {
                // In quotes and escaped: it shows lines of the file.
                tracing::warn!(what, ?why, "those from before stay in force");
                self.0 = Some(why);
            }
        }
    }
}
