//! Bytes in, status out: the two listeners. Knows no SQL and no actor.
//!
//! [`mod@public`] is what Zoom and a load balancer see: the webhook and the health checks. [`mod@admin`] is what operators
//! see: metrics and the reading API, behind a token. Both are built here and run by the service, which also decides
//! when they stop: no listener of ours reacts to a signal.

mod access;
pub mod admin;
mod api;
mod error;
mod head;
pub mod health;
pub mod heard;
mod limits;
mod listener;
mod observe;
pub mod pages;
mod problem;
pub mod public;
mod request_id;
mod seats;
pub mod security_log;
mod stream;
#[cfg(test)]
mod tests;
mod waiting;
mod webhook;

pub use access::Keyring;
pub use admin::{Admin, Identify, Rehearse, admin};
pub use health::Readiness;
pub use heard::Heard;
pub use public::{PROBE, Public, WEBHOOK, public};
pub use security_log::SecurityLog;
