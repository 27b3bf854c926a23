//! Refused requests: counted, told of, and recorded once a burst. Never waits, never fails a request.
//!
//! A burst is what is refused for one reason with no pause longer than a minute. Its row is written as soon as it
//! begins and its count kept up to date while it goes on, so that a flood costs one small statement a second. While
//! the database is away the count goes on in memory; a burst ends only when it has been recorded. A gauge tells how
//! many the burst that goes on has had: the one to alert on.

use crate::{
    clock,
    store::security::{Burst, BurstKind, Bursts},
    zoom::signature::Refusal,
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{runtime::Handle, time::MissedTickBehavior};

/// How often what is new is written.
const TICK: Duration = Duration::from_secs(1);
/// The pause that ends a burst, in milliseconds.
const QUIET: i64 = 60_000;
/// What is told apart.
const KINDS: [BurstKind; 3] = [
    BurstKind::BadSignature,
    BurstKind::ClockSkew,
    BurstKind::BadToken,
];

/// Where refusals are noted; cheap to clone.
#[derive(Clone)]
pub struct SecurityLog {
    bursts: Arc<Mutex<[Option<Open>; 3]>>,
    store: Bursts,
}

/// A burst that goes on.
#[derive(Clone, Debug)]
struct Open {
    burst: Burst,
    /// Unix milliseconds of its latest refusal.
    last: i64,
    /// How many of it are in its row.
    recorded: i64,
}

impl SecurityLog {
    /// Records into `store` once a second, by a task that ends with `runtime`. Before that, [`SecurityLog::flush`].
    pub fn new(store: Bursts, runtime: &Handle) -> Self {
        let log = Self {
            bursts: Arc::default(),
            store,
        };
        let writer = log.clone();
        runtime.spawn(async move {
            let mut ticks = tokio::time::interval(TICK);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                writer.flush().await;
            }
        });
        log
    }

    /// Notes a refused request.
    pub(super) fn refused(&self, refusal: Refusal) {
        match refusal {
            Refusal::Skewed { seconds } => {
                metrics::counter!("rollcall_clock_skew_total").increment(1);
                if self.note(BurstKind::ClockSkew, clock::now_ms()) {
                    tracing::warn!(
                        skew_seconds = seconds,
                        "a right signature with a wrong time: the clock here or at Zoom is off"
                    );
                }
            }
            Refusal::Missing | Refusal::Malformed | Refusal::Wrong => {
                let reason = reason(refusal);
                metrics::counter!("rollcall_signature_refused_total", "reason" => reason)
                    .increment(1);
                if self.note(BurstKind::BadSignature, clock::now_ms()) {
                    tracing::warn!(reason, "requests without a right signature are refused");
                }
            }
        }
    }

    /// Notes a token that opens nothing, or was not looked at: `wrong` or `paused`.
    pub(super) fn bad_token(&self, reason: &'static str) {
        metrics::counter!("rollcall_token_refused_total", "reason" => reason).increment(1);
        if self.note(BurstKind::BadToken, clock::now_ms()) {
            tracing::warn!(
                reason,
                "wrong tokens are refused at the operators' listener"
            );
        }
    }

    /// Writes what is not written yet. What cannot be written is tried again with the next call.
    pub async fn flush(&self) {
        // All are shown before any is recorded, for a database that hangs.
        for kind in KINDS {
            self.show(kind, clock::now_ms());
        }
        for kind in KINDS {
            let Some(burst) = self.unrecorded(kind) else {
                continue;
            };
            let (id, count) = (burst.id, burst.count);
            match self.store.record(burst).await {
                Ok(()) => self.recorded(kind, id, count),
                Err(error) => tracing::debug!(%error, "security event not recorded yet"),
            }
        }
    }

    /// Shows how many were refused in the burst that goes on: what an alert looks at.
    fn show(&self, kind: BurstKind, now: i64) {
        let going_on = f64::from(u32::try_from(self.going_on(kind, now)).unwrap_or(u32::MAX));
        metrics::gauge!("rollcall_refusal_burst_requests", "kind" => kind.as_str()).set(going_on);
    }

    fn going_on(&self, kind: BurstKind, now: i64) -> i64 {
        let bursts = self.bursts.lock().unwrap_or_else(PoisonError::into_inner);
        let open = bursts[kind as usize].as_ref();
        let open = open.filter(|open| !open.is_quiet(now));
        open.map_or(0, |open| open.burst.count)
    }

    /// True where this begins a burst.
    fn note(&self, kind: BurstKind, now: i64) -> bool {
        let mut bursts = self.bursts.lock().unwrap_or_else(PoisonError::into_inner);
        let open = &mut bursts[kind as usize];
        match open {
            Some(open) if !open.over(now) => {
                open.burst.count += 1;
                open.last = now;
                false
            }
            _ => {
                *open = Some(Open {
                    burst: Burst::new(kind, now),
                    last: now,
                    recorded: 0,
                });
                true
            }
        }
    }

    fn unrecorded(&self, kind: BurstKind) -> Option<Burst> {
        let bursts = self.bursts.lock().unwrap_or_else(PoisonError::into_inner);
        let open = bursts[kind as usize].as_ref()?;
        (open.recorded < open.burst.count).then(|| open.burst.clone())
    }

    fn recorded(&self, kind: BurstKind, id: uuid::Uuid, count: i64) {
        let mut bursts = self.bursts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = &mut bursts[kind as usize]
            && open.burst.id == id
        {
            open.recorded = count;
        }
    }
}

