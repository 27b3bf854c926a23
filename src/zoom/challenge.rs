//! Zoom's URL validation: which token may be answered, and with which key.
//!
//! Zoom proves that a URL is ours by asking for the HMAC of a token. Answering just anybody would make us
//! a signing oracle: the HMAC of `v0:<timestamp>:<body>` is a signature. So what is not signed is
//! answered only where the token cannot be such a message (it has no `:`). The HMAC itself is
//! [`super::signature::SigningKeys::answer`].

use std::fmt;

use super::envelope::Envelope;
use super::signature::{KeyIndex, Refusal};

/// The `event` of a URL validation; asked for on every change and every 72 hours.
pub const URL_VALIDATION: &str = "endpoint.url_validation";

/// The longest token answered without a signature.
const UNSIGNED_TOKEN: usize = 128;

/// What a URL validation gets. `Debug` prints no token.
#[derive(Clone, PartialEq, Eq)]
pub enum Challenge {
    /// 200, with the token and its HMAC under `key`.
    Answer {
        /// `plainToken` as sent.
        plain_token: String,
        /// The key that verified the request; Zoom's where it came unsigned.
        key: KeyIndex,
    },
    /// 400: no string `plainToken`, or an empty one, whoever asks.
    MissingToken,
    /// 401: wrongly signed, or unsigned with a token that may not be answered.
    Refused,
}

/// Decides about an envelope whose event is [`URL_VALIDATION`]; `None` for any other event.
///
/// `signed`: at least one of the two signature headers is there, however often and whatever it holds.
/// `verified`: what [`super::signature::SigningKeys::verify`] said; of no account where not `signed`. One
/// header without the other, a wrong time and a wrong signature are all wrongly signed.
#[must_use]
pub fn decide(
    envelope: &Envelope,
    signed: bool,
    verified: Result<KeyIndex, Refusal>,
) -> Option<Challenge> {
    if envelope.event != URL_VALIDATION {
        return None;
    }
    let token = envelope.payload().string("plainToken");
    let Some(plain_token) = token.filter(|token| !token.is_empty()) else {
        return Some(Challenge::MissingToken);
    };
    let key = match verified {
        Ok(key) if signed => Some(key),
        _ if !signed && harmless(&plain_token) => Some(KeyIndex::FIRST),
        _ => None,
    };
    Some(key.map_or(Challenge::Refused, |key| Challenge::Answer {
        plain_token: plain_token.into_owned(),
        key,
    }))
}

/// Whether a stranger may have this token's HMAC.
fn harmless(token: &str) -> bool {
    token.len() <= UNSIGNED_TOKEN
        && token
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-.~+/=".contains(&b))
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answer { .. } => "Answer(..)",
            Self::MissingToken => "MissingToken",
            Self::Refused => "Refused",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNSIGNED: (bool, Result<KeyIndex, Refusal>) = (false, Err(Refusal::Missing));
    const SIGNED: (bool, Result<KeyIndex, Refusal>) = (true, Ok(KeyIndex::FIRST));

    fn ask(payload: &str, (signed, verified): (bool, Result<KeyIndex, Refusal>)) -> Challenge {
        let body = format!(r#"{{"payload":{payload},"event":"endpoint.url_validation"}}"#);
        let envelope = Envelope::parse(body.as_bytes()).expect("an envelope");
        decide(&envelope, signed, verified).expect("a challenge")
    }

    fn token(token: &str) -> String {
        serde_json::json!({ "plainToken": token }).to_string()
    }

    fn answer(token: &str) -> Challenge {
        Challenge::Answer {
            plain_token: token.to_owned(),
            key: KeyIndex::FIRST,
        }
    }

    fn wrongly_signed() -> [(bool, Result<KeyIndex, Refusal>); 4] {
        [
            (true, Err(Refusal::Missing)),
            (true, Err(Refusal::Malformed)),
            (true, Err(Refusal::Wrong)),
            (true, Err(Refusal::Skewed { seconds: 601 })),
        ]
    }

    #[test]
    fn any_other_event_is_no_challenge() {
        let envelope = Envelope::parse(br#"{"event":"meeting.started"}"#).expect("an envelope");
        assert_eq!(decide(&envelope, true, Ok(KeyIndex::FIRST)), None);
    }

    #[test]
    fn unsigned_harmless_tokens_are_answered_with_the_first_key() {
        let longest = "x".repeat(128);
        for good in ["Vt4kQ9sLrW2mXy7bN1cZpA", "a", "AZaz09_-.~+/=", &longest] {
            assert_eq!(ask(&token(good), UNSIGNED), answer(good));
        }
    }

    #[test]
    fn unsigned_tokens_that_might_be_a_message_are_refused() {
        let too_long = "x".repeat(129);
        for bad in [
            "v0:1791190815:{}",
            "a b",
            " a",
            "a\n",
            "é",
            "{",
            "\"",
            &too_long,
        ] {
            assert_eq!(ask(&token(bad), UNSIGNED), Challenge::Refused, "{bad}");
        }
    }

    #[test]
    fn signed_tokens_are_answered_whatever_they_are() {
        let long = "x".repeat(1000);
        for good in ["Vt4kQ9sLrW2mXy7bN1cZpA", "v0:1:{}", " ", "é", &long] {
            assert_eq!(ask(&token(good), SIGNED), answer(good));
        }
    }

    #[test]
    fn wrongly_signed_is_refused_however_good_the_token() {
        for signing in wrongly_signed() {
            assert_eq!(ask(&token("abc"), signing), Challenge::Refused);
        }
    }

    #[test]
    fn without_a_token_nothing_else_matters() {
        for payload in [
            "{}",
            "null",
            "[]",
            r#"{"plainToken":""}"#,
            r#"{"plainToken":null}"#,
            r#"{"plainToken":12}"#,
            r#"{"plainToken":["a"]}"#,
            r#"{"plainToken":"a","plainToken":""}"#,
        ] {
            assert_eq!(ask(payload, SIGNED), Challenge::MissingToken, "{payload}");
            assert_eq!(ask(payload, UNSIGNED), Challenge::MissingToken, "{payload}");
            for signing in wrongly_signed() {
                assert_eq!(ask(payload, signing), Challenge::MissingToken, "{payload}");
            }
        }
    }
}
