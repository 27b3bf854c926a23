//! Rollcall: Zoom's webhooks in, attendance out. See `docs/architecture.md` for the flow.

pub mod attendance;
pub mod cli;
pub mod clock;
pub mod config;
mod fault;
mod gauges;
pub mod http;
pub mod journal;
pub mod meeting;
mod outbound;
mod priority;
pub mod replay;
pub mod roster;
pub mod service;
pub mod store;
pub mod telemetry;
mod vital;
pub mod zoom;
