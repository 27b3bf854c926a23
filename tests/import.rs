//! `rollcall import` from the outside: the command, and the tables before and after it, on both databases.
#![allow(clippy::unwrap_used)]

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/school.rs"]
mod school;

use rollcall::store::{
    self,
    entity::{class, class_student, meeting_registrant, user, zoom_meeting},
};
use school::{School, Set, command, said};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, QueryFilter, Statement,
    sea_query::Expr,
};
use std::{path::Path, process::Stdio, time::Duration};
use tempfile::TempDir;
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

/// The same test on both databases.
macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $name() { super::$name(&super::School::on_sqlite()); })*
        }
        mod postgresql {
            $(#[test] fn $name() { super::$name(&super::School::on_postgres()); })*
        }
    };
}

on_both_databases!(
    a_set_fills_the_tables_and_twice_changes_nothing,
    all_forms_of_a_set_are_equal,
    what_is_nowhere_is_named_and_nothing_is_stored,
    a_malformed_row_is_named_and_nothing_is_stored,
    all_that_is_wrong_is_named_at_once,
    what_refers_to_broken_rows_is_not_wrong_for_that,
    fifty_problems_are_listed_and_all_are_counted,
    users_change_swap_and_pass_on_their_emails,
    an_email_of_another_stored_user_is_a_problem,
    an_email_of_two_stored_users_names_them,
    a_zoom_user_id_of_another_stored_user_is_a_problem,
    a_user_of_other_software_is_adopted_by_email,
    deleted_users_keep_their_rows_and_lose_their_enrolments,
    deleted_classes_keep_their_rows_and_lose_their_enrolments,
    periods_follow_the_set,
    pairs_that_are_not_named_stay,
    the_primary_teacher_teaches,
    meetings_change_but_keep_their_status,
    hosts_must_be_known,
    registrants_change_and_the_refused_name_nobody,
    two_imports_at_once_are_one,
    a_large_set_is_stored_in_parts,
);

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/roster")
        .join(name)
}

/// When other software wrote.
const LONG_AGO: OffsetDateTime = datetime!(2025-01-01 00:00 UTC);

/// A user, as other software stores one.
fn stored_user(email: Option<&str>, sourced_id: Option<&str>) -> user::Model {
    user::Model {
        id: Uuid::new_v4(),
        email: email.map(Into::into),
        role: "student".into(),
        full_name: "Stored Earlier".into(),
        sourced_id: sourced_id.map(Into::into),
        zoom_user_id: None,
        created_at: LONG_AGO,
    }
}

fn stored_class(sourced_id: &str) -> class::Model {
    class::Model {
        id: Uuid::new_v4(),
        name: "Stored Earlier".into(),
        teacher_id: None,
        sourced_id: Some(sourced_id.into()),
        created_at: LONG_AGO,
    }
}

/// What the fixtures refer to and do not bring.
fn store_earlier(school: &School) {
    school.insert(stored_user(None, Some("u-stored-earlier")));
    school.insert(stored_class("c-stored-earlier"));
}

const UNCHANGED: &str = "users: 0 added, 0 changed\n\
    classes: 0 added, 0 changed\n\
    enrolments: 0 added, 0 changed, 0 removed\n\
    meetings: 0 added, 0 changed\n\
    registrants: 0 added, 0 changed\n";

/// The fixtures have one guardian.
fn unchanged_fixture() -> String {
    let left_out = "0 changed, 1 left out (guardians and other roles)";
    UNCHANGED.replacen("0 changed", left_out, 1)
}

