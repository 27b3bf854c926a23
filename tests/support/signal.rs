//! Signals to a test's own processes, without the program `kill`, which slim images lack.

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};
use std::process::Child;

/// Sends a signal to a process that nobody has waited for to its end.
pub fn send(process: &Child, signal: Signal) {
    let sent = kill_process(Pid::from_child(process), signal);
    sent.unwrap_or_else(|error| panic!("{signal:?}: {error}"));
}
