//! The tables of the service: all of them in order, and the school's, whose names and meanings other software relies on.

use crate::own::{
    ACCESS_SESSIONS, ACCESS_TOKENS, AUDIT_EVENTS, CONFIRMED_MATCHES, DEAD_EVENTS, MANUAL_MARKS,
    MEETING_OCCURRENCES, OCCURRENCE_SEALS, PARTICIPANT_STAYS, ROLLCALL_STATE, SECURITY_EVENTS,
};
use crate::table::{
    Column, Fill, Index, Table, big_integer, boolean, date, index, integer, json, text, timestamp,
    unique, uuid,
};

/// All tables, each after those that it refers to.
pub(crate) const ALL: &[Table] = &[
    USERS,
    CLASSES,
    CLASS_STUDENTS,
    ZOOM_MEETINGS,
    MEETING_OCCURRENCES,
    ZOOM_PARTICIPANTS,
    ATTENDANCE_RECORDS,
    MEETING_REGISTRANTS,
    PARTICIPANT_STAYS,
    OCCURRENCE_SEALS,
    DEAD_EVENTS,
    AUDIT_EVENTS,
    SECURITY_EVENTS,
    ACCESS_TOKENS,
    ACCESS_SESSIONS,
    ROLLCALL_STATE,
    MANUAL_MARKS,
    CONFIRMED_MATCHES,
];

/// The key of a school's table: other software inserts without one.
const ID: Column = uuid("id").or(Fill::RandomUuid);
const CREATED_AT: Column = timestamp("created_at").or(Fill::Now);
const UPDATED_AT: Column = timestamp("updated_at").or(Fill::Now);

const USERS: Table = school(
    "users",
    &[
        ID,
        text("email").null(),
        text("role").one_of(&["student", "teacher", "admin"]),
        text("full_name"),
        text("sourced_id").null(),
        text("zoom_user_id").null(),
        CREATED_AT,
    ],
    &[
        unique("users_email_key", &["email"]),
        unique("users_sourced_id_key", &["sourced_id"]),
    ],
);

const CLASSES: Table = school(
    "classes",
    &[
        ID,
        text("name"),
        uuid("teacher_id").null().names("users"),
        text("sourced_id").null(),
        CREATED_AT,
    ],
    &[unique("classes_sourced_id_key", &["sourced_id"])],
);

const CLASS_STUDENTS: Table = school(
    "class_students",
    &[
        ID,
        uuid("class_id").of("classes"),
        uuid("student_id").of("users"),
        date("begin_date").null(),
        date("end_date").null(),
        CREATED_AT,
    ],
    &[
        index("class_students_class_id_idx", &["class_id"]),
        index("class_students_student_id_idx", &["student_id"]),
    ],
);

const ZOOM_MEETINGS: Table = school(
    "zoom_meetings",
    &[
        ID,
        text("zoom_meeting_id"),
        uuid("host_id").null().names("users"),
        text("title"),
        text("description").unused(),
        text("meeting_type").null(),
        timestamp("start_time").null(),
        integer("duration").null(),
        text("timezone").null(),
        text("join_url").null(),
        text("start_url").unused(),
        text("password").unused(),
        text("status")
            .one_of(&["scheduled", "started", "ended", "cancelled"])
            .or(Fill::Text("scheduled")),
        uuid("class_id").null().names("classes"),
        text("target_audience").null(),
        json("settings").unused(),
        CREATED_AT,
        UPDATED_AT,
    ],
    &[
        unique("zoom_meetings_zoom_meeting_id_key", &["zoom_meeting_id"]),
        index("zoom_meetings_class_id_idx", &["class_id"]),
    ],
);

const ZOOM_PARTICIPANTS: Table = school(
    "zoom_participants",
    &[
        ID,
        uuid("meeting_id").null().names("zoom_meetings"),
        uuid("user_id").null().names("users"),
        text("zoom_participant_id").null(),
        text("name").null(),
        text("email").null(),
        timestamp("join_time").null(),
        timestamp("leave_time").null(),
        integer("duration").null(),
        text("status")
            .one_of(&["invited", "joined", "left"])
            .or(Fill::Text("invited")),
        uuid("occurrence_id").null().of("meeting_occurrences"),
        text("person_key").null(),
        text("matched_by").null(),
        boolean("conflict").or(Fill::False),
        boolean("shared_registrant").or(Fill::False),
        CREATED_AT,
    ],
    &[
        unique(
            "zoom_participants_occurrence_id_person_key_key",
            &["occurrence_id", "person_key"],
        ),
        unique(
            "zoom_participants_invitation_key",
            &["meeting_id", "user_id"],
        )
        .only("occurrence_id IS NULL"),
        index("zoom_participants_meeting_id_idx", &["meeting_id"]),
    ],
);

const ATTENDANCE_RECORDS: Table = school(
    "attendance_records",
    &[
        ID,
        uuid("student_id").of("users"),
        uuid("class_id").of("classes"),
        date("date"),
        text("status"),
        big_integer("seconds").null(),
        timestamp("first_join").null(),
        timestamp("last_leave").null(),
        text("source").or(Fill::Text("manual")),
        text("computed_status").null(),
        CREATED_AT,
        UPDATED_AT,
    ],
    &[
        unique(
            "attendance_records_student_id_class_id_date_key",
            &["student_id", "class_id", "date"],
        ),
        index(
            "attendance_records_class_id_date_idx",
            &["class_id", "date"],
        ),
    ],
);

const MEETING_REGISTRANTS: Table = school(
    "meeting_registrants",
    &[
        ID,
        uuid("meeting_id").of("zoom_meetings"),
        uuid("user_id").null().of("users"),
        text("zoom_registrant_id").null(),
        text("join_url").null(),
        text("status")
            .null()
            .one_of(&["approved", "pending", "denied", "cancelled"]),
        CREATED_AT,
    ],
    &[index("meeting_registrants_meeting_id_idx", &["meeting_id"])],
);

const fn school(
    name: &'static str,
    columns: &'static [Column],
    indexes: &'static [Index],
) -> Table {
    Table {
        name,
        school: true,
        columns,
        key: &["id"],
        indexes,
    }
}
