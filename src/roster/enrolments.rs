//! `enrollments.csv` (OneRoster): who belongs to which class, and from when to when.

use super::ENROLMENTS;
use super::model::{Enrolment, Role};
use super::problem::Problems;
use super::record::{Once, Record};
use super::table::{Columns, Table};
use super::value;
use std::collections::HashSet;

const COLUMNS: Columns = Columns {
    required: &["classSourcedId", "userSourcedId", "role"],
    optional: &["sourcedId", "status", "primary", "beginDate", "endDate"],
    names: &[],
};

/// Reads the file, without enrolments of people who are `left_out` (sourced ids) or in a role of no
/// concern to attendance.
pub(super) fn read(
    bytes: &[u8],
    left_out: &HashSet<String>,
    problems: &mut Problems,
) -> Vec<Enrolment> {
    let mut enrolments = Vec::new();
    let Some(mut table) = Table::open(ENROLMENTS, bytes, &COLUMNS, problems) else {
        return enrolments;
    };
    let mut ids = Once::default();
    while let Some(mut record) = table.next_record(problems) {
        if let Some(id) = record.optional_id("sourcedId") {
            ids.check(&id, "sourcedId", &mut record);
        }
        let enrolment = enrolment(&mut record);
        let read = record.finish(enrolment, problems).flatten();
        enrolments.extend(read.filter(|enrolment| !left_out.contains(&enrolment.user)));
    }
    enrolments
}

fn enrolment(record: &mut Record<'_>) -> Option<Enrolment> {
    let class = record.id("classSourcedId");
    let user = record.id("userSourcedId");
    let role = record.required_parsed("role", Role::named).flatten();
    let primary = record.parsed("primary", value::flag).unwrap_or(false);
    let begin = record.parsed("beginDate", value::date);
    let end = record.parsed("endDate", value::date);
    if let (Some(begin), Some(end)) = (begin, end)
        && end < begin
    {
        record.wrong("endDate is before beginDate");
    }
    let deleted = record.is_deleted();
    Some(Enrolment {
        class,
        user,
        role: role?,
        primary,
        begin,
        end,
        deleted,
        at: record.at,
    })
}
