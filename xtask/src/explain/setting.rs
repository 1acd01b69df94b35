//! A setting: its value, and who set it.

use routewright::RouteTable;
use routewright_schema::analysis::words;
use serde_json::json;

use super::{Args, at};
use crate::artefact::Artefact;
use crate::cli::Format;
use crate::report::{Done, Failure, say, say_json};

/// Exit code 1 if there is no such setting.
pub fn run(path: &str, artefact: &Artefact, args: &Args) -> Done {
    let Some(value) = value(&artefact.table, path) else {
        return Err(Failure::Bad(format!(
            "{} has no setting `{path}`; `cargo xtask inspect` lists them",
            artefact.name
        )));
    };
    let loaded = artefact.loaded.as_ref();
    let place = loaded.and_then(|l| Some(at(l, l.places.setting(path)?)));
    let by = match &place {
        Some(place) => format!("its default in the definition, {place}"),
        None => set_by(path, &value, args.live.as_deref())?,
    };
    match args.format {
        Format::Text => {
            say(format_args!("{path}"));
            say(format_args!("  value    {value}"));
            say(format_args!("  set by   {by}"));
            say(format_args!(
                "  asked    {}, digest {}",
                artefact.name,
                artefact.table.digest()
            ));
        }
        Format::Json => say_json(&json!({
            "setting": path, "value": value, "set_by": by, "place": place,
            "asked": artefact.name, "digest": artefact.table.digest().to_string(),
        })),
    }
    Ok(())
}

fn value<D: AsRef<[u8]>>(table: &RouteTable<D>, path: &str) -> Option<String> {
    let at = table.catalog().setting_index(path)?;
    let setting = table.catalog().setting(at)?;
    let scalars = table.values().scalars(at);
    Some(words::value(setting.form, setting.columns(), scalars))
}

/// Of an engine: what was compiled in, or the override that it serves.
#[cfg(feature = "net")]
fn set_by(path: &str, served: &str, live: Option<&str>) -> Result<String, Failure> {
    use routewright_control::client::BlockingClient;

    use crate::remote::failure;

    let Some(url) = live.filter(|live| live.starts_with("http")) else {
        return Ok("what was compiled in".to_owned());
    };
    let mut client = BlockingClient::connect(url).map_err(|e| failure(url, &e))?;
    let answer = client.get(true).map_err(|e| failure(url, &e))?;
    let baseline =
        RouteTable::open(answer.baseline_image).map_err(|e| Failure::Bad(format!("{url}: {e}")))?;
    if value(&baseline, path).as_deref() == Some(served) {
        return Ok("what was compiled in".to_owned());
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
    Ok(by)
}

#[cfg(not(feature = "net"))]
fn set_by(_: &str, _: &str, _: Option<&str>) -> Result<String, Failure> {
    Ok("what was compiled in".to_owned())
}
