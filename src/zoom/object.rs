//! A JSON object read one level at a time, its values left raw until somebody asks.
//!
//! Zoom writes the same thing in several ways: keys in any order, a number or a string, and a missing
//! key, `""` or `null` for nothing. Here a value that is not what was asked for is
//! nothing, never an error, and what nobody asks for is never looked into, however deep or odd.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::attendance::event::Instant;

/// The members of an object as they came; of equal keys the last counts.
#[derive(Default)]
pub(super) struct Object<'a>(Vec<(Text<'a>, &'a RawValue)>);

/// A JSON string, borrowed where it holds no escape.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Object<'a> {
    /// The object that `text` is; `None` for any other JSON, for none, and for more than one value.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The raw value under `key`.
    pub(super) fn get(&self, key: &str) -> Option<&'a RawValue> {
        let (_, value) = self.0.iter().rev().find(|(name, _)| name.0 == key)?;
        Some(value)
    }

    /// The object under `key`; an empty one where there is none.
    pub(super) fn object(&self, key: &str) -> Self {
        self.get(key)
            .and_then(|value| Self::parse(value.get()))
            .unwrap_or_default()
    }

    /// The string under `key` exactly as sent, empty or not; nothing else is one.
    pub(super) fn string(&self, key: &str) -> Option<Cow<'a, str>> {
        let text: Text<'a> = serde_json::from_str(self.get(key)?.get()).ok()?;
        Some(text.0)
    }

    /// The string, trimmed, or the integer's digits under `key`; `None` where that is empty.
    pub(super) fn text(&self, key: &str) -> Option<Cow<'a, str>> {
        let text = match self.string(key) {
            Some(Cow::Borrowed(text)) => Cow::Borrowed(text.trim()),
            Some(Cow::Owned(text)) => Cow::Owned(text.trim().to_owned()),
            None => Cow::Borrowed(integer_literal(self.get(key)?.get())?),
        };
        (!text.is_empty()).then_some(text)
    }

    /// The text under `key` where it has at most `limit` characters. A longer one is nothing: cut, it
    /// might equal another's.
    pub(super) fn key(&self, key: &str, limit: usize) -> Option<Box<str>> {
        let text = self.text(key)?;
        text.chars().nth(limit).is_none().then(|| text.into())
    }

    /// The text under `key`, cut after `limit` characters: for people to read, not to compare.
    pub(super) fn label(&self, key: &str, limit: usize) -> Option<Box<str>> {
        Some(cut(&self.text(key)?, limit).into())
    }

    /// The integer under `key`; a fraction, an exponent, a string or more than 64 bits is none.
    pub(super) fn integer(&self, key: &str) -> Option<i64> {
        serde_json::from_str(self.get(key)?.get()).ok()
    }

    /// The RFC 3339 time under `key`, with `Z` or any offset.
    pub(super) fn instant(&self, key: &str) -> Option<Instant> {
        whole_seconds(self.text(key)?.parse().ok()?)
    }
}

/// Epoch milliseconds as an instant.
pub(super) fn from_milliseconds(milliseconds: i64) -> Option<Instant> {
    whole_seconds(Timestamp::from_millisecond(milliseconds).ok()?)
}

/// At most the first `limit` characters of `text`.
pub(super) fn cut(text: &str, limit: usize) -> &str {
    text.char_indices()
        .nth(limit)
        .map_or(text, |(end, _)| &text[..end])
}

/// A time from 1970 on, its fraction cut. Every instant comes through here, so that each is one that
/// jiff can represent.
fn whole_seconds(time: Timestamp) -> Option<Instant> {
    (time >= Timestamp::UNIX_EPOCH).then(|| Instant(time.as_second()))
}

/// `literal` where it is a JSON number without fraction and exponent.
fn integer_literal(literal: &str) -> Option<&str> {
    let digits = literal.strip_prefix('-').unwrap_or(literal);
    digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then_some(literal)
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

/// Takes in one level; [`RawValue`] passes over what is below without recursion, so that no depth is
/// too deep.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Object<'_> {
        Object::parse(text).expect("an object")
    }

    #[test]
    fn only_a_single_object_is_one() {
        for text in [
            "", "1", "null", "[]", "\"a\"", "{", "{}{}", "{} x", "{\"a\":}", "{1:2}",
        ] {
            assert!(Object::parse(text).is_none(), "{text}");
        }
        assert!(Object::parse(" {} \n").is_some());
    }

    #[test]
    fn the_last_of_equal_keys_counts_however_it_is_spelt() {
        let object = object(r#"{"a":1,"b":2,"\u0061":3}"#);
        assert_eq!(object.integer("a"), Some(3));
        assert_eq!(object.integer("b"), Some(2));
    }

    #[test]
    fn text_is_a_string_or_an_integer() {
        let object = object(
            r#"{"s":" k8\/T ","n":85512340977,"minus":-1,"huge":123456789012345678901234567890,
                "empty":"","blank":" \t ","null":null,"bool":true,"list":["a"],"map":{},"odd":1e999,"half":1.5}"#,
        );
        assert_eq!(object.text("s").as_deref(), Some("k8/T"));
        assert_eq!(object.text("n").as_deref(), Some("85512340977"));
        assert_eq!(object.text("minus").as_deref(), Some("-1"));
        assert_eq!(
            object.text("huge").as_deref(),
            Some("123456789012345678901234567890")
        );
        for nothing in [
            "empty", "blank", "null", "bool", "list", "map", "odd", "half", "missing",
        ] {
            assert_eq!(object.text(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_long_key_is_nothing_and_a_long_label_is_cut() {
        let object = object(r#"{"a":"ééé"}"#);
        assert_eq!(object.key("a", 3).as_deref(), Some("ééé"));
        assert_eq!(object.key("a", 2), None);
        assert_eq!(object.label("a", 3).as_deref(), Some("ééé"));
        assert_eq!(object.label("a", 2).as_deref(), Some("éé"));
    }

    #[test]
    fn integers_are_whole_and_of_64_bits() {
        let object = object(
            r#"{"a":808591414,"b":-3,"c":1.0,"d":1e2,"e":"5","f":9223372036854775808,"g":null,"h":9223372036854775807}"#,
        );
        assert_eq!(object.integer("a"), Some(808_591_414));
        assert_eq!(object.integer("b"), Some(-3));
        assert_eq!(object.integer("h"), Some(i64::MAX));
        for nothing in ["c", "d", "e", "f", "g", "missing"] {
            assert_eq!(object.integer(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn instants_take_any_offset_and_lose_their_fraction() {
        for (text, expected) in [
            ("2026-10-05T09:00:00Z", Some(1_791_190_800)),
            ("2026-10-05T09:00:00z", Some(1_791_190_800)),
            ("2026-10-05T17:00:00+08:00", Some(1_791_190_800)),
            ("2026-10-05T05:00:00.999-04:00", Some(1_791_190_800)),
            ("2026-10-05T14:45:00.5+05:45", Some(1_791_190_800)),
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1969-12-31T23:59:59.5Z", None),
            ("2026-10-05T09:00:00", None),
            ("2026-02-30T09:00:00Z", None),
            ("2026-10-05", None),
            ("soon", None),
            ("", None),
            ("1791190800", None),
            ("99999-01-01T00:00:00Z", None),
        ] {
            let json = format!(r#"{{"t":"{text}"}}"#);
            assert_eq!(object(&json).instant("t"), expected.map(Instant), "{text}");
        }
        assert_eq!(object(r#"{"t":1791190800}"#).instant("t"), None);
        assert_eq!(object(r#"{"t":null}"#).instant("t"), None);
    }
}
