//! What items mean together: a table of small inputs, each with its mapping and what must
//! come of it.

use routewright_convert::document::Corpus;
use routewright_convert::mapping::Mapping;
use routewright_convert::run::{Conversion, convert};
use routewright_schema::format::yaml_write;
use routewright_schema::load::load_text;

struct Row {
    about: &'static str,
    input: &'static str,
    mapping: &'static str,
    /// Lines that the definition has, in this order.
    lines: &'static [&'static str],
    /// Words of what cannot be expressed, in the order of the report.
    cannot: &'static [&'static str],
}

const ROUTES: &str = "to_entries[] | {pattern: .key, to: .value}";

const ROWS: &[Row] = &[
    Row {
        about: "the same event from two places goes to both",
        input: "a: [x]\n---\na: [w]\n",
        mapping: "to_entries[] | {event: .key, to: .value}",
        lines: &["a: { to: [x, w] }"],
        cannot: &[],
    },
    Row {
        about: "of two policies the first is kept, and nobody loses the event",
        input: "x: 3\nw: 5\n",
        mapping: "to_entries[] | {event: \"e\", to: .key, retries: .value}",
        lines: &["e: { to: [x, w], retries: 3 }"],
        cannot: &["`retries` 3, which was kept instead of 5"],
    },
    Row {
        about: "a policy of one consumer that holds for another one is told",
        input: "[{on: shop.paid, to: mail}, {on: shop.*, to: work, retries: 5}]",
        mapping: "{match: \"all\"}, (.[] | {pattern: .on, to: .to, retries: .retries})",
        lines: &["shop.paid: { to: [mail, work], retries: 5 }"],
        cannot: &["`retries` 5, which holds for this rule too, which says none"],
    },
    Row {
        about: "of all rules, one that drops takes nothing from the others",
        input: "[{on: a.b}, {on: a.*, to: x}]",
        mapping: "{match: \"all\"}, (.[] | {pattern: .on, to: .to, drop: (if .to then null else \"noise\" end)})",
        lines: &["a.*: { to: x }"],
        cannot: &["it drops `a.b`, which other rules deliver"],
    },
    Row {
        about: "of all rules, one may split and another deliver",
        input: "[{on: a.b, split: {p: 1, q: 3}}, {on: a.*, to: x}]",
        mapping: "{match: \"all\"}, (.[] | {pattern: .on, to: .to, split: .split})",
        lines: &["a.*: { to: x }", "a.b: { to: x, split: { p: 1, q: 3 }"],
        cannot: &[],
    },
    Row {
        about: "what a route cannot have is left out of it, and not the route",
        input: "[{on: a.b, to: x, retries: 185, rank: 7}, {on: c, split: {p: 0, q: 3, r: 1}}, {on: d, split: {p: 90000, q: 30000}}]",
        mapping: ".[] | {pattern: .on, to: .to, split: .split, retries: .retries, rank: .rank}",
        lines: &[
            "a.b: { to: x }",
            "c: { split: { q: 3, r: 1 } }",
            "d: { split: { p: 3, q: 1 } }",
        ],
        cannot: &["185 retries are more", "`p` has the weight 0"],
    },
    Row {
        about: "what looks like the wildcard of another tool is told",
        input: "a.#: x\na/b: x\nc.x*: x\n",
        mapping: "to_entries[] | {event: .key, to: .value}",
        lines: &["a.#", "a/b", "c.x*"],
        cannot: &["`#` is taken as it stands", "`x*` is taken as it stands"],
    },
    Row {
        about: "placeholders of addresses are variables",
        input: "a: orders-${env}\nb: ${self:custom.x-y}/q\nc: ${HOST}\n",
        mapping: "to_entries[] | {event: .key, to: .key}, {consumer: .key, kafka: .value}",
        lines: &[
            "a: { kafka: \"orders-${ENV}\" }",
            "b: { kafka: \"${SELF_CUSTOM_X_Y}/q\" }",
            "c: { kafka: \"${HOST}\" }",
        ],
        cannot: &[
            "its placeholders are variables here",
            "its placeholders are variables here",
        ],
    },
    Row {
        about: "a name that is an address is one",
        input: "a: http://mail/hook\n",
        mapping: "to_entries[] | {event: .key, to: .value}",
        lines: &["http-mail-hook: { http: \"http://mail/hook\" }"],
        cannot: &[],
    },
    Row {
        about: "nothing is not told of",
        input: "a: x\n",
        mapping: "{event: \"a\", to: .a}, {cannot: .b, why: \"no\"}, {ignore: .c, why: \"no\"}",
        lines: &["a: { to: x }"],
        cannot: &[],
    },
    Row {
        about: "durations with fractions, shares and sizes are seen",
        input: "{a: 1.5s, b: 25%, c: 10GB, d: 1.5.2s}",
        mapping: "{event: \"e\", to: \"x\", timeout: .a}, (to_entries[] | {setting: .key, default: .value})",
        lines: &[
            "e: { to: x, timeout: 1s500ms }",
            "a: { type: duration, default: 1s500ms }",
            "b: { type: percent, default: 25% }",
            "c: { type: size, default: 10GB }",
            "d: { type: string, default: 1.5.2s }",
        ],
        cannot: &[],
    },
    Row {
        about: "all rules answer: what patterns share is a route",
        input: "a.*: x\n'*.b': w\n",
        mapping: "{match: \"all\"}, (to_entries[] | {pattern: .key, to: .value})",
        lines: &["\"*.b\"", "to: w", "a.*: { to: x", "a.b: {", "to: [x, w]"],
        cannot: &[],
    },
    Row {
        about: "the first rule answers: later ones that meet no more are told",
        input: "a.**: x\na.b: w\n",
        mapping: "{match: \"first\"}, (to_entries[] | {pattern: .key, to: .value})",
        lines: &["events: [a.b]", "a.**: { to: x }"],
        cannot: &["other rules answer for all that this one meets"],
    },
    Row {
        about: "a tie is refused, and it is said how to decide it",
        input: "a.*: x\n'*.b': w\n",
        mapping: ROUTES,
        lines: &[],
        cannot: &[],
    },
    Row {
        about: "a rule that is off drops its event, and says where it would go",
        input: "a: x\n",
        mapping: "to_entries[] | {event: .key, to: .value, enabled: false}",
        lines: &["a: { drop: \"off in the source; it would go to x\" }"],
        cannot: &[],
    },
    Row {
        about: "a rule that is off leaves its event to what is less specific",
        input: "a.b: x\n",
        mapping: "(to_entries[] | {event: .key, to: .value, enabled: false}), {fallback: \"z\"}",
        lines: &["a.b: { to: x, enabled: false }", "fallback:"],
        cannot: &[],
    },
    Row {
        about: "a rule that is off beside one that is on is told",
        input: "x: true\nw: false\n",
        mapping: "to_entries[] | {event: \"e\", to: .key, enabled: .value}",
        lines: &["e: { to: x }"],
        cannot: &["it is off, and other rules of the same name are on"],
    },
    Row {
        about: "a password takes only its own consumer along, which keeps its name",
        input: "a: amqp://u:hunter2@h/q\nb: amqp://h/q\n",
        mapping: "to_entries[] | {event: \"e.\\(.key)\", to: .key}, {consumer: .key, amqp: .value}",
        lines: &[
            "a: { other: a }",
            "b: { amqp: \"amqp://h/q\" }",
            "e.a: { to: a }",
        ],
        cannot: &["holds a password"],
    },
    Row {
        about: "consumers that only a refused route names are not declared",
        input: "'a..b': x\nc: w\n",
        mapping: "to_entries[] | {event: .key, to: .value}",
        lines: &["consumers:\n  w: { other: w }\n", "c: { to: w }"],
        cannot: &["is no name of an event"],
    },
    Row {
        about: "a setting as the mapping says it",
        input: "rate: 30\n",
        mapping: "{setting: \"http.rate\", default: \"\\(.rate)%\", type: \"percent\", min: \"1%\", max_step: \"2x\", owner: \"web\"}",
        lines: &["rate: { type: percent, default: 30%, min: 1%, max_step: 2x, owner: web }"],
        cannot: &[],
    },
    Row {
        about: "a setting whose value is not of the type",
        input: "rate: fast\n",
        mapping: "{setting: \"rate\", default: .rate, type: \"int\"}",
        lines: &[],
        cannot: &["`fast`"],
    },
    Row {
        about: "what could be two things is asked about, unless the mapping says what is meant",
        input: "a: yes\nb: off\n",
        mapping: "to_entries[] | {setting: .key, default: (if .value == \"yes\" then true else .value end)}",
        lines: &["a: { type: bool, default: true }"],
        cannot: &["what is meant by the setting"],
    },
    Row {
        about: "a setting is no group",
        input: "a: 1\n---\na: {b: 2}\n---\nc: {d: {e: 3}}\n---\nc: {d: 4}\n",
        mapping: "paths(scalars) as $p | {setting: ($p | join(\".\")), default: getpath($p)}",
        lines: &[
            "a: { type: int, default: 1 }",
            "e: { type: int, default: 3 }",
        ],
        cannot: &[
            "`a` is a setting",
            "is a setting here, and elsewhere a group",
        ],
    },
    Row {
        about: "a table",
        input: "rows: [[gem, 5], [dust, 95]]\n",
        mapping: "{setting: \"loot\", default: .rows, type: \"table\", columns: [{name: \"item\", type: \"string\"}, {name: \"weight\", type: \"int\"}]}",
        lines: &["type: table", "[gem, 5]"],
        cannot: &[],
    },
    Row {
        about: "words that few settings share are an enum, and a level of logging is one",
        input: "a: {mode: fast}\nb: {mode: safe}\nc: {mode: fast}\nlog_level: info\nname: x\n",
        mapping: "to_entries[] | if .value | type == \"object\" then {setting: \"\\(.key).mode\", default: .value.mode} else {setting: .key, default: .value} end",
        lines: &[
            "values: [fast, safe]",
            "log_level: { type: enum, values: [debug, error, info, trace, warn], default: info }",
            "name: { type: string, default: x }",
        ],
        cannot: &[],
    },
    Row {
        about: "one word for all rules",
        input: "a: x\n",
        mapping: "{match: \"first\"}, {match: \"all\"}, {event: \"a\", to: .a}",
        lines: &["a: { to: x }"],
        cannot: &["another word was said before, and holds"],
    },
];

