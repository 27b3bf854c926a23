//! The migrated tables hold what the entities say, on SQLite and on PostgreSQL: a full row and a sparse one of each is written and read back.

#[path = "support/postgres.rs"]
mod postgres;

use rollcall::store::connect::{Pools, Role, connect, migrate};
use rollcall::store::entity::{
    access_session, access_token, attendance_record, audit_event, class, class_student,
    confirmed_match, dead_event, manual_mark, meeting_occurrence, meeting_registrant,
    occurrence_seal, participant_stay, security_event, state, user, zoom_meeting, zoom_participant,
};
use sea_orm::prelude::{Json, TimeDate, TimeDateTimeWithTimeZone};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait,
    IntoActiveModel, ModelTrait, Statement,
};
use secrecy::SecretString;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;
use time::macros::{date, datetime};
use uuid::Uuid;

const AT: TimeDateTimeWithTimeZone = datetime!(2026-09-01 08:00:00 UTC);
const DATE: TimeDate = date!(2026 - 09 - 01);

async fn open(url: String, role: Role) -> Pools {
    let pools = connect(&SecretString::from(url), 2, Duration::from_secs(20), role)
        .await
        .expect("the database answers");
    migrate(&pools).await.expect("its tables are made");
    pools
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// Writes a row through the writer, reads it through the reader.
async fn keeps<A>(pools: &Pools, model: <A::Entity as EntityTrait>::Model)
where
    A: ActiveModelTrait + ActiveModelBehavior + Send,
    <A::Entity as EntityTrait>::Model:
        IntoActiveModel<A> + ModelTrait + Clone + Debug + PartialEq + Sync,
{
    model
        .clone()
        .into_active_model()
        .reset_all()
        .insert(&pools.write)
        .await
        .unwrap_or_else(|error| panic!("{model:?}: {error}"));
    let stored = A::Entity::find().all(&pools.read).await;
    let stored = stored.unwrap_or_else(|error| panic!("{model:?}: {error}"));
    assert!(stored.contains(&model), "{model:?} is not in {stored:?}");
}

#[tokio::test]
async fn sqlite_holds_every_entity() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("rollcall.db");
    every_entity(&open(format!("sqlite://{}?mode=rwc", file.display()), Role::Store).await).await;
}

#[tokio::test]
async fn postgres_holds_every_entity() {
    let database = postgres::database();
    every_entity(&open(database.url(), Role::Store).await).await;
}

async fn every_entity(pools: &Pools) {
    for (number, sparse) in [(1, false), (2, true)] {
        let some = |text: &str| (!sparse).then(|| format!("{text}{number}"));
        school(pools, number, &some).await;
        presence(pools, number, &some).await;
    }
    keeps::<audit_event::ActiveModel>(
        pools,
        audit_event::Model {
            id: id(1),
            at: AT,
            actor: "rollcall".to_owned(),
            action: "attendance.changed_after_final".to_owned(),
            target: "x".to_owned(),
            detail: Some(Json::from("partial")),
        },
    )
    .await;
    keeps::<security_event::ActiveModel>(
        pools,
        security_event::Model {
            id: id(1),
            at: AT,
            kind: "bad_signature".to_owned(),
            count: 3,
        },
    )
    .await;
    keeps::<dead_event::ActiveModel>(
        pools,
        dead_event::Model {
            seq: i64::MAX,
            occurrence: "/a+b1==".to_owned(),
            meeting: "98765432101".to_owned(),
            kind: "joined".to_owned(),
            reason: "fold".to_owned(),
            attempts: 2,
            received_at: AT,
            died_at: AT,
            redriven: true,
        },
    )
    .await;
    for (number, revoked_at) in [(1, Some(AT)), (2, None)] {
        keeps::<access_token::ActiveModel>(
            pools,
            access_token::Model {
                id: id(number),
                name: "grafana".to_owned(),
                role: "viewer".to_owned(),
                token_sha256: "5f".to_owned(),
                created_at: AT,
                created_by: "command".to_owned(),
                revoked_at,
            },
        )
        .await;
    }
    keeps::<access_session::ActiveModel>(
        pools,
        access_session::Model {
            id: "5f".to_owned(),
            holder: "config".to_owned(),
            created_at: AT,
            last_seen: AT,
            expires_at: AT,
        },
    )
    .await;
    keeps::<state::ActiveModel>(
        pools,
        state::Model {
            key: "journal_id".to_owned(),
            value: "x".to_owned(),
        },
    )
    .await;
}

