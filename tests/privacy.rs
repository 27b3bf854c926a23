//! No log line at any level holds a person's name, e-mail or address, a secret, or a signature.

mod support;

use jiff::civil::{Date, date};
use rollcall::replay::{
    school::School,
    sender::Sender,
    traffic::{self, Delivery, Shares},
};
use serde_json::Value;
use std::collections::BTreeSet;
use support::{
    app::{App, Database, SECRET, Setup, TOKEN},
    zoom,
};

const DAY: Date = date(2026, 10, 5);
const SEED: u64 = 9;

#[actix_web::test]
async fn a_day_at_trace_tells_nothing_personal_on_sqlite() {
    a_day_at_trace_tells_nothing_personal(Database::Sqlite).await;
}

#[actix_web::test]
async fn a_day_at_trace_tells_nothing_personal_on_postgres() {
    a_day_at_trace_tells_nothing_personal(Database::Postgres).await;
}

async fn a_day_at_trace_tells_nothing_personal(database: Database) {
    let school = School::sample(4, 10, DAY, SEED);
    let deliveries = traffic::day(&school, DAY, SEED, Shares::DAY);
    let mut app = Setup::new(database).with("RUST_LOG", "trace").start().await;
    import(&app, &school);
    play(&app, &deliveries).await;
    misbehave(&app, &deliveries).await;
    read_everything(&app, &deliveries).await;
    app.stop().await;

    let log = app.log();
    assert!(
        log.lines().count() > deliveries.len(),
        "a log at TRACE has a line an event"
    );
    assert_eq!(signature(&log), None, "a signature is logged");
    let told: Vec<_> = personal(&deliveries)
        .into_iter()
        .filter(|value| log.contains(value))
        .collect();
    assert!(
        told.is_empty(),
        "{} of the log's values are personal or secret, such as {:?}",
        told.len(),
        told.first()
    );
}

fn import(app: &App, school: &School) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    school.write_roster(folder.path()).expect("a roster");
    let output = app.command(&["import", &folder.path().display().to_string()]);
    assert!(output.status.success());
}

async fn play(app: &App, deliveries: &[Delivery]) {
    let url = app.public_url("/api/zoom/webhook");
    let sender = Sender::new(url, zoom::keys(SECRET), zoom::now).expect("a client");
    let counts = sender.send(deliveries.to_vec(), 4, || ()).await;
    assert_eq!(counts.taken, deliveries.len());
}

/// Personal data in every kind of request that is refused.
async fn misbehave(app: &App, deliveries: &[Delivery]) {
    let zoom = app.zoom();
    let body = deliveries
        .iter()
        .map(|d| &d.body)
        .find(|body| body.contains("user_name"))
        .expect("somebody joins");
    zoom.deliver(&body[..body.len() - 1]).await;
    zoom.send_with(body.as_bytes(), &[]).await;
    zoom.deliver_at(zoom::now() - 4000, body).await;
    let strange = body.replace("meeting.participant_joined", "meeting.participant_juggled");
    zoom.deliver(strange).await;
    let token = app
        .client
        .get(app.admin_url("/api/v1/meetings"))
        .bearer_auth("a-wrong-token-of-somebody");
    assert_eq!(token.send().await.expect("an answer").status(), 401);
}

/// The answers hold names; the log of having given them must not.
async fn read_everything(app: &App, deliveries: &[Delivery]) {
    let people = |page: &Value| {
        page["items"]
            .as_array()
            .is_some_and(|items| !items.is_empty())
    };
    app.json_until("/api/v1/attendance", people).await;
    app.json("/api/v1/unmatched").await;
    let page = app.json("/api/v1/meetings").await;
    assert!(
        people(&page),
        "{} deliveries make meetings",
        deliveries.len()
    );
    let metrics = app.get("/metrics").await.text().await.expect("text");
    assert_eq!(signature(&metrics), None);
    let told: Vec<_> = personal(deliveries)
        .into_iter()
        .filter(|value| metrics.contains(value))
        .collect();
    assert!(told.is_empty(), "metrics tell {:?}", told.first());
}

/// What a log must not hold: whatever the deliveries say of people, and what is secret.
fn personal(deliveries: &[Delivery]) -> BTreeSet<String> {
    let mut values = BTreeSet::from([
        SECRET.to_owned(),
        TOKEN.to_owned(),
        "a-wrong-token-of-somebody".to_owned(),
    ]);
    for delivery in deliveries {
        let body: Value = serde_json::from_str(&delivery.body).expect("JSON");
        let participant = &body["payload"]["object"]["participant"];
        for field in [
            "user_name",
            "email",
            "public_ip",
            "private_ip",
            "phone_number",
        ] {
            values.extend(participant[field].as_str().map(str::to_owned));
        }
        values.extend(
            body["payload"]["object"]["host_email"]
                .as_str()
                .map(str::to_owned),
        );
    }
    values.retain(|value| !value.is_empty());
    assert!(values.len() > 20, "a day has many people");
    values
}

/// The first thing that could be a signature, whoever made it and whenever: an HMAC-SHA256 in hex, with or without Zoom's
/// `v0=`, or that prefix as bytes that were printed.
fn signature(text: &str) -> Option<&str> {
    let runs = text.split(|letter: char| !letter.is_ascii_hexdigit());
    let bytes = text.find("118, 48, 61").map(|at| &text[at..]);
    runs.filter(|run| run.len() >= 64).chain(bytes).next()
}

#[test]
fn a_signature_is_seen_where_there_is_one() {
    let signature_now = zoom::keys(SECRET).sign(zoom::now(), b"{}");
    let bytes = format!("{:?}", signature_now.as_bytes());
    let hex = &signature_now["v0=".len()..];
    assert_eq!(
        signature(&format!(r#"{{"header":"{signature_now}"}}"#)),
        Some(hex)
    );
    assert_eq!(signature(&format!("hmac={hex}")), Some(hex));
    assert!(signature(&format!("Some({bytes})")).is_some());
    assert_eq!(signature("v0=a2114d57b48eac39"), None);
}
