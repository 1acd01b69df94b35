//! The other side: a client of RouteService, and a blocking one for tools. What it asks a
//! control plane beyond that, of FleetService, is in [`fleet`].
//!
//! `http://` is plain HTTP/2, for loopback. `https://` needs the feature `tls`, and to be told
//! whom to trust (`connect_with`). A host that needs tokens builds its own channel and uses
//! [`crate::rpc::route_service_client`].

mod fleet;

use std::fmt;
use std::time::Duration;

use routewright::Limits;
use routewright_schema::pb::{
    GetRouteMapRequest, GetRouteMapResponse, GetStatusRequest, GetStatusResponse,
    RollbackRouteMapRequest, RollbackRouteMapResponse, Rollout, UpdateRouteMapRequest,
    UpdateRouteMapResponse,
};
use tonic::transport::{Channel, Endpoint};

use crate::rpc::fleet_service_client::FleetServiceClient;
use crate::rpc::route_service_client::RouteServiceClient;

pub use fleet::{BlockingSteps, Steps};
/// What a call failed with.
pub use tonic::Code;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an engine may say nothing during a call before it is asked whether it still
/// lives, and how long it may take to say so.
const ALIVE: Duration = Duration::from_secs(10);
/// Bytes of an answer: two images, the override, and a little.
const ANSWER_BYTES_MAX: usize =
    2 * Limits::DEFAULT.image_bytes_max + Limits::DEFAULT.push_bytes_max + (1 << 20);

/// Why there is no answer. A refusal is none: it is an answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// The URL makes no sense, or nobody is there.
    Connect(tonic::transport::Error),
    /// Certificates cannot be used, or do not go with the URL.
    Tls(String),
    /// The call failed on its way, or the engine could not make sense of it.
    Call(Box<tonic::Status>),
    /// The blocking client could not be set up.
    Runtime(std::io::Error),
    /// The blocking client was called from within asynchronous code.
    Asynchronous,
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::Connect(_) => f.write_str("could not connect"),
            ClientError::Tls(why) => f.write_str(why),
            ClientError::Call(status) => write!(
                f,
                "the call failed ({:?}): {}",
                status.code(),
                status.message()
            ),
            ClientError::Runtime(_) => f.write_str("could not start what runs the calls"),
            ClientError::Asynchronous => f.write_str(
                "a blocking client cannot be used in asynchronous code; use `Client` there",
            ),
        }
    }
}

impl std::error::Error for ClientError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ClientError::Connect(fault) => Some(fault),
            // The status is in the message already; what lies beneath it is not.
            ClientError::Call(status) => std::error::Error::source(&**status),
            ClientError::Runtime(fault) => Some(fault),
            ClientError::Tls(_) | ClientError::Asynchronous => None,
        }
    }
}

#[cfg(feature = "tls")]
impl ClientError {
    /// What to do about it, if TLS to that URL is what is wrong.
    pub fn hint(&self, url: &str) -> Option<&'static str> {
        match self {
            ClientError::Connect(fault) => crate::tls::hint(url, fault),
            ClientError::Call(status) => crate::tls::hint(url, &**status),
            _ => None,
        }
    }
}

impl From<tonic::Status> for ClientError {
    fn from(status: tonic::Status) -> ClientError {
        ClientError::Call(Box::new(status))
    }
}

/// A client of one engine, or of a control plane. Clones share the connection.
#[derive(Clone, Debug)]
pub struct Client {
    inner: RouteServiceClient<Channel>,
    fleet: FleetServiceClient<Channel>,
}

impl Client {
    /// Connects to `http://host:port`, within 5 seconds.
    ///
    /// # Errors
    /// The URL makes no sense, or nobody is there.
    pub async fn connect(url: &str) -> Result<Client, ClientError> {
        let endpoint = Endpoint::from_shared(url.to_owned()).map_err(ClientError::Connect)?;
        Client::by(endpoint).await
    }

    /// Connects to `https://host:port`, and to `http://` if nothing is said of TLS.
    ///
    /// # Errors
    /// Also if the certificates cannot be used.
    #[cfg(feature = "tls")]
    pub async fn connect_with(url: &str, tls: &crate::tls::Tls) -> Result<Client, ClientError> {
        Client::by(tls.endpoint(url).map_err(ClientError::Tls)?).await
    }

