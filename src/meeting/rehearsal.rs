//! What would come of giving a dead event back: worked out in memory, with nothing written.
//!
//! The occurrence is loaded as its actor would load it, and judged twice: as it stands, and with the event. Told are the marks of its own
//! lesson that this makes different. Not followed is what else hangs on it: a restarted occurrence that takes its date from this one.

use super::{
    guarded::{self, Judged, Panicked},
    loader::{LoadError, Loader},
    recall::{self, Loaded},
};
use crate::{
    attendance::{
        event::Instant,
        lesson::{Mark, Part, marks},
        occurrence::Occurrence,
        report::Report,
        school::{ClassId, Rule},
    },
    clock,
    journal::{Committed, Onlooker},
    store::{
        StoreError,
        connect::Pools,
        convert,
        dead::Reason,
        error::within,
        lessons,
        school::{self, Snapshot},
    },
};
use jiff::civil::Date;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::runtime::Handle;
use uuid::Uuid;

/// What would come of another try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rehearsal {
    /// The event applies.
    Applies {
        /// The marks that become different; none where the occurrence cannot be judged as it stands, so that nobody can tell.
        changes: Option<Vec<Change>>,
    },
    /// It fails again, for this reason.
    Fails(Reason),
    /// The journal no longer has it: it would be taken off the list, and nothing else.
    Gone,
    /// Its occurrence is sealed: it would be refused.
    Sealed,
}

/// A mark that becomes different. It is what is computed: one set by hand stands beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whose: their user's id.
    pub student: Uuid,
    /// Of which class.
    pub class: Uuid,
    /// The lesson's local date.
    pub date: Date,
    /// What is computed now; none where no mark is.
    pub before: Option<Computed>,
    /// What will be.
    pub after: Option<Computed>,
}

/// A computed mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Computed {
    /// `present`, `partial` or `absent`.
    pub status: &'static str,
    /// What is counted.
    pub seconds: i64,
}

/// Rehearses redrives; cheap to clone.
#[derive(Clone)]
pub struct Rehearser {
    source: Source,
    db: Pools,
    rule: Rule,
    patience: Duration,
    runtime: Handle,
}

/// Where occurrences are loaded from.
#[derive(Clone)]
enum Source {
    /// The actors' own loader.
    Actors(Loader),
    /// What lies there, beside whatever service runs.
    Beside(Onlooker, Arc<Snapshot>),
}

impl Rehearser {
    /// In a service that runs; `db` belongs to `runtime`.
    pub(super) fn within(
        loader: Loader,
        db: Pools,
        rule: Rule,
        patience: Duration,
        runtime: Handle,
    ) -> Self {
        Self {
            source: Source::Actors(loader),
            db,
            rule,
            patience,
            runtime,
        }
    }

    /// Beside a service that may run, judging by the school as it is now and by `rule`; on this runtime.
    pub async fn beside(
        journal: Onlooker,
        db: Pools,
        rule: Rule,
        patience: Duration,
    ) -> Result<Self, LoadError> {
        let school = within(patience, school::load(&db)).await?;
        Ok(Self {
            source: Source::Beside(journal, Arc::new(school)),
            db,
            rule,
            patience,
            runtime: Handle::current(),
        })
    }

    /// What would come of giving the event `seq` back to `occurrence`.
    pub async fn rehearse(&self, occurrence: &str, seq: i64) -> Result<Rehearsal, LoadError> {
        let (own, occurrence) = (self.clone(), Box::from(occurrence));
        let task = self
            .runtime
            .spawn(async move { own.play(occurrence, seq).await });
        task.await.unwrap_or(Err(LoadError::Panicked))
    }

    async fn play(&self, occurrence: Box<str>, seq: i64) -> Result<Rehearsal, LoadError> {
        let loaded = self.load(&occurrence).await?;
        let scene = Scene::of(&occurrence, &loaded, &self.rule, seq);
        let after = match scene.try_event() {
            Ok(after) => after,
            Err(ended) => return Ok(ended),
        };
        let changes = match scene.as_it_stands() {
            Ok(before) => Some(self.compare(&scene, [before, after]).await?),
            Err(_) => None,
        };
        Ok(Rehearsal::Applies { changes })
    }

    /// All that an actor would know of the occurrence.
    async fn load(&self, occurrence: &str) -> Result<Loaded, LoadError> {
        let (journal, school) = match &self.source {
            Source::Actors(loader) => return loader.load(occurrence, 0).await,
            Source::Beside(journal, school) => (journal, Arc::clone(school)),
        };
        let wanted = [(occurrence.into(), 0)];
        let recall = |after: Vec<(Box<str>, i64)>| async move { journal.read(&after).await };
        let school = async { Ok::<_, StoreError>(school) };
        let read = recall::read(&self.db, self.patience, &self.rule, &wanted, recall, school);
        Ok(read.await?.take(occurrence))
    }

