//! The rows: one class with Ana, Ben and a student with a hostile name; a teacher; a meeting that ran on a Monday
//! long ago and has run ever since the next one; a second meeting that never ran; runs of numbers that the school does
//! not know.

use crate::desk::Desk;
use rollcall::store::entity::{
    attendance_record, class, class_student, manual_mark, meeting_occurrence, participant_stay,
    user, zoom_meeting, zoom_participant,
};
use sea_orm::{EntityTrait, IntoActiveModel};
use std::time::Duration;
use time::{
    OffsetDateTime,
    macros::{date, datetime},
};
use uuid::Uuid;

pub(crate) const CREATED: OffsetDateTime = datetime!(2024-09-01 00:00 UTC);
pub(crate) const RUN: &str = "k8/Tz1+WQ6q//vR3sYpHdA==";
pub(crate) const NUMBER: &str = "85512340977";

pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(crate) fn user(
    n: u128,
    role: &str,
    name: &str,
    sourced_id: &str,
    email: Option<&str>,
) -> user::Model {
    user::Model {
        id: id(n),
        email: email.map(Into::into),
        role: role.into(),
        full_name: name.into(),
        sourced_id: Some(sourced_id.into()),
        zoom_user_id: None,
        created_at: CREATED,
    }
}

pub(crate) fn class_row(n: u128, name: &str, sourced_id: &str) -> class::Model {
    class::Model {
        id: id(n),
        name: name.into(),
        teacher_id: None,
        sourced_id: Some(sourced_id.into()),
        created_at: CREATED,
    }
}

pub(crate) fn enrolment(n: u128, student: u128, until: Option<time::Date>) -> class_student::Model {
    class_student::Model {
        id: id(n),
        class_id: id(20),
        student_id: id(student),
        begin_date: None,
        end_date: until,
        created_at: CREATED,
    }
}

pub(crate) fn meeting(n: u128, number: &str, status: &str) -> zoom_meeting::Model {
    zoom_meeting::Model {
        id: id(n),
        zoom_meeting_id: number.into(),
        host_id: None,
        title: "Year 9 Maths — Set 2".into(),
        meeting_type: None,
        start_time: Some(datetime!(2024-09-02 08:00 UTC)),
        duration: Some(50),
        timezone: Some("Europe/London".into()),
        join_url: None,
        status: status.into(),
        class_id: Some(id(20)),
        target_audience: None,
        created_at: CREATED,
        updated_at: CREATED,
    }
}

pub(crate) fn run(
    n: u128,
    uuid: &str,
    start: OffsetDateTime,
    end: Option<OffsetDateTime>,
) -> meeting_occurrence::Model {
    meeting_occurrence::Model {
        id: id(n),
        uuid: uuid.into(),
        zoom_meeting_id: NUMBER.into(),
        meeting_id: Some(id(30)),
        class_id: Some(id(20)),
        date: start.date(),
        topic: Some("Maths".into()),
        started_at: start,
        last_at: end.unwrap_or(start),
        ended_at: end,
        ended_by: end.map(|_| "event".into()),
        present_after: 900,
        outside_schedule: false,
        unusable: 0,
        applied_seq: 1,
        revision: 1,
        due_at: None,
        sealed_at: None,
    }
}

pub(crate) fn stranger_run(
    n: u128,
    uuid: &str,
    number: &str,
    start: OffsetDateTime,
    topic: &str,
) -> meeting_occurrence::Model {
    meeting_occurrence::Model {
        zoom_meeting_id: number.into(),
        meeting_id: None,
        class_id: None,
        topic: Some(topic.into()),
        ..run(n, uuid, start, Some(start + Duration::from_mins(1)))
    }
}

pub(crate) fn person(
    n: u128,
    key: &str,
    user: Option<u128>,
    name: &str,
) -> zoom_participant::Model {
    zoom_participant::Model {
        id: id(n),
        meeting_id: Some(id(30)),
        user_id: user.map(id),
        zoom_participant_id: None,
        name: Some(name.into()),
        email: None,
        join_time: Some(datetime!(2024-10-07 08:02:00 UTC)),
        leave_time: Some(datetime!(2024-10-07 08:40:00 UTC)),
        duration: Some(2280),
        status: "left".into(),
        occurrence_id: Some(id(40)),
        person_key: Some(key.into()),
        matched_by: user.map(|_| "email".into()),
        conflict: false,
        shared_registrant: false,
        created_at: CREATED,
    }
}

pub(crate) fn stay(
    key: &str,
    position: i32,
    join: OffsetDateTime,
    leave: Option<OffsetDateTime>,
) -> participant_stay::Model {
    let end = datetime!(2024-10-07 08:50:00 UTC);
    participant_stay::Model {
        occurrence_id: id(40),
        person_key: key.into(),
        position,
        user_id: None,
        connection: format!("C-{position}"),
        zoom_user_id: Some("16779264".into()),
        join_time: Some(join),
        join_approximate: false,
        leave_time: leave,
        leave_approximate: false,
        counted_from: Some(join),
        counted_until: Some(leave.unwrap_or(end)),
        evidence: leave.map_or("closed_by_end", |_| "observed").into(),
    }
}

