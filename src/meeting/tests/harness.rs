//! A registry on files of its own, with its journal: started, fed, looked into, and stopped without left-overs.

use super::{Rows, Run, run};
use crate::{
    clock,
    config::{self, Env},
    journal::{Appended, Committed, Incoming, Journal},
    meeting::{Registry, Retention, Settings},
    store::{
        connect::{Pools, Role, connect, migrate},
        entity::{class, class_student, meeting_occurrence, state, user, zoom_meeting},
    },
    zoom::{envelope::Envelope, translate::translate},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use secrecy::SecretString;
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::{
    runtime::Handle,
    sync::{mpsc, watch},
    time::Instant,
};
use uuid::Uuid;

/// How long anything may take to come about.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Where a store and a journal lie; outlives the services that run on them.
pub(super) struct Files(TempDir);

/// A running registry. It must be stopped: a test that forgets it fails.
pub(super) struct Service {
    pub(super) registry: Registry,
    pub(super) journal: Journal,
    pub(super) pools: Pools,
    /// The last seq that was handed to an actor.
    handed: watch::Receiver<i64>,
    stopped: bool,
    _files: Arc<Files>,
}

/// Looks again and again until there is something to see.
pub(super) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "never seen: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

impl Files {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(tempfile::tempdir().expect("a folder")))
    }

    /// Starts a registry with fast settings, `change`d.
    pub(super) async fn start(self: &Arc<Self>, change: impl FnOnce(&mut Settings)) -> Service {
        let (journal, committed) = self.journal().await;
        let pools = self.store().await;
        let mut settings = settings();
        change(&mut settings);
        let (out, handed_over) = mpsc::channel(1);
        let (seen, handed) = watch::channel(0);
        tokio::spawn(hand_on(committed, out, seen));
        let runtime = Handle::current();
        let starting = Registry::start(
            settings,
            journal.clone(),
            handed_over,
            pools.clone(),
            &runtime,
        );
        Service {
            registry: starting.await.expect("a registry"),
            journal,
            pools,
            handed,
            stopped: false,
            _files: Arc::clone(self),
        }
    }

    /// The journal alone.
    pub(super) async fn journal(&self) -> (Journal, mpsc::Receiver<Arc<Committed>>) {
        let settings = defaults().journal;
        let journal = Journal::open(&settings, &self.url("journal.db"), Handle::current()).await;
        journal.expect("a journal")
    }

    /// The store alone, with a school that has a class of Ana, Ben and Cem, and no meeting.
    pub(super) async fn store(&self) -> Pools {
        let url = self.url("main.db");
        let pools = connect(&url, 2, Duration::from_secs(10), Role::Store).await;
        let pools = pools.expect("a database");
        migrate(&pools).await.expect("tables");
        if user::Entity::find()
            .all(&pools.read)
            .await
            .expect("users")
            .is_empty()
        {
            fill(&pools).await;
        }
        pools
    }

    fn url(&self, name: &str) -> SecretString {
        let file = self.0.path().join(name);
        SecretString::from(format!("sqlite://{}?mode=rwc", file.display()))
    }
}

impl Service {
    /// Appends what Zoom sends now; its seq.
    pub(super) async fn send(&self, body: &[u8]) -> i64 {
        append(&self.journal, body, clock::now_ms()).await
    }

    /// Appends what was sent before.
    pub(super) async fn send_again(&self, body: &[u8]) {
        let appended = self.journal.append(incoming(body, clock::now_ms())).await;
        assert_eq!(appended, Ok(Appended::Duplicate));
    }

    /// Appends what may have been sent before.
    pub(super) async fn send_any(&self, body: &[u8]) {
        let appended = self.journal.append(incoming(body, clock::now_ms())).await;
        appended.expect("a journal that works");
    }

    /// Plays a whole lesson; what the tables hold then.
    pub(super) async fn lesson(&self, run: &Run) -> Rows {
        let mut seq = 0;
        for body in run.lesson() {
            seq = self.send(&body).await;
        }
        self.projected(run, seq).await;
        self.rows(run).await
    }

    /// Waits until `seq` has been put into its actor's mailbox.
    pub(super) async fn handed_over(&self, seq: i64) {
        let mut handed = self.handed.clone();
        let arrived = handed.wait_for(|last| *last >= seq);
        let arrived = tokio::time::timeout(PATIENCE, arrived).await;
        arrived.expect("in time").expect("a journal that lives");
    }

    /// Waits until the occurrence's row has everything up to `seq`.
    pub(super) async fn projected(&self, run: &Run, seq: i64) -> meeting_occurrence::Model {
        self.occurrence_when(run, &format!("event {seq}"), |row| row.applied_seq >= seq)
            .await
    }

    /// Waits until the occurrence's row is `so`.
    pub(super) async fn occurrence_when(
        &self,
        run: &Run,
        what: &str,
        so: impl Fn(&meeting_occurrence::Model) -> bool,
    ) -> meeting_occurrence::Model {
        until(&format!("{what} of {}", run.uuid), async || {
            self.find(run).await.filter(&so)
        })
        .await
    }

    /// The occurrence's row as it is.
    pub(super) async fn occurrence(&self, run: &Run) -> meeting_occurrence::Model {
        self.find(run).await.expect("an occurrence")
    }

    /// The occurrence's row, if there is one.
    pub(super) async fn find(&self, run: &Run) -> Option<meeting_occurrence::Model> {
        let found = meeting_occurrence::Entity::find()
            .filter(meeting_occurrence::Column::Uuid.eq(run.uuid.as_str()))
            .one(&self.pools.read);
        found.await.expect("a table")
    }

