//! The thread that commits: what else the process does with its databases, reports and reading back among it, has others.

use super::error::JournalError;
use tokio::runtime::{Builder, Handle, Runtime};

/// Ends, with all its tasks, when it is dropped.
pub(super) struct Thread {
    /// There until it is dropped.
    runtime: Option<Runtime>,
    /// To start tasks there.
    pub(super) tasks: Handle,
}

impl Thread {
    pub(super) fn start() -> Result<Self, JournalError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("journal")
            .enable_all()
            .build()
            .map_err(JournalError::Thread)?;
        Ok(Self {
            tasks: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }
}

/// Whoever drops it is a task, which must not wait for others.
impl Drop for Thread {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
