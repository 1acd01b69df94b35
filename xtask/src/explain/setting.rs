//! A setting: its value, and who set it.

use routewright::RouteTable;
use routewright_schema::analysis::declared;
use routewright_schema::analysis::explain::{escaped, expires_text};
use routewright_schema::analysis::test::is_past;
use routewright_schema::analysis::words;
use routewright_schema::diagnostic::one_of;
use serde_json::json;

use super::{Args, Asked};
use crate::cli::Format;
use crate::report::{Done, Failure, say, say_json};

/// Who set a value that nobody has changed since.
const COMPILED_IN: &str = "what was compiled in";

/// Exit code 1 if there is no such setting.
pub fn run(path: &str, asked: &Asked, args: &Args) -> Done {
    let artefact = &asked.artefact;
    let Some(value) = value(&artefact.table, path) else {
        let catalog = artefact.table.catalog();
        let all: Vec<&str> = (0..catalog.settings())
            .filter_map(|at| Some(catalog.setting(at)?.name))
            .collect();
        let hint = one_of(path, "there are", all).map_or(String::new(), |hint| format!("; {hint}"));
        return Err(Failure::Bad(format!(
            "{} has no setting `{path}`{hint}",
            artefact.name
        )));
    };
    let catalog = artefact.table.catalog();
    let view = catalog
        .setting_index(path)
        .and_then(|at| catalog.setting(at));
    let loaded = artefact.loaded.as_ref();
    let place = loaded.and_then(|l| Some(l.sources.place(l.places.setting(path)?)));
    let (by, default) = match &place {
        Some(place) => {
            let by = format!("its default in the definition, {place}");
            (by, Some(value.clone()))
        }
        None if asked.ended => (COMPILED_IN.to_owned(), Some(value.clone())),
        None => set_by(path, &value, args.live.as_deref())?,
    };
    let declared = loaded.and_then(|l| l.definition.settings.get(path));
    let expires = declared.map_or("", |setting| &setting.expires);
    match args.format {
        Format::Text => {
            say(escaped(path));
            let line = |what: &str, text: &str| {
                if !text.is_empty() {
                    say(escaped(&format!("  {what:<7}  {text}")));
                }
            };
            line("value", &value);
            line("set by", &by);
            line("default", default.as_deref().unwrap_or_default());
            if let Some(view) = &view {
                line("type", &declared::type_of(view));
                line("range", &declared::range(view));
                line("a push", &declared::moves(view));
            }
            if let Some(expires) = expires_text(expires, asked.at) {
                say(format_args!("  expires  {expires}"));
            }
            asked.tell();
        }
        Format::Json => {
            let expires = Some(expires).filter(|day| !day.is_empty());
            let mut json = json!({
                "setting": path, "value": value, "set_by": by, "place": place, "default": default,
                "expires": expires, "expired": expires.map(|day| is_past(day, asked.at)),
                "declared": view.as_ref().map(declared::json),
            });
            asked.tell_json(&mut json);
            say_json(&json);
        }
    }
    Ok(())
}

fn value<D: AsRef<[u8]>>(table: &RouteTable<D>, path: &str) -> Option<String> {
    let at = table.catalog().setting_index(path)?;
    let setting = table.catalog().setting(at)?;
    let scalars = table.values().scalars(at);
    Some(words::value(setting.form, setting.columns(), scalars))
}

/// Of an engine: what was compiled in, or the override that it serves; and the value that
/// was compiled in.
#[cfg(feature = "net")]
fn set_by(
    path: &str,
    served: &str,
    live: Option<&str>,
) -> Result<(String, Option<String>), Failure> {
    use crate::remote::{connect, failure};

    let Some(url) = live.filter(|live| live.starts_with("http")) else {
        return Ok((COMPILED_IN.to_owned(), Some(served.to_owned())));
    };
    let mut client = connect(url)?;
    let answer = client.get(true).map_err(|e| failure(url, &e))?;
    let baseline =
        RouteTable::open(answer.baseline_image).map_err(|e| Failure::Bad(format!("{url}: {e}")))?;
    let default = value(&baseline, path);
    if default.as_deref() == Some(served) {
        return Ok((COMPILED_IN.to_owned(), default));
    }
    let status = client.status().map_err(|e| failure(url, &e))?;
    let kept = status
        .generations
        .iter()
        .find(|g| g.version == answer.serving_version);
    let part = |before: &str, text: &str| match text {
        "" => String::new(),
        text => format!("{before}{text}"),
    };
    let mut by = format!("the override of version {}", answer.serving_version);
    if let Some(kept) = kept {
        by += &part(", held by ", &kept.owner);
        by += &part(": ", &kept.reason);
    }
    if let Some(lease) = &status.lease {
        by += &format!("; its lease ends in {}", crate::status::ends(lease));
    }
    Ok((by, default))
}

#[cfg(not(feature = "net"))]
fn set_by(_: &str, served: &str, _: Option<&str>) -> Result<(String, Option<String>), Failure> {
    Ok((COMPILED_IN.to_owned(), Some(served.to_owned())))
}
