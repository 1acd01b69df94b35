//! What a connection costs on which nothing happens: a proxy that counts.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Headers of a packet: IPv4, TCP, its timestamps.
const HEADER_BYTES: usize = 20 + 20 + 12;
/// A receiver that has nothing to say acknowledges after this time, in a packet of its own.
const ACK_AFTER: Duration = Duration::from_millis(40);

#[derive(Clone, Copy)]
struct Packet {
    at: Instant,
    from_engine: bool,
    bytes: usize,
}

/// Everything that went over one connection.
#[derive(Clone, Default)]
pub struct Traffic {
    packets: Arc<Mutex<Vec<Packet>>>,
}

impl Traffic {
    /// Listens for one connection, and carries it on; where it listens.
    pub async fn through(to: String) -> (Traffic, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let traffic = Traffic::default();
        let counted = traffic.clone();
        tokio::spawn(async move {
            let (engine, _) = listener.accept().await.expect("an engine comes");
            let plane = TcpStream::connect(to).await.expect("it listens");
            for side in [&engine, &plane] {
                side.set_nodelay(true).expect("a socket");
            }
            let ((from_engine, to_engine), (from_plane, to_plane)) =
                (engine.into_split(), plane.into_split());
            tokio::join!(
                counted.carry(from_engine, to_plane, true),
                counted.carry(from_plane, to_engine, false)
            );
        });
        (traffic, format!("http://{address}"))
    }

    async fn carry(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, from_engine: bool) {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(bytes @ 1..) = from.read(&mut buffer).await {
            let at = Instant::now();
            self.packets().push(Packet {
                at,
                from_engine,
                bytes,
            });
            if to.write_all(&buffer[..bytes]).await.is_err() {
                return;
            }
        }
    }

    fn packets(&self) -> std::sync::MutexGuard<'_, Vec<Packet>> {
        self.packets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what was counted so far.
    pub fn clear(&self) {
        self.packets().clear();
    }

    /// Bytes since then: of HTTP/2 alone, and with the headers of all packets.
    pub fn bytes(&self) -> (usize, usize) {
        let packets = self.packets();
        let content: usize = packets.iter().map(|packet| packet.bytes).sum();
        let alone = |(at, packet): &(usize, &Packet)| {
            let mut later = packets[at + 1..].iter();
            let answer = later.find(|later| later.from_engine != packet.from_engine);
            answer.is_none_or(|answer| answer.at - packet.at > ACK_AFTER)
        };
        let acks = packets.iter().enumerate().filter(alone).count();
        (content, content + (packets.len() + acks) * HEADER_BYTES)
    }
}
