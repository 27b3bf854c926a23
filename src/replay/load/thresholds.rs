//! What a run must not come to: `p99>50ms`, `errors>0`. A threshold names the failure, not the goal.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::measured::Measured;

/// One condition under which a run has failed.
#[derive(Clone, PartialEq, Debug)]
pub struct Threshold {
    metric: Metric,
    operator: Operator,
    /// Microseconds, a rate, or a count.
    limit: f64,
    text: String,
}

/// What a threshold can look at.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Metric {
    /// A quantile of the latency from the planned sending.
    Latency(f64),
    Rate,
    Count(Count),
}

/// What can be counted.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Count {
    Errors,
    Lost,
    Refused,
    Retries,
    Behind,
    Wrong,
}

const METRICS: [(&str, Metric); 12] = [
    ("p50", Metric::Latency(0.5)),
    ("p90", Metric::Latency(0.9)),
    ("p99", Metric::Latency(0.99)),
    ("p99.9", Metric::Latency(0.999)),
    ("max", Metric::Latency(1.0)),
    ("rate", Metric::Rate),
    ("errors", Metric::Count(Count::Errors)),
    ("lost", Metric::Count(Count::Lost)),
    ("refused", Metric::Count(Count::Refused)),
    ("retries", Metric::Count(Count::Retries)),
    ("behind", Metric::Count(Count::Behind)),
    ("wrong", Metric::Count(Count::Wrong)),
];

#[derive(Clone, Copy, PartialEq, Debug)]
enum Operator {
    Above,
    Below,
    AtLeast,
    AtMost,
}

/// Longer ones first: `>=` begins with `>`.
const OPERATORS: [(&str, Operator); 4] = [
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    (">", Operator::Above),
    ("<", Operator::Below),
];

/// Microseconds of a unit; longer ones first: `ms` ends with `s`.
const UNITS: [(&str, f64); 3] = [("us", 1.0), ("ms", 1e3), ("s", 1e6)];

/// Why a threshold is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ThresholdError {
    /// Nothing that compares.
    #[error("expected a metric, one of > < >= <=, and a limit, such as p99>50ms")]
    Operator,
    /// A metric that does not exist.
    #[error("`{0}` is no metric; there are {all}", all = METRICS.map(|(name, _)| name).join(", "))]
    Metric(String),
    /// A latency without a number or a unit.
    #[error("`{0}` is no duration; expected a number with us, ms or s, such as 50ms")]
    Duration(String),
    /// A count or a rate that is no number.
    #[error("`{0}` is no number")]
    Number(String),
}

/// What became of a threshold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// As it was written.
    pub threshold: String,
    /// What was found, with its unit.
    pub found: String,
    /// Whether the run has failed by it.
    pub crossed: bool,
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        let operator = OPERATORS.into_iter().find_map(|(sign, operator)| {
            let (metric, limit) = text.split_once(sign)?;
            Some((metric.trim(), operator, limit.trim()))
        });
        let (name, operator, limit) = operator.ok_or(ThresholdError::Operator)?;
        let metric = METRICS.into_iter().find(|(known, _)| *known == name);
        let (_, metric) = metric.ok_or_else(|| ThresholdError::Metric(name.to_owned()))?;
        let limit = match metric {
            Metric::Latency(_) => micros(limit),
            Metric::Rate | Metric::Count(_) => number(limit),
        }?;
        Ok(Self {
            metric,
            operator,
            limit,
            text: text.trim().to_owned(),
        })
    }
}

fn micros(text: &str) -> Result<f64, ThresholdError> {
    let unit = UNITS.iter().find_map(|(unit, micros)| {
        let digits = text.strip_suffix(unit)?;
        Some(number(digits.trim()).ok()? * micros)
    });
    unit.ok_or_else(|| ThresholdError::Duration(text.to_owned()))
}

fn number(text: &str) -> Result<f64, ThresholdError> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    match text.parse() {
        Ok(number) if plain => Ok(number),
        _ => Err(ThresholdError::Number(text.to_owned())),
    }
}

impl Threshold {
    /// Whether it asks for what only a verification can tell.
    pub fn needs_verification(&self) -> bool {
        self.metric == Metric::Count(Count::Wrong)
    }

    /// Holds it against a run and, where the marks were verified, the number of wrong ones.
    pub fn check(&self, measured: &Measured, wrong: Option<u64>) -> Check {
        let found = self.metric.of(measured, wrong);
        // No verdict is no reason to be content.
        let crossed = found.is_none_or(|found| self.operator.holds(found, self.limit));
        Check {
            threshold: self.text.clone(),
            found: found.map_or_else(|| "unknown".to_owned(), |found| self.metric.show(found)),
            crossed,
        }
    }
}

