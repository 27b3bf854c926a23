//! The metrics of a running service: all of the catalogue and nothing else, all that rules and dashboard name, few labels; and
//! the alerts, each with its entry in the runbook.

mod support;

use rollcall::telemetry::{
    catalogue::METRICS,
    metric::{Kind, Metric},
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};
use support::{
    app::{App, Database, spawn_app},
    zoom::Run,
};

const RULES: &str = include_str!("../config/prometheus/rollcall.rules.yml");
const DASHBOARD: &str = include_str!("../config/grafana/rollcall.json");
const RUNBOOK: &str = include_str!("../docs/operations.md");

#[actix_web::test]
async fn a_scrape_has_what_the_catalogue_the_rules_and_the_dashboard_name_on_sqlite() {
    let fresh = scrape_of_a_fresh_service(Database::Sqlite).await;
    a_scrape_has_what_the_catalogue_the_rules_and_the_dashboard_name(&fresh);
    // For promtool: scripts/rules.
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("metrics.txt");
    fs::write(file, &fresh).expect("a file");
}

#[actix_web::test]
async fn a_scrape_has_what_the_catalogue_the_rules_and_the_dashboard_name_on_postgres() {
    let fresh = scrape_of_a_fresh_service(Database::Postgres).await;
    a_scrape_has_what_the_catalogue_the_rules_and_the_dashboard_name(&fresh);
}

async fn scrape_of_a_fresh_service(database: Database) -> String {
    let mut app = spawn_app(database).await;
    let fresh = scrape(&app).await;
    app.stop().await;
    fresh
}

fn a_scrape_has_what_the_catalogue_the_rules_and_the_dashboard_name(fresh: &str) {
    let families = families(fresh);
    for metric in METRICS {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        assert_eq!(families.get(metric.name), Some(&kind), "{}", metric.name);
    }
    let ours = families.keys().filter(|name| name.starts_with("rollcall_"));
    let known: BTreeSet<&str> = METRICS.iter().map(|metric| metric.name).collect();
    let unknown: Vec<_> = ours.filter(|name| !known.contains(**name)).collect();
    assert!(unknown.is_empty(), "not in the catalogue: {unknown:?}");
    for series in series(fresh) {
        let Some(metric) = metric_of(series.name) else {
            continue; // the process' own
        };
        let labels = series.labels.iter().map(|(label, _)| *label);
        let labels: BTreeSet<&str> = labels.filter(|label| *label != "le").collect();
        let expected: BTreeSet<&str> = metric.labels.iter().map(|(label, _)| *label).collect();
        assert_eq!(labels, expected, "{}", series.name);
    }
    for text in [RULES, DASHBOARD] {
        for name in named(text) {
            assert!(
                series(fresh).any(|series| series.name == name),
                "{name} is not there before anything happened"
            );
        }
    }
}

