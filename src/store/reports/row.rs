//! The rows behind the answers, no wider than what is shown: a table that another hand made may hold anything in its
//! other columns. And the times of the database in the words of this program.

use crate::store::entity::{class, user};
use jiff::{Timestamp, civil::Date};
use sea_orm::{
    DerivePartialModel,
    prelude::{TimeDate, TimeDateTimeWithTimeZone, Uuid},
};
use std::fmt;

/// A class by its names.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "class::Entity")]
pub struct Class {
    /// Its row.
    pub id: Uuid,
    /// OneRoster's id.
    pub sourced_id: Option<String>,
    /// Its title.
    pub name: String,
}

/// A student by id alone.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "user::Entity")]
pub struct Pupil {
    /// The row of `users`.
    pub id: Uuid,
    /// OneRoster's id.
    pub sourced_id: Option<String>,
}

/// A student with what identifies them to people; `Debug` shows the id only.
#[derive(Clone, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "user::Entity")]
pub struct Student {
    /// The row of `users`.
    pub id: Uuid,
    /// OneRoster's id.
    pub sourced_id: Option<String>,
    /// The address, if any.
    pub email: Option<String>,
    /// As the roster gives it.
    pub full_name: String,
}

impl fmt::Debug for Student {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Student({})", self.id)
    }
}

/// The instant, cut to seconds.
pub(super) fn timestamp(at: TimeDateTimeWithTimeZone) -> Timestamp {
    Timestamp::from_second(at.unix_timestamp()).unwrap_or(Timestamp::MAX)
}

/// The instant for a query.
pub(super) fn from_timestamp(at: Timestamp) -> TimeDateTimeWithTimeZone {
    TimeDateTimeWithTimeZone::from_unix_timestamp(at.as_second())
        .unwrap_or(TimeDateTimeWithTimeZone::UNIX_EPOCH)
}

/// The date.
pub(super) fn date(date: TimeDate) -> Date {
    let year = i16::try_from(date.year()).unwrap_or(i16::MAX);
    let month = i8::try_from(u8::from(date.month())).unwrap_or(i8::MAX);
    let day = i8::try_from(date.day()).unwrap_or(i8::MAX);
    Date::new(year, month, day).unwrap_or(Date::MAX)
}

/// The date for a query.
pub(super) fn from_date(date: Date) -> TimeDate {
    let ordinal = u16::try_from(date.day_of_year()).unwrap_or(1);
    TimeDate::from_ordinal_date(i32::from(date.year()), ordinal).unwrap_or(TimeDate::MIN)
}
