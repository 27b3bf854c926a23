//! A PostgreSQL that already holds a school's tables and rows is adopted: every row kept, what is missing added, what cannot be reconciled refused with
//! everything left as it was.

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/staged.rs"]
mod staged;

use rollcall::attendance::report::Evidence;
use rollcall::attendance::school::{MeetingId, UserId};
use rollcall::store::connect::{MigrateError, Pools, Role, connect, migrate};
use rollcall::store::school::{Snapshot, adopt};
use rollcall::store::writer::{Writer, Written};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

const SCHEMA: &str = include_str!("fixtures/adoption/schema.sql");
const ROWS: &str = include_str!("fixtures/adoption/rows.sql");
const SCHOOL: [&str; 7] = [
    "users",
    "classes",
    "class_students",
    "zoom_meetings",
    "zoom_participants",
    "attendance_records",
    "meeting_registrants",
];

struct School {
    pools: Pools,
    database: postgres::Database,
}

impl School {
    async fn empty() -> Self {
        let database = postgres::database();
        let pools = open(&database.url(), Role::Store).await;
        Self { pools, database }
    }

    /// With the school's tables and rows, and then whatever else.
    async fn with(sql: &str) -> Self {
        let school = Self::empty().await;
        school.run(SCHEMA).await;
        school.run(ROWS).await;
        school.run(sql).await;
        school
    }

    async fn run(&self, sql: &str) {
        if let Err(error) = self.try_run(sql).await {
            panic!("{sql}: {error}");
        }
    }

    async fn try_run(&self, sql: &str) -> Result<(), sea_orm::DbErr> {
        self.pools.write.execute_unprepared(sql).await.map(|_| ())
    }

    async fn texts(&self, sql: &str) -> Vec<String> {
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let rows = self.pools.write.query_all_raw(statement).await;
        rows.unwrap_or_else(|error| panic!("{sql}: {error}"))
            .iter()
            .map(|row| row.try_get_by_index(0).expect("a text"))
            .collect()
    }

    /// The columns of the school's tables as they are now.
    async fn columns(&self) -> BTreeMap<&'static str, String> {
        let mut columns = BTreeMap::new();
        for table in SCHOOL {
            let names = self
                .texts(&format!(
                    "SELECT quote_ident(attname) FROM pg_attribute \
                     WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
                ))
                .await;
            columns.insert(table, names.join(", "));
        }
        columns
    }

    /// Every row of every table of the school, as text, over the given columns.
    async fn rows(&self, columns: &BTreeMap<&'static str, String>) -> Vec<String> {
        let mut rows = Vec::new();
        for (table, columns) in columns {
            let sql = format!("SELECT '{table} ' || ROW({columns})::text FROM {table} ORDER BY id");
            rows.extend(self.texts(&sql).await);
        }
        rows
    }

    /// Everything that the schema consists of, one fact a line.
    async fn structure(&self) -> Vec<String> {
        self.texts(STRUCTURE).await
    }

    async fn refusal(&self) -> String {
        match migrate(&self.pools).await {
            Err(MigrateError::Refused(findings)) => findings,
            Err(other) => panic!("failed instead of refusing: {other}"),
            Ok(()) => panic!("was adopted"),
        }
    }
}

async fn open(url: &str, role: Role) -> Pools {
    let url = SecretString::from(url.to_owned());
    connect(&url, 2, Duration::from_secs(20), role)
        .await
        .expect("the test's PostgreSQL answers")
}

const STRUCTURE: &str = "
    SELECT fact FROM (
        SELECT 'relation ' || c.relname || ' ' || c.relkind::text || ' ' || c.relrowsecurity::text AS fact
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL
        SELECT 'column ' || a.attrelid::regclass || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text
               || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0
        UNION ALL
        SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL
        SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL
        SELECT 'policy ' || polname || ' ' || polrelid::regclass FROM pg_policy
        UNION ALL
        SELECT 'trigger ' || tgname || ' ' || tgrelid::regclass || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL
        SELECT 'sequence ' || sequencename || ' ' || coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = 'public'
    ) facts ORDER BY fact";

