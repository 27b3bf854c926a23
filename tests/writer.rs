//! The shared writer: who is refused, and who fails alone.

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/staged.rs"]
mod staged;

use jiff::civil::date;
use rollcall::{
    attendance::{
        report::{EndedBy, Evidence, Neighbour, Person},
        school::ClassId,
    },
    store::{
        connect::{Pools, Role, connect, migrate},
        entity::{meeting_occurrence, participant_stay, zoom_participant},
        occurrences::{Basis, Neighbours},
        school::{Snapshot, adopt},
        writer::{Staged, Writer, Written},
    },
};
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder, prelude::TimeDateTimeWithTimeZone};
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
    whoever_knows_too_few_neighbours_is_refused,
    what_restarts_nothing_stands_when_the_one_before_changes,
    whoever_restarted_another_is_told_when_that_shrinks,
    whoever_restarted_another_is_told_when_that_begins_later,
    whoever_comes_to_restart_another_looks_again,
    what_was_known_of_the_restarted_has_to_be_still_so,
    all_that_is_known_of_people_is_kept_and_nothing_else,
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
    let Written::Committed(second) = writer.write(replacing(first, staged("one=="))).await else {
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
        writer.write(replacing(second, staged("one=="))).await,
        Written::Stale
    );
    assert_eq!(stored(&pools).await, 1);
}

/// It begins at 08:00, and restarts whatever ended within 15 minutes before: none of that may be unknown.
async fn whoever_knows_too_few_neighbours_is_refused(url: String) {
    let (pools, writer) = open(url).await;
    let since = |since| Staged {
        neighbours: Neighbours {
            since,
            known: Arc::default(),
        },
        ..staged("one==")
    };
    let too_few = writer.write(since(staged::at(-14))).await;
    assert_eq!(too_few, Written::Stale);
    assert_eq!(stored(&pools).await, 0);
    let enough = writer.write(since(staged::at(-15))).await;
    assert!(matches!(enough, Written::Committed(_)));
}

/// An occurrence of `staged`'s meeting from `start` to `end`, in minutes.
fn lasting(uuid: &str, start: i64, end: i64) -> Staged {
    let mut staged = staged(uuid);
    staged.report.start = staged::at(start);
    staged.report.last = staged::at(end);
    staged.report.end = Some((staged::at(end), EndedBy::Event));
    staged
}

fn neighbour(uuid: &str, start: i64, end: i64) -> Neighbour {
    Neighbour {
        uuid: uuid.into(),
        start: staged::at(start),
        last: staged::at(end),
        date: date(2024, 10, 7),
    }
}

/// Judged by these.
fn knowing(mut staged: Staged, known: &[Neighbour]) -> Staged {
    staged.neighbours.known = known.into();
    staged
}

/// In the place of the row as it was written then.
fn replacing(basis: Basis, staged: Staged) -> Staged {
    Staged {
        basis: Some(basis),
        ..staged
    }
}

async fn commit(writer: &Writer, staged: Staged) -> Basis {
    match writer.write(staged).await {
        Written::Committed(basis) => basis,
        other => panic!("{other:?}"),
    }
}

async fn what_restarts_nothing_stands_when_the_one_before_changes(url: String) {
    let (_pools, writer) = open(url).await;
    let first = commit(&writer, lasting("one==", 0, 40)).await;
    let next_day = commit(&writer, lasting("two==", 24 * 60, 25 * 60)).await;
    let longer = replacing(first, lasting("one==", 0, 50));
    commit(&writer, longer).await;
    let again = replacing(next_day, lasting("two==", 24 * 60, 25 * 60));
    commit(&writer, again).await;
}

async fn whoever_restarted_another_is_told_when_that_shrinks(url: String) {
    let (_pools, writer) = open(url).await;
    let first = commit(&writer, lasting("one==", 0, 50)).await;
    let second = commit(
        &writer,
        knowing(lasting("two==", 60, 90), &[neighbour("one==", 0, 50)]),
    )
    .await;
    let shorter = replacing(first, lasting("one==", 0, 20));
    commit(&writer, shorter).await;
    let again = replacing(second, lasting("two==", 60, 90));
    assert_eq!(writer.write(again).await, Written::Stale);
}

