//! `rollcall import`.

use super::{ACTOR, Failure, migrate::bring_up, print};
use crate::{
    config::Config,
    roster::{self, Problems, Roster},
    store::{
        connect::Role,
        import::{Counts, ImportError, Summary, import},
    },
};
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

/// Sets of so many rows take long enough to say so.
const LARGE: usize = 1000;

/// Store a school's roster
///
/// Takes a OneRoster 1.1 or 1.2 CSV set (users.csv, classes.csv, enrollments.csv, 1.2's roles.csv) and beside it, or alone, Rollcall's own
/// meetings.csv (zoom_meeting_id,title,class_sourced_id,host_email,start_time,duration,timezone,meeting_type,target_audience,join_url) and
/// registrants.csv (zoom_meeting_id,user_sourced_id,zoom_registrant_id,status).
///
/// All of the set is stored or nothing: what is wrong is listed with file and line. The same set again changes nothing; what a set does not
/// name stays. A running service sees the change within a second and computes attendance again.
#[derive(Debug, clap::Args)]
#[expect(clippy::doc_markdown, reason = "this is help, shown as it is")]
pub(super) struct Args {
    /// The set: a folder, or a zip archive
    path: PathBuf,
}

/// Reads the set, brings the database's tables up to date, stores the set and prints what changed.
pub(super) async fn run(args: Args, config: Config) -> Result<(), Failure> {
    let read = roster::read(&args.path);
    let (roster, problems) = read.map_err(|why| Failure::Failed(format!("import: {why}")))?;
    let pools = bring_up(&config, &config.database.url, Role::Store)
        .await
        .inspect_err(|_| list(&problems))?;
    let progress = progress(rows(&roster))?;
    let outcome = import(&pools, &roster, &problems, ACTOR).await;
    progress.finish_and_clear();
    pools.close().await.context("import")?;
    let summary = outcome.map_err(|error| match error {
        ImportError::Invalid(problems) => refusal(&problems),
        ImportError::Database(_) => {
            list(&problems);
            Failure::Failed(format!("import: {error}"))
        }
    })?;
    print(&lines(&summary, roster.left_out))
}

/// Lists what is wrong, one a line, on standard error.
fn list(problems: &Problems) {
    let mut stderr = io::stderr().lock();
    for problem in problems.listed() {
        // There is nobody left to tell when this fails.
        let _ = writeln!(stderr, "{problem}");
    }
}

/// Lists what is wrong, and sums it up.
fn refusal(problems: &Problems) -> Failure {
    list(problems);
    let (listed, total) = (problems.listed().len(), problems.total());
    let noun = if total == 1 { "problem" } else { "problems" };
    let more = match total - listed {
        0 => String::new(),
        _ => format!(", of which the first {listed} are listed"),
    };
    Failure::Failed(format!("import: {total} {noun}{more}; nothing was changed"))
}

fn rows(roster: &Roster) -> usize {
    roster.users.len()
        + roster.classes.len()
        + roster.enrolments.len()
        + roster.meetings.len()
        + roster.registrants.len()
}

/// What a large set shows while it is stored, on standard error: a spinner on a terminal, a line elsewhere.
fn progress(rows: usize) -> Result<ProgressBar, Failure> {
    if rows < LARGE {
        return Ok(ProgressBar::hidden());
    }
    let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}").context("import")?;
    let spinner = ProgressBar::new_spinner()
        .with_style(style)
        .with_message(format!("storing {rows} rows"));
    if spinner.is_hidden() {
        // Progress that nobody can see is no failure.
        let _ = writeln!(io::stderr(), "storing {rows} rows");
    }
    spinner.enable_steady_tick(Duration::from_millis(100));
    Ok(spinner)
}

fn lines(summary: &Summary, left_out: usize) -> String {
    let line = |table: &str, counts: Counts| {
        format!(
            "{table}: {} added, {} changed",
            counts.added, counts.changed
        )
    };
    let removed = summary.enrolments.removed;
    let left_out = match left_out {
        0 => String::new(),
        people => format!(", {people} left out (guardians and other roles)"),
    };
    [
        line("users", summary.users) + &left_out,
        line("classes", summary.classes),
        line("enrolments", summary.enrolments) + &format!(", {removed} removed"),
        line("meetings", summary.meetings),
        line("registrants", summary.registrants),
        String::new(),
    ]
    .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_a_line_for_each_table() {
        let counts = |added, changed, removed| Counts {
            added,
            changed,
            removed,
        };
        let summary = Summary {
            users: counts(930, 0, 0),
            classes: counts(30, 1, 0),
            enrolments: counts(900, 2, 3),
            meetings: counts(30, 0, 0),
            registrants: counts(0, 4, 0),
        };
        assert_eq!(
            lines(&summary, 412),
            "users: 930 added, 0 changed, 412 left out (guardians and other roles)\n\
             classes: 30 added, 1 changed\n\
             enrolments: 900 added, 2 changed, 3 removed\n\
             meetings: 30 added, 0 changed\n\
             registrants: 0 added, 4 changed\n"
        );
    }
}
