//! What stands before both services: no call gets past it without a [`Pass`].

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::NamedService;
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};
use tonic::{Request, Status};

use super::access::{Access, Pass, word_of};
use super::actor::Handle;

/// A service behind the rules.
#[derive(Clone)]
pub struct Gate<S> {
    inner: S,
    access: Arc<Access>,
    handle: Handle,
}

impl<S> Gate<S> {
    pub fn new(inner: S, access: Arc<Access>, handle: Handle) -> Gate<S> {
        Gate {
            inner,
            access,
            handle,
        }
    }
}

impl<S: NamedService> NamedService for Gate<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<http::Request<Body>> for Gate<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<http::Response<Body>, Infallible>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let extensions = request.extensions();
        let tls = extensions.get::<TlsConnectInfo<TcpConnectInfo>>();
        let tcp = extensions.get::<TcpConnectInfo>();
        let from = tls.map(TlsConnectInfo::get_ref).or(tcp);
        let chain = tls.and_then(TlsConnectInfo::peer_certs);
        let path = request.uri().path();
        let from = from.and_then(TcpConnectInfo::remote_addr);
        let admitted = self.access.admit(path, chain, from);
        match admitted {
            Ok(pass) => {
                request.extensions_mut().insert(pass);
                Box::pin(self.inner.call(request))
            }
            Err(denial) => {
                let rpc = path.rsplit('/').next().unwrap_or_default().to_owned();
                let handle = self.handle.clone();
                let (call, reason) = (word_of(path), denial.reason.as_str());
                handle.meters().denied.add(call, reason);
                Box::pin(async move {
                    let status = Status::from(&denial);
                    handle.denied(denial.who, rpc, denial.why).await;
                    Ok(status.into_http())
                })
            }
        }
    }
}

/// Who makes a call.
pub fn pass<T>(request: &Request<T>) -> Result<Pass, Status> {
    let pass = request.extensions().get::<Pass>().cloned();
    pass.ok_or_else(|| Status::internal("the call did not come by the gate"))
}
