//! Where deliveries come from: a [`generated`] school, or a [`recording`] of real traffic, whose people may be hidden
//! behind [`pseudonyms`].

pub mod generated;
pub mod pseudonyms;
pub mod recording;
