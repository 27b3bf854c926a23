//! The arguments of `rollcall replay`, by what they are about, and what they come to.
//!
//! Help for testers who do not read Rust; what cannot be is refused before anything is sent.

use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Date;

use super::{Args, usage};
use crate::cli::Failure;
use crate::replay::load::pace::Pace;
use crate::replay::load::retries::Retries;
use crate::replay::load::thresholds::Threshold;
use crate::replay::mix::{Mix, Share};
use crate::replay::school::Timetable;
use crate::replay::source::generated::GeneratedSchool;

/// Where deliveries come from.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Source: a generated school, or a recording")]
pub(in crate::cli) struct Source {
    /// Meetings of the school's day, one a class; 1 to 20,000
    #[arg(long, value_name = "N", default_value_t = 30)]
    meetings: usize,
    /// Students of a class; 1 to 1,000
    #[arg(long, value_name = "N", default_value_t = 30)]
    students: usize,
    /// How long a lesson is
    #[arg(long, value_name = "MINUTES", default_value_t = 50)]
    lesson_minutes: u32,
    /// Within how many seconds the students join who are in time
    #[arg(long, value_name = "SECONDS", default_value_t = 210)]
    bell_seconds: u32,
    /// When lessons are: spread over the day, or all at the same bell, to the second
    #[arg(long, value_enum, default_value_t = When::Spread)]
    timetable: When,
    /// The local date of the lessons [default: the day before yesterday, so that all of them are over]
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<Date>,
    /// What chance begins with: the same seed and arguments give the same bytes
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Write the school's import set (for `rollcall import DIR`) into this folder, and do nothing else
    #[arg(long, value_name = "DIR")]
    pub(super) write_roster: Option<PathBuf>,
    /// Send this recording instead of a school: NDJSON, as `rollcall journal export` writes it
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = [
            "meetings", "students", "lesson_minutes", "bell_seconds", "timetable", "date", "seed", "late", "short",
            "rejoining", "moving", "two_device", "absent", "lost_leave", "duplicated", "reordered", "restarted",
            "unknown", "odd", "write_roster", "verify",
        ]
    )]
    pub(super) recording: Option<PathBuf>,
    #[command(flatten)]
    shares: Shares,
}

/// When the lessons of a generated school are.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum When {
    /// Five lessons a day, in six places of the world
    Spread,
    /// One bell for all: every meeting starts in the same second, and all end in the same second
    Bell,
}

/// How often what happens in a generated school.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What happens in the generated school: shares, 0.05 or 5%")]
struct Shares {
    /// Of the students of a lesson: come when a tenth of it or more is over
    #[arg(long, value_name = "SHARE", default_value_t = Mix::DAY.late)]
    late: Share,
    /// Of the students: are there for less than a quarter of an hour
    #[arg(long, value_name = "SHARE", default_value_t = Mix::DAY.short)]
    short: Share,
    /// Of the students: leave, and come back with a new connection
    #[arg(long, value_name = "SHARE", default_value_t = Mix::DAY.rejoining)]
    rejoining: Share,
    /// Of the students: go into a breakout room and come back
    #[arg(long, value_name = "SHARE", default_value_t = Mix::DAY.moving)]
    moving: Share,
    /// Of the students: use a second device for a part of the lesson
    #[arg(long, value_name = "SHARE", default_value_t = Mix::DAY.two_device)]
    two_device: Share,
    /// Of the students: do not come
    #[arg(long, value_name = "SHARE", default_value_t = Mix::DAY.absent)]
    absent: Share,
    /// Of the students: go early, and the news of it is lost
    #[arg(long, value_name = "SHARE", default_value_t = Mix::DAY.lost_leave)]
    lost_leave: Share,
    /// Of the deliveries: come a second time, byte for byte
    #[arg(long, value_name = "SHARE", default_value_t = Mix::DAY.duplicated)]
    duplicated: Share,
    /// Of the deliveries: are held back for up to a minute, and overtaken by others
    #[arg(long, value_name = "SHARE", default_value_t = Mix::DAY.reordered)]
    reordered: Share,
    /// Of the lessons: the meeting is ended and started anew
    #[arg(long, value_name = "SHARE", default_value_t = Mix::DAY.restarted)]
    restarted: Share,
    /// Of the lessons: somebody comes whom the school does not know
    #[arg(long, value_name = "SHARE", default_value_t = Mix::DAY.unknown)]
    unknown: Share,
    /// The small oddities of real traffic: lost connections, phones, leaves that do not say who left, noise
    #[arg(long, value_name = "SHARE", default_value_t = Mix::DAY.odd)]
    odd: Share,
}

