//! A school day of 200 meetings while the service is killed again and again, as by a power cut, and started anew.
//!
//! Zoom's deliveries come shuffled, doubled and late over several connections, and again where they were not taken.
//! In the end the journal holds every delivered body exactly once and nothing else, and the attendance is the naive
//! model's, row for row.
//!
//! `ROLLCALL_TEST_CHAOS_SEED` repeats a day; `ROLLCALL_TEST_CHAOS_SECONDS` has fresh days follow, each with the next
//! seed, until so much time has passed: `ROLLCALL_TEST_CHAOS_SECONDS=3600 scripts/test --profile long --test chaos`, for the
//! usual profile ends what takes too long for a change's tests.

#![allow(
    clippy::print_stdout,
    reason = "the seed and the figures are shown with the result"
)]

mod support;

use jiff::civil::{Date, date};
use rollcall::replay::{
    oracle,
    rng::Rng,
    school::School,
    traffic::{self, Delivery, Shares},
};
use sea_orm::{ConnectionTrait, Database as Store, DatabaseConnection, Statement};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::TcpListener,
    time::{Duration, Instant},
};
use support::{
    app::{App, Database, SECRET, Setup},
    courier::{Courier, MINUTE, Refused},
    zoom,
};
use uuid::Uuid;

const SEED: u64 = 3;
const MEETINGS: usize = 200;
const STUDENTS: usize = 10;
/// Long past, so that every mark is final.
const DAY: Date = date(2026, 10, 5);
/// More of what goes wrong with deliveries than on a usual day.
const SHARES: Shares = Shares {
    twice: 150,
    late: 50,
    ..Shares::DAY
};
/// Deliveries change places within stretches of one of these lengths, drawn anew for each stretch.
const STRETCHES: [usize; 4] = [4, 50, 400, 1500];
/// As many as Zoom might have open.
const CONNECTIONS: usize = 12;
/// Kills that come at a number of acknowledged deliveries.
const UNDER_LOAD: usize = 25;
/// How many of a thousand kills are followed by one soon after the next start.
const AGAIN: u32 = 400;
/// Kills after the last delivery, while nothing but the journal tells what is still to do.
const AFTERWARDS: usize = 4;
const LEAST_KILLS: usize = 20;
/// Kills while the very first start makes its tables.
const AT_BIRTH: usize = 4;
/// How many of a thousand kills are followed by an outage that is longer than Zoom's patience.
const OUTAGES: u32 = 50;
const OUTAGE: Duration = MINUTE.saturating_mul(100);
/// Once a day has had enough kills there are no more after this: what is left of it takes seconds, on however slow a machine.
const STORM: Duration = Duration::from_mins(1);
/// Between two kills, and until the attendance is right.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the service runs on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// SQLite, the journal beside it.
    Sqlite,
    /// PostgreSQL, the journal in it.
    Postgres,
    /// PostgreSQL, the journal in a local SQLite file.
    Split,
}

/// How one kill goes.
#[derive(Clone, Copy, Debug)]
struct Kill {
    when: Moment,
    /// How long nothing runs.
    down: Duration,
}

/// When the service is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// When so many deliveries have been acknowledged, and a moment later.
    Acknowledged(usize, Duration),
    /// So long after it was started again, in thousandths of what a start takes; ready or not.
    AfterStart(u32),
}

/// How often the service was killed.
#[derive(Clone, Copy, Default)]
struct Kills {
    all: usize,
    before_listening: usize,
    /// The longest wait for a start.
    slowest: Duration,
}

/// One record of attendance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    class: String,
    date: String,
    student: String,
    status: String,
    seconds: i64,
    finality: String,
    source: String,
}

/// Says how to repeat a day that failed.
struct Repeat(u64);

