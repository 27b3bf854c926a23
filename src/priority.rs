//! Which threads give way: Zoom's answers come before what follows from them.
//!
//! Requests and commits have threads of their own. All others of a service (hand-over, actors, reading back, the projections'
//! writer, pages) get a fifth of the processor where there is not enough for all: a burst is acknowledged first and applied a little later.

/// `nice`: about a fifth of the weight of a thread at 0 (`sched(7)`).
#[cfg(target_os = "linux")]
const NICE: i32 = 7;

/// Has this thread give way, and those that it starts from now on.
pub(crate) fn give_way() {
    // On Linux "this process" is this thread (`setpriority(2)`, C library differences); elsewhere it would be all of them.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, NICE); // a sandbox may forbid it: all are equal then
}
