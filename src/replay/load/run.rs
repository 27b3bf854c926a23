//! A run: its connections, each a task that takes the next delivery, sends it, and notes what became of it.

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::connection::{Connection, Failure};
use super::measured::{Ended, Measured};
use super::queue::{Next, Queue, Turn};
use super::recorder::{Recorder, Request, Snapshot};
use super::request::Form;
use super::retries::{Fate, Outcome, Retries};
use super::target::Target;
use super::{Load, PATIENCE, validation};
use crate::replay::traffic::Delivery;

/// A connection that was refused is tried no sooner.
const RECONNECT: Duration = Duration::from_millis(100);

/// A run that goes on.
pub struct Running {
    run: Arc<Run>,
    connections: JoinSet<()>,
    longest: Duration,
}

/// Looks at a run and stops it; cheap to clone.
#[derive(Clone)]
pub struct Handle(Arc<Run>);

struct Run {
    target: Target,
    form: Form,
    retries: Retries,
    deliveries: Arc<Vec<Delivery>>,
    begun: Instant,
    book: Mutex<Book>,
    /// Free connections stand in line; the first of them watches the queue.
    line: tokio::sync::Mutex<()>,
    /// Wakes the first in line.
    changed: Notify,
}

/// What is to be done, and what was.
struct Book {
    queue: Queue,
    recorder: Recorder,
}

/// One of the run's connections.
struct Worker {
    run: Arc<Run>,
    connection: Option<Connection>,
}

impl Load {
    /// Asks Zoom's URL validation question. Whether it is answered rightly.
    ///
    /// # Errors
    /// The target cannot be reached, is silent or refuses: every delivery would fare likewise.
    pub async fn validate(&self) -> Result<bool, validation::ValidationError> {
        let form = Form::new(&self.target, self.keys.clone(), self.clock);
        validation::ask(&self.target, &form, &self.keys, (self.clock)()).await
    }

    /// Begins to send the deliveries, which are in order of arrival. `validation` is what [`Load::validate`] found.
    pub fn start(&self, deliveries: Arc<Vec<Delivery>>, validation: Option<bool>) -> Running {
        let plan = self.pace.plan(&deliveries);
        let count = deliveries.len();
        let book = Book {
            recorder: Recorder::new((self.clock)(), count, plan.is_some(), validation),
            queue: Queue::new(count, plan),
        };
        let run = Arc::new(Run {
            target: self.target.clone(),
            form: Form::new(&self.target, self.keys.clone(), self.clock),
            retries: self.retries,
            deliveries,
            begun: Instant::now(),
            book: Mutex::new(book),
            line: tokio::sync::Mutex::new(()),
            changed: Notify::new(),
        });
        let mut connections = JoinSet::new();
        for _ in 0..self.connections.max(1) {
            let worker = Worker {
                run: run.clone(),
                connection: None,
            };
            connections.spawn(worker.work());
        }
        Running {
            run,
            connections,
            longest: self.longest,
        }
    }
}

impl Running {
    /// For whoever watches it.
    pub fn handle(&self) -> Handle {
        Handle(self.run.clone())
    }

    /// Waits until it is over: everything is settled, or it was stopped or ran out of time and all requests under way
    /// are answered.
    pub async fn finish(self) -> Measured {
        let Self {
            run,
            connections,
            longest,
        } = self;
        let overdue = async {
            tokio::time::sleep(longest).await;
            run.stop(Ended::OutOfTime);
            std::future::pending::<()>().await;
        };
        match select(pin!(connections.join_all()), pin!(overdue)).await {
            Either::Left(_) => {}
            Either::Right(((), _)) => unreachable!("it is pending for ever"),
        }
        let Book { queue, recorder } = &mut *run.book();
        recorder.finish(queue.ended(), queue.waiting(), queue.unsent())
    }
}

impl Handle {
    /// How far it is.
    pub fn snapshot(&self) -> Snapshot {
        let now = self.0.now();
        self.0.book().recorder.snapshot(now)
    }

