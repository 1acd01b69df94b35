//! Settings of every kind and form, values within their bounds, rules that hold.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use routewright::{Form, Kind, Scalar, Step};

use super::{TEXTS, date, note};
use crate::model::{Setting, Value};

/// Paths of which none is a group of another.
const PATHS: [&str; 12] = [
    "spawn_rate",
    "decay",
    "request.timeout",
    "request.retries",
    "request.deep.limit",
    "request2.timeout",
    "type_",
    "null",
    "on.off",
    "level",
    "title",
    "weights",
];

pub(super) fn settings() -> impl Strategy<Value = BTreeMap<String, Setting>> {
    btree_map(select(&PATHS[..]).prop_map(str::to_owned), setting(), 0..=8)
}

/// A setting, its value within its bounds.
pub fn setting() -> impl Strategy<Value = Setting> {
    declared().prop_flat_map(|declared| {
        value_of(&declared).prop_map(move |default| Setting {
            default,
            ..declared.clone()
        })
    })
}

/// A setting whose value is still to be found.
fn declared() -> BoxedStrategy<Setting> {
    let kind = || select(&Kind::ALL[..]);
    let bare = |kind, form| Setting {
        kind,
        form,
        default: Value::List(Vec::new()),
        min: None,
        max: None,
        max_step: None,
        cooldown_ns: 0,
        values: Vec::new(),
        columns: Vec::new(),
        doc: String::new(),
        owner: String::new(),
        expires: String::new(),
    };
    let column_kind = kind().prop_map(|kind| {
        if kind == Kind::Enum {
            Kind::String
        } else {
            kind
        }
    });
    let column_name = select(&["item", "weight", "yes", "c3"][..]).prop_map(str::to_owned);
    let columns = btree_map(column_name, column_kind, 1..=3)
        .prop_map(|columns| columns.into_iter().collect());
    let table = columns.prop_map(move |columns| Setting {
        columns,
        ..bare(Kind::String, Form::Table)
    });
    let words = subsequence(WORDS.to_vec(), 1..=4).prop_shuffle();
    let form = prop_oneof![3 => Just(Form::One), 1 => Just(Form::List)];
    let bounded = (kind(), form, words).prop_flat_map(move |(kind, form, words)| {
        let mut setting = bare(kind, form);
        if kind == Kind::Enum {
            setting.values = words.into_iter().map(str::to_owned).collect();
        }
        let cooldown = prop_oneof![4 => Just(0), 1 => 1..1u64 << 50];
        (bounds(kind), option::of(step(kind)), cooldown).prop_map(
            move |((min, max), step, cooldown_ns)| {
                let above_zero = min
                    .as_ref()
                    .and_then(Scalar::number)
                    .is_some_and(|min| min > 0.0);
                let step = step.filter(|step| match step {
                    Some(step @ Step::Factor(_)) => {
                        let min = min.as_ref().map(Scalar::borrow);
                        above_zero
                            && kind != Kind::Timestamp
                            && min.is_some_and(|min| step.leaves(min))
                    }
                    _ => true,
                });
                let max_step = step.flatten().filter(|_| form == Form::One);
                Setting {
                    min,
                    max,
                    max_step,
                    cooldown_ns,
                    ..setting.clone()
                }
            },
        )
    });
    (
        prop_oneof![6 => bounded, 1 => table],
        note(),
        note(),
        date(),
    )
        .prop_map(|(setting, doc, owner, expires)| Setting {
            doc,
            owner,
            expires,
            ..setting
        })
        .boxed()
}

const WORDS: [&str; 6] = ["info", "debug", "on", "null", "two words", "1"];

type Bounds = (Option<Scalar<String>>, Option<Scalar<String>>);

fn bounds(kind: Kind) -> BoxedStrategy<Bounds> {
    let of = match kind {
        Kind::Bool | Kind::Enum => return Just((None, None)).boxed(),
        Kind::String => (0..=40_i64).prop_map(Scalar::Int).boxed(),
        kind => scalar(kind),
    };
    (of.clone(), of, any::<(bool, bool)>())
        .prop_map(|(a, b, (has_min, has_max))| {
            let (min, max) = if is_below(&b, &a) { (b, a) } else { (a, b) };
            (has_min.then_some(min), has_max.then_some(max))
        })
        .boxed()
}

/// A step that fits the kind; `None` where no step does.
fn step(kind: Kind) -> BoxedStrategy<Option<Step>> {
    let difference = match kind {
        Kind::Int => Scalar::Int(5),
        Kind::Float => Scalar::Float(0.5),
        Kind::Percent => Scalar::Percent(0.05),
        Kind::Duration | Kind::Timestamp => Scalar::Duration(500_000_000),
        Kind::Size => Scalar::Size(1 << 20),
        Kind::Bool | Kind::String | Kind::Enum => return Just(None).boxed(),
    };
    prop_oneof![
        Just(Step::Difference(difference)),
        select(&[2.0, 1.5, 10.0][..]).prop_map(Step::Factor),
    ]
    .prop_map(Some)
    .boxed()
}

/// Another value that a setting may have: of its kind and form, within its bounds.
pub fn value_of(setting: &Setting) -> BoxedStrategy<Value> {
    let element = element(setting);
    match setting.form {
        Form::One => element.prop_map(Value::One).boxed(),
        Form::List => vec(element, 0..5).prop_map(Value::List).boxed(),
        Form::Table => {
            let row: Vec<_> = setting
                .columns
                .iter()
                .map(|(_, kind)| scalar(*kind))
                .collect();
            vec(row, 0..5).prop_map(Value::Table).boxed()
        }
    }
}

