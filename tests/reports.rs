//! The operators' listener over rows written by hand: every endpoint, as JSON and as CSV, on both databases.

mod support;

use reqwest::{Client, RequestBuilder, StatusCode};
use rollcall::{
    config,
    http::{self, Admin, Readiness},
    journal::Journal,
    store::{
        connect::{Pools, Role, connect, migrate},
        entity::{
            attendance_record, class, class_student, meeting_occurrence, participant_stay, user,
            zoom_meeting, zoom_participant,
        },
        reports::Reports,
    },
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use support::postgres as server;
use tempfile::TempDir;
use time::{
    OffsetDateTime,
    macros::{date, datetime},
};
use tokio::runtime::Handle;
use uuid::Uuid;

const TOKEN: &str = "reports-token";
/// Marks are final this long after the end.
const SETTLE: i64 = 5400;

/// Runs each scenario on each database.
macro_rules! on_both {
    ($($scenario:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                super::$scenario(super::Desk::on_sqlite().await).await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                super::$scenario(super::Desk::on_postgres().await).await;
            })+
        }
    };
}

on_both!(
    only_the_token_opens,
    meetings_show_their_occurrences,
    participants_show_every_stay,
    marks_are_final_when_their_lesson_has_settled,
    marks_are_filtered,
    what_is_unmatched_is_listed,
    every_list_goes_on_behind_its_cursor,
    csv_is_text_that_no_spreadsheet_runs,
    a_bad_parameter_is_named,
    the_api_describes_itself,
);

/// The operators' listener and the database behind it.
struct Desk {
    pools: Pools,
    url: String,
    client: Client,
    _folder: TempDir,
    _postgres: Option<server::Database>,
}

impl Desk {
    async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("reports.db");
        let url = format!("sqlite://{}?mode=rwc", file.display());
        Self::on(folder, url, None).await
    }

    async fn on_postgres() -> Self {
        let database = tokio::task::spawn_blocking(server::database);
        let database = database.await.unwrap();
        let url = database.url();
        Self::on(tempfile::tempdir().unwrap(), url, Some(database)).await
    }

    async fn on(folder: TempDir, url: String, postgres: Option<server::Database>) -> Self {
        let timeout = Duration::from_secs(10);
        let pools = connect(&SecretString::from(url), 4, timeout, Role::Store)
            .await
            .unwrap();
        migrate(&pools).await.unwrap();
        let reports = Reports::new(pools.read.clone(), Handle::current(), SETTLE);
        let journal = journal(&folder).await;
        let state = Admin {
            readiness: Readiness::new(journal, reports.clone()),
            reports,
            metrics: Arc::new(|| "rollcall_up 1\n".to_owned()),
        };
        let listener = config::Admin {
            addr: ([127, 0, 0, 1], 0).into(),
            token: Some(SecretString::from(TOKEN)),
        };
        let (server, addr) = http::admin(state, &listener).unwrap();
        tokio::spawn(server);
        Self {
            pools,
            url: format!("http://{addr}"),
            client: Client::new(),
            _folder: folder,
            _postgres: postgres,
        }
    }

    fn request(&self, path: &str) -> RequestBuilder {
        self.client
            .get(format!("{}{path}", self.url))
            .bearer_auth(TOKEN)
    }

    async fn json(&self, path: &str) -> Value {
        let response = self.request(path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        response.json().await.unwrap()
    }

    async fn items(&self, path: &str) -> Vec<Value> {
        let page = self.json(path).await;
        assert_eq!(page["next_cursor"], Value::Null, "{path}");
        page["items"].as_array().unwrap().clone()
    }

    async fn csv(&self, path: &str) -> String {
        let response = self.request(path).header("accept", "text/csv").send();
        let response = response.await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let kind = &response.headers()["content-type"];
        assert_eq!(kind, "text/csv; charset=utf-8; header=present");
        response.text().await.unwrap()
    }

    async fn insert<A>(&self, row: impl IntoActiveModel<A>)
    where
        A: ActiveModelTrait + Send + sea_orm::ActiveModelBehavior,
    {
        let row = <A::Entity as EntityTrait>::insert(row.into_active_model());
        row.exec_without_returning(&self.pools.write).await.unwrap();
    }
}

