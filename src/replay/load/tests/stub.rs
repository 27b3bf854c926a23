//! A webhook that answers as told, byte by byte, and remembers what it was sent.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// Which connection, counted from 0.
    pub(super) connection: usize,
    /// Method and path.
    pub(super) line: String,
    /// By name in lower case.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
}

/// What is done with a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reply {
    /// Answered with this status.
    Status(u16),
    /// Answered so, and the connection is closed behind it, as the answer says.
    Last(u16),
    /// Answered so, and the connection is closed behind it without a word.
    Hangup(u16),
    /// Answered with 200 after this time.
    Late(Duration),
    /// Half an answer, and the connection is cut.
    Torn,
    /// The connection is cut without an answer.
    Cut,
    /// Never answered.
    Silence,
}

type Script = Arc<dyn Fn(usize, &Seen) -> Reply + Send + Sync>;

/// Listens on loopback until it is dropped.
pub(super) struct Stub {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    _accepting: JoinSet<()>,
}

impl Stub {
    /// Answers the request of this number, counted from 0 over all connections, as `script` says.
    pub(super) async fn start(
        script: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, Arc::new(script), seen.clone()));
        Self {
            address,
            seen,
            _accepting: accepting,
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/hook?school=1", self.address)
    }

    /// All requests, in order of arrival.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("not poisoned").clone()
    }
}

async fn accept(listener: TcpListener, script: Script, seen: Arc<Mutex<Vec<Seen>>>) {
    let mut connections = JoinSet::new();
    for number in 0.. {
        let (stream, _) = listener.accept().await.expect("a connection");
        let (script, seen) = (script.clone(), seen.clone());
        connections.spawn(serve(stream, number, script, seen));
    }
}

async fn serve(stream: TcpStream, number: usize, script: Script, seen: Arc<Mutex<Vec<Seen>>>) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream, number).await {
        let index = {
            let mut seen = seen.lock().expect("not poisoned");
            seen.push(request.clone());
            seen.len() - 1
        };
        let (text, goes_on) = match script(index, &request) {
            Reply::Status(status) => (answer(status, ""), true),
            Reply::Last(status) => (answer(status, "connection: close\r\n"), false),
            Reply::Hangup(status) => (answer(status, ""), false),
            Reply::Late(pause) => {
                tokio::time::sleep(pause).await;
                (answer(200, ""), true)
            }
            Reply::Torn => (
                "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_owned(),
                false,
            ),
            Reply::Cut => (String::new(), false),
            Reply::Silence => std::future::pending().await,
        };
        // A client that gave up is no failure of the stub's.
        let _ = stream.write_all(text.as_bytes()).await;
        if !goes_on {
            return;
        }
    }
}

fn answer(status: u16, header: &str) -> String {
    format!("HTTP/1.1 {status} So\r\n{header}content-length: 2\r\n\r\n{{}}")
}

/// The next request; `None` at the connection's end.
async fn read(stream: &mut BufReader<TcpStream>, connection: usize) -> Option<Seen> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).expect("ASCII");
    let mut lines = head.lines();
    let line = lines.next().expect("a request line").to_owned();
    let headers: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers["content-length"].parse().expect("a length");
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Seen {
        connection,
        line,
        headers,
        body: String::from_utf8(body).expect("text"),
    })
}
