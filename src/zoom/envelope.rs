//! The outermost object of a webhook: what happened, when it was sent, and a payload left raw.
//!
//! Decides what counts as a webhook at all: JSON, an object, with a string `event`. Everything inside
//! `payload` is read later, by [`super::translate`] and [`super::challenge`], and is no reason to refuse.

use std::fmt;
use std::ops::RangeInclusive;

use serde_json::value::RawValue;
use thiserror::Error;

use super::object::Object;
use super::text::mend;

/// `event_ts` in milliseconds: from 1970 to the end of the year 9999.
const EVENT_TS: RangeInclusive<i64> = 0..=253_402_300_799_999;

/// The body is not JSON, or not an object with a string `event`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("body is not a JSON object with a string event")]
pub struct NotJson;

/// A webhook whose payload has not been looked into. `Debug` prints nothing.
#[derive(Clone)]
pub struct Envelope {
    /// `event` as sent, of any length.
    pub event: String,
    /// `event_ts`: epoch milliseconds at which Zoom says the event occurred, 0.4 to 3.5 s late. `None` when missing,
    /// not an integer or not between 1970 and 9999.
    pub event_ts: Option<i64>,
    payload: Option<Box<RawValue>>,
}

impl Envelope {
    /// Reads a raw body, mended first (broken UTF-8, unpaired surrogates and NUL become U+FFFD). Keys
    /// may come in any order; of a key given twice the last counts.
    pub fn parse(body: &[u8]) -> Result<Self, NotJson> {
        let text = mend(body);
        let object = Object::parse(&text).ok_or(NotJson)?;
        Ok(Self {
            event: object.string("event").ok_or(NotJson)?.into_owned(),
            event_ts: object
                .integer("event_ts")
                .filter(|ts| EVENT_TS.contains(ts)),
            payload: object.get("payload").map(ToOwned::to_owned),
        })
    }

    /// The members of `payload`; none where it is missing or no object.
    pub(super) fn payload(&self) -> Object<'_> {
        self.payload
            .as_deref()
            .and_then(|payload| Object::parse(payload.get()))
            .unwrap_or_default()
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Envelope(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Envelope {
        Envelope::parse(text.as_bytes()).expect("an envelope")
    }

    #[test]
    fn what_is_not_an_object_with_a_string_event_is_refused() {
        for body in [
            "",
            "not json",
            "null",
            "[]",
            "{}",
            r#""event""#,
            r#"{"event":1}"#,
            r#"{"event":null}"#,
            r#"{"event":["a"]}"#,
            r#"{"event":"a"} x"#,
            r#"{"event":"a"}{"event":"a"}"#,
            r#"{"event":"a""#,
            r#"{"event":"a",}"#,
            r#"{"event":"a","payload":}"#,
            r#"{"event":"a","payload":{"b":01}}"#,
            r#"{"event":"a","payload":[1,}"#,
            r#"{"event":"a","event":1}"#,
            r#"[{"event":"a"}]"#,
        ] {
            assert_eq!(
                Envelope::parse(body.as_bytes()).err(),
                Some(NotJson),
                "{body}"
            );
        }
    }

    #[test]
    fn the_last_of_a_key_given_twice_counts() {
        let envelope = parse(r#"{"event":1,"event_ts":1,"event":"b","event_ts":2}"#);
        assert_eq!((envelope.event.as_str(), envelope.event_ts), ("b", Some(2)));
    }

    #[test]
    fn event_ts_is_a_date_or_nothing() {
        for (literal, expected) in [
            ("0", Some(0)),
            ("1791190813877", Some(1_791_190_813_877)),
            ("253402300799999", Some(253_402_300_799_999)),
            ("253402300800000", None),
            ("-1", None),
            ("1791190813877.0", None),
            ("1e12", None),
            ("1e999", None),
            ("123456789012345678901234567890", None),
            ("\"1791190813877\"", None),
            ("null", None),
            ("{}", None),
        ] {
            let body = format!(r#"{{"event_ts":{literal},"event":"a"}}"#);
            assert_eq!(parse(&body).event_ts, expected, "{literal}");
        }
        assert_eq!(parse(r#"{"event":"a"}"#).event_ts, None);
    }

    #[test]
    fn no_payload_is_too_deep_or_too_odd() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let maps = format!("{}1{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
        for payload in [
            &deep,
            &maps,
            "1e999",
            "-0.0e-999",
            "123456789012345678901234567890",
            r#"{"\ud83e":"\udd8a\u0000"}"#,
            "null",
            "\"text\"",
        ] {
            let body = format!(r#"{{"payload":{payload},"event":"a"}}"#);
            assert_eq!(parse(&body).event, "a");
        }
    }

    #[test]
    fn surrogates_and_nul_in_the_event_and_in_keys_are_mended() {
        let envelope = parse(r#"{"\ud83e":1,"event":"a\ud83e\u0000"}"#);
        assert_eq!(envelope.event, "a\u{FFFD}\u{FFFD}");
        let cut = Envelope::parse(b"{\"x\":\"\xF0\x9F\xA6\",\"event\":\"\xF0\x9F\"}");
        assert_eq!(cut.expect("an envelope").event, "\u{FFFD}");
    }
}
