//! Which percentiles are told, and the curve through all of them.

use hdrhistogram::Histogram;

/// What is told of every histogram.
pub(super) const TOLD: [(&str, f64); 6] = [
    ("p50", 0.5),
    ("p90", 0.9),
    ("p99", 0.99),
    ("p99.9", 0.999),
    ("p99.99", 0.9999),
    ("max", 1.0),
];
/// Points of the curve between one nine and the next.
const STEPS: i32 = 24;

/// The told percentiles of a histogram with their names; nothing where it is empty.
pub(super) fn told(histogram: &Histogram<u64>) -> Vec<(&'static str, u64)> {
    if histogram.is_empty() {
        return Vec::new();
    }
    let told = TOLD.into_iter();
    told.map(|(name, quantile)| (name, at(histogram, quantile)))
        .collect()
}

/// A quantile. The histogram's buckets have a width, and it names their upper ends: nothing is longer than the longest.
pub(super) fn at(histogram: &Histogram<u64>, quantile: f64) -> u64 {
    histogram.value_at_quantile(quantile).min(histogram.max())
}

/// The percentile plot: where one in `x` takes longer than `y`, from `x` = 1 to as many as there are.
///
/// Evenly spaced on a logarithmic axis, as the plot of `HdrHistogram` has it: 1 is the fastest, 2 the median, 100 the
/// 99th percentile.
pub(super) fn curve(histogram: &Histogram<u64>) -> Vec<(f64, u64)> {
    if histogram.is_empty() {
        return Vec::new();
    }
    #[expect(clippy::cast_precision_loss, reason = "a chart")]
    let longest = histogram.len() as f64;
    let steps = (0..).map(|step| 10_f64.powf(f64::from(step) / f64::from(STEPS)));
    let inner = steps.take_while(|&one_in| one_in < longest);
    let inner = inner.map(|one_in| (one_in, at(histogram, 1.0 - 1.0 / one_in)));
    inner.chain([(longest, histogram.max())]).collect()
}
