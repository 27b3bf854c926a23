//! One live actor per occurrence, found or started by the registry, supervised, woken by the sweep.
//!
//! The only folder that knows actix's actors. Callers hold a [`Registry`]: no address, no mailbox leaves
//! this folder. Delivery is a hint, the journal is the truth: what a mailbox loses, an actor reads back.
//!
//! In the order of an event's way: [`registry`] (hand-over), [`actor`] (fold, flush, leave), [`loader`] (how an actor's
//! life begins); [`supervision`] and [`watch`] replace who panics or hangs; [`sweep`] finds what was missed, for whatever reason;
//! [`retention`] gives up what is old; [`census`] tells people how the actors fare, [`rehearsal`] what would come of trying an event again.

mod actor;
mod census;
mod guarded;
mod identities;
mod loader;
mod pace;
mod recall;
mod registry;
mod rehearsal;
mod retention;
mod school;
mod slot;
mod staging;
mod supervision;
mod sweep;
#[cfg(test)]
mod tests;
mod watch;

pub use census::{Census, Entry, State};
pub use loader::LoadError;
pub use registry::{Registry, Settings};
pub use rehearsal::{Change, Computed, Rehearsal, Rehearser};
pub use retention::Retention;
