//! The school that all actors judge by: one shared snapshot, replaced when anything in it changes.

use super::Settings;
use crate::{
    attendance::school::Rule,
    clock,
    store::{
        StoreError,
        connect::Pools,
        error::within,
        school::{self, Snapshot},
        state,
    },
};
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

/// The shared snapshot; cheap to clone.
#[derive(Clone)]
pub(super) struct SchoolCache {
    pools: Pools,
    /// What else attendance is computed from: with another rule the whole of it is computed again.
    rule: Arc<str>,
    patience: Duration,
    current: Arc<RwLock<Arc<Snapshot>>>,
}

impl SchoolCache {
    /// Loads the school, and makes every occurrence due if it was computed from another.
    pub(super) async fn open(pools: Pools, settings: &Settings) -> Result<Self, StoreError> {
        let cache = Self {
            pools,
            rule: fingerprint(&settings.rule).into(),
            patience: settings.patience,
            current: Arc::default(),
        };
        cache.refresh().await?;
        Ok(cache)
    }

    /// The school that the store knows; loaded again where that is not the one last seen.
    pub(super) async fn current(&self) -> Result<Arc<Snapshot>, StoreError> {
        let known = state::get(&self.pools.read, state::SCHOOL_DIGEST);
        let known = within(self.patience, known).await?;
        if known.as_deref() != Some(&*self.seen().digest) {
            self.refresh().await?;
        }
        Ok(self.seen())
    }

    fn seen(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Loads the school again. The store learns of it first: from then on it refuses what was judged by
    /// the one before, which whoever is refused may see for a moment longer.
    pub(super) async fn refresh(&self) -> Result<(), StoreError> {
        let mut snapshot = within(self.patience, school::load(&self.pools)).await?;
        let digest = format!("{} {}", snapshot.digest, self.rule);
        snapshot.digest = school::with_confirmed(&digest, snapshot.confirmed.as_deref());
        let adoption = school::adopt(&self.pools, &snapshot.digest, clock::now_ms());
        if within(self.patience, adoption).await? {
            tracing::info!("the school changed: attendance is computed again");
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
        Ok(())
    }
}

/// All of the rule but the threshold, which is stored with each occurrence.
fn fingerprint(rule: &Rule) -> String {
    let zone = rule.default_timezone.iana_name().unwrap_or_default();
    let Rule {
        silence,
        restart,
        settle: _,
        lesson_before,
        lesson_after,
        only_in_schedule,
        ..
    } = rule;
    format!("{zone} {silence} {restart} {lesson_before} {lesson_after} {only_in_schedule}")
}
