//! Every limit at one below, at, and one above: `check` of a definition, a dry run and a
//! publish give the same verdict, with the limit, what there is, and the place.

use prost::Message;
use routewright::limits::*;
use routewright::{Limits, RouteCell, Scalar, Violations};
use routewright_schema::check::{CheckOptions, check};
use routewright_schema::diagnostic::{Diagnostic, Severity};
use routewright_schema::load::load_text;
use routewright_schema::pb::{self, Mode, scalar::Kind, setting_value::Value};
use routewright_schema::value::Date;
use routewright_tests::fixture;
use routewright_tests::pushes::{Cell, at, overlay, ramp, route, set};

/// A dimension. The definition and the push have exactly as much of it as they are asked
/// for.
struct Row {
    what: &'static str,
    max: usize,
    code: &'static str,
    /// Where the push is at fault; of a route or setting, `check` finds the same place.
    path: &'static str,
    /// Where the limit is the host's own.
    limits: fn(&mut Limits),
    /// `None`: a definition has no such thing.
    definition: Option<fn(usize) -> String>,
    /// `None`: it is compiled in, and no push may change it.
    push: Option<fn(usize) -> pb::RouteMap>,
}

const ROW: Row = Row {
    what: "",
    max: 0,
    code: "limit",
    path: "",
    limits: |_| (),
    definition: None,
    push: None,
};

/// A push with a route, which alone would be accepted.
fn routed() -> pb::RouteMap {
    pb::RouteMap {
        consumers: vec!["audit".into(), "loot".into(), "shadow".into()],
        routes: vec![route("a.route", 0)],
        ..overlay(1)
    }
}

/// The same, with another route.
fn with_route(changed: impl FnOnce(&mut pb::ResolvedRoute)) -> pb::RouteMap {
    let mut map = routed();
    changed(&mut map.routes[0]);
    map
}

/// A complete map of these routes.
fn complete(names: impl Iterator<Item = String>) -> pb::RouteMap {
    pb::RouteMap {
        mode: Mode::Complete.into(),
        routes: names.map(|name| route(&name, 0)).collect(),
        ..routed()
    }
}

/// A definition that says this besides.
fn definition(sections: &str) -> String {
    format!(
        "package: limits\nversion: 1\nconsumers: {{ audit: {{ kafka: a }}, loot: {{ kafka: b }}, shadow: {{ kafka: c }} }}\n{sections}\n"
    )
}

/// One with these routes, in braces.
fn routes(entries: impl Iterator<Item = String>) -> String {
    let entries: Vec<String> = entries.collect();
    definition(&format!("routes: {{ {} }}", entries.join(", ")))
}

/// One with this route.
fn a_route(body: &str) -> String {
    definition(&format!("routes: {{ a.route: {{ {body} }} }}"))
}

/// One with these settings.
fn settings(entries: impl Iterator<Item = String>) -> String {
    let entries: Vec<String> = entries.collect();
    definition(&format!("settings: {{ {} }}", entries.join(", ")))
}

fn a_setting(body: &str) -> String {
    settings(std::iter::once(format!("motto: {{ {body} }}")))
}

fn rule(text: &str) -> String {
    let setting = "settings: { n: { type: int, default: 1 } }";
    definition(&format!("{setting}\nrules: [ \"{text}\" ]"))
}

fn x(n: usize) -> String {
    "x".repeat(n)
}

fn join(n: usize, with: &str, each: impl Fn(usize) -> String) -> String {
    (0..n).map(each).collect::<Vec<_>>().join(with)
}

/// Names of patterns, each of another shape and none meeting another.
fn shapes(n: usize) -> impl Iterator<Item = String> {
    (1..=n).map(|at| {
        let segment = |bit: usize| if at >> bit & 1 == 1 { ".*" } else { ".l" };
        format!("p{at}{}", (0..6).map(segment).collect::<String>())
    })
}

fn distinct(n: usize) -> impl Iterator<Item = String> {
    (0..n).map(|at| format!("e{at}"))
}

fn lease(changed: impl FnOnce(&mut pb::Lease)) -> pb::RouteMap {
    let mut lease = pb::Lease {
        owner: "ops".into(),
        ttl_ms: 1,
        ..Default::default()
    };
    changed(&mut lease);
    let lease = Some(lease);
    pb::RouteMap { lease, ..routed() }
}

