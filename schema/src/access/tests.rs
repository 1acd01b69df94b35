use super::{Glob, Rights, Role, Rules};

fn rules(text: &str) -> Rules {
    Rules::read("allow.yaml", text).unwrap_or_else(|(sources, report)| {
        panic!("{text}\n{}", report.render(&sources, false));
    })
}

/// `who`, the name in a certificate, and what the `*` stands for.
#[test]
fn a_star_stays_in_its_part() {
    let rows: &[(&str, &str, Option<&str>)] = &[
        ("alice", "alice", Some("alice")),
        ("alice", "alice2", None),
        ("alice", "Alice", None),
        (
            "*",
            "spiffe://shop/engine/1",
            Some("spiffe://shop/engine/1"),
        ),
        (
            "spiffe://shop/engine/*",
            "spiffe://shop/engine/web.1",
            Some("web.1"),
        ),
        ("spiffe://shop/engine/*", "spiffe://shop/engine/", None),
        ("spiffe://shop/engine/*", "spiffe://shop/engine/a/b", None),
        ("spiffe://*/engine", "spiffe://shop/evil/engine", None),
        ("*.engines.shop", "web-1.engines.shop", Some("web-1")),
        ("*.engines.shop", "a.b.engines.shop", None),
        ("*.engines.shop", "engines.shop", None),
        ("web-*-x", "web-x", None),
        ("web-*-x", "web-1-x", Some("1")),
    ];
    for (who, identity, expected) in rows {
        let glob = Glob::of(who).unwrap();
        assert_eq!(
            glob.star_of_identity(identity),
            *expected,
            "{who} {identity}"
        );
    }
    assert_eq!(Glob::of("a*b*"), None);
}

#[test]
fn what_is_allowed_by_several_rules_adds_up() {
    let rules = rules(
        "allow:
- { who: deploy, push: { events: [treasure.*, map.loaded], settings: rate } }
- { who: 'dep*', push: { fallback: true, settings: ['pace.**'] } }
- { who: root, push: everything }
- { who: reader, read: true }
",
    );
    let deploy = rules.of("deploy");
    let rows = [
        ("route", "treasure.found", true),
        ("route", "treasure.*", true),
        ("route", "treasure.**", false),
        ("route", "treasure.a.b", false),
        ("route", "map.loaded", true),
        ("route", "map.*", false),
        ("route", "**", false),
        ("route", "rate", false),
        ("setting", "rate", true),
        ("setting", "rates", false),
        ("setting", "pace.a.b", true),
        ("setting", "pace", false),
        ("fallback", "", true),
        ("something new", "rate", false),
    ];
    for (kind, name, expected) in rows {
        assert_eq!(deploy.may_change(kind, name), expected, "{kind} {name}");
    }
    assert!(!deploy.may_change_all());
    assert!(rules.of("root").may_change_all());
    assert!(rules.of("root").may_change("something new", ""));
    let roles = |who| [Role::Read, Role::Watch, Role::Push].map(|role| rules.of(who).has(role));
    assert_eq!(roles("deploy"), [true, false, true]);
    assert_eq!(roles("reader"), [true, false, false]);
    assert_eq!(roles("nobody"), [false, false, false]);
    assert_eq!(rules.of("nobody"), Rights::default());
}

/// A rule lets somebody force what that rule names, and nothing that others name.
#[test]
fn force_stays_in_its_rule() {
    let rules = rules(
        "allow:
- { who: oncall, push: { settings: ['pace.*'], force: true } }
- { who: oncall, push: { settings: [rate], events: [map.loaded], fallback: true } }
- { who: careful, push: { settings: [rate], force: false } }
- { who: root, push: everything }
",
    );
    // Who, what; whether they may change it, and force it.
    let rows = [
        ("oncall", "setting", "pace.a", true, true),
        ("oncall", "setting", "rate", true, false),
        ("oncall", "route", "map.loaded", true, false),
        ("oncall", "fallback", "", true, false),
        ("careful", "setting", "rate", true, false),
        ("root", "setting", "rate", true, true),
        ("nobody", "setting", "rate", false, false),
    ];
    for (who, kind, name, change, force) in rows {
        let rights = rules.of(who);
        let found = (rights.may_change(kind, name), rights.may_force(kind, name));
        assert_eq!(found, (change, force), "{who} {kind} {name}");
    }
}

