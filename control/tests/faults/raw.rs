//! A stream on which anything can be said.

use prost::Message as _;
use prost::bytes::BufMut as _;
use routewright::Now;
use routewright_control::follow::{Agent, Identity};
use routewright_schema::pb::watch_route_map_request::Message;
use routewright_schema::pb::{Hello, WatchRouteMapRequest, WatchRouteMapResponse};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::codec::{Codec, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Endpoint;
use tonic::{Request, Status, Streaming};
use tonic_prost::{ProstCodec, ProstDecoder};

use crate::engines;

pub struct Raw {
    say: mpsc::Sender<Vec<u8>>,
    pub told: Streaming<WatchRouteMapResponse>,
}

impl Raw {
    /// Opens a stream with this message.
    pub async fn open(url: &str, first: Vec<u8>) -> Result<Raw, Status> {
        let channel = Endpoint::from_shared(url.to_owned())
            .unwrap()
            // What is not read is soon no longer sent.
            .initial_stream_window_size(65_535)
            .connect()
            .await
            .unwrap();
        let (say, said) = mpsc::channel(16);
        say.send(first).await.unwrap();
        let mut grpc = tonic::client::Grpc::new(channel);
        grpc.ready().await.unwrap();
        let path = PathAndQuery::from_static("/routewright.v1.FleetService/WatchRouteMap");
        let request = Request::new(ReceiverStream::new(said));
        let told = grpc.streaming(request, path, Bytes).await?.into_inner();
        Ok(Raw { say, told })
    }

    pub async fn say(&self, message: Vec<u8>) {
        let _the_stream_may_have_ended = self.say.send(message).await;
    }

    /// Reads until the stream ends; why it did.
    pub async fn end(&mut self) -> Status {
        loop {
            match self.told.message().await {
                Ok(Some(_)) => {}
                Ok(None) => return Status::ok("it ended in order"),
                Err(status) => return status,
            }
        }
    }
}

/// What an engine of that name says first.
pub fn hello(name: &str) -> Hello {
    let identity = Identity {
        name: name.to_owned(),
        labels: Vec::new(),
    };
    let said = Agent::default().hello(&identity, engines::cell(), false, Now::read());
    match said.message {
        Some(Message::Hello(hello)) => hello,
        other => panic!("{other:?}"),
    }
}

pub fn encoded(message: Message) -> Vec<u8> {
    let message = Some(message);
    WatchRouteMapRequest { message }.encode_to_vec()
}

/// Bytes as they are.
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = WatchRouteMapResponse;
    type Encoder = Bytes;
    type Decoder = ProstDecoder<WatchRouteMapResponse>;

    fn encoder(&mut self) -> Bytes {
        Bytes
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProstCodec::<WatchRouteMapRequest, WatchRouteMapResponse>::default().decoder()
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item);
        Ok(())
    }
}
