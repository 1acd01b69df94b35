//! The type of a setting: as the mapping says it, or else by looking at its value.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use routewright::{Form, Kind, Scalar};
use routewright_schema::load::load_text;
use routewright_schema::{model, value};

use crate::value::{Data, Value};

/// A setting of which few values were seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Its path.
    pub setting: String,
    /// The values that were seen, in all settings whose path ends alike.
    pub values: Vec<String>,
    /// How many those settings are.
    pub seen: usize,
}

/// A setting with that default. `fields` are what a definition says beside it (`type`,
/// `min`, ..), in the spelling of a definition; without a type, it is observed.
///
/// # Errors
/// Why it is none.
pub fn setting(default: &Value, fields: &[(&str, Value)]) -> Result<model::Setting, String> {
    if fields.is_empty() {
        let (kind, form, default) = observed(default)?;
        return Ok(plain(kind, form, default));
    }
    let mut text = String::from("package: p\nversion: 1\nsettings: { x: { ");
    if !fields.iter().any(|(key, _)| *key == "type") {
        let (kind, form, _) = observed(default)?;
        let _ = match form {
            Form::List => write!(text, "type: [{}], ", kind.as_str()),
            _ => write!(text, "type: {}, ", kind.as_str()),
        };
    }
    for (key, value) in fields {
        let _ = write!(text, "{key}: {}, ", spelled(value)?);
    }
    let _ = writeln!(text, "default: {} }} }}", spelled(default)?);
    let loaded = load_text("setting", &text).map_err(|(_, report)| {
        let faults = report.sorted();
        let messages: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
        messages.join("; ")
    })?;
    let mut settings = loaded.definition.settings.into_values();
    settings.next().ok_or_else(|| "it has no type".to_owned())
}

fn plain(kind: Kind, form: Form, default: model::Value) -> model::Setting {
    model::Setting {
        kind,
        form,
        default,
        min: None,
        max: None,
        max_step: None,
        cooldown_ns: 0,
        values: Vec::new(),
        columns: Vec::new(),
        doc: String::new(),
        owner: String::new(),
        expires: String::new(),
    }
}

/// A value in YAML's flow style. Text that the language reads without quotes has none.
fn spelled(value: &Value) -> Result<String, String> {
    Ok(match &value.data {
        Data::Null => return Err("null is no value of a setting".to_owned()),
        data @ (Data::Bool(_) | Data::Number(_)) => crate::evaluate::text_of(data),
        Data::Text(text) => match is_quantity(text) {
            true => text.to_string(),
            false => serde_json::Value::from(&**text).to_string(),
        },
        Data::List(items) => {
            let items: Result<Vec<String>, String> = items.iter().map(spelled).collect();
            format!("[{}]", items?.join(", "))
        }
        Data::Map(map) => {
            let entries: Result<Vec<String>, String> = map
                .iter()
                .map(|(key, entry)| {
                    let key = serde_json::Value::from(&**key);
                    Ok(format!("{key}: {}", spelled(&entry.value)?))
                })
                .collect();
            format!("{{{}}}", entries?.join(", "))
        }
    })
}

/// A duration, a size, a factor, a share: digits and a unit.
fn is_quantity(text: &str) -> bool {
    let number = text.strip_prefix('-').unwrap_or(text);
    number.starts_with(|c: char| c.is_ascii_digit())
        && number.ends_with(|c: char| c.is_ascii_alphabetic() || c == '%')
        && number
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'%')
}

/// Fewest settings of one name from which values are taken for all there are.
const SEEN_MIN: usize = 3;
/// Levels that most loggers have; those of a level's setting, and what was seen.
const LEVELS: [&str; 5] = ["trace", "debug", "info", "warn", "error"];

