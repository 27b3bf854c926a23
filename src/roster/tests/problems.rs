//! Every kind of problem, with its file and line.

use super::{files, parsed, read_with};
use crate::roster::{Place, Problems, Roster, parse};

/// All that is wrong when `text` stands in for `file`, one a line.
fn wrong(file: &str, text: &str) -> String {
    read_with(&[(file, text)])
        .expect_err("a problem")
        .to_string()
}

const USERS: &str = "sourcedId,status,role,givenName,familyName,email,zoom_user_id\n";
const ENROLMENTS: &str = "sourcedId,classSourcedId,userSourcedId,role,primary,beginDate,endDate\n";
const MEETINGS: &str =
    "zoom_meeting_id,title,class_sourced_id,start_time,duration,timezone,host_email\n";
const REGISTRANTS: &str = "zoom_meeting_id,user_sourced_id,zoom_registrant_id,status\n";

fn wrong_users(rows: &str) -> String {
    wrong("users.csv", &(USERS.to_owned() + rows))
}

fn wrong_enrolments(rows: &str) -> String {
    wrong("enrollments.csv", &(ENROLMENTS.to_owned() + rows))
}

fn wrong_meetings(rows: &str) -> String {
    wrong("meetings.csv", &(MEETINGS.to_owned() + rows))
}

#[test]
fn headers() {
    assert_eq!(wrong("classes.csv", ""), "classes.csv:1: has no header");
    assert_eq!(wrong("classes.csv", "\n\n"), "classes.csv:1: has no header");
    assert_eq!(
        wrong("classes.csv", "id;title\n"),
        "classes.csv:1: has no column sourcedId\nclasses.csv:1: has no column title"
    );
    assert_eq!(
        wrong("classes.csv", "sourcedId,title,other,other,TITLE\n"),
        "classes.csv:1: has the column title twice"
    );
    assert_eq!(
        wrong("users.csv", "\nsourcedId,givenName,familyName\n"),
        "users.csv:2: has no column role, and the set has no roles.csv"
    );
}

#[test]
fn every_file_names_its_required_columns() {
    for (file, columns) in [
        ("users.csv", &["sourcedId", "givenName", "familyName"][..]),
        ("roles.csv", &["userSourcedId", "role"]),
        ("classes.csv", &["sourcedId", "title"]),
        (
            "enrollments.csv",
            &["classSourcedId", "userSourcedId", "role"],
        ),
        (
            "meetings.csv",
            &["zoom_meeting_id", "title", "class_sourced_id"],
        ),
        (
            "registrants.csv",
            &["zoom_meeting_id", "user_sourced_id", "zoom_registrant_id"],
        ),
    ] {
        let lines: Vec<_> = columns
            .iter()
            .map(|column| format!("{file}:1: has no column {column}"))
            .collect();
        assert_eq!(wrong(file, "unknown\n"), lines.join("\n"));
    }
}

#[test]
fn rows_that_cannot_be_read() {
    let rows = "c-1,\"Two\nlines\"\nc-2\nc-3,x,y\nc-4,\"x\"y\nc-5,a\0b\nc-6,\"open\nc-7,z\n";
    assert_eq!(
        wrong("classes.csv", &format!("sourcedId,title\n{rows}")),
        "classes.csv:4: has 1 fields, the header has 2\n\
         classes.csv:5: has 3 fields, the header has 2\n\
         classes.csv:6: has text behind a closing quote\n\
         classes.csv:7: holds a NUL character\n\
         classes.csv:8: has a quote that is never closed"
    );
}

