//! Lists of certificates that a CA has revoked.
//!
//! rustls holds certificates against them. What is asked here is whether they are good to
//! begin with: with a list that is too old, or with none of a CA, nobody of that CA could be
//! let in.

use std::time::{Duration, SystemTime};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use x509_cert::Certificate;
use x509_cert::crl::CertificateList;
use x509_cert::der::{Decode, Encode};

use crate::fit::clipped;

/// Bytes of the name of a CA in a message.
const NAME_BYTES_MAX: usize = 200;

/// The lists of a file.
pub struct Lists {
    /// The file, PEM.
    pub pem: Vec<u8>,
    /// Each of them.
    pub each: Vec<CertificateRevocationListDer<'static>>,
    /// When the first of them is to be replaced, since the Unix epoch and in words; and whose
    /// that is.
    next: (Duration, String, String),
}

impl Lists {
    /// Of a file.
    ///
    /// # Errors
    /// In words: what is wrong with it.
    pub fn read(pem: Vec<u8>) -> Result<Lists, String> {
        let each: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(&pem).collect();
        let each = each.map_err(|fault| format!("no revocation list in PEM: {fault}"))?;
        let mut next: Option<(Duration, String, String)> = None;
        for list in &each {
            let list = parsed(list)?.tbs_cert_list;
            let issuer = shown(&list.issuer);
            let Some(ends) = list.next_update else {
                return Err(format!(
                    "the list of {issuer} does not say when the next one comes"
                ));
            };
            let (moment, date) = (ends.to_unix_duration(), ends.to_string());
            if next.as_ref().is_none_or(|(first, ..)| moment < *first) {
                next = Some((moment, date, issuer));
            }
        }
        match next {
            Some(next) => Ok(Lists { pem, each, next }),
            None => Err("no revocation list in PEM".to_owned()),
        }
    }

    /// Whether they are of today.
    ///
    /// # Errors
    /// In words: which one is not.
    pub fn fresh(&self) -> Result<(), String> {
        let (moment, date, issuer) = &self.next;
        match SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default() < *moment {
            true => Ok(()),
            false => Err(format!(
                "the list of {issuer} was to be replaced by {date}; get a new one of that CA"
            )),
        }
    }

    /// Whether each of these CAs has signed one.
    ///
    /// # Errors
    /// In words: which one has not.
    pub fn cover(&self, roots: &[CertificateDer<'_>]) -> Result<(), String> {
        let lists: Result<Vec<_>, _> = self.each.iter().map(parsed).collect();
        let lists = lists?;
        for root in roots {
            let unreadable = |fault| format!("a CA cannot be read: {fault}");
            let root = Certificate::from_der(root).map_err(unreadable)?;
            let name = root.tbs_certificate().subject();
            if !lists.iter().any(|list| is_of(list, &root)) {
                let name = shown(name);
                return Err(format!(
                    "there is no list that {name} has signed, so nobody of that CA could be let in; add one, if need be an empty one"
                ));
            }
        }
        Ok(())
    }
}

/// Whether that CA has signed the list.
fn is_of(list: &CertificateList, ca: &Certificate) -> bool {
    let (list_says, ca) = (&list.tbs_cert_list, ca.tbs_certificate());
    let key = ca.subject_public_key_info();
    let (Ok(signed), Ok(signature_by), Ok(key_of)) = (
        list_says.to_der(),
        list.signature_algorithm.to_der(),
        key.algorithm.to_der(),
    ) else {
        return false;
    };
    let known = rustls::crypto::ring::default_provider().signature_verification_algorithms;
    let mut fits = known.all.iter().filter(|algorithm| {
        // Of these, rustls has what is within the SEQUENCE; they are short.
        signature_by.get(2..) == Some(&*algorithm.signature_alg_id())
            && key_of.get(2..) == Some(&*algorithm.public_key_alg_id())
    });
    let (key, signature) = (
        key.subject_public_key.raw_bytes(),
        list.signature.raw_bytes(),
    );
    list_says.issuer == *ca.subject()
        && fits.any(|by| by.verify_signature(key, &signed, signature).is_ok())
}

fn parsed(list: &CertificateRevocationListDer<'_>) -> Result<CertificateList, String> {
    let list: Result<CertificateList, _> = CertificateList::from_der(list);
    list.map_err(|fault| format!("a revocation list cannot be read: {fault}"))
}

fn shown(name: &x509_cert::name::Name) -> String {
    clipped(&format!("`{name}`"), NAME_BYTES_MAX)
}
