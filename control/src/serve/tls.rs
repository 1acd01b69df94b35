//! TLS of the control plane.
//!
//! Certificates live for days or hours, a control plane for months: what new files hold is
//! taken up as it runs, for the connections that come then. Nothing of an older handshake is
//! resumed, so every connection is checked by the CA of its time.
//!
//! Lists of what was revoked are a file of their own, and change by themselves: one that
//! cannot be used keeps no renewed certificate out. The last good one stays in force then, also
//! beyond its time: what it revokes stays revoked, and nobody else is locked out.

use std::fmt::Display;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, ServerConfig, WebPkiClientVerifier};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;

use super::Control;
use super::files::read;
use super::handshakes::Failure;
use super::revoked::Lists;

/// How long a handshake may take.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(5);
/// Handshakes at a time; whoever comes then waits.
const HANDSHAKES_MAX: usize = 256;
/// How long a client may take from its connection to its first call.
const CALL_WITHIN: Duration = Duration::from_millis(300);
/// After an error of accept: out of file descriptors, say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The record type by which TLS begins.
const HANDSHAKE: u8 = 0x16;

/// Where certificates are, in PEM.
#[derive(Clone, Debug)]
pub struct Files {
    /// Of the control plane, with those between it and its CA.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Who issues the certificates of clients. `None`: they need none.
    pub client_ca: Option<PathBuf>,
    /// What these have revoked: a list of each of them. `None`: nobody asks.
    pub client_crl: Option<PathBuf>,
}

/// Takes connections by TLS.
pub struct Tls {
    files: Files,
    current: RwLock<Current>,
}

/// What is in force.
struct Current {
    contents: Contents,
    lists: Option<Arc<Lists>>,
    verifier: Arc<dyn ClientCertVerifier>,
    config: Arc<ServerConfig>,
}

#[derive(Clone, PartialEq, Eq)]
struct Contents {
    cert: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// In words: which of them is of no use, and why.
    pub fn open(files: Files) -> Result<Tls, String> {
        let contents = contents(&files)?;
        let lists = match &files.client_crl {
            None => None,
            Some(path) => {
                let told = |why| format!("{}: {why}", path.display());
                let lists = Lists::read(read(path)?).map_err(told)?;
                lists.fresh().map_err(told)?;
                Some(Arc::new(lists))
            }
        };
        let current = Current::of(&files, contents, lists)?;
        Ok(Tls {
            files,
            current: RwLock::new(current),
        })
    }

    /// Reads the certificates again; says whether they are new.
    ///
    /// # Errors
    /// In words: why they are of no use. What was there before goes on.
    pub fn refresh(&self) -> Result<bool, String> {
        let contents = contents(&self.files)?;
        let lists = {
            let current = self.current();
            if current.contents == contents {
                return Ok(false);
            }
            current.lists.clone()
        };
        self.replace(Current::of(&self.files, contents, lists)?);
        Ok(true)
    }

    /// Reads the revocation lists again; says whether they are new.
    ///
    /// # Errors
    /// In words: why they are of no use, or too old, also if they are not new. What was there
    /// before goes on.
    pub fn refresh_revoked(&self) -> Result<bool, String> {
        let Some(path) = &self.files.client_crl else {
            return Ok(false);
        };
        let told = |why| format!("{}: {why}", path.display());
        let pem = read(path)?;
        let contents = {
            let current = self.current();
            if let Some(lists) = current.lists.as_ref().filter(|lists| lists.pem == pem) {
                return lists.fresh().map(|()| false).map_err(told);
            }
            current.contents.clone()
        };
        let lists = Lists::read(pem).map_err(told)?;
        lists.fresh().map_err(told)?;
        let lists = Some(Arc::new(lists));
        self.replace(Current::of(&self.files, contents, lists)?);
        Ok(true)
    }

    /// What says whether a certificate is revoked; `None`: nothing does.
    pub(super) fn revocations(&self) -> Option<Arc<dyn ClientCertVerifier>> {
        let current = self.current();
        current.lists.as_ref().map(|_| current.verifier.clone())
    }

    fn current(&self) -> RwLockReadGuard<'_, Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace(&self, current: Current) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
    }

    fn acceptor(&self) -> TlsAcceptor {
        self.current().config.clone().into()
    }

    /// The connections of a listener, once their handshake is done. Those that fail, the
    /// control plane counts.
    pub fn incoming(
        self: Arc<Self>,
        listener: TcpListener,
        control: &Control,
    ) -> ReceiverStream<io::Result<TlsStream<TcpStream>>> {
        let (ready, connections) = mpsc::channel(HANDSHAKES_MAX);
        let room = Arc::new(Semaphore::new(HANDSHAKES_MAX));
        let meters = control.handle().meters().clone();
        tokio::spawn(async move {
            while let Ok(place) = room.clone().acquire_owned().await {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = ready.closed() => return,
                };
                let Ok((stream, from)) = accepted else {
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                };
                let (acceptor, ready, meters) = (self.acceptor(), ready.clone(), meters.clone());
                tokio::spawn(async move {
                    let mut failure = None;
                    let done = shake(acceptor, stream, &mut failure);
                    match tokio::time::timeout(HANDSHAKE_WITHIN, done).await {
                        Ok(Some(stream)) => drop(ready.send(Ok(stream)).await),
                        Ok(None) => {}
                        Err(_) => drop(failure.get_or_insert(Failure::Timeout)),
                    }
                    if let Some(failure) = failure {
                        meters.handshakes.failed(failure, Some(from.ip()));
                    }
                    drop(place);
                });
            }
        });
        ReceiverStream::new(connections)
    }
}

