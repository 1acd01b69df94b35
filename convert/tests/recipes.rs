//! The recipes of `docs/convert.md` do what they say. Each row holds a recipe as it stands
//! there, a mapping that uses it, an input, and what must come of it.

use routewright_convert::document::Corpus;
use routewright_convert::mapping::{Mapping, functions};
use routewright_convert::mappings::SHIPPED;
use routewright_convert::run::convert;
use routewright_schema::model::Definition;

struct Row {
    recipe: &'static str,
    /// What stands around it; `@` is the recipe.
    around: &'static str,
    input: &'static str,
    /// `event -> consumers`, with what else a route has.
    routes: &'static [&'static str],
}

const ROWS: &[Row] = &[
    Row {
        recipe: ".routes | to_entries[] | {event: .key, to: .value}",
        around: "@",
        input: "routes: {a: x, b: [x, z]}",
        routes: &["a -> x", "b -> x z"],
    },
    Row {
        recipe: ".rules[] | {event: .on, to: .notify}",
        around: "@",
        input: "rules: [{on: a, notify: x}, {on: a, notify: z}]",
        routes: &["a -> x z"],
    },
    Row {
        recipe: "(.on | each)",
        around: "def each: if type == \"array\" then .[] else . end; .[] | {event: @, to: .to}",
        input: "[{on: [a, b], to: x}, {on: c, to: x}]",
        routes: &["a -> x", "b -> x", "c -> x"],
    },
    Row {
        recipe: "{event: \"\\(.kinds[]).\\(.names[])\", to: .who}",
        around: "@",
        input: "{kinds: [k, l], names: [n], who: x}",
        routes: &["k.n -> x", "l.n -> x"],
    },
    Row {
        recipe: "to_entries[] | {event: .value.listens[], to: .key}",
        around: "@",
        input: "{x: {listens: [a, b]}, z: {listens: [b]}}",
        routes: &["a -> x", "b -> x z"],
    },
    Row {
        recipe: "to_entries[] | .key as $app | .value | to_entries[] | {event: \"\\($app).\\(.key)\", to: .value}",
        around: "@",
        input: "{shop: {paid: x}, mail: {sent: z}}",
        routes: &["mail.sent -> z", "shop.paid -> x"],
    },
    Row {
        recipe: "def node($path): (.to | values | {event: ($path | join(\".\")), to: .}), (.children // {} | to_entries[] | .key as $k | .value | node($path + [$k]));",
        around: "@ node([])",
        input: "{children: {a: {to: x, children: {b: {to: z}}}}}",
        routes: &["a -> x", "a.b -> z"],
    },
    Row {
        recipe: "(.sinks | INDEX(.name)) as $sinks",
        around: "@ | .rules[] | {event: .on, to: $sinks[.sink].topic}",
        input: "{sinks: [{name: s, topic: x}], rules: [{on: a, sink: s}]}",
        routes: &["a -> x"],
    },
    Row {
        recipe: ".sinks as $sinks | .rules[] | {event: .on, to: $sinks[.sink].topic}",
        around: "@",
        input: "{sinks: {s: {topic: x}}, rules: [{on: a, sink: s}]}",
        routes: &["a -> x"],
    },
    Row {
        recipe: "($all | map(.sinks? // {}) | add) as $sinks",
        around: "[., inputs] as $all | @ | $all[] | .rules[]? | {event: .on, to: $sinks[.sink]}",
        input: "sinks: {s: x}\n---\nrules: [{on: a, sink: s}, {on: a, sink: t}]\n---\nsinks: {t: z}\n",
        routes: &["a -> x z"],
    },
    Row {
        recipe: "((.timeout_ms | values | \"\\(.)ms\") // null)",
        around: ".[] | {event: .on, to: \"x\", timeout: @}",
        input: "[{on: a, timeout_ms: 1500}, {on: b}]",
        routes: &["a -> x timeout 1500000000", "b -> x"],
    },
    Row {
        recipe: "\"\\(.seconds * 1000 | round)ms\"",
        around: ".[] | {event: .on, to: \"x\", timeout: @}",
        input: "[{on: a, seconds: 0.25}]",
        routes: &["a -> x timeout 250000000"],
    },
    Row {
        recipe: "capture(\"^(?<team>[^/]+)/(?<topic>.+)$\") | {event: \"\\(.team).\\(.topic)\", ..}",
        around: ".[] | @",
        input: "[shop/paid]",
        routes: &["shop.paid -> x"],
    },
    Row {
        recipe: "sub(\"\\\\.>$\"; \".**\")",
        around: ".[] | {pattern: @, to: \"x\"}",
        input: "['orders.>', 'a.*.b']",
        routes: &["a.*.b -> x", "orders.** -> x"],
    },
    Row {
        recipe: "gsub(\"/\"; \".\") | gsub(\"\\\\+\"; \"*\") | sub(\"#$\"; \"**\")",
        around: ".[] | {pattern: (@), to: \"x\"}",
        input: "[orders/+/#]",
        routes: &["orders.*.** -> x"],
    },
    Row {
        recipe: "ltrimstr(\"/\") | gsub(\"/\"; \".\") | gsub(\":[^.]+\"; \"*\")",
        around: ".[] | {pattern: (@), to: \"x\"}",
        input: "['/users/:id/orders']",
        routes: &["users.*.orders -> x"],
    },
    Row {
        recipe: "{match: \"first\"}, (.rules | sort_by(-.priority)[] | {..})",
        around: "@",
        input: "{rules: [{on: a.b, priority: 1, notify: x}, {on: a.*, priority: 9, notify: z}]}",
        routes: &["a.* -> z"],
    },
    Row {
        recipe: "{pattern: \"\\($group).**\", to: .default}",
        around: "to_entries[] | .key as $group | .value | @, (.rules[] | {event: \"\\($group).\\(.on)\", to: .to})",
        input: "{shop: {default: x, rules: [{on: paid, to: z}]}}",
        routes: &["shop.** -> x", "shop.paid -> z"],
    },
    Row {
        recipe: "(.enabled | IN(\"yes\", \"on\", true))",
        around: ".[] | {event: .on, to: \"x\", enabled: @}",
        input: "[{on: a, enabled: yes}, {on: b, enabled: no}]",
        routes: &["a -> x", "b -> drop"],
    },
    Row {
        recipe: "if .when then {cannot: ., why: \"a condition\"} else {..} end",
        around: ".rules[] | @",
        input: "{rules: [{on: a, when: 'x > 1', notify: x}, {on: b, notify: x}]}",
        routes: &["b -> x"],
    },
];

