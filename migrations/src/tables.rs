//! The tables of the service. The first block is the school's: names and meanings that other software relies on.

use crate::table::{
    Column, Fill, Table, big_integer, boolean, date, index, integer, json, own, school, text,
    timestamp, unique, uuid,
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

const MEETING_OCCURRENCES: Table = own(
    "meeting_occurrences",
    &[
        uuid("id"),
        text("uuid"),
        text("zoom_meeting_id"),
        uuid("meeting_id").null().names("zoom_meetings"),
        uuid("class_id").null().names("classes"),
        date("date"),
        text("topic").null(),
        timestamp("started_at"),
        timestamp("last_at"),
        timestamp("ended_at").null(),
        text("ended_by").null(),
        big_integer("present_after"),
        boolean("outside_schedule").or(Fill::False),
        integer("unusable").or(Fill::Zero),
        big_integer("applied_seq"),
        big_integer("revision").or(Fill::Zero),
        big_integer("due_at").null(),
        timestamp("sealed_at").null(),
    ],
    &["id"],
    &[
        unique("meeting_occurrences_uuid_key", &["uuid"]),
        index(
            "meeting_occurrences_zoom_meeting_id_last_at_idx",
            &["zoom_meeting_id", "last_at"],
        ),
        index(
            "meeting_occurrences_meeting_id_ended_at_idx",
            &["meeting_id", "ended_at"],
        ),
        index(
            "meeting_occurrences_class_id_date_idx",
            &["class_id", "date"],
        ),
        index("meeting_occurrences_due_at_idx", &["due_at"]),
        index("meeting_occurrences_started_at_idx", &["started_at"]),
    ],
);

const PARTICIPANT_STAYS: Table = own(
    "participant_stays",
    &[
        uuid("occurrence_id").of("meeting_occurrences"),
        text("person_key"),
        integer("position"),
        uuid("user_id").null().names("users"),
        text("connection"),
        text("zoom_user_id").null(),
        timestamp("join_time").null(),
        boolean("join_approximate").or(Fill::False),
        timestamp("leave_time").null(),
        boolean("leave_approximate").or(Fill::False),
        timestamp("counted_from").null(),
        timestamp("counted_until").null(),
        text("evidence"),
    ],
    &["occurrence_id", "person_key", "position"],
    &[],
);

const OCCURRENCE_SEALS: Table = own(
    "occurrence_seals",
    &[
        uuid("occurrence_id").of("meeting_occurrences"),
        json("state"),
        boolean("purged").or(Fill::False),
    ],
    &["occurrence_id"],
    &[index("occurrence_seals_unpurged_idx", &["occurrence_id"]).only("NOT purged")],
);

const DEAD_EVENTS: Table = own(
    "dead_events",
    &[
        big_integer("seq"),
        text("occurrence"),
        text("meeting"),
        text("kind"),
        text("reason"),
        integer("attempts"),
        timestamp("received_at"),
        timestamp("died_at"),
        boolean("redriven").or(Fill::False),
    ],
    &["seq"],
    &[index("dead_events_occurrence_idx", &["occurrence"])],
);

const AUDIT_EVENTS: Table = own(
    "audit_events",
    &[
        uuid("id"),
        timestamp("at"),
        text("actor"),
        text("action"),
        text("target"),
        json("detail").null(),
    ],
    &["id"],
    &[index("audit_events_at_idx", &["at"])],
);

const SECURITY_EVENTS: Table = own(
    "security_events",
    &[
        uuid("id"),
        timestamp("at"),
        text("kind"),
        big_integer("count"),
    ],
    &["id"],
    &[index("security_events_at_idx", &["at"])],
);

const ACCESS_TOKENS: Table = own(
    "access_tokens",
    &[
        uuid("id"),
        text("name"),
        text("role").one_of(&["viewer", "operator", "admin"]),
        text("token_sha256"),
        timestamp("created_at"),
        text("created_by"),
        timestamp("revoked_at").null(),
    ],
    &["id"],
    &[unique("access_tokens_name_key", &["name"]).only("revoked_at IS NULL")],
);

const ACCESS_SESSIONS: Table = own(
    "access_sessions",
    &[
        text("id"),
        text("holder"),
        timestamp("created_at"),
        timestamp("last_seen"),
        timestamp("expires_at"),
    ],
    &["id"],
    &[],
);

const ROLLCALL_STATE: Table = own(
    "rollcall_state",
    &[text("key"), text("value")],
    &["key"],
    &[],
);

/// Every mark that a person set; those in force have no end.
const MANUAL_MARKS: Table = own(
    "manual_marks",
    &[
        uuid("id"),
        uuid("student_id").of("users"),
        uuid("class_id").of("classes"),
        date("date"),
        text("status"),
        text("replaced").null(),
        text("reason"),
        text("set_by"),
        timestamp("set_at"),
        text("ended_by").null(),
        timestamp("ended_at").null(),
    ],
    &["id"],
    &[
        unique(
            "manual_marks_in_force_key",
            &["student_id", "class_id", "date"],
        )
        .only("ended_at IS NULL"),
        index("manual_marks_class_id_date_idx", &["class_id", "date"]),
    ],
);

const CONFIRMED_MATCHES: Table = own(
    "confirmed_matches",
    &[
        uuid("id"),
        text("kind"),
        text("scope"),
        text("key"),
        uuid("user_id").of("users"),
        text("confirmed_by"),
        timestamp("confirmed_at"),
    ],
    &["id"],
    &[unique(
        "confirmed_matches_kind_scope_key_key",
        &["kind", "scope", "key"],
    )],
);