    /// The marks that differ between two reports, in each lesson that either counts for.
    async fn compare(
        &self,
        scene: &Scene<'_>,
        reports: [Option<Report>; 2],
    ) -> Result<Vec<Change>, LoadError> {
        let facts = &scene.loaded.facts;
        let lessons: BTreeSet<_> = reports.iter().flatten().filter_map(lesson_of).collect();
        let mut changes = Vec::new();
        for (class, date) in lessons {
            let others = lessons::others(&self.db, class, date, scene.uuid);
            let others = within(self.patience, others).await?;
            let enrolled = facts.school.school.enrolled(class, date);
            let [before, after] = reports.each_ref().map(|report| {
                let own = report
                    .as_ref()
                    .filter(|r| lesson_of(r) == Some((class, date)));
                let own = own.map(|report| Part::of(report, facts.present_after));
                let parts: Vec<_> = others.iter().cloned().chain(own).collect();
                by_student(&marks(&parts, &enrolled))
            });
            changes.extend(differing(class, date, &before, &after));
        }
        Ok(changes)
    }
}

fn lesson_of(report: &Report) -> Option<(ClassId, Date)> {
    Some((report.class?, report.date))
}

type Marks = BTreeMap<Uuid, Computed>;

fn by_student(marks: &[Mark]) -> Marks {
    let computed = |mark: &Mark| {
        let (status, seconds) = (convert::status(mark.status), mark.seconds);
        let computed = Computed { status, seconds };
        (Uuid::from_u128(mark.student.0), computed)
    };
    marks.iter().map(computed).collect()
}

fn differing(class: ClassId, date: Date, before: &Marks, after: &Marks) -> Vec<Change> {
    let students: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    let change = |student| Change {
        student,
        class: Uuid::from_u128(class.0),
        date,
        before: before.get(&student).copied(),
        after: after.get(&student).copied(),
    };
    let all = students.into_iter().map(change);
    all.filter(|change| change.before != change.after).collect()
}

/// An occurrence, and the event that is tried.
struct Scene<'a> {
    uuid: &'a str,
    loaded: &'a Loaded,
    rule: &'a Rule,
    seq: i64,
    now: Instant,
}

impl<'a> Scene<'a> {
    fn of(uuid: &'a str, loaded: &'a Loaded, rule: &'a Rule, seq: i64) -> Self {
        let now = clock::now();
        Self {
            uuid,
            loaded,
            rule,
            seq,
            now,
        }
    }

    /// With the event among the others, or why that comes to nothing.
    fn try_event(&self) -> Result<Option<Report>, Rehearsal> {
        let is_it = |seq: i64| seq == self.seq;
        if self.loaded.sealed.is_some() {
            return Err(Rehearsal::Sealed);
        }
        if self.loaded.unreadable.iter().any(|event| is_it(event.seq)) {
            return Err(Rehearsal::Fails(Reason::Read));
        }
        if !self.loaded.events.iter().any(|event| is_it(event.seq)) {
            return Err(Rehearsal::Gone);
        }
        let report = self.judge(|event| is_it(event.seq) || self.counts(event));
        report.map_err(Rehearsal::Fails)
    }

    fn as_it_stands(&self) -> Result<Option<Report>, Reason> {
        self.judge(|event| event.seq != self.seq && self.counts(event))
    }

    fn counts(&self, event: &Committed) -> bool {
        !self.loaded.left_out.contains(&event.seq)
    }

    /// The report of those events.
    fn judge(&self, which: impl Fn(&Committed) -> bool) -> Result<Option<Report>, Reason> {
        let events = || self.loaded.events.iter().filter(|event| which(event));
        let mut state = Occurrence::default();
        for event in events() {
            guarded::fold(&mut state, event).map_err(|Panicked| Reason::Fold)?;
        }
        let heard = events().map(|event| &*event.meeting);
        let heard = heard.filter(|number| !number.is_empty()).min();
        let number = heard.or(self.loaded.meeting.as_deref());
        let by = Judged {
            uuid: self.uuid,
            number: number.unwrap_or_default(),
            facts: &self.loaded.facts,
            rule: self.rule,
        };
        guarded::judge(&state, by, self.now).map_err(|Panicked| Reason::Report)
    }
}
