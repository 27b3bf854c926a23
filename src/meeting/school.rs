//! The school that all actors judge by: one shared snapshot, replaced when anything in it changes.

use crate::{
    attendance::school::School,
    clock,
    store::{
        StoreError,
        connect::Pools,
        school::{self, Snapshot},
    },
};
use std::sync::{Arc, PoisonError, RwLock};

/// The shared snapshot; cheap to clone.
#[derive(Clone)]
pub(super) struct SchoolCache {
    pools: Pools,
    current: Arc<RwLock<Arc<School>>>,
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

    /// The school as last seen.
    pub(super) fn current(&self) -> Arc<School> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Loads the school again. The snapshot is replaced before the occurrences are made due, so that
    /// whoever then loads sees the new one.
    pub(super) async fn refresh(&self) -> Result<(), StoreError> {
        let Snapshot { school, digest } = school::load(&self.pools).await?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(school);
        if school::adopt(&self.pools, &digest, clock::now_ms()).await? {
            tracing::info!("the school changed: attendance is computed again");
        }
        Ok(())
    }
}
