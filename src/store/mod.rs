//! The store: entities, connections, and everything that speaks SQL outside the journal.

pub mod connect;
pub mod entity;
pub mod migrate;
