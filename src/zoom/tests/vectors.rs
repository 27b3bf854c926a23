//! Signatures: computed vectors, every way to be wrong, time and key rotation.

use secrecy::SecretString;
use serde::Deserialize;

use super::fixture;
use crate::zoom::challenge::{Challenge, decide};
use crate::zoom::envelope::Envelope;
use crate::zoom::signature::{KeyIndex, Refusal, SigningKeys};

#[derive(Deserialize)]
struct Vectors {
    signature_vectors: Vec<Signed>,
    crc_vector: Crc,
}

#[derive(Deserialize)]
struct Signed {
    secret_token: String,
    #[serde(rename = "x-zm-request-timestamp")]
    timestamp: String,
    raw_body_hex: String,
    #[serde(rename = "x-zm-signature")]
    signature: String,
}

#[derive(Deserialize)]
struct Crc {
    #[serde(rename = "secret_token")]
    secret: String,
    #[serde(rename = "plainToken")]
    plain: String,
    #[serde(rename = "encryptedToken")]
    encrypted: String,
}

impl Signed {
    fn body(&self) -> Vec<u8> {
        hex::decode(&self.raw_body_hex).expect("hex")
    }

    fn seconds(&self) -> i64 {
        self.timestamp.parse().expect("digits")
    }

    fn verify(&self, signature: &str, timestamp: &str, body: &[u8]) -> Result<KeyIndex, Refusal> {
        keys(&[&self.secret_token]).verify(
            Some(signature.as_bytes()),
            Some(timestamp.as_bytes()),
            body,
            self.seconds(),
            600,
        )
    }
}

fn vectors() -> Vectors {
    serde_json::from_slice(&fixture("signature-vectors.json")).expect("vectors")
}

fn keys(secrets: &[&str]) -> SigningKeys {
    let secrets: Vec<_> = secrets.iter().map(|s| SecretString::from(*s)).collect();
    SigningKeys::new(&secrets).expect("a secret")
}

#[test]
fn every_vector_verifies_and_signs() {
    for vector in vectors().signature_vectors {
        let body = vector.body();
        let verified = vector.verify(&vector.signature, &vector.timestamp, &body);
        assert_eq!(verified, Ok(KeyIndex::FIRST));
        let signed = keys(&[&vector.secret_token]).sign(vector.seconds(), &body);
        assert_eq!(signed, vector.signature);
    }
}