#[test]
fn other_encodings_are_named_once() {
    let problems = |bytes: &[u8]| {
        let rest = [("users.csv", &b"sourcedId,role,givenName,familyName\n"[..])];
        let enrolments = (
            "enrollments.csv",
            &b"classSourcedId,userSourcedId,role\n"[..],
        );
        parsed(&files(&[rest[0], ("classes.csv", bytes), enrolments]))
            .expect_err("a problem")
            .to_string()
    };
    let latin_1 = b"sourcedId,title\r\nc-1,Math\r\n\r\nc-2,\"K\xFCnste\r\n2\"\r\nc-3,K\xFCnste\r\n";
    assert_eq!(
        problems(latin_1),
        "classes.csv:4: is not UTF-8; save the file as UTF-8"
    );
    assert_eq!(
        problems(b"\xFF\xFEs\0o\0"),
        "classes.csv:1: is UTF-16; save it as UTF-8"
    );
    assert_eq!(
        problems(b"s\0o\0,\0t\0\n\0"),
        "classes.csv:1: holds a NUL character"
    );
}

#[test]
fn users() {
    let rows = ",,student,Ana,Reyes,,\n\
                u-2,,,Ben,Cruz,,\n\
                u-3,,student,Ana,Reyes,ana@school.example,\n\
                u-4,tobedeleted,,Old,Ana,ana@school.example,\n\
                u-3,,guardian,Gina,Reyes,ana@school.example,\n\
                u-6,,teacher,Other,Ana,Ana@School.example ,\"z\n6\"\n";
    let problems = wrong_users(rows);
    assert_eq!(
        problems,
        "users.csv:2: sourcedId is empty\n\
         users.csv:3: role is empty\n\
         users.csv:6: sourcedId is the same as on line 4\n\
         users.csv:7: zoom_user_id holds a control character\n\
         users.csv:7: email, in any case, is the same as on line 4"
    );
}

#[test]
fn one_zoom_account_is_one_persons() {
    let rows = "u-1,,student,Ana,Reyes,,zAna\n\
                u-2,tobedeleted,student,Old,Ana,,zAna\n\
                u-3,,student,Other,Ana,,zana\n\
                u-4,,guardian,Gina,Reyes,,zAna\n\
                u-5,,student,Third,Ana,,zAna\n";
    assert_eq!(
        wrong_users(rows),
        "users.csv:6: zoom_user_id is the same as on line 2"
    );
}

#[test]
fn words_that_are_no_role() {
    let rows = "u-1,,wizard,Ana,Reyes,,\n\
                u-2,tobedeleted,studnet,Ben,Cruz,,\n\
                u-3,,ana@school.example,Ana,Reyes,,\n\
                u-4,,ext:,Ana,Reyes,,\n";
    assert_eq!(
        wrong_users(rows),
        "users.csv:2: role wizard is not a role of OneRoster\n\
         users.csv:3: role studnet is not a role of OneRoster\n\
         users.csv:4: role is not a role of OneRoster\n\
         users.csv:5: role ext: is not a role of OneRoster"
    );
    assert_eq!(
        wrong_enrolments("e-1,c,u,studnet,,,\n"),
        "enrollments.csv:2: role studnet is not a role of OneRoster"
    );
    assert_eq!(
        wrong("roles.csv", "userSourcedId,role\nu-1,techer\n"),
        "roles.csv:2: role techer is not a role of OneRoster"
    );
}

#[test]
fn words_that_are_no_status() {
    assert_eq!(
        wrong(
            "classes.csv",
            "sourcedId,status,title\nc-1,wierd,x\nc-2,Inactive,x\nc-3,ACTIVE,x\nc-4,delete it,x\n"
        ),
        "classes.csv:2: status wierd is none of active, inactive, tobedeleted\n\
         classes.csv:5: status is none of active, inactive, tobedeleted"
    );
    let enrolments = "classSourcedId,userSourcedId,role,status\nc,u,parent,wierd\n";
    assert_eq!(
        wrong("enrollments.csv", enrolments),
        "enrollments.csv:2: status wierd is none of active, inactive, tobedeleted"
    );
}

/// What came of a set with this text in place of `file`.
fn both(file: &str, text: &str) -> (Roster, Problems) {
    let (users, classes) = ("sourcedId,role,givenName,familyName\n", "sourcedId,title\n");
    let mut set = files(&[
        ("users.csv", users.as_bytes()),
        ("classes.csv", classes.as_bytes()),
        ("enrollments.csv", b"classSourcedId,userSourcedId,role\n"),
    ]);
    set.extend(files(&[(file, text.as_bytes())]));
    parse(&set)
}

