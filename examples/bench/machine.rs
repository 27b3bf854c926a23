//! What the figures were measured on.

use crate::cluster::Cluster;
use anyhow::{Context, Result};
use sea_orm::{ConnectionTrait, Database, Statement};
use std::{
    fs,
    io::Write,
    process::Command,
    thread::available_parallelism,
    time::{Duration, Instant},
};

/// Small writes to disk that are timed.
const WRITES: usize = 101;

/// Prints machine and versions.
pub(crate) async fn describe() -> Result<()> {
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_default();
    let memory = field("/proc/meminfo", "MemTotal").unwrap_or_default();
    let memory = memory.trim_end_matches(" kB").parse::<u64>()? / (1024 * 1024);
    let load = fs::read_to_string("/proc/loadavg")?;
    let load: Vec<_> = load.split(' ').take(3).collect();
    println!(
        "{} cores of {cpu}, {memory} GiB; a write of 4 KiB to disk takes {} us (median); load average {} before",
        available_parallelism()?,
        flush()?.as_micros(),
        load.join(" ")
    );
    let commit = output("git", &["describe", "--always", "--dirty"]);
    let sqlite = Database::connect("sqlite::memory:").await?;
    let sql = Statement::from_string(sqlite.get_database_backend(), "SELECT sqlite_version()");
    let version: String = sqlite
        .query_one_raw(sql)
        .await?
        .context("a version")?
        .try_get_by_index(0)?;
    let cluster = match Cluster::find().await? {
        Some(cluster) => cluster.describe().await?,
        None => "no PostgreSQL".to_owned(),
    };
    println!(
        "rollcall {} ({commit}), {}, SQLite {version}, {cluster}",
        env!("CARGO_PKG_VERSION"),
        output("rustc", &["--version"])
    );
    Ok(())
}

/// How long a small write takes until it is on the disk of the temporary folder.
fn flush() -> Result<Duration> {
    let mut file = tempfile::tempfile()?;
    let mut times = Vec::new();
    for _ in 0..WRITES {
        let begun = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    Ok(times[WRITES / 2])
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(
        |_| format!("{program} unknown"),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
