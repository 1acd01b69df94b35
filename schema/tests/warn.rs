//! What is said of definitions that work, but are probably not meant so; and who says
//! how bad it is.

use routewright_schema::check::{CheckOptions, check};
use routewright_schema::diagnostic::Severity;
use routewright_schema::load::load_text;
use routewright_schema::value::Date;

const HEAD: &str =
    "package: shop\nversion: 1\nconsumers: { loot: { kafka: loot.v2 }, audit: { kafka: audit } }\n";

#[test]
fn warnings() {
    let rows: &[(&str, &[&str])] = &[
        ("routes: { a: { to: [loot, audit] } }", &[]),
        ("routes: { a: { to: loot } }", &["unused_consumer"]),
        ("routes: { a: { to: loot, mirror: audit } }", &[]),
        (
            "routes: { a: { to: [loot, audit], split: { audit: 1 } } }",
            &["delivered_twice"],
        ),
        (
            "routes: { a: { to: loot, split: { audit: 1, loot: 1 }, mirror: { audit: 1%, loot: 1% } } }",
            &["delivered_twice"; 3],
        ),
        (
            "routes: { 'a. b': { to: loot }, 'c .*': { to: audit }, 'd e.f': { drop: x } }\nevents: ['c .x']",
            &["stray_blank"; 3],
        ),
        (
            "routes: { a: { to: loot } }\nfallback: { split: { audit: 1 } }",
            &[],
        ),
        (
            "routes: { a: { to: loot, deprecated: use b, expires: 2026-06-01 } }\nfallback: { to: audit }",
            &["deprecated"],
        ),
        (
            "routes: { a: { to: loot, expires: 2026-05-31 } }\nfallback: { to: audit }",
            &["expired"],
        ),
        (
            "routes: { a: { to: [loot, audit] } }\nsettings: { n: { type: int, default: 1, expires: 2020-01-01 } }",
            &["expired"],
        ),
        (
            "routes: { a: { to: [loot, audit] } }\nevents: [b, c]",
            &["unrouted", "unrouted"],
        ),
        (
            "routes: { a: { to: [loot, audit] }, b: { to: loot, enabled: false } }",
            &["unrouted"],
        ),
        (
            "routes: { a: { to: [loot, audit] }, b: { to: loot, enabled: false }, b.*: { drop: x } }\nevents: [b.c]",
            &["unrouted"],
        ),
        // General, and its special case; crossing, with a rank; as before, and one event left.
        (
            "routes: { a.**: { to: loot }, a.*.b: { to: audit } }\nevents: [a.x.b]",
            &[],
        ),
        (
            "routes: { a.*: { to: loot }, '*.b': { to: audit, rank: 1 } }\nevents: [a.b]",
            &["shadowed"],
        ),
        (
            "routes: { a.*: { to: loot }, '*.b': { to: audit, rank: 1 } }\nevents: [a.b, a.c]",
            &[],
        ),
        // It meets none; or only one that has a route of its own.
        (
            "routes: { a.*: { to: loot }, '*.b': { to: audit, rank: 1 } }\nevents: [c.b]",
            &[],
        ),
        (
            "routes: { a.*: { to: loot }, '*.b': { to: audit, rank: 1 }, a.b: { drop: x } }",
            &[],
        ),
        (
            "routes: { a.b: { to: [loot, audit] }, A.b: { drop: x } }",
            &["look_alike"],
        ),
    ];
    let strict = CheckOptions::strict(Date::new(2026, 6, 1).unwrap());
    let lax = CheckOptions {
        expired: Severity::Warning,
        unrouted: Severity::Warning,
        ..strict.clone()
    };
    for (text, codes) in rows {
        let loaded = load_text("a.yaml", &format!("{HEAD}{text}\n"))
            .unwrap_or_else(|(sources, report)| panic!("{}", report.render(&sources, false)));
        let checked = check(&loaded, &lax);
        let found: Vec<&str> = checked.report.sorted().iter().map(|d| d.code).collect();
        assert_eq!(&found, codes, "{text}");
        assert!(
            checked.table.is_some() && checked.report.errors() == 0,
            "{text}"
        );
        let hard = codes
            .iter()
            .filter(|code| matches!(**code, "expired" | "unrouted"))
            .count();
        assert_eq!(check(&loaded, &strict).report.errors(), hard, "{text}");
    }
}
