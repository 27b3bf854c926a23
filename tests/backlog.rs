//! After a crash: what a process before this one left unapplied is taken in at once, however much and however new it is.
//! On both databases.

mod support;

use support::{
    app::{Database, Setup},
    vault::Vault,
    zoom::sample,
};

/// More than the sweep reads in its first look.
const FILLERS: u32 = 25_000;

#[actix_web::test]
async fn a_long_backlog_is_taken_in_at_once_on_sqlite() {
    a_long_backlog_is_taken_in_at_once(Database::Sqlite).await;
}

#[actix_web::test]
async fn a_long_backlog_is_taken_in_at_once_on_postgres() {
    a_long_backlog_is_taken_in_at_once(Database::Postgres).await;
}

async fn a_long_backlog_is_taken_in_at_once(database: Database) {
    let mut app = Setup::new(database)
        .with("ROLLCALL__SWEEP__AFTER_SECONDS", "3600")
        .start()
        .await;
    let vault = Vault::open(&app).await;
    let answer = app.zoom().deliver(sample("meeting.started")).await;
    assert_eq!(answer.status.as_u16(), 200);
    let applied = "SELECT count(*) FROM meeting_occurrences WHERE applied_seq > 0";
    vault.count_until(applied, 1).await;
    app.kill().await;

    // As if the meeting's event had come after many others and had never been applied: binds of meetings that nobody
    // heard of, which fold once there is one.
    vault
        .change_journal("UPDATE webhook_events SET seq = seq + 1000000")
        .await;
    let fill = format!(
        "WITH RECURSIVE filler(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM filler WHERE n < {FILLERS}) \
         INSERT INTO webhook_events (seq, event_ts, body_hash, folds, received_at, event, meeting, occurrence, body) \
         SELECT n, n, body_hash, 2, received_at, 'meeting.participant_bind', meeting, 'unknown==', body \
         FROM filler, webhook_events"
    );
    vault.change_journal(&fill).await;
    let forget = [
        "UPDATE meeting_occurrences SET applied_seq = 0",
        "DELETE FROM rollcall_state WHERE key = 'sweep_watermark'",
    ];
    for sql in forget {
        vault.change(sql).await;
    }

    app.restart().await;
    let caught_up = "SELECT count(*) FROM meeting_occurrences WHERE applied_seq > 1000000";
    vault.count_until(caught_up, 1).await;
    vault.close().await;
}
