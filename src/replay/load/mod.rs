//! Sends deliveries at a pace, as Zoom does, and measures what became of them.
//!
//! - [`measured`]: the result.

pub mod measured;
