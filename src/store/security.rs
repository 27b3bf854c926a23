//! Security events: one row a burst of refused requests.

use super::{entity::security_event as event, reports::Error};
use sea_orm::{
    ActiveValue::Set, DatabaseConnection, EntityTrait, prelude::TimeDateTimeWithTimeZone,
    sea_query::OnConflict,
};
use std::time::Duration;
use tokio::{runtime::Handle, time::timeout};
use uuid::Uuid;

/// A write that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why requests were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BurstKind {
    /// No signature, or not one of ours.
    BadSignature,
    /// A right signature with a time too far from now.
    ClockSkew,
    /// A token that opens nothing, at the operators' listener.
    BadToken,
}

/// Requests refused in a row for one reason; no secret, no body, no sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Burst {
    /// Its row.
    pub id: Uuid,
    /// Why.
    pub kind: BurstKind,
    /// The first, Unix milliseconds.
    pub at: i64,
    /// How many so far.
    pub count: i64,
}

/// The writing side of security events; cheap to clone.
#[derive(Clone, Debug)]
pub struct Bursts {
    write: DatabaseConnection,
    runtime: Handle,
}

impl Burst {
    /// One that begins at `at`, Unix milliseconds.
    pub fn new(kind: BurstKind, at: i64) -> Self {
        Self {
            id: Uuid::now_v7(),
            kind,
            at,
            count: 1,
        }
    }
}

impl Bursts {
    /// Writes through `write`, on `runtime`, the one that opened it.
    pub fn new(write: DatabaseConnection, runtime: Handle) -> Self {
        Self { write, runtime }
    }

    /// Writes the burst, or the count of one that has a row.
    pub async fn record(&self, burst: Burst) -> Result<(), Error> {
        let write = self.write.clone();
        let row = row(&burst);
        let task = self.runtime.spawn(async move {
            let known = OnConflict::column(event::Column::Id)
                .update_column(event::Column::Count)
                .to_owned();
            let insert = event::Entity::insert(row)
                .on_conflict(known)
                .exec_without_returning(&write);
            timeout(PATIENCE, insert).await
        });
        match task.await {
            Ok(Ok(result)) => result.map(drop).map_err(Error::from),
            Ok(Err(_)) | Err(_) => Err(Error::Unavailable(None)),
        }
    }
}

#[cfg(test)]
impl Bursts {
    /// Kind, second and count of every row, the first first.
    pub(crate) async fn recorded(&self) -> Vec<(String, i64, i64)> {
        use sea_orm::QueryOrder;
        let query = event::Entity::find().order_by_asc(event::Column::At);
        let rows = query.all(&self.write).await.expect("rows");
        let cells = |row: event::Model| (row.kind, row.at.unix_timestamp(), row.count);
        rows.into_iter().map(cells).collect()
    }
}

fn row(burst: &Burst) -> event::ActiveModel {
    let seconds = burst.at.div_euclid(1000);
    let at = TimeDateTimeWithTimeZone::from_unix_timestamp(seconds);
    event::ActiveModel {
        id: Set(burst.id),
        at: Set(at.unwrap_or(TimeDateTimeWithTimeZone::UNIX_EPOCH)),
        kind: Set(burst.kind.as_str().to_owned()),
        count: Set(burst.count),
    }
}

impl BurstKind {
    /// As the table spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadSignature => "bad_signature",
            Self::ClockSkew => "clock_skew",
            Self::BadToken => "bad_token",
        }
    }
}
