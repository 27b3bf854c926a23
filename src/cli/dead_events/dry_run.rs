//! `rollcall dead-events redrive --dry-run`: what would come of it, with nothing done.

use super::super::{Failure, print};
use crate::{
    config::Config,
    journal::Onlooker,
    meeting::{Change, Computed, Rehearsal, Rehearser},
    store::{
        connect::Pools,
        reports::{Names, Reports},
    },
};
use anyhow::{Context, anyhow};
use std::{fmt::Write, time::Duration};
use tokio::runtime::Handle;

const WHAT: &str = "dead-events";

/// Rehearses each of these by itself, beside whatever service runs.
pub(super) async fn run(pools: &Pools, config: &Config, seqs: Vec<i64>) -> Result<(), Failure> {
    let reports = Reports::new(pools.read.clone(), Handle::current(), 0);
    let journal = Onlooker::open(&config.journal_url()).await.context(WHAT)?;
    let (rule, patience) = (
        config.attendance.rule(),
        Duration::from_secs(config.database.timeout_seconds),
    );
    let rehearser = Rehearser::beside(journal, pools.clone(), rule, patience);
    let rehearser = rehearser.await.context(WHAT)?;
    let mut refused = Vec::new();
    for seq in seqs {
        let Some(event) = reports.dead_event(seq).await.context(WHAT)? else {
            refused.push(format!("{seq}: there is no such dead event"));
            continue;
        };
        let rehearsal = rehearser.rehearse(&event.occurrence, seq).await;
        match rehearsal.context(WHAT)? {
            Rehearsal::Sealed => refused.push(format!("{seq}: its occurrence is sealed")),
            rehearsal => print(&told(&reports, seq, &event.occurrence, rehearsal).await?)?,
        }
    }
    if refused.is_empty() {
        return Ok(());
    }
    Err(anyhow!("{WHAT}: {}", refused.join("; ")).into())
}

/// A line, and one for each mark that would change.
async fn told(
    reports: &Reports,
    seq: i64,
    occurrence: &str,
    rehearsal: Rehearsal,
) -> Result<String, Failure> {
    let (outcome, changes) = match rehearsal {
        Rehearsal::Applies { changes: None } => (
            "would apply; which marks change cannot be told".to_owned(),
            Vec::new(),
        ),
        Rehearsal::Applies {
            changes: Some(changes),
        } => (
            format!("would apply; marks that change: {}", changes.len()),
            changes,
        ),
        Rehearsal::Fails(reason) => (format!("would fail again: {}", reason.as_str()), Vec::new()),
        Rehearsal::Gone | Rehearsal::Sealed => {
            ("is no longer in the journal".to_owned(), Vec::new())
        }
    };
    let students = changes.iter().map(|change| change.student).collect();
    let classes = changes.iter().map(|change| change.class).collect();
    let names = reports.names(students, classes).await.context(WHAT)?;
    let mut text = format!("{seq} of {occurrence} {outcome}\n");
    for change in &changes {
        let _ = writeln!(text, "  {}", line(change, &names)); // a String takes all
    }
    Ok(text)
}

/// Whose mark, by the roster's ids, and what becomes of it.
fn line(change: &Change, names: &Names) -> String {
    let id = |sourced: Option<String>, own: uuid::Uuid| sourced.unwrap_or_else(|| own.to_string());
    let student = id(names.student(change.student).sourced_id, change.student);
    let class = id(names.class(change.class).sourced_id, change.class);
    let mark = |mark: Option<Computed>| {
        mark.map_or_else(
            || "none".to_owned(),
            |mark| format!("{} {} s", mark.status, mark.seconds),
        )
    };
    let (before, after) = (mark(change.before), mark(change.after));
    format!("{class} {} {student}: {before} -> {after}", change.date)
}
