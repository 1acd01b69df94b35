//! What is proposed for a tree of unknown shape: that it runs, and that it is right.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use routewright_convert::document::{Corpus, collect};
use routewright_convert::infer::{Proposal, infer};
use routewright_convert::mapping::Mapping;
use routewright_convert::mappings;
use routewright_convert::run::{Conversion, convert};
use routewright_schema::model::Definition;

fn corpus(path: impl AsRef<Path>) -> Corpus {
    collect(&[path.as_ref().to_owned()], &mut |_, _| {}).expect("readable files")
}

fn folders(of: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).expect("cases");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.retain(|path| path.is_dir());
    paths.sort();
    paths
}

fn converted(corpus: &Corpus, program: &str) -> Conversion {
    let mapping =
        Mapping::parse("mapping", program).unwrap_or_else(|faults| panic!("{faults:?}\n{program}"));
    convert(corpus, &mapping, "converted")
}

/// Event or pattern -> the addresses of its consumers, which are their names in the source.
fn pairs(definition: Option<&Definition>) -> BTreeMap<String, Vec<String>> {
    let mut pairs = BTreeMap::new();
    for (name, route) in definition.iter().flat_map(|definition| &definition.routes) {
        let mut to: Vec<String> = route.target.to.clone();
        to.sort();
        pairs.insert(name.clone(), to);
    }
    pairs
}

/// A proposal is a program that runs on its tree; what it says of itself is so.
fn runs(case: &str, corpus: &Corpus, proposal: &Proposal) -> Conversion {
    let Conversion { definition, report } = converted(corpus, &proposal.text);
    assert!(report.is_sound(), "{case}\n{report}\n{}", proposal.text);
    assert_eq!(report.counts, proposal.report.counts, "{case}");
    assert_eq!(
        report.counts.routes > 0,
        proposal.sure > 0,
        "{case}\n{}",
        proposal.text
    );
    Mapping::parse(case, &uncommented(&proposal.text)).unwrap_or_else(|faults| {
        panic!(
            "{case}: a piece that stands as a comment is no code: {faults:?}\n{}",
            proposal.text
        )
    });
    Conversion { definition, report }
}

/// With all pieces active: those that are comments begin with `# (` and end with `),`.
fn uncommented(text: &str) -> String {
    let mut inside = false;
    let line = |line: &str| {
        inside |= line.starts_with("# (");
        let code = if inside {
            line.strip_prefix("# ").unwrap_or(line)
        } else {
            line
        };
        inside &= !code
            .split(" # ")
            .next()
            .is_some_and(|code| code.ends_with("),"));
        format!("{code}\n")
    };
    text.lines().map(line).collect()
}

/// Shapes of our own, each with a mapping by hand: the same routes, with their policy.
#[test]
fn shapes_of_our_own() {
    let bless = env::var_os("ROUTEWRIGHT_BLESS").is_some();
    let cases = folders("tests/infer");
    assert!(cases.len() >= 5, "{cases:?}");
    for path in cases {
        let case = path.display().to_string();
        let corpus = corpus(path.join("input"));
        let proposal = infer(&corpus);
        let found = runs(&case, &corpus, &proposal);
        let by_hand = fs::read_to_string(path.join("mapping.jq")).expect("a mapping by hand");
        let by_hand = converted(&corpus, &by_hand);
        assert!(by_hand.report.is_sound(), "{case}\n{}", by_hand.report);
        let expected = by_hand.definition.expect("routes");
        let found = found.definition.expect("routes");
        assert_eq!(pairs(Some(&found)), pairs(Some(&expected)), "{case}");
        for (name, route) in &expected.routes {
            let (found, expected) = (&found.routes[name], route);
            assert_eq!(
                (found.policy, found.enabled),
                (expected.policy, expected.enabled),
                "{case}: {name}"
            );
        }
        assert_eq!(proposal.text, infer(&corpus).text, "{case}: the same again");
        let path = path.join("expected.jq");
        if bless {
            fs::write(&path, &proposal.text).expect("writable");
        } else {
            let expected = fs::read_to_string(&path).expect("an expectation; bless it");
            assert_eq!(proposal.text, expected, "{}", path.display());
        }
    }
}

/// Every shape that ships: the proposal runs, and says that the shape ships.
#[test]
fn shapes_that_ship() {
    for path in folders("tests/cases") {
        let case = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name");
        let shape = case.split('+').next().unwrap_or(case);
        let corpus = corpus(path.join("input"));
        let proposal = infer(&corpus);
        runs(case, &corpus, &proposal);
        match shape {
            "settings" => assert!(proposal.settings.is_some(), "{proposal}"),
            // A case with a mapping of its own is none that ships.
            _ if mappings::find(shape).is_none() => {}
            _ => assert_eq!(
                proposal.fits.first().map(|fit| fit.name),
                Some(shape),
                "{proposal}"
            ),
        }
    }
}