fn a_set_fills_the_tables_and_twice_changes_nothing(school: &School) {
    store_earlier(school);
    let first = school.import(&fixture("oneroster_1_1"));
    let summary = "users: 5 added, 0 changed, 1 left out (guardians and other roles)\n\
        classes: 2 added, 0 changed\n\
        enrolments: 3 added, 0 changed, 0 removed\n\
        meetings: 2 added, 0 changed\n\
        registrants: 3 added, 0 changed\n";
    assert_eq!(
        (first.code, &*first.stdout, &*first.stderr),
        (Some(0), summary, "")
    );
    assert_eq!(
        school.told(),
        [
            "class c-art: Kunst für Anfänger | -",
            "class c-math: Mathematics 7, \"A\" | u-tess",
            "class c-stored-earlier: Stored Earlier | -",
            "enrolment c-math u-ana: - to -",
            "enrolment c-math u-ben: 2026-01-12 to 2026-06-30",
            "enrolment c-stored-earlier u-stored-earlier: 2026-01-12 to 2026-01-12",
            "meeting 85512340977: Mathematics | c-math | u-tess | 1772409600 | 45 | Asia/Manila | \
             recurring | students | https://zoom.example/j/85512340977 | scheduled",
            "meeting 912345678: Art | c-art | - | 0 | 0 | - | - | - | - | scheduled",
            "registrant 85512340977 Reg-Ana_1: u-ana | approved",
            "registrant 85512340977 reg-ana_1: u-ben | approved",
            "registrant 912345678 Reg-Ana_1: u-ben | denied",
            "user u-adam: admin | adam | adam@school.example | -",
            "user u-aida: teacher | u-aida | - | -",
            "user u-ana: student | Ana Reyes | ana.reyes@school.example | -",
            "user u-ben: student | Ben Cruz | - | -",
            "user u-stored-earlier: student | Stored Earlier | - | -",
            "user u-tess: teacher | Tess Lim | tess@school.example | zTess_01-x",
        ]
    );
    assert_eq!(school.version().as_deref(), Some("1"));
    let long_ago = zoom_meeting::Entity::update_many()
        .col_expr(zoom_meeting::Column::UpdatedAt, Expr::value(LONG_AGO))
        .exec(&school.pools.write);
    school.runtime.block_on(long_ago).unwrap();
    let before = school.dump();
    let second = school.import(&fixture("oneroster_1_1"));
    let unchanged = unchanged_fixture();
    assert_eq!((second.code, second.stdout), (Some(0), unchanged));
    assert_eq!(school.dump(), before);
}

fn all_forms_of_a_set_are_equal(school: &School) {
    store_earlier(school);
    school.import(&fixture("oneroster_1_1"));
    let told = school.told();
    let before = school.dump();
    assert_eq!(told.len(), 17);
    for form in ["oneroster_1_1.zip", "oneroster_1_2", "oneroster_1_2.zip"] {
        let again = school.import(&fixture(form));
        let unchanged = unchanged_fixture();
        assert_eq!((again.code, again.stdout), (Some(0), unchanged), "{form}");
        assert_eq!(school.dump(), before, "{form}");
        let other = School::on_sqlite();
        store_earlier(&other);
        other.import(&fixture(form));
        assert_eq!(other.told(), told, "{form}");
    }
}

fn what_is_nowhere_is_named_and_nothing_is_stored(school: &School) {
    let set = Set::of_users("u-ana,,student,ana@school.example,Ana,,")
        .classes("c-math,,Maths")
        .enrolments(
            "e1,,c-math,u-ana,student,,,
             e2,,c-none,u-ana,student,,,
             e3,,c-math,u-none,teacher,,,
             e4,tobedeleted,c-none,u-none,student,,,",
        )
        .meetings("85512340977,Maths,c-none,,,,")
        .registrants(
            "85512340977,u-none,r1,
             912345678,u-ana,r1,",
        );
    assert_eq!(
        school.refuse(&set),
        "enrollments.csv:3: classSourcedId: class c-none is neither in the set nor in the database\n\
         enrollments.csv:4: userSourcedId: user u-none is neither in the set nor in the database\n\
         meetings.csv:2: class_sourced_id: class c-none is neither in the set nor in the database\n\
         registrants.csv:2: user_sourced_id: user u-none is neither in the set nor in the database\n\
         registrants.csv:3: zoom_meeting_id: meeting 912345678 is neither in the set nor in the database\n\
         rollcall: import: 5 problems; nothing was changed\n"
    );
    assert_eq!(school.version(), None);
}

fn a_malformed_row_is_named_and_nothing_is_stored(school: &School) {
    let set = Set::of_users(
        "u-ana,,student,ana@school.example,Ana,,
         ,,student,,Ben,,",
    );
    assert_eq!(
        school.refuse(&set),
        "users.csv:3: sourcedId is empty\n\
         rollcall: import: 1 problem; nothing was changed\n"
    );
    assert_eq!(school.dump(), Vec::<String>::new());
}

