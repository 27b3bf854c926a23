//! Stores that fail in every way they can: what was acknowledged is never missing, what cannot be made durable is 503 in Zoom's time, the next event
//! after the fault is served, and URL validation, `/livez` and `/readyz` are answered all the while.

#![allow(
    clippy::print_stderr,
    reason = "what was measured is for whoever reads a test's output"
)]

mod day;
mod line;
mod minute;
mod pair;
mod postgres;
mod sqlite;
#[path = "../support/mod.rs"]
mod support;
mod watch;
