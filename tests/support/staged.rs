//! What an actor hands to the writer, made by hand: one occurrence of 7 October 2024, 08:00 to 08:50 UTC.

#![allow(
    dead_code,
    reason = "every test binary compiles all of it and uses its part"
)]

use jiff::civil::date;
use rollcall::{
    attendance::{
        event::{Instant, Moment},
        report::{EndedBy, Evidence, Interval, Person, Report, Stay},
        school::UserId,
    },
    store::{
        occurrences::Neighbours,
        school::Snapshot,
        writer::{People, Settings, Staged},
    },
};
use std::{sync::Arc, time::Duration};

/// What the writer is told.
pub(crate) const SETTINGS: Settings = Settings {
    batch: 10,
    patience: Duration::from_secs(10),
    settle: 5400,
    restart: 900,
};

/// This many minutes after 08:00.
pub(crate) fn at(minute: i64) -> Instant {
    Instant(1_728_288_000 + 60 * minute)
}

/// An ended occurrence of no class with nobody in it, new to the store, judged by `school`.
pub(crate) fn staged(uuid: &str, school: Arc<Snapshot>) -> Staged {
    Staged {
        uuid: uuid.into(),
        meeting: "85512340977".into(),
        basis: None,
        present_after: 900,
        applied_seq: 1,
        report: Report {
            start: at(0),
            last: at(50),
            end: Some((at(50), EndedBy::Event)),
            silent_at: None,
            date: date(2024, 10, 7),
            meeting: None,
            class: None,
            outside_schedule: false,
            unusable: 0,
            topic: None,
            people: Vec::new(),
        },
        people: People::All,
        neighbours: Neighbours {
            since: at(-60),
            known: Arc::default(),
        },
        school,
        seal: None,
        revived: Vec::new(),
    }
}

/// The only stay of somebody, in minutes; only what was observed from both ends counts.
pub(crate) fn person(
    name: &str,
    user: Option<UserId>,
    join: Option<i64>,
    leave: Option<i64>,
    evidence: Evidence,
) -> Person {
    let moment = |minute| Moment {
        at: at(minute),
        approximate: false,
    };
    let both = join.zip(leave);
    let counted = both.and_then(|(from, until)| Interval::new(at(from), at(until)));
    Person {
        key: format!("connection:{name}").into(),
        user,
        matched_by: None,
        conflict: false,
        shared_registrant: false,
        name: Some(name.into()),
        email: None,
        zoom_user_id: None,
        registrant_id: None,
        stays: vec![Stay {
            connection: name.into(),
            zoom_user_id: None,
            join: join.map(moment),
            leave: leave.map(moment),
            counted,
            evidence,
        }],
        intervals: counted.into_iter().collect(),
    }
}
