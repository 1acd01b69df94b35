//! `X-Hub-Signature-256`: that a request is GitHub's, and whole.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

type HmacSha256 = Hmac<Sha256>;

/// What requests are signed with: the secret, and the one before it for as long as
/// GitHub may still use it. From the environment; never a setting, because settings are
/// shown by tools and pushed in the clear.
#[derive(Clone)]
pub struct Secrets(Vec<HmacSha256>);

impl Secrets {
    /// These.
    pub fn new(secret: &str, previous: Option<&str>) -> Secrets {
        let all = std::iter::once(secret).chain(previous);
        // A key of any length will do, so nothing is left out.
        Secrets(
            all.filter_map(|s| HmacSha256::new_from_slice(s.as_bytes()).ok())
                .collect(),
        )
    }

    /// Whether this header is the signature of this body. How long it takes tells
    /// nothing about the right one.
    pub fn signed(&self, body: &[u8], header: &[u8]) -> bool {
        let Some(signature) = header.strip_prefix(b"sha256=").and_then(unhex) else {
            return false;
        };
        self.0.iter().any(|keyed| {
            let mac = keyed.clone().chain_update(body);
            mac.verify_slice(&signature).is_ok()
        })
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

/// 32 bytes from 64 hexadecimal digits.
fn unhex(text: &[u8]) -> Option<[u8; 32]> {
    let digit = |byte: u8| Some(char::from(byte).to_digit(16)? as u8);
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    // GitHub's own example: docs.github.com, "Validating webhook deliveries".
    const SECRET: &str = "It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello, World!";
    const SIGNATURE: &str =
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[test]
    fn github_s_example_is_signed() {
        assert!(Secrets::new(SECRET, None).signed(BODY, SIGNATURE.as_bytes()));
    }

    #[test]
    fn both_secrets_hold_while_one_replaces_the_other() {
        let rotating = Secrets::new("new", Some(SECRET));
        assert!(rotating.signed(BODY, SIGNATURE.as_bytes()));
        assert!(!Secrets::new("new", None).signed(BODY, SIGNATURE.as_bytes()));
    }

    #[test]
    fn nothing_else_is_signed() {
        let secrets = Secrets::new(SECRET, None);
        let hex = &SIGNATURE["sha256=".len()..];
        let last_digit = format!("{}8", &SIGNATURE[..SIGNATURE.len() - 1]);
        let cases = [
            String::new(),
            "sha256=".to_owned(),
            hex.to_owned(),
            format!("sha1={hex}"),
            format!("SHA256={hex}"),
            format!("{SIGNATURE}00"),
            SIGNATURE[..SIGNATURE.len() - 2].to_owned(),
            last_digit,
            format!("sha256={}", "g".repeat(64)),
            format!("sha256={}", "é".repeat(32)),
        ];
        for case in cases {
            assert!(!secrets.signed(BODY, case.as_bytes()), "{case}");
        }
        assert!(!secrets.signed(b"Hello, World?", SIGNATURE.as_bytes()));
    }
}
