//! The attendance core against the oracle, without a service between them: the same bodies, the same marks.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use rollcall::attendance::event::Instant;
use rollcall::attendance::lesson::{self, Part};
use rollcall::attendance::occurrence::Occurrence;
use rollcall::attendance::report::{Context, Neighbour, Report};
use rollcall::attendance::school::{
    ClassId, Enrolment, Meeting, MeetingId, Rule, School as Known, UserId,
};
use rollcall::replay::oracle::{self, Key, Mark, Status};
use rollcall::replay::rng::Rng;
use rollcall::replay::school::School;
use rollcall::replay::traffic::{self, Delivery, Shares};
use rollcall::zoom::{envelope::Envelope, translate::translate};

/// Every delivery has come long before.
const NOW: Instant = Instant(4_000_000_000);

fn user(student: usize) -> UserId {
    UserId(student as u128 + 1)
}

/// What the core would load from the database after an import of the school.
fn known(school: &School) -> Known {
    let mut known = Known::default();
    for (index, student) in school.students.iter().enumerate() {
        let one = || vec![user(index)];
        known
            .customer_keys
            .insert(student.sourced_id.as_str().into(), one());
        if let Some(account) = &student.zoom_user_id {
            known.zoom_users.insert(account.as_str().into(), one());
        }
        if let Some(email) = &student.email {
            known.emails.insert(email.to_lowercase().into(), one());
        }
    }
    for (index, teacher) in school.teachers.iter().enumerate() {
        let one = || vec![UserId(1_000_000 + index as u128)];
        known
            .customer_keys
            .insert(teacher.sourced_id.as_str().into(), one());
        known
            .zoom_users
            .insert(teacher.zoom_user_id.as_str().into(), one());
        known
            .emails
            .insert(teacher.email.to_lowercase().into(), one());
    }
    for (index, class) in school.classes.iter().enumerate() {
        let number = class.meeting.number.to_string();
        let id = ClassId(index as u128);
        let meeting = Meeting {
            id: MeetingId(index as u128),
            class: Some(id),
            start: Some(Instant(class.meeting.begins_on(class.meeting.first))),
            minutes: Some(class.meeting.minutes),
            timezone: Some(class.meeting.timezone.as_str().into()),
        };
        known.meetings.insert(number.as_str().into(), meeting);
        let registrants = known.registrants.entry(number.into()).or_default();
        for enrolled in &class.enrolled {
            if let Some(registrant) = &enrolled.registrant_id {
                registrants.insert(registrant.as_str().into(), vec![user(enrolled.student)]);
            }
        }
        let enrolment = |student| Enrolment {
            student: user(student),
            begin: None,
            end: None,
        };
        let enrolled = class
            .enrolled
            .iter()
            .map(|enrolled| enrolment(enrolled.student));
        known.classes.insert(id, enrolled.collect());
    }
    known
}

/// The core's marks of these deliveries.
fn judged(school: &School, deliveries: &[Delivery]) -> BTreeMap<Key, Mark> {
    let known = known(school);
    let rule = Rule::default();
    let mut meetings: BTreeMap<Box<str>, BTreeMap<Box<str>, Occurrence>> = BTreeMap::new();
    for sent in deliveries {
        let envelope = Envelope::parse(sent.body.as_bytes()).expect("JSON");
        let told = translate(&envelope);
        if let (Some(event), Some(meeting), Some(uuid)) = (told.news, told.meeting, told.occurrence)
        {
            let occurrences = meetings.entry(meeting).or_default();
            occurrences
                .entry(uuid)
                .or_default()
                .fold(&event, Instant(sent.at / 1000));
        }
    }
    let mut lessons: BTreeMap<(ClassId, Date), Vec<Part>> = BTreeMap::new();
    for (meeting, occurrences) in &meetings {
        for report in reports(meeting, occurrences, &known, &rule) {
            let class = report.class.expect("every meeting has its class");
            lessons
                .entry((class, report.date))
                .or_default()
                .push(Part::of(&report, 900));
        }
    }
    let mut marks = BTreeMap::new();
    for ((class, date), parts) in lessons {
        for mark in lesson::marks(&parts, &known.enrolled(class, date)) {
            let index = usize::try_from(mark.student.0).expect("an index") - 1;
            let key = Key {
                class: school.classes[usize::try_from(class.0).expect("an index")]
                    .sourced_id
                    .clone(),
                date,
                student: school.students[index].sourced_id.clone(),
            };
            let status = match mark.status {
                lesson::Status::Present => Status::Present,
                lesson::Status::Partial => Status::Partial,
                lesson::Status::Absent => Status::Absent,
            };
            let seconds = u32::try_from(mark.seconds).expect("seconds");
            marks.insert(key, Mark { status, seconds });
        }
    }
    marks
}

