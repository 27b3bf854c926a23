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
    let mut users = "sourcedId,status,role,username,givenName,familyName,email\n".to_owned();
    users += "teacher,active,teacher,teacher,Tess,Teacher,teacher@school.example\n";
    let mut classes = "sourcedId,status,title\n".to_owned();
    let mut enrollments = "sourcedId,status,classSourcedId,userSourcedId,role,primary\n".to_owned();
    let mut meetings =
        "zoom_meeting_id,title,class_sourced_id,host_email,start_time,duration,timezone\n"
            .to_owned();
    for student in students {
        users += &format!(
            "{student},active,student,{student},Given-{student},Family-{student},{}\n",
            email(student)
        );
    }
    for Lesson {
        class,
        meeting,
        start,
        timezone,
    } in lessons
    {
        classes += &format!("{class},active,Class {class}\n");
        enrollments += &format!("{class}-teacher,active,{class},teacher,teacher,true\n");
        let minutes = if start.is_empty() { "" } else { "50" };
        meetings += &format!(
            "{meeting},Lesson of {class},{class},teacher@school.example,{start},{minutes},{timezone}\n"
        );
        for student in students {
            enrollments += &format!("{class}-{student},active,{class},{student},student,\n");
        }
    }
    for (name, text) in [
        ("users", users),
        ("classes", classes),
        ("enrollments", enrollments),
        ("meetings", meetings),
    ] {
        fs::write(folder.join(format!("{name}.csv")), text).expect("a file of the set");
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
