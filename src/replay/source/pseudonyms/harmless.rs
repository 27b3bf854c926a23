//! What may stay: the names of Zoom's own keys, and under few of them values of a form that cannot hold anybody.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Keys that Zoom uses. Another name could be anything: somebody's, say, that a survey was answered by.
const KEYS: [&str; 62] = [
    "account_id",
    "agenda",
    "bind_participant_uuid",
    "bind_user_id",
    "breakout_room_uuid",
    "created_at",
    "creation_source",
    "custom_questions",
    "customer_key",
    "date_time",
    "duration",
    "email",
    "end_time",
    "event",
    "event_ts",
    "first_name",
    "host_email",
    "host_id",
    "id",
    "issues",
    "join_time",
    "join_url",
    "last_name",
    "leave_reason",
    "leave_time",
    "name",
    "new_role",
    "object",
    "occurrence_id",
    "occurrences",
    "old_object",
    "old_role",
    "operation",
    "operator",
    "operator_id",
    "parent_user_id",
    "participant",
    "participant_pin_code",
    "participant_user_id",
    "participant_uuid",
    "password",
    "payload",
    "phone_number",
    "pmi",
    "private_ip",
    "public_ip",
    "recurrence",
    "registrant",
    "registrant_id",
    "repeat_interval",
    "scope",
    "settings",
    "start_time",
    "start_url",
    "status",
    "time_stamp",
    "timezone",
    "topic",
    "type",
    "user_id",
    "user_name",
    "uuid",
];

/// Every `leave_reason` that Zoom has been seen to give, without the name that an older form puts before it.
const REASONS: [&str; 8] = [
    "left the meeting. Reason : left the meeting",
    "left the meeting. Reason : Host ended the meeting.",
    "left the meeting. Reason : left the meeting to join breakout room",
    "left the meeting. Reason : left the meeting leave breakout room to join main meeting",
    "left the meeting. Reason : left the meeting with Unknown Failover Reason",
    "got disconnected from the meeting. Reason : Client Close.",
    "left the meeting.<br>Reason: Host ended the meeting.",
    "Leave breakout room.",
];

/// Whether a key's name may stay.
pub(super) fn is_key(key: &str) -> bool {
    KEYS.binary_search(&key).is_ok()
}

/// Whether a text may stay under this key.
pub(super) fn is_text(key: &str, text: &str) -> bool {
    match key {
        "event" => is_event(text),
        "join_time" | "leave_time" | "date_time" | "start_time" | "end_time" | "created_at" => {
            is_instant(text)
        }
        "timezone" => TimeZone::get(text).is_ok(),
        "leave_reason" => REASONS.contains(&text),
        "old_role" | "new_role" => ["host", "co-host", "attendee"].contains(&text),
        "operation" => ["all", "single"].contains(&text),
        _ => false,
    }
}

/// Whether a number, as written, may stay under this key.
pub(super) fn is_number(key: &str, raw: &str) -> bool {
    let most = match key {
        "event_ts" | "time_stamp" => 13,
        "duration" => 9,
        "type" => 2,
        _ => return false,
    };
    raw.len() <= most && raw.bytes().all(|byte| byte.is_ascii_digit())
}

/// Such as `meeting.participant_joined`: of a family that Zoom has, in Zoom's letters.
fn is_event(text: &str) -> bool {
    let family = ["meeting.", "webinar.", "recording.", "user.", "endpoint."];
    text.len() <= 80
        && family.iter().any(|family| text.starts_with(family))
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'_' | b'.'))
}

/// ISO-8601, and nothing behind it.
fn is_instant(text: &str) -> bool {
    let letters = |byte| matches!(byte, b'0'..=b'9' | b'T' | b'Z' | b':' | b'-' | b'+' | b'.');
    text.bytes().all(letters) && text.parse::<Timestamp>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_can_be_searched() {
        assert!(KEYS.is_sorted());
    }

    #[test]
    fn a_value_stays_only_under_its_key_and_in_its_form() {
        for (key, text) in [
            ("event", "meeting.participant_joined"),
            ("join_time", "2026-10-05T09:00:12Z"),
            ("timezone", "America/St_Johns"),
            ("new_role", "co-host"),
            (
                "leave_reason",
                "left the meeting. Reason : Host ended the meeting.",
            ),
        ] {
            assert!(is_text(key, text), "{key} {text}");
            assert!(!is_text("user_name", text), "{text}");
            assert!(!is_text(key, "Ana Haddad"), "{key}");
        }
        assert!(!is_text("event", "ana.haddad"));
        assert!(!is_text("join_time", "2026-10-05T09:00:12Z[Europe/London]"));
        assert!(!is_text(
            "leave_reason",
            "Ana left the meeting.<br>Reason: Host ended the meeting."
        ));
        assert!(is_number("event_ts", "1791190813877"));
        assert!(!is_number("event_ts", "-1") && !is_number("id", "85512340977"));
    }
}
