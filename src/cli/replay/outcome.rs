//! Whether a replay was a success.

use anyhow::anyhow;

use super::marks::Marks;
use super::{INTERRUPTED, interrupted};
use crate::cli::Failure;
use crate::replay::load::measured::{Ended, Measured};
use crate::replay::load::thresholds::{Check, Threshold};
use crate::replay::report::Report;

/// Holds the thresholds against what came of it.
pub(super) fn checks(thresholds: &[Threshold], measured: &Measured, marks: &Marks) -> Vec<Check> {
    let verdict = marks.as_ref().and_then(|marks| marks.as_ref().ok());
    let wrong = verdict.map(|verdict| verdict.wrong);
    let checks = thresholds
        .iter()
        .map(|threshold| threshold.check(measured, wrong));
    checks.collect()
}

/// Success, or every reason why it is none.
pub(super) fn verdict(report: &Report) -> Result<(), Failure> {
    let stopped = matches!(&report.marks, Some(Err(why)) if why == INTERRUPTED);
    if stopped || report.measured.ended == Ended::Interrupted {
        return Err(interrupted());
    }
    let mut reasons: Vec<_> = report
        .checks
        .iter()
        .filter(|check| check.crossed)
        .map(|check| format!("{} (found {})", check.threshold, check.found))
        .collect();
    match &report.marks {
        Some(Err(why)) => reasons.push(format!("the marks could not be verified: {why}")),
        Some(Ok(verdict)) if verdict.wrong > 0 => {
            reasons.push(format!("{} wrong marks", verdict.wrong));
        }
        Some(Ok(verdict)) if verdict.checked == 0 => {
            reasons.push("there was no mark to verify".to_owned());
        }
        _ => {}
    }
    if reasons.is_empty() {
        return Ok(());
    }
    Err(anyhow!("replay: failed: {}", reasons.join(", ")).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::verify::Verdict;

    fn verdict_of(marks: &Marks, fail_if: &[&str]) -> Result<(), Failure> {
        let measured = Measured {
            refused: 3,
            ..Measured::nothing(0, 3)
        };
        let thresholds: Vec<Threshold> = fail_if
            .iter()
            .map(|text| text.parse().expect("a threshold"))
            .collect();
        verdict(&Report {
            settings: Vec::new(),
            seed: None,
            checks: checks(&thresholds, &measured, marks),
            measured,
            marks: marks.clone(),
        })
    }

    fn verified(right: u64, wrong: u64) -> Verdict {
        Verdict {
            checked: right + wrong,
            right,
            wrong,
            unjudged: 0,
            listed: Vec::new(),
            settled: std::time::Duration::ZERO,
        }
    }

    fn failed(text: &str) -> Result<(), Failure> {
        Err(Failure::Failed(format!("replay: failed: {text}")))
    }

    #[test]
    fn errors_alone_are_no_failure_unless_a_threshold_says_so() {
        assert_eq!(verdict_of(&None, &[]), Ok(()));
        assert_eq!(verdict_of(&None, &["lost>0", "p99>1s"]), Ok(()));
        assert_eq!(
            verdict_of(&None, &["errors>2", "lost>0", "refused>=3"]),
            failed("errors>2 (found 3), refused>=3 (found 3)")
        );
    }

    #[test]
    fn a_wrong_mark_is_always_a_failure_and_so_are_marks_that_nobody_could_verify() {
        assert_eq!(
            verdict_of(&Some(Ok(verified(900, 0))), &["wrong>0"]),
            Ok(())
        );
        assert_eq!(
            verdict_of(&Some(Ok(verified(899, 1))), &[]),
            failed("1 wrong marks")
        );
        assert_eq!(
            verdict_of(&Some(Ok(verified(899, 1))), &["wrong>1"]),
            failed("1 wrong marks")
        );
        assert_eq!(
            verdict_of(&Some(Ok(verified(0, 0))), &[]),
            failed("there was no mark to verify")
        );
        let unknown = Some(Err("no answer".to_owned()));
        assert_eq!(
            verdict_of(&unknown, &["wrong>5"]),
            failed("wrong>5 (found unknown), the marks could not be verified: no answer")
        );
    }

    #[test]
    fn who_interrupts_it_is_told_so_whatever_else_there_is() {
        let stopped = Some(Err(INTERRUPTED.to_owned()));
        assert_eq!(verdict_of(&stopped, &["errors>0"]), Err(interrupted()));
    }
}
