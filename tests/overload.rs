//! More than can be done: what is refused is refused in time and comes in later, what waits waits within bounds, and nobody
//! suffers for a neighbour.
#![allow(clippy::print_stdout, reason = "the figures of a run are worth a look")]

mod support;

use reqwest::StatusCode;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use support::{
    app::{App, Database, Setup},
    hold::{Hold, journaled},
    load::{self, Progress, Tally, hashes, resident},
    set::{self, Lesson},
    zoom::Run,
};

/// Connections at a time: more than Zoom opens.
const CONNECTIONS: usize = 300;
const MEBIBYTE: u64 = 1024 * 1024;
/// Everything is in the projections within this.
const PATIENCE: Duration = Duration::from_mins(2);

fn run(uuid: &str) -> Run {
    Run {
        meeting: "85512340977".into(),
        uuid: uuid.into(),
        start: "2026-10-05T08:00:00Z".into(),
    }
}

/// This many seconds after 08:00 on that day.
fn at(second: usize) -> String {
    let (minute, second) = (second / 60, second % 60);
    let (hour, minute) = (8 + minute / 60, minute % 60);
    format!("2026-10-05T{hour:02}:{minute:02}:{second:02}Z")
}

fn guest(number: usize) -> Value {
    json!({
        "user_id": number.to_string(),
        "user_name": format!("Guest {number}"),
        "participant_uuid": format!("guest-{number}"),
    })
}

/// One join of each of `people` guests in each of `runs` runs, a run after the other.
fn joins(runs: usize, people: usize) -> Vec<Vec<u8>> {
    let of = |number| {
        let run = run(&format!("run-{number}"));
        (0..people).map(move |guest_number| run.joined(&guest(guest_number), &at(guest_number)))
    };
    (0..runs).flat_map(of).collect()
}

