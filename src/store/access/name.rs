//! What a token may be called.

use std::{fmt, str::FromStr};

/// Who acts where no token does: they would be mistaken for each other in the audit.
const RESERVED: [&str; 5] = ["admin", "local", "command", "operator", "rollcall"];
/// Characters of a name at most.
const LONGEST: usize = 64;

/// The name of a token: what audit events call its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

/// Why a text is no name of a token.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NameError {
    /// Empty, too long, or with other characters.
    #[error("expected 1 to 64 letters, digits, `-`, `_`, `.` or `@`")]
    Form,
    /// Somebody without a token is called so.
    #[error("is reserved")]
    Reserved,
}

impl Name {
    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte);
        if text.is_empty() || text.len() > LONGEST || !text.bytes().all(plain) {
            return Err(NameError::Form);
        }
        if RESERVED.iter().any(|name| name.eq_ignore_ascii_case(text)) {
            return Err(NameError::Reserved);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_nobody_elses() {
        for good in [
            "ana",
            "grafana-2",
            "t.okafor@school.example",
            &"x".repeat(64),
        ] {
            assert_eq!(
                good.parse::<Name>().map(|name| name.to_string()),
                Ok(good.to_owned())
            );
        }
        for bad in ["", "a b", "<b>", "ü", "a\n", &"x".repeat(65)] {
            assert_eq!(bad.parse::<Name>(), Err(NameError::Form), "{bad}");
        }
        for taken in ["admin", "Local", "COMMAND"] {
            assert_eq!(taken.parse::<Name>(), Err(NameError::Reserved), "{taken}");
        }
    }
}