/// One handshake. Who it failed with has been told by TLS itself; somebody who hangs up before
/// the first byte, as those do who only look whether the port is open, has not failed.
async fn shake(
    acceptor: TlsAcceptor,
    mut stream: TcpStream,
    failure: &mut Option<Failure>,
) -> Option<TlsStream<TcpStream>> {
    stream.set_nodelay(true).ok()?;
    let mut first = [0];
    match stream.peek(&mut first).await.ok()? {
        0 => return None,
        _ if first[0] == HANDSHAKE => {}
        _ => {
            *failure = Some(Failure::NotTls);
            // Clients show it only to a call that is under way.
            tokio::time::sleep(CALL_WITHIN).await;
            let _gone = stream.write_all(&goaway()).await;
            hang_up(stream).await;
            return None;
        }
    }
    match acceptor.accept(stream).into_fallible().await {
        Ok(stream) => Some(stream),
        Err((fault, stream)) => {
            *failure = Some(Failure::of(&fault));
            hang_up(stream).await;
            None
        }
    }
}

/// Ends a connection so that what was said last arrives: what came must be read, or closing
/// takes that back.
async fn hang_up(mut stream: TcpStream) {
    let _gone = stream.shutdown().await;
    let _rest = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
}

/// What somebody who speaks HTTP/2 without TLS is told: SETTINGS, then GOAWAY with the
/// reason (RFC 9113, 6.5 and 6.8), which clients show.
fn goaway() -> Vec<u8> {
    const SETTINGS: u8 = 4;
    const GOAWAY: u8 = 7;
    const INADEQUATE_SECURITY: u32 = 0xc;
    let why = b"this port speaks TLS: use https://, with --tls-ca";
    let frame = |kind: u8, payload: &[u8]| {
        let length = u32::try_from(payload.len())
            .unwrap_or_default()
            .to_be_bytes();
        let head = [length[1], length[2], length[3], kind, 0, 0, 0, 0, 0];
        [&head, payload].concat()
    };
    let last_stream = 0u32.to_be_bytes();
    let code = INADEQUATE_SECURITY.to_be_bytes();
    let goaway = [&last_stream[..], &code, why].concat();
    [frame(SETTINGS, &[]), frame(GOAWAY, &goaway)].concat()
}

fn contents(files: &Files) -> Result<Contents, String> {
    Ok(Contents {
        cert: read(&files.cert)?,
        key: read(&files.key)?,
        client_ca: files.client_ca.as_deref().map(read).transpose()?,
    })
}

impl Current {
    fn of(files: &Files, contents: Contents, lists: Option<Arc<Lists>>) -> Result<Current, String> {
        let verifier = verifier(files, &contents, lists.as_deref())?;
        let config = config(files, &contents, verifier.clone())?;
        Ok(Current {
            contents,
            lists,
            verifier,
            config,
        })
    }
}

/// What lets certificates of clients in.
fn verifier(
    files: &Files,
    contents: &Contents,
    lists: Option<&Lists>,
) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let (Some(pem), Some(path)) = (&contents.client_ca, &files.client_ca) else {
        return Ok(WebPkiClientVerifier::no_client_auth());
    };
    let told = |fault: &dyn Display| format!("{}: {fault}", path.display());
    let certificates = certificates(pem).map_err(|why| told(&why))?;
    let mut builder = {
        let mut roots = RootCertStore::empty();
        for root in &certificates {
            roots.add(root.clone()).map_err(|fault| told(&fault))?;
        }
        WebPkiClientVerifier::builder_with_provider(roots.into(), provider())
    };
    if let (Some(lists), Some(crl)) = (lists, &files.client_crl) {
        let crl = crl.display();
        let covers = lists.cover(&certificates);
        covers.map_err(|why| format!("{crl}: {why}"))?;
        builder = builder.with_crls(lists.each.iter().cloned());
        return builder.build().map_err(|fault| format!("{crl}: {fault}"));
    }
    builder.build().map_err(|fault| told(&fault))
}

fn config(
    files: &Files,
    contents: &Contents,
    verifier: Arc<dyn ClientCertVerifier>,
) -> Result<Arc<ServerConfig>, String> {
    let (cert, key) = (files.cert.display(), files.key.display());
    let chain = certificates(&contents.cert).map_err(|why| format!("{cert}: {why}"))?;
    let private = PrivateKeyDer::from_pem_slice(&contents.key)
        .map_err(|fault| format!("{key}: no private key in PEM: {fault}"))?;
    let builder = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|fault| fault.to_string())?;
    let mut config = builder
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, private)
        .map_err(|fault| format!("{cert} and {key} do not go together: {fault}"))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if all.is_empty() => Err("no certificate in PEM".to_owned()),
        Ok(all) => Ok(all),
        Err(fault) => Err(format!("no certificate in PEM: {fault}")),
    }
}