/// All that was heard of the first was that somebody left it at 08:00; the second took its date. Then it turns out that the first began
/// half an hour after that, when the second was over.
async fn whoever_restarted_another_is_told_when_that_begins_later(url: String) {
    let (_pools, writer) = open(url).await;
    let first = commit(&writer, lasting("one==", 0, 0)).await;
    let second = commit(
        &writer,
        knowing(lasting("two==", 10, 12), &[neighbour("one==", 0, 0)]),
    )
    .await;
    let later = replacing(first, lasting("one==", 30, 50));
    commit(&writer, later).await;
    let again = replacing(second, lasting("two==", 10, 12));
    assert_eq!(writer.write(again).await, Written::Stale);
}

/// The first changes between the second's load and its first write, which has no row that could be marked.
async fn what_was_known_of_the_restarted_has_to_be_still_so(url: String) {
    let (_pools, writer) = open(url).await;
    commit(&writer, lasting("one==", 0, 50)).await;
    let second = |known: Neighbour| knowing(lasting("two==", 60, 90), &[known]);
    let basis = commit(&writer, second(neighbour("one==", 0, 48))).await;
    let again = |known, basis| replacing(basis, second(known));
    let outdated = writer.write(again(neighbour("one==", 0, 50), basis)).await;
    assert_eq!(outdated, Written::Stale);
    let basis = commit(
        &writer,
        knowing(
            lasting("three==", 62, 90),
            &[neighbour("one==", 0, 50), neighbour("two==", 60, 90)],
        ),
    )
    .await;
    commit(&writer, replacing(basis, lasting("three==", 62, 90))).await;
}

/// Somebody of whom everything is known, and somebody of whom nothing is.
async fn all_that_is_known_of_people_is_kept_and_nothing_else(url: String) {
    let (pools, writer) = open(url).await;
    let full = Person {
        email: Some("ana@school.test".into()),
        zoom_user_id: Some("zoom-ana".into()),
        ..staged::person("ana", None, Some(0), Some(50), Evidence::Observed)
    };
    let empty = Person {
        name: None,
        ..staged::person("ben", None, None, None, Evidence::Observed)
    };
    let mut staged = staged("one==");
    staged.report.people = vec![full, empty];
    commit(&writer, staged).await;
    let people = zoom_participant::Entity::find().order_by_asc(zoom_participant::Column::PersonKey);
    let people = people.all(&pools.read).await.expect("rows");
    let [ana, ben] = &people[..] else {
        panic!("two: {}", people.len())
    };
    let texts = |row: &zoom_participant::Model| {
        [
            &row.name,
            &row.email,
            &row.zoom_participant_id,
            &row.matched_by,
        ]
        .map(Clone::clone)
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        texts(ana),
        [some("ana"), some("ana@school.test"), some("zoom-ana"), None]
    );
    assert_eq!(texts(ben), [None, None, None, None]);
    let times = |row: &zoom_participant::Model| {
        [row.join_time, row.leave_time]
            .map(|time| time.map(TimeDateTimeWithTimeZone::unix_timestamp))
    };
    assert_eq!(times(ana), [Some(staged::at(0).0), Some(staged::at(50).0)]);
    assert_eq!(times(ben), [None, None]);
    assert_eq!((ana.duration, ben.duration), (Some(3000), Some(0)));
    assert!(
        [ana, ben]
            .iter()
            .all(|row| row.user_id.is_none() && row.meeting_id.is_none())
    );
    let stays = participant_stay::Entity::find().order_by_asc(participant_stay::Column::PersonKey);
    let stays = stays.all(&pools.read).await.expect("rows");
    let counted = |row: &participant_stay::Model| row.counted_from.zip(row.counted_until).is_some();
    let counted: Vec<bool> = stays.iter().map(counted).collect();
    assert_eq!(counted, [true, false]);
}

/// The second restarts nothing at first, so that nobody tells it what becomes of the first; then it turns out to have begun earlier.
async fn whoever_comes_to_restart_another_looks_again(url: String) {
    let (_pools, writer) = open(url).await;
    let first = commit(&writer, lasting("one==", 0, 20)).await;
    let second = commit(&writer, lasting("two==", 100, 150)).await;
    let longer = replacing(first, lasting("one==", 0, 50));
    commit(&writer, longer).await;
    let earlier = |basis| replacing(basis, lasting("two==", 60, 150));
    let moved = commit(&writer, earlier(second)).await;
    assert_eq!(writer.write(earlier(moved)).await, Written::Stale);
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