/// The reports of one meeting's occurrences, each with those that began before it as neighbours.
fn reports(
    meeting: &str,
    occurrences: &BTreeMap<Box<str>, Occurrence>,
    known: &Known,
    rule: &Rule,
) -> Vec<Report> {
    let report = |uuid: &str, occurrence: &Occurrence, neighbours: &[Neighbour]| {
        let context = Context {
            uuid,
            meeting,
            school: known,
            rule,
            neighbours,
        };
        occurrence.report(&context, NOW)
    };
    let mut found: Vec<_> = occurrences
        .iter()
        .filter_map(|(uuid, occurrence)| {
            Some((report(uuid, occurrence, &[])?.start, uuid, occurrence))
        })
        .collect();
    found.sort_by_key(|(start, ..)| *start);
    let mut neighbours: Vec<Neighbour> = Vec::new();
    let mut reports = Vec::new();
    for (start, uuid, occurrence) in found {
        let report = report(uuid, occurrence, &neighbours).expect("an occurrence");
        neighbours.push(Neighbour {
            uuid: uuid.clone(),
            start,
            last: report.end_or_last(),
            date: report.date,
        });
        reports.push(report);
    }
    reports
}

#[track_caller]
fn check(first: Date, day: Date, seed: u64, shares: Shares) {
    let school = School::sample(30, 30, first, seed);
    let mut deliveries = traffic::day(&school, day, seed, shares);
    let expected = oracle::marks(&school, deliveries.iter().map(|sent| sent.body.as_str()));
    for order in ["as they came", "reversed", "shuffled", "doubled"] {
        match order {
            "reversed" => deliveries.reverse(),
            "shuffled" => Rng::new(seed).shuffle(&mut deliveries),
            "doubled" => deliveries.extend(deliveries.clone()),
            _ => {}
        }
        let found = judged(&school, &deliveries);
        for (key, mark) in &expected {
            assert_eq!(found.get(key), Some(mark), "{key:?}, {order}, seed {seed}");
        }
        assert_eq!(found.len(), expected.len(), "{order}, seed {seed}");
    }
}

#[test]
fn a_school_day_in_any_order() {
    for seed in 0..4 {
        check(date(2026, 10, 5), date(2026, 10, 5), seed, Shares::DAY);
    }
}

#[test]
fn a_day_on_which_everything_goes_wrong() {
    let shares = Shares {
        twice: 300,
        held_back: 200,
        late: 200,
        bare: 400,
        faceless: 500,
        unannounced: 500,
        noise: 900,
    };
    check(date(2026, 10, 5), date(2026, 10, 12), 7, shares);
}

#[test]
fn the_days_after_the_clocks_change() {
    // New York on 1 November, London on 25 October, Auckland on 27 September.
    for day in [
        date(2026, 9, 27),
        date(2026, 10, 25),
        date(2026, 11, 1),
        date(2026, 3, 29),
    ] {
        check(date(2026, 1, 12), day, 3, Shares::DAY);
    }
}
