//! Zoom's bodies as the oracle reads them: a `serde_json` value and the few fields that count.

use jiff::Timestamp;
use serde_json::Value;

/// What an event that counts says.
pub(super) enum Kind {
    /// The meeting runs.
    Started,
    /// The meeting has ended, at this second.
    Ended(i64),
    /// Somebody came, at this second.
    Joined(i64),
    /// Somebody went, at this second.
    Left(i64),
    /// This phone is that connection's.
    Bound { to: Option<String> },
}

/// An event that counts.
pub(super) struct Event {
    pub(super) kind: Kind,
    /// The meeting's number.
    pub(super) number: String,
    /// The occurrence.
    pub(super) uuid: String,
    /// The meeting's actual start as the event has it.
    pub(super) start: Option<i64>,
    /// `payload.object.participant`.
    participant: Value,
}

impl Event {
    /// `None` for a body that makes no attendance.
    pub(super) fn read(body: &str) -> Option<Self> {
        let body: Value = serde_json::from_str(body).ok()?;
        let object = &body["payload"]["object"];
        let participant = &object["participant"];
        let stamp = body["event_ts"].as_i64().map(|ms| ms.div_euclid(1000));
        let at = |field: &Value| second(field).or(stamp);
        let kind = match body["event"].as_str()? {
            "meeting.started" | "webinar.started" => Kind::Started,
            "meeting.ended" | "webinar.ended" => Kind::Ended(at(&object["end_time"])?),
            "meeting.participant_joined" | "webinar.participant_joined" => {
                Kind::Joined(at(&participant["join_time"])?)
            }
            "meeting.participant_left" | "webinar.participant_left" => {
                Kind::Left(at(&participant["leave_time"])?)
            }
            "meeting.participant_bind" => Kind::Bound {
                to: text(&participant["bind_participant_uuid"]),
            },
            _ => return None,
        };
        Some(Self {
            kind,
            number: text(&object["id"])?,
            uuid: text(&object["uuid"])?,
            start: second(&object["start_time"]),
            participant: participant.clone(),
        })
    }

    /// A field of the participant; absent, empty and null are nothing.
    pub(super) fn says(&self, field: &str) -> Option<String> {
        text(&self.participant[field])
    }
}

fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn second(value: &Value) -> Option<i64> {
    let instant: Timestamp = value.as_str()?.parse().ok()?;
    Some(instant.as_second())
}
