//! Command lines that are told to people, so that they can be pasted into a shell.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::{CA, CERT, DEFAULT_URL, Engine, KEY, NAME, Tls, URL};
use crate::shell::quoted;

impl Engine {
    /// What a command line needs to speak to the same, with a blank before it: what the
    /// environment does not say already.
    pub fn option(&self) -> String {
        options(&self.url, &self.tls, |name| std::env::var_os(name))
    }

    /// A command line of a verb to the same, to be pasted.
    pub fn line(&self, verb: &str) -> String {
        format!("cargo xtask {verb}{}", self.option())
    }
}

fn options(url: &str, tls: &Tls, environment: impl Fn(&str) -> Option<OsString>) -> String {
    let path = |path: &Option<PathBuf>| path.as_deref().map(Path::as_os_str).map(OsStr::to_owned);
    let all = [
        ("url", URL, Some(OsString::from(url))),
        ("tls-ca", CA, path(&tls.tls_ca)),
        ("tls-cert", CERT, path(&tls.tls_cert)),
        ("tls-key", KEY, path(&tls.tls_key)),
        ("tls-name", NAME, tls.tls_name.clone().map(OsString::from)),
    ];
    let mut line = String::new();
    for (option, variable, value) in all {
        let Some(value) = value else {
            continue;
        };
        let otherwise = match option {
            "url" => Some(OsString::from(DEFAULT_URL)),
            _ => None,
        };
        if environment(variable).or(otherwise).as_ref() != Some(&value) {
            line.push_str(&format!(" --{option} {}", quoted(&value.to_string_lossy())));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_says_what_the_environment_does_not() {
        let tls = |ca: &str, identity: bool, name: Option<&str>| Tls {
            tls_ca: (!ca.is_empty()).then(|| PathBuf::from(ca)),
            tls_cert: identity.then(|| PathBuf::from("me.pem")),
            tls_key: identity.then(|| PathBuf::from("my keys/me.key")),
            tls_name: name.map(str::to_owned),
        };
        type Row<'r> = (&'r str, Tls, &'r [(&'r str, &'r str)], &'r str);
        let rows: [Row<'_>; 7] = [
            (DEFAULT_URL, tls("", false, None), &[], ""),
            ("http://a:1", tls("", false, None), &[], " --url http://a:1"),
            (
                "http://a:1",
                tls("", false, None),
                &[(URL, "http://a:1")],
                "",
            ),
            (
                DEFAULT_URL,
                tls("", false, None),
                &[(URL, "http://a:1")],
                " --url http://127.0.0.1:4600",
            ),
            (
                "https://a:1/?x=1&y=2",
                tls("ca.pem", true, Some("control")),
                &[],
                " --url 'https://a:1/?x=1&y=2' --tls-ca ca.pem --tls-cert me.pem --tls-key 'my keys/me.key' --tls-name control",
            ),
            (
                "https://a:1",
                tls("ca.pem", true, None),
                &[(CA, "ca.pem"), (CERT, "other.pem"), (KEY, "my keys/me.key")],
                " --url https://a:1 --tls-cert me.pem",
            ),
            (
                "http://a:1",
                tls("", false, Some("it's $HOME `x`")),
                &[],
                r" --url http://a:1 --tls-name 'it'\''s $HOME `x`'",
            ),
        ];
        for (url, tls, environment, expected) in rows {
            let said = |name: &str| {
                let mut said = environment.iter().filter(|(known, _)| *known == name);
                said.next().map(|(_, value)| OsString::from(value))
            };
            assert_eq!(options(url, &tls, said), expected);
        }
    }
}
