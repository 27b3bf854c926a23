//! `rollcall replay`: Zoom's traffic, sent and measured, and the marks that it gave held against an oracle.
//!
//! Arguments, source, target, load, marks, report, thresholds, in this order. Every part is decided in
//! [`crate::replay`]; here they are put together.

mod arguments;
mod progress;
mod summary;
mod words;

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};

use super::signals::Signals;
use super::{Failure, files, print};
use crate::clock;
use crate::config::{Config, Env};
use crate::replay::load::Load;
use crate::replay::load::measured::{Ended, Measured};
use crate::replay::load::target::Target;
use crate::replay::load::thresholds::Check;
use crate::replay::source::generated::GeneratedSchool;
use crate::replay::source::recording;
use crate::replay::traffic::Delivery;
use crate::zoom::signature::SigningKeys;
use progress::{Progress, say};

/// Between two looks at a run.
const LOOK: Duration = Duration::from_millis(200);

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
        return write_roster(folder, &args.source.school(clock::now().0)?);
    }
    let checks_marks = args.report.fail_if.iter().find(|t| t.needs_verification());
    if let Some(threshold) = checks_marks
        && !args.verify.verify
    {
        return Err(usage(&format!("--fail-if '{threshold}' needs --verify")));
    }
    let load = load(args, &Config::load(env)?).await?;
    let mut signals = Signals::new().context("signals")?;
    let deliveries = Arc::new(deliveries(args)?);
    let measured = send(&load, deliveries, &mut signals).await?;
    let checks: Vec<_> = args
        .report
        .fail_if
        .iter()
        .map(|threshold| threshold.check(&measured, None))
        .collect();
    print(&summary::lines(&measured, &checks))?;
    verdict(&measured, &checks)
}

/// How to send, once it is sure that it may be sent there.
async fn load(args: &Args, config: &Config) -> Result<Load, Failure> {
    config.check_for_serving()?;
    let keys = SigningKeys::new(&config.zoom.secrets()).context("zoom.webhook_secret is empty")?;
    let target = own(&args.target.url, "--url", args).await?;
    if args.verify.verify {
        own(&args.verify.admin_url, "--admin-url", args).await?;
    }
    Ok(Load {
        target,
        keys,
        clock: clock::now_ms,
        pace: args.sending.pace(),
        connections: args.sending.connections(),
        retries: args.sending.retries(),
        longest: args.sending.longest(),
    })
}

/// The address of a URL, if it is this machine's or the user has said that it may be another's.
async fn own(url: &str, argument: &str, args: &Args) -> Result<Target, Failure> {
    let target = Target::find(url).await;
    let target = target.map_err(|error| usage(&format!("{argument} {error}")))?;
    match target.foreign() {
        Some(address) if !args.target.i_own_this_target => Err(usage(&format!(
            "{argument} leads to {address}, which is not this machine; add --i-own-this-target if you may send there"
        ))),
        _ => Ok(target),
    }
}

fn write_roster(folder: &Path, school: &GeneratedSchool) -> Result<(), Failure> {
    let school_made = school.school().map_err(|error| usage(&error.to_string()))?;
    let written = std::fs::create_dir_all(folder).and_then(|()| school_made.write_roster(folder));
    let shown = folder.display();
    written.with_context(|| format!("replay: --write-roster {shown}"))?;
    print(&format!(
        "{} classes and {} students for {} are in {shown}; now: rollcall import {shown}\n",
        school_made.classes.len(),
        school_made.students.len(),
        school.date
    ))
}

/// What is sent, no more than may be.
fn deliveries(args: &Args) -> Result<Vec<Delivery>, Failure> {
    let mut deliveries = match &args.source.recording {
        Some(path) => {
            let recording = recording::read(path)
                .map_err(|error| Failure::from(anyhow::Error::new(error).context("replay")))?;
            if recording.left_out > 0 {
                say(&format!(
                    "{} deliveries of the recording are left out: their bodies are withheld or no text",
                    recording.left_out
                ));
            }
            recording.deliveries
        }
        None => {
            let school = args.source.school(clock::now().0)?;
            let (_, deliveries) = school
                .generate()
                .map_err(|error| usage(&error.to_string()))?;
            deliveries
        }
    };
    let most = args.sending.max_events;
    if deliveries.len() > most {
        say(&format!(
            "{} deliveries, of which the first {most} are sent (--max-events)",
            deliveries.len()
        ));
        deliveries.truncate(most);
    }
    Ok(deliveries)
}

/// Sends them, shows how far it is, and stops at the first signal.
async fn send(
    load: &Load,
    deliveries: Arc<Vec<Delivery>>,
    signals: &mut Signals,
) -> Result<Measured, Failure> {
    files::raise();
    let validated = load.validate().await;
    let validated = validated.map_err(|error| anyhow::Error::new(error).context("replay"))?;
    let mut progress = Progress::new(deliveries.len());
    if !validated {
        progress.note("the target answers Zoom's URL validation wrongly; Zoom would not accept it");
    }
    let running = load.start(deliveries, Some(validated));
    let handle = running.handle();
    let mut finish = pin!(running.finish());
    let mut looks = tokio::time::interval(LOOK);
    let mut stopping = false;
    loop {
        tokio::select! {
            measured = &mut finish => {
                progress.finish();
                return Ok(measured);
            }
            () = signals.next() => {
                if stopping {
                    progress.finish();
                    return Err(interrupted());
                }
                stopping = true;
                handle.stop();
                progress.note("stopping: waiting for the answers under way");
            }
            _ = looks.tick() => progress.show(&handle.snapshot()),
        }
    }
}

/// Whether it was a success.
fn verdict(measured: &Measured, checks: &[Check]) -> Result<(), Failure> {
    if measured.ended == Ended::Interrupted {
        return Err(interrupted());
    }
    let crossed: Vec<_> = checks
        .iter()
        .filter(|check| check.crossed)
        .map(|check| format!("{} (found {})", check.threshold, check.found))
        .collect();
    if crossed.is_empty() {
        return Ok(());
    }
    Err(anyhow!("replay: failed by {}", crossed.join(", ")).into())
}

fn interrupted() -> Failure {
    Failure::Interrupted("replay: interrupted".to_owned())
}

fn usage(text: &str) -> Failure {
    Failure::Usage(format!("replay: {text}"))
}