/// What the recipes leave to the reader.
const ROUTE: &[(&str, &str)] = &[
    (
        "{event: \"\\(.team).\\(.topic)\", ..}",
        "{event: \"\\(.team).\\(.topic)\", to: \"x\"}",
    ),
    ("{..}", "{pattern: .on, to: .notify}"),
];

fn told(definition: &Definition) -> Vec<String> {
    let of = |(name, route): (&String, &routewright_schema::model::Route)| {
        let to = match &route.target.drop {
            Some(_) => "drop".to_owned(),
            None => route.target.to.join(" "),
        };
        let timeout = route.policy.timeout_ns.map(|ns| format!(" timeout {ns}"));
        format!("{name} -> {to}{}", timeout.unwrap_or_default())
    };
    definition.routes.iter().map(of).collect()
}

#[test]
fn every_recipe() {
    let docs = std::fs::read_to_string("../docs/convert.md").expect("the documentation");
    let docs = docs.replace("\\|", "|");
    for row in ROWS {
        let Row { recipe, .. } = row;
        assert!(docs.contains(recipe), "not in the documentation: {recipe}");
        let mut text = row.around.replace('@', recipe);
        for (open, filled) in ROUTE {
            text = text.replace(open, filled);
        }
        let mapping = Mapping::parse("m", &text).unwrap_or_else(|f| panic!("{text}: {f:?}"));
        let mut corpus = Corpus::default();
        corpus.add("t.yaml", row.input.as_bytes());
        let conversion = convert(&corpus, &mapping, "p");
        let report = &conversion.report;
        let definition = conversion
            .definition
            .as_ref()
            .unwrap_or_else(|| panic!("{text}\n{report}"));
        assert_eq!(told(definition), row.routes, "{text}\n{report}");
        assert!(report.is_complete(), "{text}\n{report}");
    }
}

/// The list of functions is the list of functions, and each mapping that ships has its row.
#[test]
fn lists_are_whole() {
    let docs = std::fs::read_to_string("../docs/convert.md").expect("the documentation");
    let quoted = docs.lines().filter_map(|line| line.strip_prefix("> "));
    let listed: Vec<&str> = quoted
        .flat_map(str::split_whitespace)
        .map(|word| word.trim_matches('`'))
        .collect();
    let functions: Vec<&str> = functions().into_iter().collect();
    assert_eq!(listed, functions);
    let rows: Vec<&str> = docs
        .lines()
        .skip_while(|line| *line != "## Shapes that ship")
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .take(SHIPPED.len())
        .collect();
    let shipped: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
    assert_eq!(rows, shipped);
}
