//! What programs do with generated code: several catalogs in one, names to values and
//! back, and every setting read for what the definition says.

#![deny(warnings)]

use std::time::Duration;

use routewright::{Origin, Outcome, Timestamp};

mod everything {
    include!("generated/everything/routes.rs");
}

mod kinds {
    include!("generated/kinds/routes.rs");
}

mod nasty {
    include!("generated/nasty/routes.rs");
}

mod empty {
    include!("generated/empty/routes.rs");
}

fn at(seconds: i64, nanos: u32) -> Timestamp {
    Timestamp { seconds, nanos }
}

/// Of one catalog: each name is its value, written and parsed; others are none.
macro_rules! names_are_themselves {
    ($catalog:ident) => {{
        use $catalog::{Consumer, Event, TABLE};
        for (position, event) in Event::ALL.iter().copied().enumerate() {
            let name = event.as_str();
            assert_eq!(name.parse(), Ok(event), "{name}");
            assert_eq!(event.to_string(), name);
            assert_eq!(format!("{event:?}"), name);
            let route = TABLE.get(event);
            assert_eq!((route.name(), route.event()), (name, Some(event)));
            assert_eq!(TABLE.find(name).and_then(|r| r.event()), Some(event));
            let index = <$catalog::Catalog as routewright::Catalog>::index(event);
            assert_eq!(index, position, "{name}");
        }
        for consumer in Consumer::ALL.iter().copied() {
            let name = consumer.as_str();
            assert_eq!(name.parse(), Ok(consumer), "{name}");
            assert_eq!(consumer.to_string(), name);
            assert_eq!(format!("{consumer:?}"), name);
        }
        for name in ["", "never.declared", "Never", "*", "**", "\0"] {
            assert_eq!(
                name.parse::<Event>(),
                Err(routewright::UnknownName),
                "{name:?}"
            );
            assert_eq!(
                name.parse::<Consumer>(),
                Err(routewright::UnknownName),
                "{name:?}"
            );
        }
        let names: Vec<&str> = Event::ALL.iter().map(|e| e.as_str()).collect();
        names
    }};
}

#[test]
fn names_and_back() {
    let everything = [
        "a/b:c d",
        "null",
        "order.created",
        "order.lost",
        "order.off",
        "order.paid",
        "order.refunded",
        "order.shipped",
        "order.unrouted_by_name",
        "øst.é",
    ];
    assert_eq!(names_are_themselves!(everything), everything);
    assert_eq!(names_are_themselves!(kinds), [""; 0]);
    assert_eq!(names_are_themselves!(empty), [""; 0]);
    let nasty = names_are_themselves!(nasty);
    let long = ["n".repeat(128), "n".repeat(127) + "m", "🦀".repeat(32)];
    let names = [
        "self",
        "Self",
        "super",
        "crate",
        "type",
        "loop",
        "err",
        "a.l.l",
        "all",
        "RS.EMPTY_COUNT",
        "RS_EMPTY.COUNT",
        "rs.empty_count",
        "rs_empty.count",
        "a.b_c",
        "a_b.c",
        "a-b.c",
        "a/b:c",
        "two words",
        "two  words",
        "1up.player",
        "quote\"",
        "quote'",
        "back\\slash",
        "*/",
        "/*",
        "//",
        "{}",
        "{event}",
        "#![no_std]",
        "r\"#",
        "```",
        "ünï.cödé",
        "事件.名前",
        "事件.名",
    ];
    for name in names.into_iter().chain(long.iter().map(String::as_str)) {
        assert!(nasty.contains(&name), "{name}");
    }
}

/// The variants that programs write, because their spelling is a promise.
#[test]
fn spellings_stay() {
    use nasty::{Consumer as C, Event as E};
    for (event, name) in [
        (E::Super, "super"),
        (E::Crate, "crate"),
        (E::Type, "type"),
        (E::Loop, "loop"),
        (E::All, "all"),
        (E::Ok, "ok"),
        (E::None, "none"),
        (E::Self_3dc922, "self"),
        (E::Self_7665fb, "Self"),
        (E::ALL_7c2e1c, "a.l.l"),
        (E::RsEmptyCount_a1a2b3, "RS.EMPTY_COUNT"),
    ] {
        assert_eq!(event.as_str(), name);
    }
    assert_eq!(C::XY_b38542.as_str(), "x-y");
    assert_eq!(C::XY_247db5.as_str(), "x_y");
}

