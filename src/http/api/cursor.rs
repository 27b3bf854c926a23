//! A position in a list as callers see it: opaque, and good for its own list only.

use crate::{http::problem::Problem, store::reports::Position};

/// `position` in the list called `list`.
pub(super) fn write(list: &str, position: &Position) -> String {
    let parts: Vec<&str> = [list]
        .into_iter()
        .chain(position.0.iter().map(String::as_str))
        .collect();
    hex::encode(serde_json::to_vec(&parts).unwrap_or_default())
}

/// The position that [`write()`] gave out for the same list.
pub(super) fn read(list: &str, cursor: &str) -> Result<Position, Problem> {
    let bytes = hex::decode(cursor).ok();
    let parts: Option<Vec<String>> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    match parts.as_deref() {
        Some([of, position @ ..])
            if of == list && !position.iter().any(|part| part.contains('\0')) =>
        {
            Ok(Position(position.to_vec()))
        }
        _ => Err(Problem::parameter("cursor", "not a cursor of this list")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_there_and_back_within_its_list() {
        let position = Position(vec!["2026-10-05".into(), "a/b+c==\"".into(), String::new()]);
        let cursor = write("attendance", &position);
        assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_eq!(read("attendance", &cursor).expect("its own"), position);
        assert!(read("meetings", &cursor).is_err());
    }

    #[test]
    fn nothing_else_is_one() {
        for cursor in [
            "",
            "zz",
            "5b5d",
            "7b7d",
            "\u{e9}",
            &hex::encode("[1]"),
            &hex::encode("[\"attendance\",\"\\u0000\"]"),
        ] {
            assert!(read("attendance", cursor).is_err(), "{cursor}");
        }
    }
}
