//! What still changes a final mark leaves an audit entry, and nothing else does: on both databases.

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/staged.rs"]
mod staged;

use jiff::civil::date;
use rollcall::{
    attendance::{
        event::Instant,
        report::{EndedBy, Evidence, Person},
        school::{ClassId, Enrolment, School, UserId},
    },
    clock,
    store::{
        connect::{Pools, Role, connect, migrate},
        entity::{attendance_record, audit_event, class, user},
        occurrences::Basis,
        school::{Snapshot, adopt},
        writer::{Staged, Writer, Written},
    },
};
use sea_orm::{EntityTrait, IntoActiveModel};
use serde_json::Value;
use staged::{SETTINGS, person, staged};
use std::{sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio::runtime::Handle;
use uuid::Uuid;

const SCHOOL: &str = "the school of now";
const ANA: UserId = UserId(1);
const BEN: UserId = UserId(2);
const CLASS: ClassId = ClassId(20);

/// A store with Ana, Ben and a class, and its writer.
struct Desk {
    pools: Pools,
    writer: Writer,
}

impl Desk {
    async fn open(url: String) -> Self {
        let pools = connect(&url.into(), 2, Duration::from_secs(10), Role::Store)
            .await
            .expect("a database");
        migrate(&pools).await.expect("tables");
        assert!(adopt(&pools, SCHOOL, 0).await.expect("adopted"));
        for id in [ANA, BEN] {
            let row = user::Model {
                id: Uuid::from_u128(id.0),
                email: None,
                role: "student".into(),
                full_name: String::new(),
                sourced_id: None,
                zoom_user_id: None,
                created_at: OffsetDateTime::UNIX_EPOCH,
            };
            let insert = user::Entity::insert(row.into_active_model());
            insert
                .exec_without_returning(&pools.write)
                .await
                .expect("a user");
        }
        let row = class::Model {
            id: Uuid::from_u128(CLASS.0),
            name: String::new(),
            teacher_id: None,
            sourced_id: None,
            created_at: OffsetDateTime::UNIX_EPOCH,
        };
        let insert = class::Entity::insert(row.into_active_model());
        insert
            .exec_without_returning(&pools.write)
            .await
            .expect("a class");
        let writer = Writer::start(pools.clone(), SETTINGS, &Handle::current());
        Self { pools, writer }
    }

    async fn write(&self, staged: Staged) -> Basis {
        match self.writer.write(staged).await {
            Written::Committed(basis) => basis,
            other => panic!("{other:?}"),
        }
    }

    /// The marks, as `1 on 2024-10-07: present 1200`.
    async fn marks(&self) -> Vec<String> {
        let rows = attendance_record::Entity::find().all(&self.pools.read);
        let rows = rows.await.expect("marks").into_iter();
        let seconds = |row: &attendance_record::Model| row.seconds.expect("counted");
        sorted(rows.map(|row| {
            let student = row.student_id.as_u128();
            format!(
                "{student} on {}: {} {}",
                row.date,
                row.status,
                seconds(&row)
            )
        }))
    }

    /// The audit entries, as `1 on 2024-10-07: present 1200 -> none`.
    async fn audited(&self) -> Vec<String> {
        let rows = audit_event::Entity::find().all(&self.pools.read);
        let rows = rows.await.expect("audit entries").into_iter();
        sorted(rows.map(|row| {
            assert_eq!(
                (&*row.actor, &*row.action),
                ("rollcall", "attendance.changed_after_final")
            );
            let words: Vec<&str> = row.target.split(' ').collect();
            let ["class", class, "student", student, "date", date] = words[..] else {
                panic!("{}", row.target)
            };
            assert_eq!(id(class), CLASS.0);
            let detail = row.detail.expect("before and after");
            let (before, after) = (told(&detail["before"]), told(&detail["after"]));
            format!("{} on {date}: {before} -> {after}", id(student))
        }))
    }
}

fn sorted(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<_> = lines.collect();
    lines.sort();
    lines
}

fn id(text: &str) -> u128 {
    Uuid::parse_str(text).expect("an id").as_u128()
}

fn told(mark: &Value) -> String {
    match mark["status"].as_str() {
        Some(status) => format!("{status} {}", mark["seconds"]),
        None => "none".into(),
    }
}

/// The school, with these students in the class.
fn school(students: &[UserId]) -> Arc<Snapshot> {
    let enrolment = |student: &UserId| Enrolment {
        student: *student,
        begin: None,
        end: None,
    };
    let school = School {
        classes: [(CLASS, students.iter().map(enrolment).collect())].into(),
        ..School::default()
    };
    Arc::new(Snapshot {
        school,
        digest: SCHOOL.into(),
        confirmed: None,
    })
}

/// Ana was there from minute 0 until `minute`.
fn ana(minute: i64) -> Person {
    person("ana", Some(ANA), Some(0), Some(minute), Evidence::Observed)
}

/// The class's lesson of long ago, which Ana attended for 20 minutes.
fn lesson(uuid: &str, students: &[UserId]) -> Staged {
    let mut staged = staged(uuid, school(students));
    staged.report.class = Some(CLASS);
    staged.report.people = vec![ana(20)];
    staged
}

/// Runs a scenario on both databases.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                let folder = tempfile::tempdir().expect("a folder");
                let file = folder.path().join("rollcall.db");
                let url = format!("sqlite://{}?mode=rwc", file.display());
                super::$name(super::Desk::open(url).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                let database = super::postgres::database();
                super::$name(super::Desk::open(database.url()).await).await;
            }
        }
    )*};
}

