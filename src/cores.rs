//! How many threads the processor's cores are worth.

use std::thread::available_parallelism;

/// All cores.
pub(crate) fn all() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// Half of the cores, but one at least: requests, databases, actors and the journal each have threads of their own, and none needs
/// all of the machine. More of them only wake each other.
pub(crate) fn half() -> usize {
    all().div_ceil(2)
}
