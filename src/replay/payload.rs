//! Zoom's bodies: their shapes, and their key order, which differs by family of events.
//!
//! Meeting events put `event` first, participant events put it last. Ids are strings. What is not known is `""`, but
//! for `registrant_id` in a join, which is then absent.

use jiff::Timestamp;

use super::school::Identity;

const ACCOUNT: &str = "Qx7pLm2RTk-9sVwYbN4hGg";

/// The meeting as every event of one run repeats it.
pub struct Scene<'a> {
    /// The run's `uuid`.
    pub uuid: &'a str,
    /// The meeting's number.
    pub number: u64,
    /// Its title.
    pub topic: &'a str,
    /// IANA name.
    pub timezone: &'a str,
    /// Scheduled minutes.
    pub minutes: i64,
    /// Actual start of the run, Unix seconds.
    pub starts: i64,
    /// The host's Zoom user id.
    pub host_id: &'a str,
    /// The host's e-mail.
    pub host_email: &'a str,
}

/// One connection in one room, as participant events name it.
#[derive(Clone, Copy)]
pub struct Seat<'a> {
    /// `user_id`: new in every room and on every rejoin.
    pub user_id: &'a str,
    /// `participant_uuid`; `None` leaves the key out.
    pub uuid: Option<&'a str>,
    /// Who it is.
    pub identity: &'a Identity,
}