fn all_that_is_wrong_is_named_at_once(school: &School) {
    let set = Set::of_users(
        "u-ana,,student,ana@school.example,Ana,,
         ,,student,,Ben,,
         u-cara,,wizard,,Cara,,",
    )
    .classes("c-math,wierd,Maths")
    .enrolments(
        "e1,,c-none,u-ana,student,,,
         e2,,c-math,u-ana,studnet,,,",
    )
    .meetings("912345678,Art,c-none,,,,");
    assert_eq!(
        school.refuse(&set),
        "users.csv:3: sourcedId is empty\n\
         users.csv:4: role wizard is not a role of OneRoster\n\
         classes.csv:2: status wierd is none of active, inactive, tobedeleted\n\
         enrollments.csv:2: classSourcedId: class c-none is neither in the set nor in the database\n\
         enrollments.csv:3: role studnet is not a role of OneRoster\n\
         meetings.csv:2: class_sourced_id: class c-none is neither in the set nor in the database\n\
         rollcall: import: 6 problems; nothing was changed\n"
    );
}

fn what_refers_to_broken_rows_is_not_wrong_for_that(school: &School) {
    school.take(&Set::of_users(
        "u-old,,student,ana@school.example,Old,,zAna",
    ));
    // u-old would have passed on e-mail and Zoom account; u-tess would be a host.
    let set = Set::of_users(
        "u-old,wierd,student,old@school.example,Old,,zOld
         u-ana,,student,ana@school.example,Ana,,zAna
         u-tess,,techer,tess@school.example,Tess,,",
    )
    .classes("c-math,,")
    .enrolments("e1,,c-math,u-tess,teacher,,,")
    .meetings(
        "855 1234 0977,Maths,c-math,TESS@school.example,,,
         912345678,,c-math,,,,",
    )
    .registrants(
        "85512340977,u-tess,r1,
         912345678,u-old,r1,",
    );
    assert_eq!(
        school.refuse(&set),
        "users.csv:2: status wierd is none of active, inactive, tobedeleted\n\
         users.csv:4: role techer is not a role of OneRoster\n\
         classes.csv:2: title is empty\n\
         meetings.csv:3: title is empty\n\
         rollcall: import: 4 problems; nothing was changed\n"
    );
}

fn fifty_problems_are_listed_and_all_are_counted(school: &School) {
    let rows: Vec<_> = (0..60)
        .map(|n| format!("85512340977,u-{n},r-{n},"))
        .collect();
    let set = Set::new().registrants(&rows.join("\n"));
    let stderr = school.refuse(&set);
    let lines: Vec<_> = stderr.lines().collect();
    assert_eq!(lines.len(), 51);
    assert_eq!(
        lines[50],
        "rollcall: import: 120 problems, of which the first 50 are listed; nothing was changed"
    );
}

fn users_change_swap_and_pass_on_their_emails(school: &School) {
    school.take(&Set::of_users(
        "u-ana,,student,ana@school.example,Ana,,zAna
         u-ben,,student,ben@school.example,Ben,,
         u-cara,,student,cara@school.example,Cara,,
         u-dan,,student,,Dan,,",
    ));
    let ids: Vec<_> = school
        .all::<user::Entity>()
        .iter()
        .map(|row| row.id)
        .collect();
    let summary = school.take(&Set::of_users(
        "u-ana,,student,Ben@School.example,Ana,,
         u-ben,,student,ANA@school.example,Ben,,zBen
         u-cara,,teacher,,Cara,Cruz,
         u-dan,,student,cara@school.example,Dan,,",
    ));
    assert!(
        summary.starts_with("users: 0 added, 4 changed\n"),
        "{summary}"
    );
    assert_eq!(
        school.told_of("user"),
        [
            "user u-ana: student | Ana | ben@school.example | zAna",
            "user u-ben: student | Ben | ana@school.example | zBen",
            "user u-cara: teacher | Cara Cruz | - | -",
            "user u-dan: student | Dan | cara@school.example | -",
        ]
    );
    assert_eq!(
        school
            .all::<user::Entity>()
            .iter()
            .map(|row| row.id)
            .collect::<Vec<_>>(),
        ids
    );
    assert_eq!(school.version().as_deref(), Some("2"));
}

fn an_email_of_another_stored_user_is_a_problem(school: &School) {
    school.insert(stored_user(Some("Ana@school.example"), Some("u-old")));
    let set = Set::of_users(
        "u-ben,,student,ben@school.example,Ben,,
         u-ana,,student,ana@school.example,Ana,,",
    );
    let stderr = school.refuse(&set);
    assert_eq!(
        stderr,
        "users.csv:3: email is already that of another stored user\n\
         rollcall: import: 1 problem; nothing was changed\n"
    );
    // Named in the set with another e-mail, or to be deleted, the other one makes room.
    school.take(&Set::of_users(
        "u-old,tobedeleted,student,,Old,,
         u-ana,,student,ana@school.example,Ana,,",
    ));
    assert_eq!(
        school.told_of("user"),
        [
            "user u-ana: student | Ana | ana@school.example | -",
            "user u-old: student | Stored Earlier | - | -",
        ]
    );
}

