//! All that a table holds, as text for people and as JSON for programs.
//!
//! Names are somebody else's: in the text, nothing in them is obeyed by a terminal.

use routewright::{Form, RawRoute, RouteTable};
use serde_json::{Value, json};

pub use super::graph::text::visible;
use super::words;

/// Columns that names may push the rest to the right.
const NAME_COLUMNS_MAX: usize = 48;

/// What a table holds.
#[derive(Clone, Debug)]
pub struct Contents {
    digest: String,
    catalog: String,
    bytes: usize,
    events: usize,
    consumers: Vec<String>,
    /// How many of `routes` are routes of their own.
    own: usize,
    routes: Vec<Route>,
    fallback: Option<String>,
    settings: Vec<Setting>,
}

/// A name or pattern, and what becomes of it; also a declared event that a pattern answers.
#[derive(Clone, Debug)]
struct Route {
    name: String,
    is_pattern: bool,
    answer: String,
}

/// A setting, and its value.
#[derive(Clone, Debug)]
struct Setting {
    name: String,
    kind: String,
    value: String,
}

impl Contents {
    /// Of this table.
    pub fn of<D: AsRef<[u8]>>(table: &RouteTable<D>) -> Contents {
        let catalog = table.catalog();
        let answer = |route: &RawRoute<'_>| words::route(route);
        Contents {
            digest: table.digest().to_string(),
            catalog: format!("{:016x}", table.fingerprint()),
            bytes: table.as_image().len(),
            events: table.events(),
            consumers: (0..catalog.consumers())
                .filter_map(|at| catalog.consumer(at).map(str::to_owned))
                .collect(),
            own: table.routes(),
            routes: table
                .entries()
                .map(|entry| Route {
                    name: entry.route.name().to_owned(),
                    is_pattern: entry.is_pattern,
                    answer: answer(&entry.route),
                })
                .collect(),
            fallback: table.fallback().as_ref().map(answer),
            settings: (0..catalog.settings())
                .filter_map(|at| {
                    let setting = catalog.setting(at)?;
                    let cells = table.values().scalars(at);
                    Some(Setting {
                        name: setting.name.to_owned(),
                        kind: match setting.form {
                            Form::One => setting.kind.to_string(),
                            Form::List => format!("[{}]", setting.kind),
                            Form::Table => "table".to_owned(),
                        },
                        value: words::value(setting.form, setting.columns(), cells),
                    })
                })
                .collect(),
        }
    }

    /// What it is, as lines of a label and a text.
    pub fn head(&self) -> Vec<(&'static str, String)> {
        let count = |number: usize, noun: &str| match number {
            1 => format!("1 {noun}"),
            _ => format!("{number} {noun}s"),
        };
        let holds = [
            count(self.events, "event"),
            count(self.own, "route"),
            count(self.consumers.len(), "consumer"),
            count(self.settings.len(), "setting"),
        ];
        let holds = format!("{}; {}", holds.join(", "), count(self.bytes, "byte"));
        vec![
            ("digest", self.digest.clone()),
            ("catalog", self.catalog.clone()),
            ("holds", holds),
        ]
    }

    /// Routes, then settings, a line each.
    pub fn lines(&self) -> Vec<String> {
        let mut out = Vec::new();
        let routes = self.routes.iter();
        let mut routes: Vec<[String; 2]> = routes
            .map(|route| [route.name.clone(), route.answer.clone()])
            .collect();
        let fallback = self.fallback.iter();
        routes.extend(fallback.map(|answer| ["(else)".to_owned(), answer.clone()]));
        let settings = self.settings.iter();
        let settings = settings.map(|s| [s.name.clone(), s.kind.clone(), s.value.clone()]);
        let blocks = [
            ("routes", aligned(&routes)),
            ("settings", aligned(&settings.collect::<Vec<_>>())),
        ];
        for (title, lines) in blocks {
            if !lines.is_empty() {
                out.extend([String::new(), title.to_owned()]);
                out.extend(lines);
            }
        }
        out
    }

    /// For programs: the fields that `docs/inspect.md` tells of.
    pub fn json(&self) -> serde_json::Map<String, Value> {
        let routes = self.routes.iter().map(
            |route| json!({ "name": route.name, "pattern": route.is_pattern, "answer": route.answer }),
        );
        let settings = self
            .settings
            .iter()
            .map(|s| json!({ "setting": s.name, "type": s.kind, "value": s.value }));
        let fields = [
            ("digest", json!(self.digest)),
            ("catalog", json!(self.catalog)),
            ("bytes", json!(self.bytes)),
            ("events", json!(self.events)),
            ("consumers", json!(self.consumers)),
            ("routes", routes.collect()),
            ("fallback", json!(self.fallback)),
            ("settings", settings.collect()),
        ];
        let fields = fields.into_iter();
        fields.map(|(key, value)| (key.to_owned(), value)).collect()
    }
}

/// Rows of columns; the last is as wide as it is, and one that is too wide moves its own
/// row only.
fn aligned<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> Vec<String> {
    let rows = rows.iter().map(|row| row.each_ref().map(|c| visible(c)));
    let rows: Vec<[String; COLUMNS]> = rows.collect();
    let width = |at: usize| {
        let widths = rows.iter().map(|row| row[at].chars().count());
        widths.max().unwrap_or(0).min(NAME_COLUMNS_MAX)
    };
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    let line = |row: &[String; COLUMNS]| {
        let mut line = String::from("  ");
        for (text, width) in row.iter().zip(widths) {
            line.push_str(&format!("{text:<width$}  "));
        }
        line.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
