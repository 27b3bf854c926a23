//! The fault seam: occurrences whose actors panic when they stage.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

static FAULTS: Mutex<Option<HashMap<String, u32>>> = Mutex::new(None);

/// Has the occurrence's actor panic at its next `times` attempts to stage; 0 ends it.
pub(super) fn plan(occurrence: &str, times: u32) {
    let mut faults = FAULTS.lock().unwrap_or_else(PoisonError::into_inner);
    let faults = faults.get_or_insert_default();
    faults.insert(occurrence.to_owned(), times);
}

/// How many of the planned panics are still to come.
pub(super) fn left(occurrence: &str) -> u32 {
    let faults = FAULTS.lock().unwrap_or_else(PoisonError::into_inner);
    let left = faults.as_ref().and_then(|faults| faults.get(occurrence));
    left.copied().unwrap_or(0)
}

/// Called by every actor that stages.
pub(in crate::meeting) fn strike(occurrence: &str) {
    let left = left(occurrence);
    if left > 0 {
        plan(occurrence, left - 1);
        panic!("planned by a test");
    }
}