fn an_email_of_two_stored_users_names_them(school: &School) {
    let one = stored_user(Some("Ana@school.example"), Some("u-ana"));
    let other = stored_user(Some("ANA@school.example"), None);
    let mut ids = [one.id, other.id];
    ids.sort();
    school.insert(one);
    school.insert(other);
    let set = Set::of_users("u-ana,,student,ana@school.example,Ana,,");
    let stderr = school.refuse(&set);
    let [first, second] = ids;
    assert_eq!(
        stderr,
        format!(
            "users.csv:2: email is that of several stored users in different case: \
             only one of {first} and {second} may keep it\n\
             rollcall: import: 1 problem; nothing was changed\n"
        )
    );
    // With another e-mail in the set, they no longer share it.
    school.take(&Set::of_users("u-ana,,student,reyes@school.example,Ana,,"));
}

fn a_zoom_user_id_of_another_stored_user_is_a_problem(school: &School) {
    school.take(&Set::of_users("u-old,,student,,Old,,zAna"));
    let set = "u-ben,,student,,Ben,,zBen
         u-ana,,student,,Ana,,zAna";
    assert_eq!(
        school.refuse(&Set::of_users(set)),
        "users.csv:3: zoom_user_id is already that of another stored user\n\
         rollcall: import: 1 problem; nothing was changed\n"
    );
    // Passed on in the same set, or given up by one who is to be deleted, it is free.
    school.take(&Set::of_users(&format!("u-old,,student,,Old,,zOld\n{set}")));
    school.take(&Set::of_users(
        "u-old,,student,,Old,,zBen
         u-ben,tobedeleted,,,,,",
    ));
    assert_eq!(
        school.told_of("user"),
        [
            "user u-ana: student | Ana | - | zAna",
            "user u-ben: student | Ben | - | -",
            "user u-old: student | Old | - | zBen",
        ]
    );
}

fn a_user_of_other_software_is_adopted_by_email(school: &School) {
    let theirs = stored_user(Some("Ana@School.example"), None);
    let id = theirs.id;
    school.insert(theirs);
    let summary = school.take(&Set::of_users(
        "u-ana,,teacher,ana@school.example,Ana,Reyes,",
    ));
    assert!(
        summary.starts_with("users: 0 added, 1 changed\n"),
        "{summary}"
    );
    let users = school.all::<user::Entity>();
    assert_eq!(users.len(), 1);
    assert_eq!((users[0].id, users[0].created_at), (id, LONG_AGO));
    assert_eq!(
        school.told(),
        ["user u-ana: teacher | Ana Reyes | ana@school.example | -"]
    );
}

/// Two classes, two students, a teacher.
fn small_school(school: &School) {
    school.take(
        &Set::of_users(
            "u-ana,,student,ana@school.example,Ana,,
             u-ben,,student,ben@school.example,Ben,,
             u-tess,,teacher,tess@school.example,Tess,,",
        )
        .classes(
            "c-math,,Maths
             c-art,,Art",
        )
        .enrolments(
            "e1,,c-math,u-ana,student,,2026-01-12,2026-06-30
             e2,,c-math,u-ana,student,,2026-09-01,
             e3,,c-math,u-ben,student,,,
             e4,,c-art,u-ana,student,,,
             e5,,c-math,u-tess,teacher,true,,",
        )
        .meetings("85512340977,Maths,c-math,tess@school.example,2026-03-02T08:00:00.5+08:00,45,Asia/Manila")
        .registrants("85512340977,u-ana,r-ana,"),
    );
}

