//! The school that all actors judge by: one shared snapshot, replaced when anything in it changes.

use crate::{
    clock,
    store::{
        StoreError,
        connect::Pools,
        school::{self, Snapshot},
        state,
    },
};
use std::sync::{Arc, PoisonError, RwLock};

/// The shared snapshot; cheap to clone.
#[derive(Clone)]
pub(super) struct SchoolCache {
    pools: Pools,
    current: Arc<RwLock<Arc<Snapshot>>>,
}

impl SchoolCache {
    /// Loads the school, and makes every occurrence due if it was computed from another.
    pub(super) async fn open(pools: Pools) -> Result<Self, StoreError> {
        let cache = Self {
            pools,
            current: Arc::default(),
        };
        cache.refresh().await?;
        Ok(cache)
    }

    /// The school that the store knows; loaded again where that is not the one last seen.
    pub(super) async fn current(&self) -> Result<Arc<Snapshot>, StoreError> {
        let known = state::get(&self.pools.read, state::SCHOOL_DIGEST).await?;
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
        let snapshot = school::load(&self.pools).await?;
        if school::adopt(&self.pools, &snapshot.digest, clock::now_ms()).await? {
            tracing::info!("the school changed: attendance is computed again");
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
        Ok(())
    }
}
