//! The shared writer: who is refused, and who fails alone.

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/staged.rs"]
mod staged;

use rollcall::{
    attendance::school::ClassId,
    store::{
        connect::{Pools, Role, connect, migrate},
        entity::meeting_occurrence,
        school::{Snapshot, adopt},
        writer::{Staged, Writer, Written},
    },
};
use sea_orm::{EntityTrait, PaginatorTrait};
use std::{sync::Arc, time::Duration};
use tokio::runtime::Handle;

const SCHOOL: &str = "the school of now";

async fn open(url: String) -> (Pools, Writer) {
    let pools = connect(&url.into(), 2, Duration::from_secs(10), Role::Store)
        .await
        .expect("a database");
    migrate(&pools).await.expect("tables");
    assert!(adopt(&pools, SCHOOL, 0).await.expect("adopted"));
    let writer = Writer::start(pools.clone(), staged::SETTINGS, &Handle::current());
    (pools, writer)
}

fn staged(uuid: &str) -> Staged {
    let school = Snapshot {
        digest: SCHOOL.into(),
        ..Snapshot::default()
    };
    staged::staged(uuid, Arc::new(school))
}

async fn stored(pools: &Pools) -> u64 {
    meeting_occurrence::Entity::find()
        .count(&pools.read)
        .await
        .expect("a count")
}

/// Runs a scenario on both databases.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                let folder = tempfile::tempdir().expect("a folder");
                let file = folder.path().join("rollcall.db");
                super::$name(format!("sqlite://{}?mode=rwc", file.display())).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                let database = super::postgres::database();
                super::$name(database.url()).await;
            }
        }
    )*};
}

on_both!(
    another_school_is_refused,
    an_old_revision_is_refused,
    one_that_fails_fails_alone
);

/// An import can come between an actor's load and the first write of its occurrence, which has no row to be stale.
async fn another_school_is_refused(url: String) {
    let (pools, writer) = open(url).await;
    let old = Snapshot {
        digest: "the school before the import".into(),
        ..Snapshot::default()
    };
    assert_eq!(
        writer
            .write(Staged {
                school: Arc::new(old),
                ..staged("one==")
            })
            .await,
        Written::Stale
    );
    assert_eq!(stored(&pools).await, 0);
    assert!(matches!(
        writer.write(staged("one==")).await,
        Written::Committed(_)
    ));
    assert_eq!(stored(&pools).await, 1);
}

async fn an_old_revision_is_refused(url: String) {
    let (pools, writer) = open(url).await;
    let Written::Committed(first) = writer.write(staged("one==")).await else {
        panic!("committed")
    };
    let Written::Committed(second) = writer
        .write(Staged {
            basis: Some(first),
            ..staged("one==")
        })
        .await
    else {
        panic!("committed")
    };
    assert_eq!((second.id, second.revision), (first.id, first.revision + 1));
    for old in [None, Some(first)] {
        assert_eq!(
            writer
                .write(Staged {
                    basis: old,
                    ..staged("one==")
                })
                .await,
            Written::Stale
        );
    }
    assert!(adopt(&pools, "another school", 0).await.expect("adopted"));
    assert_eq!(
        writer
            .write(Staged {
                basis: Some(second),
                ..staged("one==")
            })
            .await,
        Written::Stale
    );
    assert_eq!(stored(&pools).await, 1);
}

async fn one_that_fails_fails_alone(url: String) {
    let (pools, writer) = open(url).await;
    let uuids: Vec<String> = (0..9).map(|n| format!("{n}==")).collect();
    let batch = uuids.iter().map(|uuid| {
        let mut staged = staged(uuid);
        if uuid == "4==" {
            staged.report.class = Some(ClassId(1)); // there is no such class
        }
        writer.write(staged)
    });
    let written = futures_util::future::join_all(batch).await;
    for (uuid, written) in uuids.iter().zip(written) {
        assert_eq!(
            written == Written::Failed,
            uuid == "4==",
            "{uuid} {written:?}"
        );
    }
    assert_eq!(stored(&pools).await, 8);
}
