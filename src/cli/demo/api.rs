//! The read API as any operator uses it.

use std::time::Duration;

use anyhow::{Context, bail};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::explain::Stay;

/// No question takes longer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The operators' listener and its token.
pub(super) struct Api {
    client: reqwest::Client,
    base: String,
    token: String,
}

/// An attendance record.
pub(super) struct Record {
    /// The student's `sourced_id`.
    pub(super) student: String,
    pub(super) status: String,
    pub(super) seconds: i64,
    /// No delivery of Zoom's can change it any more.
    pub(super) is_final: bool,
}

/// Somebody in an occurrence.
pub(super) struct Person {
    pub(super) name: String,
    /// The student's `sourced_id`.
    pub(super) student: Option<String>,
    pub(super) is_matched: bool,
    pub(super) seconds: i64,
    pub(super) stays: Vec<Stay>,
}

impl Api {
    /// The API at `base`, such as `http://127.0.0.1:9090`.
    pub(super) fn new(base: String, token: &str) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(TIMEOUT)
            .build()?;
        let token = token.to_owned();
        Ok(Self {
            client,
            base,
            token,
        })
    }

    /// A class's records of one date.
    pub(super) async fn attendance(&self, class: &str, date: Date) -> anyhow::Result<Vec<Record>> {
        let items = self.items(&attendance(class, date)).await?;
        let record = |item: &Value| Record {
            student: text(&item["student"]["sourced_id"]).unwrap_or_default(),
            status: text(&item["status"]).unwrap_or_default(),
            seconds: item["seconds"].as_i64().unwrap_or_default(),
            is_final: item["finality"] == "final",
        };
        Ok(items.iter().map(record).collect())
    }

    /// The people of an occurrence, the lesson's `run`th.
    pub(super) async fn people(&self, uuid: &str, run: usize) -> anyhow::Result<Vec<Person>> {
        let path = format!("/api/v1/occurrences/{}/participants", percent_encoded(uuid));
        let items = self.items(&path).await?;
        let person = |item: &Value| Person {
            name: text(&item["name"]).unwrap_or_default(),
            student: text(&item["student"]["sourced_id"]),
            is_matched: !item["matched_by"].is_null(),
            seconds: item["seconds"].as_i64().unwrap_or_default(),
            stays: stays(&item["stays"], run),
        };
        Ok(items.iter().map(person).collect())
    }

    async fn items(&self, path: &str) -> anyhow::Result<Vec<Value>> {
        let url = format!("{}{path}", self.base);
        let answer = self.client.get(url).bearer_auth(&self.token).send().await;
        let answer = answer
            .map_err(reqwest::Error::without_url)
            .context("the read API")?;
        if !answer.status().is_success() {
            bail!("the read API answered {} to {path}", answer.status());
        }
        let mut body: Value = answer.json().await.context("the read API")?;
        match body["items"].take() {
            Value::Array(items) => Ok(items),
            _ => bail!("the read API answered no list to {path}"),
        }
    }
}

/// The path of a class's records of one date.
pub(super) fn attendance(class: &str, date: Date) -> String {
    format!("/api/v1/attendance?class={class}&date={date}")
}

/// The path of what nobody could be tied to.
pub(super) const UNMATCHED: &str = "/api/v1/unmatched";

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

/// As a path segment: a meeting's uuid may contain `/` and `+`.
fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_one_path_segment() {
        assert_eq!(percent_encoded("k8/T+z=="), "k8%2FT%2Bz%3D%3D");
    }
}
