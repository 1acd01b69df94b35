//! `.proto` files as an attacker, or a broken tool, would write them.

use super::generated::{Row, lines, long, utf_16};

const HEAD: &str =
    "syntax = \"proto3\";\npackage shop;\nimport \"routewright/v1/options.proto\";\n";
const DEFINITION: &str = "option (routewright.v1.definition) = { version: 1 \
     consumers { name: \"audit\" local: true } routes { event: \"item.sold\" to: \"audit\" } };\n";
/// Options of somebody else, that can be nested.
const FOREIGN: &str = "import \"google/protobuf/descriptor.proto\";\n\
     message Deep { Deep deep = 1; repeated int32 leaf = 2; }\n\
     extend google.protobuf.MessageOptions { Deep deep = 50000; }\n";

/// A good definition, and something after it.
fn good(rest: &str) -> Vec<u8> {
    format!("{HEAD}{DEFINITION}{rest}").into_bytes()
}

/// A good definition with more in its option.
fn inner(more: &str) -> Vec<u8> {
    let option = DEFINITION.trim_end_matches(" };\n");
    format!("{HEAD}{option} {more} }};\n").into_bytes()
}

fn settings(fields: &str) -> Vec<u8> {
    good(&format!(
        "message Settings {{\noption (routewright.v1.settings) = true;\n{fields}}}\n"
    ))
}

/// Something within a number of pairs.
fn nested(open: &str, count: usize, close: &str) -> String {
    format!("{}{}", open.repeat(count), close.repeat(count))
}

