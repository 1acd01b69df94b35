use std::collections::BTreeMap;

use proptest::prelude::*;

use super::words::op_word;
use super::*;
use crate::model::Value;

fn setting(kind: Kind, form: Form, values: &[&str]) -> Setting {
    Setting {
        kind,
        form,
        default: Value::List(Vec::new()),
        min: None,
        max: None,
        max_step: None,
        cooldown_ns: 0,
        values: values.iter().map(|v| (*v).to_owned()).collect(),
        columns: Vec::new(),
        doc: String::new(),
        owner: String::new(),
        expires: String::new(),
    }
}

fn settings() -> BTreeMap<&'static str, Setting> {
    BTreeMap::from([
        ("on", setting(Kind::Bool, Form::One, &[])),
        ("n", setting(Kind::Int, Form::One, &[])),
        ("rate", setting(Kind::Float, Form::One, &[])),
        ("share", setting(Kind::Percent, Form::One, &[])),
        ("decay", setting(Kind::Duration, Form::One, &[])),
        ("a.b.room", setting(Kind::Size, Form::One, &[])),
        ("start", setting(Kind::Timestamp, Form::One, &[])),
        ("level", setting(Kind::Enum, Form::One, &["info", "debug"])),
        ("title", setting(Kind::String, Form::One, &[])),
        ("list", setting(Kind::Int, Form::List, &[])),
    ])
}

fn compiled(text: &str) -> Result<String, RuleFault> {
    let settings = settings();
    let code = compile(text, &|path| settings.get(path))?;
    let word = |code: &Code| match code {
        Code::Literal(Scalar::String(text)) => format!("\"{text}\""),
        Code::Literal(scalar) => scalar.to_string(),
        Code::Setting(path) => path.clone(),
        Code::Op(Op::Neg) => "neg".to_owned(),
        Code::Op(op) => op_word(*op).to_owned(),
    };
    Ok(code.iter().map(word).collect::<Vec<_>>().join(" "))
}

#[test]
fn precedence() {
    let rows = [
        ("n < 3", "n 3 <"),
        ("n + 1 * 2 < 3", "n 1 2 * + 3 <"),
        ("(n + 1) * 2 < 3", "n 1 + 2 * 3 <"),
        ("n - 1 - 2 == 0", "n 1 - 2 - 0 =="),
        ("-n * 2 < - -3", "n neg 2 * 3 neg neg <"),
        ("on || on && !on", "on on on ! && ||"),
        ("!n == 3", "n 3 == !"),
        ("on == (n < 3)", "on n 3 < =="),
        ("!(on || on)", "on on || !"),
        ("decay * (n + 1) <= 1m30s", "decay n 1 + * 1m30s <="),
        (
            "a.b.room >= 64KiB && rate <= 0.5",
            "a.b.room 64KiB >= rate 0.5 <= &&",
        ),
        ("share <= 12.5%", "share 12.5% <="),
        ("rate > 1e-7", "rate 1e-7 >"),
        ("rate > 1-7", "rate 1 7 - >"),
        (
            "start < \"2027-01-31T00:00:00Z\"",
            "start 2027-01-31T00:00:00Z <",
        ),
        (
            "\"2027-01-31T00:00:00+01:00\"<=start",
            "2027-01-30T23:00:00Z start <=",
        ),
        ("level == \"info\"", "level \"info\" =="),
        ("title != \"a \\\"b\\\" \\\\\"", "title \"a \"b\" \\\" !="),
        ("true", "true"),
        ("((((((((((((((((((((true))))))))))))))))))))", "true"),
    ];
    for (text, code) in rows {
        assert_eq!(compiled(text).as_deref(), Ok(code), "{text}");
    }
}

/// A chain of one operator is balanced, each operand once and in order.
#[test]
fn chains_are_flat() {
    let rows = [
        ("on && on", "on on &&"),
        ("on && on && on", "on on && on &&"),
        ("on && on && on && on", "on on && on on && &&"),
        ("on || on || on || on || on", "on on || on on || || on ||"),
        // As deep as what stands before it.
        ("n < 3 && on && on", "n 3 < on on && &&"),
        ("on || on && on && on || on", "on on on && on && || on ||"),
    ];
    for (text, code) in rows {
        assert_eq!(compiled(text).as_deref(), Ok(code), "{text}");
    }
    for op in [" && ", " || "] {
        let comparisons: Vec<String> = (0..16).map(|n| format!("n < {n}")).collect();
        let text = comparisons.join(op);
        let code = compiled(&text).unwrap();
        let order: Vec<&str> = code
            .split(' ')
            .filter(|word| word.parse::<u8>().is_ok())
            .collect();
        assert!(
            order
                .iter()
                .enumerate()
                .all(|(at, word)| *word == at.to_string()),
            "{code}"
        );
        assert!(compiled(&["on"; 32].join(op)).is_ok());
    }
}

/// However a chain is joined, it means the same: one operand decides, at any place, and
/// a division by zero makes all of it false.
#[test]
fn chains_mean_what_they_say() {
    let settings = settings();
    let holds = |text: &str| {
        let code = compile(text, &|path| settings.get(path)).unwrap();
        by_runtime(text, &code, &settings).unwrap()
    };
    for count in 1..=14 {
        for at in 0..count {
            let with = |others: &str, one: &str, op: &str| {
                let mut operands = vec![others; count];
                operands[at] = one;
                holds(&operands.join(op))
            };
            assert!(with("n == 1", "n == 1", " && "));
            assert!(!with("n == 1", "n == 2", " && "));
            assert!(with("n == 2", "n == 1", " || "));
            assert!(!with("n == 2", "n == 2", " || "));
            for op in [" && ", " || "] {
                assert!(!with("n == 1", "n / 0 == 1", op), "{count} {at} {op}");
            }
        }
    }
}

