//! A network between the service and its PostgreSQL that can be made to fail: a TCP proxy on a port of its own.
//!
//! Bytes pass, stand still or come late. Connections can be cut, as by a firewall that sends resets, or fall silent for ever while new ones work, as
//! after a failover whose old address nobody answers at.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What becomes of bytes. Connections are counted; some orders hold only for those before a number.
#[derive(Clone, Copy, Debug, Default)]
struct Weather {
    stalled: bool,
    /// In each direction.
    delay: Duration,
    opened: u64,
    /// Connections before this one are reset.
    cut: u64,
    /// Nothing passes any more in connections before this one.
    silent: u64,
}

/// A running proxy; it ends with its runtime.
pub struct Proxy {
    /// Where it listens.
    pub addr: SocketAddr,
    weather: watch::Sender<Weather>,
}

impl Proxy {
    /// Passes everything on to `port` of this machine.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let (weather, seen) = watch::channel(Weather::default());
        let counting = weather.clone();
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.expect("a connection");
                let mut number = 0;
                counting.send_modify(|weather| {
                    number = weather.opened;
                    weather.opened += 1;
                });
                tokio::spawn(carry(client, port, number, seen.clone()));
            }
        });
        Self { addr, weather }
    }

    /// Nothing passes, in old connections and in new ones, until [`Proxy::flow`].
    pub fn stall(&self) {
        self.weather.send_modify(|weather| weather.stalled = true);
    }

    /// All passes again, and at once.
    pub fn flow(&self) {
        self.weather.send_modify(|weather| {
            weather.stalled = false;
            weather.delay = Duration::ZERO;
        });
    }

    /// Whatever passes takes so much longer, in each direction.
    pub fn slow_down(&self, delay: Duration) {
        self.weather.send_modify(|weather| weather.delay = delay);
    }

    /// How many connections there have been.
    pub fn opened(&self) -> u64 {
        self.weather.borrow().opened
    }

    /// Resets every connection there is.
    pub fn cut(&self) {
        self.weather
            .send_modify(|weather| weather.cut = weather.opened);
    }

    /// Every connection there is stays open and carries nothing any more; new ones work.
    pub fn silence(&self) {
        self.weather
            .send_modify(|weather| weather.silent = weather.opened);
    }
}

async fn carry(client: TcpStream, port: u16, number: u64, weather: watch::Receiver<Weather>) {
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else {
        let _ = client.set_zero_linger();
        return;
    };
    for side in [&client, &server] {
        side.set_nodelay(true).expect("a socket");
    }
    let mut cutting = weather.clone();
    tokio::select! {
        // One side has closed: so does the other.
        () = pump(&client, &server, number, weather.clone()) => {}
        () = pump(&server, &client, number, weather) => {}
        _ = cutting.wait_for(|weather| number < weather.cut) => {
            for side in [&client, &server] {
                side.set_zero_linger().expect("a socket");
            }
        }
    }
}

/// Until `from` ends, or `to` takes no more.
async fn pump(
    from: &TcpStream,
    to: &TcpStream,
    number: u64,
    mut weather: watch::Receiver<Weather>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Some(size) = read(from, &mut buffer).await {
        let passes = |weather: &Weather| !weather.stalled && number >= weather.silent;
        let Ok(delay) = weather.wait_for(passes).await.map(|weather| weather.delay) else {
            return;
        };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if !write(to, &buffer[..size]).await {
            return;
        }
    }
}

/// None at the end of the stream.
async fn read(from: &TcpStream, buffer: &mut [u8]) -> Option<usize> {
    loop {
        from.readable().await.ok()?;
        match from.try_read(buffer) {
            Ok(0) => return None,
            Ok(size) => return Some(size),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return None,
        }
    }
}

async fn write(to: &TcpStream, mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        if to.writable().await.is_err() {
            return false;
        }
        match to.try_write(bytes) {
            Ok(size) => bytes = &bytes[size..],
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return false,
        }
    }
    true
}