#[test]
fn one_flipped_bit_of_the_body_is_wrong() {
    for vector in vectors().signature_vectors {
        let mut body = vector.body();
        for bit in 0..body.len() * 8 {
            body[bit / 8] ^= 1 << (bit % 8);
            let verified = vector.verify(&vector.signature, &vector.timestamp, &body);
            assert_eq!(verified, Err(Refusal::Wrong));
            body[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn one_flipped_bit_of_the_signature_is_wrong() {
    for vector in vectors().signature_vectors {
        let mut tag = hex::decode(&vector.signature[3..]).expect("hex");
        for bit in 0..tag.len() * 8 {
            tag[bit / 8] ^= 1 << (bit % 8);
            let signature = format!("v0={}", hex::encode(&tag));
            let verified = vector.verify(&signature, &vector.timestamp, &vector.body());
            assert_eq!(verified, Err(Refusal::Wrong));
            tag[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn another_timestamp_or_secret_is_wrong() {
    for vector in vectors().signature_vectors {
        let later = (vector.seconds() + 1).to_string();
        for timestamp in [later, format!("0{}", vector.timestamp), "0".to_owned()] {
            let verified = vector.verify(&vector.signature, &timestamp, &vector.body());
            assert_eq!(verified, Err(Refusal::Wrong));
        }
        let verified = keys(&["another"]).verify(
            Some(vector.signature.as_bytes()),
            Some(vector.timestamp.as_bytes()),
            &vector.body(),
            0,
            600,
        );
        assert_eq!(
            verified,
            Err(Refusal::Wrong),
            "a wrong signature is never skew"
        );
    }
}

#[test]
fn headers_of_another_shape_are_malformed() {
    let vector = &vectors().signature_vectors[0];
    let good = vector.signature.as_str();
    let digits = &good[3..];
    for signature in [
        String::new(),
        "v0=".to_owned(),
        digits.to_owned(),
        format!("v1={digits}"),
        format!("V0={digits}"),
        format!("v0={}", digits.to_uppercase()),
        good[..good.len() - 1].to_owned(),
        good[..good.len() - 2].to_owned(),
        format!("{good}0"),
        format!("{good}00"),
        format!(" {good}"),
        format!("{good} "),
        format!("v0= {digits}"),
        format!("{good},{good}"),
        format!("v0={}", "g".repeat(64)),
    ] {
        let verified = vector.verify(&signature, &vector.timestamp, &vector.body());
        assert_eq!(verified, Err(Refusal::Malformed), "{signature}");
    }
    let milliseconds = format!("{}000", vector.timestamp);
    for timestamp in [
        "",
        " ",
        "+1791190815",
        "-1",
        " 1791190815",
        "1791190815 ",
        "1791190815.0",
        "0x6AC",
        "１７９",
        &milliseconds,
    ] {
        let verified = vector.verify(good, timestamp, &vector.body());
        assert_eq!(verified, Err(Refusal::Malformed), "{timestamp}");
    }
}

#[test]
fn a_header_that_is_not_there_is_missing() {
    let keys = keys(&["secret"]);
    for (signature, timestamp) in [
        (None, None),
        (None, Some(b"1".as_slice())),
        (Some(b"v0=".as_slice()), None),
    ] {
        let verified = keys.verify(signature, timestamp, b"{}", 1, 600);
        assert_eq!(verified, Err(Refusal::Missing));
    }
}

#[test]
fn time_is_good_up_to_the_tolerance_either_way() {
    let keys = keys(&["secret"]);
    let signature = keys.sign(10_000, b"{}");
    for (now, expected) in [
        (10_000, Ok(KeyIndex::FIRST)),
        (10_600, Ok(KeyIndex::FIRST)),
        (9_400, Ok(KeyIndex::FIRST)),
        (10_601, Err(Refusal::Skewed { seconds: -601 })),
        (9_399, Err(Refusal::Skewed { seconds: 601 })),
        (i64::MIN, Err(Refusal::Skewed { seconds: i64::MAX })),
    ] {
        let verified = keys.verify(Some(signature.as_bytes()), Some(b"10000"), b"{}", now, 600);
        assert_eq!(verified, expected, "{now}");
    }
}

#[test]
fn during_a_rotation_both_secrets_are_good() {
    let both = keys(&["new", "", "  ", "old\n"]);
    let verify =
        |signature: String| both.verify(Some(signature.as_bytes()), Some(b"5"), b"{}", 5, 0);
    assert_eq!(both.sign(5, b"{}"), keys(&["new"]).sign(5, b"{}"));
    assert_eq!(verify(keys(&["new"]).sign(5, b"{}")), Ok(KeyIndex::FIRST));
    let second = verify(keys(&["old"]).sign(5, b"{}")).expect("the second key verifies");
    assert_ne!(second, KeyIndex::FIRST);
    assert_eq!(
        both.answer(second, "abc"),
        keys(&["old"]).answer(KeyIndex::FIRST, "abc")
    );
    assert_eq!(verify(keys(&["older"]).sign(5, b"{}")), Err(Refusal::Wrong));
}

#[test]
fn a_signed_challenge_is_answered_with_the_key_that_verified_it() {
    let both = keys(&["new", "old"]);
    let body = fixture("endpoint.url_validation.json");
    let signature = keys(&["old"]).sign(7, &body);
    let verified = both.verify(Some(signature.as_bytes()), Some(b"7"), &body, 7, 600);
    let envelope = Envelope::parse(&body).expect("an envelope");
    let Some(Challenge::Answer { plain_token, key }) = decide(&envelope, true, verified) else {
        panic!("it is answered");
    };
    assert_eq!(plain_token, "Vt4kQ9sLrW2mXy7bN1cZpA");
    let expected = keys(&["old"]).answer(KeyIndex::FIRST, "Vt4kQ9sLrW2mXy7bN1cZpA");
    assert_eq!(both.answer(key, &plain_token), expected);
}

#[test]
fn the_challenge_vector_is_answered() {
    let crc = vectors().crc_vector;
    let answer = keys(&[&crc.secret]).answer(KeyIndex::FIRST, &crc.plain);
    assert_eq!(answer, crc.encrypted);
}

#[test]
fn no_secret_is_no_keys_and_keys_are_not_printed() {
    assert!(SigningKeys::new(&[]).is_none());
    assert!(SigningKeys::new(&[SecretString::from(" ")]).is_none());
    assert_eq!(format!("{:?}", keys(&["secret"])), "SigningKeys(..)");
}
