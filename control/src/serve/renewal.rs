//! Takes up certificates and rules that change on disk.

use std::sync::Arc;
use std::time::Duration;

use super::Control;
use super::access::Access;
use super::files::Allow;
use super::meters::Renewed;
use super::tls::Tls;

/// What may change on disk.
pub struct Renewal {
    tls: Option<Arc<Tls>>,
    allow: Option<Allow>,
    access: Arc<Access>,
    /// The faults that were told last.
    said: [Option<String>; 3],
}

impl Renewal {
    /// Of certificates and rules that are in use, and what is to know of them.
    pub fn new(tls: Option<Arc<Tls>>, allow: Option<Allow>, access: Arc<Access>) -> Renewal {
        if let Some(tls) = &tls {
            access.revoke_by(tls);
        }
        Renewal {
            tls,
            allow,
            access,
            said: Default::default(),
        }
    }

    /// Looks for ever: every so often, and when asked to.
    pub async fn run(mut self, control: Control, every: Duration, asked: Arc<tokio::sync::Notify>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                () = asked.notified() => {}
            }
            self.look(&control);
        }
    }

    /// Takes up what has changed. That is logged, and once what could not be taken up.
    pub fn look(&mut self, control: &Control) {
        if let Some(tls) = &self.tls {
            let (certificates, revocations) = (tls.refresh(), tls.refresh_revoked());
            // Streams that are open end, if theirs is among what is revoked now.
            if [&certificates, &revocations].contains(&&Ok(true)) {
                self.access.revoke_by(tls);
            }
            self.say(control, Renewed::Certificates, certificates);
            self.say(control, Renewed::Revocations, revocations);
        }
        if let Some(allow) = &mut self.allow {
            let rules = allow.refresh(&self.access);
            self.say(control, Renewed::Rules, rules);
        }
    }

    fn say(&mut self, control: &Control, renewed: Renewed, found: Result<bool, String>) {
        let meters = control.handle().meters();
        meters.renewal(renewed, found.is_err());
        let (what, said) = (renewed.as_str(), &mut self.said[renewed as usize]);
        match found {
            Ok(new) => {
                *said = None;
                if new {
                    tracing::info!(what, "what changed on disk is in force");
                }
            }
            Err(why) if said.as_ref() == Some(&why) => {}
            Err(why) => {
                // In quotes and escaped: it shows lines of the file.
                tracing::warn!(what, ?why, "those from before stay in force");
                *said = Some(why);
            }
        }
    }
}
