//! The sentence at the top of the page, and the reasons for it.

use crate::replay::load::measured::Ended;
use crate::replay::report::{Report, words};

/// How it went.
pub(super) struct Outcome {
    /// `good`, `bad`, or nothing where nobody asked.
    pub(super) class: &'static str,
    pub(super) headline: String,
    pub(super) reasons: Vec<String>,
}

impl Outcome {
    pub(super) fn of(report: &Report) -> Self {
        let reasons = reasons(report);
        let right = match &report.marks {
            Some(Ok(verdict)) if verdict.checked > 0 => Some(words::count(verdict.right)),
            _ => None,
        };
        let (class, headline) = match (reasons.is_empty(), right) {
            (false, _) => ("bad", "✗ Failed".to_owned()),
            (true, Some(right)) => ("good", format!("✓ All {right} marks are right")),
            (true, None) if report.checks.is_empty() => ("", "Done".to_owned()),
            (true, None) => ("good", "✓ Every threshold is kept".to_owned()),
        };
        Self {
            class,
            headline,
            reasons,
        }
    }
}

/// What went wrong; nothing where all went well.
fn reasons(report: &Report) -> Vec<String> {
    let mut reasons = Vec::new();
    match report.measured.ended {
        Ended::Complete => {}
        Ended::OutOfTime => reasons.push("The run's time was over before all was sent.".to_owned()),
        Ended::Interrupted => {
            reasons.push("Somebody stopped it before all was sent.".to_owned());
        }
    }
    if report.measured.validation == Some(false) {
        let reason =
            "The URL validation question was answered wrongly: Zoom would not accept this address.";
        reasons.push(reason.to_owned());
    }
    match &report.marks {
        Some(Ok(verdict)) if verdict.wrong > 0 => reasons.push(format!(
            "{} of {} marks are wrong.",
            words::count(verdict.wrong),
            words::count(verdict.checked)
        )),
        Some(Err(why)) => reasons.push(format!("The marks could not be verified: {why}.")),
        _ => {}
    }
    let crossed = report.checks.iter().filter(|check| check.crossed);
    reasons.extend(crossed.map(|check| format!("{}: found {}.", check.threshold, check.found)));
    reasons
}
