//! Rollcall's own tables: what it knows beyond the school's.

use crate::table::{
    Column, Fill, Index, Table, big_integer, boolean, date, index, integer, json, text, timestamp,
    unique, uuid,
};

pub(crate) const MEETING_OCCURRENCES: Table = own(
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
            "meeting_occurrences_zoom_meeting_id_started_at_idx",
            &["zoom_meeting_id", "started_at"],
        ),
        index(
            "meeting_occurrences_class_id_date_idx",
            &["class_id", "date"],
        ),
        index("meeting_occurrences_due_at_idx", &["due_at"]),
        index("meeting_occurrences_started_at_idx", &["started_at"]),
    ],
);

pub(crate) const PARTICIPANT_STAYS: Table = own(
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

pub(crate) const OCCURRENCE_SEALS: Table = own(
    "occurrence_seals",
    &[
        uuid("occurrence_id").of("meeting_occurrences"),
        json("state"),
        boolean("purged").or(Fill::False),
    ],
    &["occurrence_id"],
    &[index("occurrence_seals_unpurged_idx", &["occurrence_id"]).only("NOT purged")],
);

pub(crate) const DEAD_EVENTS: Table = own(
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

pub(crate) const AUDIT_EVENTS: Table = own(
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

pub(crate) const SECURITY_EVENTS: Table = own(
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

pub(crate) const ACCESS_TOKENS: Table = own(
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

pub(crate) const ACCESS_SESSIONS: Table = own(
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

pub(crate) const ROLLCALL_STATE: Table = own(
    "rollcall_state",
    &[text("key"), text("value")],
    &["key"],
    &[],
);

/// Every mark that a person set; those in force have no end.
pub(crate) const MANUAL_MARKS: Table = own(
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

pub(crate) const CONFIRMED_MATCHES: Table = own(
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

const fn own(
    name: &'static str,
    columns: &'static [Column],
    key: &'static [&'static str],
    indexes: &'static [Index],
) -> Table {
    Table {
        name,
        school: false,
        columns,
        key,
        indexes,
    }
}