fn guard(changed: impl FnOnce(&mut pb::Guard)) -> pb::RouteMap {
    let mut guard = pb::Guard {
        bake_ms: 1,
        error_ppm_max: Some(1),
        ..Default::default()
    };
    changed(&mut guard);
    let guard = Some(guard);
    pb::RouteMap { guard, ..routed() }
}

fn removing(n: usize) -> pb::RouteMap {
    pb::RouteMap {
        removals: (0..n)
            .map(|at| format!("treasure.{}", char::from(b'a' + at as u8)))
            .collect(),
        ..overlay(1)
    }
}

const NAME: &str = "bad_name";

/// The constants and the fields of `Limits`. What a definition or a push alone can have too
/// much of says so by a `None`; what is no row has a test of its own below. Not asked:
/// `POLICIES_MAX`, whose 65,535 routes would take too long.
const ROWS: &[Row] = &[
    Row {
        what: "bytes of a name",
        max: NAME_BYTES_MAX,
        code: NAME,
        path: "routes.\"xxx",
        definition: Some(|n| routes(std::iter::once(format!("{}: {{ to: loot }}", x(n))))),
        push: Some(|n| with_route(|route| route.name = x(n))),
        ..ROW
    },
    Row {
        what: "segments of a name",
        max: NAME_SEGMENTS_MAX,
        code: NAME,
        path: "routes.\"x.x",
        definition: Some(|n| {
            let name = join(n, ".", |_| x(1));
            routes(std::iter::once(format!("{name}: {{ to: loot }}")))
        }),
        push: Some(|n| with_route(|route| route.name = join(n, ".", |_| x(1)))),
        ..ROW
    },
    Row {
        what: "shapes",
        max: SHAPES_MAX,
        path: "routes",
        limits: |limits| limits.removals_free = 100,
        definition: Some(|n| routes(shapes(n).map(|name| format!("{name:?}: {{ to: loot }}")))),
        push: Some(|n| complete(shapes(n))),
        ..ROW
    },
    Row {
        what: "routes",
        max: 12,
        path: "routes",
        limits: |limits| (limits.routes_max, limits.removals_free) = (12, 100),
        definition: Some(|n| routes(distinct(n).map(|name| format!("{name}: {{ to: loot }}")))),
        push: Some(|n| complete(distinct(n))),
        ..ROW
    },
    Row {
        what: "routes, with those of the baseline under an overlay",
        max: 12,
        path: "routes",
        limits: |limits| limits.routes_max = 12,
        definition: Some(|n| routes(distinct(n).map(|name| format!("{name}: {{ to: loot }}")))),
        push: Some(|n| {
            let baseline = fixture::TABLE.raw().routes();
            pb::RouteMap {
                routes: distinct(n - baseline).map(|name| route(&name, 0)).collect(),
                ..routed()
            }
        }),
        ..ROW
    },
    Row {
        what: "consumers of a route",
        max: 2,
        path: "routes.\"a.route\"",
        limits: |limits| limits.route_consumers_max = 2,
        definition: Some(|n| {
            a_route(&format!(
                "to: [{}]",
                ["audit", "loot", "shadow"][..n].join(", ")
            ))
        }),
        push: Some(|n| with_route(|route| route.to = (0..n as u32).collect())),
        ..ROW
    },
    Row {
        what: "retries",
        max: RETRIES_MAX as usize,
        path: "routes.\"a.route\".retries",
        definition: Some(|n| a_route(&format!("to: loot, retries: {n}"))),
        push: Some(|n| with_route(|route| route.retries = n as u32)),
        ..ROW
    },
    Row {
        what: "sum of the weights of a split",
        max: SPLIT_WEIGHT_MAX as usize,
        code: "bad_weight",
        path: "routes.\"a.route\".split",
        definition: Some(|n| a_route(&format!("split: {{ audit: 1, loot: {} }}", n - 1))),
        push: Some(|n| {
            with_route(|route| {
                route.to.clear();
                route.split = [(0, 1), (1, n as u32 - 1)]
                    .map(|(to, weight)| pb::ResolvedArm { to, weight })
                    .into();
            })
        }),
        ..ROW
    },
    // `check` reads no share above 100 %, so it cannot say how much it is in parts per
    // million: see `a_share_above_the_whole_is_no_share`.
    Row {
        what: "share of a mirror",
        max: SHARE_PPM_MAX as usize,
        code: "bad_share",
        path: "routes.\"a.route\".mirror[0]",
        push: Some(|n| {
            with_route(|route| {
                let share_ppm = n as u32;
                route.mirror = vec![pb::ResolvedMirror { to: 1, share_ppm }];
            })
        }),
        ..ROW
    },
    Row {
        what: "bytes of the reason of a drop",
        max: REASON_BYTES_MAX,
        path: "routes.\"a.route\".drop",
        definition: Some(|n| a_route(&format!("drop: {}", x(n)))),
        push: Some(|n| {
            with_route(|route| {
                route.to.clear();
                route.drop = Some(x(n));
            })
        }),
        ..ROW
    },
    Row {
        what: "bytes of a string",
        max: 16,
        path: "settings.motto",
        limits: |limits| limits.string_bytes_max = 16,
        definition: Some(|n| a_setting(&format!("type: string, default: {}", x(n)))),
        push: Some(|n| set(overlay(1), "motto", Kind::StringValue(x(n)))),
        ..ROW
    },
    Row {
        what: "elements of a list",
        max: 4,
        path: "settings.delays",
        limits: |limits| limits.cells_max = 4,
        definition: Some(|n| {
            settings(std::iter::once(format!(
                "delays: {{ type: [duration], default: [{}] }}",
                join(n, ", ", |_| "1s".into())
            )))
        }),
        push: Some(|n| {
            let kind = Some(Kind::DurationNs(1));
            let elements = vec![pb::Scalar { kind }; n];
            pb::RouteMap {
                settings: vec![pb::SettingValue {
                    name: "delays".into(),
                    value: Some(Value::List(pb::ScalarList { elements })),
                }],
                ..overlay(1)
            }
        }),
        ..ROW
    },
    Row {
        what: "bytes of a push",
        max: 100,
        path: "map",
        limits: |limits| limits.push_bytes_max = 100,
        push: Some(|n| {
            let mut map = routed();
            map.reason = x(1);
            map.reason = x(1 + n - map.encoded_len());
            map
        }),
        ..ROW
    },
    Row {
        what: "consumers that a push refers to",
        max: CONSUMERS_MAX,
        path: "consumers",
        push: Some(|n| pb::RouteMap {
            consumers: distinct(n).collect(),
            ..routed()
        }),
        ..ROW
    },
    Row {
        what: "bytes of a reason",
        max: REASON_BYTES_MAX,
        path: "reason",
        push: Some(|n| pb::RouteMap {
            reason: x(n),
            ..routed()
        }),
        ..ROW
    },
    Row {
        what: "bytes of an owner",
        max: OWNER_BYTES_MAX,
        path: "lease.owner",
        push: Some(|n| lease(|lease| lease.owner = x(n))),
        ..ROW
    },
    Row {
        what: "bytes of the reason of a lease",
        max: REASON_BYTES_MAX,
        path: "lease.reason",
        push: Some(|n| lease(|lease| lease.reason = x(n))),
        ..ROW
    },
    Row {
        what: "bytes of the reason to force",
        max: REASON_BYTES_MAX,
        path: "force.reason",
        push: Some(|n| {
            let force = Some(pb::Force { reason: x(n) });
            pb::RouteMap { force, ..routed() }
        }),
        ..ROW
    },
    Row {
        what: "bytes of the id of a walk",
        max: RAMP_ID_BYTES_MAX,
        path: "ramp.id",
        push: Some(|n| pb::RouteMap {
            ramp: ramp(&x(n), 1, 2),
            ..routed()
        }),
        ..ROW
    },
    Row {
        what: "steps of a walk",
        max: RAMP_STEPS_MAX as usize,
        path: "ramp.steps",
        push: Some(|n| pb::RouteMap {
            ramp: ramp("w", 1, n as u32),
            ..routed()
        }),
        ..ROW
    },
    Row {
        what: "bake window",
        max: BAKE_MAX.as_millis() as usize,
        path: "guard.bake_ms",
        push: Some(|n| guard(|guard| guard.bake_ms = n as u64)),
        ..ROW
    },
    Row {
        what: "share of errors of a guard",
        max: SHARE_PPM_MAX as usize,
        path: "guard.error_ppm_max",
        push: Some(|n| guard(|guard| guard.error_ppm_max = Some(n as u32))),
        ..ROW
    },
    Row {
        what: "share of unrouted events of a guard",
        max: SHARE_PPM_MAX as usize,
        path: "guard.unrouted_ppm_max",
        push: Some(|n| guard(|guard| guard.unrouted_ppm_max = Some(n as u32))),
        ..ROW
    },
    Row {
        what: "jump of the version",
        max: VERSION_JUMP_MAX as usize,
        code: "version_jump",
        path: "version",
        push: Some(|n| pb::RouteMap {
            version: n as u64,
            ..routed()
        }),
        ..ROW
    },
    Row {
        what: "removals beyond the share that is free",
        max: 2,
        code: "removals",
        path: "allow_removals",
        limits: |limits| (limits.removals_free, limits.removals_percent_max) = (2, 0),
        push: Some(removing),
        ..ROW
    },
    Row {
        what: "removals, in percent of the ten routes",
        max: 3,
        code: "removals",
        path: "allow_removals",
        limits: |limits| (limits.removals_free, limits.removals_percent_max) = (0, 30),
        push: Some(removing),
        ..ROW
    },
    Row {
        what: "consumers",
        max: CONSUMERS_MAX,
        definition: Some(|n| {
            let consumers = join(n, "\n", |at| format!("  c{at}: {{ kafka: c }}"));
            format!("package: limits\nversion: 1\nconsumers:\n{consumers}\n")
        }),
        ..ROW
    },
    Row {
        what: "bytes of the name of a consumer",
        max: IDENT_BYTES_MAX,
        code: NAME,
        definition: Some(|n| {
            format!(
                "package: limits\nversion: 1\nconsumers: {{ {}: {{ kafka: c }} }}\n",
                x(n)
            )
        }),
        ..ROW
    },
    Row {
        what: "bytes of the path of a setting",
        max: IDENT_BYTES_MAX,
        code: NAME,
        definition: Some(|n| {
            settings(std::iter::once(format!(
                "{}: {{ type: int, default: 1 }}",
                x(n)
            )))
        }),
        ..ROW
    },
    Row {
        what: "settings",
        max: SETTINGS_MAX,
        definition: Some(|n| {
            settings(distinct(n).map(|s| format!("{s}: {{ type: int, default: 1 }}")))
        }),
        ..ROW
    },
    Row {
        what: "values of an enum",
        max: ENUM_VALUES_MAX,
        definition: Some(|n| {
            let values = join(n, ", ", |at| format!("v{at}"));
            a_setting(&format!("type: enum, values: [{values}], default: v0"))
        }),
        ..ROW
    },
    Row {
        what: "columns of a table",
        max: COLUMNS_MAX,
        definition: Some(|n| {
            let columns = join(n, ", ", |at| format!("{{ name: c{at}, type: int }}"));
            a_setting(&format!("type: table, columns: [{columns}], default: []"))
        }),
        ..ROW
    },
    Row {
        what: "rules",
        max: RULES_MAX,
        definition: Some(|n| {
            let rules = join(n, ", ", |_| "\"n >= 0\"".into());
            definition(&format!(
                "settings: {{ n: {{ type: int, default: 1 }} }}\nrules: [{rules}]"
            ))
        }),
        ..ROW
    },
    Row {
        what: "bytes of a rule",
        max: REASON_BYTES_MAX,
        code: "bad_rule",
        definition: Some(|n| rule(&format!("n >= 0{}", " ".repeat(n - "n >= 0".len())))),
        ..ROW
    },
];