/// Where deliveries go.
#[derive(Debug, clap::Args)]
#[command(
    next_help_heading = "Target: signed with ZOOM_WEBHOOK_SECRET (or _FILE), as `serve` reads it"
)]
pub(in crate::cli) struct Target {
    /// The webhook; http alone
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:8080/api/zoom/webhook"
    )]
    pub(super) url: String,
    /// Send to another machine than this one: you may do so, and it is no school's real service
    #[arg(long)]
    pub(super) i_own_this_target: bool,
}

/// How deliveries are sent.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Sending: as fast as the connections answer, unless a pace is given")]
pub(in crate::cli) struct Sending {
    /// So many at a time, each connection waiting for its answer; with a pace, at most so many
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=20_000))]
    connections: usize,
    /// At the deliveries' own pace, so many times as fast: 1 for real time, 60 for an hour in a minute
    #[arg(long, value_name = "TIMES", value_parser = positive, conflicts_with_all = ["rate", "bell"])]
    speed: Option<f64>,
    /// At this rate, whether they are answered or not; latency counts from the planned sending
    #[arg(long, value_name = "EVENTS_A_SECOND", value_parser = positive)]
    rate: Option<f64>,
    /// The rate grows from nothing over this time
    #[arg(long, value_name = "SECONDS", requires = "rate", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=86_400))]
    ramp: u32,
    /// The rate rings: ten seconds each of 10, 50, 100 and 10 percent of it, over and over
    #[arg(long, requires = "rate", conflicts_with = "ramp")]
    bell: bool,
    /// Zoom sends what was not taken (5xx, silence of 3 s, a broken connection) again 5, 25 and 85 minutes later, times this
    #[arg(long, value_name = "FACTOR", default_value_t = 0.001, value_parser = factor)]
    retry_scale: f64,
    /// Sends no more deliveries than this
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub(super) max_events: usize,
    /// Sends nothing after this time
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    max_seconds: u32,
}

/// Whether the marks are looked at.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Verifying: the marks of a service that has imported the school")]
pub(in crate::cli) struct Verify {
    /// Afterwards hold every mark against what a second, independent count of the events sent says
    #[arg(id = "verify", long = "verify")]
    pub(super) wanted: bool,
    /// The service's operators' listener; its token from `ROLLCALL_ADMIN_TOKEN` (or `_FILE`)
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9090")]
    pub(super) admin_url: String,
    /// How long marks may stay as they are before they count as the service's last word
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3600))]
    patience: u32,
}

/// What is told, and what makes it a failure.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Report: as text on standard output, and")]
pub(in crate::cli) struct Report {
    /// As JSON into this file
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// As one HTML page with charts into this file
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    /// Exit code 1 where this holds, such as 'p99>50ms', 'errors>0', 'rate<1000', 'wrong>0'; can be given several times
    ///
    /// Latencies p50, p90, p99, p99.9, max with us, ms or s, from the planned sending; rate, deliveries taken a second;
    /// and the counts errors (requests answered anything but 2xx), lost, refused, retries, behind, wrong (marks).
    #[arg(long, value_name = "CONDITION")]
    pub(super) fail_if: Vec<Threshold>,
}

