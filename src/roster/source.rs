//! Where a set's bytes come from: a folder, or a zip archive. The only part that touches the disk.
//!
//! Names count in any case. A zip may hold its set in one folder; `__MACOSX` is none. Nothing is
//! unpacked to disk, and what an archive claims of sizes is not believed: reading stops at the limit.

use super::{FILES, Unreadable};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// The most that one file may hold, unpacked.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// The files of a set that are there, by their names in [`FILES`].
pub(super) type Files = BTreeMap<&'static str, Vec<u8>>;

type Zip = ZipArchive<BufReader<File>>;

/// All files of the set at `path`; at least one.
pub(super) fn read(path: &Path) -> Result<Files, Unreadable> {
    let about = |why: String| Unreadable(format!("{}: {why}", path.display()));
    let kind = fs::metadata(path).map_err(|e| about(e.to_string()))?;
    let files = if kind.is_dir() {
        read_folder(path)
    } else if kind.is_file() {
        read_zip(path)
    } else {
        Err("is neither a folder nor a zip archive".to_owned())
    }
    .map_err(about)?;
    if files.is_empty() {
        return Err(about(format!("holds none of {}", FILES.join(", "))));
    }
    Ok(files)
}

fn read_folder(path: &Path) -> Result<Files, String> {
    let mut files = Files::new();
    for (name, path) in find_in_folder(path).map_err(|e| e.to_string())? {
        let wrong = |why: String| format!("{name}: {why}");
        if !path.is_file() {
            return Err(wrong("is not a file".to_owned()));
        }
        let file = File::open(path).map_err(|e| wrong(e.to_string()))?;
        let bytes = read_bounded(file, MAX_BYTES).map_err(wrong)?;
        if files.insert(name, bytes).is_some() {
            return Err(twice(name));
        }
    }
    Ok(files)
}

fn find_in_folder(path: &Path) -> std::io::Result<Vec<(&'static str, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if let Some(name) = entry.file_name().to_str().and_then(known) {
            found.push((name, entry.path()));
        }
    }
    Ok(found)
}

fn read_zip(path: &Path) -> Result<Files, String> {
    let file = File::open(path).map_err(|e| e.to_string())?;
    let mut zip = ZipArchive::new(BufReader::new(file))
        .map_err(|e| format!("is neither a folder nor a readable zip archive ({e})"))?;
    let mut files = Files::new();
    for (name, index) in find_in_zip(&zip)? {
        let wrong = |why: String| format!("{name}: {why}");
        let entry = zip.by_index(index).map_err(|e| wrong(e.to_string()))?;
        let bytes = read_bounded(entry, MAX_BYTES).map_err(wrong)?;
        if files.insert(name, bytes).is_some() {
            return Err(twice(name));
        }
    }
    Ok(files)
}

/// The entries that belong to the set, all from the same folder. Archives made on Windows may
/// separate folders by backslashes.
fn find_in_zip(zip: &Zip) -> Result<Vec<(&'static str, usize)>, String> {
    let mut found = Vec::new();
    let mut folders = BTreeSet::new();
    for index in 0..zip.len() {
        let Some(Ok(path)) = zip.name_for_index(index) else {
            continue;
        };
        let path = path.replace('\\', "/");
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        if folder.split('/').any(|part| part == "__MACOSX") {
            continue;
        }
        if let Some(name) = known(name) {
            found.push((name, index));
            folders.insert(folder.to_owned());
        }
    }
    if folders.len() > 1 {
        return Err("holds files of a set in more than one folder".to_owned());
    }
    Ok(found)
}

fn known(name: &str) -> Option<&'static str> {
    FILES
        .into_iter()
        .find(|file| file.eq_ignore_ascii_case(name))
}

fn twice(name: &str) -> String {
    format!("holds {name} twice, in different spellings")
}

fn read_bounded(source: impl Read, limit: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let length = source
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| e.to_string())?;
    if length as u64 > limit {
        return Err(format!("is larger than {} MiB", limit >> 20));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::read_bounded;

    #[test]
    fn a_file_at_the_limit_is_taken_and_one_beyond_is_not() {
        let at_limit = vec![b'x'; 1 << 20];
        assert_eq!(read_bounded(&at_limit[..], 1 << 20), Ok(at_limit));
        let endless = std::io::repeat(0);
        assert_eq!(
            read_bounded(endless, 1 << 20),
            Err("is larger than 1 MiB".to_owned())
        );
    }
}