async fn school(pools: &Pools, number: u128, some: &impl Fn(&str) -> Option<String>) {
    let present = some("").is_some();
    keeps::<user::ActiveModel>(
        pools,
        user::Model {
            id: id(number),
            email: some("ana@example.org"),
            role: "student".to_owned(),
            full_name: "Ana".to_owned(),
            sourced_id: some("s"),
            zoom_user_id: some("z"),
            created_at: AT,
        },
    )
    .await;
    keeps::<class::ActiveModel>(
        pools,
        class::Model {
            id: id(number),
            name: "Physics".to_owned(),
            teacher_id: present.then_some(id(number)),
            sourced_id: some("c"),
            created_at: AT,
        },
    )
    .await;
    keeps::<class_student::ActiveModel>(
        pools,
        class_student::Model {
            id: id(number),
            class_id: id(number),
            student_id: id(number),
            begin_date: present.then_some(DATE),
            end_date: present.then_some(DATE),
            created_at: AT,
        },
    )
    .await;
    keeps::<zoom_meeting::ActiveModel>(
        pools,
        zoom_meeting::Model {
            id: id(number),
            zoom_meeting_id: format!("9876543210{number}"),
            host_id: present.then_some(id(number)),
            title: "Physics".to_owned(),
            meeting_type: some("class"),
            start_time: present.then_some(AT),
            duration: present.then_some(45),
            timezone: some("Europe/Vienna"),
            join_url: some("https://zoom.us/j/"),
            status: "scheduled".to_owned(),
            class_id: present.then_some(id(number)),
            target_audience: some("class"),
            created_at: AT,
            updated_at: AT,
        },
    )
    .await;
    keeps::<meeting_registrant::ActiveModel>(
        pools,
        meeting_registrant::Model {
            id: id(number),
            meeting_id: id(number),
            user_id: present.then_some(id(number)),
            zoom_registrant_id: some("r"),
            join_url: some("https://zoom.us/w/"),
            status: present.then(|| "approved".to_owned()),
            created_at: AT,
        },
    )
    .await;
}

async fn by_hand(pools: &Pools, number: u128, some: &impl Fn(&str) -> Option<String>) {
    let present = some("").is_some();
    keeps::<manual_mark::ActiveModel>(
        pools,
        manual_mark::Model {
            id: id(number),
            student_id: id(number),
            class_id: id(number),
            date: DATE,
            status: "absent".to_owned(),
            replaced: some("late"),
            reason: "left early".to_owned(),
            set_by: "tess".to_owned(),
            set_at: AT,
            ended_by: some("tess"),
            ended_at: present.then_some(AT),
        },
    )
    .await;
    keeps::<confirmed_match::ActiveModel>(
        pools,
        confirmed_match::Model {
            id: id(number),
            kind: "registrant".to_owned(),
            scope: "98765432101".to_owned(),
            key: format!("r{number}"),
            user_id: id(number),
            confirmed_by: "tess".to_owned(),
            confirmed_at: AT,
        },
    )
    .await;
}

async fn presence(pools: &Pools, number: u128, some: &impl Fn(&str) -> Option<String>) {
    let present = some("").is_some();
    keeps::<meeting_occurrence::ActiveModel>(
        pools,
        meeting_occurrence::Model {
            id: id(number),
            uuid: format!("/a+b{number}=="),
            zoom_meeting_id: "98765432101".to_owned(),
            meeting_id: present.then_some(id(number)),
            class_id: present.then_some(id(number)),
            date: DATE,
            topic: some("t"),
            started_at: AT,
            last_at: AT,
            ended_at: present.then_some(AT),
            ended_by: present.then(|| "event".to_owned()),
            present_after: 900,
            outside_schedule: present,
            unusable: 1,
            applied_seq: i64::MAX,
            revision: 7,
            due_at: present.then_some(1_788_249_600_000),
            sealed_at: present.then_some(AT),
        },
    )
    .await;
    keeps::<occurrence_seal::ActiveModel>(
        pools,
        occurrence_seal::Model {
            occurrence_id: id(number),
            state: Json::from("state"),
            purged: present,
        },
    )
    .await;
    keeps::<zoom_participant::ActiveModel>(
        pools,
        zoom_participant::Model {
            id: id(number),
            meeting_id: present.then_some(id(number)),
            user_id: present.then_some(id(number)),
            zoom_participant_id: some("z"),
            name: some("Ana"),
            email: some("ana@example.org"),
            join_time: present.then_some(AT),
            leave_time: present.then_some(AT),
            duration: present.then_some(2700),
            status: "left".to_owned(),
            occurrence_id: present.then_some(id(number)),
            person_key: some("p"),
            matched_by: some("email"),
            conflict: present,
            shared_registrant: present,
            created_at: AT,
        },
    )
    .await;
    keeps::<participant_stay::ActiveModel>(
        pools,
        participant_stay::Model {
            occurrence_id: id(number),
            person_key: "p".to_owned(),
            position: 0,
            user_id: present.then_some(id(number)),
            connection: "c".to_owned(),
            zoom_user_id: some("16778240"),
            join_time: present.then_some(AT),
            join_approximate: present,
            leave_time: present.then_some(AT),
            leave_approximate: present,
            counted_from: present.then_some(AT),
            counted_until: present.then_some(AT),
            evidence: "observed".to_owned(),
        },
    )
    .await;
    by_hand(pools, number, some).await;
    keeps::<attendance_record::ActiveModel>(
        pools,
        attendance_record::Model {
            id: id(number),
            student_id: id(number),
            class_id: id(number),
            date: DATE,
            status: "present".to_owned(),
            seconds: present.then_some(2700),
            first_join: present.then_some(AT),
            last_leave: present.then_some(AT),
            source: "zoom".to_owned(),
            computed_status: present.then(|| "present".to_owned()),
            created_at: AT,
            updated_at: AT,
        },
    )
    .await;
}

