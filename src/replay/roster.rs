//! A [`School`] as an import set: `OneRoster` 1.1 CSV files and Rollcall's own two beside them.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use jiff::Timestamp;

use super::school::{Class, School};

impl School {
    /// Writes `users.csv`, `classes.csv`, `enrollments.csv`, `meetings.csv` and `registrants.csv` into `dir`, which
    /// must exist.
    pub fn write_roster(&self, dir: &Path) -> io::Result<()> {
        fs::write(dir.join("users.csv"), self.users())?;
        fs::write(dir.join("classes.csv"), self.class_rows())?;
        fs::write(dir.join("enrollments.csv"), self.enrollments())?;
        fs::write(dir.join("meetings.csv"), self.meetings())?;
        fs::write(dir.join("registrants.csv"), self.registrants())
    }

    fn users(&self) -> String {
        let mut file = table(&[
            "sourcedId",
            "status",
            "enabledUser",
            "givenName",
            "familyName",
            "role",
            "email",
            "zoom_user_id",
        ]);
        for teacher in &self.teachers {
            let (given, family) = &teacher.name;
            row(
                &mut file,
                &[
                    &teacher.sourced_id,
                    "active",
                    "true",
                    given,
                    family,
                    "teacher",
                    &teacher.email,
                    &teacher.zoom_user_id,
                ],
            );
        }
        for student in &self.students {
            let (given, family) = &student.name;
            let email = student.email.as_deref().unwrap_or_default();
            let zoom = student.zoom_user_id.as_deref().unwrap_or_default();
            row(
                &mut file,
                &[
                    &student.sourced_id,
                    "active",
                    "true",
                    given,
                    family,
                    "student",
                    email,
                    zoom,
                ],
            );
        }
        file
    }

    fn class_rows(&self) -> String {
        let mut file = table(&[
            "sourcedId",
            "status",
            "title",
            "classType",
            "schoolSourcedId",
        ]);
        for class in &self.classes {
            row(
                &mut file,
                &[
                    &class.sourced_id,
                    "active",
                    &class.title,
                    "scheduled",
                    "northfield",
                ],
            );
        }
        file
    }

    fn enrollments(&self) -> String {
        let mut file = table(&[
            "sourcedId",
            "status",
            "classSourcedId",
            "userSourcedId",
            "role",
            "primary",
            "beginDate",
            "endDate",
        ]);
        for class in &self.classes {
            let teacher = (&self.teachers[class.teacher].sourced_id, "teacher", "true");
            let students = class.enrolled.iter().map(|enrolled| {
                (
                    &self.students[enrolled.student].sourced_id,
                    "student",
                    "false",
                )
            });
            for (user, role, primary) in std::iter::once(teacher).chain(students) {
                let id = format!("{}:{user}", class.sourced_id);
                row(
                    &mut file,
                    &[
                        &id,
                        "active",
                        &class.sourced_id,
                        user,
                        role,
                        primary,
                        "",
                        "",
                    ],
                );
            }
        }
        file
    }

    fn meetings(&self) -> String {
        let mut file = table(&[
            "zoom_meeting_id",
            "title",
            "class_sourced_id",
            "host_email",
            "start_time",
            "duration",
            "timezone",
            "meeting_type",
            "target_audience",
            "join_url",
        ]);
        for class in &self.classes {
            let meeting = &class.meeting;
            let number = meeting.number.to_string();
            let url = format!("https://zoom.example/j/{number}");
            let host = &self.teachers[class.teacher].email;
            row(
                &mut file,
                &[
                    &number,
                    &class.title,
                    &class.sourced_id,
                    host,
                    &first_start(class),
                    &meeting.minutes.to_string(),
                    &meeting.timezone,
                    "8",
                    "students",
                    &url,
                ],
            );
        }
        file
    }

    fn registrants(&self) -> String {
        let mut file = table(&[
            "zoom_meeting_id",
            "user_sourced_id",
            "zoom_registrant_id",
            "status",
        ]);
        for class in &self.classes {
            for enrolled in &class.enrolled {
                if let Some(registrant) = &enrolled.registrant_id {
                    let student = &self.students[enrolled.student].sourced_id;
                    row(
                        &mut file,
                        &[
                            &class.meeting.number.to_string(),
                            student,
                            registrant,
                            "approved",
                        ],
                    );
                }
            }
        }
        file
    }
}

fn first_start(class: &Class) -> String {
    let second = class.meeting.begins_on(class.meeting.first);
    Timestamp::from_second(second)
        .expect("a school's date is within the calendar")
        .to_string()
}

fn table(headers: &[&str]) -> String {
    let mut file = String::new();
    row(&mut file, headers);
    file
}

/// One record as RFC 4180 has it: quoted where a comma, a quote or a line break demands it.
fn row(file: &mut String, cells: &[&str]) {
    for (index, cell) in cells.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let written = if cell.contains([',', '"', '\n', '\r']) {
            write!(file, "{comma}\"{}\"", cell.replace('"', "\"\""))
        } else {
            write!(file, "{comma}{cell}")
        };
        written.expect("writing to a String cannot fail");
    }
    file.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn every_file_is_read_back_by_a_csv_reader_with_all_its_rows() {
        let school = School::sample(6, 4, date(2026, 10, 5), 1);
        let dir = tempfile::tempdir().expect("a temporary folder");
        school.write_roster(dir.path()).expect("written");
        let rows = |name: &str| {
            let mut reader = csv::Reader::from_path(dir.path().join(name)).expect("a file");
            let records: Result<Vec<_>, _> = reader.records().collect();
            records.expect("records").len()
        };
        // 6 teachers and 2 groups of 4; 6 classes of 4 with a teacher each; one student in four registers.
        assert_eq!(rows("users.csv"), 14);
        assert_eq!(rows("classes.csv"), 6);
        assert_eq!(rows("enrollments.csv"), 30);
        assert_eq!(rows("meetings.csv"), 6);
        assert_eq!(rows("registrants.csv"), 6);
    }
}