impl Drop for Repeat {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("to repeat it: ROLLCALL_TEST_CHAOS_SEED={}", self.0);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_crashes_loses_nothing_and_counts_nothing_twice_on_sqlite() {
    days(Place::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_crashes_loses_nothing_and_counts_nothing_twice_on_postgres() {
    days(Place::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_crashes_loses_nothing_and_counts_nothing_twice_with_a_local_journal() {
    days(Place::Split).await;
}

async fn days(place: Place) {
    let first = variable("ROLLCALL_TEST_CHAOS_SEED").unwrap_or(SEED);
    let least = Duration::from_secs(variable("ROLLCALL_TEST_CHAOS_SECONDS").unwrap_or(0));
    let begun = Instant::now();
    for seed in first.. {
        println!("seed {seed}");
        let repeat = Repeat(seed);
        day(place, seed).await;
        drop(repeat);
        if begun.elapsed() >= least {
            break;
        }
    }
}

/// A number from the environment.
fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}")),
    )
}

async fn day(place: Place, seed: u64) {
    let begun = Instant::now();
    let school = School::sample(MEETINGS, STUDENTS, DAY, seed);
    let deliveries = disturbed(traffic::day(&school, DAY, seed, SHARES), seed);
    let expected = expected(&school, &deliveries);
    assert_eq!(expected.len(), MEETINGS * STUDENTS);

    let mut app = born(place, &mut Rng::branch(seed, "birth")).await;
    import(&app, &school);
    app.kill().await;
    let launched = Instant::now();
    app.restart().await;
    let start = launched.elapsed();

    let url = app.public_url("/api/zoom/webhook");
    let courier = Courier::new(url, zoom::keys(SECRET), zoom::now, deliveries.clone());
    let plan = plan(deliveries.len(), &mut Rng::branch(seed, "kills"));
    let calm = begun + STORM;
    let storm = async { Ok::<_, Refused>(storm(&mut app, &courier, &plan, start, calm).await) };
    let (kills, ()) = tokio::try_join!(storm, courier.deliver(CONNECTIONS))
        .unwrap_or_else(|refused| panic!("{refused}"));
    app.settle().await;
    let ready = Instant::now();

    check_journal(&place.journal(&app), &deliveries).await;
    attendance_until(&app, &expected).await;
    let right = ready.elapsed();
    store_until(app.database_url(), &deliveries).await;
    assert_eq!(attendance(&app).await, expected, "right, and wrong again");
    let failures = courier.failures();
    println!(
        "seed {seed}: {} deliveries, {} kills, {} of them before it listened; a start takes {start:?}, \
         under load up to {:?}; {failures:?}; right {:?} after the last start; {:?} in all",
        deliveries.len(),
        kills.all,
        kills.before_listening,
        kills.slowest,
        right,
        begun.elapsed(),
    );
    assert!(kills.all >= LEAST_KILLS, "{} kills are too few", kills.all);
    assert!(failures.cut_off > 0, "no kill fell into a request");
}

impl Place {
    /// On a port that stays the same, as in production.
    fn setup(self) -> Setup {
        let database = match self {
            Self::Sqlite => Database::Sqlite,
            Self::Postgres | Self::Split => Database::Postgres,
        };
        let addr = format!("127.0.0.1:{}", free_port());
        let setup = Setup::new(database).with("ROLLCALL__HTTP__ADDR", &addr);
        match self {
            Self::Split => setup.with("ROLLCALL__JOURNAL__URL", "sqlite://local.db?mode=rwc"),
            Self::Sqlite | Self::Postgres => setup,
        }
    }

