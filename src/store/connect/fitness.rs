//! Which of a pool's connections are still fit for use: they are tried before and after it, for a moment.
//!
//! PostgreSQL: one that has fallen silent (a failover, a firewall that forgot it) would otherwise be waited for at every use, and keep its place in the
//! pool for ever: the driver sets no time-out there, and TCP none that is short enough. (The journal's writer needs none of this: after any failure it is
//! replaced, pool and all.) SQLite: where the disk is full it ends a transaction by itself;
//! the driver then believes that it goes on, and no later one would be committed.

use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::{Connection, Error, Postgres, Sqlite, query_scalar};
use std::time::Duration;
use tokio::time::timeout;

/// After so long without use a connection is tried before it is used.
const IDLE: Duration = Duration::from_secs(1);
/// One that does not answer within this is given up.
const LIMIT: Duration = Duration::from_secs(2);

/// The pool, without connections that do not answer; if it `writes`, without those that cannot. (A session that began while the database was read-only
/// stays so when the database no longer is.)
pub(super) fn postgres(pool: PoolOptions<Postgres>, writes: bool) -> PoolOptions<Postgres> {
    pool.before_acquire(|connection, meta| {
        Box::pin(async move { Ok(meta.idle_for < IDLE || answers(connection).await) })
    })
    .after_release(move |connection, _| {
        Box::pin(async move {
            Ok(if writes {
                may_write(connection).await
            } else {
                answers(connection).await
            })
        })
    })
}

/// The pool, without connections whose transaction could not be ended.
pub(super) fn sqlite(pool: PoolOptions<Sqlite>) -> PoolOptions<Sqlite> {
    pool.after_release(|connection, _| {
        Box::pin(async move {
            // Behind a rollback that is still to come.
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        })
    })
}

async fn answers(connection: &mut PgConnection) -> bool {
    matches!(timeout(LIMIT, connection.ping()).await, Ok(Ok(())))
}

async fn may_write(connection: &mut PgConnection) -> bool {
    let read_only = query_scalar("SHOW transaction_read_only").fetch_one(connection);
    let read_only: Result<Result<String, Error>, _> = timeout(LIMIT, read_only).await;
    matches!(read_only, Ok(Ok(value)) if value == "off")
}