#[test]
fn sound_rows_come_with_the_problems_and_broken_ones_are_known_by_name() {
    let rows = "u-1,,student,Ana,Reyes,,\n\
                U-2,,wizard,Ben,Cruz,Ben@School.example,\n\
                u-3,,student,one,comma,too,many,\n";
    let (roster, problems) = both("users.csv", &(USERS.to_owned() + rows));
    assert_eq!((roster.users.len(), problems.total()), (1, 2));
    let lost = ["u-1", "u-2", "ben@school.example", "u-3", "u-4"];
    let lost = lost.map(|name| problems.has_lost("users.csv", name));
    assert_eq!(lost, [false, true, true, true, false]);
    assert!(!problems.has_lost("classes.csv", "u-2"));
    assert!(!format!("{problems:?}").contains("chool.example"));

    let (_, problems) = both("meetings.csv", &format!("{MEETINGS}855 1234-0977,,c,,,,\n"));
    assert!(problems.has_lost("meetings.csv", "85512340977"));
}

#[test]
fn a_file_that_cannot_be_read_to_its_end_may_have_named_anybody() {
    for text in ["id;title\n", "sourcedId,title\nc-1,\"open\nc-2,x\n"] {
        let (_, problems) = both("classes.csv", text);
        assert!(problems.has_lost("classes.csv", "c-9"), "{text}");
        assert!(!problems.has_lost("users.csv", "c-9"), "{text}");
    }
    let (_, problems) = parse(&files(&[("classes.csv", b"sourcedId,title\n")]));
    assert!(problems.has_lost("users.csv", "u-1"));
}

#[test]
fn problems_stand_in_the_order_of_files_and_lines_whenever_they_are_found() {
    let mut problems = Problems::default();
    for (file, line) in [("meetings.csv", 2), ("users.csv", 10), ("users.csv", 9)] {
        problems.push(Place { file, line }, "is first");
        problems.push(Place { file, line }, "is second");
    }
    assert_eq!(
        problems.to_string(),
        "users.csv:9: is first\nusers.csv:9: is second\n\
         users.csv:10: is first\nusers.csv:10: is second\n\
         meetings.csv:2: is first\nmeetings.csv:2: is second"
    );
    let file = "classes.csv";
    for line in (1..=60).rev() {
        problems.push(Place { file, line }, "is wrong");
    }
    let last = &problems.listed()[49];
    assert_eq!((problems.listed().len(), problems.total()), (50, 66));
    assert_eq!((last.at.file, last.at.line), (file, 46));
}

#[test]
fn lengths() {
    let id = "i".repeat(256);
    let half = "ñ".repeat(250);
    let row = format!("{id},,student,{half},{half},,\n");
    assert_eq!(
        wrong_users(&row),
        "users.csv:2: sourcedId is longer than 255 characters\n\
         users.csv:2: the name is longer than 500 characters"
    );
    let title = "t".repeat(501);
    assert_eq!(
        wrong(
            "classes.csv",
            &format!("sourcedId,title\nc-1,{title}\nc-2,\u{1b}[2J\n")
        ),
        "classes.csv:2: title is longer than 500 characters\n\
         classes.csv:3: title holds a control character"
    );
}

#[test]
fn roles() {
    let users = "sourcedId,givenName,familyName\nu-1,Ana,Reyes\n";
    let wrong = |roles: &str| {
        let set = [("users.csv", users), ("roles.csv", roles)];
        read_with(&set).expect_err("a problem").to_string()
    };
    assert_eq!(
        wrong("sourcedId,status,userSourcedId,role\nr-1,tobedeleted,u-1,student\n"),
        "users.csv:2: has no role in roles.csv"
    );
    assert_eq!(
        wrong("sourcedId,status,userSourcedId,role\nr-1,,,student\nr-1,,u-2,\n"),
        "roles.csv:2: userSourcedId is empty\n\
         roles.csv:3: sourcedId is the same as on line 2\n\
         roles.csv:3: role is empty"
    );
}

