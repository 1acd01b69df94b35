//! The name of an event, and the little that is read of its payload.

use serde::Deserialize;

use crate::routes::Event;

/// Of all that GitHub sends, what a receiver needs that hands it on. (Those that work
/// with a payload read the messages in `routes/events`.)
#[derive(Debug, Deserialize)]
pub struct Payload {
    action: Option<String>,
    repository: Option<Repository>,
    organization: Option<Account>,
    sender: Option<Account>,
}

#[derive(Debug, Deserialize)]
struct Repository {
    full_name: String,
}

#[derive(Debug, Deserialize)]
struct Account {
    login: String,
}

impl Payload {
    /// Reads a body. What nobody reads is skipped in a loop, so that deep nesting finds
    /// no stack to exhaust.
    pub fn read(body: &[u8]) -> Result<Payload, String> {
        // Of a string that is skipped, serde_json would not look at the encoding; and it
        // would take a list for a struct.
        let text = std::str::from_utf8(body).map_err(|fault| fault.to_string())?;
        if !text.trim_start().starts_with('{') {
            return Err("it is no JSON object".to_owned());
        }
        serde_json::from_str(text).map_err(|fault| fault.to_string())
    }

    /// What splits go by: events of one repository stay together; else those of one
    /// organization, else those of one sender.
    pub fn key(&self) -> &str {
        let repository = self.repository.as_ref().map(|r| r.full_name.as_str());
        let account = self.organization.as_ref().or(self.sender.as_ref());
        repository
            .or(account.map(|a| a.login.as_str()))
            .unwrap_or_default()
    }

    /// The name as in the catalogue: `pull_request.opened`, or `push`. A name that is
    /// declared alone stays alone, for the `action` of a `repository_dispatch` is
    /// whatever its sender wrote.
    pub fn name(&self, event: &str) -> Result<String, &'static str> {
        if !is_word(event) {
            return Err("X-GitHub-Event is no name of an event");
        }
        match &self.action {
            Some(action) if event.parse::<Event>().is_err() => match is_word(action) {
                true => Ok(format!("{event}.{action}")),
                false => Err("`action` of the payload is no name of an action"),
            },
            _ => Ok(event.to_owned()),
        }
    }
}

/// What GitHub's names are made of. With nothing else let in, a name is safe in a log,
/// and has the segments that patterns count on.
fn is_word(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    (1..=60).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_catalogue() {
        let cases = [
            ("push", r#"{}"#, Ok("push")),
            ("push", r#"{"action":null}"#, Ok("push")),
            (
                "pull_request",
                r#"{"action":"opened"}"#,
                Ok("pull_request.opened"),
            ),
            ("pull_request", r#"{}"#, Ok("pull_request")),
            // Declared alone, and its action is free text.
            (
                "repository_dispatch",
                r#"{"action":"Deploy *.prod!"}"#,
                Ok("repository_dispatch"),
            ),
            // Newer than the catalogue.
            (
                "dependabot_alert",
                r#"{"action":"auto_dismissed"}"#,
                Ok("dependabot_alert.auto_dismissed"),
            ),
            ("issues", r#"{"action":"**"}"#, Err("`action`")),
            ("issues", r#"{"action":""}"#, Err("`action`")),
            ("issues", r#"{"action":"a.b"}"#, Err("`action`")),
            ("issues", "{\"action\":\"opened\\n\"}", Err("`action`")),
            ("", r#"{}"#, Err("X-GitHub-Event")),
            ("Push", r#"{}"#, Err("X-GitHub-Event")),
            ("push.", r#"{}"#, Err("X-GitHub-Event")),
        ];
        for (event, body, expected) in cases {
            let name = Payload::read(body.as_bytes()).unwrap().name(event);
            match expected {
                Ok(expected) => assert_eq!(name.as_deref(), Ok(expected), "{event} {body}"),
                Err(start) => {
                    let fault = name.unwrap_err();
                    assert!(fault.starts_with(start), "{event} {body}: {fault}");
                }
            }
        }
        let long = format!(r#"{{"action":"{}"}}"#, "a".repeat(61));
        assert!(
            Payload::read(long.as_bytes())
                .unwrap()
                .name("issues")
                .is_err()
        );
    }

    #[test]
    fn keys_keep_together_what_belongs_together() {
        let cases = [
            (
                r#"{"repository":{"full_name":"acme/rocket"},"sender":{"login":"wile"}}"#,
                "acme/rocket",
            ),
            (
                r#"{"organization":{"login":"acme"},"sender":{"login":"wile"}}"#,
                "acme",
            ),
            (r#"{"sender":{"login":"wile"}}"#, "wile"),
            (r#"{"zen":"Keep it logically awesome."}"#, ""),
        ];
        for (body, key) in cases {
            assert_eq!(Payload::read(body.as_bytes()).unwrap().key(), key);
        }
    }

    #[test]
    fn hostile_bodies_are_refused() {
        let cases: [&[u8]; 9] = [
            b"",
            b"push",
            b"[\"opened\",null,null,null]",
            b"{\"zen\":\"\xff\"}",
            b"null",
            b"{\"action\":7}",
            b"{\"action\":\"a\",\"action\":\"b\"}",
            b"{\"repository\":[]}",
            b"{\"action\":\"\xff\"}",
        ];
        for case in cases {
            let shown = &case[..case.len().min(40)];
            assert!(Payload::read(case).is_err(), "{}", shown.escape_ascii());
        }
    }

    #[test]
    fn nesting_costs_no_stack() {
        let deep = |open: &str, close: &str| {
            let (open, close) = (open.repeat(100_000), close.repeat(100_000));
            format!(r#"{{"x":{open}0{close},"action":"opened"}}"#)
        };
        for body in [deep("[", "]"), deep(r#"{"x":"#, "}")] {
            let payload = Payload::read(body.as_bytes()).unwrap();
            assert_eq!(payload.name("issues").unwrap(), "issues.opened");
        }
    }
}