#[test]
fn every_row() {
    for row in ROWS {
        let mut corpus = Corpus::default();
        corpus.add("t.yaml", row.input.as_bytes());
        let mapping =
            Mapping::parse("m", row.mapping).unwrap_or_else(|f| panic!("{}: {f:?}", row.about));
        let Conversion { definition, report } = convert(&corpus, &mapping, "p");
        let text = definition
            .as_ref()
            .map(yaml_write::write)
            .unwrap_or_default();
        let about = format!("{}\n{text}{report}", row.about);
        assert!(!about.contains("hunter2"), "a password is told");
        let mut rest = text.as_str();
        for line in row.lines {
            let (_, after) = rest
                .split_once(line)
                .unwrap_or_else(|| panic!("no {line:?}: {about}"));
            rest = after;
        }
        assert_eq!(report.cannot.len(), row.cannot.len(), "{about}");
        for (finding, words) in report.cannot.iter().zip(row.cannot) {
            assert!(finding.why.contains(words), "{words:?}: {about}");
        }
        assert!(report.proof.differences.is_empty(), "{about}");
        if row.lines.is_empty() && row.cannot.is_empty() {
            assert!(!report.is_sound(), "{about}");
            continue;
        }
        assert!(report.is_sound(), "{about}");
        if definition.is_some() {
            load_text("again", &text)
                .unwrap_or_else(|(s, r)| panic!("{}\n{about}", r.render(&s, false)));
        }
    }
}
