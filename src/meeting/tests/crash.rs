//! Wherever memory is thrown away and whatever order events come in: the tables end as after one quiet run.

use super::{
    Files, Rows, Run, fault,
    harness::{Service, schedule, unswept, until},
};
use crate::clock;
use proptest::{collection::vec, prelude::*, sample::Index, test_runner::TestRunner};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// Each case is two whole services; `PROPTEST_CASES` asks for more.
const CASES: u32 = 6;
/// Two runs of the meeting, near enough to be one lesson.
const RUNS: [&str; 2] = ["first==", "second=="];
const PEOPLE: [&str; 4] = ["Ana", "Ben", "Cem", "Guest"];

/// What happens before an event is sent.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// The actor of the event's run panics when it next stages.
    Panic,
    /// The process is told to stop, and starts again.
    Stop,
    /// The process dies, and starts again: nothing staged is waited for.
    Crash,
    /// All of it reaches the tables first, so that what comes is another batch.
    Rest,
}

/// One event: its run, and what is sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sent {
    run: usize,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Started,
    Joined(usize, u8),
    Left(usize, u8),
    Ended(u8),
}

/// `HH:MM`, this many minutes after the run's beginning at 08:00.
fn time(minute: u8) -> String {
    format!("08:{minute:02}")
}

impl Sent {
    fn body(&self, runs: &[Run; 2]) -> Vec<u8> {
        let run = &runs[self.run];
        match &self.what {
            What::Started => run.started(),
            What::Joined(who, minute) => run.joined(PEOPLE[*who], &time(*minute)),
            What::Left(who, minute) => run.left(PEOPLE[*who], &time(*minute)),
            What::Ended(minute) => run.ended(&time(*minute)),
        }
    }
}

fn sent() -> impl Strategy<Value = Sent> {
    let who = || 0..PEOPLE.len();
    let what = prop_oneof![
        1 => Just(What::Started),
        5 => (who(), 0..50_u8).prop_map(|(who, minute)| What::Joined(who, minute)),
        5 => (who(), 0..50_u8).prop_map(|(who, minute)| What::Left(who, minute)),
        2 => (20..55_u8).prop_map(What::Ended),
    ];
    (0..RUNS.len(), what).prop_map(|(run, what)| Sent { run, what })
}

fn cut() -> impl Strategy<Value = Cut> {
    prop_oneof![
        Just(Cut::Panic),
        Just(Cut::Stop),
        Just(Cut::Crash),
        Just(Cut::Rest)
    ]
}

/// A quiet run's events, each once; and what a bad day makes of them: another order, some twice, with cuts.
#[derive(Clone, Debug)]
struct Day {
    quiet: Vec<Sent>,
    bad: Vec<Sent>,
    cuts: Vec<(Index, Cut)>,
}

fn day() -> impl Strategy<Value = Day> {
    let events = vec((sent(), any::<bool>()), 4..24);
    (events, vec((any::<Index>(), cut()), 0..5)).prop_flat_map(|(events, cuts)| {
        let once: BTreeSet<Sent> = events.iter().map(|(sent, _)| sent.clone()).collect();
        let again = events
            .iter()
            .filter(|event| event.1)
            .map(|event| event.0.clone());
        let all: Vec<Sent> = once.iter().cloned().chain(again).collect();
        let quiet: Vec<Sent> = once.into_iter().collect();
        (Just(quiet), Just(all).prop_shuffle(), Just(cuts)).prop_map(|(quiet, bad, cuts)| Day {
            quiet,
            bad,
            cuts,
        })
    })
}

/// A service that is started again and again on the same files.
struct Stage {
    files: Arc<Files>,
    service: Option<Service>,
    /// Apart from those of every other stage: the fault seam is shared by all tests.
    runs: [Run; 2],
}

impl Stage {
    async fn open(name: &str) -> Self {
        let files = Files::new();
        schedule(&files.store().await).await;
        let service = files.start(unswept).await;
        Self {
            files,
            service: Some(service),
            runs: RUNS.map(|run| Run::new(&format!("{name}-{run}"))),
        }
    }

    fn service(&self) -> &Service {
        self.service.as_ref().expect("a service")
    }

    async fn send(&self, sent: &Sent) {
        let service = self.service();
        service.send_any(&sent.body(&self.runs)).await;
    }

    async fn cut(&mut self, cut: Cut, run: usize) {
        match cut {
            Cut::Panic => fault::plan(&self.runs[run].uuid, 1),
            Cut::Rest => self.settle().await,
            Cut::Stop | Cut::Crash => {
                let service = self.service.take().expect("a service");
                if matches!(cut, Cut::Stop) {
                    service.stop().await;
                } else {
                    service.crash().await;
                }
                self.service = Some(self.files.start(|_| ()).await);
            }
        }
    }

    /// Waits until every event is in the tables, and nobody is to look again.
    async fn settle(&self) {
        let service = self.service();
        for run in &self.runs {
            let seen = service.journal.read(&[(run.uuid.as_str().into(), 0)]).await;
            let seen = seen.expect("the journal");
            let Some(last) = seen.events.last() else {
                continue;
            };
            let (last, now) = (last.seq, clock::now_ms());
            let rests = |row: &crate::store::entity::meeting_occurrence::Model| {
                row.applied_seq >= last && row.due_at.is_none_or(|due| due > now + 60_000)
            };
            let what = format!("the end of {}", run.uuid);
            until(&what, async || service.find(run).await.filter(rests)).await;
        }
    }

    /// What the tables hold of both runs.
    async fn rows(&self) -> Vec<Option<Rows>> {
        let mut rows = Vec::new();
        for run in &self.runs {
            rows.push(match self.service().find(run).await {
                Some(row) => Some(Rows::read(&self.service().pools, &row).await),
                None => None,
            });
        }
        rows
    }

    async fn close(mut self) {
        self.service.take().expect("a service").stop().await;
    }
}

async fn check(day: &Day) {
    let quiet = Stage::open("quiet").await;
    for sent in &day.quiet {
        quiet.send(sent).await;
    }
    let mut bad = Stage::open("bad").await;
    for (place, sent) in day.bad.iter().enumerate() {
        for (at, cut) in &day.cuts {
            if at.index(day.bad.len()) == place {
                bad.cut(*cut, sent.run).await;
            }
        }
        bad.send(sent).await;
    }
    quiet.settle().await;
    let (mut expected, mut found) = (quiet.rows().await, None);
    // Both settle once more where one run's end moves the other's date.
    let deadline = tokio::time::Instant::now() + super::harness::PATIENCE;
    while found.as_ref() != Some(&expected) {
        assert!(
            tokio::time::Instant::now() < deadline,
            "{found:#?}\nis not\n{expected:#?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
        quiet.settle().await;
        bad.settle().await;
        expected = quiet.rows().await;
        found = Some(bad.rows().await);
    }
    for run in &bad.runs {
        fault::plan(&run.uuid, 0);
    }
    quiet.close().await;
    bad.close().await;
}

#[test]
fn order_duplicates_batches_crashes_and_replay_change_nothing() {
    let cases = std::env::var("PROPTEST_CASES");
    let cases = cases.ok().and_then(|cases| cases.parse().ok());
    let config = ProptestConfig {
        cases: cases.unwrap_or(CASES),
        max_shrink_iters: 8,
        source_file: Some(file!()),
        ..ProptestConfig::default()
    };
    let checked = TestRunner::new(config).run(&day(), |day| {
        actix::System::new().block_on(check(&day));
        Ok(())
    });
    checked.unwrap_or_else(|failed| panic!("{failed}"));
}
