//! The load tester: a sample school, its day of Zoom traffic, a sender, and an oracle that says what the day must give.
//!
//! It shares no code with the attendance core, so that the two can be held against each other: of the crate it uses
//! Zoom's signature alone.
//!
//! - [`school`]: who there is and what meets when; [`roster`] writes it as an import set.
//! - [`plan`]: what really happens in one lesson; [`traffic`] makes Zoom's deliveries of it, [`payload`] their bodies.
//! - [`sender`]: delivers them over HTTP as Zoom does.
//! - [`load`]: the same at a pace, measured.
//! - [`oracle`]: the attendance that a set of delivered bodies must give, counted second by second.
//! - [`verify`]: holds a service against it, through its read [`api`].
//! - [`report`]: what all of it came to, as text, JSON and HTML.

pub mod api;
pub mod load;
pub mod mix;
pub mod oracle;
pub mod payload;
pub mod plan;
pub mod report;
pub mod rng;
pub mod roster;
pub mod school;
pub mod script;
pub mod sender;
pub mod source;
pub mod traffic;
pub mod verify;