impl Open {
    fn over(&self, now: i64) -> bool {
        self.recorded == self.burst.count && self.is_quiet(now)
    }

    fn is_quiet(&self, now: i64) -> bool {
        now.saturating_sub(self.last) > QUIET
    }
}

fn reason(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Missing => "missing",
        Refusal::Malformed => "malformed",
        Refusal::Wrong => "wrong",
        Refusal::Skewed { .. } => "skewed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::connect::{Pools, Role, connect, migrate};
    use secrecy::SecretString;
    use tempfile::TempDir;

    /// A log that is written when the test says so, and the database that it is written to, still without tables.
    async fn log() -> (SecurityLog, Pools, TempDir) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("security.db");
        let url = SecretString::from(format!("sqlite://{}?mode=rwc", file.display()));
        let pools = connect(&url, 1, Duration::from_secs(5), Role::Store).await;
        let pools = pools.expect("a database");
        let log = SecurityLog {
            bursts: Arc::default(),
            store: Bursts::new(pools.write.clone(), Handle::current()),
        };
        (log, pools, folder)
    }

    #[tokio::test]
    async fn a_burst_is_one_row_and_a_pause_begins_another() {
        let (log, pools, _folder) = log().await;
        migrate(&pools).await.expect("tables");
        assert!(log.note(BurstKind::BadSignature, 1_000_000));
        log.flush().await;
        assert!(!log.note(BurstKind::BadSignature, 1_030_000));
        assert!(!log.note(BurstKind::BadSignature, 1_090_000));
        assert!(log.note(BurstKind::ClockSkew, 1_090_500));
        log.flush().await;
        log.flush().await;
        assert!(log.note(BurstKind::BadSignature, 1_150_001));
        log.flush().await;
        let bad = "bad_signature".to_owned();
        assert_eq!(
            log.store.recorded().await,
            [
                (bad.clone(), 1000, 3),
                ("clock_skew".to_owned(), 1090, 1),
                (bad, 1150, 1),
            ]
        );
    }

    #[tokio::test]
    async fn what_goes_on_is_shown_until_a_minute_has_passed() {
        let (log, _pools, _folder) = log().await;
        let shown = |now| log.going_on(BurstKind::BadSignature, now);
        assert_eq!(shown(1_000_000), 0);
        log.note(BurstKind::BadSignature, 1_000_000);
        log.note(BurstKind::BadSignature, 1_020_000);
        assert_eq!((shown(1_020_000), shown(1_080_000)), (2, 2));
        assert_eq!(shown(1_080_001), 0, "though nothing could be recorded");
        assert_eq!(log.going_on(BurstKind::ClockSkew, 1_020_000), 0);
    }

    #[tokio::test]
    async fn what_cannot_be_recorded_is_counted_on() {
        let (log, pools, _folder) = log().await;
        assert!(log.note(BurstKind::BadSignature, 1_000_000));
        log.flush().await;
        assert!(!log.note(BurstKind::BadSignature, 9_000_000), "not over");
        migrate(&pools).await.expect("tables");
        log.flush().await;
        let whole = ("bad_signature".to_owned(), 1000, 2);
        assert_eq!(log.store.recorded().await, [whole]);
        assert!(log.note(BurstKind::BadSignature, 9_070_000));
    }
}
