use std::time::SystemTime;

use proptest::prelude::*;

use super::*;

fn scalar() -> impl Strategy<Value = Scalar<String>> {
    // 0001-01-01 to 9999-12-31.
    let seconds = -62_135_596_800_i64..253_402_300_800;
    prop_oneof![
        any::<bool>().prop_map(Scalar::Bool),
        any::<i64>().prop_map(Scalar::Int),
        any::<f64>()
            .prop_filter("finite", |f| f.is_finite())
            .prop_map(Scalar::Float),
        // What a text can say: a decimal number, divided by 100.
        (-10_000_000_000_i64..10_000_000_000, 0..10_i32)
            .prop_map(|(n, digits)| Scalar::Percent(n as f64 / 10_f64.powi(digits) / 100.0)),
        any::<u64>().prop_map(Scalar::Duration),
        any::<u64>().prop_map(Scalar::Size),
        (0..24_u32, any::<u64>()).prop_map(|(shift, n)| Scalar::Size((n >> 40) << shift)),
        (seconds, prop_oneof![Just(0), 0..1_000_000_000_u32])
            .prop_map(|(s, n)| Scalar::Timestamp(s, n)),
        any::<String>().prop_map(Scalar::String),
        "[a-z]{1,8}".prop_map(Scalar::Enum),
    ]
}

proptest! {
    #[test]
    fn reading_is_the_inverse_of_writing(value in scalar()) {
        let text = value.to_string();
        prop_assert_eq!(parse(value.kind(), &text), Ok(value), "{}", text);
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "[-+0-9a-zA-Z_.:%xµ TZ]{0,24}|\\PC{0,16}") {
        for kind in Kind::ALL {
            if let Ok(value) = parse(kind, &text) {
                prop_assert_eq!(value.kind(), kind);
                prop_assert_eq!(parse(kind, &value.to_string()).map(|v| v.to_string()), Ok(value.to_string()));
            }
            let _ = parse_step(kind, &text);
        }
        let _ = parse_share_ppm(&text);
        let _ = Date::parse(&text);
    }
}

#[test]
fn good() {
    let rows: &[(Kind, &str, Scalar<&str>)] = &[
        (Kind::Bool, "true", Scalar::Bool(true)),
        (Kind::Int, "-42", Scalar::Int(-42)),
        (Kind::Int, "-9223372036854775808", Scalar::Int(i64::MIN)),
        (Kind::Float, "0.3", Scalar::Float(0.3)),
        (Kind::Float, "1", Scalar::Float(1.0)),
        (Kind::Float, "1e-7", Scalar::Float(1e-7)),
        (Kind::Percent, "12.5%", Scalar::Percent(0.125)),
        (Kind::Percent, "7%", Scalar::Percent(0.07)),
        (Kind::Duration, "0s", Scalar::Duration(0)),
        (Kind::Duration, "250ms", Scalar::Duration(250_000_000)),
        (Kind::Duration, "1m30s", Scalar::Duration(90_000_000_000)),
        (Kind::Duration, "1d", Scalar::Duration(86_400_000_000_000)),
        (Kind::Size, "512B", Scalar::Size(512)),
        (Kind::Size, "64KiB", Scalar::Size(65_536)),
        (Kind::Size, "10MB", Scalar::Size(10_000_000)),
        (
            Kind::Timestamp,
            "1970-01-01T00:00:00Z",
            Scalar::Timestamp(0, 0),
        ),
        (
            Kind::Timestamp,
            "2000-02-29T01:00:00.5+01:00",
            Scalar::Timestamp(951_782_400, 500_000_000),
        ),
        (Kind::String, "yes", Scalar::String("yes")),
        (Kind::Enum, "on", Scalar::Enum("on")),
    ];
    for (kind, text, value) in rows {
        assert_eq!(parse(*kind, text), Ok(value.to_owned()), "{kind} {text}");
    }
}

