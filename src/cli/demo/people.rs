//! The people of an occurrence, as the read API shows them.

use jiff::Timestamp;
use serde_json::Value;

use super::explain::Stay;
use crate::replay::api::{Api, Error, percent_encoded};

/// Somebody in an occurrence.
pub(super) struct Person {
    pub(super) name: String,
    /// The student's `sourced_id`.
    pub(super) student: Option<String>,
    pub(super) is_matched: bool,
    pub(super) seconds: i64,
    pub(super) stays: Vec<Stay>,
}

/// The people of an occurrence, the lesson's `run`th.
pub(super) async fn people(api: &Api, uuid: &str, run: usize) -> Result<Vec<Person>, Error> {
    let path = format!("/api/v1/occurrences/{}/participants", percent_encoded(uuid));
    let items = api.items(&path).await?;
    let person = |item: &Value| Person {
        name: text(&item["name"]).unwrap_or_default(),
        student: text(&item["student"]["sourced_id"]),
        is_matched: !item["matched_by"].is_null(),
        seconds: item["seconds"].as_i64().unwrap_or_default(),
        stays: stays(&item["stays"], run),
    };
    Ok(items.iter().map(person).collect())
}

fn stays(items: &Value, run: usize) -> Vec<Stay> {
    let stay = |item: &Value| Stay {
        run,
        connection: text(&item["participant_uuid"]).unwrap_or_default(),
        join: second(&item["join_time"]),
        leave: second(&item["leave_time"]),
        evidence: text(&item["evidence"]).unwrap_or_default(),
    };
    items.as_array().into_iter().flatten().map(stay).collect()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn second(value: &Value) -> Option<i64> {
    let instant: Timestamp = value.as_str()?.parse().ok()?;
    Some(instant.as_second())
}
