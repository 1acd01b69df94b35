//! Tables built by hand, asked by name, by position and through patterns.

use std::time::Duration;

use routewright::{
    Builder, CatalogSpec, Form, Instr, Kind, Limits, Op, Origin, Outcome, Policy, Priority,
    RouteSpec, RouteTable, RuleSpec, Scalar, SettingSpec, Step,
};

fn spec() -> CatalogSpec<'static> {
    let setting = |name, kind, default| SettingSpec {
        name,
        kind,
        form: Form::One,
        min: None,
        max: None,
        step: None,
        cooldown_ns: 0,
        words: Vec::new(),
        columns: Vec::new(),
        default: vec![default],
    };
    CatalogSpec {
        events: vec![
            "map.loaded",
            "player.joined",
            "treasure.item.found",
            "treasure.item.sold",
        ],
        consumers: vec!["audit", "loot", "shadow"],
        settings: vec![
            SettingSpec {
                min: Some(Scalar::Float(0.01)),
                max: Some(Scalar::Float(1.0)),
                step: Some(Step::Factor(2.0)),
                ..setting("spawn_rate", Kind::Float, Scalar::Float(0.3))
            },
            setting("name", Kind::String, Scalar::String("ø hunt")),
            SettingSpec {
                words: vec!["error", "info"],
                ..setting("log", Kind::Enum, Scalar::Enum("info"))
            },
            SettingSpec {
                form: Form::List,
                default: vec![Scalar::Duration(1), Scalar::Duration(2)],
                ..setting("delays", Kind::Duration, Scalar::Duration(0))
            },
            SettingSpec {
                form: Form::Table,
                columns: vec![("item", Kind::String), ("weight", Kind::Int)],
                default: vec![
                    Scalar::String("gem"),
                    Scalar::Int(5),
                    Scalar::String("dust"),
                    Scalar::Int(95),
                ],
                ..setting("loot", Kind::String, Scalar::Int(0))
            },
        ],
        rules: vec![RuleSpec {
            text: "spawn_rate <= 0.5",
            code: vec![
                Instr::Setting("spawn_rate"),
                Instr::Literal(Scalar::Float(0.5)),
                Instr::Op(Op::Le),
            ],
        }],
    }
}

const POLICY: Policy = Policy {
    timeout: Some(Duration::from_millis(50)),
    retries: 0,
    retry_delay: None,
    priority: Priority::High,
};

fn builder() -> Builder<'static> {
    let mut builder = Builder::new(spec(), Limits::DEFAULT);
    builder.route(
        "treasure.item.found",
        &RouteSpec {
            to: &[1, 0],
            policy: POLICY,
            retries: 3,
            ..RouteSpec::default()
        },
    );
    builder.route(
        "treasure.item.sold",
        &RouteSpec {
            split: &[(1, 95), (0, 5)],
            mirror: &[(2, 10_000)],
            ..RouteSpec::default()
        },
    );
    builder.route(
        "player.*",
        &RouteSpec {
            to: &[0],
            ..RouteSpec::default()
        },
    );
    builder.route(
        "player.**",
        &RouteSpec {
            to: &[1],
            ..RouteSpec::default()
        },
    );
    builder.route(
        "map.**",
        &RouteSpec {
            drop: Some("cosmetic"),
            ..RouteSpec::default()
        },
    );
    builder
}

#[test]
fn lookups() {
    let table = builder().finish().unwrap();
    RouteTable::open(table.as_image()).unwrap();

    let found = table.find("treasure.item.found").unwrap();
    assert_eq!(found.outcome(), Outcome::Deliver);
    assert_eq!(found.consumers().collect::<Vec<_>>(), [1, 0]);
    assert_eq!(
        found.policy(),
        Policy {
            retries: 3,
            ..POLICY
        }
    );
    assert_eq!(found.origin(), Origin::Own);
    assert_eq!(found.event(), Some(2));

    let sold = table.at(3).unwrap();
    assert_eq!(sold.name(), "treasure.item.sold");
    assert_eq!(sold.arms().collect::<Vec<_>>(), [(0, 5), (1, 95)]);
    assert_eq!(sold.shares().collect::<Vec<_>>(), [(2, 10_000)]);

    // name, outcome, consumers, via
    type Row = (
        &'static str,
        Outcome<'static>,
        &'static [u16],
        Option<&'static str>,
    );
    let rows: &[Row] = &[
        ("player.joined", Outcome::Deliver, &[0], Some("player.*")),
        ("map.loaded", Outcome::Drop("cosmetic"), &[], Some("map.**")),
        ("player.left", Outcome::Deliver, &[0], Some("player.*")),
        (
            "player.left.early",
            Outcome::Deliver,
            &[1],
            Some("player.**"),
        ),
        ("map.x.y.z", Outcome::Drop("cosmetic"), &[], Some("map.**")),
    ];
    for (name, outcome, consumers, via) in rows {
        let route = table.find(name).unwrap();
        assert_eq!(route.outcome(), *outcome, "{name}");
        assert_eq!(route.consumers().collect::<Vec<_>>(), *consumers, "{name}");
        assert_eq!(route.via(), *via, "{name}");
        assert_eq!(route.name(), *name);
    }
    for nobody in [
        "",
        "player",
        "player.*",
        "map.**",
        "other",
        "player..x",
        &"x".repeat(200),
    ] {
        assert!(table.find(nobody).is_none(), "{nobody}");
    }
}

