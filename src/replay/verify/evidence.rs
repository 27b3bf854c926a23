//! The events behind a wrong mark: what was delivered about a student in one lesson, and about the lesson itself.
//!
//! It reads every kind of event, also those that make no attendance: one of them may be what led the service astray. Of
//! names, e-mails and addresses it tells nothing, of ids their beginning.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::Sent;
use super::expected::Expected;
use crate::replay::oracle::Key;
use crate::replay::school::School;

/// So much of an id is told.
const SHOWN: usize = 8;
/// So much of an event's type is told.
const TYPE: usize = 60;
/// So many events of one mark.
const MOST: usize = 40;

/// An event behind a mark, fit for a report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Its type, such as `meeting.participant_left`.
    pub kind: String,
    /// The instant that it tells of.
    pub at: Option<Timestamp>,
    /// When it was to arrive, Unix milliseconds of the played day.
    pub arrives_ms: i64,
    /// Whether the service acknowledged it.
    pub is_taken: bool,
    /// The beginning of the occurrence's `uuid`.
    pub occurrence: String,
    /// The beginning of the `participant_uuid`, if it has one.
    pub connection: Option<String>,
    /// By what it names the student or somebody else, ids shortened; empty where it is tied by its connection, or about the
    /// whole lesson.
    pub keys: Vec<String>,
}

/// A delivery of a class's meeting.
struct Told<'a> {
    index: usize,
    kind: String,
    uuid: String,
    object: Value,
    sent: Sent<'a>,
}

/// The student's keys in one class.
struct Face<'a> {
    sourced_id: &'a str,
    registrant: Option<&'a str>,
    account: Option<&'a str>,
    email: Option<String>,
}

/// The number of the meeting that a body is about.
pub(super) fn meeting(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    text(&body["payload"]["object"]["id"])
}

/// The events behind each of these marks.
pub(super) fn of(
    keys: &[&Key],
    school: &School,
    expected: &Expected,
    sent: Sent<'_>,
) -> Vec<Vec<Event>> {
    let each = keys.iter().map(|key| behind(key, school, expected, sent));
    each.map(Option::unwrap_or_default).collect()
}

fn behind(key: &Key, school: &School, expected: &Expected, sent: Sent<'_>) -> Option<Vec<Event>> {
    let class = school
        .classes
        .iter()
        .find(|class| class.sourced_id == key.class)?;
    let lessons = &expected.classes.get(&key.class)?.lessons;
    let lesson = lessons.iter().find(|lesson| lesson.date == key.date)?;
    let told = told(&class.meeting.number.to_string(), &lesson.runs, sent);
    let face = Face::of(school, &key.class, &key.student);
    let mut wanted: Vec<&Told<'_>> = Vec::new();
    for run in &lesson.runs {
        let of_run: Vec<&Told<'_>> = told.iter().filter(|told| told.uuid == *run).collect();
        let ties = face.ties(&of_run);
        let about = of_run.into_iter().filter(|told| {
            told.object["participant"].is_null() || face.is_named(told) || told.is_tied(&ties)
        });
        wanted.extend(about);
    }
    wanted.sort_by_key(|told| told.sent.deliveries[told.index].at);
    wanted.truncate(MOST);
    Some(wanted.into_iter().map(|told| told.event(&face)).collect())
}

/// The deliveries of some runs of a meeting.
fn told<'a>(number: &str, runs: &[String], sent: Sent<'a>) -> Vec<Told<'a>> {
    let mut all = Vec::new();
    for (index, delivery) in sent.deliveries.iter().enumerate() {
        // Reading all bodies of a large day takes long; this leaves out nearly all of them.
        if !delivery.body.contains(number) {
            continue;
        }
        let Ok(mut body) = serde_json::from_str::<Value>(&delivery.body) else {
            continue;
        };
        let object = body["payload"]["object"].take();
        let uuid = text(&object["uuid"]).unwrap_or_default();
        if text(&object["id"]).as_deref() == Some(number) && runs.contains(&uuid) {
            all.push(Told {
                index,
                kind: text(&body["event"]).unwrap_or_default(),
                uuid,
                object,
                sent,
            });
        }
    }
    all
}

