//! The verification of a replay against the real service: a school day's marks are right, and a lost event is found out.

mod support;

use std::time::Duration;

use jiff::civil::{Date, date};
use rollcall::replay::api::Api;
use rollcall::replay::school::School;
use rollcall::replay::sender::{Counts, Sender};
use rollcall::replay::traffic::{self, Delivery, Shares};
use rollcall::replay::verify::{Sent, Verdict, verify};
use secrecy::SecretString;
use support::app::{App, Database, SECRET, TOKEN, spawn_app};
use support::zoom;

const SEED: u64 = 21;
/// Long past, so that every mark is final.
const DAY: Date = date(2026, 10, 5);
/// Without any change for so long, the service is done.
const PATIENCE: Duration = Duration::from_secs(15);

/// A service that knows the school.
async fn open(school: &School, database: Database) -> App {
    let app = spawn_app(database).await;
    let roster = tempfile::tempdir().expect("a temporary folder");
    school.write_roster(roster.path()).expect("a roster");
    let import = app.command(&["import", &roster.path().display().to_string()]);
    assert!(
        import.status.success(),
        "{}",
        String::from_utf8_lossy(&import.stderr)
    );
    app
}

async fn play(app: &App, deliveries: Vec<Delivery>) {
    let url = app.public_url("/api/zoom/webhook");
    let sender = Sender::new(url, zoom::keys(SECRET), zoom::now).expect("a client");
    let taken = deliveries.len();
    let counts = sender.send(deliveries, 4, || ()).await;
    assert_eq!(
        counts,
        Counts {
            taken,
            ..Counts::default()
        }
    );
}

/// What is found where all of `deliveries` count as acknowledged.
async fn found(app: &App, school: &School, deliveries: &[Delivery], patience: Duration) -> Verdict {
    let api = Api::new(&app.admin_url(""), Some(SecretString::from(TOKEN))).expect("a client");
    let taken = vec![true; deliveries.len()];
    let sent = Sent {
        deliveries,
        taken: &taken,
    };
    let verdict = verify(&api, school, sent, patience, |_| ()).await;
    verdict.expect("a verdict")
}

async fn a_day(database: Database) {
    let school = School::sample(12, 20, DAY, SEED);
    let deliveries = traffic::day(&school, DAY, SEED, Shares::DAY);
    let app = open(&school, database).await;
    play(&app, deliveries.clone()).await;
    let verdict = found(&app, &school, &deliveries, PATIENCE).await;
    assert_eq!((verdict.checked, verdict.right), (240, 240), "{verdict:#?}");
    assert_eq!((verdict.wrong, verdict.unjudged), (0, 0), "{verdict:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_right_on_sqlite() {
    a_day(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_right_on_postgres() {
    a_day(Database::Postgres).await;
}

/// The service never gets the events of one student, and is held to have acknowledged them.
#[tokio::test(flavor = "multi_thread")]
async fn events_that_a_service_lost_are_found_out_and_named() {
    const STUDENT: &str = "student-0003";
    let school = School::sample(1, 8, DAY, SEED);
    let deliveries = traffic::day(&school, DAY, SEED, Shares::NONE);
    let (lost, kept): (Vec<_>, Vec<_>) = deliveries
        .iter()
        .cloned()
        .partition(|delivery| delivery.body.contains(STUDENT));
    assert!(lost.len() >= 2, "the student came and went");
    let app = open(&school, Database::Sqlite).await;
    play(&app, kept).await;
    let verdict = found(&app, &school, &deliveries, Duration::from_secs(3)).await;
    assert_eq!((verdict.right, verdict.wrong), (7, 1), "{verdict:#?}");
    let wrong = &verdict.listed[0];
    assert_eq!(wrong.key.student, STUDENT);
    assert_eq!(wrong.found.as_ref().expect("a mark").status, "absent");
    let named = |key: &String| key.ends_with(STUDENT);
    let told = wrong.events.iter();
    let told = told.filter(|event| event.keys.iter().any(named));
    assert_eq!(told.count(), lost.len(), "{:#?}", wrong.events);
}
