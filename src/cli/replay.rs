//! `rollcall replay`: Zoom's traffic, sent and measured, and the marks that it gave held against an oracle.
//!
//! Target, source, load, marks, report, thresholds, in this order. Every part is decided in [`crate::replay`]; here they
//! are put together.

mod arguments;
mod files;
mod marks;
mod outcome;
mod progress;
mod sending;
mod settings;
mod source;

use anyhow::Context;

use super::signals::Signals;
use super::{Failure, print};
use crate::config::{Config, Env};
use crate::replay::report::Report;
use progress::Progress;

const INTERRUPTED: &str = "interrupted";

/// Send Zoom's traffic to a Rollcall, measure it, and check the marks
///
/// Imitates Zoom for a school: signatures, retries, duplicates, disorder, what gets lost. Generates a school's day, or
/// sends a recording. To try it on a service of your own on this machine:
///
///   rollcall replay --write-roster school && rollcall import school
///   rollcall replay --verify
///
/// A day can be sent to one database once: a second one with another seed adds to the same lessons. Give another
/// --date, to both commands, or begin with a fresh database.
///
/// Exit code 0 done; 1 failed, a --fail-if holds, or a mark is wrong; 2 wrong usage; 130 interrupted.
/// Ctrl-C stops sending, waits for the answers under way and reports what was done; a second one ends it
/// at once.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    #[command(flatten)]
    source: arguments::Source,
    #[command(flatten)]
    target: arguments::Target,
    #[command(flatten)]
    sending: arguments::Sending,
    #[command(flatten)]
    verify: arguments::Verify,
    #[command(flatten)]
    report: arguments::Report,
}

/// Does it.
pub(super) async fn run(args: &Args, env: &Env) -> Result<(), Failure> {
    if let Some(folder) = &args.source.write_roster {
        return source::write_roster(&args.source, folder);
    }
    arguments::agree(args)?;
    let config = Config::load(env)?;
    let load = sending::load(args, &config).await?;
    let sourced = source::read(&args.source, args.sending.max_events)?;
    let files = files::Files::open(&args.report)?;

    let mut signals = Signals::new().context("signals")?;
    let mut progress = Progress::new();
    let measured = sending::send(&load, &sourced, &mut signals, &mut progress).await?;
    let marks = marks::check(
        &args.verify,
        &config,
        &sourced,
        &measured,
        &mut signals,
        &mut progress,
    );
    let marks = marks.await?;

    let report = Report {
        settings: settings::of(&sourced, &load),
        seed: settings::seed(&sourced),
        checks: outcome::checks(&args.report.fail_if, &measured, &marks),
        measured,
        marks,
    };
    print(&report.text())?;
    files.write(&report)?;
    outcome::verdict(&report)
}

fn interrupted() -> Failure {
    Failure::Interrupted(format!("replay: {INTERRUPTED}"))
}

fn usage(text: &str) -> Failure {
    Failure::Usage(format!("replay: {text}"))
}
