//! `rollcall journal export`.

use crate::{
    cli::Failure,
    config::Config,
    journal::{Exporter, Raw},
    replay::source::{
        pseudonyms::Pseudonyms,
        recording::{Body, Recorded},
    },
};
use anyhow::{Context, anyhow};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use std::{
    io::{self, BufWriter, IsTerminal, Write},
    ops::Range,
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;
use uuid::Uuid;

/// Write the journal's events as a recording, one JSON object a line
///
/// The events stand in the order in which they were committed, with the time of their arrival and their bodies byte for byte,
/// for `rollcall replay --recording`. A service may run meanwhile: nothing is locked or changed, and what comes after the
/// beginning of the export is left out.
///
/// A recording is full of personal data: names, e-mail addresses, when who was where. With --pseudonyms all of that is
/// replaced: names, e-mails, Zoom's ids, meeting numbers, registrations, telephone numbers, IP addresses, topics, and whatever else is not known
/// to be harmless. The same value has the same pseudonym within one export and another in the next. What stays is
/// what happened and when; who knows the school's days may still recognise a lesson by its time.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Replace everything that could name somebody
    #[arg(long)]
    pseudonyms: bool,
    /// Only what arrived at this time or later, such as 2026-10-05T00:00:00Z
    #[arg(long, value_name = "RFC3339")]
    from: Option<Timestamp>,
    /// Only what arrived before this time
    #[arg(long, value_name = "RFC3339")]
    to: Option<Timestamp>,
    /// Where to write it, readable by its owner alone; standard output by default
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What was written.
#[derive(Default)]
struct Written {
    events: u64,
    withheld: u64,
}

/// Writes the recording.
pub(super) async fn run(args: Args, config: &Config) -> Result<(), Failure> {
    let arrived = window(&args)?;
    let exporter = Exporter::open(&config.journal_url()).await.context(WHAT)?;
    let pseudonyms = args.pseudonyms.then(fresh);
    let written = match &args.out {
        Some(path) => to_file(path, exporter, pseudonyms, &arrived).await?,
        None => {
            let mut out = BufWriter::new(io::stdout().lock());
            let written = copy(exporter, pseudonyms, &arrived, &mut out).await;
            match written.and_then(|written| out.flush().map(|()| written).map_err(Stop::Output)) {
                Ok(written) => written,
                // A reader that went away has had enough.
                Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                    return Ok(());
                }
                Err(stop) => return Err(stop.failure("standard output")),
            }
        }
    };
    tell(&written);
    Ok(())
}

const WHAT: &str = "journal export";

/// Why it ends early.
enum Stop {
    Journal(crate::journal::JournalError),
    Output(io::Error),
}

impl Stop {
    fn failure(self, place: &str) -> Failure {
        let error = match self {
            Self::Journal(error) => anyhow::Error::new(error),
            Self::Output(error) => anyhow!("{place}: {error}"),
        };
        error.context(WHAT).into()
    }
}

/// The times of arrival that are wanted, Unix milliseconds.
fn window(args: &Args) -> Result<Range<i64>, Failure> {
    let ms = |time: Option<Timestamp>| time.map(Timestamp::as_millisecond);
    let window = ms(args.from).unwrap_or(i64::MIN)..ms(args.to).unwrap_or(i64::MAX);
    if window.is_empty() {
        let why = "--from must be before --to";
        return Err(Failure::Usage(format!("{WHAT}: {why}")));
    }
    Ok(window)
}

/// Of a key that nobody will know.
fn fresh() -> Pseudonyms {
    let halves = [Uuid::new_v4(), Uuid::new_v4()];
    Pseudonyms::new(&halves.map(Uuid::into_bytes).concat())
}

/// The file is there when it is complete; its owner alone may read it.
async fn to_file(
    path: &Path,
    exporter: Exporter,
    pseudonyms: Option<Pseudonyms>,
    arrived: &Range<i64>,
) -> Result<Written, Failure> {
    let place = path.display().to_string();
    let failed = |error| Stop::Output(error).failure(&place);
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Made with 0600.
    let mut file = NamedTempFile::new_in(folder).map_err(failed)?;
    let mut out = BufWriter::new(&mut file);
    let written = copy(exporter, pseudonyms, arrived, &mut out)
        .await
        .map_err(|stop| stop.failure(&place))?;
    out.flush().map_err(failed)?;
    drop(out);
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(written)
}

async fn copy(
    mut exporter: Exporter,
    pseudonyms: Option<Pseudonyms>,
    arrived: &Range<i64>,
    out: &mut impl Write,
) -> Result<Written, Stop> {
    let bar = progress(exporter.last());
    let mut written = Written::default();
    loop {
        let page = exporter.next().await.map_err(Stop::Journal)?;
        let Some(last) = page.last().map(|raw| raw.seq) else {
            break;
        };
        for raw in page {
            if !arrived.contains(&raw.received_at) {
                continue;
            }
            let line = line(raw, pseudonyms.as_ref());
            written.events += 1;
            written.withheld += u64::from(matches!(line.body, Body::Withheld(_)));
            line.write(out).map_err(Stop::Output)?;
        }
        bar.set_position(u64::try_from(last).unwrap_or(0));
    }
    bar.finish_and_clear();
    Ok(written)
}

fn line(raw: Raw, pseudonyms: Option<&Pseudonyms>) -> Recorded {
    let Raw {
        received_at,
        request_id,
        body,
        ..
    } = raw;
    let Some(pseudonyms) = pseudonyms else {
        return Recorded {
            received_at,
            request_id,
            body: Body::Bytes(body),
        };
    };
    Recorded {
        received_at,
        request_id: request_id.map(|id| pseudonyms.text(&id)),
        body: match pseudonyms.body(&body) {
            Some(told) => Body::Bytes(told.into_bytes()),
            None => Body::Withheld(body.len()),
        },
    }
}

/// A bar on standard error where that is a terminal and the recording goes elsewhere.
fn progress(last: i64) -> ProgressBar {
    if io::stdout().is_terminal() || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::try_from(last).unwrap_or(0));
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:40}] {percent}% {eta}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.with_message("exporting")
}

/// On standard error: the other one may be the recording.
fn tell(written: &Written) {
    let Written { events, withheld } = written;
    let withheld = match withheld {
        0 => String::new(),
        count => format!("; {count} of them with nothing but their length"),
    };
    // Nobody is left to tell when this fails.
    let _ = writeln!(io::stderr(), "{events} events written{withheld}");
}
