//! What can be seen while a meeting runs: its status, who is there, and the first marks; all within a second of the answer
//! to Zoom.

mod support;

use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use support::{
    app::{App, Database, spawn_app},
    set::{self, Lesson},
    zoom::Run,
};

/// How late what an event says may be seen: a second, and the pause between two looks.
const LATEST: Duration = Duration::from_millis(1050);
/// The lessons that are watched: class and meeting.
const LESSONS: [(&str, &str); 3] = [
    ("m7", "85512340977"),
    ("m8", "85512340988"),
    ("m9", "85512340999"),
];

#[actix_web::test]
async fn state_follows_the_events_on_sqlite() {
    state_follows_the_events(spawn_app(Database::Sqlite).await).await;
}

#[actix_web::test]
async fn state_follows_the_events_on_postgres() {
    state_follows_the_events(spawn_app(Database::Postgres).await).await;
}

/// One lesson after the other; every kind of change is seen in time in most of them, whatever else the machine does.
async fn state_follows_the_events(app: App) {
    let lesson = |(class, meeting)| Lesson {
        class,
        meeting,
        start: "2026-10-05T08:00:00Z",
        timezone: "UTC",
    };
    set::import(&app, &["ana", "ben"], &LESSONS.map(lesson));
    let mut delays: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    for (class, meeting) in LESSONS {
        let mut live = Live {
            app: &app,
            class,
            run: Run {
                meeting: meeting.into(),
                uuid: format!("live-{class}"),
                start: "2026-10-05T08:00:00Z".into(),
            },
            answered: Instant::now(),
            delays: &mut delays,
        };
        live.watch().await;
    }
    for (change, mut delays) in delays {
        delays.sort();
        let median = delays[delays.len() / 2];
        assert!(median <= LATEST, "{change} is seen after {delays:?}");
    }
}

/// One lesson that is watched.
struct Live<'a> {
    app: &'a App,
    class: &'a str,
    run: Run,
    /// When Zoom had its latest answer.
    answered: Instant,
    /// How long after the answer each kind of change was seen.
    delays: &'a mut BTreeMap<&'static str, Vec<Duration>>,
}

impl Live<'_> {
    async fn watch(&mut self) {
        let ana = json!({ "user_id": "1", "user_name": "Ana", "email": set::email("ana"), "participant_uuid": "A" });
        assert_eq!(self.meeting_status().await, "scheduled");

        self.deliver(self.run.started()).await;
        self.until_meeting_is("started").await;

        self.deliver(self.run.joined(&ana, "2026-10-05T08:01:00Z"))
            .await;
        let here = self.until_ana("joined").await;
        Self::assert_is_here(&here);
        assert_eq!(
            self.attendance().await,
            json!([]),
            "nobody has a mark before a stay has closed"
        );

        self.deliver(self.run.left(&ana, "2026-10-05T08:21:00Z"))
            .await;
        let gone = self.until_ana("left").await;
        assert_eq!(gone["seconds"], 1200);
        let early = self.until_marks("the first mark", 1).await;
        assert_eq!(
            (&early[0]["status"], &early[0]["finality"]),
            (&json!("present"), &json!("provisional"))
        );

        self.deliver(self.run.ended("2026-10-05T08:50:00Z")).await;
        self.until_meeting_is("ended").await;
        let marks = self.until_marks("everybody's mark", 2).await;
        for (student, status, seconds) in [("ana", "present", 1200), ("ben", "absent", 0)] {
            let told = |row: &&Value| row["student"]["sourced_id"] == student;
            let row = marks.iter().find(told).expect("a mark");
            assert_eq!(
                (&row["status"], &row["seconds"]),
                (&json!(status), &json!(seconds)),
                "{student}"
            );
        }
    }

    fn assert_is_here(ana: &Value) {
        assert_eq!(ana["seconds"], 0, "an open stay counts when it has closed");
        assert_eq!(ana["student"]["sourced_id"], "ana");
        assert_eq!(ana["matched_by"], "email");
        let stay = json!({
            "participant_uuid": "A",
            "zoom_user_id": "1",
            "join_time": "2026-10-05T08:01:00Z",
            "leave_time": null,
            "evidence": "observed",
        });
        for (field, value) in stay.as_object().expect("an object") {
            assert_eq!(ana["stays"][0][field], *value, "{field}");
        }
    }

    async fn deliver(&mut self, body: Vec<u8>) {
        assert_eq!(self.app.zoom().deliver(body).await.status, 200);
        self.answered = Instant::now();
    }

    async fn until(
        &mut self,
        change: &'static str,
        path: &str,
        so: impl Fn(&Value) -> bool,
    ) -> Value {
        let seen = self.app.json_until(path, so).await;
        let delays = self.delays.entry(change).or_default();
        delays.push(self.answered.elapsed());
        seen
    }

    async fn meeting_status(&self) -> Value {
        let path = format!("/api/v1/meetings/{}", self.run.meeting);
        self.app.json(&path).await["status"].clone()
    }

    async fn until_meeting_is(&mut self, status: &'static str) {
        let path = format!("/api/v1/meetings/{}", self.run.meeting);
        self.until(status, &path, |meeting| meeting["status"] == status)
            .await;
    }

    async fn until_ana(&mut self, status: &'static str) -> Value {
        let path = format!("/api/v1/occurrences/{}/participants", self.run.uuid);
        let found = |page: &Value| page["items"][0]["status"] == status;
        self.until(status, &path, found).await["items"][0].clone()
    }

    async fn attendance(&self) -> Value {
        let path = format!("/api/v1/attendance?class={}", self.class);
        self.app.json(&path).await["items"].clone()
    }

    async fn until_marks(&mut self, change: &'static str, count: usize) -> Vec<Value> {
        let path = format!("/api/v1/attendance?class={}", self.class);
        let enough = |page: &Value| {
            let items = page["items"].as_array();
            items.is_some_and(|items| items.len() == count)
        };
        let page = self.until(change, &path, enough).await;
        page["items"].as_array().expect("items").clone()
    }
}
