//! What black-box tests share: the real application as a process ([`app`]), Zoom on the other side ([`zoom`]), a
//! PostgreSQL ([`postgres`]).

#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test binary compiles all of it and uses its part"
)]

pub mod app;
pub mod postgres;
pub mod raw;
pub mod zoom;
