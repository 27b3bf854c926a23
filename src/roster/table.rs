//! A file as records whose values are found by column name, checked as they are taken.
//!
//! A record gathers all that is wrong with its row, so that one import names everything. What a
//! value means is decided in `value` and in the file's own module.

use super::model::Place;
use super::problem::Problems;
use super::rows::{Fault, Row, Rows};
use super::value;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// The most characters of an id, an e-mail or a word from a list.
pub(super) const ID: usize = 255;
/// The most characters of a name or title.
pub(super) const NAME: usize = 500;
/// The most characters of a URL.
pub(super) const URL: usize = 2048;

/// The columns of a file that are read, by OneRoster's or Rollcall's name; all others are ignored.
pub(super) struct Columns {
    /// Without these the file cannot be read.
    pub(super) required: &'static [&'static str],
    /// These may be missing, which is as if they were empty.
    pub(super) optional: &'static [&'static str],
}

/// An open file, its header understood.
pub(super) struct Table<'a> {
    header: Place,
    rows: Rows<'a>,
    width: usize,
    columns: BTreeMap<&'static str, usize>,
}

impl<'a> Table<'a> {
    /// Reads the header of `bytes`; none if the file cannot be read on, which is then in `problems`.
    pub(super) fn open(
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
        self.columns.contains_key(column)
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
                    if matches!(unreadable, Unreadable::Encoding) {
                        return None;
                    }
                    continue;
                }
            };
            if fields.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            if count != *width {
                problems.push(at, format!("has {count} fields, the header has {width}"));
                continue;
            }
            return Some(Record {
                at,
                columns,
                fields,
                wrong: Vec::new(),
            });
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
) -> Option<BTreeMap<&'static str, usize>> {
    let mut found = BTreeMap::new();
    let mut sound = true;
    for &column in columns.required.iter().chain(columns.optional) {
        let is_it = |name: &str| name.trim().eq_ignore_ascii_case(column);
        let mut places = (0..header.len()).filter(|&i| is_it(&header[i]));
        match (places.next(), places.next()) {
            (Some(place), None) => {
                found.insert(column, place);
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
    sound.then_some(found)
}

/// One row. What is wrong with it gathers until [`Record::finish`]; until then, a value that is wrong
/// reads as empty.
pub(super) struct Record<'t> {
    /// Where it stands.
    pub(super) at: Place,
    columns: &'t BTreeMap<&'static str, usize>,
    fields: Vec<Cow<'t, str>>,
    wrong: Vec<String>,
}

impl Record<'_> {
    /// The value, trimmed; none if it is empty or there is no such column.
    pub(super) fn text(&mut self, column: &'static str, limit: usize) -> Option<String> {
        let value = self.fields[*self.columns.get(column)?].trim();
        if value.is_empty() {
            return None;
        }
        match value::checked_text(value, limit) {
            Ok(()) => Some(value.to_owned()),
            Err(why) => {
                self.wrong(format!("{column} {why}"));
                None
            }
        }
    }

    /// The value, which must not be empty.
    pub(super) fn required(&mut self, column: &'static str, limit: usize) -> String {
        let wrong_before = self.wrong.len();
        let value = self.text(column, limit);
        if value.is_none() && self.wrong.len() == wrong_before {
            self.wrong(format!("{column} is empty"));
        }
        value.unwrap_or_default()
    }

    /// The value as an id, which must not be empty and stands on one line.
    pub(super) fn id(&mut self, column: &'static str) -> String {
        let id = self.required(column, ID);
        self.one_line(column, &id);
        id
    }

    /// The value as an id, if there is one.
    pub(super) fn optional_id(&mut self, column: &'static str) -> Option<String> {
        let id = self.text(column, ID)?;
        self.one_line(column, &id);
        Some(id)
    }

    fn one_line(&mut self, column: &'static str, value: &str) {
        if value.contains(char::is_control) {
            self.wrong(format!("{column} holds a control character"));
        }
    }

    /// The value as an e-mail, in lower case.
    pub(super) fn email(&mut self, column: &'static str) -> Option<String> {
        self.optional_id(column).map(|email| email.to_lowercase())
    }

    /// The value as `read` understands it; `read` says what is wrong without repeating the value.
    pub(super) fn parsed<T>(
        &mut self,
        column: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.text(column, ID)?;
        match read(&value) {
            Ok(value) => Some(value),
            Err(why) => {
                self.wrong(format!("{column} {why}"));
                None
            }
        }
    }

    /// Zoom's meeting number.
    pub(super) fn meeting_number(&mut self) -> String {
        const COLUMN: &str = "zoom_meeting_id";
        let wrong_before = self.wrong.len();
        let number = self.parsed(COLUMN, value::meeting_number);
        if number.is_none() && self.wrong.len() == wrong_before {
            self.wrong(format!("{COLUMN} is empty"));
        }
        number.unwrap_or_default()
    }

    /// OneRoster's `status`: whether the row is to be deleted.
    pub(super) fn is_deleted(&mut self) -> bool {
        let status = self.text("status", ID);
        status.is_some_and(|status| status.eq_ignore_ascii_case("tobedeleted"))
    }

    /// Adds to what is wrong.
    pub(super) fn wrong(&mut self, what: impl Into<String>) {
        self.wrong.push(what.into());
    }

    /// `value` if nothing is wrong with the row.
    pub(super) fn finish<T>(self, value: T, problems: &mut Problems) -> Option<T> {
        let sound = self.wrong.is_empty();
        for what in self.wrong {
            problems.push(self.at, what);
        }
        sound.then_some(value)
    }
}

/// Keys of a file that may stand only once, with the lines on which they do.
#[derive(Default)]
pub(super) struct Once(HashMap<String, u64>);

impl Once {
    /// Adds `key`, unless it is empty; wrong if it stood on an earlier line. `what` names the columns.
    pub(super) fn check(&mut self, key: &str, what: &str, record: &mut Record<'_>) {
        if key.is_empty() {
            return;
        }
        let line = record.at.line;
        let first = *self.0.entry(key.to_owned()).or_insert(line);
        if first != line {
            record.wrong(format!("{what} is the same as on line {first}"));
        }
    }
}
