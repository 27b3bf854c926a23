//! One run of a meeting, as Zoom's bodies tell it. All on one day; times are `HH:MM`, UTC.

use serde_json::{Value, json};

/// The meeting that all runs belong to unless they say otherwise.
pub(super) const MEETING: &str = "85512340977";
/// Well in the past, so that no event is ahead of its arrival.
pub(super) const DAY: &str = "2025-10-06";

/// An occurrence.
pub(super) struct Run {
    pub(super) uuid: String,
    meeting: String,
}

impl Run {
    /// A run of the meeting that the school knows.
    pub(super) fn new(uuid: &str) -> Self {
        Self::of(MEETING, uuid)
    }

    /// A run of another meeting.
    pub(super) fn of(meeting: &str, uuid: &str) -> Self {
        Self {
            uuid: uuid.to_owned(),
            meeting: meeting.to_owned(),
        }
    }

    pub(super) fn started(&self) -> Vec<u8> {
        self.event("meeting.started", json!({}))
    }

    pub(super) fn ended(&self, at: &str) -> Vec<u8> {
        self.event("meeting.ended", json!({ "end_time": time(at) }))
    }

    pub(super) fn joined(&self, name: &str, at: &str) -> Vec<u8> {
        self.presence("meeting.participant_joined", name, "join_time", at)
    }

    pub(super) fn left(&self, name: &str, at: &str) -> Vec<u8> {
        self.presence("meeting.participant_left", name, "leave_time", at)
    }

    /// A whole lesson: Ana stays for 20 minutes, Ben for 10.
    pub(super) fn lesson(&self) -> Vec<Vec<u8>> {
        vec![
            self.started(),
            self.joined("Ana", "08:05"),
            self.joined("Ben", "08:06"),
            self.left("Ben", "08:16"),
            self.left("Ana", "08:25"),
            self.ended("08:50"),
        ]
    }

    fn presence(&self, event: &str, name: &str, field: &str, at: &str) -> Vec<u8> {
        let mut participant = json!({
            "user_id": format!("seat of {name}"),
            "user_name": name,
            "email": email(name),
            "participant_uuid": format!("connection of {name}"),
        });
        participant[field] = time(at);
        self.event(event, json!({ "participant": participant }))
    }

    fn event(&self, event: &str, more: Value) -> Vec<u8> {
        let mut object = json!({
            "id": self.meeting,
            "uuid": self.uuid,
            "topic": "Maths",
            "start_time": time("08:00"),
            "timezone": "UTC",
            "duration": 50,
        });
        let Value::Object(more) = more else {
            panic!("members of an object")
        };
        object.as_object_mut().expect("an object").extend(more);
        let event = json!({
            "event": event,
            "payload": { "object": object },
            "event_ts": 1_759_737_600_000_i64,
        });
        serde_json::to_vec(&event).expect("JSON")
    }
}

/// The address that a person joins with.
pub(super) fn email(name: &str) -> String {
    format!("{}@school.test", name.to_lowercase())
}

fn time(at: &str) -> Value {
    json!(format!("{DAY}T{at}:00Z"))
}
