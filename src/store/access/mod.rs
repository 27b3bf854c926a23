//! Who may use the operators' listener: roles, named tokens, sessions.

mod role;

pub use role::{Role, UnknownRole};
