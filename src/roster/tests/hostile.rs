//! Sets that went wrong on their way: never a panic, and every problem told with its file and line, on one line.

use super::parsed_places;
use crate::roster::{FILES, Problems, parse, read, source::Files};
use proptest::prelude::*;
use std::io::Write;

/// The sample set of OneRoster 1.2, which has all files.
fn sample() -> Files {
    let here = std::path::PathBuf::from(file!());
    let folder = here.parent().expect("a file lies in a folder");
    let folder = folder.join("../../../tests/fixtures/roster/oneroster_1_2");
    let bytes = |name: &'static str| Some((name, std::fs::read(folder.join(name)).ok()?));
    FILES.into_iter().filter_map(bytes).collect()
}

/// Puts bytes in place of some others.
#[derive(Clone, Debug)]
struct Change {
    file: prop::sample::Index,
    at: prop::sample::Index,
    removed: usize,
    put: Vec<u8>,
}

fn change() -> impl Strategy<Value = Change> {
    let pieces: [&[u8]; 18] = [
        b"",
        b",",
        b"\"",
        b"\"\"",
        b"\n",
        b"\r",
        b"\r\n",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"tobedeleted",
        b"student",
        b"9999-99-99",
        b"-0001-01-01",
        b"9223372036854775808",
        "\u{202e}\u{2028}é".as_bytes(),
        b"\x1b[2J",
    ];
    let piece = prop_oneof![
        6 => prop::sample::select(pieces.to_vec()).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 1..6),
        1 => (1..3000_usize).prop_map(|length| vec![b'a'; length]),
    ];
    let place = (any::<prop::sample::Index>(), any::<prop::sample::Index>());
    let removed = prop_oneof![4 => 0..20_usize, 1 => 0..5000_usize];
    (place, removed, piece).prop_map(|((file, at), removed, put)| Change {
        file,
        at,
        removed,
        put,
    })
}

fn apply(set: &mut Files, change: &Change) {
    let nth = change.file.index(set.len());
    let bytes = set.values_mut().nth(nth).expect("a file");
    let at = change.at.index(bytes.len() + 1);
    let end = (at + change.removed).min(bytes.len());
    bytes.splice(at..end, change.put.iter().copied());
}

/// Each problem is one line that begins with `file:line: `, of a line that the file has.
fn check(set: &Files, problems: &Problems) {
    assert!(problems.listed().len() <= problems.total().min(50));
    for problem in problems.listed() {
        let text = problem.to_string();
        assert!(!text.contains(char::is_control), "{text:?}");
        let (file, line) = parsed_places(&text).expect(&text);
        let bytes = set.get(file.as_str());
        let lines = bytes.map_or(1, |bytes| {
            1 + bytes.iter().filter(|byte| b"\r\n".contains(byte)).count()
        });
        assert!((1..=lines).contains(&line), "{text:?}");
    }
}

fn zipped(set: &Files) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in set {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(*name, options).expect("memory takes it");
        zip.write_all(bytes).expect("memory takes it");
    }
    zip.finish().expect("memory takes it").into_inner()
}

#[test]
fn the_sample_itself_is_sound() {
    let (roster, problems) = parse(&sample());
    assert_eq!(problems.total(), 0, "{problems}");
    assert!(!roster.users.is_empty());
}

proptest! {
    #[test]
    fn changed_sets_are_read_or_their_problems_told(
        changes in prop::collection::vec(change(), 1..8),
        without in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut set = sample();
        for change in &changes {
            apply(&mut set, change);
        }
        if let Some(without) = without {
            let name = *set.keys().nth(without.index(set.len())).expect("a file");
            set.remove(name);
        }
        let (_, problems) = parse(&set);
        check(&set, &problems);
    }

    #[test]
    fn changed_archives_are_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::weighted(0.3, any::<prop::sample::Index>()),
    ) {
        let mut bytes = zipped(&sample());
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(&bytes).expect("written");
        match read(file.path()) {
            Ok((_, problems)) => prop_assert!(problems.listed().len() <= 50),
            Err(unreadable) => prop_assert!(!unreadable.to_string().contains(char::is_control)),
        }
    }
}
