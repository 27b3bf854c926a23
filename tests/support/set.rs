//! A small school as an import set: one teacher, the students given, one class a meeting.

use super::app::App;
use std::{fs, path::Path};

/// A meeting of a class of its own, which all students attend.
pub struct Lesson<'a> {
    /// The class's sourced id.
    pub class: &'a str,
    /// Zoom's number.
    pub meeting: &'a str,
    /// The series' first start, RFC 3339; empty for none.
    pub start: &'a str,
    /// IANA name; empty for none.
    pub timezone: &'a str,
}

/// The e-mail by which Zoom knows a student.
pub fn email(student: &str) -> String {
    format!("{student}@school.example")
}

/// Writes the set into `folder`.
pub fn write(folder: &Path, students: &[&str], lessons: &[Lesson<'_>]) {
    let mut users = vec![
        "sourcedId,status,role,username,givenName,familyName,email".to_owned(),
        "teacher,active,teacher,teacher,Tess,Teacher,teacher@school.example".to_owned(),
    ];
    let mut classes = vec!["sourcedId,status,title".to_owned()];
    let mut enrollments =
        vec!["sourcedId,status,classSourcedId,userSourcedId,role,primary".to_owned()];
    let columns = "zoom_meeting_id,title,class_sourced_id,host_email,start_time,duration,timezone";
    let mut meetings = vec![columns.to_owned()];
    for student in students {
        let email = email(student);
        users.push(format!(
            "{student},active,student,{student},Given-{student},Family-{student},{email}"
        ));
    }
    for Lesson {
        class,
        meeting,
        start,
        timezone,
    } in lessons
    {
        let minutes = if start.is_empty() { "" } else { "50" };
        let host = "teacher@school.example";
        classes.push(format!("{class},active,Class {class}"));
        enrollments.push(format!(
            "{class}-teacher,active,{class},teacher,teacher,true"
        ));
        meetings.push(format!(
            "{meeting},Lesson of {class},{class},{host},{start},{minutes},{timezone}"
        ));
        let pupil = |student: &&str| format!("{class}-{student},active,{class},{student},student,");
        enrollments.extend(students.iter().map(pupil));
    }
    let files = [
        ("users", users),
        ("classes", classes),
        ("enrollments", enrollments),
        ("meetings", meetings),
    ];
    for (name, lines) in files {
        fs::write(folder.join(format!("{name}.csv")), lines.join("\n") + "\n")
            .expect("a file of the set");
    }
}

/// Imports the set by the command, as an operator would.
pub fn import(app: &App, students: &[&str], lessons: &[Lesson<'_>]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(folder.path(), students, lessons);
    let output = app.command(&["import", &folder.path().display().to_string()]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