    /// Where the journal of such a service is.
    fn journal(self, app: &App) -> String {
        let file = |name| format!("sqlite://{}", app.folder().join(name).display());
        match self {
            Self::Sqlite => file("rollcall-journal.db"),
            Self::Postgres => app.database_url().to_owned(),
            Self::Split => file("local.db"),
        }
    }
}

/// Not one that outgoing connections are given, which would take it while the service is down.
fn free_port() -> u16 {
    let mut ports = std::iter::repeat_with(|| 10_000 + Uuid::new_v4().as_fields().1 % 10_000);
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    ports.find(free).expect("there is always another one")
}

fn import(app: &App, school: &School) {
    let roster = tempfile::tempdir().expect("a temporary folder");
    school.write_roster(roster.path()).expect("a roster");
    let import = app.command(&["import", roster.path().to_str().expect("a path of text")]);
    let told = String::from_utf8_lossy(&import.stderr);
    assert!(import.status.success(), "{told}");
}

/// In an order in which nothing is certain.
fn disturbed(mut deliveries: Vec<Delivery>, seed: u64) -> Vec<Delivery> {
    let mut rng = Rng::branch(seed, "noise");
    let mut rest = deliveries.as_mut_slice();
    while !rest.is_empty() {
        let length = STRETCHES[rng.index(STRETCHES.len())].min(rest.len());
        let (stretch, further) = rest.split_at_mut(length);
        rng.shuffle(stretch);
        rest = further;
    }
    deliveries
}

/// What the naive model makes of the same bodies: final, for the day is long over.
fn expected(school: &School, deliveries: &[Delivery]) -> Vec<Row> {
    let marks = oracle::marks(school, deliveries.iter().map(|sent| sent.body.as_str()));
    let row = |(key, mark): (oracle::Key, oracle::Mark)| Row {
        class: key.class,
        date: key.date.to_string(),
        student: key.student,
        status: mark.status.word().to_owned(),
        seconds: mark.seconds.into(),
        finality: "final".to_owned(),
        source: "zoom".to_owned(),
    };
    let mut rows: Vec<_> = marks.into_iter().map(row).collect();
    rows.sort();
    rows
}

/// A service on a fresh database, killed several times while it was not ready yet.
async fn born(place: Place, rng: &mut Rng) -> App {
    let mut app = place.setup().launch();
    for _ in 0..AT_BIRTH {
        tokio::time::sleep(Duration::from_millis(rng.index(250) as u64)).await;
        app.kill().await;
        app.launch_again();
    }
    app.settle().await;
    app
}

/// When to kill: under load, now and then again while it starts or has just started, and after the last delivery.
fn plan(deliveries: usize, rng: &mut Rng) -> Vec<Kill> {
    let mut counts: Vec<_> = (0..UNDER_LOAD).map(|_| rng.index(deliveries)).collect();
    counts.sort_unstable();
    counts.push(deliveries);
    let mut moments = Vec::new();
    for count in counts {
        let later = Duration::from_millis(rng.index(20) as u64);
        moments.push(Moment::Acknowledged(count, later));
        while rng.chance(AGAIN) {
            moments.push(after_start(rng));
        }
    }
    moments.extend((0..AFTERWARDS).map(|_| after_start(rng)));
    let kill = |when| Kill {
        when,
        down: if rng.chance(OUTAGES) {
            OUTAGE
        } else {
            Duration::ZERO
        },
    };
    moments.into_iter().map(kill).collect()
}

fn after_start(rng: &mut Rng) -> Moment {
    Moment::AfterStart(u32::try_from(rng.index(2000)).expect("a small number"))
}

/// Kills the service as planned and starts it again each time; from `calm` on only as often as it must. `start`: what a start takes.
async fn storm(
    app: &mut App,
    courier: &Courier,
    plan: &[Kill],
    start: Duration,
    calm: Instant,
) -> Kills {
    let mut kills = Kills::default();
    for kill in plan {
        if kills.all >= LEAST_KILLS && Instant::now() > calm {
            println!("{} of {} kills: it is time", kills.all, plan.len());
            break;
        }
        match kill.when {
            Moment::Acknowledged(count, later) => {
                let waiting = Instant::now();
                app.settle().await;
                kills.slowest = kills.slowest.max(waiting.elapsed());
                let reached = tokio::time::timeout(PATIENCE, courier.acknowledged(count)).await;
                let failures = courier.failures();
                assert!(
                    reached.is_ok(),
                    "{count} are never reached: {failures:?}\n{}",
                    app.log()
                );
                tokio::time::sleep(later).await;
            }
            Moment::AfterStart(thousandths) => {
                tokio::time::sleep(start * thousandths / 1000).await;
            }
        }
        kills.all += 1;
        kills.before_listening += usize::from(!app.listens());
        app.kill().await;
        tokio::time::sleep(kill.down).await;
        app.launch_again();
    }
    kills
}

/// Every delivered body is journaled exactly once, and nothing else.
async fn check_journal(url: &str, deliveries: &[Delivery]) {
    let journal = Store::connect(url).await.expect("the journal");
    let sql = "SELECT body FROM webhook_events ORDER BY seq";
    let rows = journal.query_all_raw(statement(&journal, sql)).await;
    let mut journaled: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for row in rows.expect("the journal's rows") {
        *journaled
            .entry(row.try_get("", "body").expect("a body"))
            .or_default() += 1;
    }
    let sent: BTreeSet<&[u8]> = deliveries.iter().map(|sent| sent.body.as_bytes()).collect();
    let lost: Vec<_> = sent
        .iter()
        .filter(|body| !journaled.contains_key(**body))
        .map(|body| String::from_utf8_lossy(body))
        .collect();
    let first = lost.first();
    assert!(
        lost.is_empty(),
        "{} acknowledged and lost, such as {first:?}",
        lost.len()
    );
    let twice = journaled.values().filter(|count| **count > 1).count();
    assert_eq!(twice, 0, "journaled more than once");
    assert_eq!(journaled.len(), sent.len(), "journaled and never sent");
    journal.close().await.expect("closed");
}

/// Waits until the read API shows the expected records and no others.
async fn attendance_until(app: &App, expected: &[Row]) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let rows = attendance(app).await;
        if rows == expected {
            return;
        }
        if Instant::now() > deadline {
            let missing = expected.iter().filter(|row| !rows.contains(row));
            let wrong = rows.iter().filter(|row| !expected.contains(row));
            panic!(
                "{} records instead of {}; missing {}, such as {:?}; wrong {}, such as {:?}",
                rows.len(),
                expected.len(),
                missing.clone().count(),
                missing.clone().next(),
                wrong.clone().count(),
                wrong.clone().next(),
            );
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// All records of attendance, of whatever class and date.
async fn attendance(app: &App) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut cursor = String::new();
    loop {
        let answer = app
            .json(&format!("/api/v1/attendance?limit=1000{cursor}"))
            .await;
        rows.extend(answer["items"].as_array().expect("a list").iter().map(row));
        let Some(next) = answer["next_cursor"].as_str() else {
            rows.sort();
            return rows;
        };
        cursor = format!("&cursor={next}");
    }
}

fn row(item: &Value) -> Row {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    Row {
        class: text(&item["class"]["sourced_id"]),
        date: text(&item["date"]),
        student: text(&item["student"]["sourced_id"]),
        status: text(&item["status"]),
        seconds: item["seconds"].as_i64().expect("seconds"),
        finality: text(&item["finality"]),
        source: text(&item["source"]),
    }
}

/// What no row of the database may say in the end: behind the attendance each stay is there once, everybody has left,
/// everything is over, nothing was given up.
const NEVER: [&str; 5] = [
    "SELECT COUNT(*) AS n FROM meeting_occurrences WHERE ended_by IS NULL OR ended_by <> 'event'",
    "SELECT COUNT(*) AS n FROM zoom_meetings WHERE status <> 'ended'",
    "SELECT COUNT(*) AS n FROM zoom_participants WHERE status <> 'left'",
    "SELECT COUNT(*) AS n FROM dead_events",
    "SELECT COUNT(*) AS n FROM (SELECT 1 FROM participant_stays \
     GROUP BY occurrence_id, connection, zoom_user_id, join_time, leave_time HAVING COUNT(*) > 1) AS twice",
];

/// Waits until the database holds each run of a meeting once, and nothing of [`NEVER`].
async fn store_until(url: &str, deliveries: &[Delivery]) {
    let store = Store::connect(url).await.expect("the database");
    let runs: BTreeSet<String> = deliveries.iter().map(|sent| run(&sent.body)).collect();
    let runs = i64::try_from(runs.len()).expect("a number");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let stored = number(&store, "SELECT COUNT(*) AS n FROM meeting_occurrences").await;
        let mut found = Vec::new();
        for sql in NEVER {
            found.push(number(&store, sql).await);
        }
        if stored == runs && found == [0; NEVER.len()] {
            return store.close().await.expect("closed");
        }
        assert!(
            Instant::now() < deadline,
            "{stored} of {runs} runs; of {NEVER:#?} there are {found:?}"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The uuid that a body names.
fn run(body: &str) -> String {
    let body: Value = serde_json::from_str(body).expect("JSON");
    let uuid = body["payload"]["object"]["uuid"].as_str();
    uuid.expect("every event names its run").to_owned()
}

async fn number(store: &DatabaseConnection, sql: &str) -> i64 {
    let row = store.query_one_raw(statement(store, sql)).await;
    let row = row.expect("an answer").expect("a row");
    row.try_get("", "n").expect("a number")
}

fn statement(store: &DatabaseConnection, sql: &str) -> Statement {
    Statement::from_string(store.get_database_backend(), sql)
}
