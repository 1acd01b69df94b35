//! What proves a diagnostic about names and routes, as facts.

use serde_json::{Value, json};

/// A name, who answers it, and which other names or patterns the fault is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witness {
    /// An event that shows the fault: whoever sends it sees what the diagnostic says.
    pub event: Option<String>,
    /// The name or pattern of the route that answers it; `None`: no route does.
    pub answered_by: Option<String>,
    /// The other names or patterns: rivals, look-alikes, routes that are switched off.
    pub others: Vec<String>,
}

impl Witness {
    /// A name that shows it.
    pub fn event(name: &str) -> Witness {
        Witness {
            event: Some(name.to_owned()),
            ..Witness::default()
        }
    }

    /// Other names that it is about.
    pub fn others<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Witness {
        Witness {
            others: names.into_iter().map(Into::into).collect(),
            ..Witness::default()
        }
    }

    /// Says who answers the event.
    #[must_use]
    pub fn answered_by(mut self, route: &str) -> Witness {
        self.answered_by = Some(route.to_owned());
        self
    }

    /// The keys of [`super::json`].
    pub(super) fn json(&self) -> Value {
        json!({
            "event": self.event,
            "answered_by": self.answered_by,
            "others": self.others,
        })
    }
}
