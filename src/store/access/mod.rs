//! Who may use the operators' listener: roles, named tokens, sessions.
//!
//! What is stored opens nothing: of a token its SHA-256, of a session's cookie a MAC. [`tokens`] is what commands do, [`Accounts`]
//! what the listener does on behalf of browsers. Whether a token opens anything is decided in `http/access`.

mod accounts;
mod digest;
mod name;
mod role;
pub mod tokens;

pub use accounts::{Accounts, Holder, Session, Snapshot, Token};
pub use digest::{Digest, random};
pub use name::{Name, NameError};
pub use role::{Role, UnknownRole};