    /// What the tables hold of the occurrence.
    pub(super) async fn rows(&self, run: &Run) -> Rows {
        Rows::read(&self.pools, &self.occurrence(run).await).await
    }

    /// Waits until no actor lives.
    pub(super) async fn nobody_lives(&self) {
        let empty = async || (self.registry.live() == 0).then_some(());
        until("nobody living", empty).await;
    }

    /// Every row of `rollcall_state`.
    pub(super) async fn states(&self) -> Vec<state::Model> {
        let states = state::Entity::find().order_by_asc(state::Column::Key);
        states.all(&self.pools.read).await.expect("states")
    }

    /// Dies: what the actors have staged is not waited for. The journal's lock is given back, as the system would.
    pub(super) async fn crash(mut self) {
        self.journal.drain().await;
        self.registry.drain(Duration::ZERO).await;
        self.stopped = true;
        self.pools.clone().close().await.expect("no use of it");
    }

    /// Stops as the service does; nobody may live after that.
    pub(super) async fn stop(mut self) {
        self.journal.drain().await;
        self.registry.drain(PATIENCE).await;
        assert_eq!(self.registry.live(), 0, "actors are left over");
        self.stopped = true;
        self.pools.clone().close().await.expect("no use of it");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        assert!(
            self.stopped || std::thread::panicking(),
            "a test leaves its actors behind"
        );
    }
}

/// Makes an event durable that arrived at `received_at`, Unix milliseconds; its seq, where nobody else appends.
pub(super) async fn append(journal: &Journal, body: &[u8], received_at: i64) -> i64 {
    let appended = journal.append(incoming(body, received_at)).await;
    assert_eq!(appended, Ok(Appended::New));
    journal.last_issued().await.expect("a seq")
}

/// Has the school teach the class by [`run::MEETING`].
pub(super) async fn schedule(db: &Pools) {
    let meeting = zoom_meeting::Model {
        id: id(20),
        zoom_meeting_id: run::MEETING.to_owned(),
        host_id: None,
        title: "Maths".to_owned(),
        meeting_type: None,
        start_time: None,
        duration: Some(50),
        timezone: Some("UTC".to_owned()),
        join_url: None,
        status: "scheduled".to_owned(),
        class_id: Some(id(10)),
        target_audience: None,
        created_at: OffsetDateTime::UNIX_EPOCH,
        updated_at: OffsetDateTime::UNIX_EPOCH,
    };
    insert::<zoom_meeting::Entity>(&db.write, meeting).await;
}

/// What is sent, as the webhook hands it to the journal.
pub(super) fn incoming(body: &[u8], received_at: i64) -> Incoming {
    let envelope = Envelope::parse(body).expect("JSON");
    Incoming {
        delivery: translate(&envelope),
        received_at,
        request_id: None,
        body: body.to_vec(),
    }
}

/// Leaves the actors to themselves: no sweep helps them within a test.
pub(super) fn unswept(settings: &mut Settings) {
    settings.sweep.after_seconds = 3600;
}

fn settings() -> Settings {
    let config = defaults();
    let mut settings = Settings {
        actor: config.actor,
        store: config.store,
        sweep: config.sweep,
        rule: config.attendance.rule(),
        retention: Retention {
            keep: 30 * 86_400,
            every: Duration::from_hours(1),
        },
        patience: Duration::from_secs(10),
    };
    settings.store.flush_interval_ms = 20;
    settings.sweep.after_seconds = 1;
    // What changes without a word is found by its own test alone.
    settings.sweep.roster_seconds = 3600;
    settings
}

fn defaults() -> config::Config {
    let settings = config::Settings::read(&Env::new("/", []));
    settings
        .and_then(|settings| settings.config())
        .expect("defaults")
}

/// Hands on one event at a time, and tells of each when it has been taken.
async fn hand_on(
    mut committed: mpsc::Receiver<Arc<Committed>>,
    out: mpsc::Sender<Arc<Committed>>,
    seen: watch::Sender<i64>,
) {
    while let Some(event) = committed.recv().await {
        let seq = event.seq;
        let sent = out.send(event).await;
        // There is room for one: it is taken, and delivered before anything else runs on this thread.
        if sent.is_err() || out.reserve().await.is_err() {
            return;
        }
        seen.send_replace(seq);
    }
}

async fn fill(db: &Pools) {
    let taught = class::Model {
        id: id(10),
        name: "Maths".to_owned(),
        teacher_id: None,
        sourced_id: Some("m9".to_owned()),
        created_at: OffsetDateTime::UNIX_EPOCH,
    };
    insert::<class::Entity>(&db.write, taught).await;
    for (number, name) in (1..).zip(["Ana", "Ben", "Cem"]) {
        let student = user::Model {
            id: id(number),
            email: Some(run::email(name)),
            role: "student".to_owned(),
            full_name: name.to_owned(),
            sourced_id: Some(name.to_lowercase()),
            zoom_user_id: None,
            created_at: OffsetDateTime::UNIX_EPOCH,
        };
        insert::<user::Entity>(&db.write, student).await;
        let enrolment = class_student::Model {
            id: id(100 + number),
            class_id: id(10),
            student_id: id(number),
            begin_date: None,
            end_date: None,
            created_at: OffsetDateTime::UNIX_EPOCH,
        };
        insert::<class_student::Entity>(&db.write, enrolment).await;
    }
}

async fn insert<E: EntityTrait>(db: &impl ConnectionTrait, row: E::Model)
where
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    let inserted = E::insert_many([row.into_active_model()]).exec_without_returning(db);
    inserted.await.expect("a row");
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}
