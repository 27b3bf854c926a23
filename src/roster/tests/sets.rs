//! Sets that are right, from folders, archives and odd spellings.

use super::{files, parsed, read_with};
use crate::roster::{Class, Enrolment, Meeting, Place, Registrant, Role, Roster, User};
use jiff::{Timestamp, civil::date};
use std::fs;
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/roster")
        .join(name)
}

fn read(path: &Path) -> Roster {
    let (roster, problems) = crate::roster::read(path).expect("a set");
    assert_eq!(problems.to_string(), "");
    roster
}

fn at(file: &'static str, line: u64) -> Place {
    Place { file, line }
}

fn user(line: u64, sourced_id: &str, role: Role, full_name: &str, email: Option<&str>) -> User {
    User {
        sourced_id: sourced_id.to_owned(),
        role,
        full_name: full_name.to_owned(),
        email: email.map(str::to_owned),
        zoom_user_id: None,
        deleted: false,
        at: at("users.csv", line),
    }
}

fn class(line: u64, sourced_id: &str, name: &str) -> Class {
    Class {
        sourced_id: sourced_id.to_owned(),
        name: name.to_owned(),
        deleted: false,
        at: at("classes.csv", line),
    }
}

fn enrolment(line: u64, class: &str, user: &str, role: Role) -> Enrolment {
    Enrolment {
        class: class.to_owned(),
        user: user.to_owned(),
        role,
        primary: false,
        begin: None,
        end: None,
        deleted: false,
        at: at("enrollments.csv", line),
    }
}

fn registrant(line: u64, meeting: &str, user: &str, id: &str, status: &str) -> Registrant {
    Registrant {
        zoom_meeting_id: meeting.to_owned(),
        user: user.to_owned(),
        zoom_registrant_id: id.to_owned(),
        status: Some(status.to_owned()),
        at: at("registrants.csv", line),
    }
}

fn meetings() -> Vec<Meeting> {
    let text = |text: &str| Some(text.to_owned());
    vec![
        Meeting {
            zoom_meeting_id: "85512340977".to_owned(),
            title: "Mathematics".to_owned(),
            class: "c-math".to_owned(),
            host_email: text("tess@school.example"),
            start_time: Timestamp::from_second(1_772_409_600).ok(),
            duration: Some(45),
            timezone: text("Asia/Manila"),
            meeting_type: text("recurring"),
            target_audience: text("students"),
            join_url: text("https://zoom.example/j/85512340977"),
            at: at("meetings.csv", 2),
        },
        Meeting {
            zoom_meeting_id: "912345678".to_owned(),
            title: "Art".to_owned(),
            class: "c-art".to_owned(),
            host_email: None,
            start_time: None,
            duration: None,
            timezone: None,
            meeting_type: None,
            target_audience: None,
            join_url: None,
            at: at("meetings.csv", 3),
        },
    ]
}

/// What the fixtures say, worked out by hand.
fn expected() -> Roster {
    Roster {
        users: vec![
            user(
                2,
                "u-ana",
                Role::Student,
                "Ana Reyes",
                Some("ana.reyes@school.example"),
            ),
            user(3, "u-ben", Role::Student, "Ben Cruz", None),
            User {
                zoom_user_id: Some("zTess_01-x".to_owned()),
                ..user(
                    4,
                    "u-tess",
                    Role::Teacher,
                    "Tess Lim",
                    Some("tess@school.example"),
                )
            },
            user(
                5,
                "u-adam",
                Role::Admin,
                "adam",
                Some("adam@school.example"),
            ),
            user(7, "u-aida", Role::Teacher, "u-aida", None),
            User {
                deleted: true,
                ..user(
                    8,
                    "u-olaf",
                    Role::Student,
                    "Olaf Berg",
                    Some("ana.reyes@school.example"),
                )
            },
        ],
        classes: vec![
            class(2, "c-math", "Mathematics 7, \"A\""),
            class(3, "c-art", "Kunst für Anfänger"),
            Class {
                deleted: true,
                ..class(5, "c-latin", "c-latin")
            },
        ],
        enrolments: vec![
            enrolment(2, "c-math", "u-ana", Role::Student),
            Enrolment {
                begin: Some(date(2026, 1, 12)),
                end: Some(date(2026, 6, 30)),
                ..enrolment(3, "c-math", "u-ben", Role::Student)
            },
            Enrolment {
                primary: true,
                ..enrolment(4, "c-math", "u-tess", Role::Teacher)
            },
            Enrolment {
                end: Some(date(2026, 3, 1)),
                deleted: true,
                ..enrolment(7, "c-art", "u-ben", Role::Student)
            },
            Enrolment {
                begin: Some(date(2026, 1, 12)),
                end: Some(date(2026, 1, 12)),
                ..enrolment(8, "c-stored-earlier", "u-stored-earlier", Role::Student)
            },
        ],
        meetings: meetings(),
        registrants: vec![
            registrant(2, "85512340977", "u-ana", "Reg-Ana_1", "approved"),
            registrant(3, "85512340977", "u-ben", "reg-ana_1", "approved"),
            registrant(5, "912345678", "u-ben", "Reg-Ana_1", "denied"),
        ],
        left_out: 1,
    }
}

