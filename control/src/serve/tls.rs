//! TLS of the control plane.
//!
//! Certificates live for days or hours, a control plane for months: what new files hold is
//! taken up as it runs, for the connections that come then. Nothing of an older handshake is
//! resumed, so every connection is checked by the CA of its time.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, ServerConfig, WebPkiClientVerifier};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;

use super::files::read;

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
}

/// Takes connections by TLS.
pub struct Tls {
    files: Files,
    current: RwLock<(Contents, Arc<ServerConfig>)>,
}

#[derive(PartialEq, Eq)]
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
        let config = config(&files, &contents)?;
        Ok(Tls {
            files,
            current: RwLock::new((contents, config)),
        })
    }

    /// Reads the files again; says whether they hold something new.
    ///
    /// # Errors
    /// In words: why that is of no use. What was there before goes on.
    pub fn refresh(&self) -> Result<bool, String> {
        let contents = contents(&self.files)?;
        let same = |current: &(Contents, _)| current.0 == contents;
        if same(&self.current.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(false);
        }
        let config = config(&self.files, &contents)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = (contents, config);
        Ok(true)
    }

    fn acceptor(&self) -> TlsAcceptor {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.1.clone().into()
    }

    /// The connections of a listener, once their handshake is done.
    pub fn incoming(
        self: Arc<Self>,
        listener: TcpListener,
    ) -> ReceiverStream<io::Result<TlsStream<TcpStream>>> {
        let (ready, connections) = mpsc::channel(HANDSHAKES_MAX);
        let room = Arc::new(Semaphore::new(HANDSHAKES_MAX));
        tokio::spawn(async move {
            while let Ok(place) = room.clone().acquire_owned().await {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = ready.closed() => return,
                };
                let Ok((stream, _)) = accepted else {
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                };
                let (acceptor, ready) = (self.acceptor(), ready.clone());
                tokio::spawn(async move {
                    let done = tokio::time::timeout(HANDSHAKE_WITHIN, shake(acceptor, stream));
                    if let Ok(Some(stream)) = done.await {
                        let _ended = ready.send(Ok(stream)).await;
                    }
                    drop(place);
                });
            }
        });
        ReceiverStream::new(connections)
    }
}

/// One handshake. Who it failed with has been told by TLS itself.
async fn shake(acceptor: TlsAcceptor, mut stream: TcpStream) -> Option<TlsStream<TcpStream>> {
    stream.set_nodelay(true).ok()?;
    let mut first = [0];
    if stream.peek(&mut first).await.ok()? == 1 && first[0] != HANDSHAKE {
        // Clients show it only to a call that is under way.
        tokio::time::sleep(CALL_WITHIN).await;
        let _gone = stream.write_all(&goaway()).await;
        hang_up(stream).await;
        return None;
    }
    match acceptor.accept(stream).into_fallible().await {
        Ok(stream) => Some(stream),
        Err((_, stream)) => {
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

fn config(files: &Files, contents: &Contents) -> Result<Arc<ServerConfig>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let (cert, key) = (files.cert.display(), files.key.display());
    let chain = certificates(&contents.cert).map_err(|why| format!("{cert}: {why}"))?;
    let private = PrivateKeyDer::from_pem_slice(&contents.key)
        .map_err(|fault| format!("{key}: no private key in PEM: {fault}"))?;
    let verifier = match (&contents.client_ca, &files.client_ca) {
        (Some(pem), Some(path)) => {
            let path = path.display();
            let mut roots = RootCertStore::empty();
            for root in certificates(pem).map_err(|why| format!("{path}: {why}"))? {
                roots
                    .add(root)
                    .map_err(|fault| format!("{path}: {fault}"))?;
            }
            let verifier =
                WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone());
            verifier
                .build()
                .map_err(|fault| format!("{path}: {fault}"))?
        }
        _ => WebPkiClientVerifier::no_client_auth(),
    };
    let builder = ServerConfig::builder_with_provider(provider)
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

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if all.is_empty() => Err("no certificate in PEM".to_owned()),
        Ok(all) => Ok(all),
        Err(fault) => Err(format!("no certificate in PEM: {fault}")),
    }
}
