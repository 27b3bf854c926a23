//! What black-box tests share: the real application as a process ([`app`]), Zoom on the other side ([`zoom`]), a
//! PostgreSQL ([`postgres`]).

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "every test binary compiles all of it and uses its part; a failure here is a failed test"
)]

pub mod app;
pub mod courier;
pub mod disk;
pub mod hold;
pub mod load;
pub mod postgres;
pub mod proxy;
pub mod raw;
pub mod server;
pub mod set;
pub mod signal;
pub mod vault;
pub mod wire;
pub mod zoom;
