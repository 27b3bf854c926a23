//! What the marks must be, of which of them that can be said, and which of those found are wrong.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{Found, Sent, evidence};
use crate::replay::oracle::{self, Key, Lesson, Mark};
use crate::replay::school::School;

/// The oracle's answer for the acknowledged deliveries.
pub(super) struct Expected {
    /// By class, in the school's order of names; every class of the school is there.
    pub(super) classes: BTreeMap<String, Class>,
    /// The first and the last date of any lesson; `None` where there is no lesson.
    pub(super) dates: Option<(Date, Date)>,
    /// The dates on which there is a lesson.
    days: BTreeSet<Date>,
}

/// One class of it.
#[derive(Default)]
pub(super) struct Class {
    marks: BTreeMap<Key, Mark>,
    pub(super) lessons: Vec<Lesson>,
    /// A delivery of its meeting was not acknowledged: it may have been kept, or not.
    is_doubtful: bool,
}

/// What a service shows: by class, then by key.
pub(super) type Answer = BTreeMap<String, BTreeMap<Key, Found>>;

/// What is to be said of an answer.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) right: u64,
    pub(super) unjudged: u64,
    /// In order of key; one of the two is there.
    pub(super) wrong: Vec<(Key, Option<Mark>, Option<Found>)>,
}

impl Expected {
    pub(super) fn of(school: &School, sent: Sent<'_>) -> Self {
        let taken: BTreeSet<&str> = bodies(sent, true).collect();
        // A copy's acknowledgement is as good as its own.
        let open = bodies(sent, false).filter(|body| !taken.contains(body));
        let doubtful: BTreeSet<String> = open.filter_map(evidence::meeting).collect();
        let mut classes: BTreeMap<String, Class> = BTreeMap::new();
        for class in &school.classes {
            let is_doubtful = doubtful.contains(&class.meeting.number.to_string());
            let empty = Class {
                is_doubtful,
                ..Class::default()
            };
            classes.insert(class.sourced_id.clone(), empty);
        }
        for (key, mark) in oracle::marks(school, taken.iter().copied()) {
            let class = classes.entry(key.class.clone()).or_default();
            class.marks.insert(key, mark);
        }
        let mut days = BTreeSet::new();
        for lesson in oracle::lessons(school, taken) {
            days.insert(lesson.date);
            let class = classes.entry(lesson.class.clone()).or_default();
            class.lessons.push(lesson);
        }
        Self {
            classes,
            dates: days.first().copied().zip(days.last().copied()),
            days,
        }
    }

    /// All classes.
    pub(super) fn judge(&self, answer: &Answer) -> Judged {
        let mut all = Judged::default();
        for name in self.classes.keys() {
            let judged = self.judge_class(name, answer);
            all.right += judged.right;
            all.unjudged += judged.unjudged;
            all.wrong.extend(judged.wrong);
        }
        all
    }

    /// One class. A class that the answer leaves out has no marks.
    pub(super) fn judge_class(&self, name: &str, answer: &Answer) -> Judged {
        let mut judged = Judged::default();
        let Some(class) = self.classes.get(name) else {
            return judged;
        };
        let nothing = BTreeMap::new();
        let shown = answer.get(name).unwrap_or(&nothing);
        let keys: BTreeSet<&Key> = class.marks.keys().chain(shown.keys()).collect();
        for key in keys {
            let (expected, found) = (class.marks.get(key), shown.get(key));
            if expected.is_none() && !self.days.contains(&key.date) {
                continue; // Of a day on which nothing was sent.
            }
            let same = match (expected, found) {
                (Some(expected), Some(found)) => is_same(*expected, found),
                _ => false,
            };
            if !class.is_over(key.date) || (class.is_doubtful && !same) {
                judged.unjudged += 1;
            } else if same {
                judged.right += 1;
            } else {
                judged
                    .wrong
                    .push((key.clone(), expected.copied(), found.cloned()));
            }
        }
        judged
    }
}

impl Class {
    /// Whether every run of that date's lesson has an end; so it is where there is none.
    fn is_over(&self, date: Date) -> bool {
        let mut lessons = self.lessons.iter();
        lessons.all(|lesson| lesson.date != date || lesson.is_over)
    }
}

/// The bodies that were acknowledged, or those that were not.
fn bodies(sent: Sent<'_>, acknowledged: bool) -> impl Iterator<Item = &str> {
    let each = sent.deliveries.iter().enumerate();
    each.filter(move |(index, _)| sent.is_taken(*index) == acknowledged)
        .map(|(_, delivery)| delivery.body.as_str())
}

impl Sent<'_> {
    /// Whether the delivery of this index was acknowledged.
    pub(super) fn is_taken(&self, index: usize) -> bool {
        self.taken.get(index).copied().unwrap_or(false)
    }
}

fn is_same(expected: Mark, found: &Found) -> bool {
    found.status == expected.status.word() && found.seconds == Some(i64::from(expected.seconds))
}