impl Scene<'_> {
    /// `meeting.started`; `event_ts` in milliseconds, as everywhere here.
    pub fn started(&self, event_ts: i64) -> String {
        self.meeting_event("meeting.started", None, event_ts)
    }

    /// `meeting.ended`, at `ends` in Unix seconds.
    pub fn ended(&self, ends: i64, event_ts: i64) -> String {
        self.meeting_event("meeting.ended", Some(ends), event_ts)
    }

    /// An event that Rollcall does not know.
    pub fn unknown(&self, event_ts: i64) -> String {
        self.meeting_event("meeting.something_new_in_next_release", None, event_ts)
    }

    /// `meeting.participant_joined`, at `at` in Unix seconds.
    pub fn joined(&self, seat: Seat<'_>, at: i64, event_ts: i64) -> String {
        let who = seat.identity;
        let participant = Object::new()
            .known("customer_key", who.customer_key.as_deref())
            .text("public_ip", "203.0.113.24")
            .text("user_id", seat.user_id)
            .text("user_name", &who.name)
            .text("participant_user_id", or_empty(who.zoom_user_id.as_ref()))
            .text("id", or_empty(who.zoom_user_id.as_ref()))
            .known("registrant_id", who.registrant_id.as_deref())
            .text("join_time", &utc(at))
            .text("email", or_empty(who.email.as_ref()))
            .known("participant_uuid", seat.uuid)
            .known("phone_number", who.phone.as_deref());
        self.participant_event("meeting.participant_joined", None, participant, event_ts)
    }

    /// `meeting.participant_left`, at `at` in Unix seconds.
    pub fn left(&self, seat: Seat<'_>, at: i64, reason: &str, event_ts: i64) -> String {
        let who = seat.identity;
        let participant = Object::new()
            .known("customer_key", who.customer_key.as_deref())
            .text("leave_time", &utc(at))
            .text("public_ip", "203.0.113.24")
            .text("user_id", seat.user_id)
            .text("user_name", &who.name)
            .text("registrant_id", or_empty(who.registrant_id.as_ref()))
            .text("participant_user_id", or_empty(who.zoom_user_id.as_ref()))
            .text("id", or_empty(who.zoom_user_id.as_ref()))
            .text(
                "leave_reason",
                &format!("left the meeting. Reason : {reason}"),
            )
            .text("email", or_empty(who.email.as_ref()))
            .text("private_ip", "192.168.1.24")
            .known("participant_uuid", seat.uuid)
            .known("phone_number", who.phone.as_deref());
        self.participant_event("meeting.participant_left", None, participant, event_ts)
    }

    /// `meeting.participant_bind`: the phone `seat` belongs to `client`.
    pub fn bound(&self, seat: Seat<'_>, client: Seat<'_>, at: i64, event_ts: i64) -> String {
        let participant = Object::new()
            .text("user_id", seat.user_id)
            .text("bind_user_id", client.user_id)
            .text("user_name", &seat.identity.name)
            .text("id", "")
            .text("participant_user_id", "")
            .known("participant_uuid", seat.uuid)
            .known("bind_participant_uuid", client.uuid)
            .text("date_time", &utc(at))
            .text("email", "")
            .text("registrant_id", "")
            .text("phone_number", or_empty(seat.identity.phone.as_ref()));
        self.participant_event("meeting.participant_bind", None, participant, event_ts)
    }

    /// `meeting.participant_joined_breakout_room` or `..left..`: said beside the main room's pair of events.
    pub fn breakout(&self, seat: Seat<'_>, joins: bool, at: i64, event_ts: i64) -> String {
        let (event, instant) = if joins {
            ("meeting.participant_joined_breakout_room", "join_time")
        } else {
            ("meeting.participant_left_breakout_room", "leave_time")
        };
        let participant = Object::new()
            .text("user_id", &format!("{}{}", seat.user_id, utc(at)))
            .text("parent_user_id", seat.user_id)
            .text("user_name", &seat.identity.name)
            .text("id", "")
            .known("participant_uuid", seat.uuid)
            .text(instant, &utc(at))
            .text("email", "")
            .text("registrant_id", "")
            .text("participant_user_id", "");
        self.participant_event(
            event,
            Some("Jw4nC0y7Sz2mE9uX5kVb1Q=="),
            participant,
            event_ts,
        )
    }

    /// `meeting.participant_jbh_joined`: somebody came before the host.
    pub fn before_host(&self, seat: Seat<'_>, event_ts: i64) -> String {
        let participant = Object::new()
            .text("id", "")
            .text("user_name", &seat.identity.name);
        self.participant_event(
            "meeting.participant_jbh_joined",
            None,
            participant,
            event_ts,
        )
    }

    /// `meeting.participant_joined_waiting_room`, at `at` in Unix seconds.
    pub fn waiting(&self, seat: Seat<'_>, at: i64, event_ts: i64) -> String {
        let who = seat.identity;
        let participant = Object::new()
            .text("user_id", seat.user_id)
            .text("user_name", &who.name)
            .text("id", "")
            .text("participant_user_id", or_empty(who.zoom_user_id.as_ref()))
            .known("participant_uuid", seat.uuid)
            .text("date_time", &utc(at))
            .text("email", or_empty(who.email.as_ref()))
            .text("customer_key", or_empty(who.customer_key.as_ref()))
            .text("registrant_id", or_empty(who.registrant_id.as_ref()))
            .text("phone_number", "");
        self.participant_event(
            "meeting.participant_joined_waiting_room",
            None,
            participant,
            event_ts,
        )
    }

    /// `meeting.participant_role_changed`, at `at` in Unix seconds.
    pub fn role_changed(&self, seat: Seat<'_>, at: i64, event_ts: i64) -> String {
        let participant = Object::new()
            .text("new_role", "co-host")
            .text("date_time", &utc(at))
            .text("user_id", seat.user_id)
            .text("user_name", &seat.identity.name)
            .text("old_role", "attendee")
            .text(
                "participant_user_id",
                or_empty(seat.identity.zoom_user_id.as_ref()),
            )
            .text("email", or_empty(seat.identity.email.as_ref()))
            .known("participant_uuid", seat.uuid);
        self.participant_event(
            "meeting.participant_role_changed",
            None,
            participant,
            event_ts,
        )
    }

    fn meeting_event(&self, event: &str, ends: Option<i64>, event_ts: i64) -> String {
        let ends = ends.map(utc);
        let object = Object::new()
            .number("duration", self.minutes)
            .text("start_time", &utc(self.starts))
            .text("timezone", self.timezone)
            .known("end_time", ends.as_deref())
            .text("topic", self.topic)
            .text("id", &self.number.to_string())
            .number("type", 8)
            .text("uuid", self.uuid)
            .text("host_id", self.host_id)
            .text("host_email", self.host_email);
        Object::new()
            .text("event", event)
            .object("payload", payload(object))
            .number("event_ts", event_ts)
            .close()
    }

    fn participant_event(
        &self,
        event: &str,
        breakout: Option<&str>,
        participant: Object,
        event_ts: i64,
    ) -> String {
        let object = Object::new()
            .text("uuid", self.uuid)
            .known("breakout_room_uuid", breakout)
            .object("participant", participant)
            .text("id", &self.number.to_string())
            .number("type", 8)
            .text("topic", self.topic)
            .text("host_id", self.host_id)
            .number("duration", self.minutes)
            .text("start_time", &utc(self.starts))
            .text("timezone", self.timezone);
        Object::new()
            .object("payload", payload(object))
            .number("event_ts", event_ts)
            .text("event", event)
            .close()
    }
}

