//! A consumer somewhere else: takes POSTs, keeps them, and answers as it was told.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::service::PATIENCE;

/// What it does with the next request.
#[derive(Clone, Copy)]
pub enum Act {
    /// Answers with this status.
    Answer(u16),
    /// Answers with 200, this much later.
    Late(Duration),
    /// Closes the connection without a word.
    HangUp,
}

/// A request as it came.
#[derive(Debug)]
pub struct Received {
    pub line: String,
    /// By name in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// Listens until the test has ended.
pub struct Consumer {
    pub address: SocketAddr,
    received: Receiver<Received>,
}

impl Consumer {
    /// Does these first, and answers 204 from then on.
    pub fn start(acts: impl IntoIterator<Item = Act>) -> Consumer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let acts = Arc::new(Mutex::new(acts.into_iter().collect::<VecDeque<_>>()));
        let (sender, received) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (acts, sender) = (Arc::clone(&acts), sender.clone());
                // A peer that goes away while we are late is no fault of ours.
                thread::spawn(move || serve(stream?, &acts, &sender));
            }
        });
        Consumer { address, received }
    }

    /// The next request.
    pub fn next(&self) -> Received {
        self.received.recv_timeout(PATIENCE).expect("a request")
    }

    /// Whether there is none, right now.
    pub fn is_idle(&self) -> bool {
        self.received.try_recv().is_err()
    }
}

/// One request a connection.
fn serve(
    mut stream: TcpStream,
    acts: &Mutex<VecDeque<Act>>,
    sender: &Sender<Received>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(());
    }
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or("0", String::as_str);
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body)?;
    let act = acts.lock().unwrap().pop_front();
    // Whoever listened may have seen enough.
    let _ = sender.send(Received {
        line: line.trim_end().to_owned(),
        headers,
        body,
    });
    let status = match act.unwrap_or(Act::Answer(204)) {
        Act::Answer(status) => status,
        Act::Late(pause) => {
            thread::sleep(pause);
            200
        }
        Act::HangUp => return Ok(()),
    };
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
}
