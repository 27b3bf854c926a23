//! `meetings.csv` (Rollcall's own): which Zoom meeting teaches which class, and when.

use super::MEETINGS;
use super::model::Meeting;
use super::problem::Problems;
use super::record::{ID, NAME, Once, Record, URL};
use super::table::{Columns, Table};
use super::value;

const COLUMNS: Columns = Columns {
    required: &["zoom_meeting_id", "title", "class_sourced_id"],
    optional: &[
        "host_email",
        "start_time",
        "duration",
        "timezone",
        "meeting_type",
        "target_audience",
        "join_url",
    ],
    names: &["zoom_meeting_id"],
};

/// Reads the file.
pub(super) fn read(bytes: &[u8], problems: &mut Problems) -> Vec<Meeting> {
    let mut meetings = Vec::new();
    let Some(mut table) = Table::open(MEETINGS, bytes, &COLUMNS, problems) else {
        return meetings;
    };
    let mut numbers = Once::default();
    while let Some(mut record) = table.next_record(problems) {
        let meeting = meeting(&mut record);
        numbers.check(&meeting.zoom_meeting_id, "zoom_meeting_id", &mut record);
        meetings.extend(record.finish(meeting, problems));
    }
    meetings
}

fn meeting(record: &mut Record<'_>) -> Meeting {
    Meeting {
        zoom_meeting_id: record.meeting_number(),
        title: record.required("title", NAME),
        class: record.id("class_sourced_id"),
        host_email: record.email("host_email"),
        start_time: record.parsed("start_time", value::instant),
        duration: record.parsed("duration", value::minutes),
        timezone: record.parsed("timezone", value::zone),
        meeting_type: record.text("meeting_type", ID),
        target_audience: record.text("target_audience", NAME),
        join_url: record.text("join_url", URL),
        at: record.at,
    }
}
