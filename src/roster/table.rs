//! A file as records: encoding, header, and rows that fit the header.
//!
//! It decides where a column is and which rows can be read at all, not what their values mean.

use super::model::Place;
use super::problem::Problems;
use super::record::Record;
use super::rows::{Fault, Row, Rows};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The columns of a file that are read, by OneRoster's or Rollcall's name; all others are ignored.
pub(super) struct Columns {
    /// Without these the file cannot be read.
    pub(super) required: &'static [&'static str],
    /// These may be missing, which is as if they were empty.
    pub(super) optional: &'static [&'static str],
    /// By these of them do other rows refer to a row.
    pub(super) names: &'static [&'static str],
}

/// Where the columns of an open file are.
pub(super) struct Found {
    places: BTreeMap<&'static str, usize>,
    names: &'static [&'static str],
}

impl Found {
    /// Where this column is; none if the file does not have it.
    pub(super) fn place(&self, column: &str) -> Option<usize> {
        self.places.get(column).copied()
    }

    /// Where the names of a row are.
    pub(super) fn names(&self) -> impl Iterator<Item = usize> {
        self.names.iter().filter_map(|name| self.place(name))
    }
}

/// An open file, its header understood.
pub(super) struct Table<'a> {
    header: Place,
    rows: Rows<'a>,
    width: usize,
    columns: Found,
}

impl<'a> Table<'a> {
    /// Reads the header of `bytes`; none if the file cannot be read on, which is then in `problems`.
    pub(super) fn open(
        file: &'static str,
        bytes: &'a [u8],
        columns: &Columns,
        problems: &mut Problems,
    ) -> Option<Self> {
        let table = Self::read_header(file, bytes, columns, problems);
        if table.is_none() {
            problems.lost().add_unknown(file);
        }
        table
    }

    fn read_header(
        file: &'static str,
        bytes: &'a [u8],
        columns: &Columns,
        problems: &mut Problems,
    ) -> Option<Self> {
        let top = Place { file, line: 1 };
        if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
            problems.push(top, "is UTF-16; save it as UTF-8");
            return None;
        }
        let mut rows = Rows::new(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes));
        let Some(header) = rows.next() else {
            problems.push(top, "has no header");
            return None;
        };
        let width = header.fields.len();
        let at = Place {
            file,
            line: header.line,
        };
        let names = match text_of(header) {
            Ok(names) => names,
            Err(why) => {
                problems.push(at, why.text());
                return None;
            }
        };
        let columns = find_columns(&names, columns, at, problems)?;
        Some(Self {
            header: at,
            rows,
            width,
            columns,
        })
    }

    /// Where the header stands.
    pub(super) fn header(&self) -> Place {
        self.header
    }

    /// Whether the header has this column.
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.place(column).is_some()
    }

    /// The next row that can be read; rows before it that cannot are in `problems`. Rows without any
    /// value (spreadsheets leave them at the end) are passed over. Bytes that are not UTF-8 end the
    /// file: every later row would only say the same.
    pub(super) fn next_record(&mut self, problems: &mut Problems) -> Option<Record<'_>> {
        let Self {
            header,
            rows,
            width,
            columns,
        } = self;
        for row in rows {
            let at = Place {
                line: row.line,
                ..*header
            };
            let count = row.fields.len();
            let fields = match text_of(row) {
                Ok(fields) => fields,
                Err(unreadable) => {
                    problems.push(at, unreadable.text());
                    problems.lost().add_unknown(at.file);
                    if matches!(unreadable, Unreadable::Encoding) {
                        return None;
                    }
                    continue;
                }
            };
            if fields.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            let mut record = Record::new(at, columns, fields);
            if count == *width {
                return Some(record);
            }
            record.wrong(format!("has {count} fields, the header has {width}"));
            record.finish((), problems);
        }
        None
    }
}

/// Why a row has no values.
enum Unreadable {
    Encoding,
    Nul,
    Quoting(Fault),
}

impl Unreadable {
    fn text(&self) -> &'static str {
        match self {
            Self::Encoding => "is not UTF-8; save the file as UTF-8",
            Self::Nul => "holds a NUL character",
            Self::Quoting(Fault::Unclosed) => "has a quote that is never closed",
            Self::Quoting(Fault::TextAfterQuote) => "has text behind a closing quote",
        }
    }
}

fn text_of(row: Row<'_>) -> Result<Vec<Cow<'_, str>>, Unreadable> {
    if let Some(fault) = row.fault {
        return Err(Unreadable::Quoting(fault));
    }
    row.fields.into_iter().map(text).collect()
}

fn text(field: Cow<'_, [u8]>) -> Result<Cow<'_, str>, Unreadable> {
    let text = match field {
        Cow::Borrowed(bytes) => str::from_utf8(bytes).map(Cow::Borrowed).ok(),
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).ok(),
    }
    .ok_or(Unreadable::Encoding)?;
    if text.contains('\0') {
        return Err(Unreadable::Nul);
    }
    Ok(text)
}

/// Where the columns are; none if one is missing or ambiguous.
fn find_columns(
    header: &[Cow<'_, str>],
    columns: &Columns,
    at: Place,
    problems: &mut Problems,
) -> Option<Found> {
    let mut places = BTreeMap::new();
    let mut sound = true;
    for &column in columns.required.iter().chain(columns.optional) {
        let is_it = |name: &str| name.trim().eq_ignore_ascii_case(column);
        let mut matches = (0..header.len()).filter(|&i| is_it(&header[i]));
        match (matches.next(), matches.next()) {
            (Some(place), None) => {
                places.insert(column, place);
            }
            (Some(_), Some(_)) => {
                problems.push(at, format!("has the column {column} twice"));
                sound = false;
            }
            (None, _) if columns.required.contains(&column) => {
                problems.push(at, format!("has no column {column}"));
                sound = false;
            }
            (None, _) => {}
        }
    }
    let names = columns.names;
    sound.then_some(Found { places, names })
}