    /// Sends nothing more; what is under way is waited for.
    pub fn stop(&self) {
        self.0.stop(Ended::Interrupted);
    }
}

impl Run {
    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self, why: Ended) {
        self.book().queue.stop(why);
        self.changed.notify_one();
    }

    /// What a free connection does now.
    fn next(&self) -> Next {
        let now = self.now();
        let Book { queue, recorder } = &mut *self.book();
        let next = queue.next(now);
        if let Next::Send(turn) = next {
            recorder.taken_out(turn);
        }
        next
    }

    /// The next delivery for a free connection; `None` where there is nothing more to send.
    async fn wait(&self) -> Option<Turn> {
        let _first = self.line.lock().await;
        loop {
            match self.next() {
                Next::Send(turn) => return Some(turn),
                Next::Done => return None,
                Next::Wait(due) => self.pause(due).await,
            }
        }
    }

    /// Until then, or until something has changed.
    async fn pause(&self, due: Option<Duration>) {
        let changed = self.changed.notified();
        match due {
            None => changed.await,
            Some(due) => {
                let pause = tokio::time::sleep(due.saturating_sub(self.now()));
                select(pin!(pause), pin!(changed)).await;
            }
        }
    }

    /// Notes how a request ended.
    fn settle(&self, turn: Turn, sent: Duration, outcome: Outcome) {
        let over = self.now();
        let fate = self.retries.fate(outcome, turn.attempt);
        let Book { queue, recorder } = &mut *self.book();
        recorder.request(&Request {
            turn,
            sent,
            over,
            outcome,
            fate,
        });
        let look = match fate {
            Fate::Again(pause) => {
                queue.again(turn, over.saturating_add(pause));
                true
            }
            Fate::Taken | Fate::Refused | Fate::Lost => queue.settle(),
        };
        if look {
            self.changed.notify_one();
        }
    }
}

impl Worker {
    async fn work(mut self) {
        while let Some(turn) = self.turn().await {
            self.attempt(turn).await;
        }
    }

    async fn turn(&mut self) -> Option<Turn> {
        match self.run.next() {
            Next::Send(turn) => return Some(turn),
            Next::Done => return None,
            Next::Wait(_) => {}
        }
        let wait = pin!(self.run.wait());
        let Some(connection) = &mut self.connection else {
            return wait.await;
        };
        match select(wait, pin!(connection.closed())).await {
            Either::Left((turn, _)) => turn,
            Either::Right(((), wait)) => wait.await,
        }
    }

    async fn attempt(&mut self, turn: Turn) {
        let run = self.run.clone();
        let mut sent = run.now();
        let answer = tokio::time::timeout(PATIENCE, self.exchange(turn.index, &mut sent)).await;
        let outcome = match &answer {
            Ok(Ok(status)) => Outcome::Answered(*status),
            Ok(Err(_)) => Outcome::Broken,
            Err(_) => Outcome::TimedOut,
        };
        run.settle(turn, sent, outcome);
        if !matches!(outcome, Outcome::Answered(_)) {
            self.connection = None;
        }
        if matches!(answer, Ok(Err(Failure::Unreachable(_)))) {
            tokio::time::sleep(RECONNECT).await;
        }
    }

    /// Sends a delivery and notes when; the answer's status.
    async fn exchange(&mut self, index: usize, sent: &mut Duration) -> Result<u16, Failure> {
        let run = &self.run;
        if let Some(connection) = &mut self.connection
            && !connection.ready().await
        {
            self.connection = None;
        }
        let connection = match &mut self.connection {
            Some(connection) => connection,
            None => self.connection.insert(Connection::open(&run.target).await?),
        };
        let delivery = &run.deliveries[index];
        let request = run.form.request(&delivery.body, &delivery.request_id);
        *sent = run.now();
        Ok(connection.exchange(request).await?.status)
    }
}
