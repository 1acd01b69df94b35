//! Definitions as an attacker, or a broken tool, would write them.

/// A name, and the bytes of the file.
pub type Row = (&'static str, fn() -> Vec<u8>);

const HEAD: &str = "package: shop\nversion: 1\nconsumers: { audit: { local: true } }\n";
const ROUTES: &str = "routes: { item.sold: { to: audit } }\n";

/// Five megabytes of a character.
pub fn long(c: char) -> String {
    std::iter::repeat_n(c, 5_000_000).collect()
}

/// A good definition, and something after it.
fn good(rest: &str) -> Vec<u8> {
    format!("{HEAD}{ROUTES}{rest}").into_bytes()
}

/// A good head, and other routes.
fn routes(routes: &str) -> Vec<u8> {
    format!("{HEAD}routes:\n{routes}").into_bytes()
}

pub fn lines(count: usize, line: fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

pub fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

pub const TABLE: &[Row] = &[
    // Not UTF-8.
    ("bytes-utf-16", || {
        utf_16(&format!("\u{feff}{HEAD}{ROUTES}"), u16::to_le_bytes)
    }),
    ("bytes-utf-16-no-mark", || {
        utf_16(&format!("{HEAD}{ROUTES}"), u16::to_be_bytes)
    }),
    ("bytes-latin-1", || {
        good("events: [\"caf")
            .into_iter()
            .chain(*b"\xe9\"]\n")
            .collect()
    }),
    ("bytes-overlong", || {
        good("# ").into_iter().chain(*b"\xc0\xaf\n").collect()
    }),
    ("bytes-surrogate", || {
        good("# ").into_iter().chain(*b"\xed\xa0\x80\n").collect()
    }),
    ("bytes-cut-off", || {
        good("# ").into_iter().chain(*b"\xf0\x9f\x98").collect()
    }),
    ("bytes-nothing", Vec::new),
    ("bytes-too-many", || {
        good(&format!("# {}", " ".repeat(16 << 20)))
    }),
    // Deep.
    ("deep-lists", || {
        good(&format!("events: {}", "[".repeat(100_000)))
    }),
    ("deep-lists-closed", || {
        good(&format!(
            "events: {}{}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        ))
    }),
    ("deep-maps", || {
        good(&format!("settings: {}", "{a: ".repeat(100_000)))
    }),
    ("many-deep-dashes", || {
        good(&format!("events:\n  {}x\n", "- ".repeat(100_000)))
    }),
    ("deep-questions", || {
        good(&format!("settings:\n  {}x\n", "? ".repeat(100_000)))
    }),
    ("deep-lines", || {
        good(&format!(
            "settings:\n{}",
            lines(1_000, |at| format!("{}a:\n", " ".repeat(at + 1)))
        ))
    }),
    ("deep-rule", || {
        good(&format!("rules: [\"{}\"]\n", "(".repeat(1_000)))
    }),
    // Long.
    ("long-name", || {
        routes(&format!("  {}: {{ to: audit }}\n", long('x')))
    }),
    ("long-name-of-dots", || {
        routes(&format!("  ? x{}\n  : {{ to: audit }}\n", long('.')))
    }),
    ("long-quoted-name", || {
        routes(&format!(
            "  ? \"{}\"\n  : {{ to: audit }}\n",
            long('\u{e9}')
        ))
    }),
    ("long-consumer", || {
        routes(&format!("  item.sold: {{ to: {} }}\n", long('a')))
    }),
    ("long-package", || {
        format!("version: 1\npackage: {}\n", long('p')).into_bytes()
    }),
    ("long-version", || {
        format!("package: shop\nversion: {}\n", long('9')).into_bytes()
    }),
    ("long-duration", || {
        routes(&format!(
            "  item.sold: {{ to: audit, timeout: {}s }}\n",
            long('1')
        ))
    }),
    ("long-rule", || {
        good(&format!("rules: [\"{}\"]\n", long('!')))
    }),
    ("long-key", || good(&format!("? {}\n: x\n", long('k')))),
    ("long-drop", || {
        routes(&format!(
            "  item.sold: {{ drop: {} }}\n  item.found: {{ to: audit }}\n",
            long('z')
        ))
    }),
    ("long-block", || {
        routes(&format!(
            "  item.sold:\n    to: audit\n    priority: |\n      {}\n",
            long('b')
        ))
    }),
    ("long-quote-not-closed", || {
        good(&format!("events: [\"{}\n", long('q')))
    }),
    ("long-comment", || format!("#{}\n", long('#')).into_bytes()),
    ("long-blanks", || good(&format!("events:{}[\n", long(' ')))),
    ("long-tabs", || {
        good(&format!("settings:\n{}a: 1\n", long('\t')))
    }),
    ("long-tag", || good(&format!("events: !{} []\n", long('t')))),
    ("long-anchor", || {
        good(&format!("events: &{} []\n", long('t')))
    }),
    ("many-long-alias", || {
        good(&format!("events: [*{}]\n", long('t')))
    }),
    ("long-directive", || {
        format!("%{}\n", long('d')).into_bytes()
    }),
    // Many.
    ("many-duplicates", || {
        routes(&"  item.sold: { to: audit }\n".repeat(20_000))
    }),
    ("many-unknown-keys", || {
        good(&lines(20_000, |at| format!("rotes{at}: x\n")))
    }),
    ("many-unknown-consumers", || {
        routes(&lines(20_000, |at| {
            format!("  item.n{at}: {{ to: audti{at} }}\n")
        }))
    }),
    ("many-on-one-line", || {
        good(&format!("events: [{}]\n", "\"\",".repeat(20_000)))
    }),
    ("many-anchors", || {
        good(&format!(
            "events:\n{}",
            lines(20_000, |at| format!("  - &a{at} x{at}\n"))
        ))
    }),
    ("many-unquoted-patterns", || {
        routes(&lines(1_000, |at| format!("  *.n{at}: {{ to: audit }}\n")))
    }),
    ("wide-shapes", || {
        routes(&lines(1_000, |at| {
            let stars: Vec<&str> = (0..12)
                .map(|bit| if at >> bit & 1 == 1 { "*" } else { "a" })
                .collect();
            format!("  \"z.{}\": {{ to: audit }}\n", stars.join("."))
        }))
    }),
    ("many-ties", || {
        routes(&lines(300, |at| match at % 2 {
            0 => format!("  \"*.n{at}\": {{ to: audit }}\n"),
            _ => format!("  \"n{at}.*\": {{ to: audit }}\n"),
        }))
    }),
    ("wide-values", || {
        good(&format!(
            "settings: {{ level: {{ type: enum, values: [{}], default: v0 }} }}\n",
            lines(1_000, |at| format!("v{at}, "))
        ))
    }),
    ("many-keys-on-one-line", || {
        good(&format!(
            "settings: {{ {} }}\n",
            lines(50_000, |at| format!("a{at}: 1, "))
        ))
    }),
    ("many-unrouted", || {
        good(&format!(
            "events: [{}]\n",
            lines(50_000, |at| format!("e{at}, "))
        ))
    }),
    ("many-secrets", || {
        let line = |at| format!("  c{at}: {{ redis: \"x:hunter2@c{at}\" }}\n");
        format!(
            "package: shop\nversion: 1\nconsumers:\n{}{ROUTES}",
            lines(5_000, line)
        )
        .into_bytes()
    }),
];
