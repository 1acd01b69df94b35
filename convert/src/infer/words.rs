//! What the names of keys and values suggest. Nothing here decides alone: a word is one
//! point of evidence among others, and is told as such.

/// What a field may be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It names what happens.
    Event,
    /// It names who is told.
    Destination,
}

const EVENT: &[&str] = &[
    "event",
    "on",
    "trigger",
    "signal",
    "topic",
    "subject",
    "subscribe",
    "subscription",
    "listen",
    "intent",
    "routing_key",
    "consume",
    "handle",
    "react",
];
const MAYBE_EVENT: &[&str] = &["type", "pattern", "match", "when", "message"];
const DESTINATION: &[&str] = &[
    "to",
    "notify",
    "destination",
    "target",
    "consumer",
    "subscriber",
    "receiver",
    "recipient",
    "handler",
    "listener",
    "sink",
    "publisher",
    "sender",
    "queue",
    "transport",
    "output",
    "webhook",
    "forward",
    "dispatch",
    "deliver",
];
const MAYBE_DESTINATION: &[&str] = &[
    "service", "action", "url", "uri", "channel", "backend", "topic", "path", "run", "do", "then",
    "via", "function", "worker", "team", "job", "app", "route", "execute", "endpoint",
];
const EVENT_VERBS: &[&str] = &["on", "listen", "subscribe", "react"];
const DESTINATION_VERBS: &[&str] = &["notify", "send", "forward", "dispatch", "deliver"];
/// What begins the name of a list of what is left out.
const NEGATIONS: &[&str] = &["exclude", "ignore", "disable", "skip", "except", "no"];
/// Maps and lists that hold routes.
const ROUTES: &[&str] = &[
    "route",
    "routing",
    "rule",
    "subscription",
    "binding",
    "trigger",
    "source",
    "event",
    "mapping",
    "dispatch",
];
/// Those of them that hold nothing else.
const ROUTING: &[&str] = &["route", "routing", "subscription", "binding"];
/// Maps and lists that hold consumers.
const CONSUMERS: &[&str] = &[
    "consumer",
    "subscriber",
    "listener",
    "channel",
    "service",
    "handler",
    "function",
    "queue",
    "worker",
    "app",
    "team",
    "receiver",
    "sink",
    "transport",
    "target",
    "member",
];
const CONDITIONS: &[&str] = &[
    "condition",
    "if",
    "filter",
    "criteria",
    "criterion",
    "unless",
    "where",
];
/// Lists that say of what an event is one: its name has two parts.
const SCOPES: &[&str] = &[
    "project",
    "repo",
    "repository",
    "tenant",
    "namespace",
    "bucket",
    "table",
    "broker",
    "bus",
];
const ADDRESSES: &[&str] = &[
    "dsn", "url", "uri", "address", "endpoint", "webhook", "host", "queue", "topic",
];
const NEITHER: &[&str] = &[
    "label",
    "annotation",
    "selector",
    "level",
    "env",
    "environment",
    "dependency",
    "property",
    "parameter",
    "version",
    "tag",
    "header",
    "trait",
    "alias",
    "attribute",
    "permission",
    "option",
];
const FALLBACKS: &[&str] = &[
    "default",
    "fallback",
    "otherwise",
    "else",
    "catch_all",
    "catchall",
];
/// Fields whose name says nothing without that of what they stand in.
const GENERIC: &[&str] = &["type", "name", "ref", "id", "uri", "url", "value", "key"];
/// Fields of a record that are the data of no dictionary.
const USUAL: &[&str] = &[
    "name",
    "id",
    "kind",
    "version",
    "host",
    "port",
    "user",
    "username",
    "password",
    "enabled",
    "timeout",
    "description",
    "path",
    "title",
    "label",
    "default",
    "format",
    "class",
    "options",
    "min",
    "max",
    "retries",
    "priority",
    "owner",
    "doc",
    "metadata",
    "spec",
    "namespace",
    "value",
    "ref",
    "handler",
    "runtime",
    "image",
    "command",
    "method",
    "driver",
    "level",
    "file",
    "mode",
];

/// The words of a name, in lower case and the singular.
pub fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for c in name.chars() {
        let parts = !c.is_alphanumeric();
        if parts || (lower && c.is_uppercase()) {
            words.push(String::new());
        }
        if !parts && let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
        lower = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words.into_iter().map(singular).collect()
}

