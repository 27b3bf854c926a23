//! The disk: room and rights where the SQLite files lie.

use super::report::Check;
use crate::{config::Config, store::connect::sqlite_file};
use rustix::fs::{Access, access, statvfs};
use std::{
    io,
    path::{Path, PathBuf},
};

const NAME: &str = "disk";
/// Below a tenth somebody must act soon (so the alert has it too), below a fiftieth at once.
const LITTLE: u64 = 10;
const NEXT_TO_NOTHING: u64 = 50;

/// Each folder that holds a SQLite file of ours.
pub(super) fn checks(config: &Config) -> Vec<Check> {
    let journal = config.journal_url();
    let files: Vec<PathBuf> = [&config.database.url, &journal]
        .into_iter()
        .filter_map(sqlite_file)
        .collect();
    let mut folders: Vec<&Path> = files.iter().map(|file| folder(file)).collect();
    folders.dedup();
    if folders.is_empty() {
        let found = "all is in PostgreSQL: watch the disk of its server";
        return vec![Check::note(NAME, found)];
    }
    let mut checks: Vec<_> = folders.into_iter().map(room).collect();
    checks.extend(files.iter().filter_map(|file| rights(file)));
    checks
}

fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn room(folder: &Path) -> Check {
    let place = folder.display();
    let disk = match statvfs(folder) {
        Ok(disk) => disk,
        Err(error) => return missing(folder, &error.into()),
    };
    let (free, size) = (disk.f_bavail, disk.f_blocks.max(1));
    let megabytes = free.saturating_mul(disk.f_frsize) / 1_000_000;
    let found = format!("{place}: {megabytes} MB free, {} %", free * 100 / size);
    let mend = "make room, or grow the volume: when it is full webhooks are answered 503";
    match free {
        free if free < size / NEXT_TO_NOTHING => Check::wrong(NAME, found, mend),
        free if free < size / LITTLE => Check::warning(NAME, found, mend),
        _ => Check::ok(NAME, found),
    }
}

fn missing(folder: &Path, error: &io::Error) -> Check {
    let found = format!("{}: {}", folder.display(), error.kind());
    let mend = "make the folder, or correct database.url and journal.url";
    Check::wrong(NAME, found, mend)
}

/// What keeps this user from writing: SQLite also makes files beside the database.
fn rights(file: &Path) -> Option<Check> {
    let refused = [file, folder(file)]
        .into_iter()
        .filter(|path| path.exists())
        .find_map(|path| Some((path, access(path, Access::WRITE_OK).err()?)));
    let (path, error) = refused?;
    let found = format!(
        "{} cannot be written by this user: {}",
        path.display(),
        io::Error::from(error).kind()
    );
    let mend = "give it to the user that the service runs as, or run this as that user";
    Some(Check::wrong(NAME, found, mend))
}
