//! Marks as pages show them, and what they come to.

use super::{answer::Failure, words};
use crate::{
    http::admin::Admin,
    store::reports::{Mark, Marks, Page, Participation, Position, Window},
};
use jiff::{Timestamp, tz::TimeZone};

/// Items of a page of a query.
const PAGE: u64 = 1000;

/// A mark.
pub(super) struct Cell {
    pub(super) status: String,
    pub(super) manual: bool,
    pub(super) length: String,
    /// What is computed, where the mark is another.
    pub(super) computed: Option<String>,
    pub(super) by_hand: Option<ByHand>,
}

/// Who set a mark, and why.
pub(super) struct ByHand {
    pub(super) by: String,
    pub(super) at: Timestamp,
    /// The same, for people.
    pub(super) when: String,
    pub(super) reason: String,
}

/// How many marks of each word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) present: u32,
    pub(super) partial: u32,
    pub(super) absent: u32,
    /// Of another hand's words.
    pub(super) other: u32,
    /// Of all these, set by hand.
    pub(super) manual: u32,
}

/// The marks that `which` names, and whether there are more than `most`.
pub(super) async fn marks(
    admin: &Admin,
    which: Marks,
    most: usize,
) -> Result<(Vec<Mark>, bool), Failure> {
    let now = words::now();
    all(most, |window| {
        let (reports, which) = (admin.reports.clone(), which.clone());
        async move { Ok(reports.attendance(which, window, now).await?) }
    })
    .await
}

/// What the marks that `which` names come to, of at most `most` students' classes.
pub(super) async fn sums(
    admin: &Admin,
    which: Marks,
    most: usize,
) -> Result<Vec<Participation>, Failure> {
    let sums = all(most, |window| {
        let (reports, which) = (admin.reports.clone(), which.clone());
        async move { Ok(reports.participation(which, window).await?) }
    });
    Ok(sums.await?.0)
}

async fn all<T, F>(most: usize, page: impl Fn(Window) -> F) -> Result<(Vec<T>, bool), Failure>
where
    F: Future<Output = Result<Page<T>, Failure>>,
{
    let mut found: Vec<T> = Vec::new();
    let mut after: Option<Position> = None;
    loop {
        let next = page(Window { after, limit: PAGE }).await?;
        found.extend(next.items);
        after = next.next;
        if after.is_none() || found.len() >= most {
            return Ok((found, after.is_some()));
        }
    }
}

impl Cell {
    /// With times as of the school's `zone`.
    pub(super) fn of(mark: &Mark, zone: &TimeZone) -> Self {
        let computed = mark.computed_status.clone();
        Self {
            status: mark.status.clone(),
            manual: mark.source == "manual",
            length: mark.seconds.map(words::length).unwrap_or_default(),
            computed: computed.filter(|own| *own != mark.status),
            by_hand: mark.manual.as_ref().map(|manual| ByHand {
                by: manual.by.clone(),
                at: manual.at,
                when: words::moment(manual.at, zone),
                reason: manual.reason.clone(),
            }),
        }
    }
}

impl Counts {
    pub(super) fn add(&mut self, mark: &Mark) {
        *match mark.status.as_str() {
            "present" => &mut self.present,
            "partial" => &mut self.partial,
            "absent" => &mut self.absent,
            _ => &mut self.other,
        } += 1;
        self.manual += u32::from(mark.source == "manual");
    }

    /// All of these together.
    pub(super) fn total(of: &[Participation]) -> Self {
        let mut total = Self::default();
        for sum in of {
            total.present += sum.present;
            total.partial += sum.partial;
            total.absent += sum.absent;
            total.other += sum.other;
            total.manual += sum.manual;
        }
        total
    }

    /// Those that a share is a share of: another hand's words are no part of it, as in a score.
    pub(super) fn all(&self) -> u32 {
        self.present + self.partial + self.absent
    }

    /// The share of present ones, in words.
    pub(super) fn share(&self) -> String {
        let all = self.all();
        words::share((all > 0).then(|| f64::from(self.present) / f64::from(all)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_of_what_was_judged() {
        let counts = |present, partial, absent, other| Counts {
            present,
            partial,
            absent,
            other,
            manual: 0,
        };
        assert_eq!(counts(0, 0, 0, 2).share(), "–");
        assert_eq!(counts(2, 0, 1, 4).share(), "66.7 %");
        assert_eq!(counts(3, 0, 0, 0).share(), "100 %");
    }
}
