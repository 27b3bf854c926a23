//! The fault seam: occurrences whose actors panic, or hold up their thread, when they stage.

use std::{
    collections::HashMap,
    sync::{
        LazyLock, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    time::Duration,
};

/// A thread that a failed test forgot goes on after this.
const LONGEST_HOLD: Duration = Duration::from_mins(1);

#[derive(Default)]
struct Faults {
    panics: HashMap<String, u32>,
    holds: HashMap<String, Receiver<()>>,
    strikes: HashMap<String, u32>,
}

static FAULTS: LazyLock<Mutex<Faults>> = LazyLock::new(Mutex::default);

/// Has the occurrence's actor panic at its next `times` attempts to stage; 0 ends it.
pub(super) fn plan(occurrence: &str, times: u32) {
    faults().panics.insert(occurrence.to_owned(), times);
}

/// How many of the planned panics are still to come.
pub(super) fn left(occurrence: &str) -> u32 {
    faults().panics.get(occurrence).copied().unwrap_or(0)
}

/// How often the occurrence was staged.
pub(super) fn strikes(occurrence: &str) -> u32 {
    faults().strikes.get(occurrence).copied().unwrap_or(0)
}

/// Has the occurrence's actor hold up its thread, once, until what this returns is dropped.
pub(super) fn hold(occurrence: &str) -> Sender<()> {
    let (release, held) = mpsc::channel();
    faults().holds.insert(occurrence.to_owned(), held);
    release
}

/// Whether the thread is held up, or was.
pub(super) fn holds(occurrence: &str) -> bool {
    !faults().holds.contains_key(occurrence)
}

/// Called by every actor that stages.
pub(in crate::meeting) fn strike(occurrence: &str) {
    *faults().strikes.entry(occurrence.to_owned()).or_default() += 1;
    let held = faults().holds.remove(occurrence);
    if let Some(held) = held {
        let _ = held.recv_timeout(LONGEST_HOLD); // released by a drop
    }
    let left = left(occurrence);
    if left > 0 {
        plan(occurrence, left - 1);
        panic!("planned by a test");
    }
}

fn faults() -> MutexGuard<'static, Faults> {
    FAULTS.lock().unwrap_or_else(PoisonError::into_inner)
}
