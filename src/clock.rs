//! The wall clock, and the only place that reads it.

use crate::attendance::event::Instant;

/// Now, cut to whole seconds.
pub fn now() -> Instant {
    Instant(now_ms().div_euclid(1000))
}

/// Now, in milliseconds since the Unix epoch.
pub fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
