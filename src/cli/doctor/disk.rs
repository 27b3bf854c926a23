//! The disk: room and rights where the SQLite files lie.

use super::report::Check;
use crate::{config::Config, store::connect::sqlite_file};
use rustix::{
    fs::{Access, access, statvfs},
    io::Errno,
};
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
    match statvfs(folder) {
        Ok(disk) => of_bytes(
            folder,
            disk.f_bavail.saturating_mul(disk.f_frsize),
            disk.f_blocks.saturating_mul(disk.f_frsize).max(1),
        ),
        Err(error) => missing(folder, &error.into()),
    }
}

/// What `free` of `size` bytes mean.
fn of_bytes(folder: &Path, free: u64, size: u64) -> Check {
    let (place, megabytes) = (folder.display(), free / 1_000_000);
    let found = format!(
        "{place}: {megabytes} MB free, {} %",
        free.saturating_mul(100) / size
    );
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
    let mend = match error {
        Errno::ROFS => {
            "mount its volume writable, or put database.url and journal.url on one that is"
        }
        _ => "give it to the user that the service runs as, or run this as that user",
    };
    Some(Check::wrong(NAME, found, mend))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_less_room_the_worse() {
        let mend = "make room, or grow the volume: when it is full webhooks are answered 503";
        for (free, found) in [
            (20_000_000_000, "20000 MB free, 10 %"),
            (200_000_000_000, "200000 MB free, 100 %"),
        ] {
            let check = Check::ok(NAME, format!("/data: {found}"));
            assert_eq!(of_bytes(Path::new("/data"), free, 200_000_000_000), check);
        }
        for (free, found) in [
            (19_999_999_999, "19999 MB free, 9 %"),
            (4_000_000_000, "4000 MB free, 2 %"),
        ] {
            let check = Check::warning(NAME, format!("/data: {found}"), mend);
            assert_eq!(of_bytes(Path::new("/data"), free, 200_000_000_000), check);
        }
        for (free, found) in [(3_999_999_999, "3999 MB free, 1 %"), (0, "0 MB free, 0 %")] {
            let check = Check::wrong(NAME, format!("/data: {found}"), mend);
            assert_eq!(of_bytes(Path::new("/data"), free, 200_000_000_000), check);
        }
    }
}
