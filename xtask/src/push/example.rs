//! What could have been pushed, for whoever said nothing: by the definitions that are at hand.

use routewright::{Form, RouteTable, SettingView};
use routewright_schema::analysis::words;

use crate::project::{self, Definitions};
use crate::shell::quoted;

/// What to write in place of nothing.
pub fn nothing() -> String {
    let (path, set) = at_hand().unwrap_or_else(|| ("routes".to_owned(), None));
    let set = set.unwrap_or_else(|| "NAME=VALUE".to_owned());
    format!(
        "there is nothing to push; say what\n  \
         one setting:       cargo xtask push --set {set}\n  \
         without a route:   cargo xtask push --remove NAME\n  \
         all definitions:   cargo xtask push {path}"
    )
}

/// The definitions of this workspace, and a setting with the value that they give it.
fn at_hand() -> Option<(String, Option<String>)> {
    let project = project::one(&Definitions::default()).ok()?;
    let paths = project.definitions.iter();
    let paths: Vec<String> = paths.map(|p| quoted(&p.display().to_string())).collect();
    let set = project.compile().ok().and_then(|(_, table)| set(&table));
    Some((paths.join(" "), set))
}

/// The first setting that `--set` can give a value, with the one that it has.
fn set<D: AsRef<[u8]>>(table: &RouteTable<D>) -> Option<String> {
    let catalog = table.catalog();
    let mut all = (0..catalog.settings()).filter_map(|at| catalog.setting(at));
    let setting = all.find(|setting| setting.form == Form::One)?;
    value(table, &setting)
}

/// `NAME=VALUE` with the value that it has, as one word of a shell; `None`: a table, which
/// has no such word.
pub fn value<D: AsRef<[u8]>>(table: &RouteTable<D>, setting: &SettingView<'_>) -> Option<String> {
    let at = table.catalog().setting_index(setting.name)?;
    let scalars = table.values().scalars(at);
    let value = words::value(setting.form, setting.columns(), scalars);
    let set = format!("{}={value}", setting.name);
    (setting.form != Form::Table).then(|| quoted(&set))
}
