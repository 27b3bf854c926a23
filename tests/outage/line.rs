//! One service with a school day on its way to it: what was sent, what was answered, and whether it all arrived.
//!
//! The day goes in four parts: before the fault (all taken), during it (taken or refused, in Zoom's time), then the first event after it (taken), and,
//! with what Zoom still owes, the rest. At the end the journal holds every body exactly once, and the marks are the oracle's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Database as Connector, Statement};
use serde_json::json;
use tokio::task::JoinSet;

use crate::day::Day;
use crate::support::app::App;
use crate::support::zoom::Zoom;
use crate::watch::{Seen, Watch, ZOOM_WAITS};

/// Between two events of the part that meets the fault, or longer where that must do for all of a long fault.
const PACE: Duration = Duration::from_millis(60);
/// In the last so many seconds of a fault that is to last for a given time something is sent.
const LULL: Duration = Duration::from_secs(5);
/// Zoom tries again after 5, 25 and 85 minutes; here after so many times 50 ms.
const PAUSES: [u32; 3] = [5, 25, 85];
/// A state that does not come about within this never does.
const PATIENCE: Duration = Duration::from_mins(2);

/// Where events become durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// In the database that the fault is about.
    Inside,
    /// In a file that the fault does not touch.
    Apart,
}

/// What a fault may make of events that become durable where it strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answers {
    /// 200 or 503.
    Some,
    /// 200.
    AllTaken,
    /// 503.
    AllRefused,
}

/// What a fault does, and shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// What becomes of events. Those whose journal lies apart from the fault are all taken.
    pub(crate) answers: Answers,
    /// Readiness and metrics tell of an unreachable database.
    pub(crate) database_away: bool,
    /// Readiness and metrics tell of a failing journal, where that is not apart.
    pub(crate) journal_fails: bool,
    /// At least so many events are sent meanwhile.
    pub(crate) events: usize,
    /// It goes on for at least so long.
    pub(crate) lasts: Duration,
}

impl Fault {
    /// Some events may be refused; nothing else need be seen of it.
    pub(crate) const PASSING: Self = Self {
        answers: Answers::Some,
        database_away: false,
        journal_fails: false,
        events: 40,
        lasts: Duration::ZERO,
    };

    /// Whether all that it shows has been seen.
    fn is_shown(&self, kept: Kept, seen: &Seen) -> bool {
        let tells = |word: &str| {
            let mut readiness = seen.readiness.iter();
            readiness.any(|(_, journal, database)| journal == word || database == word)
        };
        let database = tells("unreachable") && seen.zero.contains("rollcall_database_reachable");
        let journal = tells("failing")
            && seen.zero.contains("rollcall_journal_ready")
            && seen.zero.contains("rollcall_ready");
        (database || !self.database_away) && (journal || !self.journal_fails || kept == Kept::Apart)
    }
}

/// A service with a day on its way.
pub(crate) struct Line {
    watch: Watch,
    pub(crate) app: App,
    day: Arc<Day>,
    kept: Kept,
    /// The journal as the test reads it, past every fault.
    journal: String,
    next: usize,
    taken: BTreeSet<usize>,
    owed: Vec<usize>,
    /// The longest that an answer took, since the latest fault began.
    pub(crate) slowest: Duration,
}

impl Line {
    /// Imports the school and sends the first third of the day.
    pub(crate) async fn open(app: App, kept: Kept, journal: String, day: Arc<Day>) -> Self {
        day.import(&app);
        let mut line = Self {
            watch: Watch::over(&app),
            app,
            day,
            kept,
            journal,
            next: 0,
            taken: BTreeSet::new(),
            owed: Vec::new(),
            slowest: Duration::ZERO,
        };
        while line.next < line.day.bodies.len() / 3 {
            assert!(line.send_next().await, "before the fault all is taken");
        }
        line
    }

    /// Sends during the fault until it has shown itself; what remains of the day's second third is kept for later.
    pub(crate) async fn during(&mut self, fault: &Fault) {
        self.watch.forget();
        let (begun, first) = (Instant::now(), self.next);
        let last = self.day.bodies.len() * 2 / 3;
        assert!(first + fault.events <= last, "too short: {last}");
        let left = u32::try_from(last - first).expect("a day's events");
        let pace = PACE.max(fault.lasts / left);
        let mut latest = Duration::ZERO;
        self.slowest = Duration::ZERO;
        let mut posts = JoinSet::new();
        while begun.elapsed() < fault.lasts
            || self.next < first + fault.events
            || !fault.is_shown(self.kept, &self.watch.seen())
        {
            if self.next < last {
                posts.spawn(post(self.app.zoom(), Arc::clone(&self.day), self.next));
                self.next += 1;
                latest = begun.elapsed();
            }
            tokio::time::sleep(pace).await;
            assert!(
                begun.elapsed() < fault.lasts + PATIENCE,
                "{:?}: {fault:?} does not show: {:?}",
                self.kept,
                self.watch.seen()
            );
        }
        let lull = fault.lasts.saturating_sub(latest);
        assert!(lull <= LULL.max(pace * 2), "nothing was sent for {lull:?}");
        let mut refused = 0;
        for answer in posts.join_all().await {
            refused += usize::from(!answer.taken);
            self.note(&answer);
        }
        let sent = self.next - first;
        eprintln!(
            "{:?}: {refused} of {sent} refused in {:?}, slowest answer {:?}",
            self.kept,
            begun.elapsed(),
            self.slowest
        );
        if fault.answers == Answers::AllTaken {
            assert_eq!(refused, 0);
        }
        if self.kept == Kept::Apart {
            assert_eq!(refused, 0);
            let seen = self.watch.seen().readiness;
            let well = |(status, journal, _): &(u16, String, String)| {
                (*status, journal.as_str()) == (200, "ok")
            };
            assert!(seen.iter().all(well), "{seen:?}");
        } else if fault.answers == Answers::AllRefused {
            assert_eq!(refused, sent);
        }
    }

