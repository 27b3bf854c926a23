//! What the parts of a webhook's way cost by themselves: `cargo bench --bench core`.
//!
//! One class of a thousand students is the input; the way as a whole is measured by `scripts/bench`.
#![allow(
    clippy::unwrap_used,
    reason = "a measurement that cannot begin has nobody to tell"
)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::civil::{Date, date};
use rollcall::{
    attendance::{
        event::{Event, Instant},
        lesson::{Part, marks},
        occurrence::Occurrence,
        report::{Context, Report},
        school::{ClassId, Enrolment, Meeting, MeetingId, Rule, School, UserId},
    },
    config::{Env, Settings},
    journal::{Incoming, Journal},
    replay::{
        mix::Mix,
        school::{Class, School as Generated, Timetable},
        source::generated::GeneratedSchool,
    },
    zoom::{
        envelope::Envelope,
        signature::SigningKeys,
        translate::{Delivery, translate},
    },
};
use secrecy::SecretString;
use std::{collections::HashMap, hint::black_box};
use tokio::runtime::Runtime;

const STUDENTS: u16 = 1000;
const DATE: Date = date(2026, 3, 2);
/// Events of the occurrence that is read back.
const EVENTS: usize = 1000;

criterion_group!(core, signature, parse, fold, finalize, load);
criterion_main!(core);

/// A signature verified.
fn signature(criterion: &mut Criterion) {
    let (_, bodies) = lesson();
    let keys = SigningKeys::new(&[SecretString::from("a secret token")]).unwrap();
    let (now, body) = (1_772_442_000, join(&bodies).as_bytes());
    let signature = keys.sign(now, body);
    let (signature, timestamp) = (signature.as_bytes(), now.to_string());
    let timestamp = timestamp.as_bytes();
    let verify = || keys.verify(Some(signature), Some(timestamp), body, now, 600);
    verify().unwrap();
    let mut group = criterion.benchmark_group("signature");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("verify", |bencher| bencher.iter(|| black_box(verify())));
    group.finish();
}

/// An envelope parsed and translated.
fn parse(criterion: &mut Criterion) {
    let (_, bodies) = lesson();
    let mut group = criterion.benchmark_group("zoom");
    let body = join(&bodies);
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("parse and translate", |bencher| {
        bencher.iter(|| translated(black_box(body)));
    });
    group.finish();
}

/// The events of a lesson folded; per event.
fn fold(criterion: &mut Criterion) {
    let (_, bodies) = lesson();
    let events = news(&bodies);
    let mut group = criterion.benchmark_group("attendance");
    group.throughput(Throughput::Elements(events.len() as u64));
    group.bench_function("fold", |bencher| bencher.iter(|| folded(&events)));
    group.finish();
}

/// A lesson of a thousand judged: the report alone, and with everybody's mark.
fn finalize(criterion: &mut Criterion) {
    let (generated, bodies) = lesson();
    let class = &generated.classes[0];
    let occurrence = folded(&news(&bodies));
    let (school, rule) = (judged_by(&generated, class), Rule::default());
    let meeting = class.meeting.number.to_string();
    let context = Context {
        uuid: "",
        meeting: &meeting,
        school: &school,
        rule: &rule,
        neighbours: &[],
    };
    let now = Instant(class.meeting.begins_on(DATE) + 24 * 3600);
    let report = || -> Report { occurrence.report(&context, now).unwrap() };
    let finalize = || {
        let report = report();
        let part = Part::of(&report, rule.present_after);
        marks(&[part], &school.enrolled(ClassId(1), report.date))
    };
    assert_eq!(finalize().len(), usize::from(STUDENTS));
    assert!(
        finalize().iter().all(|mark| mark.seconds > 0),
        "everybody is recognised"
    );
    let mut group = criterion.benchmark_group("attendance");
    group.throughput(Throughput::Elements(STUDENTS.into()));
    group.bench_function("report of 1,000 people", |bencher| bencher.iter(report));
    group.bench_function("report and marks of 1,000 people", |bencher| {
        bencher.iter(finalize);
    });
    group.finish();
}

