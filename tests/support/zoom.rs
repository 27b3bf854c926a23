//! Zoom's side: requests with its headers and its signature, made from any bytes.

use reqwest::{
    Client, RequestBuilder, StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use rollcall::zoom::signature::SigningKeys;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::{
    fs,
    net::SocketAddr,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};
use uuid::Uuid;

/// Zoom, sending to one application.
#[derive(Clone)]
pub struct Zoom {
    client: Client,
    url: String,
    keys: SigningKeys,
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, read as JSON; null where it is none.
    pub body: Value,
}

impl Zoom {
    /// Sends to `addr` and signs with `secret`.
    pub fn new(client: Client, addr: SocketAddr, secret: &str) -> Self {
        Self {
            client,
            url: format!("http://{addr}/api/zoom/webhook"),
            keys: keys(secret),
        }
    }

    /// Delivers `body`, signed now.
    pub async fn deliver(&self, body: impl AsRef<[u8]>) -> Answer {
        self.deliver_at(now(), body).await
    }

    /// Delivers `body`, signed at `timestamp`, epoch seconds.
    pub async fn deliver_at(&self, timestamp: i64, body: impl AsRef<[u8]>) -> Answer {
        let body = body.as_ref();
        let signature = self.sign(timestamp, body);
        let request = self
            .request(body)
            .header("x-zm-request-timestamp", timestamp.to_string())
            .header("x-zm-signature", signature);
        answer(request).await
    }

    /// The signature of `body` at `timestamp`, epoch seconds.
    pub fn sign(&self, timestamp: i64, body: &[u8]) -> String {
        self.keys.sign(timestamp, body)
    }

    /// A request with Zoom's headers but those of the signature.
    pub fn request(&self, body: impl AsRef<[u8]>) -> RequestBuilder {
        self.client
            .post(&self.url)
            .header("content-type", "application/json; charset=utf-8")
            .header("user-agent", "Zoom Marketplace/1.0a")
            .header("x-zm-request-id", Uuid::new_v4().to_string())
            .body(body.as_ref().to_vec())
    }

    /// A request with exactly these signature headers, in this order.
    pub async fn send_with(&self, body: &[u8], headers: &[(&str, &str)]) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
            map.append(name, HeaderValue::from_str(value).expect("a header value"));
        }
        answer(self.request(body).headers(map)).await
    }
}

/// Sends a request and reads the whole answer.
pub async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.bytes().await.expect("the whole answer");
    Answer {
        status,
        headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    }
}

/// Keys of one secret.
pub fn keys(secret: &str) -> SigningKeys {
    SigningKeys::new(&[SecretString::from(secret.to_owned())]).expect("a secret")
}

/// Epoch seconds.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.expect("after 1970").as_secs()).expect("seconds fit")
}

/// A sample body of Zoom's.
pub fn sample(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/zoom");
    fs::read(folder.join(format!("{name}.json"))).expect("a sample")
}

/// The names of all sample bodies.
pub fn samples() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/zoom");
    let files = fs::read_dir(folder).expect("the folder of samples");
    let mut names: Vec<String> = files
        .filter_map(|file| file.ok()?.file_name().into_string().ok())
        .filter_map(|name| Some(name.strip_suffix(".json")?.to_owned()))
        .filter(|name| name != "signature-vectors")
        .collect();
    names.sort();
    names
}

/// One run of a meeting, as its events describe it.
#[derive(Clone, Debug)]
pub struct Run {
    /// The meeting's number.
    pub meeting: String,
    /// The occurrence.
    pub uuid: String,
    /// Its actual start, RFC 3339.
    pub start: String,
}

impl Run {
    /// `meeting.started`.
    pub fn started(&self) -> Vec<u8> {
        self.event("meeting.started", json!({}))
    }

    /// `meeting.ended` at `end`.
    pub fn ended(&self, end: &str) -> Vec<u8> {
        self.event("meeting.ended", json!({ "end_time": end }))
    }

    /// Somebody joins: `person` holds their keys.
    pub fn joined(&self, person: &Value, at: &str) -> Vec<u8> {
        self.presence("meeting.participant_joined", person, "join_time", at)
    }

    /// Somebody leaves.
    pub fn left(&self, person: &Value, at: &str) -> Vec<u8> {
        self.presence("meeting.participant_left", person, "leave_time", at)
    }

    fn presence(&self, event: &str, person: &Value, field: &str, at: &str) -> Vec<u8> {
        let mut participant = person.clone();
        participant[field] = json!(at);
        self.event(event, json!({ "participant": participant }))
    }

    fn event(&self, event: &str, more: Value) -> Vec<u8> {
        let mut object = json!({
            "id": self.meeting,
            "uuid": self.uuid,
            "host_id": "m3KfZr8TQ9-vLwXyPdA1uQ",
            "topic": "Maths",
            "type": 8,
            "start_time": self.start,
            "timezone": "",
            "duration": 50,
        });
        let Value::Object(more) = more else {
            panic!("members of an object")
        };
        object.as_object_mut().expect("an object").extend(more);
        let payload = json!({ "account_id": "Qx7pLm2RTk-9sVwYbN4hGg", "object": object });
        let event =
            json!({ "event": event, "payload": payload, "event_ts": 1_791_190_813_877_i64 });
        serde_json::to_vec(&event).expect("JSON")
    }
}
