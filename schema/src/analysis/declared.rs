//! What a setting may be, as its catalog declares it: for people, and for programs.

use routewright::{Form, Kind, Scalar, SettingView, Step};
use serde_json::{Value, json};

/// `float`, `enum: fast, slow`, `list of string`, `table of name string, weight int`.
pub fn type_of(setting: &SettingView<'_>) -> String {
    let kind = match setting.kind {
        Kind::Enum => {
            let values: Vec<&str> = setting.words().collect();
            format!("enum: {}", values.join(", "))
        }
        kind => kind.as_str().to_owned(),
    };
    match setting.form {
        Form::One => kind,
        Form::List => format!("list of {kind}"),
        Form::Table => {
            let columns = columns(setting).map(|(name, kind)| format!("{name} {}", kind.as_str()));
            format!("table of {}", columns.collect::<Vec<_>>().join(", "))
        }
    }
}

/// `0.01 to 1`, `length at most 32`; empty: any.
pub fn range(setting: &SettingView<'_>) -> String {
    let of = match setting.kind {
        Kind::String => "length ",
        _ => "",
    };
    match (setting.min(), setting.max()) {
        (None, None) => String::new(),
        (Some(min), None) => format!("{of}at least {min}"),
        (None, Some(max)) => format!("{of}at most {max}"),
        (Some(min), Some(max)) => format!("{of}{min} to {max}"),
    }
}

/// `moves it at most 2x, once in 10s`: what one push may do; empty: anything.
pub fn moves(setting: &SettingView<'_>) -> String {
    let step = step(setting).map(|step| format!("moves it at most {step}"));
    let cooldown = cooldown(setting).map(|time| format!("once in {time}"));
    match (step, cooldown) {
        (None, None) => String::new(),
        (Some(step), None) => step,
        (None, Some(cooldown)) => format!("moves it {cooldown}"),
        (Some(step), Some(cooldown)) => format!("{step}, {cooldown}"),
    }
}

/// All of it; what is not declared is null, or an empty list.
pub fn json(setting: &SettingView<'_>) -> Value {
    let form = match setting.form {
        Form::One => "one",
        Form::List => "list",
        Form::Table => "table",
    };
    let columns =
        columns(setting).map(|(name, kind)| json!({ "name": name, "type": kind.as_str() }));
    // Of a table, each column has its own.
    let kind = (setting.form != Form::Table).then(|| setting.kind.as_str());
    json!({
        "type": kind,
        "form": form,
        "values": setting.words().collect::<Vec<_>>(),
        "columns": columns.collect::<Vec<_>>(),
        "min": setting.min().map(|min| min.to_string()),
        "max": setting.max().map(|max| max.to_string()),
        "max_step": step(setting),
        "cooldown": cooldown(setting),
    })
}

fn columns<'a>(setting: &SettingView<'a>) -> impl Iterator<Item = (&'a str, Kind)> + use<'a> {
    let setting = *setting;
    (0..setting.columns()).filter_map(move |at| setting.column(at))
}

fn step(setting: &SettingView<'_>) -> Option<String> {
    setting.step().map(|step| match step {
        Step::Factor(factor) => format!("{factor}x"),
        Step::Difference(difference) => difference.to_string(),
    })
}

fn cooldown(setting: &SettingView<'_>) -> Option<String> {
    let time = setting.cooldown()?.as_nanos();
    let time = Scalar::<&str>::Duration(u64::try_from(time).unwrap_or(u64::MAX));
    Some(time.to_string())
}
