//! Numbers as people read them.

use indicatif::HumanCount;

/// `12,345`.
pub(super) fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// Microseconds in milliseconds with three digits that count, or in seconds.
pub(super) fn latency(micros: u64) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "no latency has 2^52 microseconds"
    )]
    let ms = micros as f64 / 1000.0;
    match micros {
        ..10_000 => format!("{ms:.2} ms"),
        10_000..100_000 => format!("{ms:.1} ms"),
        100_000..1_000_000 => format!("{ms:.0} ms"),
        _ => format!("{:.2} s", ms / 1000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_keep_the_digits_that_count() {
        let shown = [0, 870, 9999, 15_400, 250_000, 3_000_000].map(latency);
        assert_eq!(
            shown,
            [
                "0.00 ms", "0.87 ms", "10.00 ms", "15.4 ms", "250 ms", "3.00 s"
            ]
        );
        assert_eq!(count(1_234_567), "1,234,567");
    }
}