#[tokio::test]
async fn every_row_is_kept_and_what_is_missing_is_added() {
    let school = School::with("").await;
    let columns = school.columns().await;
    let before = school.rows(&columns).await;
    assert_eq!(before.len(), 4 + 2 + 2 + 2 + 2 + 2 + 2);

    migrate(&school.pools).await.expect("it is adopted");

    assert_eq!(school.rows(&columns).await, before);
    let sources = school
        .texts("SELECT source FROM attendance_records ORDER BY id")
        .await;
    assert_eq!(sources, ["manual", "manual"]);
    let added = school
        .texts(
            "SELECT table_name || '.' || column_name FROM information_schema.columns \
             WHERE table_schema = 'public' AND (table_name, column_name) IN (VALUES \
             ('users', 'sourced_id'), ('users', 'zoom_user_id'), ('classes', 'sourced_id'), ('class_students', 'begin_date'), \
             ('class_students', 'end_date'), ('zoom_participants', 'occurrence_id'), ('zoom_participants', 'person_key'), \
             ('zoom_participants', 'conflict'), ('attendance_records', 'seconds'), ('attendance_records', 'computed_status'))",
        )
        .await;
    assert_eq!(added.len(), 10, "{added:?}");
    school.run("SELECT 1 FROM meeting_occurrences, participant_stays, audit_events, security_events, rollcall_state").await;
}

#[tokio::test]
async fn a_second_time_changes_nothing() {
    let school = School::with("").await;
    migrate(&school.pools).await.expect("it is adopted");
    let structure = school.structure().await;
    migrate(&school.pools).await.expect("nothing is left to do");
    assert_eq!(school.structure().await, structure);
}

#[tokio::test]
async fn two_at_once_both_succeed() {
    for sql in [None, Some("")] {
        let school = match sql {
            Some(sql) => School::with(sql).await,
            None => School::empty().await,
        };
        let other = open(&school.database.url(), Role::Store).await;
        let (one, two) = tokio::join!(migrate(&school.pools), migrate(&other));
        one.expect("the one succeeds");
        two.expect("the other succeeds");
    }
}

#[tokio::test]
async fn the_journal_lives_beside_the_tables() {
    let school = School::with("").await;
    let journal = open(&school.database.url(), Role::Journal).await;
    let other = open(&school.database.url(), Role::Journal).await;
    let (one, two, three) =
        tokio::join!(migrate(&journal), migrate(&other), migrate(&school.pools));
    one.expect("the journal's tables are made");
    two.expect("by one of two");
    three.expect("and the school's adopted");
    school
        .run("SELECT seq FROM webhook_events, journal_state")
        .await;
}

#[tokio::test]
async fn other_software_goes_on_inserting_as_before() {
    let school = School::with("").await;
    migrate(&school.pools).await.expect("it is adopted");
    school
        .run("INSERT INTO users (email, role, full_name) VALUES ('new@school.example', 'student', 'New')")
        .await;
    school
        .run(
            "INSERT INTO attendance_records (student_id, class_id, date, status) \
             SELECT id, '00000000-0000-4000-8000-000000000011', '2024-09-03', 'excused' FROM users WHERE full_name = 'New'",
        )
        .await;
    let sources = school
        .texts("SELECT source FROM attendance_records WHERE date = '2024-09-03'")
        .await;
    assert_eq!(sources, ["manual"]);
    let invite = "INSERT INTO zoom_participants (meeting_id, user_id) VALUES \
                  ('00000000-0000-4000-8000-000000000032', '00000000-0000-4000-8000-000000000003')";
    school.run(invite).await;
    assert!(school.try_run(invite).await.is_err(), "invited twice");
}

