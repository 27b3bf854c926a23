//! A made-up school's day: what Zoom tells of it, and the marks that must come of it.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use rollcall::replay::oracle;
use rollcall::replay::school::School;
use rollcall::replay::traffic::{self, Shares};
use serde_json::Value;

use crate::support::app::App;

/// Long past, so that every mark is final.
const DAY: Date = date(2026, 10, 5);

/// Status, seconds and finality by class and student.
pub(crate) type Marks = BTreeMap<(String, String), (String, i64, String)>;

/// A school, its deliveries in order, and the oracle's marks.
pub(crate) struct Day {
    school: School,
    /// Raw bodies; some are told twice.
    pub(crate) bodies: Vec<String>,
    pub(crate) marks: Marks,
}

impl Day {
    /// Of so many classes of so many students, always the same for the same seed.
    pub(crate) fn new(classes: usize, size: usize, seed: u64) -> Self {
        let school = School::sample(classes, size, DAY, seed);
        let sent = traffic::day(&school, DAY, seed, Shares::DAY);
        let bodies: Vec<String> = sent.into_iter().map(|delivery| delivery.body).collect();
        let marks = oracle::marks(&school, bodies.iter().map(String::as_str));
        let marks: Marks = marks
            .into_iter()
            .map(|(key, mark)| {
                assert_eq!(key.date, DAY);
                let status = mark.status.word().to_owned();
                let mark = (status, i64::from(mark.seconds), "final".to_owned());
                ((key.class, key.student), mark)
            })
            .collect();
        assert_eq!(marks.len(), classes * size);
        Self {
            school,
            bodies,
            marks,
        }
    }

    /// Imports the school by the command, as an operator would.
    pub(crate) fn import(&self, app: &App) {
        let roster = tempfile::tempdir().expect("a temporary folder");
        self.school.write_roster(roster.path()).expect("a roster");
        let import = app.command(&["import", roster.path().to_str().expect("a path of text")]);
        let problem = String::from_utf8_lossy(&import.stderr);
        assert!(import.status.success(), "{problem}");
    }

    /// All marks that the read API shows.
    pub(crate) async fn shown(&self, app: &App) -> Marks {
        let mut marks = Marks::new();
        for class in &self.school.classes {
            let class = &class.sourced_id;
            let path = format!("/api/v1/attendance?class={class}&date={DAY}&limit=100");
            let answer = app.json(&path).await;
            for item in answer["items"].as_array().expect("a list") {
                let text = |value: &Value| value.as_str().expect("text").to_owned();
                let student = text(&item["student"]["sourced_id"]);
                let seconds = item["seconds"].as_i64().expect("seconds");
                let mark = (text(&item["status"]), seconds, text(&item["finality"]));
                marks.insert((class.clone(), student), mark);
            }
        }
        marks
    }
}