#[test]
fn consumers_say_how_they_are_reached() {
    use everything::Consumer as E;
    use nasty::Consumer as N;
    // In a constant, because dispatch tables are.
    const LEDGER: (&str, &str) = (E::Orders.kind(), E::Orders.address());
    assert_eq!(LEDGER, ("kafka", "orders.${REGION}.v3"));
    for (consumer, kind, address) in [
        (
            E::Audit,
            "amqp",
            "amqp://${AUDIT_USER}:${AUDIT_PASSWORD}@rabbit:5672/audit",
        ),
        (E::Cache, "redis", "redis://cache:6379/0"),
        (E::Here, "local", ""),
        (E::Hook, "http", "http://hook/ingest?x=y@z"),
        (E::Mail, "nats", "mail.out"),
        (E::Odd, "other", "teleport:7"),
        (E::Queue, "sqs", "https://sqs.eu-north-1.amazonaws.com/1/q"),
        (E::Rpc, "grpc", "http://rpc:50051"),
        (E::SideCar2, "unix", "/run/sidecar.sock"),
    ] {
        assert_eq!(
            (consumer.kind(), consumer.address()),
            (kind, address),
            "{consumer}"
        );
    }
    for (consumer, kind, address) in [
        (N::Type, "other", "quote \" backslash \\ brace {} end */"),
        (N::XY_b38542, "kafka", "two"),
        (N::XY_247db5, "kafka", "one"),
    ] {
        assert_eq!(
            (consumer.kind(), consumer.address()),
            (kind, address),
            "{consumer}"
        );
    }
}

/// Two live tables of different types, each answering for itself.
#[test]
fn two_catalogs_in_one_program() {
    static ORDERS: everything::Cell = everything::Cell::new(&everything::TABLE);
    static NASTY: nasty::Cell = nasty::Cell::new(&nasty::TABLE);
    let (orders, nasty_table) = (ORDERS.load(), NASTY.load());
    let created = orders.get(everything::Event::OrderCreated);
    let to: Vec<_> = created.consumers().collect();
    assert_eq!(
        to,
        [everything::Consumer::Orders, everything::Consumer::Mail]
    );
    assert_eq!(created.origin(), Origin::Own);
    let odd = nasty_table.get(nasty::Event::Super);
    let to: Vec<_> = odd.consumers().collect();
    assert_eq!(to, [nasty::Consumer::Self_3dc922, nasty::Consumer::Async]);
    assert_eq!((odd.origin(), odd.via()), (Origin::Pattern, Some("**")));
    let because = "`because` \"of\" {reasons} */";
    let dropped = nasty_table.find("r\"#").map(|route| route.outcome());
    assert_eq!(dropped, Some(Outcome::Drop(because)));
    // The table of another catalog is none of this one's, also where types cannot tell.
    let raw = nasty_table.raw().clone();
    assert!(everything::Table::new(raw.clone(), 1).is_none());
    assert!(nasty::Table::new(raw, 1).is_some());
}

#[test]
fn a_catalog_of_nothing() {
    assert!(empty::Event::ALL.is_empty() && empty::Consumer::ALL.is_empty());
    assert_eq!(
        (empty::TABLE.raw().events(), empty::TABLE.raw().routes()),
        (0, 0)
    );
    assert!(empty::TABLE.find("anything").is_none());
    static ROUTES: empty::Cell = empty::Cell::new(&empty::TABLE);
    let mut reader: empty::Reader<'_> = ROUTES.reader();
    let settings: empty::Settings<'_> = empty::settings(reader.load());
    assert!(!format!("{settings:?}").is_empty());
}