impl<'a> Face<'a> {
    /// Somebody who is not of the school has no keys but the id.
    fn of(school: &'a School, class: &str, student: &'a str) -> Self {
        let class = school.classes.iter().find(|it| it.sourced_id == class);
        let place = school
            .students
            .iter()
            .position(|it| it.sourced_id == student);
        let enrolled = class.into_iter().flat_map(|class| &class.enrolled);
        let mut enrolled = enrolled.filter(|enrolled| Some(enrolled.student) == place);
        let known = place.map(|place| &school.students[place]);
        Self {
            sourced_id: student,
            registrant: enrolled
                .next()
                .and_then(|enrolled| enrolled.registrant_id.as_deref()),
            account: known.and_then(|student| student.zoom_user_id.as_deref()),
            email: known
                .and_then(|student| student.email.as_ref())
                .map(|email| email.to_lowercase()),
        }
    }

    fn is_named(&self, told: &Told<'_>) -> bool {
        let says = |field, key: Option<&str>| key.is_some() && told.says(field).as_deref() == key;
        says("customer_key", Some(self.sourced_id))
            || says("registrant_id", self.registrant)
            || says("participant_user_id", self.account)
            || says("id", self.account)
            || (self.email.is_some()
                && told.says("email").map(|it| it.to_lowercase()) == self.email)
    }

    /// The connections and seats of a run that belong to the student, those bound to them included.
    fn ties(&self, run: &[&Told<'_>]) -> BTreeSet<String> {
        let named = run.iter().filter(|told| self.is_named(told));
        let mut ties: BTreeSet<String> = named.flat_map(|told| told.ties()).collect();
        loop {
            let tied = run.iter().filter(|told| told.is_tied(&ties));
            let more: BTreeSet<String> = tied.flat_map(|told| told.ties()).collect();
            if more.is_subset(&ties) {
                return ties;
            }
            ties.extend(more);
        }
    }
}

impl Told<'_> {
    /// A field of the participant; absent, empty and null are nothing.
    fn says(&self, field: &str) -> Option<String> {
        text(&self.object["participant"][field])
    }

    /// The connections and seats that it speaks of.
    fn ties(&self) -> Vec<String> {
        let tie = |kind: &str, field: &str| Some(format!("{kind} {}", self.says(field)?));
        let ties = [
            tie("connection", "participant_uuid"),
            tie("connection", "bind_participant_uuid"),
            tie("seat", "user_id"),
            tie("seat", "bind_user_id"),
            tie("seat", "parent_user_id"),
        ];
        ties.into_iter().flatten().collect()
    }

    fn is_tied(&self, ties: &BTreeSet<String>) -> bool {
        self.ties().iter().any(|tie| ties.contains(tie))
    }

    fn event(&self, face: &Face<'_>) -> Event {
        let delivery = &self.sent.deliveries[self.index];
        let participant = &self.object["participant"];
        let instants = [
            &participant["join_time"],
            &participant["leave_time"],
            &participant["date_time"],
            &self.object["end_time"],
            &self.object["start_time"],
        ];
        let instant = instants.into_iter().find_map(Value::as_str);
        Event {
            kind: self.kind.chars().take(TYPE).collect(),
            at: instant.and_then(|text| text.parse().ok()),
            arrives_ms: delivery.at,
            is_taken: self.sent.is_taken(self.index),
            occurrence: beginning(&self.uuid),
            connection: self.says("participant_uuid").map(|uuid| beginning(&uuid)),
            keys: self.keys(face),
        }
    }

    fn keys(&self, face: &Face<'_>) -> Vec<String> {
        let mut keys = Vec::new();
        for field in ["customer_key", "registrant_id", "participant_user_id"] {
            if let Some(value) = self.says(field) {
                let shown = if value == face.sourced_id {
                    value
                } else {
                    beginning(&value)
                };
                keys.push(format!("{field} {shown}"));
            }
        }
        if self.says("email").is_some() {
            keys.push("email".to_owned());
        }
        keys
    }
}

fn beginning(id: &str) -> String {
    if id.chars().count() <= SHOWN {
        return id.to_owned();
    }
    let start: String = id.chars().take(SHOWN).collect();
    format!("{start}…")
}

fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}
