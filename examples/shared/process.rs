//! A process that was started to be measured, and what the kernel says of it.

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    process::{Child, Command, ExitStatus},
    time::Duration,
};

/// Ticks of the kernel's clock in a second, as `/proc` counts CPU time: 100 on every Linux there is.
const TICKS: u64 = 100;

/// It ends with its handle.
pub(crate) struct Process(Child);

impl Process {
    /// Starts it.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        Ok(Self(command.spawn()?))
    }

    /// What it is started with.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.0.try_wait()?)
    }

    /// Bytes in RAM.
    pub(crate) fn resident(&self) -> Result<u64> {
        self.memory("VmRSS:")
    }

    /// The most bytes that it ever had in RAM.
    pub(crate) fn peak(&self) -> Result<u64> {
        self.memory("VmHWM:")
    }

    /// CPU time that it has used.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        cpu(self.0.id(), false)
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.0), Signal::TERM)?;
        let status = tokio::task::spawn_blocking(move || self.0.wait().map(|s| (s, self)));
        let (status, _process) = status.await??;
        ensure!(status.success(), "it ended with {status}");
        Ok(())
    }

    fn memory(&self, field: &str) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(kilobytes.context("a figure")?.trim().parse::<u64>()? * 1024)
    }
}

/// `kill -9`.
impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// CPU time that a process has used; with its children that have ended, where asked for.
pub(crate) fn cpu(id: u32, with_children: bool) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The name, in brackets, may contain anything; user and system time are the 14th and 15th field, children's follow.
    let (_, fields) = stat.rsplit_once(')').context("a process")?;
    let fields = fields.split_whitespace().skip(11);
    let times = fields.take(if with_children { 4 } else { 2 });
    let mut ticks = 0;
    for time in times {
        ticks += time.parse::<u64>()?;
    }
    Ok(Duration::from_millis(ticks * 1000 / TICKS))
}
