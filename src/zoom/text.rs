//! Makes the bytes of a body into text that JSON parsers and databases accept.
//!
//! Display names cut in the middle of an emoji reach us as broken UTF-8 or as half a surrogate pair
//! (`\ud83e`), which `serde_json` refuses; `\u0000` is legal JSON that databases refuse. A student must not
//! be lost for either. Whether the text is JSON is not decided here.

use std::borrow::Cow;

/// What takes the place of an escape that stands for no character of text.
const REPLACEMENT: &str = "\\uFFFD";

/// The body as text: invalid UTF-8 becomes U+FFFD; an escaped NUL or unpaired surrogate becomes
/// `\uFFFD`. Borrowed where nothing has to be mended.
pub(super) fn mend(body: &[u8]) -> Cow<'_, str> {
    match String::from_utf8_lossy(body) {
        Cow::Borrowed(text) => mend_escapes(text),
        Cow::Owned(text) => Cow::Owned(mend_escapes(&text).into_owned()),
    }
}

/// One backslash and what belongs to it: bytes to go on by, and whether it may stay.
enum Escape {
    Sound(usize),
    Broken(usize),
}

/// In JSON a backslash stands only inside a string, so that no state but the position is needed.
fn mend_escapes(text: &str) -> Cow<'_, str> {
    let mut mended = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(start) = next_backslash(text, at) {
        match escape(&text.as_bytes()[start..]) {
            Escape::Sound(length) => at = start + length,
            Escape::Broken(length) => {
                mended.push_str(&text[copied..start]);
                mended.push_str(REPLACEMENT);
                at = start + length;
                copied = at;
            }
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    mended.push_str(&text[copied..]);
    Cow::Owned(mended)
}

fn next_backslash(text: &str, from: usize) -> Option<usize> {
    let rest = text.as_bytes().get(from..)?;
    rest.iter()
        .position(|byte| *byte == b'\\')
        .map(|offset| from + offset)
}

/// Judges the escape at the start of `bytes`.
fn escape(bytes: &[u8]) -> Escape {
    match code_unit(bytes) {
        None => Escape::Sound(2),
        Some(0xD800..=0xDBFF) => match code_unit(&bytes[6..]) {
            Some(0xDC00..=0xDFFF) => Escape::Sound(12),
            _ => Escape::Broken(6),
        },
        Some(0 | 0xDC00..=0xDFFF) => Escape::Broken(6),
        Some(_) => Escape::Sound(6),
    }
}

/// The UTF-16 unit of a `\uXXXX` at the start of `bytes`.
fn code_unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    let mut unit = [0; 2];
    hex::decode_to_slice(digits, &mut unit).ok()?;
    Some(u16::from_be_bytes(unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    #[track_caller]
    fn check(body: &[u8], expected: &str) {
        assert_eq!(mend(body), expected);
    }

    #[test]
    fn sound_text_is_borrowed() {
        for text in [
            "",
            r#"{"a":"Noor 🦊"}"#,
            r#"{"a":"Noor \ud83e\udd8a \uD83E\uDD8A \n \\ \/ \" \u00e9 \uffff"}"#,
        ] {
            assert!(matches!(mend(text.as_bytes()), Cow::Borrowed(kept) if kept == text));
        }
    }

    #[test]
    fn broken_utf8_becomes_the_replacement_character() {
        check(b"\"Noor \xF0\x9F\xA6\"", "\"Noor \u{FFFD}\"");
        check(b"\"\xFFa\xC3\"", "\"\u{FFFD}a\u{FFFD}\"");
    }

    #[test]
    fn unpaired_surrogates_and_nul_become_an_escaped_replacement() {
        check(br#""\ud83e""#, r#""\uFFFD""#);
        check(br#""\uD83E x""#, r#""\uFFFD x""#);
        check(br#""\udd8a""#, r#""\uFFFD""#);
        check(br#""\udd8a\ud83e""#, r#""\uFFFD\uFFFD""#);
        check(br#""\ud83e\ud83e\udd8a""#, r#""\uFFFD\ud83e\udd8a""#);
        check(br#""\ud83e\n""#, r#""\uFFFD\n""#);
        check(br#""\ud83e\u0041""#, r#""\uFFFD\u0041""#);
        check(br#""a\u0000b""#, r#""a\uFFFDb""#);
    }

    #[test]
    fn an_escaped_backslash_begins_no_escape() {
        check(br#""\\ud83e""#, r#""\\ud83e""#);
        check(br#""\\\ud83e""#, r#""\\\uFFFD""#);
        check(br#""\\\\u0000""#, r#""\\\\u0000""#);
    }

    #[test]
    fn text_that_ends_inside_an_escape_stays() {
        for text in ["\\", "\\u", "\\ud8", "\\u12g4", "\\é", "\\ud83", "\\\\\\"] {
            check(text.as_bytes(), text);
        }
        check(b"\\ud83e\\", "\\uFFFD\\");
        check(b"\\ud83e\\udd8", "\\uFFFD\\udd8");
    }

    proptest! {
        #[test]
        fn mending_again_changes_nothing(pieces in prop::collection::vec(piece(), 0..12)) {
            let body = pieces.concat();
            let once = mend(&body).into_owned();
            prop_assert_eq!(mend(once.as_bytes()), once.as_str());
        }

        #[test]
        fn a_json_string_becomes_one_that_can_be_read(pieces in prop::collection::vec(string_piece(), 0..12)) {
            let body = format!("\"{}\"", pieces.concat());
            prop_assert!(serde_json::from_str::<&RawValue>(&body).is_ok());
            let read = serde_json::from_str::<String>(&mend(body.as_bytes()));
            prop_assert!(read.is_ok_and(|text| !text.contains('\0')));
        }
    }

    fn piece() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            string_piece().prop_map(String::into_bytes),
            prop::collection::vec(any::<u8>(), 0..4),
            Just(b"\\".to_vec()),
            Just(b"\\u".to_vec()),
        ]
    }

    /// Pieces of which any row is the inside of a JSON string.
    fn string_piece() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<u16>().prop_map(|unit| format!("\\u{unit:04x}")),
            (0xD800..=0xDFFF_u16).prop_map(|unit| format!("\\u{unit:04X}")),
            Just("\\u0000".to_owned()),
            Just("\\\\".to_owned()),
            Just("\\\"".to_owned()),
            Just("u0000".to_owned()),
            "[a-z🦊é]{0,3}",
        ]
    }
}
