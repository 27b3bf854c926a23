//! How a replay was asked for, as a report tells it: names are those of the arguments. No secrets.

use super::source::{Origin, Sourced};
use crate::replay::load::Load;
use crate::replay::load::pace::Pace;
use crate::replay::school::Timetable;
use crate::replay::source::generated::GeneratedSchool;

/// Names and values, in the order to be shown.
pub(super) fn of(sourced: &Sourced, load: &Load) -> Vec<(String, String)> {
    let mut settings = match &sourced.origin {
        Origin::Generated(asked, _) => generated(asked),
        Origin::Recorded(path) => vec![("recording", path.clone())],
    };
    settings.push(("url", load.target.to_string()));
    settings.extend(pace(load.pace));
    settings.push(("connections", load.connections.to_string()));
    settings.push(("retry-scale", load.retries.scale.to_string()));
    settings.push(("max-seconds", load.longest.as_secs().to_string()));
    let named = |(name, value): (&str, String)| (name.to_owned(), value);
    settings.into_iter().map(named).collect()
}

/// What chance began with.
pub(super) fn seed(sourced: &Sourced) -> Option<u64> {
    match &sourced.origin {
        Origin::Generated(asked, _) => Some(asked.seed),
        Origin::Recorded(_) => None,
    }
}

fn generated(asked: &GeneratedSchool) -> Vec<(&'static str, String)> {
    let timetable = match asked.timetable {
        Timetable::Spread => "spread",
        Timetable::Bell => "bell",
    };
    let mix = &asked.mix;
    let mut settings = vec![
        ("meetings", asked.meetings.to_string()),
        ("students", asked.students.to_string()),
        ("lesson-minutes", asked.minutes.to_string()),
        ("bell-seconds", asked.bell_seconds.to_string()),
        ("timetable", timetable.to_owned()),
        ("date", asked.date.to_string()),
    ];
    let shares = [
        ("late", mix.late),
        ("short", mix.short),
        ("rejoining", mix.rejoining),
        ("moving", mix.moving),
        ("two-device", mix.two_device),
        ("absent", mix.absent),
        ("lost-leave", mix.lost_leave),
        ("duplicated", mix.duplicated),
        ("reordered", mix.reordered),
        ("restarted", mix.restarted),
        ("unknown", mix.unknown),
        ("odd", mix.odd),
    ];
    settings.extend(shares.map(|(name, share)| (name, share.to_string())));
    settings
}

fn pace(pace: Pace) -> Vec<(&'static str, String)> {
    match pace {
        Pace::Free => vec![("pace", "as fast as it goes".to_owned())],
        Pace::Own { speed } => vec![("speed", speed.to_string())],
        Pace::Rate { rate, ramp } => vec![
            ("rate", rate.to_string()),
            ("ramp", ramp.as_secs().to_string()),
        ],
        Pace::Bell { rate } => vec![("rate", rate.to_string()), ("bell", "yes".to_owned())],
    }
}
