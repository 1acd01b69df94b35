//! TLS of those who call: whom they trust, and who they are.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;

use crate::client::with_causes;
use rustls::{CertificateError, InvalidMessage};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

/// Whom a client trusts, and who it is. Files are read for every connection, so that
/// certificates that are renewed are taken up.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    ca: Option<Pem>,
    identity: Option<(Pem, Pem)>,
    server_name: Option<String>,
}

#[derive(Clone)]
enum Pem {
    File(PathBuf),
    Text(Vec<u8>),
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pem::File(path) => path.fmt(f),
            // It may be a private key.
            Pem::Text(_) => f.write_str("(PEM)"),
        }
    }
}

impl Tls {
    /// Trusts nobody, and is nobody.
    pub fn new() -> Tls {
        Tls::default()
    }

    /// Trusts what this CA issues: a file in PEM. No other, also none of the system's.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Tls {
        self.ca = Some(Pem::File(path.into()));
        self
    }

    /// As [`Tls::ca_file`], but the text of it.
    #[must_use]
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Tls {
        self.ca = Some(Pem::Text(pem.into()));
        self
    }

    /// Is whom this certificate is for, with its private key: files in PEM.
    #[must_use]
    pub fn identity_files(mut self, cert: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Tls {
        self.identity = Some((Pem::File(cert.into()), Pem::File(key.into())));
        self
    }

    /// As [`Tls::identity_files`], but the texts of them.
    #[must_use]
    pub fn identity_pem(mut self, cert: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Tls {
        self.identity = Some((Pem::Text(cert.into()), Pem::Text(key.into())));
        self
    }

    /// Expects a certificate for this name, where the host of the URL is another: an IP
    /// address, say.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Tls {
        self.server_name = Some(name.into());
        self
    }

    /// An endpoint that does so.
    ///
    /// # Errors
    /// In words: the URL and this do not go together, or a file cannot be used.
    pub fn endpoint(&self, url: &str) -> Result<Endpoint, String> {
        let endpoint = Endpoint::from_shared(url.to_owned());
        let endpoint =
            endpoint.map_err(|fault| format!("`{url}` is no URL: {}", with_causes(&fault)))?;
        let says = self.ca.is_some() || self.identity.is_some() || self.server_name.is_some();
        match endpoint.uri().scheme_str() {
            Some("https") => {}
            _ if says => {
                return Err(format!(
                    "`{url}` would not use TLS, but certificates were given; write https://"
                ));
            }
            _ => return Ok(endpoint),
        }
        let Some(ca) = &self.ca else {
            return Err(format!(
                "`{url}` uses TLS, so say which CA issued its certificate (--tls-ca, or `Tls::ca_file`)"
            ));
        };
        let ca = ca.read()?;
        let mut config = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(ca));
        if let Some((cert, key)) = &self.identity {
            config = config.identity(Identity::from_pem(cert.read()?, key.read()?));
        }
        if let Some(name) = &self.server_name {
            config = config.domain_name(name);
        }
        let unusable = |fault| format!("the certificates cannot be used: {}", with_causes(&fault));
        endpoint.tls_config(config).map_err(unusable)
    }
}

impl Pem {
    fn read(&self) -> Result<Vec<u8>, String> {
        match self {
            Pem::File(path) => {
                std::fs::read(path).map_err(|fault| format!("{}: {fault}", path.display()))
            }
            Pem::Text(text) => Ok(text.clone()),
        }
    }
}

/// What to do about an error of a connection to that URL, if TLS is what is wrong.
pub fn hint(url: &str, fault: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut next = Some(fault);
    while let Some(fault) = next {
        if let Some(fault) = fault.downcast_ref::<rustls::Error>() {
            return by_us(fault).or_else(|| by_them(&fault.to_string()));
        }
        // Its `source` is that of what it holds, not what it holds.
        let held = fault.downcast_ref::<std::io::Error>();
        let held = held.and_then(std::io::Error::get_ref);
        next = held
            .map(|held| held as &(dyn Error + 'static))
            .or_else(|| fault.source());
    }
    // Once HTTP/2 has begun, which it does before a server has looked at our certificate, only
    // the words are left of an error.
    let words = with_causes(fault);
    by_them(&words).or_else(|| hung_up(url, &words))
}

/// A server that turns a certificate away says so after our side of the handshake is done.
/// If the connection is not in use at that moment, nobody hears it.
fn hung_up(url: &str, words: &str) -> Option<&'static str> {
    const ENDS: [&str; 5] = [
        "connection closed",
        "connection was not ready",
        "broken pipe",
        "Broken pipe",
        "reset by peer",
    ];
    let ended = ENDS.iter().any(|end| words.contains(end));
    (ended && url.starts_with("https://")).then_some(
        "the other side hung up: perhaps it asks who you are (--tls-cert and --tls-key), or your certificate has expired, is revoked, or is not of the CA that it trusts (--client-ca)",
    )
}

/// What we found wrong.
fn by_us(fault: &rustls::Error) -> Option<&'static str> {
    use rustls::Error::{InvalidCertificate, InvalidMessage as Strange};
    Some(match fault {
        Strange(InvalidMessage::InvalidContentType) => {
            "the other side does not speak TLS: write http://, or start it with --tls-cert and --tls-key"
        }
        InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            "the CA of --tls-ca did not issue the certificate of the other side"
        }
        InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "the certificate of the other side has expired: renew it there, or set the clock here"
        }
        InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => {
            "the certificate of the other side is for another name: write that one in the URL, or give it by --tls-name"
        }
        _ => return None,
    })
}

/// What the other side found wrong, by the alert that it sent.
fn by_them(words: &str) -> Option<&'static str> {
    let (_, alert) = words.split_once("received fatal alert: ")?;
    let alert = alert.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
    Some(match alert {
        "CertificateRequired" => "the other side asks who you are: give --tls-cert and --tls-key",
        "CertificateExpired" => "your certificate has expired: renew it",
        "CertificateRevoked" => "your certificate is revoked: get another of that CA",
        "UnknownCA" | "DecryptError" | "BadCertificate" => {
            "the CA that the other side trusts (--client-ca) did not issue your certificate"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::hint;

    /// What is left of an error, and part of the hint. Tests over sockets see some of these
    /// only now and then.
    #[test]
    fn hints() {
        let alert = |alert| {
            let fault = rustls::Error::AlertReceived(alert);
            std::io::Error::other(format!("connection error: {fault}"))
        };
        use rustls::AlertDescription as Alert;
        let rows = [
            (alert(Alert::CertificateRequired), Some("give --tls-cert")),
            (alert(Alert::CertificateExpired), Some("renew it")),
            (alert(Alert::CertificateRevoked), Some("is revoked")),
            (alert(Alert::UnknownCA), Some("did not issue your")),
            (alert(Alert::DecryptError), Some("did not issue your")),
            (alert(Alert::InternalError), None),
            (std::io::Error::other("connection closed"), Some("hung up")),
            (
                std::io::Error::other("operation was canceled: connection was not ready"),
                Some("hung up"),
            ),
            (std::io::Error::other("no route to host"), None),
        ];
        for (fault, expected) in rows {
            let found = hint("https://here", &fault);
            let right = match (found, expected) {
                (Some(found), Some(part)) => found.contains(part),
                (found, expected) => found == expected,
            };
            assert!(right, "{fault}: {found:?}");
        }
        let ended = std::io::Error::other("connection closed");
        assert_eq!(hint("http://here", &ended), None);
    }
}
