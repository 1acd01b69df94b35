//! Names of the tree inside a program: in strings, as fields, and in comments. None gets
//! out of where it stands.

/// Characters of one name in a comment.
const SHOWN_MAX: usize = 60;

/// A string of jq. JSON's escapes are jq's, and a backslash of the name is doubled, so
/// that `\(` of a name is no interpolation. What cannot be seen is escaped, so that the
/// program reads as it runs; but for tags, since not every jq takes pairs of escapes.
pub fn string(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let mut code = String::new();
    for c in json.chars() {
        match u16::try_from(u32::from(c)) {
            Ok(unit) if c != '`' && !is_visible(c) => code.push_str(&format!("\\u{unit:04x}")),
            _ => code.push(c),
        }
    }
    code
}

/// The field of that name: `.name`, or `."odd name"`.
pub fn field(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
    match starts && name.chars().all(plain) && !KEYWORDS.contains(&name) {
        true => format!(".{name}"),
        false => format!(".{}", string(name)),
    }
}

/// Words that not every jq takes for a field.
const KEYWORDS: &[&str] = &[
    "and", "as", "catch", "def", "elif", "else", "end", "foreach", "if", "import", "include",
    "label", "or", "reduce", "then", "try",
];

/// A name in a comment, between backticks: on one line, without what a terminal or an
/// editor would act on, and never ending in a backslash, which would continue the comment.
pub fn shown(text: &str) -> String {
    format!("`{}`", plain(text))
}

/// The same without backticks; for a piece of a longer line that does not end it.
pub fn plain(text: &str) -> String {
    let mut line = escaped(text.chars().take(SHOWN_MAX));
    if text.chars().nth(SHOWN_MAX).is_some() {
        line.push_str("...");
    }
    line
}

/// The name of a file, whole.
pub fn path(name: &str) -> String {
    escaped(name.chars())
}

fn escaped(text: impl Iterator<Item = char>) -> String {
    let mut line = String::new();
    for c in text {
        match is_visible(c) {
            true => line.push(c),
            false => line.extend(c.escape_unicode()),
        }
    }
    line
}

fn is_visible(c: char) -> bool {
    let format = matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !c.is_control() && !format && c != '`'
}

#[cfg(test)]
mod tests {
    use super::{field, plain, shown, string};

    /// Name, as a field, in a comment.
    const TABLE: &[(&str, &str, &str)] = &[
        ("routes", ".routes", "`routes`"),
        ("", r#"."""#, "``"),
        ("and", r#"."and""#, "`and`"),
        ("9a", r#"."9a""#, "`9a`"),
        ("a-b", r#"."a-b""#, "`a-b`"),
        ("__loc__", r#"."__loc__""#, "`__loc__`"),
        ("$__loc__", r#"."$__loc__""#, "`$__loc__`"),
        (r#"a"b"#, r#"."a\"b""#, r#"`a"b`"#),
        (r"a\", r#"."a\\""#, r"`a\`"),
        (r"\(1)", r#"."\\(1)""#, r"`\(1)`"),
        ("a\n| error", r#"."a\n| error""#, r"`a\u{a}| error`"),
        ("a\r\n*/", r#"."a\r\n*/""#, r"`a\u{d}\u{a}*/`"),
        ("a`b", r#"."a`b""#, r"`a\u{60}b`"),
        ("\u{1b}[31m", r#"."\u001b[31m""#, r"`\u{1b}[31m`"),
        ("\u{202e}x", r#"."\u202ex""#, r"`\u{202e}x`"),
        ("\u{e0041}", ".\"\u{e0041}\"", r"`\u{e0041}`"),
        (
            "f\u{f8}\u{2028}",
            ".\"f\u{f8}\\u2028\"",
            "`f\u{f8}\\u{2028}`",
        ),
    ];

    #[test]
    fn names_stay_where_they_stand() {
        for (name, as_field, in_comment) in TABLE {
            assert_eq!(field(name), *as_field);
            assert_eq!(shown(name), *in_comment);
            assert_eq!(shown(name).lines().count(), 1, "{name:?}");
            let back: String = serde_json::from_str(&string(name)).expect("a string");
            assert_eq!(back, *name);
        }
    }

    #[test]
    fn a_long_name_is_cut() {
        assert_eq!(plain(&"\u{f8}".repeat(1000)).chars().count(), 63);
    }
}
