//! Batches: however often an actor writes in between, and whether it writes all or only what changed, the rows end as
//! after one write of the whole.

use crate::{
    attendance::{
        event::{Event, Identity, Instant, Moment, Setting},
        occurrence::Occurrence,
        report::{Context, Person, Report, Stay},
        school::{Rule, School, UserId},
    },
    config::{Env, Settings},
    meeting::staging::Fingerprints,
    store::writer::People,
};
use proptest::{collection::vec, option, prelude::*};
use std::collections::BTreeMap;

/// 08:00 on 6 October 2025, UTC.
const START: i64 = 1_759_737_600;

/// What the tables hold: the people by key, and whether the end has closed their rows; their stays by key and place.
#[derive(Debug, Default, PartialEq)]
struct Table {
    people: BTreeMap<Box<str>, (Person, bool)>,
    stays: BTreeMap<(Box<str>, usize), (Stay, Option<UserId>)>,
}

/// After each event: nothing, a write, or a crash that forgets what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Nothing,
    Write,
    Crash,
}

fn event() -> impl Strategy<Value = Event> {
    let moment = || {
        (0..3000_i64).prop_map(|second| Moment {
            at: Instant(START + second),
            approximate: false,
        })
    };
    // Few keys, so that connections meet: one person on two, one e-mail that comes late, a bind.
    let who =
        (0..4_u8, 0..2_u8, option::of(0..2_u8)).prop_map(|(connection, seat, email)| Identity {
            participant_uuid: Some(format!("connection {connection}").into()),
            user_id: Some(format!("{connection}.{seat}").into()),
            email: email.map(|number| format!("{number}@school.test").into()),
            ..Identity::default()
        });
    let who = who.boxed();
    prop_oneof![
        4 => (who.clone(), moment()).prop_map(|(who, at)| Event::Joined(Setting::default(), who, at)),
        4 => (who.clone(), moment()).prop_map(|(who, at)| Event::Left(Setting::default(), who, at)),
        1 => (who.clone(), who).prop_map(|(one, other)| Event::Bound(one, other)),
        1 => moment().prop_map(|at| Event::Ended(Setting::default(), Some(at))),
    ]
}

fn after() -> impl Strategy<Value = After> {
    prop_oneof![
        3 => Just(After::Nothing),
        3 => Just(After::Write),
        1 => Just(After::Crash)
    ]
}

fn rule() -> Rule {
    let settings = Settings::read(&Env::new("/", [])).expect("defaults");
    settings.config().expect("defaults").attendance.rule()
}

fn report(occurrence: &Occurrence, rule: &Rule) -> Option<Report> {
    let context = Context {
        uuid: "O",
        meeting: "85512340977",
        school: &School::default(),
        rule,
        neighbours: &[],
    };
    occurrence.report(&context, Instant(START + 3600))
}

/// As the writer does it.
fn write(table: &mut Table, report: &Report, people: People) {
    let changed = match people {
        People::All => {
            *table = Table::default();
            let all = 0..report.people.len();
            all.map(|place| (place, 0)).collect::<Vec<_>>()
        }
        People::Changed(changed) => {
            for one in changed.iter().filter(|one| one.shrunk) {
                let person = &report.people[one.place];
                table
                    .stays
                    .retain(|(key, place), _| *key != person.key || *place < person.stays.len());
            }
            changed.iter().map(|one| (one.place, one.kept)).collect()
        }
    };
    for (place, kept) in changed {
        let person = &report.people[place];
        let row = (person.clone(), report.end.is_some());
        table.people.insert(person.key.clone(), row);
        for (place, stay) in person.stays.iter().enumerate().skip(kept) {
            let row = (stay.clone(), person.user);
            table.stays.insert((person.key.clone(), place), row);
        }
    }
}

proptest! {
    #[test]
    fn batch_boundaries_and_crashes_change_no_row(events in vec((event(), after()), 1..30)) {
        let (rule, mut occurrence) = (rule(), Occurrence::default());
        let (mut table, mut written) = (Table::default(), None::<Fingerprints>);
        let last = events.len() - 1;
        for (place, (event, after)) in events.into_iter().enumerate() {
            occurrence.fold(&event, Instant(START));
            if after == After::Crash {
                written = None;
            }
            if after == After::Write || place == last {
                let Some(report) = report(&occurrence, &rule) else { continue };
                let now = Fingerprints::of(&report);
                let people = written.as_ref().map_or(People::All, |before| now.since(before, &report));
                write(&mut table, &report, people);
                written = Some(now);
            }
        }
        if let Some(report) = report(&occurrence, &rule) {
            let mut whole = Table::default();
            write(&mut whole, &report, People::All);
            prop_assert_eq!(table, whole);
        }
    }
}