#[tokio::test]
async fn a_user_may_be_in_two_occurrences_of_a_meeting() {
    let school = School::with("").await;
    migrate(&school.pools).await.expect("it is adopted");
    for uuid in ["a==", "b=="] {
        school
            .run(&format!(
                "WITH o AS (INSERT INTO meeting_occurrences (id, uuid, zoom_meeting_id, date, started_at, last_at, present_after, applied_seq) \
                 VALUES (gen_random_uuid(), '{uuid}', '98765432101', '2024-09-02', now(), now(), 900, 1) RETURNING id) \
                 INSERT INTO zoom_participants (id, meeting_id, user_id, status, occurrence_id, person_key) \
                 SELECT gen_random_uuid(), '00000000-0000-4000-8000-000000000031', '00000000-0000-4000-8000-000000000003', 'joined', id, 'p' FROM o"
            ))
            .await;
    }
    school.run("DELETE FROM meeting_occurrences").await;
    let left = school
        .texts("SELECT status FROM zoom_participants ORDER BY id")
        .await;
    assert_eq!(left, ["left", "invited"], "only the invitations are left");
}

/// The school's own CHECK refuses a leave before the join.
#[tokio::test]
async fn every_kind_of_stay_can_be_written() {
    let school = School::with("").await;
    migrate(&school.pools).await.expect("it is adopted");
    assert!(adopt(&school.pools, "", 0).await.expect("known"));
    let mut one = staged::staged("one==", Arc::new(Snapshot::default()));
    one.meeting = "98765432101".into();
    one.report.meeting = Some(MeetingId(0x4000_8000_0000_0000_0031));
    let ana = Some(UserId(0x4000_8000_0000_0000_0003));
    one.report.people = [
        ("a", ana, Some(10), Some(40), Evidence::Observed),
        ("b", None, Some(40), Some(10), Evidence::Inverted),
        ("c", None, None, Some(40), Evidence::ArrivalUnknown),
        ("d", None, Some(50), None, Evidence::AfterEnd),
        ("e", None, Some(40), Some(40), Evidence::Observed),
        ("f", None, Some(10), None, Evidence::Observed),
    ]
    .map(|(name, user, join, leave, evidence)| staged::person(name, user, join, leave, evidence))
    .into();
    let writer = Writer::start(school.pools.clone(), staged::SETTINGS, &Handle::current());
    let written = writer.write(one).await;
    assert!(matches!(written, Written::Committed(_)), "{written:?}");
    let rows = school
        .texts(
            "SELECT concat_ws(' ', name, status, coalesce(to_char(join_time, 'HH24:MI'), '?'), \
             coalesce(to_char(leave_time, 'HH24:MI'), '?'), duration) \
             FROM zoom_participants WHERE occurrence_id IS NOT NULL ORDER BY name",
        )
        .await;
    assert_eq!(
        rows,
        [
            "a left 08:10 08:40 1800",
            "b left 08:40 ? 0",
            "c left ? 08:40 0",
            "d left 08:50 ? 0",
            "e left 08:40 08:40 0",
            "f joined 08:10 ? 0",
        ]
    );
    let kept = school
        .texts(
            "SELECT to_char(join_time, 'HH24:MI') || ' ' || to_char(leave_time, 'HH24:MI') \
             FROM participant_stays WHERE evidence = 'inverted'",
        )
        .await;
    assert_eq!(kept, ["08:40 08:10"], "the stay as it was observed");
}

