//! How the journal is, shared between its committer, its handles and the health checks.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// How the journal is at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each shown to operators by name"
)]
pub struct Health {
    /// This process holds the journal's lock.
    pub owner: bool,
    /// The last commit, or the last attempt to get ready for one, failed.
    pub failing: bool,
    /// No event is taken any more.
    pub draining: bool,
    /// Events that wait for a commit.
    pub queued: usize,
}

impl Health {
    /// Whether an event that arrives now can be expected to become durable.
    pub fn ready(&self) -> bool {
        self.owner && !self.failing && !self.draining
    }
}

/// The flags behind [`Health`].
#[derive(Debug, Default)]
pub(super) struct Status {
    owner: AtomicBool,
    failing: AtomicBool,
    draining: AtomicBool,
}

impl Status {
    pub(super) fn health(&self, queued: usize) -> Health {
        Health {
            owner: self.owner.load(Relaxed),
            failing: self.failing.load(Relaxed),
            draining: self.draining(),
            queued,
        }
    }

    pub(super) fn draining(&self) -> bool {
        self.draining.load(Relaxed)
    }

    /// The journal is ours and takes commits.
    pub(super) fn set_ready(&self) {
        self.owner.store(true, Relaxed);
        self.failing.store(false, Relaxed);
        self.show();
    }

    /// The store refused or did not answer. True where that is new.
    pub(super) fn set_failing(&self) -> bool {
        let before = self.failing.swap(true, Relaxed);
        self.show();
        !before
    }

    /// Another process has the journal, or the committer has ended. True where that is new.
    pub(super) fn set_disowned(&self) -> bool {
        let before = self.owner.swap(false, Relaxed);
        self.failing.store(false, Relaxed);
        self.show();
        before
    }

    pub(super) fn set_draining(&self) {
        self.draining.store(true, Relaxed);
        self.show();
    }

    fn show(&self) {
        let ready = self.health(0).ready();
        metrics::gauge!("rollcall_journal_ready").set(f64::from(u8::from(ready)));
    }
}
