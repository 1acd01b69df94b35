//! Certificates, good and bad.

use base64::Engine;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    SanType, date_time_ymd,
};

/// Somebody who issues certificates.
pub struct Ca {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub struct Held {
    pub cert: String,
    pub key: String,
    pub der: Vec<u8>,
}

/// What a certificate says.
#[derive(Clone, Default)]
pub struct Says<'a> {
    pub uris: &'a [&'a str],
    pub hosts: &'a [&'a str],
    pub emails: &'a [&'a str],
    pub common_names: &'a [&'a str],
    pub expired: bool,
}

impl Held {
    /// Of two files.
    pub fn of(cert: &str, key: &str) -> Held {
        let (_, rest) = cert.split_once("-----BEGIN CERTIFICATE-----").unwrap();
        let (body, _) = rest.split_once("-----END CERTIFICATE-----").unwrap();
        let body: String = body.split_whitespace().collect();
        Held {
            cert: cert.to_owned(),
            key: key.to_owned(),
            der: base64::engine::general_purpose::STANDARD
                .decode(body)
                .unwrap(),
        }
    }
}

impl Ca {
    pub fn new(name: &str) -> Ca {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Ca {
            issuer: CertifiedIssuer::self_signed(params, key).unwrap(),
        }
    }

    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    pub fn issues(&self, says: Says<'_>) -> Held {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        for name in says.common_names {
            params.distinguished_name.push(DnType::CommonName, *name);
        }
        let text = |text: &&str| text.to_string().try_into().unwrap();
        let uris = says.uris.iter().map(|uri| SanType::URI(text(uri)));
        let hosts = says.hosts.iter().map(|host| SanType::DnsName(text(host)));
        let emails = says.emails.iter().map(|to| SanType::Rfc822Name(text(to)));
        params.subject_alt_names = uris.chain(hosts).chain(emails).collect();
        if says.expired {
            params.not_before = date_time_ymd(2001, 1, 1);
            params.not_after = date_time_ymd(2001, 1, 2);
        }
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        Held {
            cert: cert.pem(),
            key: key.serialize_pem(),
            der: cert.der().to_vec(),
        }
    }

    /// For a server on this machine.
    pub fn issues_localhost(&self) -> Held {
        self.issues(Says {
            hosts: &["localhost"],
            ..Says::default()
        })
    }

    /// For whoever has that name.
    pub fn issues_to(&self, uri: &str) -> Held {
        self.issues(Says {
            uris: &[uri],
            ..Says::default()
        })
    }
}
