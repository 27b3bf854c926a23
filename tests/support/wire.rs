//! One connection by hand: what is sent when, what is answered, and when the other side has had enough.

use super::{
    app::{App, PATIENCE},
    zoom::now,
};
use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// How the head of a webhook begins.
pub const POST: &str = "POST /api/zoom/webhook HTTP/1.1\r\nHost: x\r\n";

/// A connection to the public listener.
pub struct Wire {
    stream: TcpStream,
    /// What has come and is not read.
    rest: Vec<u8>,
}

/// One answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its head, in lower case.
    pub head: String,
    /// Its body.
    pub body: String,
}

impl Wire {
    /// Connects.
    pub fn open(app: &App) -> Self {
        let stream = TcpStream::connect(app.public).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        stream
            .set_write_timeout(Some(PATIENCE))
            .expect("a time-out");
        stream.set_nodelay(true).expect("no delay");
        Self {
            stream,
            rest: Vec::new(),
        }
    }

    /// Sends; false where the other side takes no more.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Sends what is taken at once, and tells how much that was.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        self.stream.set_nonblocking(true).expect("a mode");
        let sent = self.stream.write(bytes).unwrap_or(0);
        self.stream.set_nonblocking(false).expect("a mode");
        sent
    }

    /// The next answer; none where the connection ends first.
    pub fn reply(&mut self) -> Option<Reply> {
        let head = loop {
            if let Some(end) = self.rest.windows(4).position(|four| four == b"\r\n\r\n") {
                let head: Vec<u8> = self.rest.drain(..end + 4).collect();
                break String::from_utf8(head).unwrap().to_lowercase();
            }
            self.more()?;
        };
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.parse().unwrap());
        while self.rest.len() < length {
            self.more()?;
        }
        let body: Vec<u8> = self.rest.drain(..length).collect();
        let body = String::from_utf8(body).unwrap();
        Some(Reply { status, head, body })
    }

    /// The statuses of all answers until the connection ends; anything but an end fails the test.
    pub fn statuses(&mut self) -> Vec<u16> {
        let mut statuses = Vec::new();
        while let Some(reply) = self.reply() {
            statuses.push(reply.status);
        }
        statuses
    }

    /// Sends pieces at this pace until the other side has had enough, and tells after how long that was.
    pub fn drip(&mut self, piece: &[u8], pace: Duration) -> Duration {
        let begun = Instant::now();
        self.stream.set_read_timeout(Some(pace)).expect("a pace");
        while begun.elapsed() < 2 * PATIENCE {
            let mut bytes = [0; 4096];
            match self.stream.read(&mut bytes) {
                Ok(0) => break,
                Ok(read) => self.rest.extend_from_slice(&bytes[..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if !self.send(piece) {
                        break;
                    }
                }
                Err(_) => break,
            }
        }
        self.stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a time-out");
        begun.elapsed()
    }

    /// Reads on; none where the connection has ended.
    fn more(&mut self) -> Option<()> {
        let mut bytes = [0; 4096];
        match self.stream.read(&mut bytes) {
            Ok(read) if read > 0 => self.rest.extend_from_slice(&bytes[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                panic!("neither an answer nor an end")
            }
            _ => return None,
        }
        Some(())
    }
}

/// A signed webhook with these further header lines, each with its line break.
pub fn signed(app: &App, body: &[u8], lines: &str) -> Vec<u8> {
    let (timestamp, signature) = (now(), app.zoom().sign(now(), body));
    let length = body.len();
    let head = format!(
        "{POST}x-zm-signature: {signature}\r\nx-zm-request-timestamp: {timestamp}\r\n\
         Content-Length: {length}\r\n{lines}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// A good event that has not been sent before.
pub fn event() -> Vec<u8> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let nth = NEXT.fetch_add(1, Ordering::Relaxed);
    format!(r#"{{"event":"meeting.something","event_ts":{nth}}}"#).into_bytes()
}
