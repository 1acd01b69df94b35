//! A message as a draft.

use routewright::Form;

use super::node::{Message, Node};
use crate::diagnostic::{Diagnostic, Report};
use crate::draft::{
    Draft, DraftConsumer, DraftPolicy, DraftRoute, DraftSetting, DraftTest, DraftValue,
};
use crate::model::ConsumerKind;
use crate::source::{FileId, Span, Text};

/// Makes a draft of a `Definition` message.
pub(in crate::format) fn draft(mut root: Message, file: FileId, report: &mut Report) -> Draft {
    let settings: Vec<DraftSetting> = root
        .messages("settings")
        .into_iter()
        .map(|m| setting(m, report))
        .collect();
    let tests = root
        .messages("tests")
        .into_iter()
        .map(|m| test(m, report))
        .collect();
    let mut defaults = root.message("defaults");
    let draft = Draft {
        file,
        only_tests: false,
        package: root.text("package"),
        version: root.text("version"),
        consumers: root
            .messages("consumers")
            .into_iter()
            .map(|m| consumer(m, report))
            .collect(),
        events: root.texts("events"),
        payloads: Vec::new(),
        defaults: defaults.as_mut().map(policy).unwrap_or_default(),
        routes: root
            .messages("routes")
            .into_iter()
            .map(|m| route(m, report))
            .collect(),
        fallback: root.field("fallback").and_then(|(span, values)| {
            let message = values.into_iter().find_map(Node::message)?;
            let name = Text {
                value: String::new(),
                span,
            };
            Some(DraftRoute {
                name,
                ..route(message, report)
            })
        }),
        settings,
        rules: root.texts("rules"),
        tests,
    };
    for message in [Some(root), defaults].into_iter().flatten() {
        message.end(report);
    }
    draft
}

/// A name that must be there; absent, it is empty and spans its message.
fn name(message: &mut Message, field: &str) -> Text {
    message.text(field).unwrap_or(Text {
        value: String::new(),
        span: message.span,
    })
}

fn consumer(mut message: Message, report: &mut Report) -> DraftConsumer {
    let addresses = ConsumerKind::ALL.iter().filter_map(|kind| {
        let (span, values) = message.field(kind.as_str())?;
        let address = values.into_iter().find_map(Node::text)?;
        Some((
            Text {
                value: kind.as_str().to_owned(),
                span,
            },
            address,
        ))
    });
    let addresses = addresses.collect();
    let consumer = DraftConsumer {
        name: name(&mut message, "name"),
        addresses,
        doc: message.text("doc"),
        owner: message.text("owner"),
    };
    message.end(report);
    consumer
}

fn policy(message: &mut Message) -> DraftPolicy {
    DraftPolicy {
        timeout: message.text("timeout"),
        retries: message.text("retries"),
        retry_delay: message.text("retry_delay"),
        priority: message.text("priority"),
    }
}

/// A list that is absent if it is empty: the wire has no word for an empty one.
fn given<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn arms(message: &mut Message, report: &mut Report) -> Option<Vec<(Text, Text)>> {
    let arms = message.messages("split").into_iter().map(|mut arm| {
        let zero = Text {
            value: "0".to_owned(),
            span: arm.span,
        };
        let pair = (name(&mut arm, "to"), arm.text("weight").unwrap_or(zero));
        arm.end(report);
        pair
    });
    given(arms.collect())
}

/// A `Route` or a `Fallback`, which has fewer fields.
pub(in crate::format) fn route(mut message: Message, report: &mut Report) -> DraftRoute {
    let mirrors = message.messages("mirror").into_iter().map(|mut mirror| {
        let pair = (name(&mut mirror, "to"), mirror.text("share"));
        mirror.end(report);
        pair
    });
    let mirrors = mirrors.collect();
    let route = DraftRoute {
        name: name(&mut message, "event"),
        to: given(message.texts("to")),
        split: arms(&mut message, report),
        mirror: given(mirrors),
        drop: message.text("drop"),
        policy: policy(&mut message),
        rank: message.text("rank"),
        enabled: message.text("enabled"),
        doc: message.text("doc"),
        owner: message.text("owner"),
        deprecated: message.text("deprecated"),
        expires: message.text("expires"),
    };
    message.end(report);
    route
}

