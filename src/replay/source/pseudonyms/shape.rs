//! What takes a text's place: another of the same shape, as far as the shape matters to whoever reads it.

use std::net::IpAddr;

use super::{Pseudonyms, digits};

/// Zoom's ids of users and registrants are 22 characters; shorter words may be names.
const TOKEN: usize = 16;
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// IPv4 networks that are for documentation.
const NETWORKS: [&str; 3] = ["192.0.2", "198.51.100", "203.0.113"];

/// What a text looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shape {
    Nothing,
    Email,
    Address(IpAddr),
    /// Digits, with marks between them or not: a number of a meeting, a seat, a telephone.
    Digits,
    /// A participant's uuid.
    Guid,
    /// An occurrence's uuid.
    Uuid,
    /// An id of Zoom's.
    Token,
    Url,
    /// A name, a topic, a school's own id.
    Words,
}

/// The pseudonym of a text.
pub(super) fn replace(pseudonyms: &Pseudonyms, text: &str) -> String {
    match Shape::of(text) {
        Shape::Nothing => String::new(),
        // Capitals do not matter in an e-mail.
        Shape::Email => {
            let name = hash(pseudonyms, "email", &text.to_lowercase());
            format!("{name}@example.invalid")
        }
        Shape::Address(address) => documentation(pseudonyms, address),
        Shape::Digits => spread(pseudonyms, text),
        Shape::Guid => guid(pseudonyms, text),
        Shape::Uuid => letters(pseudonyms, "uuid", text, 22, BASE64) + "==",
        Shape::Token => letters(pseudonyms, "token", text, text.len(), BASE64_URL),
        Shape::Url => format!("https://example.invalid/{}", hash(pseudonyms, "url", text)),
        Shape::Words => format!("alias {}", hash(pseudonyms, "words", text)),
    }
}

impl Shape {
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let token = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if text.is_empty() {
            return Self::Nothing;
        }
        if let Ok(address) = text.parse() {
            return Self::Address(address);
        }
        if is_email(text) {
            return Self::Email;
        }
        if is_guid(bytes) {
            return Self::Guid;
        }
        if is_digits(text) {
            return Self::Digits;
        }
        if let Some(start) = text.strip_suffix("==")
            && start.len() == 22
            && start.bytes().all(|byte| BASE64.contains(&byte))
        {
            return Self::Uuid;
        }
        if bytes.len() >= TOKEN && bytes.iter().all(token) {
            return Self::Token;
        }
        if text.starts_with("http://") || text.starts_with("https://") {
            return Self::Url;
        }
        Self::Words
    }
}

fn is_email(text: &str) -> bool {
    let (name, domain) = text.rsplit_once('@').unwrap_or_default();
    !name.is_empty() && !domain.is_empty() && !text.contains(char::is_whitespace)
}

/// 8-4-4-4-12 hexadecimal digits.
fn is_guid(bytes: &[u8]) -> bool {
    let right = |(at, byte): (usize, &u8)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    bytes.len() == 36 && bytes.iter().enumerate().all(right)
}

/// ASCII digits, and marks that are no letters of any script.
fn is_digits(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
        && text
            .chars()
            .all(|letter| letter.is_ascii_digit() || letter.is_ascii_punctuation() || letter == ' ')
}

/// Other digits in the places of the digits.
fn spread(pseudonyms: &Pseudonyms, text: &str) -> String {
    let own: String = text.chars().filter(char::is_ascii_digit).collect();
    let other = digits::replace(pseudonyms, &own);
    let mut others = other.chars();
    text.chars()
        .map(|letter| {
            if letter.is_ascii_digit() {
                others.next().unwrap_or(letter)
            } else {
                letter
            }
        })
        .collect()
}

/// An address that is nobody's.
fn documentation(pseudonyms: &Pseudonyms, address: IpAddr) -> String {
    let bytes = pseudonyms.bytes("address", &address.to_string(), 4);
    match address {
        IpAddr::V4(_) => {
            let network = NETWORKS[usize::from(bytes[0]) % NETWORKS.len()];
            format!("{network}.{}", bytes[1])
        }
        IpAddr::V6(_) => {
            let part = |high, low| u16::from_be_bytes([high, low]);
            format!(
                "2001:db8::{:x}:{:x}",
                part(bytes[0], bytes[1]),
                part(bytes[2], bytes[3])
            )
        }
    }
}

fn guid(pseudonyms: &Pseudonyms, text: &str) -> String {
    let hex = hex::encode(pseudonyms.bytes("guid", text, 16));
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    let guid = parts.join("-");
    if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        guid
    } else {
        guid.to_uppercase()
    }
}

fn letters(
    pseudonyms: &Pseudonyms,
    kind: &str,
    text: &str,
    count: usize,
    alphabet: &[u8; 64],
) -> String {
    let bytes = pseudonyms.bytes(kind, text, count);
    let letter = |byte: &u8| char::from(alphabet[usize::from(byte % 64)]);
    bytes.iter().map(letter).collect()
}

fn hash(pseudonyms: &Pseudonyms, kind: &str, text: &str) -> String {
    hex::encode(pseudonyms.bytes(kind, text, 8))
}