async fn journal(folder: &TempDir) -> Journal {
    let settings = config::Journal {
        url: None,
        ack_timeout_ms: 1000,
        queue: 10,
        batch: 10,
    };
    let file = folder.path().join("journal.db");
    let url = SecretString::from(format!("sqlite://{}?mode=rwc", file.display()));
    let (journal, _) = Journal::open(&settings, &url, Handle::current())
        .await
        .unwrap();
    journal
}

// The school: one class with Ana, Ben and a student with a hostile name; a teacher; a meeting that ran on Monday
// (settled long ago) and runs now; a second meeting that never ran; runs of a number that the school does not know.

const CREATED: OffsetDateTime = datetime!(2024-09-01 00:00 UTC);
const RUN: &str = "k8/Tz1+WQ6q//vR3sYpHdA==";
const NUMBER: &str = "85512340977";

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn user(n: u128, role: &str, name: &str, sourced_id: &str, email: Option<&str>) -> user::Model {
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

fn class_row(n: u128, name: &str, sourced_id: &str) -> class::Model {
    class::Model {
        id: id(n),
        name: name.into(),
        teacher_id: None,
        sourced_id: Some(sourced_id.into()),
        created_at: CREATED,
    }
}

fn enrolment(n: u128, student: u128, until: Option<time::Date>) -> class_student::Model {
    class_student::Model {
        id: id(n),
        class_id: id(20),
        student_id: id(student),
        begin_date: None,
        end_date: until,
        created_at: CREATED,
    }
}

fn meeting(n: u128, number: &str, status: &str) -> zoom_meeting::Model {
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

fn run(
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
    }
}

fn stranger_run(
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
        ..run(n, uuid, start, Some(start + Duration::from_secs(60)))
    }
}

