//! How many files, connections among them, the process may open: as many as the system lets it.
//!
//! The usual soft limit of 1,024 is there for programs that use `select`. Under it connections could not even be accepted
//! that the listeners have seats for, so that none would be closed in favour of a newcomer (`docs/limits.md`).

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::thread::available_parallelism;

/// Files of one worker of the public listener: its connections, and its share of everything else.
const WORKER: u64 = 1_200;

/// Raises the soft limit to the hard one, and tells where that is too little for so many workers (0 for one a core).
pub(super) fn allow(workers: usize) {
    let workers = match workers {
        0 => available_parallelism().map_or(1, usize::from),
        workers => workers,
    };
    let wanted = WORKER.saturating_mul(u64::try_from(workers).unwrap_or(u64::MAX));
    if let Some(allowed) = raise()
        && allowed < wanted
    {
        tracing::warn!(
            allowed,
            wanted,
            "too few open files are allowed (nofile): under a flood of connections Zoom may not be heard"
        );
    }
}

/// The limit after it was raised as far as it can be; none where there is none.
pub(super) fn raise() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: maximum,
        maximum,
    };
    match setrlimit(Resource::Nofile, most) {
        Ok(()) => maximum,
        Err(error) => {
            tracing::debug!(%error, "the limit of open files stays as it is");
            current
        }
    }
}
