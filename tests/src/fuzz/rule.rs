//! Any text, compiled as a rule: a fault is told by a place in it, and what is taken
//! holds when a tree of the same text does.

use std::sync::OnceLock;

use routewright::limits::{RULE_DEPTH_MAX, RULE_NODES_MAX};
use routewright::{Code, Image, Kind, Limits, Op, RouteTable, Scalar, Violations};
use routewright_schema::load::load_text;
use routewright_schema::lower::lower;
use routewright_schema::model::{Definition, Setting, Value};
use routewright_schema::rule;

use super::phrase::phrase;
use super::tape::Tape;
use super::tree;

/// How many sets of values each rule meets.
const ROUNDS: usize = 3;
/// Bytes that say how the rest is meant, and what values are made of.
const HEAD_BYTES: usize = 32;

/// Takes some bytes to make values of, and then the text of a rule, or a recipe for one:
/// which, is a matter of every bit of the head, so that a fuzzer often turns one into
/// the other.
pub fn rule(input: &[u8]) {
    let (head, rest) = input.split_at(input.len().min(HEAD_BYTES));
    let odd = head.iter().fold(0, |odd, byte| odd ^ byte).count_ones() % 2 == 1;
    let mut head = Tape::of(head);
    if odd {
        check(&phrase(&mut Tape::of(rest)), &mut head);
    } else if let Ok(text) = std::str::from_utf8(rest) {
        check(text, &mut head);
    }
}

/// One setting of each kind.
const SETTINGS: &str = r#"
version: 1
package: rules
consumers: { c: { local: true } }
routes: { e: { to: c } }
settings:
  on:     { type: bool, default: true }
  n:      { type: int, default: 1 }
  m:      { type: int, default: 2 }
  rate:   { type: float, default: 0.3 }
  share:  { type: percent, default: 12.5% }
  decay:  { type: duration, default: 8s }
  a: { room: { type: size, default: 64KiB } }
  start:  { type: timestamp, default: "2026-12-01T00:00:00Z" }
  level:  { type: enum, values: [info, debug], default: info }
  title:  { type: string, default: "x" }
  list:   { type: [int], default: [1] }
"#;

fn definition() -> &'static Definition {
    static DEFINITION: OnceLock<Definition> = OnceLock::new();
    DEFINITION.get_or_init(|| match load_text("rules.yaml", SETTINGS) {
        Ok(loaded) => loaded.definition,
        Err((sources, report)) => panic!("{}", report.render(&sources, false)),
    })
}

/// An image with many instructions, for those who damage some.
pub(super) fn image() -> RouteTable<Image> {
    let rules = [
        "n < 3 && rate <= 0.5 || !on",
        "decay * (n + 1) <= 30s",
        "level == \"info\" || title != \"\\\"y\\\"\"",
        "start < \"2027-01-31T00:00:00Z\" && -n < m / 2",
        "a.room >= 1KiB + 1B && share * 2.0 < 50%",
    ];
    let definition = Definition {
        rules: rules.map(str::to_owned).to_vec(),
        ..definition().clone()
    };
    lower(&definition, &Limits::DEFAULT).unwrap_or_else(|refused| panic!("{refused}"))
}

fn check(text: &str, tape: &mut Tape<'_>) {
    let mut definition = definition().clone();
    definition.rules = vec![text.to_owned()];
    let code = match rule::compile(text, &|path| definition.settings.get(path)) {
        Ok(code) => code,
        Err(fault) => {
            assert!(text.get(fault.at.clone()).is_some(), "{fault:?}");
            assert!(!fault.message.is_empty());
            let refused = lower(&definition, &Limits::DEFAULT).expect_err("no rule");
            assert!(only(&refused, Code::BadRule), "{refused}");
            return;
        }
    };
    assert!(code.len() <= RULE_NODES_MAX, "{} nodes", code.len());
    assert!(depth(&code) <= RULE_DEPTH_MAX, "{} deep", depth(&code));
    for _ in 0..ROUNDS {
        for setting in definition.settings.values_mut() {
            if let Value::One(_) = setting.default {
                setting.default = Value::One(value(setting, tape));
            }
        }
        let of = |path: &str| match &definition.settings[path].default {
            Value::One(one) => one.clone(),
            other => panic!("{path} is {other:?}"),
        };
        let held = match lower(&definition, &Limits::DEFAULT) {
            Ok(_) => true,
            Err(refused) if only(&refused, Code::Rule) => false,
            Err(refused) => panic!("{refused}"),
        };
        assert_eq!(held, tree::holds(text, &of), "{:?}", definition.settings);
    }
}

fn only(refused: &Violations, code: Code) -> bool {
    refused
        .list()
        .iter()
        .all(|violation| violation.code == code)
}

/// How deep the tree is that postfix code stands for.
fn depth(code: &[rule::Code]) -> usize {
    let mut stack: Vec<usize> = Vec::new();
    for step in code {
        let below = match step {
            rule::Code::Literal(_) | rule::Code::Setting(_) => 0,
            rule::Code::Op(Op::Not | Op::Neg) => stack.pop().expect("an operand"),
            rule::Code::Op(_) => {
                let right = stack.pop().expect("an operand");
                stack.pop().expect("another operand").max(right)
            }
        };
        stack.push(below + 1);
    }
    let [depth] = stack[..] else {
        panic!("{stack:?} is left on the stack");
    };
    depth
}

/// A value of the setting's kind.
fn value(setting: &Setting, tape: &mut Tape<'_>) -> Scalar<String> {
    const S: u64 = 1_000_000_000;
    match setting.kind {
        Kind::Bool => Scalar::Bool(tape.below(2) == 0),
        Kind::Int => Scalar::Int(match tape.byte() {
            0 => i64::MAX,
            1 => i64::MIN,
            small => i64::from(small) - 64,
        }),
        Kind::Float => Scalar::Float(tape.pick(&[0.3, 0.0, -1.5, 1e308, f64::MIN_POSITIVE, 7.0])),
        Kind::Percent => Scalar::Percent(tape.pick(&[0.125, 0.0, 1.0, -0.5])),
        Kind::Duration => Scalar::Duration(tape.pick(&[8 * S, 0, 1, u64::MAX, 250_000_000])),
        Kind::Size => Scalar::Size(tape.pick(&[65_536, 0, 1, u64::MAX, 1 << 40])),
        Kind::Timestamp => {
            let seconds = tape.pick(&[1_796_083_200, 0, i64::MIN, i64::MAX]);
            Scalar::Timestamp(seconds, tape.pick(&[0, 999_999_999]))
        }
        Kind::String => Scalar::String(tape.pick(&["x", "", "info", "\u{e9}"]).to_owned()),
        Kind::Enum => Scalar::Enum(setting.values[tape.below(setting.values.len())].clone()),
    }
}
