//! What came of the morning: the marks that the service has made, held against those worked out by hand, and the tables.

use std::fmt::Write as _;

use anyhow::bail;
use comfy_table::{ContentArrangement, Table, presets};
use jiff::tz::TimeZone;

use super::cast::{GUEST, Morning, ZONE};
use super::explain::{Lesson, Stay};
use super::people::{Person, people};
use crate::replay::api::{Api, Record};

/// A table is no wider than this where there is no terminal to ask.
const WIDTH: u16 = 140;

/// One class's lesson as the read API shows it.
struct Seen {
    records: Vec<Record>,
    people: Vec<Person>,
}

/// All lessons, in the order of the school's classes.
pub(super) struct Outcome(Vec<Seen>);

impl Outcome {
    /// Asks the read API.
    pub(super) async fn read(api: &Api, morning: &Morning) -> anyhow::Result<Self> {
        let mut lessons = Vec::new();
        for (index, class) in morning.school.classes.iter().enumerate() {
            let date = morning.date;
            let records = api.attendance(&class.sourced_id, date, date).await?;
            let mut everybody = Vec::new();
            for (run, uuid) in morning.occurrences(index).enumerate() {
                everybody.extend(people(api, uuid, run).await?);
            }
            lessons.push(Seen {
                records,
                people: everybody,
            });
        }
        Ok(Self(lessons))
    }

    /// Whether it is what a person works out by hand; the first difference where it is not.
    pub(super) fn check(&self, morning: &Morning) -> anyhow::Result<()> {
        for (index, seen) in self.0.iter().enumerate() {
            let class = &morning.school.classes[index].title;
            for (student, part) in morning.parts(index) {
                let (status, seconds) = part.mark;
                let expected = format!("{} with {seconds} s", status.word());
                let Some(record) = seen.record(&student.sourced_id) else {
                    bail!(
                        "{class}: no mark for {} ({}), expected {expected}",
                        student.sourced_id,
                        part.story
                    );
                };
                let found = format!("{} with {} s", record.status, counted(record));
                if found != expected {
                    bail!(
                        "{class}: {} ({}) is {found}, expected {expected}",
                        student.sourced_id,
                        part.story
                    );
                }
                if !record.is_final {
                    bail!("{class}: the mark of {} is not final", student.sourced_id);
                }
            }
        }
        let mut people = self.0.iter().flat_map(|seen| &seen.people);
        if !people.any(|person| person.name == GUEST && !person.is_matched) {
            bail!("the unknown guest is not listed");
        }
        Ok(())
    }

    /// The attendance of all lessons, and who could not be tied to anybody.
    pub(super) fn tables(&self, morning: &Morning) -> String {
        let mut text = String::new();
        for (index, seen) in self.0.iter().enumerate() {
            let class = &morning.school.classes[index];
            let (title, begins) = (&class.title, class.meeting.begins.strftime("%H:%M"));
            let table = seen.table(morning, index);
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "\n{title}, {}, {begins} ({ZONE})\n{table}",
                morning.date
            );
            for person in seen.people.iter().filter(|person| !person.is_matched) {
                let minutes = person.seconds / 60;
                let _ = writeln!(
                    text,
                    "Not matched to anybody, for review: {:?}, {minutes} min",
                    person.name
                );
            }
        }
        text
    }
}

impl Seen {
    fn record(&self, student: &str) -> Option<&Record> {
        self.records.iter().find(|record| record.student == student)
    }

    fn stays(&self, student: &str) -> Vec<Stay> {
        let own = self
            .people
            .iter()
            .filter(|person| person.student.as_deref() == Some(student));
        own.flat_map(|person| person.stays.iter().cloned())
            .collect()
    }

    fn table(&self, morning: &Morning, class: usize) -> Table {
        let leaves = self
            .people
            .iter()
            .flat_map(|person| &person.stays)
            .filter_map(|stay| stay.leave);
        let begins = morning.school.classes[class]
            .meeting
            .begins_on(morning.date);
        let lesson = Lesson {
            begins,
            ends: leaves.max().unwrap_or(begins),
            zone: TimeZone::get(ZONE).unwrap_or(TimeZone::UTC),
        };
        let mut table = Table::new();
        table
            .load_style(presets::UTF8_FULL_CONDENSED)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(["Student", "What happens", "Mark", "Why"]);
        if table.width().is_none() {
            table.set_width(WIDTH);
        }
        for (student, part) in morning.parts(class) {
            let name = format!("{} {}", student.name.0, student.name.1);
            let (mark, why) = match self.record(&student.sourced_id) {
                Some(record) => {
                    let stays = self.stays(&student.sourced_id);
                    (
                        record.status.clone(),
                        lesson.explain(counted(record), &stays),
                    )
                }
                None => ("none".to_owned(), "there is no record".to_owned()),
            };
            table.add_row([name, part.story.to_owned(), mark, why]);
        }
        table
    }
}

/// Zoom's marks all have them.
fn counted(record: &Record) -> i64 {
    record.seconds.unwrap_or_default()
}