fn element(setting: &Setting) -> BoxedStrategy<Scalar<String>> {
    let (min, max) = (setting.min.clone(), setting.max.clone());
    match setting.kind {
        Kind::Enum => select(setting.values.clone())
            .prop_map(Scalar::Enum)
            .boxed(),
        Kind::String => text()
            .prop_map(move |text| Scalar::String(fit(text, &min, &max)))
            .boxed(),
        kind => scalar(kind)
            .prop_map(move |value| match (&min, &max) {
                (Some(min), _) if is_below(&value, min) => min.clone(),
                (_, Some(max)) if is_below(max, &value) => max.clone(),
                _ => value,
            })
            .boxed(),
    }
}

/// Cuts and pads a text to lengths in bytes.
fn fit(mut text: String, min: &Option<Scalar<String>>, max: &Option<Scalar<String>>) -> String {
    let bytes = |bound: &Option<Scalar<String>>| match bound {
        Some(Scalar::Int(bytes)) => usize::try_from(*bytes).ok(),
        _ => None,
    };
    while bytes(max).is_some_and(|max| text.len() > max) {
        text.pop();
    }
    while bytes(min).is_some_and(|min| text.len() < min) {
        text.push('x');
    }
    text
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(&TEXTS[..]).prop_map(str::to_owned),
        1 => Just(String::new()),
        1 => Just("tab\there, line\nbroken".to_owned()),
        1 => "[ -~é]{0,12}",
    ]
}

/// A scalar of a kind, unbounded; an enum's comes from its words instead.
fn scalar(kind: Kind) -> BoxedStrategy<Scalar<String>> {
    match kind {
        Kind::Bool => any::<bool>().prop_map(Scalar::Bool).boxed(),
        Kind::Int => prop_oneof![4 => -5..100_i64, 1 => any::<i64>()]
            .prop_map(Scalar::Int)
            .boxed(),
        Kind::Float => {
            let few = select(&[0.0, 0.01, 0.3, 1.0, -2.5, 123_456.789, 1e300, 5e-324][..]);
            let many = any::<i32>().prop_map(|n| f64::from(n) / 64.0);
            // Zero has one sign here: two zeros are equal, but not the same bytes.
            prop_oneof![few, many]
                .prop_map(|v| Scalar::Float(v + 0.0))
                .boxed()
        }
        // As the language reads it: a decimal number, then a hundredth of it.
        Kind::Percent => (0..=10_000_u32)
            .prop_map(|n| Scalar::Percent(f64::from(n) / 100.0 / 100.0))
            .boxed(),
        Kind::Duration => {
            let few = select(&[0, 1, 1_500, 250_000_000, 8_000_000_000, 90_000_000_000][..]);
            prop_oneof![4 => few, 1 => any::<u64>()]
                .prop_map(Scalar::Duration)
                .boxed()
        }
        Kind::Size => {
            let few = select(&[0, 1, 512, 1 << 16, 10_000_000, 3 << 40][..]);
            prop_oneof![4 => few, 1 => any::<u64>()]
                .prop_map(Scalar::Size)
                .boxed()
        }
        Kind::Timestamp => {
            // Years 1 to 9999.
            let seconds = prop_oneof![Just(0), -62_135_596_800..=253_402_300_799_i64];
            let nanos = select(&[0, 1, 500_000_000, 999_999_999][..]);
            (seconds, nanos)
                .prop_map(|(seconds, nanos)| Scalar::Timestamp(seconds, nanos))
                .boxed()
        }
        Kind::String | Kind::Enum => text().prop_map(Scalar::String).boxed(),
    }
}

/// Order of scalars of one kind.
fn is_below(a: &Scalar<String>, b: &Scalar<String>) -> bool {
    match (a, b) {
        (Scalar::Int(a), Scalar::Int(b)) => a < b,
        (Scalar::Float(a), Scalar::Float(b)) | (Scalar::Percent(a), Scalar::Percent(b)) => a < b,
        (Scalar::Duration(a), Scalar::Duration(b)) | (Scalar::Size(a), Scalar::Size(b)) => a < b,
        (Scalar::Timestamp(a, an), Scalar::Timestamp(b, bn)) => (a, an) < (b, bn),
        _ => false,
    }
}

/// Rules that hold for every value that the bounds allow.
pub(super) fn rules(
    settings: &BTreeMap<String, Setting>,
) -> impl Strategy<Value = Vec<String>> + use<> {
    let mut rules = vec!["1 + 1 * 2 == 3 || false".to_owned()];
    for (path, setting) in settings.iter().filter(|(_, s)| s.form == Form::One) {
        match setting.kind {
            Kind::Bool => rules.push(format!("{path} || !{path}")),
            Kind::String | Kind::Enum => {
                rules.push(format!("{path} == {path} && !({path} != {path})"))
            }
            Kind::Timestamp => rules.push(format!("{path} <= {path}")),
            _ => {
                rules.push(format!("{path} == {path}"));
                rules.extend(setting.min.as_ref().map(|min| format!("{path} >= {min}")));
                rules.extend(
                    setting
                        .max
                        .as_ref()
                        .map(|max| format!("{max} >= {path} || true == false")),
                );
            }
        }
    }
    let count = rules.len().min(4);
    subsequence(rules, 0..=count)
}
