//! How a command ends when it does not end well.

use crate::config;
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// One line for people, and an exit code.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// Exit code 2: the command line or the configuration is wrong; trying again changes nothing.
    Usage(String),
    /// Exit code 1: it was tried and did not work.
    Failed(String),
    /// Exit code 130, as shells have it for Ctrl-C: it was stopped, and has told what was done until then.
    Interrupted(String),
}

impl Failure {
    /// `error` and its causes, as the configuration's fault.
    pub fn usage(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::Usage(chain(error))
    }

    /// Prints `rollcall: <what>: <why>` to standard error.
    pub(super) fn report(self) -> ExitCode {
        let (code, text) = match self {
            Self::Failed(text) => (1, text),
            Self::Usage(text) => (2, text),
            Self::Interrupted(text) => (130, text),
        };
        // There is nobody left to tell when this fails.
        let _ = writeln!(io::stderr(), "rollcall: {}", one_line(&text));
        ExitCode::from(code)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(chain(error.as_ref()))
    }
}

impl From<config::Error> for Failure {
    fn from(error: config::Error) -> Self {
        Self::usage(&error)
    }
}

/// `what: why: why`. A cause that the text before it quotes already is left out.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let why = error.to_string();
        if !text.contains(&why) {
            text = format!("{text}: {why}");
        }
        cause = error.source();
    }
    text
}

/// Several lines as one: `head:` and its items, separated by `;`.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for part in text
        .split(['\n', '\r'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        if !line.is_empty() {
            line.push_str(if line.ends_with([':', ';', ',']) {
                " "
            } else {
                "; "
            });
        }
        line.push_str(part);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the file cannot be read: {0}")]
    struct Quoting(#[from] io::Error);

    #[test]
    fn causes_are_told_once() {
        let error = Quoting(io::Error::other("disk on fire"));
        let failure = Failure::from(anyhow::Error::new(error).context("import"));
        assert_eq!(
            failure,
            Failure::Failed("import: the file cannot be read: disk on fire".to_owned())
        );
    }

    #[test]
    fn several_lines_become_one() {
        assert_eq!(
            one_line("refused:\n  a is missing\n  b is text\n"),
            "refused: a is missing; b is text"
        );
        assert_eq!(one_line("plain"), "plain");
    }
}
