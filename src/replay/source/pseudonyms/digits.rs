//! Digits for digits: as many, and different ones for different ones.
//!
//! A Feistel network over the two halves of the number, so that no two meetings get the same number by accident and none
//! has to be remembered. A number that begins with 0 keeps doing so, and one that does not never does.

use super::Pseudonyms;

/// Fewer would show patterns.
const ROUNDS: u8 = 10;
/// So many digits fit into a `u128`, twice.
const MOST: usize = 2 * 38;

/// As many other digits.
pub(super) fn replace(pseudonyms: &Pseudonyms, digits: &str) -> String {
    if digits.len() > MOST {
        let bytes = pseudonyms.bytes("many digits", digits, digits.len());
        return bytes
            .iter()
            .map(|byte| char::from(b'1' + byte % 9))
            .collect();
    }
    let zero = digits.starts_with('0');
    let mut other = permute(pseudonyms, digits);
    while other.starts_with('0') != zero {
        other = permute(pseudonyms, &other);
    }
    other
}

/// One to one, among all numbers with as many digits.
fn permute(pseudonyms: &Pseudonyms, digits: &str) -> String {
    let (left, right) = digits.split_at(digits.len() / 2);
    let (mut left, mut right) = (left.to_owned(), right.to_owned());
    for round in 0..ROUNDS {
        let label = format!("digits {} {round}", digits.len());
        let bytes = pseudonyms.bytes(&label, &right, 16);
        let added = u128::from_be_bytes(bytes.try_into().expect("16 bytes"));
        (left, right) = (right, add(&left, added));
    }
    left + &right
}

/// The sum, cut to as many digits.
fn add(digits: &str, added: u128) -> String {
    let length = digits.len();
    let Some(size) = u32::try_from(length)
        .ok()
        .and_then(|length| 10_u128.checked_pow(length))
    else {
        return digits.to_owned();
    };
    let number: u128 = digits.parse().unwrap_or(0);
    let sum = (number + added % size) % size;
    if length == 0 {
        return String::new();
    }
    format!("{sum:0length$}")
}