/// Waits until each of the runs shows so many people.
async fn become_people(app: &App, runs: usize, people: usize) {
    let deadline = Instant::now() + PATIENCE;
    for number in 0..runs {
        let path = format!("/api/v1/occurrences/run-{number}/participants?limit=1000");
        loop {
            let answer = app.get(&path).await;
            // Before its first event is applied there is no such occurrence.
            let page: Value = answer.json().await.expect("JSON");
            let count = page["items"].as_array().map_or(0, Vec::len);
            if count == people {
                break;
            }
            assert!(Instant::now() < deadline, "run {number} has {count} people");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Asks for URL validations until `over`; each is answered in time.
fn validations(app: &App, over: &Arc<AtomicBool>) -> tokio::task::JoinHandle<Tally> {
    let (zoom, over) = (app.zoom(), Arc::clone(over));
    tokio::spawn(async move {
        let body = br#"{"payload":{"plainToken":"q9w8e7"},"event_ts":1791190813877,"event":"endpoint.url_validation"}"#;
        let mut tally = Tally::default();
        while !over.load(Relaxed) {
            tally.attempts.push(load::attempt(&zoom, body).await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tally
    })
}

/// Sends more than the journal takes while `trouble` lasts, and sees that nothing is lost.
async fn survive<F: Future<Output = ()> + Send + 'static>(
    database: Database,
    trouble: impl FnOnce(String, Progress) -> F,
) {
    let app = Setup::new(database)
        .with("ROLLCALL__JOURNAL__QUEUE", "20")
        .start()
        .await;
    let bodies = joins(30, 100);
    let (progress, over) = (Progress::default(), Arc::new(AtomicBool::new(false)));
    let validations = validations(&app, &over);
    let trouble = tokio::spawn(trouble(app.database_url().to_owned(), progress.clone()));
    let zoom = app.zoom();
    let tally = load::send(&zoom, bodies.clone(), CONNECTIONS, &progress, || false).await;
    trouble.await.expect("no panic");
    over.store(true, Relaxed);
    let validated = validations.await.expect("no panic");
    println!(
        "{} requests, {} refused, the longest took {:?}",
        tally.attempts.len(),
        tally.count(StatusCode::SERVICE_UNAVAILABLE),
        tally.longest()
    );
    tally.assert_that_zoom_is_content();
    assert!(tally.count(StatusCode::SERVICE_UNAVAILABLE) > 0);
    validated.assert_that_zoom_is_content();
    assert_eq!(
        validated.count(StatusCode::OK),
        validated.attempts.len(),
        "validations are answered throughout"
    );
    let full = app.metric(r#"rollcall_journal_appends_total{outcome="full"}"#);
    assert!(full.await > Some(0.0), "the queue was full");
    assert_eq!(tally.taken.len(), bodies.len());
    assert_eq!(journaled(app.database_url()).await, hashes(&bodies));
    become_people(&app, 30, 100).await;
}

/// The journal takes nothing until thousands have been refused.
async fn stuck(url: String, progress: Progress) {
    let hold = Hold::journal(&url).await;
    progress
        .until("refused while stuck", |_, refused| refused > 3000)
        .await;
    hold.release().await;
}

/// The journal takes something now and then.
async fn slow(url: String, progress: Progress) {
    for _ in 0..20 {
        let hold = Hold::journal(&url).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        hold.release().await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    progress
        .until("refused while slow", |_, refused| refused > 0)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_journal_refuses_in_time_and_loses_nothing_on_sqlite() {
    survive(Database::Sqlite, stuck).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_journal_refuses_in_time_and_loses_nothing_on_postgres() {
    survive(Database::Postgres, stuck).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_journal_refuses_in_time_and_loses_nothing_on_sqlite() {
    survive(Database::Sqlite, slow).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_journal_refuses_in_time_and_loses_nothing_on_postgres() {
    survive(Database::Postgres, slow).await;
}

/// Each of the bodies has 8 KiB: 20,000 that stayed would fill 160 MiB. What a process needs once it has seen load
/// is not counted; the bound is generous for what an allocator keeps.
#[tokio::test(flavor = "multi_thread")]
async fn refusing_takes_no_memory() {
    let app = Setup::new(Database::Sqlite).start().await;
    let hold = Hold::journal(app.database_url()).await;
    let large = |number: usize| {
        let mut person = guest(number);
        person["filler"] = json!("x".repeat(8 * 1024));
        run("run-0").joined(&person, &at(number % 3600))
    };
    // Without a pause: as many as 64 connections can.
    let refuse = async |count: usize| {
        let senders = (0..64).map(|sender| {
            let (zoom, body) = (app.zoom(), large(sender));
            tokio::spawn(async move {
                let mut tally = Tally::default();
                for _ in 0..count / 64 {
                    tally.attempts.push(load::attempt(&zoom, &body).await);
                }
                tally
            })
        });
        for sender in senders.collect::<Vec<_>>() {
            let tally = sender.await.expect("no panic");
            tally.assert_that_zoom_is_content();
            assert_eq!(tally.count(StatusCode::OK), 0);
        }
    };
    refuse(3200).await;
    let before = resident(app.pid());
    refuse(20_032).await;
    let after = resident(app.pid());
    let (before, after) = (before / MEBIBYTE, after / MEBIBYTE);
    println!("{before} MiB, after 20,000 refused requests {after} MiB");
    assert!(after < before + 48, "from {before} to {after} MiB");
    hold.release().await;
    let progress = Progress::default();
    let taken = load::send(&app.zoom(), vec![large(0)], 1, &progress, || false).await;
    assert_eq!(taken.count(StatusCode::OK), 1, "it recovers by itself");
}

/// The journal does not wait for what comes after it.
async fn a_stuck_store_delays_only_the_projections(database: Database) {
    let app = Setup::new(database)
        .with("ROLLCALL__DATABASE__TIMEOUT_SECONDS", "2")
        .with("ROLLCALL__ACTOR__MAILBOX", "10")
        .start()
        .await;
    let hold = Hold::main(app.database_url()).await;
    let (runs, people, progress) = (40, 50, Progress::default());
    let bodies = joins(runs, people);
    let first = load::send(&app.zoom(), bodies.clone(), 64, &progress, || false).await;
    let before = resident(app.pid()) / MEBIBYTE;
    // The same people again and again: 10,000 events more, and nobody who could be forgotten.
    let again = (0..5).flat_map(|round| {
        let all = (0..runs).flat_map(move |number| (0..people).map(move |guest| (number, guest)));
        all.map(move |(number, person)| {
            let second = 600 + round * 600 + person;
            run(&format!("run-{number}")).left(&guest(person), &at(second))
        })
    });
    let again: Vec<_> = again.collect();
    let second = load::send(&app.zoom(), again.clone(), 64, &progress, || false).await;
    let after = resident(app.pid()) / MEBIBYTE;
    for tally in [&first, &second] {
        tally.assert_that_zoom_is_content();
        assert_eq!(tally.count(StatusCode::SERVICE_UNAVAILABLE), 0);
    }
    println!("{before} MiB with 40 meetings of 50, {after} MiB after 10,000 events more");
    assert!(after < before + 64, "from {before} to {after} MiB");
    let ready = app.client.get(app.public_url("/readyz")).send().await;
    assert_eq!(ready.expect("an answer").status(), 200);
    hold.release().await;
    let bodies = [bodies, again].concat();
    assert_eq!(journaled(app.database_url()).await, hashes(&bodies));
    become_people(&app, runs, people).await;
    // Everybody's last leave counts: 600 + 4 * 600 seconds after the join.
    let gone = |page: &Value| {
        let people = page["items"].as_array().expect("items");
        let so = |row: &Value| row["status"] == "left" && row["seconds"] == 3000;
        people.len() == 50 && people.iter().all(so)
    };
    for number in 0..runs {
        let path = format!("/api/v1/occurrences/run-{number}/participants?limit=1000");
        app.json_until(&path, gone).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_store_delays_only_the_projections_on_sqlite() {
    a_stuck_store_delays_only_the_projections(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_store_delays_only_the_projections_on_postgres() {
    a_stuck_store_delays_only_the_projections(Database::Postgres).await;
}

/// People in the giant meeting.
const CROWD: usize = 1000;
/// Whoever leaves a small meeting beside it is seen to have left within this.
const SEEN_WITHIN: Duration = Duration::from_secs(15);
/// Small meetings beside it.
const NEIGHBOURS: usize = 20;

fn student(number: usize) -> String {
    format!("s{number:04}")
}

fn pupil(name: &str) -> Value {
    json!({
        "user_id": format!("1677-{name}"),
        "user_name": name,
        "email": set::email(name),
        "participant_uuid": format!("of-{name}"),
    })
}

fn neighbour(number: usize) -> Run {
    Run {
        meeting: format!("8{number:010}"),
        ..run(&format!("neighbour-{number}"))
    }
}

/// A class of a thousand, and twenty classes of two.
fn open_school(app: &App) {
    let crowd: Vec<_> = (0..CROWD).map(student).collect();
    let crowd: Vec<_> = crowd.iter().map(String::as_str).collect();
    let giant = Lesson {
        class: "giant",
        meeting: "85512340977",
        start: "2026-10-05T08:00:00Z",
        timezone: "UTC",
    };
    set::import(app, &crowd, &[giant]);
    let names: Vec<_> = (0..NEIGHBOURS)
        .map(|number| (format!("n{number}"), neighbour(number).meeting))
        .collect();
    let lessons: Vec<_> = names
        .iter()
        .map(|(class, meeting)| Lesson {
            class,
            meeting,
            start: "2026-10-05T08:00:00Z",
            timezone: "UTC",
        })
        .collect();
    set::import(app, &["ana", "ben"], &lessons);
}

async fn take(app: &App, bodies: Vec<Vec<u8>>) {
    let count = bodies.len();
    let tally = load::send(&app.zoom(), bodies, 16, &Progress::default(), || false).await;
    tally.assert_that_zoom_is_content();
    assert_eq!(tally.taken.len(), count);
}

/// The giant's people come and go without end, and all of them leave for good within one second; meanwhile twenty others
/// leave their small meetings, and are seen soon, before the giant rests.
async fn a_giant_starves_nobody(database: Database) {
    let app = Setup::new(database).start().await;
    open_school(&app);
    let giant = run("giant");
    // The student with number n comes n seconds after eight.
    let mut before = vec![giant.started()];
    before.extend((0..CROWD).map(|n| giant.joined(&pupil(&student(n)), &at(n))));
    for number in 0..NEIGHBOURS {
        let run = neighbour(number);
        before.push(run.started());
        before.push(run.joined(&pupil("ana"), &at(0)));
    }
    take(&app, before).await;
    let (quiet, progress) = (Arc::new(AtomicBool::new(false)), Progress::default());
    let noise = noise(
        app.zoom(),
        giant.clone(),
        progress.clone(),
        Arc::clone(&quiet),
    );
    let noise = tokio::spawn(noise);
    progress.until("noise", |taken, _| taken > 100).await;
    // Half an hour after eight all leave the giant; twenty minutes after eight, and just now, their neighbours leave.
    let leaves = (0..CROWD).map(|n| giant.left(&pupil(&student(n)), &at(1800)));
    let left = Instant::now();
    let others = (0..NEIGHBOURS).map(|number| neighbour(number).left(&pupil("ana"), &at(1200)));
    let others = async {
        take(&app, others.collect()).await;
        for number in 0..NEIGHBOURS {
            let class = format!("n{number}");
            become_marks(&app, &class, &[("ana".into(), "present", 1200)]).await;
        }
        left.elapsed()
    };
    let ((), took) = tokio::join!(take(&app, leaves.collect()), others);
    quiet.store(true, Relaxed);
    let sent = noise.await.expect("no panic");
    sent.assert_that_zoom_is_content();
    let count = sent.attempts.len();
    println!("the neighbours are seen after {took:?}, beside {count} events of the giant");
    assert!(took < SEEN_WITHIN, "the neighbours waited {took:?}");
    take(&app, vec![giant.ended(&at(3000))]).await;
    // 1800 seconds less those before the join: 900 and more are present.
    let expected: Vec<_> = (0..CROWD)
        .map(|n| {
            (
                student(n),
                if n <= 900 { "present" } else { "partial" },
                1800 - n,
            )
        })
        .collect();
    become_marks(&app, "giant", &expected).await;
}

/// Everybody's leave again and again, at instants before the one that counts: each is an event of its own, and changes nothing.
async fn noise(
    zoom: support::zoom::Zoom,
    giant: Run,
    progress: Progress,
    quiet: Arc<AtomicBool>,
) -> Tally {
    let mut tally = Tally::default();
    for second in (1000..1800).rev() {
        let bodies: Vec<_> = (0..CROWD)
            .map(|n| giant.left(&pupil(&student(n)), &at(second)))
            .collect();
        let over = Arc::clone(&quiet);
        // 200 comes at once; what cannot be sent any more need not be.
        let sent = load::send(&zoom, bodies, 16, &progress, move || over.load(Relaxed)).await;
        tally.attempts.extend(sent.attempts);
        if quiet.load(Relaxed) {
            return tally;
        }
    }
    panic!("the giant had to rest");
}

/// Waits until the class's marks are these.
async fn become_marks(app: &App, class: &str, expected: &[(String, &str, usize)]) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let page = app
            .json(&format!("/api/v1/attendance?class={class}&limit=1000"))
            .await;
        let mut marks: Vec<_> = page["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(mark)
            .collect();
        marks.sort();
        let same = |(found, expected): (&(String, String, i64), &(String, &str, usize))| {
            found.0 == expected.0
                && found.1 == expected.1
                && i64::try_from(expected.2) == Ok(found.2)
        };
        if marks.len() == expected.len() && marks.iter().zip(expected).all(same) {
            return;
        }
        let wrong = marks.iter().zip(expected).find(|pair| !same(*pair));
        assert!(
            Instant::now() < deadline,
            "{class}: {} marks, such as {wrong:?}",
            marks.len()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn mark(row: &Value) -> (String, String, i64) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let seconds = row["seconds"].as_i64().unwrap_or(-1);
    (
        text(&row["student"]["sourced_id"]),
        text(&row["status"]),
        seconds,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_giant_starves_nobody_on_sqlite() {
    a_giant_starves_nobody(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_giant_starves_nobody_on_postgres() {
    a_giant_starves_nobody(Database::Postgres).await;
}
