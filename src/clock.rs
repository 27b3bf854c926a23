//! The only place that reads the wall clock; everything else is told what time it is.

pub use crate::attendance::event::Instant;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Now, cut to whole seconds.
pub fn now() -> Instant {
    Instant(now_ms().div_euclid(1000))
}

/// Now, in milliseconds since the Unix epoch.
pub fn now_ms() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    let now = SystemTime::now();
    match now.duration_since(UNIX_EPOCH) {
        Ok(since) => milliseconds(since),
        Err(before) => -milliseconds(before.duration()),
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_milliseconds_agree() {
        let (before, now, after) = (now_ms(), now(), now_ms());
        assert!(before / 1000 <= now.0 && now.0 <= after / 1000);
    }
}
