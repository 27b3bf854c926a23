//! A school day through HTTP: 30 classes of 30 students with everything that goes wrong, the marks held against the
//! oracle's, on both databases and in every order of delivery.

mod support;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::civil::{Date, date};
use rollcall::replay::mix::{Mix, Share};
use rollcall::replay::oracle::{self, Key, Mark};
use rollcall::replay::rng::Rng;
use rollcall::replay::school::{School, Timetable};
use rollcall::replay::sender::{Counts, Sender};
use rollcall::replay::source::generated::GeneratedSchool;
use rollcall::replay::traffic::{self, Delivery, Shares};
use serde_json::Value;
use support::app::{App, Database, SECRET, spawn_app};
use support::zoom;

const SEED: u64 = 20;
/// Long past, so that every mark is final.
const DAY: Date = date(2026, 10, 5);
/// As many as Zoom might have open.
const CONNECTIONS: usize = 8;
/// The marks are right within this.
const PATIENCE: Duration = Duration::from_mins(2);

/// Status, seconds and finality by class and student.
type Marks = BTreeMap<(String, String), (String, i64, String)>;

/// A service that knows the school.
async fn open(school: &School, database: Database) -> App {
    let app = spawn_app(database).await;
    let roster = tempfile::tempdir().expect("a temporary folder");
    school.write_roster(roster.path()).expect("a roster");
    let path = roster.path().to_str().expect("a path of text");
    let import = app.command(&["import", path]);
    assert!(
        import.status.success(),
        "{}",
        String::from_utf8_lossy(&import.stderr)
    );
    app
}

async fn play(app: &App, deliveries: Vec<Delivery>, connections: usize) {
    let url = app.public_url("/api/zoom/webhook");
    let sender = Sender::new(url, zoom::keys(SECRET), zoom::now).expect("a client");
    let count = deliveries.len();
    let counts = sender.send(deliveries, connections, || ()).await;
    assert_eq!(
        Counts {
            retries: 0,
            ..counts
        },
        Counts {
            taken: count,
            ..Counts::default()
        }
    );
}

/// All marks that the read API shows.
async fn shown(app: &App, school: &School) -> Marks {
    let mut marks = Marks::new();
    for class in &school.classes {
        let path = format!(
            "/api/v1/attendance?class={}&date={DAY}&limit=100",
            class.sourced_id
        );
        let answer = app.json(&path).await;
        assert_eq!(
            answer["next_cursor"],
            Value::Null,
            "one page is enough for a class"
        );
        for item in answer["items"].as_array().expect("a list") {
            let text = |value: &Value| value.as_str().expect("text").to_owned();
            assert_eq!(item["class"]["sourced_id"], class.sourced_id.as_str());
            assert_eq!(item["source"], "zoom");
            let student = text(&item["student"]["sourced_id"]);
            let seconds = item["seconds"].as_i64().expect("seconds");
            let mark = (text(&item["status"]), seconds, text(&item["finality"]));
            marks.insert((class.sourced_id.clone(), student), mark);
        }
    }
    marks
}

/// What the oracle makes of the same bodies: final, for the day is long over.
fn expected(school: &School, deliveries: &[Delivery]) -> Marks {
    let marks = oracle::marks(school, deliveries.iter().map(|sent| sent.body.as_str()));
    let mark = |(key, mark): (Key, Mark)| {
        assert_eq!(key.date, DAY);
        let (status, seconds) = (mark.status.word().to_owned(), i64::from(mark.seconds));
        (
            (key.class, key.student),
            (status, seconds, "final".to_owned()),
        )
    };
    marks.into_iter().map(mark).collect()
}

/// Waits until the marks are the expected ones.
async fn settle(app: &App, school: &School, expected: &Marks, order: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = shown(app, school).await;
        if found == *expected {
            return;
        }
        if Instant::now() > deadline {
            let wrong: Vec<_> = expected
                .iter()
                .filter(|(key, mark)| found.get(*key) != Some(*mark))
                .collect();
            let first = wrong
                .first()
                .map(|(key, mark)| (key, mark, found.get(*key)));
            panic!(
                "{order}: {} of {} wrong or missing, such as {first:?}",
                wrong.len(),
                expected.len()
            );
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn a_day(database: Database, order: &str) {
    let school = School::sample(30, 30, DAY, SEED);
    let mut deliveries = traffic::day(&school, DAY, SEED, Shares::DAY);
    let expected = expected(&school, &deliveries);
    assert_eq!(expected.len(), 900);
    let mut connections = CONNECTIONS;
    match order {
        "as they came" => connections = 1,
        "reversed" => deliveries.reverse(),
        "shuffled" => Rng::new(SEED).shuffle(&mut deliveries),
        "doubled" => {
            deliveries.extend(deliveries.clone());
            Rng::new(SEED).shuffle(&mut deliveries);
        }
        other => panic!("no such order: {other}"),
    }
    let app = open(&school, database).await;
    play(&app, deliveries, connections).await;
    settle(&app, &school, &expected, order).await;
}

/// A small school in which everything happens often.
async fn a_wild_day(database: Database, timetable: Timetable) {
    let often = Share::of_thousand(300);
    let wanted = GeneratedSchool {
        meetings: 8,
        students: 12,
        minutes: 40,
        bell_seconds: 120,
        timetable,
        mix: Mix {
            late: often,
            short: often,
            rejoining: often,
            moving: often,
            two_device: often,
            absent: often,
            lost_leave: often,
            duplicated: often,
            reordered: often,
            restarted: often,
            unknown: often,
            odd: often,
        },
        date: DAY,
        seed: SEED,
    };
    let (school, deliveries) = wanted.generate().expect("a school");
    let expected = expected(&school, &deliveries);
    assert_eq!(expected.len(), 96);
    let app = open(&school, database).await;
    play(&app, deliveries, CONNECTIONS).await;
    settle(&app, &school, &expected, "wild").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wild_day_gives_the_marks_of_its_oracle() {
    a_wild_day(Database::Sqlite, Timetable::Spread).await;
    a_wild_day(Database::Postgres, Timetable::Spread).await;
    a_wild_day(Database::Sqlite, Timetable::Bell).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nine_hundred_marks_are_right_on_sqlite() {
    a_day(Database::Sqlite, "as they came").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nine_hundred_marks_are_right_on_postgres() {
    a_day(Database::Postgres, "as they came").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_delivered_backwards_gives_the_same_marks() {
    a_day(Database::Sqlite, "reversed").await;
    a_day(Database::Postgres, "reversed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_in_any_order_gives_the_same_marks() {
    a_day(Database::Sqlite, "shuffled").await;
    a_day(Database::Postgres, "shuffled").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_delivered_twice_gives_the_same_marks() {
    a_day(Database::Sqlite, "doubled").await;
    a_day(Database::Postgres, "doubled").await;
}