/// Texts that are words of a short list become enums: where at least three settings end in
/// the same name and share their values, and where a level of logging is named as one.
pub fn enums(
    settings: &mut BTreeMap<String, model::Setting>,
    observed: &BTreeSet<String>,
) -> Vec<Observed> {
    let mut by_name: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for path in observed {
        let Some(setting) = settings.get(path).filter(|s| s.kind == Kind::String) else {
            continue;
        };
        if let model::Value::One(Scalar::String(text)) = &setting.default {
            let name = path.rsplit('.').next().unwrap_or(path).to_owned();
            by_name
                .entry(name)
                .or_default()
                .push((path.clone(), text.clone()));
        }
    }
    let mut enums = Vec::new();
    for (name, seen) in by_name {
        let mut values: BTreeSet<&str> = seen.iter().map(|(_, text)| text.as_str()).collect();
        let words = values.iter().all(|text| is_word(text));
        let shared = seen.len() >= SEEN_MIN && values.len() > 1 && values.len() < seen.len();
        let levels = name.ends_with("level") && values.iter().any(|v| LEVELS.contains(v));
        if !words || !(shared || levels) {
            continue;
        }
        if levels {
            values.extend(LEVELS);
        }
        for (path, _) in &seen {
            let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
            if let Some(setting) = settings.get_mut(path) {
                let model::Value::One(Scalar::String(text)) = setting.default.clone() else {
                    continue;
                };
                setting.kind = Kind::Enum;
                setting.default = model::Value::One(Scalar::Enum(text));
                setting.values.clone_from(&values);
            }
            enums.push(Observed {
                setting: path.clone(),
                values,
                seen: seen.len(),
            });
        }
    }
    enums.sort_by(|a, b| a.setting.cmp(&b.setting));
    enums
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Nanoseconds of a duration; unlike those of a definition, `1.5s` is one.
///
/// # Errors
/// It is none, or not a whole number of nanoseconds.
pub fn duration(text: &str) -> Result<u64, value::ValueFault> {
    let whole = value::parse_duration(text);
    if whole.is_ok() {
        return whole;
    }
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let exact = || {
        let (seconds, fraction) = text.strip_suffix(unit)?.split_once('.')?;
        let unit = value::parse_duration(&format!("1{unit}")).ok()?;
        let tenths = u64::checked_pow(10, fraction.len().try_into().ok()?)?;
        let parts = fraction.parse::<u64>().ok()?.checked_mul(unit)?;
        let whole = seconds.parse::<u64>().ok()?.checked_mul(unit)?;
        parts
            .is_multiple_of(tenths)
            .then(|| whole.checked_add(parts / tenths))?
    };
    exact().map_or(whole, Ok)
}

/// The type of a value, and the value in it.
///
/// # Errors
/// Why it has none.
pub fn observed(value: &Value) -> Result<(Kind, Form, model::Value), String> {
    let Data::List(items) = &value.data else {
        let kind = kind_of(&value.data)?;
        let scalar = scalar(kind, &value.data)?;
        return Ok((kind, Form::One, model::Value::One(scalar)));
    };
    let mut kinds = items.iter().map(|item| kind_of(&item.data));
    let mut kind = kinds.next().ok_or("an empty list does not say of what")??;
    for next in kinds {
        kind = match (kind, next?) {
            (a, b) if a == b => a,
            (Kind::Int, Kind::Float) | (Kind::Float, Kind::Int) => Kind::Float,
            _ => return Err("a list of values of several types".to_owned()),
        };
    }
    let scalars = items.iter().map(|item| scalar(kind, &item.data));
    Ok((
        kind,
        Form::List,
        model::Value::List(scalars.collect::<Result<_, _>>()?),
    ))
}

fn kind_of(data: &Data) -> Result<Kind, String> {
    Ok(match data {
        Data::Bool(_) => Kind::Bool,
        Data::Number(number) if value::parse_int(&number.text).is_ok() => Kind::Int,
        Data::Number(_) => Kind::Float,
        Data::Text(text) if duration(text).is_ok() => Kind::Duration,
        Data::Text(text) if value::parse_size(text).is_ok() => Kind::Size,
        Data::Text(text) if value::parse(Kind::Percent, text).is_ok() => Kind::Percent,
        Data::Text(_) => Kind::String,
        other => return Err(format!("{} has no type", other.kind())),
    })
}

fn scalar(kind: Kind, data: &Data) -> Result<Scalar<String>, String> {
    let text = match (kind, data) {
        (Kind::Float, Data::Number(number)) => return Ok(Scalar::Float(number.value)),
        (Kind::Duration, Data::Text(text)) => {
            let read = duration(text).map(Scalar::Duration);
            return read.map_err(|fault| fault.message);
        }
        (_, data) => crate::evaluate::text_of(data),
    };
    value::parse(kind, &text).map_err(|fault| fault.message)
}
