//! The read API of a running service, asked over HTTP as any operator asks it.
//!
//! Follows cursors to the end of a list. What the answers mean for a mark is decided by who asks.

use std::time::Duration;

use jiff::civil::Date;
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// No question takes longer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Items of a page: the most that the API gives.
const LIMIT: usize = 1000;
/// The path of what nobody could be tied to.
pub const UNMATCHED: &str = "/api/v1/unmatched";

/// The operators' listener and its token.
pub struct Api {
    client: reqwest::Client,
    base: String,
    token: Option<SecretString>,
}

/// An attendance record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// The student's `sourced_id`; its id in the service where it has none.
    pub student: String,
    /// The lesson's local date.
    pub date: Date,
    /// As the API spells it.
    pub status: String,
    /// What was counted; `None` where another hand gave the mark without.
    pub seconds: Option<i64>,
    /// No delivery of Zoom's can change it any more.
    pub is_final: bool,
}

/// Why there is no answer. Neither the address nor the token is in it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Asking again does not help.
    #[error("the read API refuses: {0}")]
    Refused(String),
    /// Asking again may help.
    #[error("the read API does not answer: {0}")]
    Unavailable(String),
}

impl Api {
    /// The API at `base`, such as `http://127.0.0.1:9090`; a listener on loopback may have no token.
    pub fn new(base: &str, token: Option<SecretString>) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(TIMEOUT)
            .build()?;
        Ok(Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
            token,
        })
    }

    /// A class's records of the dates from `first` to `last`.
    pub async fn attendance(
        &self,
        class: &str,
        first: Date,
        last: Date,
    ) -> Result<Vec<Record>, Error> {
        let items = self.items(&attendance(class, first, last)).await?;
        let records = items.iter().map(record);
        records
            .collect::<Option<_>>()
            .ok_or_else(|| Error::Refused("that is no list of attendance records".to_owned()))
    }

    /// All items of a list, page by page; `path` with its query.
    pub async fn items(&self, path: &str) -> Result<Vec<Value>, Error> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let after = cursor.map(|cursor| format!("&cursor={}", percent_encoded(&cursor)));
            let after = after.unwrap_or_default();
            let mut page = self
                .ask(&format!("{path}{mark}limit={LIMIT}{after}"))
                .await?;
            let Value::Array(items) = page["items"].take() else {
                return Err(Error::Refused("that is no list".to_owned()));
            };
            let is_empty = items.is_empty();
            all.extend(items);
            cursor = text(&page["next_cursor"]);
            // An empty page that leads on would lead on for ever.
            if cursor.is_none() || is_empty {
                return Ok(all);
            }
        }
    }

    async fn ask(&self, path: &str) -> Result<Value, Error> {
        let mut request = self.client.get(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let answer = request.send().await.map_err(|error| cause(&error))?;
        let status = answer.status();
        if status == StatusCode::UNAUTHORIZED {
            return Err(Error::Refused("its token is another one (401)".to_owned()));
        }
        if !status.is_success() {
            let text = status.to_string();
            let may_pass = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
            return Err(if may_pass {
                Error::Unavailable(text)
            } else {
                Error::Refused(text)
            });
        }
        let body = answer.bytes().await.map_err(|error| cause(&error))?;
        serde_json::from_slice(&body).map_err(|_| Error::Refused("that is no JSON".to_owned()))
    }
}

/// The path of a class's records of some dates.
pub fn attendance(class: &str, first: Date, last: Date) -> String {
    let class = percent_encoded(class);
    if first == last {
        format!("/api/v1/attendance?class={class}&date={first}")
    } else {
        format!("/api/v1/attendance?class={class}&from={first}&to={last}")
    }
}

/// As a segment of a path or a value of a query: a meeting's uuid may contain `/` and `+`.
pub fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn record(item: &Value) -> Option<Record> {
    let student = &item["student"];
    Some(Record {
        student: text(&student["sourced_id"]).or_else(|| text(&student["id"]))?,
        date: item["date"].as_str()?.parse().ok()?,
        status: text(&item["status"])?,
        seconds: item["seconds"].as_i64(),
        is_final: item["finality"] == "final",
    })
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The innermost cause, which names no address.
fn cause(error: &reqwest::Error) -> Error {
    if error.is_timeout() {
        return Error::Unavailable(format!("nothing within {} s", TIMEOUT.as_secs()));
    }
    if error.is_builder() {
        return Error::Refused("its address is no URL of http".to_owned());
    }
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    Error::Unavailable(inner.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_uuid_is_one_path_segment() {
        assert_eq!(percent_encoded("k8/T+z=="), "k8%2FT%2Bz%3D%3D");
    }

    #[test]
    fn one_date_is_asked_for_as_such() {
        let (monday, friday) = (date(2026, 10, 5), date(2026, 10, 9));
        assert_eq!(
            attendance("7 a&b", monday, monday),
            "/api/v1/attendance?class=7%20a%26b&date=2026-10-05"
        );
        assert_eq!(
            attendance("7a", monday, friday),
            "/api/v1/attendance?class=7a&from=2026-10-05&to=2026-10-09"
        );
    }
}
