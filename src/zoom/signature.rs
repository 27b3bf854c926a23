//! Whether a request comes from Zoom: `v0=` + hex HMAC-SHA256 of `v0:<timestamp>:<raw body>`.
//!
//! Decides over raw bytes only; a body that is parsed and written again has another signature. Which
//! answer a refusal gets, and whether it is recorded, is the HTTP handler's affair.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use thiserror::Error;

/// What Zoom puts in front of the hex digits.
const SCHEME: &[u8] = b"v0=";
/// Hex digits of a SHA-256.
const DIGITS: usize = 64;
/// Digits of a timestamp in seconds: Zoom sends 10; more than 12 is no date a calendar knows.
const TIMESTAMP_DIGITS: usize = 12;

/// The secret tokens accepted now; the first is the one Zoom holds. Never empty; `Debug` prints nothing.
#[derive(Clone)]
pub struct SigningKeys {
    keys: Arc<[Hmac<Sha256>]>,
}

/// Which of the [`SigningKeys`] verified a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyIndex(usize);

/// Why a request is not taken for Zoom's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The signature or the timestamp header is absent or given more than once.
    #[error("signature or timestamp header missing")]
    Missing,
    /// A header does not have the shape that Zoom documents.
    #[error("signature or timestamp header malformed")]
    Malformed,
    /// No key gives this signature.
    #[error("signature wrong")]
    Wrong,
    /// The signature is right, its time too far from now.
    #[error("signature right but {seconds} seconds from now")]
    Skewed {
        /// Seconds from now to the timestamp: negative where it lies in the past.
        seconds: i64,
    },
}

impl SigningKeys {
    /// Keys in order of preference; `None` where no secret is left. Blank entries are ignored, and so
    /// is white space around a secret, which Zoom's tokens never have and secret files often do.
    #[must_use]
    pub fn new(secrets: &[SecretString]) -> Option<Self> {
        let keys: Arc<[_]> = secrets
            .iter()
            .map(|secret| secret.expose_secret().trim())
            .filter(|secret| !secret.is_empty())
            .map(keyed)
            .collect();
        (!keys.is_empty()).then_some(Self { keys })
    }

    /// Verifies the raw body against `x-zm-signature` and `x-zm-request-timestamp`, given as the
    /// headers' bytes and as `None` where absent or given more than once. `now` is in epoch seconds;
    /// a timestamp up to `tolerance` seconds from it, either way, is good.
    pub fn verify(
        &self,
        signature: Option<&[u8]>,
        timestamp: Option<&[u8]>,
        body: &[u8],
        now: i64,
        tolerance: i64,
    ) -> Result<KeyIndex, Refusal> {
        let (Some(signature), Some(timestamp)) = (signature, timestamp) else {
            return Err(Refusal::Missing);
        };
        let tag = read_signature(signature).ok_or(Refusal::Malformed)?;
        let seconds = read_timestamp(timestamp).ok_or(Refusal::Malformed)?;
        let key = self.find(&tag, timestamp, body).ok_or(Refusal::Wrong)?;
        let skew = seconds.saturating_sub(now);
        if skew.saturating_abs() > tolerance {
            return Err(Refusal::Skewed { seconds: skew });
        }
        Ok(key)
    }

    /// The `x-zm-signature` that Zoom would send with `timestamp` (epoch seconds) and `body`, made with
    /// the first key.
    #[must_use]
    pub fn sign(&self, timestamp: i64, body: &[u8]) -> String {
        let tag = message(&self.keys[0], timestamp.to_string().as_bytes(), body).finalize();
        format!("v0={}", hex::encode(tag.into_bytes()))
    }

    /// The `encryptedToken` that answers a URL validation: hex HMAC-SHA256 of the token.
    #[must_use]
    pub fn answer(&self, key: KeyIndex, plain_token: &str) -> String {
        let key = self.keys.get(key.0).unwrap_or(&self.keys[0]);
        let tag = key.clone().chain_update(plain_token).finalize();
        hex::encode(tag.into_bytes())
    }

    /// The first key with this tag. All are tried, so that the time taken does not tell which it was.
    fn find(&self, tag: &[u8], timestamp: &[u8], body: &[u8]) -> Option<KeyIndex> {
        let mut found = None;
        for (index, key) in self.keys.iter().enumerate() {
            let right = message(key, timestamp, body).verify_slice(tag).is_ok();
            if right && found.is_none() {
                found = Some(KeyIndex(index));
            }
        }
        found
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKeys(..)")
    }
}

impl KeyIndex {
    /// The key that Zoom holds.
    pub const FIRST: Self = Self(0);
}

fn keyed(secret: &str) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret.as_bytes()).expect("an HMAC takes keys of any length")
}

/// The MAC of `v0:<timestamp>:<body>`, not yet finished.
fn message(key: &Hmac<Sha256>, timestamp: &[u8], body: &[u8]) -> Hmac<Sha256> {
    key.clone()
        .chain_update(b"v0:")
        .chain_update(timestamp)
        .chain_update(b":")
        .chain_update(body)
}

/// The tag in `v0=` + 64 lower-case hex digits, and nothing else.
fn read_signature(header: &[u8]) -> Option<[u8; DIGITS / 2]> {
    let digits = header.strip_prefix(SCHEME)?;
    if digits.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    let mut tag = [0; DIGITS / 2];
    hex::decode_to_slice(digits, &mut tag).ok()?;
    Some(tag)
}

/// Epoch seconds in 1 to 12 ASCII digits: no sign, no white space, no fraction.
fn read_timestamp(header: &[u8]) -> Option<i64> {
    if header.len() > TIMESTAMP_DIGITS || !header.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(header).ok()?.parse().ok()
}