pub(crate) fn mark(
    n: u128,
    student: u128,
    class: u128,
    date: time::Date,
    status: &str,
) -> attendance_record::Model {
    attendance_record::Model {
        id: id(n),
        student_id: id(student),
        class_id: id(class),
        date,
        status: status.into(),
        seconds: None,
        first_join: None,
        last_leave: None,
        source: "zoom".into(),
        computed_status: None,
        created_at: CREATED,
        updated_at: CREATED,
    }
}

const HOSTILE: &str = "=HYPERLINK(\"http://evil\",\"<b>Cleo</b>\")";

impl Desk {
    pub(crate) async fn fill(&self) {
        self.insert(user(10, "teacher", "Tom Teacher", "s-tom", None))
            .await;
        self.insert(user(
            11,
            "student",
            "Ana Ávila",
            "s-ana",
            Some("ana@school.example"),
        ))
        .await;
        self.insert(user(12, "student", "Ben Bao", "s-ben", None))
            .await;
        self.insert(user(13, "student", HOSTILE, "@s-cleo", None))
            .await;
        self.insert(class_row(20, "Maths 9/2", "c-maths")).await;
        self.insert(class_row(21, "History", "c-history")).await;
        self.insert(enrolment(51, 11, None)).await;
        self.insert(enrolment(52, 12, Some(date!(2024 - 10 - 06))))
            .await;
        self.insert(enrolment(53, 13, None)).await;
        self.insert(meeting(30, NUMBER, "started")).await;
        self.insert(meeting(31, "91000000000", "scheduled")).await;
        let monday = datetime!(2024-10-07 08:00:00 UTC);
        let end = datetime!(2024-10-07 08:50:00 UTC);
        self.insert(meeting_occurrence::Model {
            unusable: 2,
            ..run(40, RUN, monday, Some(end))
        })
        .await;
        self.insert(run(41, "runs==", datetime!(2024-10-14 08:00:00 UTC), None))
            .await;
        self.fill_people().await;
        self.fill_marks().await;
        let (first, last) = (
            datetime!(2024-10-01 07:00 UTC),
            datetime!(2024-10-08 07:00 UTC),
        );
        self.insert(stranger_run(42, "x1==", "70000000001", last, "Chess"))
            .await;
        self.insert(stranger_run(43, "x2==", "70000000001", first, "Club"))
            .await;
        self.insert(meeting_occurrence::Model {
            unusable: 1,
            ..stranger_run(44, "x3==", "70000000002", first, "Choir")
        })
        .await;
    }

    async fn fill_people(&self) {
        let ana = zoom_participant::Model {
            email: Some("ana@school.example".into()),
            ..person(61, "user:ana", Some(11), "Ana")
        };
        self.insert(ana).await;
        let tom = zoom_participant::Model {
            join_time: Some(datetime!(2024-10-07 08:00:00 UTC)),
            ..person(62, "user:tom", Some(10), "Tom")
        };
        self.insert(tom).await;
        let guest = zoom_participant::Model {
            join_time: None,
            leave_time: None,
            duration: None,
            conflict: true,
            ..person(63, "connection:c", None, "+guest")
        };
        self.insert(guest).await;
        let morning = |minute, second| monday_at(minute) + Duration::from_secs(second);
        self.insert(stay("user:ana", 0, morning(2, 0), Some(morning(30, 0))))
            .await;
        self.insert(stay("user:ana", 1, morning(40, 0), None)).await;
    }

    async fn fill_marks(&self) {
        let (monday, next) = (date!(2024 - 10 - 07), date!(2024 - 10 - 14));
        let ana = attendance_record::Model {
            seconds: Some(2280),
            first_join: Some(monday_at(2)),
            last_leave: Some(monday_at(40)),
            ..mark(71, 11, 20, monday, "present")
        };
        self.insert(ana).await;
        self.insert(mark(72, 13, 20, monday, "absent")).await;
        self.insert(mark(73, 11, 20, next, "partial")).await;
        let manual = attendance_record::Model {
            source: "manual".into(),
            ..mark(74, 12, 21, monday, "present")
        };
        self.insert(manual).await;
    }
}

pub(crate) fn monday_at(minute: u64) -> OffsetDateTime {
    datetime!(2024-10-07 08:00:00 UTC) + Duration::from_mins(minute)
}

impl Desk {
    /// 2,600 more marks of years ago: with the others three pieces of a CSV.
    pub(crate) async fn fill_many_marks(&self) {
        let rows = (0..2600_u16).map(|day| {
            let date = date!(2010 - 01 - 01) + time::Duration::days(i64::from(day));
            mark(1000 + u128::from(day), 12, 21, date, "present").into_active_model()
        });
        let rows: Vec<_> = rows.collect();
        for rows in rows.chunks(500) {
            let insert = attendance_record::Entity::insert_many(rows.to_vec());
            insert
                .exec_without_returning(&self.pools.write)
                .await
                .unwrap();
        }
    }
}

/// A mark of that Monday which tess set.
pub(crate) fn by_hand(n: u128, student: u128, class: u128, reason: &str) -> manual_mark::Model {
    manual_mark::Model {
        id: id(n),
        student_id: id(student),
        class_id: id(class),
        date: date!(2024 - 10 - 07),
        status: "present".into(),
        replaced: None,
        reason: reason.into(),
        set_by: "tess".into(),
        set_at: CREATED,
        ended_by: None,
        ended_at: None,
    }
}
