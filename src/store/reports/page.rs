//! Lists a page at a time: by key, not by offset, so that a page costs the same at the end as at the beginning and
//! rows that come in between are neither skipped nor shown twice.

use super::Error;
use jiff::{Timestamp, civil::Date};
use sea_orm::prelude::{TimeDate, TimeDateTimeWithTimeZone, Uuid};

use super::row::{from_date, from_timestamp};

/// Where a page ended: the key of its last item, part by part. Ids, dates and instants only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position(pub Vec<String>);

/// Which part of a list.
#[derive(Clone, Debug)]
pub struct Window {
    /// The end of the page before; none for the first.
    pub after: Option<Position>,
    /// How many items at most; at least one.
    pub limit: u64,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// In the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; none if this is the last.
    pub next: Option<Position>,
}

impl<T> Page<T> {
    /// Nothing, and nothing behind it.
    pub(super) fn empty() -> Self {
        Self {
            items: Vec::new(),
            next: None,
        }
    }

    /// The page made of `rows`, of which one more than `limit` was asked for to see whether there are more.
    pub(super) fn cut(mut rows: Vec<T>, limit: u64, position: impl Fn(&T) -> Position) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(position);
        Self { items: rows, next }
    }

    /// The same page of something else.
    pub(crate) fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(change).collect(),
            next: self.next,
        }
    }
}

impl Position {
    /// Exactly `N` parts, or it is not a position of this list.
    pub(super) fn parts<const N: usize>(&self) -> Result<[&str; N], Error> {
        let parts: Vec<&str> = self.0.iter().map(String::as_str).collect();
        parts.try_into().map_err(|_| Error::Position)
    }
}

/// A part that is an id.
pub(super) fn id(part: &str) -> Result<Uuid, Error> {
    Uuid::try_parse(part).map_err(|_| Error::Position)
}

/// A part that is a date.
pub(super) fn date(part: &str) -> Result<TimeDate, Error> {
    let date: Date = part.parse().map_err(|_| Error::Position)?;
    Ok(from_date(date))
}

/// A part that is an instant.
pub(super) fn instant(part: &str) -> Result<TimeDateTimeWithTimeZone, Error> {
    let at: Timestamp = part.parse().map_err(|_| Error::Position)?;
    Ok(from_timestamp(at))
}