#[tokio::test]
async fn an_unusual_key_over_meeting_and_user_is_found_by_what_it_covers() {
    let school = School::with(
        "ALTER TABLE zoom_participants DROP CONSTRAINT zoom_participants_meeting_id_user_id_key; \
         CREATE UNIQUE INDEX \"One Invitation\" ON zoom_participants (user_id, meeting_id)",
    )
    .await;
    migrate(&school.pools).await.expect("it is adopted");
    let keys = school
        .texts(
            "SELECT indexname || ': ' || substring(indexdef FROM '\\(.*') FROM pg_indexes \
             WHERE tablename = 'zoom_participants' AND indexdef LIKE 'CREATE UNIQUE%' ORDER BY 1",
        )
        .await;
    assert_eq!(
        keys,
        [
            "zoom_participants_invitation_key: (meeting_id, user_id) WHERE (occurrence_id IS NULL)",
            "zoom_participants_occurrence_id_person_key_key: (occurrence_id, person_key)",
            "zoom_participants_pkey: (id)",
        ]
    );
}

#[tokio::test]
async fn blank_emails_become_null() {
    let school = School::with(
        "ALTER TABLE users DROP CONSTRAINT users_email_key; \
         UPDATE users SET email = '' WHERE role = 'student'",
    )
    .await;
    migrate(&school.pools).await.expect("it is adopted");
    let blank = school
        .texts("SELECT full_name FROM users WHERE email IS NULL ORDER BY id")
        .await;
    assert_eq!(blank, ["Ana O'Neill \u{2603}", ""]);
}

#[tokio::test]
async fn a_missing_key_is_added() {
    let school = School::with(
        "ALTER TABLE attendance_records DROP CONSTRAINT attendance_records_student_id_class_id_date_key; \
         ALTER TABLE users DROP CONSTRAINT users_email_key",
    )
    .await;
    migrate(&school.pools).await.expect("it is adopted");
    for again in [
        "INSERT INTO users (email, role, full_name) VALUES ('ana@school.example', 'student', 'x')",
        "INSERT INTO attendance_records (student_id, class_id, date, status) SELECT student_id, class_id, date, 'absent' FROM attendance_records",
    ] {
        assert!(school.try_run(again).await.is_err(), "{again}");
    }
}

#[tokio::test]
async fn new_tables_are_as_closed_as_the_school_s() {
    let open_tables = "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace \
                       AND relkind = 'r' AND NOT relrowsecurity ORDER BY 1";
    let school = School::with("").await;
    let journal = self::open(&school.database.url(), Role::Journal).await;
    migrate(&school.pools).await.expect("it is adopted");
    migrate(&journal).await.expect("the journal is made");
    assert_eq!(
        school.texts(open_tables).await,
        [
            "class_students",
            "classes",
            "meeting_registrants",
            "zoom_meetings",
            "zoom_participants"
        ],
        "those that the school itself left open"
    );
    let school = School::empty().await;
    migrate(&school.pools)
        .await
        .expect("an empty one is filled");
    assert_eq!(school.texts(open_tables).await.len(), 19);
}