/// An occurrence read back from a journal in SQLite.
fn load(criterion: &mut Criterion) {
    let (_, bodies) = lesson();
    let (runtime, folder) = (Runtime::new().unwrap(), tempfile::tempdir().unwrap());
    let settings = Settings::read(&Env::default()).unwrap().config().unwrap();
    let file = folder.path().join("journal.db");
    let url = SecretString::from(format!("sqlite://{}?mode=rwc", file.display()));
    let opening = Journal::open(&settings.journal, &url, runtime.handle().clone());
    let (journal, mut committed) = runtime.block_on(opening).unwrap();
    runtime.spawn(async move { while committed.recv().await.is_some() {} });
    let mut occurrence = None;
    for body in &bodies[..EVENTS] {
        let delivery = translated(body);
        occurrence = delivery.occurrence.clone().or(occurrence);
        let incoming = Incoming {
            delivery,
            received_at: 1_772_442_000_000,
            request_id: None,
            body: body.clone().into_bytes(),
        };
        runtime.block_on(journal.append(incoming)).unwrap();
    }
    let which = [(occurrence.unwrap(), 0)];
    let found = runtime.block_on(journal.read(&which)).unwrap();
    assert_eq!(found.events.len(), EVENTS);
    let mut group = criterion.benchmark_group("journal");
    group.throughput(Throughput::Elements(EVENTS as u64));
    group.bench_function("read 1,000 events back", |bencher| {
        bencher.iter(|| runtime.block_on(journal.read(&which)).unwrap().events.len());
    });
    group.finish();
    runtime.block_on(journal.drain());
}

/// A school of one class, and the bodies of one lesson in order of arrival.
fn lesson() -> (Generated, Vec<String>) {
    let generated = GeneratedSchool {
        meetings: 1,
        students: STUDENTS.into(),
        minutes: 50,
        bell_seconds: 10,
        timetable: Timetable::Bell,
        mix: Mix::NONE,
        date: DATE,
        seed: 42,
    };
    let (school, deliveries) = generated.generate().unwrap();
    (school, deliveries.into_iter().map(|one| one.body).collect())
}

/// The first student's arrival.
fn join(bodies: &[String]) -> &str {
    let is_join = |body: &&String| body.contains("participant_joined");
    bodies.iter().find(is_join).unwrap()
}

fn translated(body: &str) -> Delivery {
    translate(&Envelope::parse(body.as_bytes()).unwrap())
}

fn news(bodies: &[String]) -> Vec<Event> {
    let news = bodies.iter().filter_map(|body| translated(body).news);
    news.collect()
}

fn folded(events: &[Event]) -> Occurrence {
    let mut occurrence = Occurrence::default();
    for event in events {
        occurrence.fold(event, Instant(1_772_442_000));
    }
    occurrence
}

/// The class as attendance knows it; student `n` is user `n`.
fn judged_by(generated: &Generated, class: &Class) -> School {
    let mut school = School::default();
    let number = class.meeting.number.to_string();
    let mut registrants = HashMap::new();
    let mut enrolled = Vec::new();
    for one in &class.enrolled {
        let (student, user) = (
            &generated.students[one.student],
            UserId(one.student as u128),
        );
        enrolled.push(Enrolment {
            student: user,
            begin: None,
            end: None,
        });
        let key = student.sourced_id.as_str();
        school.customer_keys.insert(key.into(), vec![user]);
        if let Some(email) = &student.email {
            let email = email.to_lowercase();
            school.emails.insert(email.into(), vec![user]);
        }
        if let Some(id) = &student.zoom_user_id {
            school.zoom_users.insert(id.as_str().into(), vec![user]);
        }
        if let Some(id) = &one.registrant_id {
            registrants.insert(id.as_str().into(), vec![user]);
        }
    }
    school.classes.insert(ClassId(1), enrolled);
    school
        .registrants
        .insert(number.as_str().into(), registrants);
    let meeting = Meeting {
        id: MeetingId(1),
        class: Some(ClassId(1)),
        start: Some(Instant(class.meeting.begins_on(DATE))),
        minutes: Some(class.meeting.minutes),
        timezone: Some(class.meeting.timezone.as_str().into()),
    };
    school.meetings.insert(number.as_str().into(), meeting);
    school
}
