//! Bodies without the people in them: everything that is not known to be harmless is replaced by a pseudonym.
//!
//! The same value becomes the same pseudonym wherever it stands, so that all that belonged together still does, and
//! different ones stay different (IP addresses excepted: there are few that may be used). Which pseudonym it is depends on
//! a key that is thrown away, so that nobody can try out names. What stays is what happened and when: events, times,
//! durations, kinds. Decides how a body is gone through; [`harmless`] decides what stays, [`shape`] what takes its place.

mod digits;
mod harmless;
mod shape;

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use sha2::Sha256;

/// Zoom's bodies are five deep. What is deeper than this is not looked into.
const DEPTH: usize = 64;

/// Pseudonyms that belong together. Has no `Debug`: the key would give the people away.
#[derive(Clone)]
pub struct Pseudonyms {
    key: Hmac<Sha256>,
}

impl Pseudonyms {
    /// Those of one key, which should be random, at least 16 bytes, and forgotten afterwards.
    pub fn new(key: &[u8]) -> Self {
        Self {
            key: Hmac::new_from_slice(key).expect("an HMAC takes keys of any length"),
        }
    }

    /// A body with the same keys in the same order, and pseudonyms for people. `None` for one that is not JSON, or JSON
    /// that cannot be looked into (broken UTF-8, half a surrogate pair, too deep): it could hold anybody.
    pub fn body(&self, body: &[u8]) -> Option<String> {
        let body: &RawValue = serde_json::from_slice(body).ok()?;
        let mut out = String::with_capacity(body.get().len());
        self.value("", body, DEPTH, &mut out)?;
        Some(out)
    }

    /// What takes a text's place. White space around it does not count; nothing stays nothing.
    pub fn text(&self, text: &str) -> String {
        shape::replace(self, text.trim())
    }

    /// Writes what takes the place of a value that stands under `key`.
    fn value(&self, key: &str, value: &RawValue, depth: usize, out: &mut String) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let raw = value.get();
        match raw.as_bytes().first()? {
            b'{' => self.object(raw, depth, out)?,
            b'[' => self.list(key, raw, depth, out)?,
            b'"' => {
                let text: String = serde_json::from_str(raw).ok()?;
                let told = if harmless::is_text(key, &text) {
                    text
                } else {
                    self.text(&text)
                };
                out.push_str(&quoted(&told));
            }
            b'-' | b'0'..=b'9' if !harmless::is_number(key, raw) => {
                out.push_str(&self.number(raw));
            }
            // A number that may stay, true, false, null.
            _ => out.push_str(raw),
        }
        Some(())
    }

    fn object(&self, raw: &str, depth: usize, out: &mut String) -> Option<()> {
        let Members(members) = serde_json::from_str(raw).ok()?;
        out.push('{');
        for (index, (key, value)) in members.into_iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            let told = if harmless::is_key(&key) {
                quoted(&key)
            } else {
                quoted(&self.text(&key))
            };
            out.push_str(&told);
            out.push(':');
            self.value(&key, value, depth, out)?;
        }
        out.push('}');
        Some(())
    }

    fn list(&self, key: &str, raw: &str, depth: usize, out: &mut String) -> Option<()> {
        let items: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
        out.push('[');
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            self.value(key, item, depth, out)?;
        }
        out.push(']');
        Some(())
    }

    /// A whole number keeps its sign and its length; of any other only that it is one.
    fn number(&self, raw: &str) -> String {
        let (sign, digits) = match raw.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", raw),
        };
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            format!("{sign}{}", digits::replace(self, digits))
        } else {
            "0.5".to_owned()
        }
    }

    /// As many bytes as wanted, that look random and are the same for the same `kind` and `text`.
    fn bytes(&self, kind: &str, text: &str, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 32);
        let mut block = 0_u64;
        while bytes.len() < count {
            let mac = self.key.clone();
            let mac = mac.chain_update(kind).chain_update([0]);
            let mac = mac.chain_update(block.to_be_bytes()).chain_update(text);
            bytes.extend(mac.finalize().into_bytes());
            block += 1;
        }
        bytes.truncate(count);
        bytes
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An object's members in their order; one given twice is there twice.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests;