fn payload(object: Object) -> Object {
    Object::new()
        .text("account_id", ACCOUNT)
        .object("object", object)
}

fn or_empty(text: Option<&String>) -> &str {
    text.map_or("", String::as_str)
}

/// ISO-8601 in UTC, whole seconds, `Z`: as Zoom writes every instant but `event_ts`.
fn utc(second: i64) -> String {
    Timestamp::from_second(second)
        .expect("a lesson is within the calendar")
        .to_string()
}

/// A JSON object that keeps its keys in the order given, which `serde_json`'s map does not.
struct Object(String);

impl Object {
    fn new() -> Self {
        Self(String::new())
    }

    fn text(self, key: &str, value: &str) -> Self {
        self.raw(key, &serde_json::Value::from(value).to_string())
    }

    fn known(self, key: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(key, value),
            None => self,
        }
    }

    fn number(self, key: &str, value: i64) -> Self {
        self.raw(key, &value.to_string())
    }

    fn object(self, key: &str, value: Self) -> Self {
        self.raw(key, &value.close())
    }

    fn raw(mut self, key: &str, json: &str) -> Self {
        let comma = if self.0.is_empty() { "" } else { "," };
        self.0.extend([comma, "\"", key, "\":", json]);
        self
    }

    fn close(self) -> String {
        format!("{{{}}}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene() -> Scene<'static> {
        Scene {
            uuid: "k8/Tz1+WQ6q//vR3sYpHdA==",
            number: 85_512_340_977,
            topic: "Year 9 Maths — Set 2",
            timezone: "Europe/London",
            minutes: 50,
            starts: 1_791_190_721,
            host_id: "m3KfZr8TQ9-vLwXyPdA1uQ",
            host_email: "r.okafor@northfield-school.example",
        }
    }

    // The bodies below are captured shapes, byte for byte.

    #[test]
    fn ended_is_written_as_zoom_writes_it() {
        let sample = concat!(
            r#"{"event":"meeting.ended","payload":{"account_id":"Qx7pLm2RTk-9sVwYbN4hGg","object":{"duration":50,"#,
            r#""start_time":"2026-10-05T08:58:41Z","timezone":"Europe/London","end_time":"2026-10-05T09:51:07Z","#,
            r#""topic":"Year 9 Maths — Set 2","id":"85512340977","type":8,"uuid":"k8/Tz1+WQ6q//vR3sYpHdA==","#,
            r#""host_id":"m3KfZr8TQ9-vLwXyPdA1uQ","host_email":"r.okafor@northfield-school.example"}},"event_ts":1791193867481}"#,
        );
        assert_eq!(scene().ended(1_791_193_867, 1_791_193_867_481), sample);
    }

    #[test]
    fn joined_is_written_as_zoom_writes_it() {
        let sample = concat!(
            r#"{"payload":{"account_id":"Qx7pLm2RTk-9sVwYbN4hGg","object":{"uuid":"k8/Tz1+WQ6q//vR3sYpHdA==","#,
            r#""participant":{"public_ip":"203.0.113.24","user_id":"16779264","user_name":"Amira Haddad","#,
            r#""participant_user_id":"","id":"","join_time":"2026-10-05T09:00:12Z","email":"","#,
            r#""participant_uuid":"3F9A61C2-77D4-41B8-9E05-1C2D8B6A4F10"},"id":"85512340977","type":8,"#,
            r#""topic":"Year 9 Maths — Set 2","host_id":"m3KfZr8TQ9-vLwXyPdA1uQ","duration":50,"#,
            r#""start_time":"2026-10-05T08:58:41Z","timezone":"Europe/London"}},"event_ts":1791190813877,"#,
            r#""event":"meeting.participant_joined"}"#,
        );
        let identity = Identity {
            name: "Amira Haddad".to_owned(),
            ..Identity::default()
        };
        let seat = Seat {
            user_id: "16779264",
            uuid: Some("3F9A61C2-77D4-41B8-9E05-1C2D8B6A4F10"),
            identity: &identity,
        };
        assert_eq!(
            scene().joined(seat, 1_791_190_812, 1_791_190_813_877),
            sample
        );
    }
}
