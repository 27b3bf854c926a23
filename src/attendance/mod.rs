//! The pure core: from the set of an occurrence's events to marks that can be explained.
//!
//! It knows no clock, no I/O and no runtime; `now` is an argument. Read in this order: [`event`]
//! (what happened), [`occurrence`] (the fold), [`school`] (what the school knows), [`report`]
//! (people, stays, end and date of one occurrence), [`lesson`] (marks of a class on a date).

pub mod event;
pub mod lesson;
pub mod occurrence;
pub mod report;
pub mod school;