#[test]
fn both_versions_say_the_same_from_folder_and_archive() {
    for name in [
        "oneroster_1_1",
        "oneroster_1_2",
        "oneroster_1_1.zip",
        "oneroster_1_2.zip",
    ] {
        let roster = read(&fixture(name));
        assert!(roster == expected(), "{name}");
    }
}

#[test]
fn rollcalls_own_files_may_come_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = fixture("oneroster_1_1").join("meetings.csv");
    fs::copy(own, folder.path().join("Meetings.CSV")).expect("copied");
    let roster = read(folder.path());
    assert!(
        roster
            == Roster {
                meetings: meetings(),
                ..Roster::default()
            }
    );
}

#[test]
fn a_byte_order_mark_and_any_header_spelling_and_order_change_nothing() {
    let plain = "sourcedId,role,givenName,familyName,email\nu-1,student,Ana,Reyes,a@b.example\n";
    let odd = "\u{feff}\" EMAIL\",comment,familyname,GivenName,Role,sourcedid \r\n\
               A@B.example,\"x,\ny\",Reyes,Ana, STUDENT , u-1 \r\n,,,,,\r\n";
    let plain = read_with(&[("users.csv", plain)]).expect("a set");
    let odd = read_with(&[("users.csv", odd)]).expect("a set");
    assert_eq!(plain.users.len(), 1);
    assert!(plain == odd);
}

#[test]
fn a_missing_role_column_is_made_up_for_by_roles_and_only_so() {
    let users = "sourcedId,givenName,familyName\nu-1,Ana,Reyes\n";
    let roles = "role,userSourcedId\nprincipal,u-1\nteacher,u-1\n";
    let roster = read_with(&[("users.csv", users), ("roles.csv", roles)]).expect("a set");
    assert_eq!(roster.users[0].role, Role::Admin);
}

#[test]
fn roles_of_no_concern_are_left_out_and_counted() {
    let users = "sourcedId,role,givenName,familyName\n\
                 u-1,ext:librarian,Ana,Reyes\nu-2,Counselor,Ben,Cruz\nu-3,parent,Gina,Reyes\n";
    let enrolments = "classSourcedId,userSourcedId,role\nc-1,u-9,relative\nc-1,u-1,student\n";
    let roster = read_with(&[("users.csv", users), ("enrollments.csv", enrolments)]);
    let expected = Roster {
        left_out: 3,
        ..Roster::default()
    };
    assert_eq!(roster.expect("a set"), expected);
}

#[test]
fn a_roster_shows_nothing_personal_when_debugged() {
    let roster = read(&fixture("oneroster_1_1"));
    let shown = format!("{roster:?}");
    for personal in [
        "Ana Reyes",
        "Reyes",
        "Cruz",
        "school.example",
        "zTess",
        "Olaf",
    ] {
        assert!(!shown.contains(personal), "{personal}");
    }
}

#[test]
fn a_path_without_a_set_is_unreadable_in_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("users.zip");
    fs::write(&text, "sourcedId,role\n").expect("written");
    let paths = [
        folder.path().join("nowhere"),
        text,
        folder.path().to_owned(),
    ];
    for path in paths {
        let error = crate::roster::read(&path).expect_err("no set");
        let line = error.to_string();
        assert!(line.starts_with(path.to_str().expect("text")), "{line}");
        assert!(!line.contains('\n'), "{line}");
    }
}

#[test]
fn an_archive_with_two_sets_is_unreadable() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("set.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).expect("created"));
    for name in ["a/meetings.csv", "b/meetings.csv"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default())
            .expect("begun");
    }
    zip.finish().expect("written");
    let error = crate::roster::read(&path)
        .expect_err("two sets")
        .to_string();
    assert!(
        error.ends_with("holds files of a set in more than one folder"),
        "{error}"
    );
}

#[test]
fn half_a_set_names_the_files_that_are_missing() {
    let header = b"sourcedId,title\n".as_slice();
    let problems = parsed(&files(&[("classes.csv", header)])).expect_err("half a set");
    let expected = "users.csv: is missing from the set\nenrollments.csv: is missing from the set";
    assert_eq!(problems.to_string(), expected);
}