fn singular(mut word: String) -> String {
    if word.ends_with("ies") && word.len() > 4 {
        word.truncate(word.len() - 3);
        word.push('y');
    } else if word.ends_with('s') && !word.ends_with("ss") && word.len() > 3 {
        word.pop();
    }
    word
}

/// Whether a name ends in one of those words, but for a general one (`topic_arn`), or is one
/// of them as a whole.
fn is_one_of(name: &str, list: &[&str]) -> bool {
    let mut words = words(name);
    if list.contains(&words.join("_").as_str()) {
        return true;
    }
    if words
        .first()
        .is_some_and(|word| NEGATIONS.contains(&word.as_str()))
    {
        return false;
    }
    while words.len() > 1
        && words
            .last()
            .is_some_and(|word| GENERIC.contains(&word.as_str()))
    {
        words.pop();
    }
    // `hash_on` is not `on`.
    let last = words
        .last()
        .filter(|word| words.len() == 1 || *word != "on");
    last.is_some_and(|word| list.contains(&word.as_str()))
}

/// How much the name of a field says that it has that role: 0, 1 or 2.
fn weight_of(name: &str, role: Role) -> u32 {
    let (sure, maybe, own, other) = match role {
        Role::Event => (EVENT, MAYBE_EVENT, EVENT_VERBS, DESTINATION_VERBS),
        Role::Destination => (
            DESTINATION,
            MAYBE_DESTINATION,
            DESTINATION_VERBS,
            EVENT_VERBS,
        ),
    };
    // `notify_channels`, `listen_to`
    let words = words(name);
    let verb = words
        .first()
        .filter(|_| words.len() > 1)
        .map_or("", String::as_str);
    match (is_one_of(name, sure), is_one_of(name, maybe)) {
        _ if own.contains(&verb) => 2,
        _ if other.contains(&verb) => 0,
        (true, _) => 2,
        (_, true) => 1,
        _ => 0,
    }
}

/// The same of a path of fields: `trigger.type` is as `trigger`, and `targets.service` as
/// `targets`.
pub fn weight<'n>(path: impl DoubleEndedIterator<Item = &'n str>, role: Role) -> u32 {
    let mut weight = 0;
    for name in path.rev() {
        let own = weight_of(name, role);
        let mut words = words(name).into_iter();
        let generic = words.all(|word| GENERIC.contains(&word.as_str()));
        weight = weight.max(own);
        if own == 0 && !generic {
            break;
        }
    }
    weight
}

/// Whether it is called as something that holds nothing but routes.
pub fn is_routing(name: &str) -> bool {
    is_one_of(name, ROUTING)
}

/// Whether it is called as something that holds routes.
pub fn holds_routes(name: &str) -> bool {
    is_one_of(name, ROUTES)
}

/// Whether it is called as something that holds neither events nor consumers, however
/// much its entries look so: `labels: {app.kubernetes.io/name: x}`
pub fn holds_neither(name: &str) -> bool {
    is_one_of(name, NEITHER)
}

/// Whether it is called as what holds events by their name.
pub fn holds_events(name: &str) -> bool {
    is_one_of(name, EVENT)
}

/// Whether it is what a consumer does: whose field it is, is one.
pub fn is_of_a_consumer(name: &str) -> bool {
    let words = words(name);
    let verb = words.first().map_or("", String::as_str);
    ["listen", "subscribe", "consume", "handle", "react"].contains(&verb)
}

/// Whether it says where everything else goes.
pub fn is_fallback(name: &str) -> bool {
    FALLBACKS.contains(&words(name).join("_").as_str())
}

/// Whether it says how much of the events a consumer gets.
pub fn is_weight(name: &str) -> bool {
    is_one_of(name, &["weight"])
}

/// Whether it is called as something that holds consumers.
pub fn holds_consumers(name: &str) -> bool {
    is_one_of(name, CONSUMERS)
}

/// Whether it is called as a condition.
pub fn is_condition(name: &str) -> bool {
    is_one_of(name, CONDITIONS)
}

/// Whether it is called as what an event is one of.
pub fn is_scope(name: &str) -> bool {
    is_one_of(name, SCOPES)
}

/// Whether it is called as an address.
pub fn is_address(name: &str) -> bool {
    is_one_of(name, ADDRESSES)
}

/// Whether a list or map is called as many things.
pub fn is_plural(name: &str) -> bool {
    (holds_routes(name) || holds_consumers(name)) && (name.ends_with('s') || name.ends_with("ing"))
}