#[test]
fn which_engine_somebody_may_be() {
    let rules = rules(
        "allow:
- { who: 'spiffe://shop/engine/*', watch: same }
- { who: web-1, watch: same }
- { who: 'pool-*', watch: web-* }
- { who: test, watch: any }
",
    );
    let rows = [
        ("spiffe://shop/engine/web-1", "web-1", true),
        ("spiffe://shop/engine/web-1", "web-2", false),
        (
            "spiffe://shop/engine/web-1",
            "spiffe://shop/engine/web-1",
            false,
        ),
        ("web-1", "web-1", true),
        ("web-1", "web-2", false),
        ("pool-a", "web-7", true),
        ("pool-a", "web-", false),
        ("pool-a", "db-7", false),
        ("test", "whatever", true),
        ("nobody", "nobody", false),
    ];
    for (who, name, expected) in rows {
        assert_eq!(rules.of(who).may_watch_as(name), expected, "{who} {name}");
    }
}

/// Texts, and the line, column, code and part of the message of what is wrong. Whatever is
/// wrong, nothing of it is taken.
#[test]
fn what_is_wrong_has_a_place() {
    let rows: &[(&str, usize, usize, &str, &str)] = &[
        ("", 1, 1, "empty", "says nothing"),
        ("alow: []", 1, 1, "unknown_key", "`alow`"),
        ("allow: x", 1, 8, "wrong_shape", "a list of rules"),
        ("allow:\n- read: true", 2, 3, "no_value", "`who`"),
        (
            "allow:\n- who: a",
            2,
            3,
            "no_value",
            "does not allow anything",
        ),
        (
            "allow:\n- { who: a, read: false }",
            2,
            3,
            "no_value",
            "does not allow anything",
        ),
        (
            "allow:\n- { who: a, read: yes }",
            2,
            19,
            "bad_value",
            "`true` or `false`",
        ),
        (
            "allow:\n- { who: 'a*b*', read: true }",
            2,
            10,
            "bad_value",
            "more than one `*`",
        ),
        (
            "allow:\n- { who: '', read: true }",
            2,
            10,
            "bad_value",
            "is empty",
        ),
        (
            "allow:\n- { who: \"a\\u202Eb\", read: true }",
            2,
            10,
            "bad_value",
            "cannot be seen",
        ),
        (
            "allow:\n- { who: a, puch: everything }",
            2,
            13,
            "unknown_key",
            "`puch`",
        ),
        (
            "allow:\n- { who: a, push: everythin }",
            2,
            19,
            "wrong_shape",
            "`push`",
        ),
        (
            "allow:\n- { who: a, push: { } }",
            2,
            19,
            "no_value",
            "does not allow anything",
        ),
        (
            "allow:\n- { who: a, push: { force: true } }",
            2,
            19,
            "no_value",
            "does not allow anything",
        ),
        (
            "allow:\n- { who: a, push: { settings: a, force: 1 } }",
            2,
            41,
            "bad_value",
            "`true` or `false`",
        ),
        (
            "allow:\n- { who: a, push: { events: ['a*'] } }",
            2,
            30,
            "half_pattern",
            "whole segment",
        ),
        (
            "allow:\n- { who: a, push: { events: ['**.a'] } }",
            2,
            30,
            "bad_name",
            "`**.a`",
        ),
        (
            "allow:\n- { who: a, push: { settings: [] , event: a } }",
            2,
            36,
            "unknown_key",
            "`event`",
        ),
        (
            "allow:\n- &x { who: a, read: true }",
            2,
            3,
            "anchor",
            "anchor",
        ),
        (
            "allow:\n- { who: a, who: b, read: true }",
            2,
            13,
            "duplicate",
            "`who`",
        ),
        ("allow: [\n", 2, 1, "syntax", ""),
    ];
    for (text, line, column, code, message) in rows {
        let (sources, report) = Rules::read("allow.yaml", text).expect_err(text);
        let first = report.sorted()[0];
        let place = sources.line_column(first.primary.unwrap());
        assert_eq!(
            (place, first.code),
            ((*line, *column), *code),
            "{text}: {first:?}"
        );
        assert!(first.message.contains(message), "{text}: {}", first.message);
    }
    let many = format!("allow:\n{}", "- { who: a, read: true }\n".repeat(10_001));
    let (_, report) = Rules::read("allow.yaml", &many).unwrap_err();
    assert_eq!(report.sorted()[0].code, "limit");
}
