//! Secrets as they are made, and as they are kept.

use secrecy::SecretString;
use sha2::Sha256;
use std::fmt;
use subtle::ConstantTimeEq;

/// SHA-256 of a secret of which nobody can try all: with 256 random bits, no salt and no slow hash is needed. Compared in constant time.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of `secret`.
    pub fn of(secret: &str) -> Self {
        use sha2::Digest as _;
        Self(Sha256::digest(secret).into())
    }

    /// As the table has it; none where the text is no such thing.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// For the table.
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}

/// `prefix` and 256 random bits of the operating system's, hexadecimal.
///
/// # Errors
/// The operating system gives none.
pub fn random(prefix: &str) -> std::io::Result<SecretString> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(std::io::Error::from)?;
    Ok(format!("{prefix}{}", hex::encode(bytes)).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    /// The one-block message sample of FIPS 180-4.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_digest_is_sha_256() {
        assert_eq!(Digest::of("abc").to_hex(), ABC);
        assert_eq!(Digest::from_hex(ABC), Some(Digest::of("abc")));
        assert_ne!(Digest::of("abc"), Digest::of("abd"));
        for wrong in ["", "zz", &ABC[1..], &format!("{ABC}00")] {
            assert_eq!(Digest::from_hex(wrong), None, "{wrong}");
        }
        assert_eq!(format!("{:?}", Digest::of("abc")), "Digest(..)");
    }

    #[test]
    fn no_two_secrets_are_the_same() {
        let one = random("rc_").expect("random bits");
        let two = random("rc_").expect("random bits");
        assert_eq!(one.expose_secret().len(), 3 + 64);
        assert!(one.expose_secret().starts_with("rc_"));
        assert_ne!(one.expose_secret(), two.expose_secret());
    }
}
