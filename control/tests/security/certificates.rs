//! Certificates, good and bad.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    DistinguishedName, DnType, IsCa, KeyIdMethod, KeyPair, RevokedCertParams, SanType,
    SerialNumber, date_time_ymd,
};

/// Somebody who issues certificates.
pub struct Ca {
    issuer: CertifiedIssuer<'static, KeyPair>,
    issued: AtomicU64,
}

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub struct Held {
    pub cert: String,
    pub key: String,
    pub der: Vec<u8>,
    serial: Option<SerialNumber>,
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
            serial: None,
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
            issued: AtomicU64::new(1),
        }
    }

    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A list of what it has revoked, in PEM, good until the first day of that year.
    pub fn revokes(&self, held: &[&Held], until: i32) -> String {
        let revoked = held.iter().map(|held| RevokedCertParams {
            serial_number: held.serial.clone().unwrap(),
            revocation_time: date_time_ymd(2020, 1, 1),
            reason_code: None,
            invalidity_date: None,
        });
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(until, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().pem().unwrap()
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
        let serial = SerialNumber::from(self.issued.fetch_add(1, Ordering::Relaxed));
        params.serial_number = Some(serial.clone());
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        Held {
            serial: Some(serial),
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