#[tokio::test]
async fn an_occurrence_s_rows_go_with_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = postgres::database();
    let file = folder.path().join("rollcall.db");
    for url in [
        format!("sqlite://{}?mode=rwc", file.display()),
        database.url(),
    ] {
        let pools = open(url, Role::Store).await;
        school(&pools, 1, &|text| Some(text.to_owned())).await;
        presence(&pools, 1, &|text| Some(text.to_owned())).await;
        zoom_meeting::Entity::delete_by_id(id(1))
            .exec(&pools.write)
            .await
            .expect("the meeting is deleted");
        let occurrence = meeting_occurrence::Entity::find_by_id(id(1))
            .one(&pools.read)
            .await
            .expect("it can be read");
        assert_eq!(occurrence.expect("it stays").meeting_id, None);
        meeting_occurrence::Entity::delete_by_id(id(1))
            .exec(&pools.write)
            .await
            .expect("the occurrence is deleted");
        assert!(
            zoom_participant::Entity::find()
                .all(&pools.read)
                .await
                .expect("they can be read")
                .is_empty()
        );
        assert!(
            participant_stay::Entity::find()
                .all(&pools.read)
                .await
                .expect("they can be read")
                .is_empty()
        );
    }
}

#[tokio::test]
async fn the_journal_never_uses_a_number_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = postgres::database();
    let file = folder.path().join("journal.db");
    for url in [
        format!("sqlite://{}?mode=rwc", file.display()),
        database.url(),
    ] {
        let pools = open(url, Role::Journal).await;
        let insert = "INSERT INTO webhook_events (event_ts, body_hash, folds, received_at, event, body) VALUES (1, 'h', 0, 1, 'e', 'b')";
        for _ in 0..2 {
            pools
                .write
                .execute_unprepared(insert)
                .await
                .expect("an event is kept");
            assert!(
                pools.write.execute_unprepared(insert).await.is_err(),
                "the same one twice"
            );
            pools
                .write
                .execute_unprepared("DELETE FROM webhook_events WHERE seq < 2")
                .await
                .expect("it is purged");
        }
        let last = pools
            .read
            .query_one_raw(sea_orm::Statement::from_string(
                pools.backend,
                "SELECT CAST(max(seq) AS TEXT) FROM webhook_events",
            ))
            .await;
        let last: String = last
            .expect("it can be read")
            .expect("a row")
            .try_get_by_index(0)
            .expect("a number");
        assert!(last.parse::<i64>().expect("a number") >= 2, "{last}");
    }
}

/// As a database of the first release looks: without what later migrations made.
const FIRST_RELEASE: [&str; 11] = [
    "DROP INDEX meeting_occurrences_zoom_meeting_id_last_at_idx",
    "DROP INDEX meeting_occurrences_meeting_id_ended_at_idx",
    "CREATE INDEX meeting_occurrences_zoom_meeting_id_started_at_idx ON meeting_occurrences (zoom_meeting_id, started_at)",
    "DROP TABLE manual_marks",
    "DROP TABLE confirmed_matches",
    "DROP TABLE access_tokens",
    "DROP TABLE access_sessions",
    "DROP TABLE dead_events",
    "DROP TABLE occurrence_seals",
    "ALTER TABLE meeting_occurrences DROP COLUMN sealed_at",
    "DELETE FROM rollcall_migrations WHERE version <> 'initial'",
];

#[tokio::test]
async fn a_database_of_the_first_release_is_brought_up_to_date() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = postgres::database();
    let file = folder.path().join("rollcall.db");
    for url in [
        format!("sqlite://{}?mode=rwc", file.display()),
        database.url(),
    ] {
        let pools = open(url, Role::Store).await;
        for sql in FIRST_RELEASE {
            let done = pools.write.execute_unprepared(sql).await;
            done.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        migrate(&pools).await.expect("it is brought up to date");
        every_entity(&pools).await;
        let indexes = indexes(&pools).await;
        for (index, is_there) in [
            ("meeting_occurrences_zoom_meeting_id_last_at_idx", true),
            ("meeting_occurrences_meeting_id_ended_at_idx", true),
            ("meeting_occurrences_zoom_meeting_id_started_at_idx", false),
        ] {
            assert_eq!(indexes.contains(index), is_there, "{index}");
        }
    }
}

/// The names of all indexes.
async fn indexes(pools: &Pools) -> BTreeSet<String> {
    let sql = match pools.backend {
        DbBackend::Postgres => "SELECT indexname::text FROM pg_indexes",
        _ => "SELECT name FROM sqlite_master WHERE type = 'index'",
    };
    let rows = pools
        .read
        .query_all_raw(Statement::from_string(pools.backend, sql));
    let rows = rows.await.expect("a list");
    let names = rows.iter().map(|row| row.try_get_by_index(0));
    names.collect::<Result<_, _>>().expect("names")
}