pub(in crate::format) fn setting(mut message: Message, report: &mut Report) -> DraftSetting {
    let ty = message.text("type");
    let columns = message.messages("columns").into_iter().map(|mut column| {
        let pair = (name(&mut column, "name"), name(&mut column, "type"));
        column.end(report);
        pair
    });
    let columns = columns.collect();
    let default = value(&mut message, "default", "rows", report);
    let form = match ty.as_ref().map(|ty| ty.value.as_str()) {
        Some("table") => Form::Table,
        Some(ty) if ty.starts_with('[') => Form::List,
        _ => Form::One,
    };
    let setting = DraftSetting {
        name: name(&mut message, "name"),
        ty,
        default: default.of(form),
        min: message.text("min"),
        max: message.text("max"),
        max_step: message.text("max_step"),
        cooldown: message.text("cooldown"),
        values: given(message.texts("values")),
        columns: given(columns),
        doc: message.text("doc"),
        owner: message.text("owner"),
        expires: message.text("expires"),
    };
    message.end(report);
    setting
}

/// A value in two repeated fields, one of which is empty.
fn value(message: &mut Message, scalars: &str, rows: &str, report: &mut Report) -> DraftValue {
    let span = message.span;
    let scalars = message.texts(scalars);
    let rows: Vec<(Vec<Text>, Span)> = message
        .messages(rows)
        .into_iter()
        .map(|mut row| {
            let whole = (row.texts("cells"), row.span);
            row.end(report);
            whole
        })
        .collect();
    if rows.is_empty() {
        return DraftValue::Repeated(scalars, span);
    }
    // No type has such a value. The rows are kept, and meet the wrong type in `resolve`
    // unless this is a table.
    if !scalars.is_empty() {
        let fault = "a value is either scalars or rows, not both";
        report.push(Diagnostic::error("wrong_type", span, fault));
    }
    DraftValue::Table(rows, span)
}

fn shares(message: &mut Message, field: &str, report: &mut Report) -> Option<Vec<(Text, Text)>> {
    let shares = message.messages(field).into_iter().map(|mut share| {
        let pair = (name(&mut share, "to"), name(&mut share, "share"));
        share.end(report);
        pair
    });
    given(shares.collect())
}

fn test(mut message: Message, report: &mut Report) -> DraftTest {
    let setting = message.text("setting");
    let none = message.texts("none");
    let empty = |name| none.iter().any(|text| text.value == name);
    let is_missed = setting.is_some() && (message.given("expired").is_none() || empty("is"));
    let is = match value(&mut message, "is", "is_rows", report) {
        // Without a setting it would have no meaning, and is not missed; nor is it if
        // something else is asked of the setting.
        DraftValue::Repeated(texts, _) if texts.is_empty() && !is_missed => None,
        is => Some(is),
    };
    let mut wanted = message.message("policy");
    for text in &none {
        if !["to", "split", "mirror", "is"].contains(&text.value.as_str()) {
            let fault = format!(
                "`none` lists what must be empty: `to`, `split`, `mirror` or `is`, not `{}`",
                text.value
            );
            report.push(Diagnostic::error("bad_test", text.span, fault));
        }
    }
    let test = DraftTest {
        span: message.span,
        event: message.text("event"),
        to: given(message.texts("to")).or_else(|| empty("to").then(Vec::new)),
        split: arms(&mut message, report).or_else(|| empty("split").then(Vec::new)),
        mirror: given(message.texts("mirror")).or_else(|| empty("mirror").then(Vec::new)),
        drop: message.text("drop"),
        unrouted: message.text("unrouted"),
        policy: wanted.as_mut().map(policy).unwrap_or_default(),
        key: message.text("key"),
        picks: message.text("picks"),
        not_to: given(message.texts("not_to")),
        shares: shares(&mut message, "shares", report),
        mirror_shares: shares(&mut message, "mirror_shares", report),
        within: message.text("within"),
        keys: message.text("keys"),
        seed: message.text("seed"),
        expired: message.text("expired"),
        at: message.text("at"),
        setting,
        is,
    };
    for message in [Some(message), wanted].into_iter().flatten() {
        message.end(report);
    }
    test
}