#[actix_web::test]
async fn what_happens_is_counted_under_few_labels() {
    let mut app = spawn_app(Database::Sqlite).await;
    let meeting = run();
    let ada = json!({"user_id": "1", "user_name": "Ada", "participant_user_id": "a", "id": "a", "participant_uuid": "A", "email": "ada@example.org"});
    let zoom = app.zoom();
    for body in [
        meeting.started(),
        meeting.joined(&ada, "2026-10-05T08:00:00Z"),
        meeting.joined(&ada, "2026-10-05T08:00:00Z"),
        meeting.left(&ada, "2026-10-05T08:20:00Z"),
        meeting.ended("2026-10-05T08:30:00Z"),
    ] {
        assert_eq!(zoom.deliver(body).await.status, 200);
    }
    let kind = |kind, outcome| {
        format!("rollcall_webhook_events_total{{kind=\"{kind}\",outcome=\"{outcome}\"}}")
    };
    for (name, expected) in [
        (kind("joined", "new"), 1.0),
        (kind("joined", "duplicate"), 1.0),
        (kind("ended", "new"), 1.0),
        ("rollcall_attendance_finalized_total".to_owned(), 1.0),
        ("rollcall_actors_started_total".to_owned(), 1.0),
        (
            "rollcall_store_connections_limit{pool=\"write\"}".to_owned(),
            1.0,
        ),
    ] {
        app.metric_until(&name, |value| value.to_bits() == f64::to_bits(expected))
            .await;
    }
    app.metric_until("rollcall_last_event_timestamp_seconds", |at| at > 1.7e9)
        .await;
    app.metric_until("rollcall_projection_lag_seconds", |lag| lag < 5.0)
        .await;
    app.metric_until("rollcall_disk_free_bytes{volume=\"journal\"}", |free| {
        free > 0.0
    })
    .await;
    app.metric_until("rollcall_load_duration_seconds_count", |loads| loads >= 1.0)
        .await;

    let text = scrape(&app).await;
    let mut values: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for series in series(&text) {
        for (label, value) in series.labels {
            if !["le", "route"].contains(&label) {
                values
                    .entry((series.name, label))
                    .or_default()
                    .insert(value);
            }
        }
    }
    for ((name, label), values) in values {
        assert!(values.len() < 10, "{name}: {label} is one of {values:?}");
        let known =
            metric_of(name).and_then(|metric| metric.labels.iter().find(|(key, _)| *key == label));
        if let Some((_, known)) = known.filter(|(_, known)| label != "status" && !known.is_empty())
        {
            let new: Vec<_> = values
                .iter()
                .filter(|value| !known.contains(value))
                .collect();
            assert!(
                new.is_empty(),
                "{name}: {label} is not there from the start: {new:?}"
            );
        }
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_restart_does_not_look_like_silence() {
    let mut app = spawn_app(Database::Sqlite).await;
    assert_eq!(app.zoom().deliver(run().started()).await.status, 200);
    let before = app.metric("rollcall_last_event_timestamp_seconds").await;
    app.stop().await;
    app.restart().await;
    let after = app.metric("rollcall_last_event_timestamp_seconds").await;
    assert_eq!(after, before);
    app.stop().await;
}

#[test]
fn every_alert_has_its_runbook_entry_and_does_not_go_silent() {
    let alerts: Vec<&str> = RULES
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
        .collect();
    assert!(alerts.len() > 10);
    for alert in &alerts {
        let link = format!("runbook: docs/operations.md#{}", alert.to_lowercase());
        assert!(RULES.contains(&link), "{alert} names no entry");
        assert!(
            RUNBOOK.contains(&format!("\n### {alert}\n")),
            "{alert} has no entry"
        );
    }
    let entries = RUNBOOK.lines().filter_map(|line| line.strip_prefix("### "));
    let idle: Vec<_> = entries.filter(|entry| !alerts.contains(entry)).collect();
    assert!(idle.is_empty(), "entries without alert: {idle:?}");
    for name in named(RULES) {
        if name.starts_with("rollcall_") {
            assert!(
                RULES.contains(&format!("absent({name})")),
                "silent without {name}"
            );
        }
    }
}

/// A line of the text format.
struct Series<'a> {
    name: &'a str,
    labels: Vec<(&'a str, &'a str)>,
}

fn series(text: &str) -> impl Iterator<Item = Series<'_>> {
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| {
        let (series, _) = line.rsplit_once(' ')?;
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let labels = labels.trim_end_matches('}').split(',');
        let labels = labels.filter_map(|label| {
            let (key, value) = label.split_once('=')?;
            Some((key, value.trim_matches('"')))
        });
        Some(Series {
            name,
            labels: labels.collect(),
        })
    })
}

/// The metric that a line belongs to.
fn metric_of(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| {
        let rest = name.strip_prefix(metric.name);
        rest.is_some_and(|rest| ["", "_bucket", "_sum", "_count"].contains(&rest))
    })
}

/// Name and type of each family.
fn families(text: &str) -> BTreeMap<&str, &str> {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    types.filter_map(|line| line.split_once(' ')).collect()
}

/// The metrics that a text names.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
    words
        .filter(|word| word.starts_with("rollcall_") || word.starts_with("process_"))
        .collect()
}

fn run() -> Run {
    Run {
        meeting: "91234567890".to_owned(),
        uuid: "4444AAAiAAAAAiAiAiiAii==".to_owned(),
        start: "2026-10-05T08:00:00Z".to_owned(),
    }
}

async fn scrape(app: &App) -> String {
    app.get("/metrics").await.text().await.expect("text")
}