/// Each row: kind, text, and a piece of the hint (or of the message).
#[test]
fn refused_with_the_likely_meaning() {
    let rows = [
        (Kind::Bool, "yes", "write `true`"),
        (Kind::Bool, "Off", "write `false`"),
        (Kind::Bool, "TRUE", "write `true`"),
        (Kind::Bool, "maybe", "neither"),
        (Kind::Int, "0400", "write `400`; or `256` if octal is meant"),
        (Kind::Int, "-007", "write `-7`"),
        (Kind::Int, "1_0", "write `10`"),
        (Kind::Int, "1,000", "write `1000`"),
        (Kind::Int, "0x1F", "write `31`"),
        (Kind::Int, "0o17", "write `15`"),
        (Kind::Int, "1e3", "write `1000`"),
        (Kind::Int, "12:30", "took this for 750"),
        (Kind::Int, "3.0", "write `3`"),
        (Kind::Int, "3.5", "no fraction"),
        (Kind::Int, "+3", "write `3`"),
        (Kind::Int, "", "decimal digits"),
        (Kind::Int, "9223372036854775808", "64 bits"),
        (Kind::Float, ".5", "write `0.5`"),
        (Kind::Float, "5.", "write `5.0`"),
        (Kind::Float, "00.5", "write `0.5`"),
        (Kind::Float, "inf", "finite"),
        (Kind::Float, ".nan", "finite"),
        (Kind::Float, "1e999", "64-bit"),
        (Kind::Percent, "12.5", "write `12.5%`"),
        (Kind::Percent, "0.125", "or `12.5%` if a fraction is meant"),
        (Kind::Percent, "5 %", "without a blank"),
        (Kind::Percent, "half", "such as `12.5%`"),
        (Kind::Duration, "250", "write `250ms` or `250s`"),
        (Kind::Duration, "0", "write `0s`"),
        (Kind::Duration, "1.5s", "write `1s500ms`"),
        (Kind::Duration, "5min", "write `5m`"),
        (Kind::Duration, "5 s", "write `5s`"),
        (Kind::Duration, "5S", "write `5s`"),
        (Kind::Duration, "2w", "write `14d`"),
        (Kind::Duration, "30s1m", "largest first"),
        (Kind::Duration, "1m30", "the last number"),
        (Kind::Duration, "-5s", "such as"),
        (Kind::Duration, "05s", "write `5s`"),
        (Kind::Duration, "999999999d", "584 years"),
        (Kind::Size, "10", "write `10B`"),
        (
            Kind::Size,
            "10M",
            "write `10MiB` (powers of 1024) or `10MB`",
        ),
        (Kind::Size, "10mib", "write `10MiB`"),
        (Kind::Size, "1.5GiB", "write `1536MiB`"),
        (Kind::Size, "99999999999TB", "64 bits"),
        (
            Kind::Timestamp,
            "2027-01-31",
            "write `2027-01-31T00:00:00Z`",
        ),
        (Kind::Timestamp, "2027-01-31T08:00:00", "zone"),
        (
            Kind::Timestamp,
            "2027-02-30T08:00:00Z",
            "no day 30 of month 2",
        ),
        (
            Kind::Timestamp,
            "2027-01-31T24:00:00Z",
            "hours are 00 to 23",
        ),
        (Kind::Timestamp, "2027-01-31 08:00:00Z", "RFC 3339"),
    ];
    for (kind, text, expected) in rows {
        let fault = parse(kind, text).unwrap_err();
        let all = format!("{} {}", fault.message, fault.hint.unwrap_or_default());
        assert!(all.contains(expected), "{kind} {text:?}: {all}");
    }
}

#[test]
fn steps() {
    let good = [
        (Kind::Float, "2x", Step::Factor(2.0)),
        (Kind::Duration, "1.5x", Step::Factor(1.5)),
        (Kind::Int, "5", Step::Difference(Scalar::Int(5))),
        (
            Kind::Duration,
            "500ms",
            Step::Difference(Scalar::Duration(500_000_000)),
        ),
        (
            Kind::Timestamp,
            "1h",
            Step::Difference(Scalar::Duration(3_600_000_000_000)),
        ),
    ];
    for (kind, text, step) in good {
        assert_eq!(parse_step(kind, text), Ok(step), "{kind} {text}");
    }
    for (kind, text) in [
        (Kind::Float, "1x"),
        (Kind::Float, "x"),
        (Kind::Float, "-2x"),
        (Kind::Bool, "1"),
        (Kind::Duration, "5"),
    ] {
        assert!(parse_step(kind, text).is_err(), "{kind} {text}");
    }
}

#[test]
fn shares() {
    let rows = [
        ("1%", Ok(10_000)),
        ("100%", Ok(1_000_000)),
        ("0.0001%", Ok(1)),
        ("12.50000%", Ok(125_000)),
        ("0%", Ok(0)),
        ("150%", Ok(1_500_000)),
        ("0.00001%", Err("finer")),
        ("-1%", Err("not in 0%")),
        ("1e1%", Err("not in 0%")),
        ("1", Err("no `%`")),
        ("99999999999%", Err("above")),
    ];
    for (text, expected) in rows {
        match (parse_share_ppm(text), expected) {
            (Ok(ppm), Ok(expected)) => assert_eq!(ppm, expected, "{text}"),
            (Err(fault), Err(piece)) => assert!(fault.message.contains(piece), "{text}: {fault:?}"),
            (got, _) => panic!("{text}: {got:?}"),
        }
    }
}

#[test]
fn dates() {
    for (text, good) in [
        ("2027-01-31", true),
        ("2028-02-29", true),
        ("2027-02-29", false),
        ("2100-02-29", false),
        ("2027-13-01", false),
        ("2027-1-1", false),
        ("27-01-01", false),
    ] {
        assert_eq!(Date::parse(text).is_ok(), good, "{text}");
    }
    let at = |seconds| {
        Date::of(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).to_string()
    };
    assert_eq!(at(0), "1970-01-01");
    assert_eq!(at(951_782_400), "2000-02-29");
    assert!(Date::parse("2026-12-31").unwrap() < Date::parse("2027-01-01").unwrap());
}