#[test]
fn one_of_each_kind() {
    let one = kinds::settings(&kinds::TABLE).one();
    assert!(one.bool());
    assert_eq!(one.int(), i64::MIN);
    assert_eq!((one.float(), one.percent()), (-0.1, 0.001));
    assert_eq!(one.duration(), Duration::from_nanos(1));
    assert_eq!(one.size(), 3 << 30);
    assert_eq!(one.timestamp(), at(-1, 250_000_000));
    assert_eq!(one.string(), "ø \"quoted\"");
    assert_eq!(one.r#enum(), kinds::setting::OneEnum::Second);
}

#[test]
fn lists_of_each_kind() {
    use kinds::setting::ListEnum::{High, Low};
    let list = kinds::settings(&kinds::TABLE).list();
    assert!(list.bool().eq([true, false]));
    assert!(list.int().eq([i64::MAX, 0]));
    assert!(list.float().eq([1e300, 0.5]));
    assert!(list.percent().eq([1.0, 0.125]));
    assert!(
        list.duration()
            .eq([Duration::from_secs(7200), Duration::ZERO])
    );
    assert!(list.size().eq([1, 2048]));
    assert!(list.timestamp().eq([at(1_801_382_400, 0), at(0, 0)]));
    assert!(list.string().eq(["", "é"]));
    assert!(list.r#enum().eq([High, Low]));
    assert_eq!((list.r#enum().len(), list.none().len()), (2, 0));
}

#[test]
fn columns_of_each_kind() {
    let settings = kinds::settings(&kinds::TABLE);
    let rows: Vec<_> = settings.table().collect();
    assert_eq!((rows.len(), settings.empty().len()), (2, 0));
    let [first, second] = rows[..] else {
        panic!("two rows")
    };
    assert_eq!((first.bool(), second.bool()), (true, false));
    assert_eq!((first.int(), second.int()), (-1, 2));
    assert_eq!((first.float(), second.float()), (0.25, -0.5));
    assert_eq!((first.percent(), second.percent()), (0.5, 0.0));
    let (short, long) = (Duration::from_millis(1), Duration::from_secs(90));
    assert_eq!((first.duration(), second.duration()), (short, long));
    assert_eq!((first.size(), second.size()), (1024, 0));
    assert_eq!(first.timestamp(), at(946_684_800, 0));
    assert_eq!(second.timestamp(), at(-14_182_940, 0));
    assert_eq!((first.string(), second.string()), ("first", ""));
}

/// What has a hard name holds its own value, and not that of its neighbour.
#[test]
fn settings_with_hard_names() {
    let s = nasty::settings(&nasty::TABLE);
    let numbers = [
        s._self(),
        s.self_(),
        s._super(),
        s._crate(),
        s.r#type(),
        s.r#gen(),
    ];
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    assert_eq!((s.r#async(), s.r#try(), s.two__blanks()), (7, 8, 9));
    assert_eq!(s.nested()._self().r#type().r#loop()._crate().new(), 10);
    assert!(s.clone() && s.fmt() && s.into_iter() && s.drop());
    assert_eq!(
        (s.as_str(), s.from_str(), s.len(), s.new(), s.neg()),
        (1, 1, 1, 1, 1.0)
    );
    assert!(s.option().inner().eq(["a"]) && s.exact_size_iterator().inner().eq([1]));
    assert!(s.values().inner() && s.list().inner() && s.setting().settings().setting());
    assert_eq!(s.string().str(), "\"{}\\");
    assert_eq!(s.some().as_str(), "self");
    let odd: Vec<&str> = s.odd().map(|word| word.as_str()).collect();
    assert_eq!(odd, ["\"#", "\\", "é", "a b", "err", "Self"]);
    let words: Vec<&str> = nasty::setting::Odd::ALL
        .iter()
        .map(|w| w.as_str())
        .collect();
    let all = [
        "err", "Self", "ALL", "\"#", "{}", "\\", "//", "é", "a b", "a-b", "a_b",
    ];
    assert_eq!(words, all);
    let rows: Vec<_> = s
        .loot_table()
        .map(|r| (r.r#type(), r._self(), r.len()))
        .collect();
    assert_eq!(rows, [("{}", 1, 1)]);
    assert_eq!(s.loot().table_row().as_str(), "loot");
}

/// The rest of what a bigger definition has: groups beside settings, and a leap of time.
#[test]
fn settings_of_everything() {
    use everything::setting::{FlagsLevel, TextsLevels};
    let s = everything::settings(&everything::TABLE);
    assert_eq!(
        (s.flags().dark(), s.flags().level()),
        (false, FlagsLevel::On)
    );
    let limits = s.limits();
    assert_eq!(
        (limits.rate(), limits.burst(), limits.share()),
        (0.3, -5, 0.125)
    );
    assert_eq!(
        (limits.wait(), limits.room()),
        (Duration::from_secs(90), 64 << 10)
    );
    assert_eq!(s.window().start(), at(1_801_378_800, 500_000_000));
    let texts = s.texts();
    assert_eq!(texts.r#type(), "a: b");
    assert!(texts.names().eq(["a", "", "ø"]) && texts.none().len() == 0);
    assert!(
        texts
            .levels()
            .eq([TextsLevels::High, TextsLevels::Low, TextsLevels::High])
    );
    assert!(texts.waits().eq([1, 2].map(Duration::from_secs)));
    let loot: Vec<_> = s
        .loot()
        .map(|r| (r.item(), r.weight(), r.after()))
        .collect();
    let landed = at(-14_182_940, 0);
    assert_eq!(
        loot,
        [("gem", 5, at(1_801_382_400, 0)), ("dust", 95, landed)]
    );
    assert_eq!(s.empty().len(), 0);
}