/// Whether it is the name of a field, as records have it.
pub fn is_field(name: &str) -> bool {
    let known = |role| weight_of(name, role) > 0;
    USUAL.contains(&words(name).concat().as_str())
        || (words(name).len() == 1 && (known(Role::Event) || known(Role::Destination)))
}

/// Whether a text can be the name of an event or a consumer: no prose, number or path of
/// a template.
pub fn is_name(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || "=<>{}\"'`;".contains(c);
    let template = text.starts_with("${") || text.starts_with("%env(");
    !text.is_empty()
        && text.len() <= 128
        && (template || !text.contains(odd))
        && text.contains(char::is_alphabetic) | matches!(text, "*" | "**")
}

/// Whether a name is built as those of events are: of parts, or as something that
/// happened.
pub fn is_eventlike(text: &str) -> bool {
    if text == "*" || text == "**" {
        return true;
    }
    let media = [
        "application",
        "text",
        "image",
        "audio",
        "video",
        "multipart",
    ];
    let media = text
        .split_once('/')
        .is_some_and(|(kind, _)| media.contains(&kind));
    let path = media || text.starts_with(['/', '.', '~', '%', '$']) || text.contains("://");
    let parted = |sep: char| {
        let mut parts = text.split(sep);
        text.contains(sep)
            && parts.all(|part| {
                part.chars()
                    .next()
                    .is_some_and(|c| c.is_alphabetic() || c == '*' || c == '_')
            })
    };
    let happened = |word: &String| {
        word.len() > 3 && (word.ends_with("ed") || word == "event" || word == "sent")
    };
    is_name(text)
        && !path
        && (['.', ':', '/', '\\'].into_iter().any(parted)
            || words(text).last().is_some_and(happened))
}

/// Whether a name is a regular expression: of those, none can be a pattern.
pub fn is_regex(text: &str) -> bool {
    text.starts_with('^')
        || text.ends_with('$')
        || ["\\d", "\\w", ".+", "|"]
            .iter()
            .any(|part| text.contains(part))
}

/// Whether a name has wildcards of AMQP or MQTT that no pattern has: `#` for any number of
/// words, also none, and `+` for one.
pub fn is_of_a_broker(text: &str) -> bool {
    text.split(['.', '/'])
        .any(|word| word == "#" || word == "+")
}

/// Whether a name is a pattern of a shell.
pub fn is_wild(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

#[cfg(test)]
mod tests {
    use super::{Role, is_eventlike, is_field, is_name, weight, words};

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(words("eventTypes"), ["event", "type"]);
        assert_eq!(words("send_to-Policies"), ["send", "to", "policy"]);
        assert_eq!(words("class"), ["class"]);
        assert!(words("--").is_empty());
    }

    #[test]
    fn a_generic_field_is_as_its_parent() {
        for (path, event, destination) in [
            (&["on"][..], 2, 0),
            (&["trigger", "type"], 2, 0),
            (&["action", "ref"], 0, 1),
            (&["trigger", "severity"], 0, 0),
            (&["notifyChannels"], 0, 2),
            (&["subscriber", "ref", "name"], 0, 2),
        ] {
            assert_eq!(weight(path.iter().copied(), Role::Event), event, "{path:?}");
            assert_eq!(
                weight(path.iter().copied(), Role::Destination),
                destination,
                "{path:?}"
            );
        }
        assert!(is_field("notify") && is_field("timeout") && !is_field("order-placed"));
    }

    #[test]
    fn names_and_prose() {
        for name in [
            "order.placed",
            "App\\Message\\Sent",
            "async",
            "%env(X Y)%",
            "*",
        ] {
            assert!(is_name(name), "{name}");
        }
        for other in ["", "must be accepted", "12", "a=b", "{{ x }}"] {
            assert!(!is_name(other), "{other}");
        }
        for event in [
            "order.placed",
            "App\\Sent",
            "a:b",
            "patchset-created",
            "compute.*",
            "UserRegistered",
        ] {
            assert!(is_eventlike(event), "{event}");
        }
        for other in [
            "async",
            "https://a.b/c",
            "/etc/x.y",
            "1.2",
            "low_priority",
            "application/json",
            "%env(A.B)%",
        ] {
            assert!(!is_eventlike(other), "{other}");
        }
    }
}