    async fn by(endpoint: Endpoint) -> Result<Client, ClientError> {
        let channel = endpoint
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(ALIVE)
            .keep_alive_timeout(ALIVE)
            .connect()
            .await
            .map_err(ClientError::Connect)?;
        Ok(Client {
            inner: RouteServiceClient::new(channel.clone())
                .max_decoding_message_size(ANSWER_BYTES_MAX),
            fleet: FleetServiceClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX),
        })
    }

    /// Pushes an encoded `RouteMap`, or asks what would come of it.
    ///
    /// # Errors
    /// There is no answer; whether the push was taken is then not known, and it may be
    /// sent again as it is.
    pub async fn push(
        &mut self,
        route_map: Vec<u8>,
        dry_run: bool,
    ) -> Result<UpdateRouteMapResponse, ClientError> {
        self.push_in_stages(route_map, dry_run, None).await
    }

    /// The same to a control plane, which is told how to bring it to its engines; `None`:
    /// as it does unless told otherwise. An engine takes no `rollout`.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub async fn push_in_stages(
        &mut self,
        route_map: Vec<u8>,
        dry_run: bool,
        rollout: Option<Rollout>,
    ) -> Result<UpdateRouteMapResponse, ClientError> {
        let request = UpdateRouteMapRequest {
            route_map,
            dry_run,
            rollout,
        };
        Ok(self.inner.update_route_map(request).await?.into_inner())
    }

    /// Serves an earlier generation again.
    ///
    /// # Errors
    /// There is no answer, or the request has no target.
    pub async fn rollback(
        &mut self,
        request: RollbackRouteMapRequest,
    ) -> Result<RollbackRouteMapResponse, ClientError> {
        Ok(self.inner.rollback_route_map(request).await?.into_inner())
    }

    /// What is served, as bytes; on demand with the baseline's image.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn get(&mut self, with_baseline: bool) -> Result<GetRouteMapResponse, ClientError> {
        let request = GetRouteMapRequest {
            with_baseline,
            version: None,
        };
        Ok(self.inner.get_route_map(request).await?.into_inner())
    }

    /// The same of a version that is kept; 0 is the baseline.
    ///
    /// # Errors
    /// There is no answer, or the version is not kept.
    pub async fn kept(
        &mut self,
        version: u64,
        with_baseline: bool,
    ) -> Result<GetRouteMapResponse, ClientError> {
        let request = GetRouteMapRequest {
            with_baseline,
            version: Some(version),
        };
        Ok(self.inner.get_route_map(request).await?.into_inner())
    }

    /// What is served, in words and figures.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn status(&mut self) -> Result<GetStatusResponse, ClientError> {
        Ok(self
            .inner
            .get_status(GetStatusRequest {})
            .await?
            .into_inner())
    }
}

/// The same for tools that are not asynchronous: each call waits for its answer, on
/// the thread of the caller.
#[derive(Debug)]
pub struct BlockingClient {
    // Dropped before the runtime that drives it.
    client: Client,
    runtime: tokio::runtime::Runtime,
}

impl BlockingClient {
    /// As [`Client::connect`].
    ///
    /// # Errors
    /// Also if this is called from asynchronous code.
    pub fn connect(url: &str) -> Result<BlockingClient, ClientError> {
        BlockingClient::by(Client::connect(url))
    }

    /// As [`Client::connect_with`].
    ///
    /// # Errors
    /// Also if this is called from asynchronous code.
    #[cfg(feature = "tls")]
    pub fn connect_with(url: &str, tls: &crate::tls::Tls) -> Result<BlockingClient, ClientError> {
        BlockingClient::by(Client::connect_with(url, tls))
    }

    fn by(
        connecting: impl Future<Output = Result<Client, ClientError>>,
    ) -> Result<BlockingClient, ClientError> {
        outside_of_tasks()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(ClientError::Runtime)?;
        let client = runtime.block_on(connecting)?;
        Ok(BlockingClient { client, runtime })
    }

    /// As [`Client::push`].
    ///
    /// # Errors
    /// As there, and if this is called from asynchronous code; likewise below.
    pub fn push(
        &mut self,
        route_map: Vec<u8>,
        dry_run: bool,
    ) -> Result<UpdateRouteMapResponse, ClientError> {
        self.push_in_stages(route_map, dry_run, None)
    }

    /// As [`Client::push_in_stages`].
    ///
    /// # Errors
    /// As there.
    pub fn push_in_stages(
        &mut self,
        route_map: Vec<u8>,
        dry_run: bool,
        rollout: Option<Rollout>,
    ) -> Result<UpdateRouteMapResponse, ClientError> {
        outside_of_tasks()?;
        self.runtime
            .block_on(self.client.push_in_stages(route_map, dry_run, rollout))
    }

    /// As [`Client::rollback`].
    ///
    /// # Errors
    /// As there.
    pub fn rollback(
        &mut self,
        request: RollbackRouteMapRequest,
    ) -> Result<RollbackRouteMapResponse, ClientError> {
        outside_of_tasks()?;
        self.runtime.block_on(self.client.rollback(request))
    }

    /// As [`Client::get`].
    ///
    /// # Errors
    /// As there.
    pub fn get(&mut self, with_baseline: bool) -> Result<GetRouteMapResponse, ClientError> {
        outside_of_tasks()?;
        self.runtime.block_on(self.client.get(with_baseline))
    }

    /// As [`Client::kept`].
    ///
    /// # Errors
    /// As there.
    pub fn kept(
        &mut self,
        version: u64,
        with_baseline: bool,
    ) -> Result<GetRouteMapResponse, ClientError> {
        outside_of_tasks()?;
        self.runtime
            .block_on(self.client.kept(version, with_baseline))
    }

    /// As [`Client::status`].
    ///
    /// # Errors
    /// As there.
    pub fn status(&mut self) -> Result<GetStatusResponse, ClientError> {
        outside_of_tasks()?;
        self.runtime.block_on(self.client.status())
    }
}

/// tokio would panic there.
fn outside_of_tasks() -> Result<(), ClientError> {
    match tokio::runtime::Handle::try_current() {
        Ok(_) => Err(ClientError::Asynchronous),
        Err(_) => Ok(()),
    }
}

/// An error with its causes.
pub(crate) fn with_causes(fault: &dyn std::error::Error) -> String {
    let mut text = fault.to_string();
    let mut cause = fault.source();
    while let Some(fault) = cause {
        text.push_str(&format!(": {fault}"));
        cause = fault.source();
    }
    text
}