#[tokio::test]
async fn what_cannot_be_reconciled_is_refused_and_nothing_is_changed() {
    for (sql, finding) in [
        (
            "ALTER TABLE attendance_records DROP CONSTRAINT attendance_records_status_check, \
             ADD CONSTRAINT marks CHECK (status IN ('present', 'absent', 'excused'))",
            "table attendance_records: marks forbids a row with status 'partial', seconds 0",
        ),
        (
            "ALTER TABLE zoom_participants ADD CONSTRAINT both_ends CHECK (status <> 'left' OR join_time IS NOT NULL)",
            "table zoom_participants: both_ends forbids a row with status 'left', join_time NULL, leave_time '2026-09-01T08:45:00Z', duration 0",
        ),
        (
            "ALTER TABLE zoom_participants ADD CONSTRAINT takes_time CHECK (leave_time > join_time)",
            "table zoom_participants: takes_time forbids a row with status 'left', join_time '2026-09-01T08:45:00Z', leave_time '2026-09-01T08:45:00Z', duration 0",
        ),
        (
            "ALTER TABLE zoom_participants ADD CONSTRAINT has_left CHECK (status <> 'left' OR leave_time IS NOT NULL)",
            "table zoom_participants: has_left forbids a row with status 'left', join_time '2026-09-01T08:45:00Z', leave_time NULL, duration 0",
        ),
        (
            "ALTER TABLE users ADD COLUMN tenant_id integer NOT NULL DEFAULT 1; ALTER TABLE users ALTER COLUMN tenant_id DROP DEFAULT",
            "users.tenant_id: every row needs a value, it has no default, and Rollcall does not know it",
        ),
        (
            "ALTER TABLE zoom_meetings ALTER COLUMN start_time TYPE timestamp",
            "zoom_meetings.start_time: is timestamp without time zone, must be timestamp with time zone",
        ),
        (
            "CREATE TYPE mark AS ENUM ('present', 'partial', 'absent', 'excused'); DROP VIEW todays_marks; \
             ALTER TABLE attendance_records DROP CONSTRAINT attendance_records_status_check; \
             ALTER TABLE attendance_records ALTER COLUMN status TYPE mark USING status::mark",
            "attendance_records.status: is mark, must be text",
        ),
        (
            "ALTER TABLE zoom_meetings ALTER COLUMN zoom_meeting_id TYPE bigint USING zoom_meeting_id::bigint",
            "zoom_meetings.zoom_meeting_id: is bigint, must be text",
        ),
        (
            "ALTER TABLE users DROP CONSTRAINT users_email_key; UPDATE users SET email = 'same@school.example' WHERE role = 'student'",
            "users(email): must be unique, and is the same in 2 rows, such as \
             00000000-0000-4000-8000-000000000003, 00000000-0000-4000-8000-000000000004",
        ),
        (
            "ALTER TABLE attendance_records DROP CONSTRAINT attendance_records_student_id_class_id_date_key; \
             INSERT INTO attendance_records (id, student_id, class_id, date, status) SELECT '00000000-0000-4000-8000-000000000053', student_id, class_id, date, 'absent' \
             FROM attendance_records LIMIT 1",
            "attendance_records(student_id, class_id, date): must be unique, and is the same in 2 rows, such as \
             00000000-0000-4000-8000-000000000051, 00000000-0000-4000-8000-000000000053",
        ),
        (
            "INSERT INTO class_students (id, class_id) VALUES ('00000000-0000-4000-8000-000000000023', '00000000-0000-4000-8000-000000000012')",
            "class_students.student_id: is NULL in 1 rows, such as 00000000-0000-4000-8000-000000000023; Rollcall needs a value",
        ),
        (
            "CREATE UNIQUE INDEX one_email ON zoom_participants (meeting_id, email)",
            "table zoom_participants: one_email allows fewer rows than Rollcall writes",
        ),
        (
            "CREATE TABLE students (id uuid PRIMARY KEY); INSERT INTO students SELECT id FROM users; \
             ALTER TABLE attendance_records DROP CONSTRAINT attendance_records_student_id_fkey; \
             ALTER TABLE attendance_records ADD FOREIGN KEY (student_id) REFERENCES students",
            "attendance_records.student_id: refers to students, must refer to users",
        ),
        (
            "CREATE TABLE audit_events (id bigserial PRIMARY KEY, what text)",
            "table audit_events: exists, and Rollcall did not make it",
        ),
        (
            "ALTER TABLE meeting_registrants RENAME TO registrants; CREATE VIEW meeting_registrants AS SELECT * FROM registrants",
            "meeting_registrants: is a view, must be a table",
        ),
        (
            "ALTER TABLE attendance_records ADD COLUMN source text; UPDATE attendance_records SET source = 'zoom' WHERE status = 'excused'",
            "attendance_records.source: is NULL in 1 rows, such as 00000000-0000-4000-8000-000000000051; Rollcall needs a value\n\
             attendance_records.source: is 'zoom' in 1 rows, such as 00000000-0000-4000-8000-000000000052; only Rollcall's own rows may bear that",
        ),
        (
            "CREATE VIEW people AS SELECT name FROM zoom_participants",
            "table zoom_participants: cannot alter type of a column used by a view or rule",
        ),
    ] {
        let school = School::with(sql).await;
        let (structure, columns) = (school.structure().await, school.columns().await);
        let rows = school.rows(&columns).await;
        assert_eq!(school.refusal().await, finding, "{sql}");
        assert_eq!(school.structure().await, structure, "{sql}");
        assert_eq!(school.rows(&columns).await, rows, "{sql}");
    }
}