    /// After the fault: the next event is taken, nothing that was acknowledged is missing, the rest of the day arrives, and the marks are right.
    pub(crate) async fn after(mut self) {
        let begun = Instant::now();
        self.watch.forget();
        self.watch
            .until("ready again", |seen| {
                let well = |(status, journal, database): &(u16, String, String)| {
                    (*status, journal.as_str(), database.as_str()) == (200, "ok", "ok")
                };
                seen.latest.as_ref().is_some_and(well)
            })
            .await;
        let ready = begun.elapsed();
        assert!(self.send_next().await, "the next event is served");
        self.check_taken().await;
        self.send_owed().await;
        while self.next < self.day.bodies.len() {
            assert!(self.send_next().await, "after the fault all is taken");
        }
        self.check_all(begun + PATIENCE).await;
        self.watch.end().await;
        eprintln!(
            "{:?}: ready {ready:?} and complete {:?} after the fault, slowest answer {:?}",
            self.kept,
            begun.elapsed(),
            self.slowest
        );
    }

    /// Whether the next event of the day was taken.
    pub(crate) async fn send_next(&mut self) -> bool {
        let answer = post(self.app.zoom(), Arc::clone(&self.day), self.next).await;
        self.next += 1;
        self.note(&answer);
        answer.taken
    }

    /// Zoom's retries: each event three times more.
    async fn send_owed(&mut self) {
        let mut retries = JoinSet::new();
        for place in std::mem::take(&mut self.owed) {
            let (zoom, day) = (self.app.zoom(), Arc::clone(&self.day));
            retries.spawn(async move {
                for pause in PAUSES {
                    tokio::time::sleep(pause * Duration::from_millis(50)).await;
                    let answer = post(zoom.clone(), Arc::clone(&day), place).await;
                    if answer.taken {
                        return answer;
                    }
                }
                panic!("no retry was taken");
            });
        }
        for answer in retries.join_all().await {
            self.note(&answer);
        }
    }

    /// What was acknowledged is in the journal, once.
    async fn check_taken(&self) {
        let journaled = self.journaled().await;
        for place in &self.taken {
            let copies = journaled.get(&self.day.bodies[*place]);
            assert_eq!(copies, Some(&1), "{:?}: acknowledged event", self.kept);
        }
    }

    /// Every event is in the journal once, and in the marks by `deadline`.
    async fn check_all(&self, deadline: Instant) {
        assert!(self.owed.is_empty());
        let expected: BTreeMap<String, usize> =
            self.day.bodies.iter().map(|b| (b.clone(), 1)).collect();
        assert!(self.journaled().await == expected, "{:?}", self.kept);
        loop {
            let shown = self.day.shown(&self.app).await;
            if shown == self.day.marks {
                return;
            }
            let wrong = self
                .day
                .marks
                .iter()
                .filter(|(k, m)| shown.get(*k) != Some(*m));
            let wrong = wrong.count();
            assert!(
                Instant::now() < deadline,
                "{:?}: {wrong} of {} marks are wrong or missing:\n{}",
                self.kept,
                self.day.marks.len(),
                self.app.log()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// How often each body is in the journal.
    async fn journaled(&self) -> BTreeMap<String, usize> {
        let journal = Connector::connect(&self.journal)
            .await
            .expect("the journal");
        let sql = "SELECT body FROM webhook_events";
        let sql = Statement::from_string(journal.get_database_backend(), sql);
        let mut bodies = BTreeMap::new();
        for row in journal.query_all_raw(sql).await.expect("its rows") {
            let body: Vec<u8> = row.try_get("", "body").expect("bytes");
            let body = String::from_utf8(body).expect("text");
            *bodies.entry(body).or_default() += 1;
        }
        journal.close().await.expect("closed");
        bodies
    }

    fn note(&mut self, answer: &Answer) {
        self.slowest = self.slowest.max(answer.took);
        if answer.taken {
            self.taken.insert(answer.place);
        } else {
            self.owed.push(answer.place);
        }
    }
}

/// What became of one request.
struct Answer {
    place: usize,
    taken: bool,
    took: Duration,
}

/// Delivers one event. It is taken, or refused so that Zoom sends it again; in Zoom's time.
async fn post(zoom: Zoom, day: Arc<Day>, place: usize) -> Answer {
    let begun = Instant::now();
    let answer = tokio::time::timeout(ZOOM_WAITS, zoom.deliver(&day.bodies[place])).await;
    let answer = answer.expect("an answer before Zoom gives up");
    let taken = answer.status == 200;
    if taken {
        assert_eq!(answer.body, json!({ "received": true }));
    } else {
        assert_eq!(answer.status, 503);
        let after = answer.headers.get("retry-after").expect("Retry-After");
        let after: u32 = after.to_str().expect("text").parse().expect("seconds");
        assert!(after > 0);
        let reason = answer.body["error"].as_str().expect("a reason");
        assert_eq!(answer.body, json!({ "error": reason }));
        assert!(!reason.is_empty());
    }
    Answer {
        place,
        taken,
        took: begun.elapsed(),
    }
}