/// What is said of too much of something: the code, the figures, the place.
#[derive(Debug, PartialEq)]
struct Verdict {
    path: String,
    value: Option<usize>,
    max: Option<usize>,
    message: String,
}

fn told(violations: &Violations, code: &str) -> Option<Verdict> {
    let violation = violations.list().iter().find(|v| v.code.as_str() == code)?;
    let fact = |name: &str| {
        let fact = violation.facts.iter().find(|fact| fact.name == name)?;
        match fact.value {
            Scalar::Int(value) => usize::try_from(value).ok(),
            _ => None,
        }
    };
    Some(Verdict {
        path: violation.path.to_string(),
        value: fact("value"),
        max: fact("max").or_else(|| fact("allowed").filter(|_| code == "removals")),
        message: violation.message.clone(),
    })
}

/// The first error of `check`.
fn checked(text: &str, limits: Limits) -> Option<Diagnostic> {
    let options = CheckOptions {
        limits,
        ..CheckOptions::strict(Date::parse("2026-01-01").unwrap())
    };
    let report = match load_text("routes.yaml", text) {
        Ok(loaded) => check(&loaded, &options).report,
        Err((_, report)) => report,
    };
    let mut sorted = report.sorted().into_iter();
    sorted
        .find(|diagnostic| diagnostic.severity == Severity::Error)
        .cloned()
}