#[tokio::test]
async fn all_findings_are_listed_at_once() {
    let school = School::with(
        "ALTER TABLE users ALTER COLUMN created_at TYPE timestamp; \
         ALTER TABLE zoom_meetings DROP CONSTRAINT zoom_meetings_status_check, ADD CONSTRAINT two CHECK (status IN ('scheduled', 'cancelled')) NOT VALID",
    )
    .await;
    let expected = [
        "users.created_at: is timestamp without time zone, must be timestamp with time zone",
        "table zoom_meetings: two forbids a row with status 'started'",
        "table zoom_meetings: two forbids a row with status 'ended'",
    ];
    assert_eq!(school.refusal().await, expected.join("\n"));
}

#[tokio::test]
async fn a_role_that_row_level_security_binds_is_refused_before_and_after() {
    let school = School::with("").await;
    let role = format!("app_{}", uuid::Uuid::new_v4().simple());
    school
        .run(&format!(
            "CREATE ROLE {role} LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; GRANT ALL ON SCHEMA public TO {role}"
        ))
        .await;
    let url = school
        .database
        .url()
        .replace("postgres://postgres@", &format!("postgres://{role}@"));
    let bound = School {
        pools: open(&url, Role::Store).await,
        database: postgres::database(),
    };
    let hidden = |table: &str| {
        format!(
            "table {table}: row-level security applies to this role and hides rows from it; connect as the table's owner or as a role with BYPASSRLS"
        )
    };
    let findings = bound.refusal().await;
    assert!(findings.contains(&hidden("users")), "{findings}");
    assert!(
        findings
            .contains("table classes: belongs to postgres; connect as a role that may change it"),
        "{findings}"
    );

    migrate(&school.pools).await.expect("the owner adopts it");
    school
        .run(&format!(
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"
        ))
        .await;
    let findings = bound.refusal().await;
    assert!(
        findings
            .lines()
            .all(|line| line.contains("row-level security applies")),
        "{findings}"
    );
    assert!(
        findings.contains(&hidden("attendance_records")),
        "{findings}"
    );
    bound.pools.close().await.expect("its connections end");
    school
        .run(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await;
}

#[tokio::test]
async fn a_role_without_the_right_to_make_tables_is_told_so_and_may_serve_once_they_are_made() {
    let school = School::empty().await;
    let role = format!("app_{}", uuid::Uuid::new_v4().simple());
    school
        .run(&format!(
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE {role} LOGIN"
        ))
        .await;
    let url = school
        .database
        .url()
        .replace("postgres://postgres@", &format!("postgres://{role}@"));
    let pools = open(&url, Role::Store).await;
    let refused = migrate(&pools).await.expect_err("it may not");
    assert_eq!(
        refused.to_string(),
        format!(
            "the tables must be brought up to date, but role {role} may not create tables in schema \"public\""
        )
    );

    migrate(&school.pools).await.expect("the owner may");
    school
        .run(&format!(
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"
        ))
        .await;
    migrate(&pools).await.expect("nothing is left to do");
    pools.close().await.expect("its connections end");
    school
        .run(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await;
}

#[tokio::test]
async fn sessions_keep_utc_and_bound_their_statements() {
    let school = School::empty().await;
    for (setting, value) in [
        ("timezone", "UTC"),
        ("statement_timeout", "20s"),
        ("application_name", "rollcall"),
    ] {
        assert_eq!(
            school.texts(&format!("SHOW {setting}")).await,
            [value],
            "{setting}"
        );
    }
}