impl Metric {
    #[expect(clippy::cast_precision_loss, reason = "no run counts to 2^52")]
    fn of(self, measured: &Measured, wrong: Option<u64>) -> Option<f64> {
        let count = match self {
            Self::Latency(quantile) => measured.latency.value_at_quantile(quantile),
            Self::Rate => return Some(measured.rate()),
            Self::Count(Count::Errors) => measured.errors(),
            Self::Count(Count::Lost) => measured.lost,
            Self::Count(Count::Refused) => measured.refused,
            Self::Count(Count::Retries) => measured.retries,
            Self::Count(Count::Behind) => measured.behind,
            Self::Count(Count::Wrong) => wrong?,
        };
        Some(count as f64)
    }

    fn show(self, found: f64) -> String {
        match self {
            Self::Latency(_) => format!("{:.3}ms", found / 1e3),
            Self::Rate => format!("{found:.1}"),
            Self::Count(_) => format!("{found}"),
        }
    }
}

impl Operator {
    fn holds(self, found: f64, limit: f64) -> bool {
        let order = found.total_cmp(&limit);
        match self {
            Self::Above => order == Ordering::Greater,
            Self::Below => order == Ordering::Less,
            Self::AtLeast => order != Ordering::Less,
            Self::AtMost => order != Ordering::Greater,
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// 1,000 requests of 1 to 1,000 ms in 10 s, 2 of them refused.
    fn measured() -> Measured {
        let mut measured = Measured::nothing(0, 1000);
        for ms in 1..=1000 {
            measured.latency.saturating_record(ms * 1000);
        }
        measured.took = Duration::from_secs(10);
        measured.taken = 998;
        measured.refused = 2;
        measured
    }

    fn check(text: &str) -> Check {
        let threshold: Threshold = text.parse().unwrap_or_else(|why| panic!("{text}: {why}"));
        threshold.check(&measured(), Some(0))
    }

    #[test]
    fn a_threshold_is_crossed_when_its_condition_holds() {
        for text in [
            "p50>400ms",
            "p50 >= 500 ms",
            "p90>0.89s",
            "p99>989000us",
            "p99.9<1s",
            "max>=1s",
            "rate<100",
            "errors>1",
            "refused>=2",
            "lost<=0",
        ] {
            assert!(check(text).crossed, "{text}: {:?}", check(text));
        }
        for text in [
            "p50>501ms",
            "p99>1s",
            "rate<99.8",
            "errors>2",
            "lost>0",
            "retries>0",
            "behind>0",
            "wrong>0",
        ] {
            assert!(!check(text).crossed, "{text}: {:?}", check(text));
        }
    }

    #[test]
    fn what_was_found_is_told() {
        assert_eq!(check("rate<1").found, "99.8");
        assert_eq!(check(" refused>0 ").found, "2");
        assert_eq!(check(" refused>0 ").threshold, "refused>0");
        let found = check("p50>1s").found;
        assert!(
            found.starts_with("500.") && found.ends_with("ms"),
            "{found}"
        );
    }

    #[test]
    fn marks_that_were_not_verified_cross_a_threshold_on_wrong_ones() {
        let threshold: Threshold = "wrong>0".parse().expect("a threshold");
        assert!(threshold.needs_verification());
        let check = threshold.check(&measured(), None);
        assert_eq!((check.found.as_str(), check.crossed), ("unknown", true));
    }

    #[test]
    fn what_is_no_threshold_is_told() {
        let why = |text: &str| match text.parse::<Threshold>() {
            Ok(_) => panic!("{text} is taken"),
            Err(why) => why.to_string(),
        };
        assert_eq!(
            why("p99=50ms"),
            "expected a metric, one of > < >= <=, and a limit, such as p99>50ms"
        );
        assert_eq!(
            why("p98>50ms"),
            "`p98` is no metric; there are p50, p90, p99, p99.9, max, rate, errors, lost, refused, retries, behind, wrong"
        );
        for limit in ["50", "ms", "-1ms", "50min", "infs"] {
            let text = format!("p99>{limit}");
            let no_duration = format!(
                "`{limit}` is no duration; expected a number with us, ms or s, such as 50ms"
            );
            assert_eq!(why(&text), no_duration);
        }
        for limit in ["", "many", "1ms", "-1", "1e3", "nan", "."] {
            assert_eq!(
                why(&format!("errors>{limit}")),
                format!("`{limit}` is no number")
            );
        }
    }
}
