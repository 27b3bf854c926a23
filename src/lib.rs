//! Rollcall: Zoom's webhooks in, attendance out. See `docs/architecture.md` for the flow.

pub mod attendance;
pub mod cli;
pub mod clock;
pub mod config;
pub mod replay;
pub mod store;
pub mod telemetry;
pub mod zoom;