fn person(n: u128, key: &str, user: Option<u128>, name: &str) -> zoom_participant::Model {
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

fn stay(
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

fn mark(
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
    async fn fill(&self) {
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
        self.insert(run(
            40,
            RUN,
            monday,
            Some(datetime!(2024-10-07 08:50:00 UTC)),
        ))
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
        self.insert(stranger_run(44, "x3==", "70000000002", first, "Choir"))
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

fn monday_at(minute: u64) -> OffsetDateTime {
    datetime!(2024-10-07 08:00:00 UTC) + Duration::from_secs(60 * minute)
}

fn maths() -> Value {
    json!({ "id": id(20), "sourced_id": "c-maths", "name": "Maths 9/2" })
}

fn pick<'a>(items: &'a [Value], pointer: &str) -> Vec<&'a Value> {
    items
        .iter()
        .map(|item| item.pointer(pointer).unwrap())
        .collect()
}

async fn only_the_token_opens(desk: Desk) {
    let paths = [
        "/metrics",
        "/api/v1/meetings",
        "/api/v1/meetings/1",
        "/api/v1/occurrences/x/participants",
        "/api/v1/attendance",
        "/api/v1/unmatched",
        "/api/v1/openapi.json",
        "/elsewhere",
    ];
    let wrong = [
        None,
        Some("Bearer"),
        Some("Bearer "),
        Some("Bearer x"),
        Some("Basic reports-token"),
        Some("reports-token"),
        Some("Bearer reports-toke"),
        Some("Bearer reports-token2"),
    ];
    for path in paths {
        for header in wrong {
            let mut request = desk.client.get(format!("{}{path}", desk.url));
            if let Some(header) = header {
                request = request.header("authorization", header);
            }
            let response = request.send().await.unwrap();
            assert_eq!(
                response.status(),
                StatusCode::UNAUTHORIZED,
                "{path} {header:?}"
            );
            assert_eq!(
                response.headers()["www-authenticate"],
                "Bearer realm=\"rollcall\""
            );
            assert_eq!(
                response.headers()["content-type"],
                "application/problem+json"
            );
            let problem: Value = response.json().await.unwrap();
            assert_eq!(
                (&problem["status"], &problem["title"]),
                (&json!(401), &json!("Unauthorized"))
            );
        }
    }
    for path in ["/livez", "/readyz"] {
        let open = desk.client.get(format!("{}{path}", desk.url)).send();
        assert_eq!(open.await.unwrap().status(), 200);
    }
    let metrics = desk.request("/metrics").send().await.unwrap();
    assert_eq!(metrics.text().await.unwrap(), "rollcall_up 1\n");
    let nowhere = desk.request("/elsewhere").send().await.unwrap();
    assert_eq!(nowhere.status(), 404);
    assert_eq!(
        nowhere.headers()["content-type"],
        "application/problem+json"
    );
    let post = desk
        .client
        .post(format!("{}/api/v1/attendance", desk.url))
        .bearer_auth(TOKEN);
    let post = post.send().await.unwrap();
    assert_eq!(
        (post.status(), &post.headers()["allow"]),
        (StatusCode::METHOD_NOT_ALLOWED, &"GET".parse().unwrap())
    );
}

async fn meetings_show_their_occurrences(desk: Desk) {
    desk.fill().await;
    let monday = json!({
        "uuid": RUN,
        "date": "2024-10-07",
        "status": "ended",
        "started_at": "2024-10-07T08:00:00Z",
        "ended_at": "2024-10-07T08:50:00Z",
        "ended_by": "event",
        "outside_schedule": false,
    });
    let running = json!({
        "uuid": "runs==",
        "date": "2024-10-14",
        "status": "started",
        "started_at": "2024-10-14T08:00:00Z",
        "ended_at": null,
        "ended_by": null,
        "outside_schedule": false,
    });
    let meeting = |occurrences: Value| {
        json!({
            "zoom_meeting_id": NUMBER,
            "title": "Year 9 Maths — Set 2",
            "class": maths(),
            "status": "started",
            "start_time": "2024-09-02T08:00:00Z",
            "scheduled_seconds": 3000,
            "timezone": "Europe/London",
            "occurrences": occurrences,
        })
    };
    let whole = meeting(json!([running, monday]));
    assert_eq!(
        desk.json(&format!("/api/v1/meetings/{NUMBER}")).await,
        whole
    );
    let all = desk.items("/api/v1/meetings").await;
    assert_eq!(all[0], whole);
    assert_eq!(pick(&all, "/zoom_meeting_id"), [NUMBER, "91000000000"]);
    let on_monday = desk.items("/api/v1/meetings?date=2024-10-07").await;
    assert_eq!(on_monday, [meeting(json!([monday]))]);
    for (query, found) in [
        ("status=scheduled", vec!["91000000000"]),
        ("status=started&class=c-maths&date=2024-10-14", vec![NUMBER]),
        ("class=c-history", vec![]),
        ("class=nobody-knows-it", vec![]),
        ("date=2024-10-08", vec![]),
        ("status=&class=&date=", vec![NUMBER, "91000000000"]),
    ] {
        let items = desk.items(&format!("/api/v1/meetings?{query}")).await;
        assert_eq!(pick(&items, "/zoom_meeting_id"), found, "{query}");
    }
    let unknown = desk
        .request("/api/v1/meetings/70000000001")
        .send()
        .await
        .unwrap();
    assert_eq!(unknown.status(), 404);
}

async fn participants_show_every_stay(desk: Desk) {
    desk.fill().await;
    let path = "/api/v1/occurrences/k8%2FTz1%2BWQ6q%2F%2FvR3sYpHdA%3D%3D/participants";
    let people = desk.items(path).await;
    assert_eq!(
        pick(&people, "/name"),
        ["Tom", "Ana", "+guest"],
        "by first join, none last"
    );
    let stay = |connection: &str, leave: Value, evidence: &str, from: &str, until: &str| {
        json!({
            "participant_uuid": connection,
            "zoom_user_id": "16779264",
            "join_time": from,
            "leave_time": leave,
            "evidence": evidence,
            "join_approximate": false,
            "leave_approximate": false,
            "counted_from": from,
            "counted_until": until,
        })
    };
    assert_eq!(
        people[1],
        json!({
            "name": "Ana",
            "email": "ana@school.example",
            "user_id": id(11),
            "student": { "id": id(11), "sourced_id": "s-ana" },
            "matched_by": "email",
            "conflict": false,
            "shared_registrant": false,
            "seconds": 2280,
            "status": "left",
            "stays": [
                stay("C-0", json!("2024-10-07T08:30:00Z"), "observed", "2024-10-07T08:02:00Z", "2024-10-07T08:30:00Z"),
                stay("C-1", json!(null), "closed_by_end", "2024-10-07T08:40:00Z", "2024-10-07T08:50:00Z"),
            ],
        })
    );
    let tom = &people[0];
    assert_eq!(
        (&tom["student"], &tom["matched_by"]),
        (&json!(null), &json!("email")),
        "a teacher is no student"
    );
    let guest = &people[2];
    assert_eq!(
        (&guest["user_id"], &guest["matched_by"], &guest["seconds"]),
        (&json!(null), &json!(null), &json!(0))
    );
    assert_eq!(guest["conflict"], true);

    let none = desk
        .items("/api/v1/occurrences/runs%3D%3D/participants")
        .await;
    assert!(none.is_empty());
    for twice_or_never in [
        "k8%252FTz1%252BWQ6q%252F%252FvR3sYpHdA%253D%253D",
        "K8%2FTz1%2BWQ6q%2F%2FvR3sYpHdA%3D%3D",
    ] {
        let path = format!("/api/v1/occurrences/{twice_or_never}/participants");
        assert_eq!(desk.request(&path).send().await.unwrap().status(), 404);
    }
}

async fn marks_are_final_when_their_lesson_has_settled(desk: Desk) {
    desk.fill().await;
    let marks = desk
        .items("/api/v1/attendance?class=c-maths&student=s-ana")
        .await;
    assert_eq!(
        marks[0],
        json!({
            "student": { "id": id(11), "sourced_id": "s-ana", "email": "ana@school.example", "full_name": "Ana Ávila" },
            "class": maths(),
            "date": "2024-10-07",
            "status": "present",
            "seconds": 2280,
            "first_join": "2024-10-07T08:02:00Z",
            "last_leave": "2024-10-07T08:40:00Z",
            "source": "zoom",
            "finality": "final",
        })
    );
    assert_eq!(
        (&marks[1]["date"], &marks[1]["finality"]),
        (&json!("2024-10-14"), &json!("provisional")),
        "it runs"
    );
    let manual = desk.items("/api/v1/attendance?class=c-history").await;
    assert_eq!(
        (&manual[0]["source"], &manual[0]["finality"]),
        (&json!("manual"), &json!("final"))
    );

    let just_now = OffsetDateTime::from_unix_timestamp(support::zoom::now() - SETTLE + 60).unwrap();
    let restarted = meeting_occurrence::Model {
        date: date!(2024 - 10 - 07),
        ..run(
            45,
            "again==",
            datetime!(2024-10-07 08:55:00 UTC),
            Some(just_now),
        )
    };
    desk.insert(restarted).await;
    let marks = desk
        .items("/api/v1/attendance?student=s-ana&date=2024-10-07")
        .await;
    assert_eq!(
        marks[0]["finality"], "provisional",
        "the lesson's latest end counts"
    );
}

async fn marks_are_filtered(desk: Desk) {
    desk.fill().await;
    let ana = id(11).to_string();
    let class = id(20).to_string();
    for (query, found) in [
        (String::new(), vec!["71", "72", "74", "73"]),
        ("class=c-maths".into(), vec!["71", "72", "73"]),
        (format!("class={class}"), vec!["71", "72", "73"]),
        (format!("student={ana}"), vec!["71", "73"]),
        ("student=s-ana&date=2024-10-07".into(), vec!["71"]),
        ("student=ana@school.example".into(), vec![]),
        ("student=%40s-cleo".into(), vec!["72"]),
        ("from=2024-10-08".into(), vec!["73"]),
        ("to=2024-10-07".into(), vec!["71", "72", "74"]),
        (
            "from=2024-10-07&to=2024-10-14&date=2024-10-14".into(),
            vec!["73"],
        ),
        ("from=2024-10-08&date=2024-10-07".into(), vec![]),
    ] {
        let items = desk.items(&format!("/api/v1/attendance?{query}")).await;
        let names = items.iter().map(|item| {
            match (
                item["student"]["sourced_id"].as_str(),
                item["date"].as_str(),
            ) {
                (Some("s-ana"), Some("2024-10-07")) => "71",
                (Some("s-ana"), _) => "73",
                (Some("s-ben"), _) => "74",
                _ => "72",
            }
        });
        assert_eq!(names.collect::<Vec<_>>(), found, "{query}");
    }
    let twin = class::Model {
        sourced_id: Some(class.clone()),
        ..class_row(22, "A class whose sourced_id is another's id", "")
    };
    desk.insert(twin).await;
    let items = desk
        .items(&format!("/api/v1/attendance?class={class}"))
        .await;
    assert_eq!(items.len(), 3, "an id goes before a sourced_id");
}

async fn what_is_unmatched_is_listed(desk: Desk) {
    desk.fill().await;
    let expected = json!([
        {
            "kind": "person",
            "occurrence_uuid": RUN,
            "zoom_meeting_id": NUMBER,
            "date": "2024-10-07",
            "class": maths(),
            "name": "+guest",
            "email": null,
            "seconds": 0,
            "first_join": null,
            "last_leave": null,
            "conflict": true,
            "shared_registrant": false,
        },
        {
            "kind": "meeting",
            "zoom_meeting_id": "70000000001",
            "topic": "Chess",
            "occurrences": 2,
            "first_seen": "2024-10-01T07:00:00Z",
            "last_seen": "2024-10-08T07:01:00Z",
        },
        {
            "kind": "meeting",
            "zoom_meeting_id": "70000000002",
            "topic": "Choir",
            "occurrences": 1,
            "first_seen": "2024-10-01T07:00:00Z",
            "last_seen": "2024-10-01T07:01:00Z",
        },
    ]);
    assert_eq!(Value::from(desk.items("/api/v1/unmatched").await), expected);
}

async fn every_list_goes_on_behind_its_cursor(desk: Desk) {
    desk.fill().await;
    let path = "/api/v1/occurrences/k8%2FTz1%2BWQ6q%2F%2FvR3sYpHdA%3D%3D/participants";
    let late = zoom_participant::Model {
        join_time: None,
        ..person(60, "connection:d", None, "late")
    };
    desk.insert(late).await;
    for list in [
        "/api/v1/meetings",
        "/api/v1/attendance",
        "/api/v1/unmatched",
        path,
    ] {
        let all = desk.items(list).await;
        for limit in 1..=all.len() + 1 {
            let mut seen = Vec::new();
            let mut query = format!("?limit={limit}");
            loop {
                let page = desk.json(&format!("{list}{query}")).await;
                let items = page["items"].as_array().unwrap();
                assert!(items.len() <= limit);
                seen.extend(items.clone());
                let Some(cursor) = page["next_cursor"].as_str() else {
                    break;
                };
                query = format!("?limit={limit}&cursor={cursor}");
            }
            assert_eq!(seen, all, "{list} by {limit}");
        }
    }
    let page = desk.json("/api/v1/attendance?limit=1").await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let elsewhere = desk.request(&format!("/api/v1/meetings?cursor={cursor}"));
    let problem: Value = elsewhere.send().await.unwrap().json().await.unwrap();
    assert_eq!(problem["parameter"], "cursor");
}

async fn csv_is_text_that_no_spreadsheet_runs(desk: Desk) {
    desk.fill().await;
    let (ana, cleo, maths) = (id(11), id(13), id(20));
    let expected = [
        "student_id,student_sourced_id,student_email,student_full_name,class_id,class_sourced_id,class_name,date,status,seconds,first_join,last_leave,source,finality".to_owned(),
        format!("{ana},s-ana,ana@school.example,Ana Ávila,{maths},c-maths,Maths 9/2,2024-10-07,present,2280,2024-10-07T08:02:00Z,2024-10-07T08:40:00Z,zoom,final"),
        format!("{cleo},'@s-cleo,,\"'=HYPERLINK(\"\"http://evil\"\",\"\"<b>Cleo</b>\"\")\",{maths},c-maths,Maths 9/2,2024-10-07,absent,,,,zoom,final"),
        String::new(),
    ];
    let path = "/api/v1/attendance?class=c-maths&date=2024-10-07";
    assert_eq!(desk.csv(path).await, expected.join("\r\n"));
    let by_parameter = desk
        .request(&format!("{path}&format=csv"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        by_parameter.headers()["content-disposition"],
        "attachment; filename=\"attendance.csv\""
    );
    assert_eq!(by_parameter.text().await.unwrap(), expected.join("\r\n"));

    let people = desk
        .csv("/api/v1/occurrences/k8%2FTz1%2BWQ6q%2F%2FvR3sYpHdA%3D%3D/participants")
        .await;
    let lines: Vec<&str> = people.lines().collect();
    assert_eq!(
        lines.len(),
        5,
        "a header, two stays of Ana's, two people without any"
    );
    assert!(lines[2].starts_with(&format!(
        "Ana,ana@school.example,{ana},{ana},s-ana,email,false,false,2280,left,C-0,"
    )));
    assert!(lines[4].starts_with("'+guest,,,,,,true,false,0,left,,"));
    let meetings = desk.csv("/api/v1/meetings").await;
    assert_eq!(
        meetings.lines().count(),
        4,
        "a header, two occurrences, a meeting without any"
    );
    let unmatched = desk.csv("/api/v1/unmatched").await;
    let columns = unmatched.lines().map(|line| line.split(',').count());
    assert_eq!(columns.collect::<Vec<_>>(), [16; 4]);

    let page = desk
        .request("/api/v1/attendance?format=csv&limit=1")
        .send()
        .await
        .unwrap();
    let cursor = page.headers()["x-next-cursor"].to_str().unwrap().to_owned();
    assert_eq!(page.text().await.unwrap().lines().count(), 2);
    let rest = desk
        .csv(&format!("/api/v1/attendance?cursor={cursor}"))
        .await;
    assert_eq!(rest.lines().count(), 4);
    desk.whole_csv_of_many_pages().await;
}

impl Desk {
    /// 2,600 more marks: three pages, sent one after the other.
    async fn whole_csv_of_many_pages(&self) {
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
        let all = self.csv("/api/v1/attendance").await;
        let mut dates: Vec<&str> = all
            .lines()
            .skip(1)
            .map(|line| line.split(',').nth(7).unwrap())
            .collect();
        dates.retain(|date| *date < "2024");
        assert_eq!(dates.len(), 2600);
        assert!(dates.is_sorted());
    }
}

async fn a_bad_parameter_is_named(desk: Desk) {
    for (query, parameter) in [
        ("/attendance?date=2024-13-01", "date"),
        ("/attendance?from=yesterday", "from"),
        ("/attendance?to=2024-10-7", "to"),
        ("/attendance?to=20241007", "to"),
        ("/attendance?date=2024-10-07T00:00", "date"),
        ("/attendance?from=2024-10-08&to=2024-10-07", "to"),
        ("/attendance?limit=0", "limit"),
        ("/attendance?limit=1001", "limit"),
        ("/attendance?limit=many", "limit"),
        ("/attendance?cursor=zz", "cursor"),
        ("/attendance?cursor=5b22617474656e64616e6365225d", "cursor"),
        ("/attendance?format=xml", "format"),
        ("/attendance?klass=c-maths", "klass"),
        ("/attendance?class=a&class=b", "class"),
        ("/meetings?status=late", "status"),
        ("/meetings?student=s-ana", "student"),
        ("/unmatched?date=2024-10-07", "date"),
    ] {
        let response = desk
            .request(&format!("/api/v1{query}"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 400, "{query}");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["parameter"], parameter, "{query}");
        assert_eq!(problem["type"], "about:blank");
        assert_eq!(
            (&problem["status"], &problem["title"]),
            (&json!(400), &json!("Bad Request"))
        );
    }
}

async fn the_api_describes_itself(desk: Desk) {
    let description = desk.json("/api/v1/openapi.json").await;
    let paths = description["paths"].as_object().unwrap();
    let paths: Vec<&str> = paths.keys().map(String::as_str).collect();
    assert_eq!(
        paths,
        [
            "/api/v1/attendance",
            "/api/v1/meetings",
            "/api/v1/meetings/{zoom_meeting_id}",
            "/api/v1/occurrences/{uuid}/participants",
            "/api/v1/unmatched",
        ]
    );
    let record = description
        .pointer("/components/schemas/Record/properties")
        .unwrap();
    let mut fields: Vec<&str> = record
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "class",
            "date",
            "finality",
            "first_join",
            "last_leave",
            "seconds",
            "source",
            "status",
            "student"
        ]
    );
}