#[test]
fn settings() {
    let table = builder().finish().unwrap();
    let catalog = table.catalog();
    let values = table.values();
    let at = |name| catalog.setting_index(name).unwrap();
    assert_eq!(values.float(at("spawn_rate")), 0.3);
    assert_eq!(values.str(at("name")), "ø hunt");
    assert_eq!(values.word(at("log")), 1);
    let delays = values.list(at("delays"));
    assert_eq!(
        (delays.len(), delays.duration(1)),
        (2, Duration::from_nanos(2))
    );
    let rows: Vec<(&str, i64)> = values
        .rows(at("loot"), 2)
        .map(|r| (r.str(0), r.int(1)))
        .collect();
    assert_eq!(rows, [("gem", 5), ("dust", 95)]);
    assert_eq!(
        catalog.setting(at("spawn_rate")).unwrap().step(),
        Some(Step::Factor(2.0))
    );
    assert_eq!(values.scalars(at("loot")).count(), 4);
}

#[test]
fn the_same_content_gives_the_same_bytes() {
    assert_eq!(
        builder().finish().unwrap().as_image(),
        builder().finish().unwrap().as_image()
    );
}

#[test]
fn fallback_answers_last() {
    let mut builder = builder();
    builder.fallback(&RouteSpec {
        to: &[2],
        ..RouteSpec::default()
    });
    let table = builder.finish().unwrap();
    RouteTable::open(table.as_image()).unwrap();
    for (name, origin) in [
        ("nobody.knows", Origin::Fallback),
        ("map.loaded", Origin::Pattern),
        ("player", Origin::Fallback),
    ] {
        assert_eq!(table.find(name).unwrap().origin(), origin, "{name}");
    }
}

