//! One row, its values taken by column name and checked as they are taken.
//!
//! A record gathers all that is wrong with its row, so that one import names everything. What a
//! value means is decided in `value` and in the file's own module.

use super::model::Place;
use super::problem::Problems;
use super::table::Found;
use super::value;
use std::borrow::Cow;
use std::collections::HashMap;

/// The most characters of an id, an e-mail or a word from a list.
pub(super) const ID: usize = 255;
/// The most characters of a name or title.
pub(super) const NAME: usize = 500;
/// The most characters of a URL.
pub(super) const URL: usize = 2048;

/// One row. What is wrong with it gathers until [`Record::finish`]; until then, a value that is wrong
/// reads as empty.
pub(super) struct Record<'t> {
    /// Where it stands.
    pub(super) at: Place,
    columns: &'t Found,
    fields: Vec<Cow<'t, str>>,
    wrong: Vec<String>,
}

impl<'t> Record<'t> {
    /// The row `at`. Values may be taken from it if it has a field for each of `columns`.
    pub(super) fn new(at: Place, columns: &'t Found, fields: Vec<Cow<'t, str>>) -> Self {
        Self {
            at,
            columns,
            fields,
            wrong: Vec::new(),
        }
    }

    /// The value, trimmed; none if it is empty or there is no such column.
    pub(super) fn text(&mut self, column: &'static str, limit: usize) -> Option<String> {
        let value = self.fields[self.columns.place(column)?].trim();
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

    /// As [`Record::parsed`], of a value that must not be empty.
    pub(super) fn required_parsed<T>(
        &mut self,
        column: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let wrong_before = self.wrong.len();
        let value = self.parsed(column, read);
        if value.is_none() && self.wrong.len() == wrong_before {
            self.wrong(format!("{column} is empty"));
        }
        value
    }

    /// Zoom's meeting number.
    pub(super) fn meeting_number(&mut self) -> String {
        let number = self.required_parsed("zoom_meeting_id", value::meeting_number);
        number.unwrap_or_default()
    }

    /// OneRoster's `status`: whether the row is to be deleted.
    pub(super) fn is_deleted(&mut self) -> bool {
        self.parsed("status", value::deletion).unwrap_or(false)
    }

    /// Adds to what is wrong.
    pub(super) fn wrong(&mut self, what: impl Into<String>) {
        self.wrong.push(what.into());
    }

    /// `value` if nothing is wrong with the row, which is lost otherwise.
    pub(super) fn finish<T>(self, value: T, problems: &mut Problems) -> Option<T> {
        if self.wrong.is_empty() {
            return Some(value);
        }
        for name in self.columns.names().filter_map(|i| self.fields.get(i)) {
            problems.lost().add(self.at.file, name);
        }
        for what in self.wrong {
            problems.push(self.at, what);
        }
        None
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
