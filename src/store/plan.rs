//! How SQLite goes about a query (<https://sqlite.org/eqp.html>), for tests: what looks at all there ever was grows with the years.

use super::connect::{Pools, Role, connect, migrate};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, QueryTrait};
use std::time::Duration;
use tempfile::TempDir;

/// A database with all tables and no rows.
pub(crate) async fn database(role: Role) -> (TempDir, Pools) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("plan.db");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let pools = connect(&url.into(), 1, Duration::from_secs(5), role).await;
    let pools = pools.expect("a file is made");
    migrate(&pools).await.expect("tables are made");
    (folder, pools)
}

/// Its steps.
pub(crate) async fn plan(db: &Pools, query: &impl QueryTrait) -> Vec<String> {
    let mut query = query.build(DbBackend::Sqlite);
    query.sql = format!("EXPLAIN QUERY PLAN {}", query.sql);
    let steps = db.write.query_all_raw(query).await.expect("a plan");
    let detail = |row: QueryResult| row.try_get("", "detail");
    let details: Result<_, _> = steps.into_iter().map(detail).collect();
    details.expect("each step says what it does")
}

/// The only one.
pub(crate) async fn step(db: &Pools, query: &impl QueryTrait) -> String {
    let plan = plan(db, query).await;
    let [step] = &plan[..] else {
        panic!("one step: {plan:#?}")
    };
    step.clone()
}
