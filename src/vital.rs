//! Tasks without which the service only looks as if it worked.
//!
//! A panic in one of them ends the process: whoever runs it starts it again, and the journal has everything.
//! (A meeting's actor is not vital: the registry replaces it.)

use futures_util::FutureExt;
use std::{panic::AssertUnwindSafe, process};
use tokio::runtime::Handle;

/// Runs `task` on `runtime`; a panic in it ends the process.
pub(crate) fn spawn(runtime: &Handle, task: impl Future<Output = ()> + Send + 'static) {
    runtime.spawn(guard(task));
}

/// `task`; a panic in it ends the process.
pub(crate) async fn guard(task: impl Future<Output = ()>) {
    if AssertUnwindSafe(task).catch_unwind().await.is_err() {
        tracing::error!("a vital task panicked; the process ends, to be started again");
        process::exit(1);
    }
}

/// What `step` comes to; none where it panics: a task that goes on with other steps outlives one that panics every time.
pub(crate) async fn attempt<T>(step: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(step).catch_unwind().await.ok()
}