#[test]
fn classes() {
    let text = "sourcedId,status,title\nc-1,,\n,tobedeleted,x\nc-3,,x\nC-3,,x\nc-3,tobedeleted,\n";
    assert_eq!(
        wrong("classes.csv", text),
        "classes.csv:2: title is empty\n\
         classes.csv:3: sourcedId is empty\n\
         classes.csv:6: sourcedId is the same as on line 4"
    );
}

#[test]
fn enrolments() {
    let rows = "e-1,,,,,,\n\
                e-2,c,u,student,maybe,2026-02-30,12/01/2026\n\
                e-2,c,u,student,,2026-01-13,2026-01-12\n";
    assert_eq!(
        wrong_enrolments(rows),
        "enrollments.csv:2: classSourcedId is empty\n\
         enrollments.csv:2: userSourcedId is empty\n\
         enrollments.csv:2: role is empty\n\
         enrollments.csv:3: primary is neither true nor false\n\
         enrollments.csv:3: beginDate is not a date YYYY-MM-DD\n\
         enrollments.csv:3: endDate is not a date YYYY-MM-DD\n\
         enrollments.csv:4: sourcedId is the same as on line 3\n\
         enrollments.csv:4: endDate is before beginDate"
    );
}

#[test]
fn meetings() {
    let rows = "12345678,M,c,2026-03-02T08:00:00,0,Asia/Manilla,\n\
                855 1234 0977,M,c,,1441,ana@school.example,\n\
                85512340977,M,c,yesterday,,,\n";
    let time = "start_time is not an RFC 3339 time with offset, like 2026-03-02T08:00:00+08:00";
    assert_eq!(
        wrong_meetings(rows),
        format!(
            "meetings.csv:2: zoom_meeting_id is not a meeting number of 9 to 11 digits\n\
             meetings.csv:2: {time}\n\
             meetings.csv:2: duration is not a number of minutes from 1 to 1440\n\
             meetings.csv:2: timezone Asia/Manilla is not an IANA time zone\n\
             meetings.csv:3: duration is not a number of minutes from 1 to 1440\n\
             meetings.csv:3: timezone is not an IANA time zone\n\
             meetings.csv:4: {time}\n\
             meetings.csv:4: zoom_meeting_id is the same as on line 3"
        )
    );
    assert_eq!(
        wrong_meetings(",,,,,,t@school.example\n"),
        "meetings.csv:2: zoom_meeting_id is empty\n\
         meetings.csv:2: title is empty\n\
         meetings.csv:2: class_sourced_id is empty"
    );
}

#[test]
fn registrants() {
    let rows = "85512340977,,,\n\
                855 1234 0977,u-1,r-1,\n\
                85512340978,u-1,r-1,\n\
                85512340977,u-2,r-1,registered\n";
    assert_eq!(
        wrong("registrants.csv", &(REGISTRANTS.to_owned() + rows)),
        "registrants.csv:2: user_sourced_id is empty\n\
         registrants.csv:2: zoom_registrant_id is empty\n\
         registrants.csv:5: status is none of approved, pending, denied, cancelled\n\
         registrants.csv:5: zoom_registrant_id in this meeting is the same as on line 3"
    );
}

#[test]
fn fifty_are_listed_and_all_are_counted() {
    let broken_rows = |count| {
        let text = "sourcedId,title\n".to_owned() + &"c-1\n".repeat(count);
        read_with(&[("classes.csv", &text)]).expect_err("a problem")
    };
    let sixty: Problems = broken_rows(60);
    assert_eq!((sixty.listed().len(), sixty.total()), (50, 60));
    assert_eq!(
        (sixty.listed()[49].at.file, sixty.listed()[49].at.line),
        ("classes.csv", 51)
    );
    assert!(sixty.to_string().ends_with("\nand 10 more"));
    let fifty = broken_rows(50);
    assert_eq!((fifty.listed().len(), fifty.total()), (50, 50));
    assert!(!fifty.to_string().contains("more"));
}