/// Of these, the proposal alone makes the very routes that the shipped mapping does.
#[test]
fn the_same_routes_as_a_shipped_mapping() {
    for (shape, input) in [
        ("symfony-messenger", ""),
        ("gerritbot", ""),
        // The definitions of events, in the other file, name nobody to go to.
        ("ceilometer", "event_pipeline.yaml"),
    ] {
        let corpus = corpus(
            Path::new("tests/cases")
                .join(shape)
                .join("input")
                .join(input),
        );
        let proposal = infer(&corpus);
        let found = runs(shape, &corpus, &proposal);
        let shipped = converted(&corpus, mappings::find(shape).expect("a shipped mapping"));
        let expected = pairs(shipped.definition.as_ref());
        assert!(!expected.is_empty(), "{shape}");
        assert_eq!(pairs(found.definition.as_ref()), expected, "{shape}");
    }
}

/// Configuration and texts, in the manner of LuckPerms and rails-i18n.
#[test]
fn where_no_routes_are_none_are_proposed() {
    let config = "\
server: global
use-server-uuid-cache: false
sync-minutes: -1
storage-method: h2
data:
  address: localhost
  pool-settings: { maximum-pool-size: 10, minimum-idle: 10, maximum-lifetime: 1800000 }
split-storage:
  enabled: false
  methods: { user: h2, group: h2, track: h2, uuid: h2, log: h2 }
watch-files: true
messaging-service: auto
group-weight: {}
world-rewrite: { world_nether: world, world_the_end: world }
";
    let texts = |locale: &str| {
        format!(
            "{locale}:
  date:
    abbr_day_names: [Sun, Mon, Tue]
    formats: {{ default: \"%Y-%m-%d\", short: \"%b %d\" }}
    order: [\":year\", \":month\", \":day\"]
  errors:
    messages: {{ accepted: must be accepted, blank: can't be blank, confirmation: does not match }}
  number: {{ format: {{ delimiter: \",\", precision: 3, separator: . }} }}
  support: {{ array: {{ last_word_connector: \", and \", words_connector: \", \" }} }}
"
        )
    };
    let mut corpus = Corpus::default();
    corpus.add("config.yml", config.as_bytes());
    let proposal = infer(&corpus);
    runs("config", &corpus, &proposal);
    assert_eq!(
        (proposal.sure, proposal.unsure),
        (0, 0),
        "{}",
        proposal.text
    );
    assert!(proposal.settings.is_some(), "{proposal}");
    let told = proposal.to_string();
    assert!(told.contains("Nothing here looks like routes."), "{told}");
    assert!(told.contains("`--from settings`"), "{told}");

    let mut corpus = Corpus::default();
    for locale in ["en", "zh-CN", "no"] {
        corpus.add(&format!("{locale}.yml"), texts(locale).as_bytes());
    }
    let proposal = infer(&corpus);
    runs("texts", &corpus, &proposal);
    assert_eq!(
        (proposal.sure, proposal.unsure),
        (0, 0),
        "{}",
        proposal.text
    );
    assert!(proposal.settings.is_none(), "{proposal}");
}

/// A tree, and the routes that the proposal makes of it.
const SMALL: &[(&str, &str)] = &[
    (
        "events: [{name: order.placed, consumers: [billing, audit]}, {name: order.paid, consumers: [billing]}, {name: user.registered, consumers: [mail]}]",
        "order.paid -> billing; order.placed -> audit billing; user.registered -> mail",
    ),
    (
        "{order.placed: {notify: [billing, audit], timeout: 5s}, order.paid: {notify: billing}, user.registered: {notify: mail}}",
        "order.paid -> billing; order.placed -> audit billing; user.registered -> mail",
    ),
    (
        "{bindings: [{routing_key: order.placed, queue: billing}, {routing_key: 'order.#', queue: audit}, {routing_key: 'user.*', queue: mail}], queues: {billing: {}, audit: {}, mail: {}}}",
        "order.placed -> billing; user.* -> mail",
    ),
    (
        "routing: {default: billing, rules: [{match: order.placed, targets: [{service: billing, weight: 90}, {service: next, weight: 10}]}, {match: order.paid, targets: [{service: billing, weight: 100}]}]}",
        "order.paid ? billing; order.placed ? billing next; else -> billing",
    ),
    (
        "{billing: [order.placed, order.paid], audit: [order.placed, order.paid, user.registered], mail: [user.registered]}",
        "order.paid -> audit billing; order.placed -> audit billing; user.registered -> audit mail",
    ),
    (
        "{order.placed: [billing, audit], order.paid: [billing], user.registered: mail}",
        "order.paid -> billing; order.placed -> audit billing; user.registered -> mail",
    ),
    (
        "consumers: {billing: {address: 'kafka://b', listens_to: [order.placed, order.paid]}, mail: {address: 'kafka://m', listens_to: user.registered}}",
        "order.paid -> billing; order.placed -> billing; user.registered -> mail",
    ),
    (
        "routes: {order.placed: billing, order.paid: billing, default: audit}",
        "order.paid -> billing; order.placed -> billing; else -> audit",
    ),
    (
        "subscriptions: {a: {event: user.registered, handler: mail}, b: {event: order.paid, handler: billing}}",
        "order.paid -> billing; user.registered -> mail",
    ),
    (
        "domains: [{name: shop, events: [{type: order.placed, publish_to: [billing, audit]}, {type: order.paid, publish_to: [billing]}]}, {name: people, events: [{type: user.registered, publish_to: [mail]}]}]",
        "order.paid -> billing; order.placed -> audit billing; user.registered -> mail",
    ),
    // Each service has a file of its own.
    (
        "billing: {listens: [order.placed, order.paid], port: 1}\n---\nmail: {listens: [user.registered], port: 2}\n---\naudit: {listens: [order.placed], port: 3}",
        "order.paid -> billing; order.placed -> audit billing; user.registered -> mail",
    ),
];

#[test]
fn small_trees() {
    for (tree, expected) in SMALL {
        let mut corpus = Corpus::default();
        corpus.add("t.yaml", tree.as_bytes());
        assert!(corpus.faults.is_empty(), "{tree}: {:?}", corpus.faults);
        let proposal = infer(&corpus);
        let definition = runs(tree, &corpus, &proposal).definition;
        let mut routes = Vec::new();
        for (name, route) in definition.iter().flat_map(|definition| &definition.routes) {
            let (to, split) = (&route.target.to, &route.target.split);
            let how = if split.is_empty() { "->" } else { "?" };
            let mut to: Vec<&str> = to.iter().chain(split.keys()).map(String::as_str).collect();
            to.sort_unstable();
            routes.push(format!("{name} {how} {}", to.join(" ")));
        }
        if let Some(fallback) = definition
            .as_ref()
            .and_then(|definition| definition.fallback.as_ref())
        {
            routes.push(format!("else -> {}", fallback.target.to.join(" ")));
        }
        assert_eq!(routes.join("; "), *expected, "{tree}\n{}", proposal.text);
    }
}

/// Much in a tree has the form of routes, and is none.
#[test]
fn what_only_has_the_form_is_not_active() {
    for tree in [
        "metadata: {labels: {app.kubernetes.io/name: a, app.kubernetes.io/part-of: a, app.kubernetes.io/managed-by: helm}}",
        "logging: {level: {org.hibernate.SQL: debug, com.example.shop: debug, org.springframework: info}}",
        "{spring.application.name: shop, spring.profiles.active: prod, management.server.address: localhost}",
        "services: {web: {image: shop, depends_on: [db, cache], networks: [a]}, db: {image: postgres}, cache: {image: redis, networks: [a]}}",
        "dependencies: {left-pad: ^1.0.0, lodash.merge: ~4.6.2, lodash.get: ~4.6.2}",
        "users: [{name: a, roles: [admin, editor]}, {name: b, roles: [editor]}, {name: c, roles: [editor]}]",
        "paths: {/orders: {get: {operationId: orders.list, tags: [orders]}}, /users: {get: {operationId: users.list, tags: [users]}}}",
        "jobs: {build: {runs-on: ubuntu, needs: [lint]}, lint: {runs-on: ubuntu}, test: {runs-on: ubuntu, needs: [build]}}",
    ] {
        let mut corpus = Corpus::default();
        corpus.add("t.yaml", tree.as_bytes());
        let proposal = infer(&corpus);
        runs(tree, &corpus, &proposal);
        assert_eq!(proposal.sure, 0, "{tree}\n{}", proposal.text);
    }
}

/// Names that would end a string or a comment, if they were pasted.
const HOSTILE: &[&str] = &[
    "a\"), error(\"out\"), (\"",
    "a\\",
    "a\\\\\"",
    "\\(error(\"out\"))",
    "a\n, error(\"out\"),\n",
    "a\r\n| error(\"out\")",
    "a\\\n| error(\"out\")",
    "*/ error(\"out\") /*",
    "# error(\"out\")",
    "$__loc__",
    "$all[]",
    "$named",
    "`error(\"out\")`",
    "@base64",
    "and",
    "reduce",
    ".",
    "..",
    "a\u{2028}error(\"out\")",
    "a\u{85}error(\"out\")",
    "\u{202e}tuo",
    "\u{0}",
    "\u{1b}[2J",
    "\u{e0041}",
    "\u{7f}",
    "f\u{f8}\u{1f600}",
    "",
];

/// Each stands where names of the source get into the program: in paths, in conditions,
/// in kinds, in evidence, in names of files.
#[test]
fn hostile_names_stay_names() {
    // So many plain names that one odd one does not make prose of them.
    let many = |entry: &dyn Fn(usize) -> String| (0..20).map(entry).collect::<Vec<_>>().join(", ");
    let keyed = "order.paid: b, ".to_owned() + &many(&|n| format!("order.n{n}: b"));
    let listed = "{on: order.paid, notify: b}, ".to_owned()
        + &many(&|n| format!("{{on: order.n{n}, notify: b}}"));
    let nested = "{on: {NAME: {event: order.paid}}, notify: b}, ".to_owned()
        + &many(&|n| format!("{{on: {{NAME: {{event: order.n{n}}}}}, notify: b}}"));
    let mut active = 0;
    for name in HOSTILE {
        let quoted = serde_json::Value::from(*name).to_string();
        let trees = [
            format!("{{{quoted}: {{routing: {{{keyed}, order.sent: [{quoted}]}}}}}}"),
            format!(
                "{{routes: [{listed}, {{on: order.sent, notify: {quoted}}}, {{on: {quoted}, notify: a}}]}}"
            ),
            format!("{{kind: {quoted}, apiVersion: {quoted}, routes: [{listed}]}}"),
            format!("{{routes: [{nested}]}}").replace("NAME", &quoted),
            format!(
                "{{routes: [{listed}, {{on: order.sent, notify: {quoted}}}], groups: [{{name: {quoted}, targets: [{quoted}]}}, {{name: b, targets: [c, d]}}]}}"
            ),
            format!(
                "{{routing: {{{keyed}, order.sent: {quoted}}}, {quoted}: {{transports: {{{quoted}: {{dsn: {quoted}}}, b: {{dsn: x}}}}}}}}"
            ),
        ];
        for (number, tree) in trees.iter().enumerate() {
            let case = format!("{name:?} in tree {number}");
            let mut corpus = Corpus::default();
            corpus.add(&format!("{name}.yaml"), tree.as_bytes());
            assert!(corpus.faults.is_empty(), "{case}: {:?}", corpus.faults);
            let proposal = infer(&corpus);
            // An address of several lines is refused, so that some are comments.
            assert!(
                proposal.sure + proposal.unsure > 0,
                "{case}\n{}",
                proposal.text
            );
            let found = runs(&case, &corpus, &proposal);
            let routes = pairs(found.definition.as_ref());
            assert_eq!(
                routes.contains_key("order.paid"),
                proposal.sure > 0,
                "{case}"
            );
            active += usize::from(proposal.sure > 0);
            let all = converted(&corpus, &uncommented(&proposal.text)).report;
            let ran = all
                .failures
                .iter()
                .find(|failure| failure.message.starts_with("out"));
            assert!(ran.is_none(), "{case}: {ran:?}\n{}", proposal.text);
            let odd = |c: char| c.is_control() && c != '\n' || "\u{202e}\u{2028}".contains(c);
            for line in proposal.text.lines() {
                let comment = line.trim_start().starts_with('#');
                assert!(!line.contains(odd), "{case}: {line:?}");
                assert!(!line.ends_with('\\'), "{case}: {line:?}");
                // Out of comments and strings, nothing of the name is left.
                assert!(comment || !bare(line).contains("error"), "{case}: {line:?}");
            }
        }
    }
    assert!(active > HOSTILE.len() * 4, "most are active: {active}");
}

/// A line of code without its strings and what stands behind it.
fn bare(line: &str) -> String {
    let (mut bare, mut inside, mut escaped) = (String::new(), false, false);
    for c in line.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            '#' if !inside => break,
            _ if !inside => bare.push(c),
            _ => {}
        }
    }
    bare
}

/// A kind of document is told apart by what it says of itself.
#[test]
fn kinds_are_kept_apart() {
    let mut corpus = Corpus::default();
    corpus.add("a.yaml", b"kind: Trigger\napiVersion: v1\nspec: { event: order.placed, target: billing }\n---\nkind: Trigger\nspec: { event: order.paid, target: billing }\n---\nkind: Probe\nspec: { event: order.lost, target: nobody }\n");
    let proposal = infer(&corpus);
    let found = runs("kinds", &corpus, &proposal);
    let routes = pairs(found.definition.as_ref());
    let names: Vec<&str> = routes.keys().map(String::as_str).collect();
    assert!(names.contains(&"order.placed"), "{}", proposal.text);
    assert!(
        proposal.text.contains("select(.kind? == \"Trigger\")"),
        "{}",
        proposal.text
    );
    assert!(
        proposal
            .text
            .contains("2 of kind `Trigger` (`v1`): a.yaml:1"),
        "{}",
        proposal.text
    );
}
