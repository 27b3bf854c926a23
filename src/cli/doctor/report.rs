//! What the checks found, as lines for people or one document for programs.

use crate::cli::{Failure, print};
use serde::Serialize;
use serde_json::json;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// As it should be.
    Ok,
    /// Worth knowing; not checked, or not there, and that may be right.
    Note,
    /// Works, and may not always.
    Warning,
    /// Does not work.
    Wrong,
}

/// What one check found.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    #[serde(rename = "check")]
    name: &'static str,
    status: Status,
    found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

impl Check {
    pub(super) fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, Status::Ok, found, None)
    }

    pub(super) fn note(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, Status::Note, found, None)
    }

    pub(super) fn warning(
        name: &'static str,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self::new(name, Status::Warning, found, Some(mend.into()))
    }

    pub(super) fn wrong(
        name: &'static str,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self::new(name, Status::Wrong, found, Some(mend.into()))
    }

    fn new(
        name: &'static str,
        status: Status,
        found: impl Into<String>,
        mend: Option<String>,
    ) -> Self {
        Self {
            name,
            status,
            found: found.into(),
            mend,
        }
    }

    /// One line, whatever was found.
    fn line(&self) -> String {
        let status = match self.status {
            Status::Ok => "ok",
            Status::Note => "note",
            Status::Warning => "warning",
            Status::Wrong => "wrong",
        };
        let mend = self.mend.iter().map(|mend| format!("; {mend}"));
        let text = self.found.clone() + &mend.collect::<String>();
        let text: Vec<&str> = text.split_whitespace().collect();
        format!("{status:<8} {:<14} {}\n", self.name, text.join(" "))
    }
}

/// Collects what was found; lines are printed as it is.
pub(super) struct Report {
    json: bool,
    checks: Vec<Check>,
}

impl Report {
    /// An empty one.
    pub(super) fn new(json: bool) -> Self {
        Self {
            json,
            checks: Vec::new(),
        }
    }

    /// Takes down what a check found.
    pub(super) fn add(&mut self, checks: Vec<Check>) -> Result<(), Failure> {
        if !self.json {
            print(&checks.iter().map(Check::line).collect::<String>())?;
        }
        self.checks.extend(checks);
        Ok(())
    }

    /// How it ends: well, unless something is wrong; as `unfit` says where `serve` would not even start.
    pub(super) fn end(self, unfit: Option<Failure>) -> Result<(), Failure> {
        let wrong = self.count(Status::Wrong);
        if self.json {
            let document = json!({
                "wrong": wrong,
                "warnings": self.count(Status::Warning),
                "checks": self.checks,
            });
            print(&format!("{document:#}\n"))?;
        }
        match unfit {
            Some(failure) => Err(failure),
            None if wrong == 0 => Ok(()),
            None if wrong == 1 => Err(Failure::Failed("doctor: one thing is wrong".into())),
            None => Err(Failure::Failed(format!("doctor: {wrong} things are wrong"))),
        }
    }

    fn count(&self, status: Status) -> usize {
        let alike = |check: &&Check| check.status == status;
        self.checks.iter().filter(alike).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_whatever_was_found() {
        let check = Check::wrong("disk", "full\n  to the brim", "make room");
        assert_eq!(
            check.line(),
            "wrong    disk           full to the brim; make room\n"
        );
        assert_eq!(
            Check::ok("clock", "right").line(),
            "ok       clock          right\n"
        );
    }
}
