//! The pure core: from the set of an occurrence's events to marks that can be explained.
//!
//! It knows no clock, no I/O and no runtime; `now` is an argument. Read in this order:
//!
//! | file | decides |
//! |---|---|
//! | [`event`] | what can happen, free of Zoom's wire format |
//! | [`occurrence`], `seat`, `facts` | the fold: what the set of events says, in memory |
//! | `connection` | which seats are one connection, which connections are bound together |
//! | `stay`, `interval` | where each stay ends and what it counts |
//! | [`confirmed`] | which keys a person said are a user's |
//! | [`school`], `matching` | what the school knows; which user a set of keys names |
//! | `person` | who was there: connections tied together by identity |
//! | `sharing` | whether two people used one registrant's link |
//! | `timetable` | zone, local date, scheduled time of day |
//! | `ending` | when the occurrence is over |
//! | [`report`] | all of this together, for one occurrence |
//! | [`seal`] | the fold's state as plain values, for when the events are gone |
//! | [`lesson`] | marks of a class on a date, over all its occurrences |

pub mod confirmed;
pub mod event;
pub mod lesson;
pub mod occurrence;
pub mod report;
pub mod school;
pub mod seal;

mod connection;
mod ending;
mod facts;
mod interval;
mod matching;
mod person;
mod seat;
mod sharing;
mod stay;
mod timetable;

#[cfg(test)]
mod tests;
