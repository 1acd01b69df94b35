//! The JSON Schema of definitions in YAML, for editors: which keys there are and what
//! they mean, which consumers, events and settings this project has.
//!
//! It is made of the reader's own table of keys ([`keys`]). It sees one file at a time
//! and no meaning: what it complains of, the reader refuses, but not the other way round.
//! A name that is not declared yet is no fault to it, because it may stand in another
//! file, or be newer than the schema.
//!
//! Draft 7: that is what the YAML language server reads.

use routewright::Kind;
use serde_json::{Map, Value, json};

use crate::format::yaml::keys::{self, Key, Shape};
use crate::model::{Consumer, ConsumerKind, Definition};

mod spelling;

/// The schema of all files of a definition, with its names.
pub fn json_schema(definition: &Definition) -> Value {
    let events: Vec<&str> = definition.events.iter().map(String::as_str).collect();
    let settings: Vec<&str> = definition.settings.keys().map(String::as_str).collect();
    let mut file = map_of(keys::FILE);
    let head = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": format!("The definitions of {}", definition.package),
        "$comment": "Written by `cargo xtask schema`; not edited by hand.",
        "definitions": {
            "bound": scalar_or(Kind::ALL.into_iter().filter_map(spelling::bound)),
            "column": column(),
            "consumer": known(&consumers(definition), spelling::consumer()),
            "declaredConsumer": declared_consumer(),
            "duration": spelling::duration(),
            "event": known(&names(&events), spelling::event()),
            "fallback": target(keys::FALLBACK),
            "mirror": mirror(definition),
            "policy": map_of(keys::POLICY),
            "priority": { "enum": ["low", "normal", "high"] },
            "reason": spelling::reason(),
            "route": route(),
            "routes": routes(definition),
            "setting": setting(),
            "settingPath": known(&names(&settings), spelling::setting_path()),
            "settings": settings_or_groups(),
            "shares": shares(definition),
            "test": test(),
            "text": spelling::text(),
            "type": setting_type(),
            "value": value(),
            "weights": weights(definition),
        },
    });
    merge(&mut file, head);
    file
}

/// What a shape is; several of them once, in `definitions`.
fn of(shape: Shape) -> Value {
    let named = |name: &str| json!({ "$ref": format!("#/definitions/{name}") });
    match shape {
        Shape::Text => named("text"),
        Shape::Package => spelling::package(),
        Shape::Bool => spelling::bool(),
        Shape::True => spelling::yes(),
        Shape::Int(min, max) => spelling::int(min, max),
        Shape::Duration => named("duration"),
        Shape::Date => spelling::date(),
        Shape::Priority => named("priority"),
        Shape::Reason => named("reason"),
        Shape::Event => named("event"),
        Shape::Events => list(spelling::event()),
        Shape::SettingPath => named("settingPath"),
        Shape::Consumer => named("consumer"),
        Shape::OneOrConsumers => {
            json!({ "anyOf": [named("consumer"), list(named("consumer"))] })
        }
        Shape::Weights => named("weights"),
        Shape::Mirror => named("mirror"),
        Shape::Shares => named("shares"),
        Shape::Percent => spelling::share(),
        Shape::Moment => spelling::moment(),
        Shape::Consumers => json!({
            "type": "object",
            "propertyNames": spelling::consumer(),
            "additionalProperties": named("declaredConsumer"),
        }),
        Shape::Routes => named("routes"),
        Shape::Fallback => named("fallback"),
        Shape::Policy => named("policy"),
        Shape::Settings => named("settings"),
        Shape::Rules => list(json!({ "type": ["string", "boolean"] })),
        Shape::Tests => list(named("test")),
        Shape::Type => named("type"),
        Shape::ColumnType => {
            let kinds = Kind::ALL.iter().filter(|kind| **kind != Kind::Enum);
            json!({ "enum": kinds.map(|kind| kind.as_str()).collect::<Vec<_>>() })
        }
        Shape::Words => list(named("text")),
        Shape::Columns => list(named("column")),
        Shape::Value => named("value"),
        Shape::Bound => named("bound"),
        Shape::Step => json!({ "type": ["number", "string"] }),
    }
}

/// A map of these keys and no others.
fn map_of(keys: &[Key]) -> Value {
    let properties = keys.iter().map(|key| {
        let mut shape = of(key.shape);
        // Beside a `$ref` draft 7 reads nothing.
        if shape.get("$ref").is_some() {
            shape = json!({ "allOf": [shape] });
        }
        shape["description"] = key.doc.into();
        (key.name.to_owned(), shape)
    });
    json!({
        "type": "object",
        "properties": properties.collect::<Map<_, _>>(),
        "additionalProperties": false,
    })
}

fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// What has one of these spellings.
fn scalar_or(spellings: impl Iterator<Item = Value>) -> Value {
    json!({ "anyOf": spellings.collect::<Vec<_>>() })
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

/// One of the names that there are, which an editor offers, or a new one. Names come with
/// what an editor says of them.
fn known(names: &[(String, String)], new: Value) -> Value {
    if names.is_empty() {
        return new;
    }
    let (names, docs): (Vec<_>, Vec<_>) = names.iter().cloned().unzip();
    let mut offered = json!({ "enum": names });
    if docs.iter().any(|doc| !doc.is_empty()) {
        offered["enumDescriptions"] = docs.into();
    }
    json!({ "anyOf": [offered, new] })
}

fn names(names: &[&str]) -> Vec<(String, String)> {
    let bare = names.iter().map(|name| ((*name).to_owned(), String::new()));
    bare.collect()
}

fn consumers(definition: &Definition) -> Vec<(String, String)> {
    let consumers = definition.consumers.iter();
    consumers
        .map(|(name, consumer)| (name.clone(), about(consumer)))
        .collect()
}

/// What an editor shows beside a consumer's name: one line, without what a terminal would
/// obey.
fn about(consumer: &Consumer) -> String {
    let mut words = format!("{}: {}", consumer.kind.as_str(), consumer.address);
    if consumer.kind == ConsumerKind::Local {
        words = "local".to_owned();
    }
    if !consumer.doc.trim().is_empty() {
        words = format!("{} ({words})", consumer.doc.trim());
    }
    let visible = |c: char| match routewright::name::printable(c) {
        true => c,
        false => ' ',
    };
    words.chars().map(visible).collect()
}

/// A map from consumers to something; an editor offers those that there are.
fn by_consumer(definition: &Definition, of: &Value) -> Value {
    let known = definition.consumers.iter().map(|(name, consumer)| {
        let mut of = of.clone();
        of["description"] = about(consumer).into();
        (name.clone(), of)
    });
    json!({
        "type": "object",
        "properties": known.collect::<Map<_, _>>(),
        "propertyNames": spelling::consumer(),
        "additionalProperties": of,
    })
}

fn weights(definition: &Definition) -> Value {
    by_consumer(definition, &spelling::int(1, 65_535))
}

fn mirror(definition: &Definition) -> Value {
    json!({ "anyOf": [of(Shape::OneOrConsumers), by_consumer(definition, &spelling::share())] })
}

fn shares(definition: &Definition) -> Value {
    let mut out = by_consumer(definition, &spelling::share());
    out["minProperties"] = 1.into();
    out
}

/// One address.
fn declared_consumer() -> Value {
    let mut out = map_of(keys::CONSUMER);
    let kinds = ConsumerKind::ALL.map(|kind| json!({ "required": [kind.as_str()] }));
    out["oneOf"] = kinds.to_vec().into();
    out
}

/// `to`, `split` or `drop`; `drop` alone.
fn target(keys: &[Key]) -> Value {
    let mut out = map_of(keys);
    out["anyOf"] = json!([
        { "required": ["to"] }, { "required": ["split"] }, { "required": ["drop"] },
    ]);
    out["if"] = json!({ "required": ["drop"] });
    out["then"] = json!({ "properties": { "to": false, "split": false, "mirror": false } });
    out
}

fn route() -> Value {
    target(keys::ROUTE)
}

fn routes(definition: &Definition) -> Value {
    let route = json!({ "$ref": "#/definitions/route" });
    let names = definition.events.iter().chain(definition.routes.keys());
    let known: Map<String, Value> = names.map(|name| (name.clone(), route.clone())).collect();
    json!({
        "type": "object",
        "properties": known,
        "propertyNames": spelling::route(),
        "additionalProperties": route,
    })
}

/// As the reader tells a setting from a group: by a key of a setting whose value is no map.
fn settings_or_groups() -> Value {
    let says = keys::SETTING.iter().map(|key| {
        let name = key.name;
        json!({ "required": [name], "properties": { name: { "not": { "type": "object" } } } })
    });
    json!({
        "type": "object",
        "propertyNames": spelling::setting(),
        "additionalProperties": {
            "type": "object",
            "if": { "anyOf": says.collect::<Vec<_>>() },
            "then": { "$ref": "#/definitions/setting" },
            "else": { "$ref": "#/definitions/settings" },
        },
    })
}

fn setting() -> Value {
    let mut out = map_of(keys::SETTING);
    out["required"] = json!(["type", "default"]);
    let mut cases: Vec<Value> = Kind::ALL.into_iter().flat_map(cases_of).collect();
    cases.push(json!({
        "if": typed(json!({ "const": "table" })),
        "then": {
            "required": ["columns"],
            "properties": {
                "default": list(list(of(Shape::Text))), "min": false, "max": false, "values": false,
            },
        },
        "else": { "properties": { "columns": false } },
    }));
    out["allOf"] = cases.into();
    out
}

fn typed(ty: Value) -> Value {
    json!({ "required": ["type"], "properties": { "type": ty } })
}

/// What a setting of that kind is held to, and a list of them.
fn cases_of(kind: Kind) -> [Value; 2] {
    let bound = spelling::bound(kind).unwrap_or(Value::Bool(false));
    let step = spelling::step(kind).unwrap_or(Value::Bool(false));
    let held = |default: Value| {
        let mut then = json!({
            "properties": { "default": default, "min": bound, "max": bound, "max_step": step },
        });
        match kind {
            Kind::Enum => then["required"] = json!(["values"]),
            _ => then["properties"]["values"] = false.into(),
        }
        then
    };
    let word = kind.as_str();
    [
        json!({ "if": typed(json!({ "const": word })), "then": held(spelling::of(kind)) }),
        json!({ "if": typed(list_of(&[word])), "then": held(list(spelling::of(kind))) }),
    ]
}

fn setting_type() -> Value {
    let kinds = Kind::ALL.map(Kind::as_str);
    let alone = [&kinds[..], &["table"]].concat();
    json!({ "anyOf": [{ "enum": alone }, list_of(&kinds)] })
}

/// The type of a list, `[int]`, with or without quotes.
fn list_of(kinds: &[&str]) -> Value {
    json!({ "anyOf": [
        { "type": "array", "minItems": 1, "maxItems": 1, "items": { "enum": kinds } },
        { "type": "string", "pattern": format!("^ *\\[ *({}) *\\] *$", kinds.join("|")) },
    ] })
}

fn column() -> Value {
    let mut out = map_of(keys::COLUMN);
    out["required"] = json!(["name", "type"]);
    out
}

/// A scalar, a list of them, or rows.
fn value() -> Value {
    let text = || of(Shape::Text);
    json!({ "anyOf": [text(), list(text()), list(list(text()))] })
}

/// Of an event or of a setting.
/// Keys of a test that expect nothing of an event by themselves.
const SAYS_NO_MORE: [&str; 9] = [
    "event", "setting", "is", "key", "picks", "within", "keys", "seed", "at",
];

/// Keys of a test of a setting; `event` is kept apart by itself.
const OF_SETTINGS: [&str; 5] = ["setting", "is", "expired", "at", "event"];

fn test() -> Value {
    let mut out = map_of(keys::TEST);
    out["oneOf"] = json!([
        { "required": ["event"] },
        { "required": ["setting"], "anyOf": [{ "required": ["is"] }, { "required": ["expired"] }] },
    ]);
    let expected = keys::TEST
        .iter()
        .map(|key| key.name)
        .filter(|name| !SAYS_NO_MORE.contains(name));
    let mut some: Vec<Value> = expected
        .clone()
        .map(|name| json!({ "required": [name] }))
        .collect();
    some.push(json!({ "required": ["picks"] }));
    let measured =
        json!({ "anyOf": [{ "required": ["shares"] }, { "required": ["mirror_shares"] }] });
    // The reader does not mind a policy that says nothing.
    let of_events = keys::TEST.iter().map(|key| key.name);
    let of_events = of_events.filter(|name| !OF_SETTINGS.contains(name));
    let mut none: Map<_, _> = of_events
        .map(|name| (name.to_owned(), false.into()))
        .collect();
    none.insert("policy".to_owned(), json!({ "maxProperties": 0 }));
    out["dependencies"] = json!({
        "setting": { "properties": none },
        "key": ["picks"],
        "picks": ["key"],
        "at": ["expired"],
        "within": measured,
        "keys": measured,
        "seed": measured,
        "event": { "properties": { "is": false }, "anyOf": some },
    });
    out
}