/// The number, as it stands somewhere in a text.
fn says(text: &str, number: usize) -> bool {
    let mut words = text.split(|c: char| !c.is_ascii_digit());
    words.any(|word| word.parse() == Ok(number))
}

#[test]
fn every_limit_holds_everywhere_alike() {
    let mut wrong = Vec::new();
    for row in ROWS {
        let mut limits = Limits::DEFAULT;
        (row.limits)(&mut limits);
        for n in [row.max - 1, row.max, row.max + 1] {
            let beyond = n > row.max;
            let mut expect = |is: bool, what: &str, found: &dyn std::fmt::Debug| {
                if !is {
                    wrong.push(format!(
                        "{} ({n} of {}): {what}: {found:?}",
                        row.what, row.max
                    ));
                }
            };
            if let Some(text) = row.definition {
                let found = checked(&text(n), limits);
                expect(found.is_some() == beyond, "check", &found);
                if let Some(found) = &found {
                    expect(found.code == row.code, "code of check", found);
                    expect(found.primary.is_some(), "place of check", found);
                    let figures = says(&found.message, n) && says(&found.message, row.max);
                    expect(figures, "figures of check", found);
                }
            }
            if let Some(push) = row.push {
                let cell: Cell = RouteCell::with_limits(&fixture::TABLE, limits);
                let bytes = push(n).encode_to_vec();
                let tried = cell.dry_run_at(&bytes, at(1)).map(|a| a.after.version());
                let taken = cell.publish_at(&bytes, at(1)).map(|a| a.after.version());
                expect(tried == taken, "dry run and publish", &(&tried, &taken));
                // Consumers that the engine does not know are refused whatever their number.
                let strict = row.max != CONSUMERS_MAX;
                expect(taken.is_err() == beyond || !strict, "publish", &taken);
                let verdict = taken
                    .err()
                    .and_then(|refused| told(&refused.violations, row.code));
                expect(verdict.is_some() == beyond, "verdict of publish", &verdict);
                if let Some(verdict) = &verdict {
                    expect(verdict.path.starts_with(row.path), "path", verdict);
                    expect(verdict.value == Some(n), "value", verdict);
                    // How many may go without asking is a share; it is not a number to keep to.
                    let max = if row.code == "removals" { 0 } else { row.max };
                    expect(verdict.max == Some(max), "max", verdict);
                    if row.code != "bad_share" {
                        expect(says(&verdict.message, n), "figure", verdict);
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is told while the text is read: no figure but the limit, for the rest is not read.
#[test]
fn nodes_and_depth_of_rules() {
    let deep = |depth: usize| format!("{}n >= 0{}", "!(".repeat(depth - 2), ")".repeat(depth - 2));
    assert_eq!((RULE_NODES_MAX, RULE_DEPTH_MAX), (64, 16));
    let conjunction = |nodes: usize| {
        // Three nodes a comparison, and one for each `&&`; balanced, so that it is not deep.
        assert_eq!(nodes % 4, 3);
        fn half(n: usize) -> String {
            match n {
                1 => "n >= 0".to_owned(),
                n => format!("({} && {})", half(n / 2), half(n - n / 2)),
            }
        }
        half(nodes.div_ceil(4))
    };

    for (what, text, said) in [
        ("63 nodes", conjunction(63), None),
        (
            "64 nodes",
            format!("!({})", conjunction(63)),
            Some("does not hold"),
        ),
        (
            "65 nodes",
            format!("!(!({}))", conjunction(63)),
            Some("more than 64 nodes"),
        ),
        ("depth 15", deep(15), Some("does not hold")),
        ("depth 16", deep(16), None),
        ("depth 17", deep(17), Some("nested more than 16 deep")),
    ] {
        let found = checked(&rule(&text), Limits::DEFAULT).map(|d| d.message);
        match (said, &found) {
            (None, None) => {}
            (Some(said), Some(found)) if found.contains(said) => {}
            _ => panic!("{what}: {found:?}, not {said:?}"),
        }
    }
}

#[test]
fn a_share_above_the_whole_is_no_share() {
    let mirror = |share: &str| {
        checked(
            &a_route(&format!("to: audit, mirror: {{ loot: {share} }}")),
            Limits::DEFAULT,
        )
    };
    assert_eq!(mirror("99.9999%"), None);
    assert_eq!(mirror("100%"), None);
    let refused = mirror("100.0001%").unwrap();
    assert!(
        refused.message.contains("100%") && refused.primary.is_some(),
        "{refused:?}"
    );
}

/// An image is as large as what it holds, so the limit is moved and not the content.
#[test]
fn bytes_of_an_image() {
    let text = a_route("to: loot");
    let loaded = load_text("routes.yaml", &text).unwrap();
    let options = CheckOptions::strict(Date::parse("2026-01-01").unwrap());
    let size = check(&loaded, &options).table.unwrap().as_image().len();
    let bytes = routed().encode_to_vec();
    let table = fixture::TABLE.raw().overridden(&bytes, &Limits::DEFAULT);
    let pushed = table.unwrap().as_image().len();
    for spare in [1, 0, -1] {
        let mut limits = Limits::DEFAULT;
        limits.image_bytes_max = size.saturating_add_signed(spare);
        let found = checked(&text, limits);
        assert_eq!(found.is_some(), spare < 0, "{found:?}");
        if let Some(found) = found {
            assert_eq!(found.code, "limit");
            assert!(says(&found.message, size) && says(&found.message, limits.image_bytes_max));
        }
        limits.image_bytes_max = pushed.saturating_add_signed(spare);
        let cell: Cell = RouteCell::with_limits(&fixture::TABLE, limits);
        let tried = cell.dry_run_at(&bytes, at(1)).map(|a| a.after.version());
        let taken = cell.publish_at(&bytes, at(1)).map(|a| a.after.version());
        assert_eq!(tried, taken);
        assert_eq!(taken.is_err(), spare < 0);
        if let Err(refused) = taken {
            let verdict = told(&refused.violations, "limit").unwrap();
            assert_eq!(
                (verdict.value, verdict.max),
                (Some(pushed), Some(pushed - 1))
            );
        }
    }
}

/// Not limits of what may be said, but of what is told and kept.
#[test]
fn what_is_listed_and_what_is_kept() {
    for n in [VIOLATIONS_MAX - 1, VIOLATIONS_MAX, VIOLATIONS_MAX + 1] {
        let unknown = |map, at: usize| set(map, &format!("unknown_{at}"), Kind::BoolValue(true));
        let map = (0..n).fold(overlay(1), unknown);
        let cell = routewright_tests::pushes::cell();
        let refused = cell.publish(&map.encode_to_vec()).unwrap_err().violations;
        assert_eq!(
            (refused.list().len(), refused.count()),
            (n.min(VIOLATIONS_MAX), n)
        );
        let more = format!("(and {} more)", n.saturating_sub(VIOLATIONS_MAX));
        assert_eq!(refused.to_string().contains(&more), n > VIOLATIONS_MAX);
    }
    for n in [SHOWN_BYTES_MAX - 1, SHOWN_BYTES_MAX, SHOWN_BYTES_MAX + 1] {
        let map = set(overlay(1), &x(n), Kind::BoolValue(true));
        let cell = routewright_tests::pushes::cell();
        let refused = cell.publish(&map.encode_to_vec()).unwrap_err().violations;
        let shown = refused.to_string();
        assert_eq!(shown.contains(&x(n)), n <= SHOWN_BYTES_MAX, "{shown}");
        assert_eq!(shown.contains("..."), n > SHOWN_BYTES_MAX, "{shown}");
    }
    let mut limits = Limits::DEFAULT;
    limits.generations_max = 3;
    let cell: Cell = RouteCell::with_limits(&fixture::TABLE, limits);
    for n in 1..=4 {
        let map = pb::RouteMap {
            version: n as u64,
            ..routed()
        };
        cell.publish(&map.encode_to_vec()).unwrap();
        assert_eq!(cell.status().kept.len(), n.min(3));
    }
    let cell = routewright_tests::pushes::cell();
    for n in 1..=QUARANTINED_MAX + 1 {
        cell.quarantine(routewright::Digest::of(&n.to_le_bytes()));
        assert_eq!(cell.status().quarantined.len(), n.min(QUARANTINED_MAX));
    }
}
