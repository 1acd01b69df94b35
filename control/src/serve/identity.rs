//! The name that a certificate gives to whoever holds it.
//!
//! rustls has checked by then that it is theirs, and which CA issued it. One URI, or else one
//! DNS name, or else the common name: a certificate with several of a kind says nothing that
//! a rule could rest on, and is turned away rather than read in one of several ways.

use std::time::Duration;

use rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::{DirectoryString, GeneralName};

/// Bytes of a name.
const NAME_BYTES_MAX: usize = 2_048;

/// The name in a certificate, DER.
///
/// # Errors
/// In words: it has none, or more than one.
pub fn of(certificate: &[u8]) -> Result<String, String> {
    let unreadable = |fault| format!("the certificate cannot be read: {fault}");
    let certificate = Certificate::from_der(certificate).map_err(unreadable)?;
    let tbs = certificate.tbs_certificate();
    let names = tbs.get_extension::<SubjectAltName>().map_err(unreadable)?;
    let names = names.map_or(Vec::new(), |(_, names)| names.0);
    let uris = names.iter().filter_map(|name| match name {
        GeneralName::UniformResourceIdentifier(uri) => Some(uri.as_str().to_owned()),
        _ => None,
    });
    if let Some(uri) = only(uris, "URIs")? {
        return readable(uri, |uri| uri.contains("://"), "is no URI with `://`");
    }
    let hosts = names.iter().filter_map(|name| match name {
        GeneralName::DnsName(host) => Some(host.as_str().to_ascii_lowercase()),
        _ => None,
    });
    // Neither can be taken for a URI.
    let plain = |name: &str| !name.contains(['*', '/']);
    let wrong = "holds a `*` or `/`";
    if let Some(host) = only(hosts, "DNS names")? {
        return readable(host, plain, wrong);
    }
    if !names.is_empty() {
        return Err("the certificate has alternative names, but no URI or DNS name".to_owned());
    }
    let parts = tbs.subject().iter();
    let common = parts.filter(|part| part.oid == COMMON_NAME);
    let texts: Result<Vec<String>, _> = common
        .map(|part| part.value.decode_as::<DirectoryString>())
        .map(|text| text.map(|text| text.value().into_owned()))
        .collect();
    let texts = texts.map_err(unreadable)?;
    match only(texts.into_iter(), "common names")? {
        Some(name) => readable(name, plain, wrong),
        None => Err(
            "the certificate names nobody: it has no URI, no DNS name and no common name"
                .to_owned(),
        ),
    }
}

/// When the first of these certificates expires, since the Unix epoch; `None`: nobody can say.
pub fn good_until(chain: &[CertificateDer<'_>]) -> Option<Duration> {
    let ends = chain.iter().filter_map(|der| {
        let certificate = Certificate::from_der(der).ok()?;
        let validity = certificate.tbs_certificate().validity();
        Some(validity.not_after.to_unix_duration())
    });
    ends.min()
}

/// The one, if there is one.
fn only(names: impl Iterator<Item = String>, kind: &str) -> Result<Option<String>, String> {
    let mut names: Vec<String> = names.take(2).collect();
    match names.len() {
        2 => Err(format!(
            "the certificate has several {kind}; whoever it is for must have one name"
        )),
        _ => Ok(names.pop()),
    }
}

fn readable(name: String, good: impl Fn(&str) -> bool, wrong: &str) -> Result<String, String> {
    let why = match name.as_str() {
        "" => "is empty",
        name if name.len() > NAME_BYTES_MAX => "is too long",
        name if !name.chars().all(routewright::name::printable) => {
            "holds a character that cannot be seen"
        }
        name if !good(name) => wrong,
        _ => return Ok(name),
    };
    Err(format!("the name in the certificate {why}"))
}
