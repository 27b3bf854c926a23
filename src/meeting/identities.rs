//! Under which keys a person of an occurrence can be confirmed: read from the occurrence's events, or from its seal.
//!
//! Nothing of it is kept with the projections: nobody asks but who confirms somebody.

use super::{loader::LoadError, registry::Registry};
use crate::{
    attendance::{confirmed::Key, occurrence::Occurrence, report::Context},
    store::clerk::Identity,
};
use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

impl Registry {
    /// By which keys the person that its rows call `person` is known in `occurrence`; none where it cannot be loaded,
    /// which is logged.
    pub async fn identity(&self, occurrence: &str, person: &str) -> Option<Identity> {
        match self.look_up(occurrence, person).await {
            Ok(identity) => Some(identity),
            Err(error) => {
                tracing::warn!(occurrence.uuid = %occurrence, %error, "a person's keys could not be read");
                None
            }
        }
    }

    async fn look_up(&self, occurrence: &str, person: &str) -> Result<Identity, LoadError> {
        let loaded = self.loader().load(occurrence, 0).await?;
        let (Some(_), Some(meeting)) = (loaded.facts.basis, &loaded.meeting) else {
            return Ok(Identity::NoOccurrence);
        };
        let state = if let Some(kept) = loaded.sealed {
            kept.state
        } else {
            let left_out = &loaded.left_out;
            let alive = loaded.events.iter();
            let alive = alive.filter(|event| !left_out.contains(&event.seq));
            let fold = AssertUnwindSafe(|| {
                let mut state = Occurrence::default();
                alive.for_each(|event| state.fold(&event.news, event.arrival));
                state
            });
            Some(catch_unwind(fold).map_err(|_| LoadError::Panicked)?)
        };
        let Some(state) = state else {
            return Ok(Identity::GivenUp);
        };
        let context = Context {
            uuid: occurrence,
            meeting,
            school: &loaded.facts.school.school,
            rule: &self.settings().rule,
            neighbours: &loaded.facts.neighbours.known,
        };
        let keys: BTreeSet<Key> = state.keys_of(person, &context);
        Ok(if keys.is_empty() {
            Identity::NoPerson
        } else {
            Identity::Keys(keys.into_iter().collect())
        })
    }
}