#[test]
fn faults() {
    let deep = "(".repeat(100_000);
    let bangs = "!".repeat(900);
    let nested = format!("{}on", "!".repeat(16));
    let long = vec!["on"; 40].join(" && ");
    let sum = format!("n{} < 3", " + n".repeat(16));
    let wide = ["(on&&on&&on&&on&&on&&on&&on&&on)"; 5].join("||");
    let rows: &[(&str, Range<usize>, &str)] = &[
        ("", 0..0, "empty"),
        ("n", 0..1, "not true or false"),
        ("n <", 3..3, "the rule ends"),
        ("n < 3)", 5..6, "there is `)`"),
        ("(n < 3", 0..1, "not closed"),
        ("n < 3 n", 6..7, "expected an operator"),
        ("1 < n < 3", 6..7, "not chained"),
        ("decay < 2", 0..9, "`2ms`, `2s` or `2m`"),
        ("a.b.room + 5 > 1B", 0..12, "`5B`, `5KiB` or `5MiB`"),
        ("decay < 480", 0..11, "`480ms`, `480s` or `480m`"),
        ("decay > 0", 0..9, "write `0s`"),
        ("a.b.room > 0", 0..12, "write `0B`"),
        ("decay < 2S", 8..10, "write `2s`"),
        ("n == 0400", 5..9, "write `400`"),
        ("n == 1_0", 5..8, "write `10`"),
        ("n == 0x1F", 5..9, "write `31`"),
        (
            "decay * decay > 1s",
            0..13,
            "cannot join a duration and a duration",
        ),
        ("!n", 0..2, "cannot stand before an int"),
        ("nobody < 3", 0..6, "no setting `nobody`"),
        ("list == 3", 0..4, "is a list"),
        ("level == \"infos\"", 9..16, "did you mean `info`?"),
        ("level < \"info\"", 0..14, "only be compared with `==`"),
        ("start < \"tomorrow\"", 8..18, "no timestamp"),
        ("n = 3", 2..3, "write `==`"),
        ("level == 'info'", 9..10, "double quotes"),
        ("title == \"abc", 9..10, "not closed"),
        ("title == \"a\\nb\"", 11..12, "must stand before"),
        ("n == 3 & on", 7..8, "write `&&`"),
        ("on == !on", 6..7, "parentheses"),
        (&deep, 0..100_000, "at most 1024"),
        (&deep[..1_000], 64..65, "nested more than 16 deep"),
        (&bangs, 64..65, "nested more than 16 deep"),
        (&nested, 0..18, "nested more than 16 deep"),
        (&sum, 0..65, "nested more than 16 deep"),
        ("on && n", 0..7, "cannot join a bool and an int"),
        (
            "on && on && on && n && on",
            12..19,
            "cannot join a bool and an int",
        ),
        (&long, 198..200, "more than 64 nodes"),
        (&wide, 141..143, "more than 64 nodes"),
    ];
    for (text, at, piece) in rows {
        let fault = compiled(text).unwrap_err();
        let all = format!(
            "{} {}",
            fault.message,
            fault.hint.clone().unwrap_or_default()
        );
        assert!(all.contains(piece), "{text}: {all}");
        assert_eq!(&fault.at, at, "{text}: {all}");
    }
}

proptest! {
    /// And what it compiles, the runtime takes.
    #[test]
    fn no_text_makes_the_parser_panic(text in "([-!()+*/<>=&|\" ]|n|on|decay|level|start|[0-9]{1,2}|1s|4KiB|\"info\"|\\PC){0,80}") {
        let settings = settings();
        match compile(&text, &|path| settings.get(path)) {
            Ok(code) => {
                let taken = by_runtime(&text, &code, &settings);
                prop_assert!(taken.is_ok(), "{}: {:?}", text, taken);
            }
            Err(fault) => prop_assert!(text.get(fault.at).is_some()),
        }
    }
}

/// Whether the rule holds with every number 1; or why the runtime does not take its code.
fn by_runtime(
    text: &str,
    code: &[Code],
    settings: &BTreeMap<&str, Setting>,
) -> Result<bool, String> {
    let one = settings.iter().filter(|(_, s)| s.form == Form::One);
    let catalog = routewright::CatalogSpec {
        settings: one
            .map(|(name, s)| routewright::SettingSpec {
                name,
                kind: s.kind,
                form: s.form,
                min: None,
                max: None,
                step: None,
                cooldown_ns: 0,
                words: s.values.iter().map(String::as_str).collect(),
                columns: Vec::new(),
                default: vec![match s.kind {
                    Kind::Enum => Scalar::Enum("info"),
                    Kind::String => Scalar::String("x"),
                    Kind::Bool => Scalar::Bool(true),
                    Kind::Int => Scalar::Int(1),
                    Kind::Float => Scalar::Float(1.0),
                    Kind::Percent => Scalar::Percent(0.5),
                    Kind::Duration => Scalar::Duration(1),
                    Kind::Size => Scalar::Size(1),
                    Kind::Timestamp => Scalar::Timestamp(0, 0),
                }],
            })
            .collect(),
        rules: vec![routewright::RuleSpec {
            text,
            code: code.iter().map(Code::borrow).collect(),
        }],
        ..Default::default()
    };
    let Err(violations) = routewright::Builder::new(catalog, routewright::Limits::DEFAULT).finish()
    else {
        return Ok(true);
    };
    let only_false = |v: &routewright::Violation| v.code == routewright::Code::Rule;
    match violations.list().iter().all(only_false) {
        true => Ok(false),
        false => Err(violations.to_string()),
    }
}