fn deleted_users_keep_their_rows_and_lose_their_enrolments(school: &School) {
    small_school(school);
    let others = |line: &String| !line.starts_with("enrolment");
    let kept: Vec<_> = school.told().into_iter().filter(others).collect();
    let set = Set::of_users(
        "u-ana,tobedeleted,,other@school.example,Nobody,,
         u-gone,tobedeleted,student,gone@school.example,Gone,,",
    )
    .enrolments("e4,,c-art,u-ana,student,,,");
    let summary = school.take(&set);
    assert!(summary.contains("users: 0 added, 0 changed\n"), "{summary}");
    assert!(
        summary.contains("enrolments: 0 added, 0 changed, 3 removed\n"),
        "{summary}"
    );
    assert_eq!(
        school.told_of("enrolment"),
        ["enrolment c-math u-ben: - to -"]
    );
    assert_eq!(
        school.told().into_iter().filter(others).collect::<Vec<_>>(),
        kept
    );
    assert_eq!(school.take(&set), UNCHANGED);
}

fn deleted_classes_keep_their_rows_and_lose_their_enrolments(school: &School) {
    small_school(school);
    let set = Set::of_users("").classes(
        "c-math,tobedeleted,
         c-never,tobedeleted,",
    );
    let summary = school.take(&set);
    assert!(
        summary.contains("enrolments: 0 added, 0 changed, 3 removed\n"),
        "{summary}"
    );
    assert_eq!(
        school.told_of("enrolment"),
        ["enrolment c-art u-ana: - to -"]
    );
    assert_eq!(
        school.told_of("class"),
        ["class c-art: Art | -", "class c-math: Maths | u-tess"]
    );
    assert!(school.told_of("meeting")[0].contains(" | c-math | "));
    let meeting = Set::of_users("")
        .classes("c-never,tobedeleted,")
        .meetings("912345678,Art,c-never,,,,");
    assert_eq!(
        school.refuse(&meeting),
        "meetings.csv:2: class_sourced_id: class c-never is to be deleted\n\
         rollcall: import: 1 problem; nothing was changed\n"
    );
}

