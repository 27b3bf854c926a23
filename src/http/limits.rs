//! What a listener puts up with. Set here on purpose, not left to the defaults of a library; `docs/limits.md` tells
//! operators what follows.
//!
//! The library's own limits stand below these: a request's head has at most 96 headers, 128 KiB and a target of 64 KiB.

use std::time::Duration;

/// How long an idle connection stays. Zoom and load balancers reuse theirs; idle time-outs of load balancers are about
/// a minute, and the one who closes last avoids answering a request on a connection that has just been closed.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long the head of a request may take: what slow-header attacks run into.
pub(super) const REQUEST_HEAD: Duration = Duration::from_secs(5);

/// How long the body of a webhook may take. Zoom gives up on us after 3 s: what comes later helps nobody.
pub(super) const REQUEST_BODY: Duration = Duration::from_secs(3);

/// How long a whole request may take from its first byte to its last, whatever it does in between.
pub(super) const REQUEST: Duration = REQUEST_HEAD.saturating_add(REQUEST_BODY);

/// How long a client may leave our answer alone, taking nothing of it.
pub(super) const ANSWER: Duration = Duration::from_secs(5);

/// The same at the operators' listener: a list of a year may go to a slow line, whose buffers are taken in large steps.
pub(super) const ADMIN_ANSWER: Duration = Duration::from_mins(1);

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
/// peak. Beyond it the connection that has kept us waiting longest is closed, so that a newcomer is served at once.
pub(super) const PUBLIC_CONNECTIONS: usize = 512;

/// Connections of one worker of the operators' listener.
pub(super) const ADMIN_CONNECTIONS: usize = 64;

/// Connections of one worker while it closes some: as many again. Beyond it none is accepted.
pub(super) const ROOM: usize = 2;

/// No connection is closed for want of room before it was looked at so often, half a second: Zoom's request is here by
/// then. Whoever has not shown who they are gets this time once, however many requests they send.
pub(super) const GRACE: u32 = 5;

/// How often a worker looks for connections to close.
pub(super) const LOOK: Duration = Duration::from_millis(100);

/// Bytes that are taken from a connection at a time. More, and pipelined requests of a few bytes each would fill the
/// memory: each becomes kilobytes.
pub(super) const READ: usize = 4096;

/// Threads of the operators' listener: people and one scraper.
pub(super) const ADMIN_WORKERS: usize = 1;
