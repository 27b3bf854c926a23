//! One batch as one statement, which is its own transaction: one way to the database and back, one flush to disk.
//!
//! Duplicates are decided by the unique key inside the statement. Written by hand, unlike all other SQL here: it runs for
//! every event there is, and with the same text every time is read by the database only once.

use super::{
    commit::Key,
    entity::webhook_event::{Column, Entity},
    event::Incoming,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, ExecResult,
    QueryFilter, QuerySelect, RuntimeErr, Statement, Value,
    sqlx::{self, AssertSqlSafe},
};
use std::{collections::HashMap, iter};

/// `webhook_events` without `seq`, in the order of [`values`].
const COLUMNS: &str =
    "event_ts, body_hash, folds, received_at, request_id, event, meeting, occurrence, body";
const SAME_KEY: &str = "ON CONFLICT (event_ts, body_hash) DO NOTHING";

/// The `seq` of each event that was new.
pub(super) type New = HashMap<Key, i64>;

/// Into SQLite (a statement of it has at most 32,766 values: `journal.batch` allows for that), where every `seq` so far is at most `highest`.
pub(super) async fn sqlite(
    db: &DatabaseConnection,
    events: &[(Key, &Incoming)],
    highest: i64,
) -> Result<New, DbErr> {
    let rows: Vec<&str> = iter::repeat_n("(?,?,?,?,?,?,?,?,?)", events.len()).collect();
    let rows = rows.join(",");
    let sql = format!("INSERT INTO webhook_events ({COLUMNS}) VALUES {rows} {SAME_KEY}");
    let values: Vec<Value> = events.iter().flat_map(values).collect();
    let insert = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
    let inserted = db.execute_raw(insert).await?;
    if inserted.rows_affected() == 0 {
        return Ok(New::new());
    }
    if inserted.rows_affected() == events.len() as u64 {
        return numbered(events, &inserted);
    }
    let new = Entity::find()
        .select_only()
        .columns([Column::Seq, Column::EventTs, Column::BodyHash])
        .filter(Column::Seq.gt(highest))
        .into_tuple::<(i64, i64, Vec<u8>)>()
        .all(db);
    new.await?.into_iter().map(keyed).collect()
}

/// All were new: nobody else writes, so that SQLite has numbered them one after the other.
fn numbered(events: &[(Key, &Incoming)], inserted: &ExecResult) -> Result<New, DbErr> {
    let range = || {
        let last = i64::try_from(inserted.last_insert_id()).ok()?;
        Some(last - i64::try_from(events.len()).ok()?)
    };
    let before = range().ok_or_else(|| DbErr::Type("seq".to_owned()))?;
    let numbers = before + 1..;
    Ok(events.iter().map(|(key, _)| *key).zip(numbers).collect())
}

/// Into PostgreSQL, in the session of this name; in any other it inserts nothing.
pub(super) async fn postgres(
    db: &DatabaseConnection,
    events: &[(Key, &Incoming)],
    session: &str,
) -> Result<New, DbErr> {
    let sql = format!(
        "INSERT INTO webhook_events ({COLUMNS}) SELECT * FROM unnest($1::bigint[], $2::bytea[], \
         $3::smallint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[]) \
         WHERE current_setting('application_name') = $10 {SAME_KEY} RETURNING seq, event_ts, body_hash"
    );
    let bytes = |of: fn(&(Key, &Incoming)) -> Vec<u8>| events.iter().map(of).collect::<Vec<_>>();
    let numbers = |of: fn(&(Key, &Incoming)) -> i64| events.iter().map(of).collect::<Vec<_>>();
    let texts = |of: fn(&Incoming) -> Option<&str>| {
        let owned = |(_, event): &(Key, &Incoming)| of(event).map(str::to_owned);
        events.iter().map(owned).collect::<Vec<_>>()
    };
    let folds = events.iter().map(|(_, event)| event.delivery.folds as i16);
    let inserted = sqlx::query_as::<_, (i64, i64, Vec<u8>)>(AssertSqlSafe(sql))
        .bind(numbers(|(key, _)| key.event_ts()))
        .bind(bytes(|(key, _)| key.hash().to_vec()))
        .bind(folds.collect::<Vec<_>>())
        .bind(numbers(|(_, event)| event.received_at))
        .bind(texts(|event| event.request_id.as_deref()))
        .bind(texts(|event| Some(&event.delivery.event)))
        .bind(texts(|event| event.delivery.meeting.as_deref()))
        .bind(texts(|event| event.delivery.occurrence.as_deref()))
        .bind(bytes(|(_, event)| event.body.clone()))
        .bind(session)
        .fetch_all(db.get_postgres_connection_pool())
        .await
        .map_err(|error| DbErr::Exec(RuntimeErr::SqlxError(error.into())))?;
    inserted.into_iter().map(keyed).collect()
}

fn keyed((seq, event_ts, hash): (i64, i64, Vec<u8>)) -> Result<(Key, i64), DbErr> {
    let key = Key::stored(event_ts, hash);
    Ok((
        key.ok_or_else(|| DbErr::Type("body_hash is not 32 bytes".to_owned()))?,
        seq,
    ))
}

fn values((key, incoming): &(Key, &Incoming)) -> [Value; 9] {
    let delivery = &incoming.delivery;
    let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned).into();
    [
        key.event_ts().into(),
        key.hash().to_vec().into(),
        (delivery.folds as i16).into(),
        incoming.received_at.into(),
        incoming.request_id.clone().into(),
        delivery.event.clone().into(),
        text(&delivery.meeting),
        text(&delivery.occurrence),
        incoming.body.clone().into(),
    ]
}