pub const TABLE: &[Row] = &[
    // Not UTF-8.
    ("bytes-utf-16", || {
        utf_16(&format!("\u{feff}{HEAD}{DEFINITION}"), u16::to_le_bytes)
    }),
    ("bytes-latin-1", || {
        good("// caf").into_iter().chain(*b"\xe9\n").collect()
    }),
    ("bytes-cut-off", || {
        good("// ").into_iter().chain(*b"\xf0\x9f\x98").collect()
    }),
    // Deep.
    ("deep-in-our-option", || {
        inner(&nested("fallback { ", 100_000, "} "))
    }),
    ("deep-in-our-option-not-closed", || {
        inner(&"fallback { ".repeat(100_000))
    }),
    ("deep-in-an-unknown-field", || {
        inner(&format!("x {{ {} }}", nested("x { ", 100_000, "} ")))
    }),
    ("deep-lists-in-our-option", || {
        inner(&format!("events: {}", nested("[", 100_000, "]")))
    }),
    ("deep-in-a-foreign-option", || {
        good(&format!(
            "{FOREIGN}message Item {{ option (deep) = {{ {} }}; }}\n",
            nested("deep { ", 100_000, "} ")
        ))
    }),
    ("deep-angles-in-a-foreign-option", || {
        good(&format!(
            "{FOREIGN}message Item {{ option (deep) = {{ {} }}; }}\n",
            nested("deep < ", 100_000, "> ")
        ))
    }),
    ("deep-lists-in-a-foreign-option", || {
        good(&format!(
            "{FOREIGN}message Item {{ option (deep) = {{ leaf: {} }}; }}\n",
            nested("[", 100_000, "]")
        ))
    }),
    ("deep-messages", || {
        good(&nested("message A {", 100_000, "}"))
    }),
    ("deep-messages-not-closed", || {
        good(&"message A {".repeat(100_000))
    }),
    ("deep-groups-of-settings", || {
        let group = |at: usize| format!("message G{at} {{ G{} g = 1; }}\n", at + 1);
        let groups: String = (0..1_000).map(group).collect();
        [
            settings("G0 g = 1;\n"),
            groups.into_bytes(),
            b"message G1000 { int64 count = 1; }\n".to_vec(),
        ]
        .concat()
    }),
    ("deep-dots-in-an-option", || {
        good(&format!(
            "option (routewright.v1.definition){} = 5;\n",
            ".fallback".repeat(100_000)
        ))
    }),
    ("deep-blank-statements", || {
        good(&format!("message A {{ {} x }}\n", ";".repeat(100_000)))
    }),
    // Long.
    ("long-name", || {
        inner(&format!(
            "routes {{ event: \"{}\" to: \"audit\" }}",
            long('x')
        ))
    }),
    ("long-name-of-escapes", || {
        inner(&format!(
            "routes {{ event: \"{}\" to: \"audit\" }}",
            "\\x41".repeat(1_000_000)
        ))
    }),
    ("long-foreign-option", || {
        good(&format!(
            "message Item {{ option (audit.level) = \"{}\"; }}\n",
            long('x')
        ))
    }),
    ("long-identifier", || {
        good(&format!("message {} {{ Item a = 1; }}\n", long('A')))
    }),
    ("long-package", || {
        format!("{HEAD}{DEFINITION}")
            .replace("shop", &long('p'))
            .into_bytes()
    }),
    ("long-number", || {
        inner(&format!(
            "fallback {{ to: \"audit\" retries: {} }}",
            long('9')
        ))
    }),
    ("long-string-not-closed", || {
        inner(&format!("events: \"{}\n", long('q')))
    }),
    ("long-comment-not-closed", || {
        good(&format!("/*{}", long('*')))
    }),
    ("long-import", || {
        good(&format!("import \"{}\";\n", long('i')))
    }),
    ("long-type", || {
        good(&format!("message A {{ {} a = 1; }}\n", long('T')))
    }),
    ("long-blanks", || good(&format!("message{}A", long(' ')))),
    // Many.
    ("many-missing-imports", || {
        good(&lines(40_000, |at| format!("import \"{at}.proto\";\n")))
    }),
    ("many-5000-missing-imports", || {
        good(&lines(5_000, |at| format!("import \"shop/{at}.proto\";\n")))
    }),
    ("many-duplicates", || {
        good(&lines(5_000, |at| {
            format!(
                "message M{at} {{ option (routewright.v1.route) = {{ event: \"a\" to: \"audit\" }}; }}\n"
            )
        }))
    }),
    ("many-options-on-one-element", || {
        good(&format!(
            "message A {{ {} }}\n",
            lines(2_000, |at| format!(
                "option (routewright.v1.rout{at}) = 5; option deprecated = true;\n"
            ))
        ))
    }),
    ("many-unknown-fields", || {
        inner(&lines(8_000, |at| format!("rotes{at}: 5\n")))
    }),
    ("many-unknown-consumers", || {
        good(&lines(5_000, |at| {
            format!(
                "message M{at} {{ option (routewright.v1.route) = {{ event: \"e{at}\" to: \"audti\" }}; }}\n"
            )
        }))
    }),
    ("many-settings-without-default", || {
        settings(&lines(5_000, |at| format!("int64 a{at} = {};\n", at + 1)))
    }),
    // Beyond a limit of tokens, and just within it.
    ("many-messages-in-a-wrong-value", || {
        good(&format!(
            "x = {{ {} }}",
            lines(200_000, |at| format!("message M{at} {{}}\n"))
        ))
    }),
    ("wide-values-of-a-foreign-option", || {
        good(&format!(
            "{FOREIGN}message Item {{ option (deep) = {{ {} }}; }}\n",
            "leaf: 1 ".repeat(600_000)
        ))
    }),
    ("many-unknown-types", || {
        good(&format!(
            "message A {{ {} }}\n",
            lines(2_000, |at| format!("B{at} a{at} = {};\n", at + 1))
        ))
    }),
    ("many-messages-of-one-name", || {
        good(&"message A {}\n".repeat(2_000))
    }),
    ("many-syntax-errors", || {
        good(&"message A { x }\n".repeat(5_000))
    }),
    ("wide-fields-in-long-names", || {
        let open = |at: usize| format!("message {}{at} {{ ", "L".repeat(1_000));
        good(&format!(
            "{}{}B b = 1; {}\n",
            lines(30, open),
            lines(8_000, |at| format!("int32 a{at} = {};\n", at + 1)),
            "}".repeat(30)
        ))
    }),
    ("wide-groups-of-groups", || {
        let group = |at: usize| format!("message G{at} {{ G{0} a = 1; G{0} b = 2; }}\n", at + 1);
        let groups: String = (0..14).map(group).collect();
        let leaf =
            "message G14 { int64 count = 1 [(routewright.v1.setting) = { default: \"5\" }]; }\n";
        [
            settings("G0 a = 1; G0 b = 2;\n"),
            groups.into_bytes(),
            leaf.as_bytes().to_vec(),
        ]
        .concat()
    }),
    ("wide-messages", || {
        good(&format!(
            "{}message A {{ B b = 1; }}\n",
            lines(200_000, |at| format!("message M{at} {{}}\n"))
        ))
    }),
    ("wide-fields", || {
        good(&format!(
            "message A {{\n{}B b = 1;\n}}\n",
            lines(200_000, |at| format!("int32 a{at} = {};\n", at + 20_001))
        ))
    }),
    ("wide-events", || {
        inner(&format!(
            "events: [{} \"a\"] wrong: 5",
            lines(200_000, |at| format!("\"e{at}\",\n"))
        ))
    }),
    ("wide-enum", || {
        good(&format!(
            "enum E {{ {} }} message A {{ B b = 1; }}\n",
            lines(100_000, |at| format!("E{at} = {at};\n"))
        ))
    }),
];
