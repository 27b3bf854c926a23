//! What a listener puts up with. Set here on purpose, not left to the defaults of a library.

use std::time::Duration;

/// How long an idle connection stays. Zoom and load balancers reuse theirs; idle time-outs of load balancers are about
/// a minute, and the one who closes last avoids answering a request on a connection that has just been closed.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long the head of a request may take: what slow-header attacks run into.
pub(super) const REQUEST_HEAD: Duration = Duration::from_secs(5);

/// How long the body of a webhook may take. Zoom gives up on us after 3 s.
pub(super) const REQUEST_BODY: Duration = Duration::from_secs(10);

/// How long the rest of a body that is too large is read and thrown away.
pub(super) const SWALLOW: Duration = Duration::from_secs(1);

/// How long a connection that we close waits for its other side.
pub(super) const DISCONNECT: Duration = Duration::from_secs(1);

/// How many seconds requests in flight get when the listener stops: more than one commit takes
/// (`journal.ack_timeout_ms`), less than the whole shut-down may take (`shutdown.timeout_seconds`).
pub(super) const SHUTDOWN_SECONDS: u64 = 4;

/// Connections that the kernel holds until a worker has room.
pub(super) const BACKLOG: u32 = 1024;

/// Connections of one worker of the public listener. Zoom opens one a delivery at worst, a hundred a second at the
/// peak; with a body of 1 MiB in each this is the most memory that strangers can hold.
pub(super) const PUBLIC_CONNECTIONS: usize = 512;

/// Connections of one worker of the operators' listener.
pub(super) const ADMIN_CONNECTIONS: usize = 64;

/// Threads of the operators' listener: people and one scraper.
pub(super) const ADMIN_WORKERS: usize = 1;
