//! The time that a page of marks is about: `?from=` and `?to=`, both included; without them some days up to today.

use super::{answer::Failure, words};
use crate::http::api::Parameters;
use actix_web::HttpRequest;
use jiff::{ToSpan, civil::Date, tz::TimeZone};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from: Date,
    pub(super) to: Date,
}

impl Period {
    /// What `request` asks for; else `days` up to today in `zone`.
    pub(super) fn of(request: &HttpRequest, zone: &TimeZone, days: i32) -> Result<Self, Failure> {
        let given = Parameters::of(request, &["from", "to"])?;
        let today = zone.to_datetime(words::now()).date();
        Self::between(given.date("from")?, given.date("to")?, today, days)
    }

    fn between(
        from: Option<Date>,
        to: Option<Date>,
        today: Date,
        days: i32,
    ) -> Result<Self, Failure> {
        let to = to.unwrap_or(today.max(from.unwrap_or(today)));
        let from = from.unwrap_or_else(|| to.saturating_sub(days.days()));
        if from > to {
            return Err(Failure::parameter("to", "before from"));
        }
        Ok(Self { from, to })
    }

    pub(super) fn is_one_day(self) -> bool {
        self.from == self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn what_is_not_said_is_some_days_up_to_today() {
        let today = date(2026, 11, 2);
        let between = |from, to| {
            let period = Period::between(from, to, today, 28);
            period.map(|period| (period.from, period.to)).ok()
        };
        let (may, june) = (date(2026, 5, 1), date(2026, 6, 1));
        assert_eq!(between(None, None), Some((date(2026, 10, 5), today)));
        assert_eq!(between(Some(may), None), Some((may, today)));
        assert_eq!(between(None, Some(june)), Some((date(2026, 5, 4), june)));
        assert_eq!(between(Some(may), Some(june)), Some((may, june)));
        assert_eq!(between(Some(june), Some(may)), None);
        let later = date(2026, 12, 24);
        assert_eq!(between(Some(later), None), Some((later, later)));
    }
}
