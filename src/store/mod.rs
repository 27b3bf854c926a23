//! The store: entities, connections, and everything that speaks SQL outside the journal.

pub mod entity;
pub mod reports;
