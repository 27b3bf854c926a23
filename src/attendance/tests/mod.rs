//! The rules of attendance, one test a rule.
//!
//! A case is a timeline of a few text lines ([`timeline`]), what the school knows ([`given`]) and what a
//! person would work out by hand, as text too. Everything is in UTC on Monday, 5 October 2026, unless a
//! line says otherwise.

mod given;
mod timeline;

mod dates;
mod ending;
mod fold;
mod lessons;
mod model;
mod order;
mod people;
mod stays;