impl Source {
    /// The school that is asked for; `now` in Unix seconds.
    pub(super) fn school(&self, now: i64) -> Result<GeneratedSchool, Failure> {
        let date = match self.date {
            Some(date) => date,
            None => day_before_yesterday(now)?,
        };
        Ok(GeneratedSchool {
            meetings: self.meetings,
            students: self.students,
            minutes: self.lesson_minutes,
            bell_seconds: self.bell_seconds,
            timetable: match self.timetable {
                When::Spread => Timetable::Spread,
                When::Bell => Timetable::Bell,
            },
            mix: self.shares.mix(),
            date,
            seed: self.seed,
        })
    }
}

impl Shares {
    fn mix(&self) -> Mix {
        let Self {
            late,
            short,
            rejoining,
            moving,
            two_device,
            absent,
            lost_leave,
            duplicated,
            reordered,
            restarted,
            unknown,
            odd,
        } = *self;
        Mix {
            late,
            short,
            rejoining,
            moving,
            two_device,
            absent,
            lost_leave,
            duplicated,
            reordered,
            restarted,
            unknown,
            odd,
        }
    }
}

impl Sending {
    /// What decides when a delivery is sent.
    pub(super) fn pace(&self) -> Pace {
        let ramp = Duration::from_secs(self.ramp.into());
        match (self.speed, self.rate) {
            (Some(speed), _) => Pace::Own { speed },
            (None, Some(rate)) if self.bell => Pace::Bell { rate },
            (None, Some(rate)) => Pace::Rate { rate, ramp },
            (None, None) => Pace::Free,
        }
    }

    /// What comes again.
    pub(super) fn retries(&self) -> Retries {
        Retries {
            scale: self.retry_scale,
        }
    }

    /// Connections.
    pub(super) fn connections(&self) -> usize {
        self.connections
    }

    /// Nothing is sent after this.
    pub(super) fn longest(&self) -> Duration {
        Duration::from_secs(self.max_seconds.into())
    }
}

impl Verify {
    /// How long marks may stay as they are.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.patience.into())
    }
}

/// Refuses arguments that make no sense together, beyond what the parser knows.
pub(super) fn agree(args: &Args) -> Result<(), Failure> {
    let mut thresholds = args.report.fail_if.iter();
    match thresholds.find(|threshold| threshold.needs_verification()) {
        Some(threshold) if !args.verify.wanted => {
            Err(usage(&format!("--fail-if '{threshold}' needs --verify")))
        }
        _ => Ok(()),
    }
}

/// In UTC: wherever a lesson of that date is, it is over.
fn day_before_yesterday(now: i64) -> Result<Date, Failure> {
    let today =
        jiff::Timestamp::from_second(now).map(|now| now.to_zoned_datetime(jiff::tz::TimeZone::UTC));
    let date = today.and_then(|today| today.date().yesterday()?.yesterday());
    date.map_err(|_| usage("the clock is beyond the calendar: give --date"))
}

fn positive(text: &str) -> Result<f64, &'static str> {
    between(text, 0.000_1, 1e7).ok_or("expected a number from 0.0001 to 10000000")
}

fn factor(text: &str) -> Result<f64, &'static str> {
    between(text, 0.0, 10.0).ok_or("expected a number from 0 to 10")
}

fn between(text: &str, least: f64, most: f64) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    (least..=most).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_default_day_is_over_everywhere() {
        let day = |text: &str| {
            let at: jiff::Timestamp = text.parse().expect("an instant");
            day_before_yesterday(at.as_second()).expect("a date")
        };
        assert_eq!(day("2026-11-23T00:00:00Z"), date(2026, 11, 21));
        assert_eq!(day("2026-11-23T23:59:59Z"), date(2026, 11, 21));
        assert_eq!(day("2026-03-01T12:00:00Z"), date(2026, 2, 27));
    }

    #[test]
    fn a_pace_is_a_number_above_nothing() {
        assert_eq!(positive("60"), Ok(60.0));
        assert_eq!(positive("0.5"), Ok(0.5));
        for text in ["0", "-1", "nan", "inf", "fast", "1e9", ""] {
            assert!(positive(text).is_err(), "{text}");
        }
        assert_eq!((factor("0"), factor("1")), (Ok(0.0), Ok(1.0)));
        assert!(factor("-0.1").is_err() && factor("11").is_err());
    }
}