on_both!(
    a_first_computation_is_no_change,
    a_final_mark_that_changes_is_audited,
    a_student_enrolled_later_is_audited,
    a_lesson_that_lost_its_only_occurrence_is_audited,
    a_lesson_that_lost_one_of_its_occurrences_is_audited,
    an_occurrence_that_comes_late_is_audited,
    provisional_marks_are_not_audited,
);

async fn a_first_computation_is_no_change(desk: Desk) {
    let basis = desk.write(lesson("one==", &[ANA, BEN])).await;
    let same = Staged {
        basis: Some(basis),
        ..lesson("one==", &[ANA, BEN])
    };
    desk.write(same).await;
    let marks = ["1 on 2024-10-07: present 1200", "2 on 2024-10-07: absent 0"];
    assert_eq!(desk.marks().await, marks);
    assert!(desk.audited().await.is_empty());
}

async fn a_final_mark_that_changes_is_audited(desk: Desk) {
    let basis = Some(desk.write(lesson("one==", &[ANA, BEN])).await);
    let mut late = lesson("one==", &[ANA, BEN]);
    late.report.people = vec![ana(10)];
    desk.write(Staged { basis, ..late }).await;
    assert_eq!(
        desk.audited().await,
        ["1 on 2024-10-07: present 1200 -> partial 600"]
    );
}

async fn a_student_enrolled_later_is_audited(desk: Desk) {
    let basis = Some(desk.write(lesson("one==", &[ANA])).await);
    desk.write(Staged {
        basis,
        ..lesson("one==", &[ANA, BEN])
    })
    .await;
    assert_eq!(desk.audited().await, ["2 on 2024-10-07: none -> absent 0"]);
}

async fn a_lesson_that_lost_its_only_occurrence_is_audited(desk: Desk) {
    let basis = Some(desk.write(lesson("one==", &[ANA, BEN])).await);
    let mut moved = lesson("one==", &[ANA, BEN]);
    moved.report.date = date(2024, 10, 8);
    desk.write(Staged { basis, ..moved }).await;
    let marks = ["1 on 2024-10-08: present 1200", "2 on 2024-10-08: absent 0"];
    assert_eq!(desk.marks().await, marks);
    let audited = [
        "1 on 2024-10-07: present 1200 -> none",
        "2 on 2024-10-07: absent 0 -> none",
    ];
    assert_eq!(desk.audited().await, audited, "the old date, not the new");
}

async fn a_lesson_that_lost_one_of_its_occurrences_is_audited(desk: Desk) {
    let basis = Some(desk.write(lesson("one==", &[ANA])).await);
    let mut empty = lesson("two==", &[ANA]);
    empty.report.people.clear();
    desk.write(empty).await;
    let mut left_out = lesson("one==", &[ANA]);
    left_out.report.class = None;
    desk.write(Staged { basis, ..left_out }).await;
    assert_eq!(
        desk.audited().await,
        ["1 on 2024-10-07: present 1200 -> absent 0"]
    );
}

async fn an_occurrence_that_comes_late_is_audited(desk: Desk) {
    desk.write(lesson("one==", &[ANA])).await;
    let mut running = lesson("two==", &[ANA]);
    (running.report.start, running.report.end) = (staged::at(30), None);
    let late = person("a", Some(ANA), Some(30), Some(40), Evidence::Observed);
    running.report.people = vec![late];
    desk.write(running).await;
    assert_eq!(
        desk.audited().await,
        ["1 on 2024-10-07: present 1200 -> present 1800"]
    );
}

async fn provisional_marks_are_not_audited(desk: Desk) {
    let just_now = clock::now().plus(60 - SETTINGS.settle);
    let mut basis = None;
    let steps: [(Option<Instant>, &[UserId], i64); 4] = [
        (None, &[ANA], 5),
        (Some(just_now), &[ANA], 20),
        (Some(just_now), &[ANA, BEN], 10),
        (Some(just_now), &[BEN], 10),
    ];
    for (end, students, minutes) in steps {
        let mut next = lesson("one==", students);
        next.report.end = end.map(|end| (end, EndedBy::Event));
        next.report.people = vec![ana(minutes)];
        basis = Some(desk.write(Staged { basis, ..next }).await);
    }
    assert_eq!(desk.marks().await, ["2 on 2024-10-07: absent 0"]);
    assert!(desk.audited().await.is_empty());
}
