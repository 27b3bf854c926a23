//! What a metric is, and how the recorder gets to know one.

use Kind::{Counter, Gauge, Histogram};

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Is what it is now.
    Gauge,
    /// Counts observations by size.
    Histogram,
}

/// A metric.
#[derive(Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// What it says.
    pub help: &'static str,
    /// Its labels with the values that are known beforehand: every combination of them is there from the start. A label without
    /// any has its series when its values are known.
    pub labels: &'static [(&'static str, &'static [&'static str])],
}

/// A metric of the catalogue.
pub(super) const fn metric(
    name: &'static str,
    kind: Kind,
    help: &'static str,
    labels: &'static [(&'static str, &'static [&'static str])],
) -> Metric {
    Metric {
        name,
        kind,
        help,
        labels,
    }
}

impl Metric {
    /// Tells the recorder what it means.
    pub(super) fn describe(&self) {
        let (name, help) = (self.name, self.help);
        match self.kind {
            Counter => metrics::describe_counter!(name, help),
            Gauge => metrics::describe_gauge!(name, help),
            Histogram => metrics::describe_histogram!(name, help),
        }
    }

    /// Begins one of its series at zero.
    pub(super) fn begin(&self, labels: Vec<metrics::Label>) {
        match self.kind {
            Counter => metrics::counter!(self.name, labels).increment(0),
            Gauge => metrics::gauge!(self.name, labels).set(0.0),
            Histogram => drop(metrics::histogram!(self.name, labels)),
        }
    }

    /// Every combination of the labels' values.
    pub(super) fn series(&self) -> Vec<Vec<metrics::Label>> {
        let mut all = vec![Vec::new()];
        for (key, values) in self.labels {
            let with = |series: &Vec<metrics::Label>| {
                let series = series.clone();
                values.iter().map(move |value| {
                    let mut longer = series.clone();
                    longer.push(metrics::Label::from_static_parts(key, value));
                    longer
                })
            };
            all = all.iter().flat_map(with).collect();
        }
        all
    }
}
