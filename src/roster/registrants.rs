//! `registrants.csv` (Rollcall's own): which user stands behind Zoom's id of a registration.

use super::REGISTRANTS;
use super::model::Registrant;
use super::problem::Problems;
use super::record::{Once, Record};
use super::table::{Columns, Table};
use super::value;
use std::collections::HashSet;

const COLUMNS: Columns = Columns {
    required: &["zoom_meeting_id", "user_sourced_id", "zoom_registrant_id"],
    optional: &["status"],
    names: &[],
};

/// Reads the file, without registrants who are `left_out` (sourced ids).
pub(super) fn read(
    bytes: &[u8],
    left_out: &HashSet<String>,
    problems: &mut Problems,
) -> Vec<Registrant> {
    let mut registrants = Vec::new();
    let Some(mut table) = Table::open(REGISTRANTS, bytes, &COLUMNS, problems) else {
        return registrants;
    };
    let mut keys = Once::default();
    while let Some(mut record) = table.next_record(problems) {
        let registrant = registrant(&mut record);
        if let Registrant {
            zoom_meeting_id,
            zoom_registrant_id,
            ..
        } = &registrant
            && !zoom_meeting_id.is_empty()
            && !zoom_registrant_id.is_empty()
        {
            let key = format!("{zoom_meeting_id} {zoom_registrant_id}");
            keys.check(&key, "zoom_registrant_id in this meeting", &mut record);
        }
        let read = record.finish(registrant, problems);
        registrants.extend(read.filter(|registrant| !left_out.contains(&registrant.user)));
    }
    registrants
}

fn registrant(record: &mut Record<'_>) -> Registrant {
    let status = record.parsed("status", value::registrant_status);
    Registrant {
        zoom_meeting_id: record.meeting_number(),
        user: record.id("user_sourced_id"),
        zoom_registrant_id: record.id("zoom_registrant_id"),
        status: status.or_else(|| Some("approved".to_owned())),
        at: record.at,
    }
}
