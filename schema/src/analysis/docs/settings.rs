//! Settings: what each may be and how far a push may move it; the rules over them.

use routewright::{Form, Kind, Scalar, Step};

use super::Page;
use super::markdown::{anchor, code, link, place, section, table, text};
use crate::analysis::words;
use crate::lower::scalars;
use crate::model::Setting;

/// One table.
pub fn settings<D>(page: &Page<'_, D>) -> String {
    let definition = &page.loaded.definition;
    let rows: Vec<Vec<String>> = definition
        .settings
        .iter()
        .map(|(path, setting)| {
            let rules = definition.rules.iter().enumerate();
            let rules = rules.filter(|(_, rule)| paths(rule).any(|p| p == path));
            let rules: Vec<String> = rules
                .map(|(at, _)| format!("[rule {0}](#rule:{0})", at + 1))
                .collect();
            vec![
                place("setting", path),
                type_of(setting),
                code(&default(setting)),
                range(setting),
                moves(setting),
                owner(&setting.owner),
                about(setting, &rules),
            ]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let head = [
        "Setting",
        "Type",
        "Default",
        "Range",
        "One push moves it",
        "Owner",
        "About",
    ];
    format!("{}\n{}", section("Settings"), table(&head, &rows))
}

/// The rules, with links to what they are about.
pub fn rules<D>(page: &Page<'_, D>) -> String {
    let definition = &page.loaded.definition;
    if definition.rules.is_empty() {
        return String::new();
    }
    let mut out = section("Rules");
    out.push_str("\nThey hold over all settings together, whatever is pushed.\n\n");
    for (at, rule) in definition.rules.iter().enumerate() {
        let mut on: Vec<&str> = paths(rule)
            .filter(|p| definition.settings.contains_key(*p))
            .collect();
        on.sort_unstable();
        on.dedup();
        let on: Vec<String> = on.iter().map(|path| link("setting", path)).collect();
        let number = at + 1;
        out.push_str(&format!(
            "{number}. <a id=\"rule:{number}\"></a>{} (on {})\n",
            code(rule),
            on.join(", ")
        ));
    }
    out
}

/// What in an expression may be the path of a setting.
fn paths(rule: &str) -> impl Iterator<Item = &str> {
    rule.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
}

fn type_of(setting: &Setting) -> String {
    let values = |kind: Kind| match kind {
        Kind::Enum => {
            let values: Vec<String> = setting.values.iter().map(|v| code(v)).collect();
            format!("enum: {}", values.join(", "))
        }
        kind => kind.as_str().to_owned(),
    };
    match setting.form {
        Form::One => values(setting.kind),
        Form::List => format!("list of {}", values(setting.kind)),
        Form::Table => {
            let columns = setting.columns.iter();
            let columns: Vec<String> = columns
                .map(|(name, kind)| format!("{} {}", code(name), kind.as_str()))
                .collect();
            format!("table of {}", columns.join(", "))
        }
    }
}

/// As the page shows it.
pub fn default(setting: &Setting) -> String {
    let scalars = scalars(&setting.default).map(|s| match s {
        // An empty string would be nothing to look at.
        Scalar::String(text) => format!("{text:?}"),
        other => other.to_string(),
    });
    let scalars: Vec<String> = scalars.collect();
    let scalars = scalars.iter().map(|s| Scalar::<&str>::String(s));
    words::value(setting.form, setting.columns.len(), scalars)
}

fn range(setting: &Setting) -> String {
    let what = match setting.kind {
        Kind::String => "length ",
        _ => "",
    };
    match (&setting.min, &setting.max) {
        (None, None) => String::new(),
        (Some(min), None) => format!("{what}\u{2265} {min}"),
        (None, Some(max)) => format!("{what}\u{2264} {max}"),
        (Some(min), Some(max)) => format!("{what}{min} to {max}"),
    }
}

fn moves(setting: &Setting) -> String {
    let step = setting.max_step.map(|step| match step {
        Step::Factor(factor) => format!("at most {factor}x"),
        Step::Difference(difference) => format!("at most {difference}"),
    });
    let cooldown = Scalar::<&str>::Duration(setting.cooldown_ns);
    let cooldown = (setting.cooldown_ns > 0).then(|| format!("once in {cooldown}"));
    let parts: Vec<String> = step.into_iter().chain(cooldown).collect();
    parts.join(", ")
}

fn owner(owner: &str) -> String {
    match owner {
        "" => String::new(),
        owner => format!("[{}](#{})", text(owner), anchor("owner", owner)),
    }
}

fn about(setting: &Setting, rules: &[String]) -> String {
    let mut parts = Vec::new();
    if !setting.doc.is_empty() {
        parts.push(text(&setting.doc));
    }
    if !setting.expires.is_empty() {
        parts.push(format!("**until** {}", text(&setting.expires)));
    }
    if !rules.is_empty() {
        parts.push(rules.join(", "));
    }
    parts.join("<br>")
}
