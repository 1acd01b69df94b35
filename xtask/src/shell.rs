//! Words of command lines that are told to people, so that they can be pasted.

/// One word of a shell, whatever it holds.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_reads_what_was_quoted() {
        for (word, as_it_is) in [
            ("routes/a-b.yaml", true),
            ("https://[::1]:4700", false),
            ("http://127.0.0.1:4700", true),
            ("", false),
            ("a b", false),
            ("it's", false),
            ("$(rm x)`y`\"z\"\\", false),
            ("*~#;&|<>\n\t", false),
            ("Grüße", false),
        ] {
            let quoted = quoted(word);
            assert_eq!(quoted == word, as_it_is, "{quoted}");
            let script = format!("printf %s {quoted}");
            let mut shell = std::process::Command::new("sh");
            let out = shell.args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(out.stdout).unwrap(), word);
        }
    }
}
