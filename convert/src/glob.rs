//! Patterns of a shell as patterns of ours.

/// The pattern that meets what a shell's pattern does. `None`: there is none.
pub fn of_glob(glob: &str) -> Option<String> {
    let odd = |c| matches!(c, '*' | '?' | '[' | ']');
    match (glob, glob.strip_suffix(".*")) {
        ("*", _) => Some("**".to_owned()),
        (_, Some(head)) if !head.contains(odd) => Some(format!("{head}.**")),
        _ => (!glob.contains(odd)).then(|| glob.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::of_glob;

    #[test]
    fn globs() {
        let rows = [
            ("*", Some("**")),
            ("a.*", Some("a.**")),
            ("a.b", Some("a.b")),
            ("*.b", None),
            ("a*", None),
            ("a.[bc]", None),
        ];
        for (glob, pattern) in rows {
            assert_eq!(of_glob(glob).as_deref(), pattern, "{glob}");
        }
    }
}
