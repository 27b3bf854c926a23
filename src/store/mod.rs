//! The store: everything that speaks SQL outside the journal.
//!
//! [`writer`] is the one place that writes projections; [`occurrences`] and [`school`] are what actors load.

pub mod access;
pub mod adopt;
pub mod audit;
pub mod clerk;
pub mod connect;
pub mod convert;
pub mod dead;
pub mod entity;
pub mod error;
pub mod import;
pub mod inspect;
pub mod lessons;
pub mod migrate;
pub mod occurrences;
#[cfg(test)]
pub(crate) mod plan;
pub mod reports;
pub mod retention;
pub mod school;
pub mod seal;
pub mod security;
pub mod state;
pub mod usage;
pub mod writer;

pub use error::{StoreError, error_kind};