fn periods_follow_the_set(school: &School) {
    small_school(school);
    let rows = |school: &School| {
        let mut rows: Vec<_> = school.all::<class_student::Entity>();
        rows.sort_by_key(|row| row.begin_date);
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let before = rows(school);
    let set = Set::of_users("").enrolments(
        "e1,,c-math,u-ana,student,,2026-01-12,2026-03-31
         e2,,c-math,u-ana,student,,2026-09-01,
         e6,,c-math,u-ana,student,,2026-09-01,
         e3,tobedeleted,c-math,u-ben,student,,,
         e7,,c-math,u-ben,student,,2026-02-01,2026-02-28
         e8,,c-math,u-ben,student,,2026-04-01,",
    );
    let summary = school.take(&set);
    assert!(
        summary.contains("enrolments: 1 added, 2 changed, 0 removed\n"),
        "{summary}"
    );
    assert_eq!(
        school.told_of("enrolment"),
        [
            "enrolment c-art u-ana: - to -",
            "enrolment c-math u-ana: 2026-01-12 to 2026-03-31",
            "enrolment c-math u-ana: 2026-09-01 to -",
            "enrolment c-math u-ben: 2026-02-01 to 2026-02-28",
            "enrolment c-math u-ben: 2026-04-01 to -",
        ]
    );
    assert!(
        before.iter().all(|id| rows(school).contains(id)),
        "rows are kept"
    );
    assert_eq!(school.take(&set), UNCHANGED);
}

fn pairs_that_are_not_named_stay(school: &School) {
    small_school(school);
    let before = school.told_of("enrolment");
    let set = Set::of_users("").enrolments("e1,tobedeleted,c-math,u-ben,student,,,");
    school.take(&set);
    let mut expected = before;
    expected.retain(|line| line != "enrolment c-math u-ben: - to -");
    assert_eq!(school.told_of("enrolment"), expected);
    assert_eq!(school.take(&Set::of_users("")), UNCHANGED);
}

fn the_primary_teacher_teaches(school: &School) {
    small_school(school);
    let teacher = |school: &School| school.told_of("class")[1].clone();
    let staff = "u-aida,,aide,,Aida,,
         u-omar,,teacher,,Omar,,";
    let enrol = |rows: &str| school.take(&Set::of_users(staff).enrolments(rows));
    enrol("e1,,c-math,u-aida,aide,,,\n e2,,c-math,u-omar,teacher,true,,");
    assert_eq!(teacher(school), "class c-math: Maths | u-omar");
    enrol("e1,,c-math,u-aida,aide,false,,\n e2,,c-math,u-omar,teacher,false,,");
    assert_eq!(teacher(school), "class c-math: Maths | u-aida");
    enrol("e9,tobedeleted,c-math,u-tess,teacher,true,,");
    assert_eq!(teacher(school), "class c-math: Maths | u-aida");
    enrol("e1,tobedeleted,c-math,u-aida,aide,,,");
    assert_eq!(teacher(school), "class c-math: Maths | -");
}

fn meetings_change_but_keep_their_status(school: &School) {
    small_school(school);
    assert_eq!(
        school.told_of("meeting"),
        [
            "meeting 85512340977: Maths | c-math | u-tess | 1772409600 | 45 | Asia/Manila | - | - | - | scheduled"
        ]
    );
    let started = zoom_meeting::Entity::update_many()
        .col_expr(zoom_meeting::Column::Status, Expr::value("started"))
        .col_expr(zoom_meeting::Column::UpdatedAt, Expr::value(LONG_AGO))
        .filter(zoom_meeting::Column::ZoomMeetingId.eq("85512340977"))
        .exec(&school.pools.write);
    school.runtime.block_on(started).unwrap();
    let summary =
        school.take(&Set::new().meetings("855 1234 0977,Drawing,c-art,,,60,America/New_York"));
    assert!(
        summary.contains("meetings: 0 added, 1 changed\n"),
        "{summary}"
    );
    assert_eq!(
        school.told_of("meeting"),
        [
            "meeting 85512340977: Drawing | c-art | u-tess | 1772409600 | 60 | America/New_York | - | - | - | started"
        ]
    );
    let row = &school.all::<zoom_meeting::Entity>()[0];
    assert!(row.updated_at > LONG_AGO && row.created_at > LONG_AGO);
}

fn hosts_must_be_known(school: &School) {
    small_school(school);
    let set = Set::new().meetings("912345678,Art,c-art,nobody@school.example,,,");
    assert_eq!(
        school.refuse(&set),
        "meetings.csv:2: host_email is that of no user in the set or in the database\n\
         rollcall: import: 1 problem; nothing was changed\n"
    );
    // A host is found under the e-mail that the same set gives.
    let set = Set::of_users("u-tess,,teacher,lim@school.example,Tess,,")
        .meetings("912345678,Art,c-art,LIM@School.example,,,");
    school.take(&set);
    assert!(school.told_of("meeting")[1].contains(" | u-tess | "));
}

fn registrants_change_and_the_refused_name_nobody(school: &School) {
    small_school(school);
    let meeting = school.all::<zoom_meeting::Entity>()[0].id;
    let ben = school
        .all::<user::Entity>()
        .into_iter()
        .find(|row| row.full_name == "Ben");
    let theirs = meeting_registrant::Model {
        id: Uuid::new_v4(),
        meeting_id: meeting,
        user_id: ben.map(|row| row.id),
        zoom_registrant_id: None,
        join_url: Some("https://zoom.example/w/1".into()),
        status: None,
        created_at: LONG_AGO,
    };
    school.insert(theirs);
    let summary = school.take(&Set::new().registrants(
        "85512340977,u-ana,r-ana,cancelled
         85512340977,u-ben,r-ben,pending
         85512340977,u-ben,r-ben-2,approved
         85512340977,u-tess,r-tess,denied",
    ));
    assert!(
        summary.contains("registrants: 2 added, 2 changed\n"),
        "{summary}"
    );
    assert_eq!(
        school.told_of("registrant"),
        [
            "registrant 85512340977 r-ana: u-ana | cancelled",
            "registrant 85512340977 r-ben-2: u-ben | approved",
            "registrant 85512340977 r-ben: u-ben | pending",
            "registrant 85512340977 r-tess: u-tess | denied",
        ]
    );
    let before = school
        .runtime
        .block_on(store::school::load(&school.pools))
        .unwrap();
    let mut named: Vec<_> = before.school.registrants["85512340977"].keys().collect();
    named.sort();
    assert_eq!(named, [&Box::from("r-ben"), &Box::from("r-ben-2")]);
    school.take(&Set::new().registrants("85512340977,u-ana,r-ana,approved"));
    let after = school
        .runtime
        .block_on(store::school::load(&school.pools))
        .unwrap();
    assert!(after.school.registrants["85512340977"].contains_key("r-ana"));
    assert_ne!(after.digest, before.digest);
}

fn two_imports_at_once_are_one(school: &School) {
    store_earlier(school);
    let path = fixture("oneroster_1_1.zip");
    let start = || {
        school
            .command(&path)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let running: Vec<_> = (0..4).map(|_| start()).collect();
    let said: Vec<_> = running
        .into_iter()
        .map(|child| said(&child.wait_with_output().unwrap()))
        .collect();
    assert!(said.iter().all(|said| said.code == Some(0)), "{said:?}");
    let unchanged = unchanged_fixture();
    let unchanged = said.iter().filter(|said| said.stdout == unchanged);
    assert_eq!(unchanged.count(), 3, "{said:?}");
    assert_eq!(school.told().len(), 17);
    assert_eq!(school.version().as_deref(), Some("1"));
}

/// More values than one statement of either database may have.
fn a_large_set_is_stored_in_parts(school: &School) {
    let lines = |line: fn(usize) -> String| (0..10_000).map(line).collect::<Vec<_>>().join("\n");
    let set = Set::of_users(&lines(|n| {
        format!("u-{n},,student,u{n}@school.example,U,{n},")
    }))
    .classes("c-math,,Maths")
    .enrolments(&lines(|n| format!("e-{n},,c-math,u-{n},student,,,")));
    let said = school.import(set.path());
    assert_eq!(
        (said.code, &*said.stderr),
        (Some(0), "storing 20001 rows\n")
    );
    assert!(
        said.stdout.contains("users: 10000 added, 0 changed\n"),
        "{}",
        said.stdout
    );
    let set = Set::of_users(&lines(|n| format!("u-{n},tobedeleted,student,,,,")));
    let said = school.import(set.path());
    assert!(
        said.stdout
            .contains("enrolments: 0 added, 0 changed, 10000 removed\n"),
        "{}",
        said.stdout
    );
}

#[test]
fn an_import_waits_for_a_service_that_is_writing() {
    let school = School::on_sqlite();
    let writing = school.runtime.block_on(school.pools.begin()).unwrap();
    let set = Set::of_users("u-ana,,student,ana@school.example,Ana,,");
    let import = school
        .command(set.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    school.runtime.block_on(async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        writing.commit().await.unwrap();
    });
    let said = said(&import.wait_with_output().unwrap());
    assert_eq!(said.code, Some(0));
    assert_eq!(school.told().len(), 1);
}

/// Another program's transaction holds an e-mail that the set brings: the import waits for it, begins again and adopts its row.
#[test]
fn an_import_that_other_software_crosses_begins_again() {
    let school = School::on_postgres();
    let theirs = stored_user(Some("ana@school.example"), None).into_active_model();
    let crossing = school.runtime.block_on(async {
        let transaction = school.pools.begin().await.unwrap();
        user::Entity::insert(theirs)
            .exec_without_returning(&transaction)
            .await
            .unwrap();
        transaction
    });
    let set = Set::of_users("u-ana,,student,ana@school.example,Ana,,");
    let mut import = school.command(set.path());
    let import = import.stdout(Stdio::piped()).spawn().unwrap();
    school.runtime.block_on(async {
        let waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let waiting = || Statement::from_string(DbBackend::Postgres, waiting);
        while school.pools.read.query_one_raw(waiting()).await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        crossing.commit().await.unwrap();
    });
    let said = said(&import.wait_with_output().unwrap());
    assert_eq!(said.code, Some(0));
    assert!(
        said.stdout.starts_with("users: 0 added, 1 changed\n"),
        "{}",
        said.stdout
    );
    assert_eq!(
        school.told(),
        ["user u-ana: student | Ana | ana@school.example | -"]
    );
}

#[test]
fn the_command_makes_the_tables_and_refuses_what_is_no_set() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite://{}/new.db?mode=rwc", folder.path().display());
    let set = Set::of_users("u-ana,,student,ana@school.example,Ana,,");
    let run = |path: &Path| said(&command(&url, path).output().unwrap());
    assert_eq!(
        run(set.path()).stdout,
        UNCHANGED.replacen("0 added", "1 added", 1)
    );
    assert_eq!(run(set.path()).stdout, UNCHANGED);
    let nowhere = run(&folder.path().join("nowhere"));
    assert_eq!(nowhere.code, Some(1));
    assert!(
        nowhere.stderr.starts_with("rollcall: import: ") && nowhere.stderr.contains("nowhere: ")
    );
    assert_eq!(nowhere.stderr.lines().count(), 1);
    let usage = command(&url, Path::new("one")).arg("two").output().unwrap();
    assert_eq!(said(&usage).code, Some(2));
}
