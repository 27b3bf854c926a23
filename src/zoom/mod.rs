//! Zoom's wire format, pure: raw bytes and header values in, domain events out.
//!
//! Read in this order: [`signature`] (is it Zoom's?), `text` (bytes made text), `object` (JSON read
//! one level at a time), [`envelope`] (event, time and raw payload), [`challenge`] (URL validation),
//! [`translate`] (what a webhook means for attendance), `participant` (who it speaks of).
//!
//! It knows no clock, no I/O and no storage, and logs nothing: bodies are full of personal data.

pub mod challenge;
pub mod envelope;
pub mod signature;
pub mod translate;

mod object;
mod participant;
mod text;

#[cfg(test)]
mod tests;
