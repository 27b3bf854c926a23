//! Which threads give way: Zoom's answers come before what follows from them.
//!
//! Requests and commits have threads of their own. The hand-over, the actors, reading back, the projections' writer and whatever else asks
//! a database get a fifth of the processor where there is not enough for all: a burst is acknowledged first and applied a little later.

#[cfg(target_os = "linux")]
use rustix::process::{getpriority_process, setpriority_process};

/// `nice`: about a fifth of the weight of a thread at 0 (`sched(7)`).
#[cfg(target_os = "linux")]
const NICE: i32 = 7;

/// Has this thread give way, and those that it starts from now on; one that gives way already, as far at least, goes on as it is.
pub(crate) fn give_way() {
    // On Linux "this process" is this thread (`setpriority(2)`, C library differences); elsewhere it would be all of them.
    #[cfg(target_os = "linux")]
    if getpriority_process(None).is_ok_and(|nice| nice < NICE) {
        let _ = setpriority_process(None, NICE); // a sandbox may forbid it: all are equal then
    }
}