#[test]
fn what_is_refused() {
    type Change = fn(&mut Builder<'static>);
    let rows: &[(&str, Change)] = &[
        ("tie", |b| {
            b.route(
                "*.joined",
                &RouteSpec {
                    to: &[0],
                    ..RouteSpec::default()
                },
            )
        }),
        ("dead_pattern", |b| {
            b.route(
                "player.*.**",
                &RouteSpec {
                    to: &[0],
                    rank: -1,
                    ..RouteSpec::default()
                },
            );
        }),
        ("duplicate", |b| {
            b.route(
                "player.*",
                &RouteSpec {
                    to: &[0],
                    ..RouteSpec::default()
                },
            )
        }),
        ("duplicate", |b| {
            b.route(
                "a",
                &RouteSpec {
                    to: &[0, 0],
                    ..RouteSpec::default()
                },
            )
        }),
        ("no_target", |b| {
            b.route(
                "a",
                &RouteSpec {
                    mirror: &[(0, 1)],
                    ..RouteSpec::default()
                },
            )
        }),
        ("drop_with_target", |b| {
            b.route(
                "a",
                &RouteSpec {
                    to: &[0],
                    drop: Some(""),
                    ..RouteSpec::default()
                },
            )
        }),
        ("bad_weight", |b| {
            b.route(
                "a",
                &RouteSpec {
                    split: &[(0, 0)],
                    ..RouteSpec::default()
                },
            )
        }),
        ("bad_weight", |b| {
            b.route(
                "a",
                &RouteSpec {
                    split: &[(0, 65_535), (1, 1)],
                    ..RouteSpec::default()
                },
            )
        }),
        ("bad_share", |b| {
            b.route(
                "a",
                &RouteSpec {
                    to: &[0],
                    mirror: &[(1, 1_000_001)],
                    ..RouteSpec::default()
                },
            )
        }),
        ("limit", |b| {
            b.route(
                "a",
                &RouteSpec {
                    to: &[0],
                    retries: 101,
                    ..RouteSpec::default()
                },
            )
        }),
        ("rank_without_pattern", |b| {
            b.route(
                "a",
                &RouteSpec {
                    to: &[0],
                    rank: 1,
                    ..RouteSpec::default()
                },
            )
        }),
        ("unknown_consumer", |b| {
            b.route(
                "a",
                &RouteSpec {
                    to: &[99],
                    ..RouteSpec::default()
                },
            )
        }),
        ("limit", |b| {
            b.route(
                "a",
                &RouteSpec {
                    to: &[0],
                    policy: Policy {
                        retries: 101,
                        ..Policy::default()
                    },
                    ..RouteSpec::default()
                },
            )
        }),
        ("bad_name", |b| {
            b.route(
                "a.**.b",
                &RouteSpec {
                    to: &[0],
                    ..RouteSpec::default()
                },
            )
        }),
    ];
    for (code, change) in rows {
        let mut builder = builder();
        change(&mut builder);
        let violations = builder.finish().unwrap_err();
        assert_eq!(violations.list()[0].code.as_str(), *code, "{violations}");
        assert_eq!(violations.count(), 1, "{violations}");
    }
}

#[test]
fn settings_that_are_refused() {
    type Change = fn(&mut CatalogSpec<'static>);
    let rows: &[(&str, Change)] = &[
        ("above_max", |s| {
            s.settings[0].default = vec![Scalar::Float(1.5)]
        }),
        ("below_min", |s| {
            s.settings[0].default = vec![Scalar::Float(0.0)]
        }),
        ("wrong_type", |s| {
            s.settings[0].default = vec![Scalar::Int(1)]
        }),
        ("wrong_type", |s| {
            s.settings[0].default = vec![Scalar::Float(f64::NAN)]
        }),
        ("wrong_type", |s| s.settings[4].default.truncate(3)),
        ("not_a_value", |s| {
            s.settings[2].default = vec![Scalar::Enum("loud")]
        }),
        ("bad_setting", |s| s.settings[0].min = None),
        ("bad_setting", |s| {
            s.settings[0].min = Some(Scalar::Float(2.0))
        }),
        ("bad_setting", |s| s.settings[2].min = Some(Scalar::Int(2))),
        ("rule", |s| s.settings[0].default = vec![Scalar::Float(0.6)]),
        ("bad_rule", |s| s.rules[0].code.truncate(2)),
        ("duplicate", |s| s.consumers.push("loot")),
        ("duplicate", |s| s.events.push("map.loaded")),
    ];
    for (code, change) in rows {
        let mut spec = spec();
        change(&mut spec);
        let violations = Builder::new(spec, Limits::DEFAULT).finish().unwrap_err();
        assert_eq!(violations.list()[0].code.as_str(), *code, "{violations}");
    }
}

#[test]
fn picks_are_sticky_and_follow_the_weights() {
    let table = |loot: u32| {
        let mut builder = Builder::new(spec(), Limits::DEFAULT);
        builder.route(
            "treasure.item.sold",
            &RouteSpec {
                split: &[(0, 100), (1, loot)],
                ..RouteSpec::default()
            },
        );
        builder.finish().unwrap()
    };
    let (before, after) = (table(100), table(300));
    let mut share = 0;
    for key in 0..20_000u32 {
        let pick = |t: &RouteTable<_>| {
            t.find("treasure.item.sold")
                .unwrap()
                .pick(&key.to_le_bytes())
                .unwrap()
        };
        let (a, b) = (pick(&before), pick(&after));
        assert!(a == b || b == 1, "a key moved away from the arm that grew");
        share += u32::from(b == 1);
    }
    assert!(
        (14_600..15_400).contains(&share),
        "{share} of 20,000 keys, not 3 in 4"
    );
}

/// Part of the format: these never change.
#[test]
fn pick_vectors() {
    let table = builder().finish().unwrap();
    let picks: Vec<u16> = (0..16)
        .map(|i| {
            table
                .at(3)
                .unwrap()
                .pick(format!("player-{i}").as_bytes())
                .unwrap()
        })
        .collect();
    let mirrored: Vec<usize> = (0..300)
        .filter(|i| {
            table
                .at(3)
                .unwrap()
                .mirrors(format!("player-{i}").as_bytes())
                .count()
                == 1
        })
        .collect();
    assert_eq!(picks, [1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
    assert_eq!(mirrored, [198, 259]);
}

#[test]
fn an_image_with_a_flipped_byte_never_panics() {
    let image = builder().finish().unwrap().as_image().to_vec();
    let mut opened = 0;
    for at in 0..image.len() {
        for bit in 0..8 {
            let mut bad = image.clone();
            bad[at] ^= 1 << bit;
            if let Ok(table) = RouteTable::open(&bad[..]) {
                opened += 1;
                for entry in table.entries() {
                    let route = entry.route;
                    let _ = (
                        route.outcome(),
                        route.policy(),
                        route.via(),
                        route.pick(b"k"),
                    );
                    let _ = route.consumers().chain(route.mirrors(b"k")).count();
                }
                let _ = (0..table.catalog().settings())
                    .map(|s| table.values().scalars(s).count())
                    .sum::<usize>();
            }
        }
    }
    assert!(
        opened > 0,
        "some flips (a rank, a value) give another good image"
    );
    // The fingerprint, at byte 16, is checked as well.
    let mut bad = image.clone();
    bad[16] ^= 1;
    let why = RouteTable::open(&bad[..]).unwrap_err().to_string();
    assert!(why.contains("fingerprint"), "{why}");
    for length in 0..image.len() {
        assert!(
            RouteTable::open(&image[..length]).is_err(),
            "cut at {length}"
        );
    }
}
